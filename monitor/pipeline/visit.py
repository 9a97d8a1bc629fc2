"""One polite session with one host: checks its due pages in sequence. A fault of one page does not end the visit of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from monitor.errors import StorageError
from monitor.model import Page
from monitor.pipeline.archive import CheckResult


class VisitObserver(Protocol):
    """Receives the results of a visit."""

    def checked(self, page: Page, checked: CheckResult) -> None:
        """Called when a page was checked and recorded."""
        ...

    def on_disallowed(self, page: Page, why: str) -> None:
        """Called when a page was not checked because its host does not allow it."""
        ...

    def on_error(self, page: Page, error: Exception) -> None:
        """Called when processing or recording a page raised; its snapshot stays archived and unprocessed."""
        ...


def visit(pages: Iterable[Page], *, check: Callable[[Page], CheckResult | str | None], told: VisitObserver) -> int:
    """Check pages of one host in sequence.

    Args:
        pages: The host's due pages, consumed one at a time, so that the source may end the visit.
        check: Checks one page and records it. A string is the reason why the page was not checked; None means that the visit ended first.
        told: Observer of the visit.

    Returns:
        The number of pages checked.

    Raises:
        StorageError: The database is unavailable or full, so no further page could be recorded.
    """
    looked = 0
    for page in pages:
        try:
            came_of_it = check(page)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 — an error of the parser on one page must not stop the others
            looked += 1
            told.on_error(page, error)
            continue
        if isinstance(came_of_it, CheckResult):
            looked += 1
            told.checked(page, came_of_it)
        elif came_of_it is not None:
            told.on_disallowed(page, came_of_it)
    return looked
