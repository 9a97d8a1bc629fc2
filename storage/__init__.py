"""Tables, bodies, history, outbox and migrations, on SQLite and PostgreSQL. Depends on the models of monitor and alerts, never on what they do."""
