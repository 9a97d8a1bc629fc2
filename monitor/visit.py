"""One polite session with one host: its due pages, one after the other. A page's fault never ends the visit of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Protocol

from monitor.check import Checked
from monitor.errors import StorageError
from monitor.model import Page


class Told(Protocol):
    """Who hears how a visit goes."""

    def checked(self, page: Page, checked: Checked) -> None:
        """A page was looked at and recorded."""
        ...

    def faulted(self, page: Page, error: Exception) -> None:
        """Reading or recording a page raised; what was archived stays, unread."""
        ...


def visit(
    pages: Iterable[Page],
    *,
    check: Callable[[Page], Checked],
    pause: Callable[[timedelta], bool],
    interval: timedelta,
    told: Told,
) -> int:
    """Check pages of one host in turn.

    Args:
        pages: The host's due pages; taken one at a time, so that what they come from may stop.
        check: Looks at one page and records it.
        pause: Waits between two looks; returns False where the visit is to end (shutdown, a lost lease).
        interval: The least time between two looks; none for pages that allow a private address.
        told: Hears of each page.

    Returns:
        How many pages were looked at.

    Raises:
        StorageError: The database is gone or full: no page after this one could be recorded either.
    """
    looked = 0
    for page in pages:
        if looked and not pause(timedelta(0) if page.allow_private else interval):
            break
        looked += 1
        try:
            told.checked(page, check(page))
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 — whatever a parser raises on one page, the others are still due
            told.faulted(page, error)
    return looked
