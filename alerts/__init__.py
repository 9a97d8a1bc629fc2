"""Alerts: rules, payloads, channels, dispatcher. Depends on `rendering` and on parts of `monitor` (model, transport), never on storage or pagewitness."""
