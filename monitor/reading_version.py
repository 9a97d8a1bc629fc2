"""Which code and which fact declarations a version was derived with."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import FactDefinition, Reader, facts_digest

READING_VERSION = "5"
"""Raised with every change to clean or facts that can read a page differently: old versions are then read again before they are compared."""


def reader_for(facts: Sequence[FactDefinition]) -> Reader:
    """Who reads a page with these facts."""
    return Reader(READING_VERSION, facts_digest(facts))
