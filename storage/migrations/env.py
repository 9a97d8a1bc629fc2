"""Run by Alembic: the migrations, in the transaction of the connection that `storage.database.engine` passes in."""

from __future__ import annotations

from alembic import context

from storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
