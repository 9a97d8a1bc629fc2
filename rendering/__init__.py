"""Renders changes and events as text and JSON, for mail, webhooks, web and command line alike. Pure. Must not depend on anything but the model, limits and times of monitor."""
