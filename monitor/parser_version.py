"""The parser version: the code version and fact declarations that a version was derived with."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import WHOLE_PAGE, FactDefinition, ParserVersion, Selection, facts_digest

PARSER_VERSION = "8"
"""Increment with every change to extraction or facts that can change the result for a page. Older versions are then reprocessed before they are compared."""


def parser_version_of(facts: Sequence[FactDefinition], selection: Selection = WHOLE_PAGE) -> ParserVersion:
    """Return the parser version of the present code with these fact declarations and this part of the page."""
    return ParserVersion(PARSER_VERSION, facts_digest(facts, selection))
