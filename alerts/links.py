"""Where the archived pages of an event can be seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from alerts.model import RecordedEvent
from monitor.model import SnapshotRef


@dataclass(frozen=True, slots=True)
class Links:
    """Links into the replay.

    Attributes:
        base_url: Where people reach the web, "https://watch.example.org"; None where it is not published, which gives no links.
    """

    base_url: str | None

    def after(self, recorded: RecordedEvent) -> str | None:
        """The page as it was when it first showed `after`; None where no look showed it, and where there is no page or no web."""
        return self._replay(recorded.page_url, recorded.event.snapshot)

    def before(self, recorded: RecordedEvent) -> str | None:
        """The page as it was when it last showed `before`; None where there is no such snapshot, no page or no web."""
        return self._replay(recorded.page_url, recorded.event.before)

    def _replay(self, url: str | None, snapshot: SnapshotRef | None) -> str | None:
        if not self.base_url or url is None or snapshot is None or not snapshot.id:
            return None
        time = snapshot.taken_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        return f"{self.base_url.rstrip('/')}/replay/{time}/{url}"
