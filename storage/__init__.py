"""Persistence on SQLite and PostgreSQL: tables, bodies, history, outbox and migrations. Depends on the models of monitor and alerts, not on their logic."""
