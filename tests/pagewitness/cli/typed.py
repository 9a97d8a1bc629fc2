"""Commands as they are typed."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from pagewitness.cli import app
from storage.store import SqlStore


def typed(store: SqlStore, *words: str) -> Result:
    """Return the result of a command on the database of a store."""
    return CliRunner().invoke(app, [*words, "--db", store.database.engine.url.render_as_string()])
