"""The web application: pages, history, changes, replay, health and metrics. Read-only."""
