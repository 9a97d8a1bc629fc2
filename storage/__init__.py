"""Persistence on SQLite and PostgreSQL: tables, bodies, history, outbox and migrations. Depends on the models and ports of monitor and alerts, and on pure rules of `monitor.fetching`."""
