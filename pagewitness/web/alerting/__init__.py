"""The screens of alerts, rules, channels and settings."""
