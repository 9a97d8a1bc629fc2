"""Alerts: rules, rendering, channels, dispatcher. Depends on the model and the ports of monitor, never on storage or pagewitness."""
