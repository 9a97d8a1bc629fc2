"""Alembic migrations, one for each schema version. Run by `storage.database.engine`, on a connection that it passes in."""
