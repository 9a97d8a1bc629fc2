"""One polite session with one host: its due pages, one after the other. A page's fault never ends the visit of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from monitor.errors import StorageError
from monitor.model import Page
from monitor.pipeline.archive import CheckResult


class VisitObserver(Protocol):
    """Who hears how a visit goes."""

    def checked(self, page: Page, checked: CheckResult) -> None:
        """A page was looked at and recorded."""
        ...

    def on_disallowed(self, page: Page, why: str) -> None:
        """A page was not looked at, because its host does not want that."""
        ...

    def on_error(self, page: Page, error: Exception) -> None:
        """Reading or recording a page raised; what was archived stays, unread."""
        ...


def visit(pages: Iterable[Page], *, check: Callable[[Page], CheckResult | str | None], told: VisitObserver) -> int:
    """Check pages of one host in turn.

    Args:
        pages: The host's due pages; taken one at a time, so that what they come from may stop.
        check: Looks at one page and records it. A text says why it was not looked at; None, that the visit ended first.
        told: Hears of each page.

    Returns:
        How many pages were looked at.

    Raises:
        StorageError: The database is gone or full: no page after this one could be recorded either.
    """
    looked = 0
    for page in pages:
        try:
            came_of_it = check(page)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 — whatever a parser raises on one page, the others are still due
            looked += 1
            told.on_error(page, error)
            continue
        if isinstance(came_of_it, CheckResult):
            looked += 1
            told.checked(page, came_of_it)
        elif came_of_it is not None:
            told.on_disallowed(page, came_of_it)
    return looked
