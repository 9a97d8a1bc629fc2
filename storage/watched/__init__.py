"""Monitored pages and hosts: schedules, claims, page health, and applying a watchlist."""
