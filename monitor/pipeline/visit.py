"""One polite session with one host: checks its due pages in sequence. A fault of one page does not end the visit of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from monitor.errors import StorageError
from monitor.model import Page
from monitor.pipeline.archive import CheckResult


class VisitObserver(Protocol):
    """Receives the results of a visit."""

    def checked(self, page: Page, result: CheckResult) -> None:
        """Called when a page was checked and recorded."""
        ...

    def on_disallowed(self, page: Page, reason: str) -> None:
        """Called when a page was not checked because its host does not allow it."""
        ...

    def on_error(self, page: Page, error: Exception) -> None:
        """Called when processing or recording a page raised; its snapshot stays archived and unprocessed."""
        ...


def visit(pages: Iterable[Page], *, check: Callable[[Page], CheckResult | str | None], observer: VisitObserver) -> int:
    """Check pages of one host in sequence.

    Args:
        pages: The host's due pages, consumed one at a time, so that the source may end the visit.
        check: Checks one page and records it. A string is the reason why the page was not checked; None means that the visit ended first.
        observer: Observer of the visit.

    Returns:
        The number of pages checked.

    Raises:
        StorageError: The database is unavailable or full, so no further page could be recorded.
    """
    count = 0
    for page in pages:
        try:
            result = check(page)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 — an error of the parser on one page must not stop the others
            count += 1
            observer.on_error(page, error)
            continue
        if isinstance(result, CheckResult):
            count += 1
            observer.checked(page, result)
        elif result is not None:
            observer.on_disallowed(page, result)
    return count
