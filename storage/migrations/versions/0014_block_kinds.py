"""Kinds of blocks for what a page states beside its text: metadata, alternative texts of images, struck-out text."""

from __future__ import annotations

from importlib import import_module

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WORDS = ("footer", "metadata", "image", "struck")


def upgrade() -> None:
    add_word = import_module("storage.migrations.versions.0005_processes").add_word
    for last, new in zip(WORDS, WORDS[1:], strict=False):
        add_word("events", "block_kind", f"'{last}'", f"'{new}'")
