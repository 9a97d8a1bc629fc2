"""Notices that the clock was put back, and pulls in the pages that it left waiting in a future that will not come for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import Page, Schedule
from pagewitness.scheduling.next_check import next_time, phase_of, too_far

_BACK = timedelta(minutes=1)
# No page is due sooner than that for such a reason: see `pagewitness.scheduling.next_check.too_far`.
_NEAR = timedelta(hours=1)


class DueStore(Protocol):
    """What is asked of the memory."""

    def latest_due(self) -> Sequence[tuple[Schedule, timedelta | None, datetime]]:
        """Every schedule and interval that active pages have, with when the last page of each is due."""
        ...

    def due_after(self, moment: datetime, *, beyond: int) -> Sequence[Page]:
        """Some active pages that are due after `moment`, by key, from the first one beyond `beyond`; empty at the end."""
        ...

    def reschedule(self, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str) -> None:
        """Say when a page is due next, and why."""
        ...


class ClockSkew:
    """Watches one clock. Pages are looked through when it starts and whenever it went back by more than a minute."""

    def __init__(self, store: DueStore) -> None:
        self._store = store
        self._latest: datetime | None = None

    def notice(self, now: datetime) -> int:
        """Hear what time it is; returns how many pages were pulled in."""
        stepped = self._latest is None or now < self._latest - _BACK
        pulled = pull_in(self._store, now) if stepped else 0
        # Only now: where the database failed, the next call tries again.
        self._latest = now
        return pulled


def pull_in(store: DueStore, now: datetime) -> int:
    """Give each page that is due too far in the future its regular next time; returns how many there were."""
    if not any(_is_far(schedule, due, now, interval) for schedule, interval, due in store.latest_due()):
        return 0
    pulled, beyond = 0, 0
    while pages := store.due_after(now + _NEAR, beyond=beyond):
        beyond = pages[-1].id
        for page in pages:
            if page.next_check_at is not None and _is_far(page.schedule, page.next_check_at, now, page.interval):
                due = next_time(page.schedule, now, phase=phase_of(page.url), interval=page.interval)
                store.reschedule(page.id, due, interval=page.interval, reason="the clock was put back")
                pulled += 1
    return pulled


def _is_far(schedule: Schedule, due: datetime, now: datetime, interval: timedelta | None) -> bool:
    # A page that was imported first has no schedule until it is asked for.
    return schedule != Schedule() and too_far(schedule, due, now, interval=interval)
