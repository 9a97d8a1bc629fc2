"""Entries of a list of pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of a list. Bookmark exports contain icons."""
MAX_ENTRIES = 300_000


class ListError(ValueError):
    """A list cannot be read. The message names the list and, where possible, the line."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page of a list, not validated.

    Attributes:
        place: Where it is written, such as "pages.csv:3"; "" for a URL on the command line.
        url: As written.
        settings: Settings of the page by watchlist key: "label", "tags", "every".
    """

    place: str
    url: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageList:
    """The entries of one list.

    Attributes:
        entries: In the list's order.
        skipped: One line for each entry that is left out because it is no web page.
    """

    entries: tuple[PageEntry, ...]
    skipped: tuple[str, ...] = ()
