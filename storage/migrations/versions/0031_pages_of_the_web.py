"""Pages that users add in the web application."""

from __future__ import annotations

from importlib import import_module

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    import_module("storage.migrations.versions.0005_processes").add_word("pages", "source", "'imported'", "'web'")
