"""Links to the replay of an event's snapshots. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from monitor.model import Event, SnapshotRef


@dataclass(frozen=True, slots=True)
class Links:
    """Builds links into the replay.

    Attributes:
        base_url: Public URL of the web interface, "https://watch.example.org"; None where it is not published, which gives no links.
    """

    base_url: str | None

    def after(self, event: Event, page_url: str | None) -> str | None:
        """Return the link to the snapshot that first showed `after`; None where no check showed it, and where there is no page or no web interface."""
        return self._replay(event, page_url, event.snapshot)

    def before(self, event: Event, page_url: str | None) -> str | None:
        """Return the link to the snapshot that last showed `before`; None where there is no such snapshot, no page or no web interface."""
        return self._replay(event, page_url, event.before)

    def _replay(self, event: Event, page_url: str | None, snapshot: SnapshotRef | None) -> str | None:
        if not self.base_url or page_url is None or snapshot is None or not snapshot.id:
            return None
        # Two snapshots in the same second need the fraction for distinct links: 20 digits.
        digits = "%Y%m%d%H%M%S%f" if share_second(event) else "%Y%m%d%H%M%S"
        time = snapshot.taken_at.astimezone(UTC).strftime(digits)
        return f"{self.base_url.rstrip('/')}/replay/{time}/{page_url}"


def share_second(event: Event) -> bool:
    """Return whether an event's two snapshots were taken within one second, so that 14 digits of time do not distinguish them."""
    if event.before is None or event.before.id == event.snapshot.id:
        return False
    return event.before.taken_at.replace(microsecond=0) == event.snapshot.taken_at.replace(microsecond=0)
