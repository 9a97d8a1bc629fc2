"""Which code and which fact declarations a version was derived with."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import FactDefinition, ParserVersion, facts_digest

PARSER_VERSION = "5"
"""Raised with every change to clean or facts that can read a page differently: old versions are then read again before they are compared."""


def parser_version_of(facts: Sequence[FactDefinition]) -> ParserVersion:
    """Who reads a page with these facts."""
    return ParserVersion(PARSER_VERSION, facts_digest(facts))
