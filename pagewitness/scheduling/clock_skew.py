"""Detection of a clock that was set back, and rescheduling of the pages left with a due time too far in the future."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Schedule
from pagewitness.scheduling.next_check import next_time, phase_of, too_far
from storage.page_store import PageStore

_BACK = timedelta(minutes=1)
# Pages due sooner than this need no rescheduling: see `pagewitness.scheduling.next_check.too_far`.
_NEAR = timedelta(hours=1)


class ClockSkew:
    """Detects steps of one clock. Due times are examined at the first call and whenever the clock went back by more than a minute."""

    def __init__(self, store: PageStore) -> None:
        self._store = store
        self._latest: datetime | None = None

    def detect(self, now: datetime) -> int:
        """Compare the clock with the last call, and reschedule pages if it was set back; return how many."""
        stepped = self._latest is None or now < self._latest - _BACK
        rescheduled = reschedule_too_far(self._store, now) if stepped else 0
        # Assigned last, so that the next call tries again if the database failed.
        self._latest = now
        return rescheduled


def reschedule_too_far(store: PageStore, now: datetime) -> int:
    """Reschedule each page that is due too far in the future to its regular next time; return how many there were."""
    if not any(_is_far(schedule, due, now, interval) for schedule, interval, due in store.latest_due()):
        return 0
    rescheduled, beyond = 0, 0
    while pages := store.due_after(now + _NEAR, beyond=beyond):
        beyond = pages[-1].id
        for page in pages:
            if page.next_check_at is not None and _is_far(page.schedule, page.next_check_at, now, page.interval):
                due = next_time(page.schedule, now, phase=phase_of(page.url), interval=page.interval)
                store.reschedule(page.id, due, interval=page.interval, reason="the clock was set back")
                rescheduled += 1
    return rescheduled


def _is_far(schedule: Schedule, due: datetime, now: datetime, interval: timedelta | None) -> bool:
    # An imported page has no schedule until one is requested.
    return schedule != Schedule() and too_far(schedule, due, now, interval=interval)
