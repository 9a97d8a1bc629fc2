"""Links to the replay of an event's snapshots, to their comparison, and to screens of the web interface. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from monitor.model import Event, Level, SnapshotRef


@dataclass(frozen=True, slots=True)
class Links:
    """Builds links into the replay and the web interface.

    Attributes:
        base_url: URL that replay addresses begin with, "https://watch.example.org": that of the web interface, or the replay's own origin; None where neither
            is published, which gives no links.
        web_url: URL of the web interface, where the replay has an origin of its own; None: `base_url`.
    """

    base_url: str | None
    web_url: str | None = None

    @property
    def web(self) -> str | None:
        """URL of the web interface without a slash at its end; None where it is not published."""
        url = self.web_url or self.base_url
        return url.rstrip("/") if url else None

    def screen(self, page_url: str | None) -> str | None:
        """Return the link to the history of a page, or to the changes of all pages for None; None where there is no web interface."""
        if self.web is None:
            return None
        return f"{self.web}/changes" if page_url is None else f"{self.web}/history?{urlencode({'url': page_url})}"

    def after(self, event: Event, page_url: str | None) -> str | None:
        """Return the link to the snapshot that first showed `after`; None where no check showed it, and where there is no page or no web interface."""
        return self._replay(event, page_url, event.snapshot)

    def before(self, event: Event, page_url: str | None) -> str | None:
        """Return the link to the snapshot that last showed `before`; None where there is no such snapshot, no page or no web interface."""
        return self._replay(event, page_url, event.before)

    def comparison(self, event: Event, page_url: str | None) -> str | None:
        """Return the link to the comparison of both snapshots.

        None where one of them is missing, for a change of page health, and where there is no page or no web interface.
        """
        before, after = event.before, event.snapshot
        if self.web is None or page_url is None or before is None or not before.id or not after.id:
            return None
        if before.id == after.id or event.change.level is Level.HEALTH:
            return None
        times = {"from": _digits(event, before.taken_at), "to": _digits(event, after.taken_at)}
        return f"{self.web}/compare?{urlencode({'url': page_url, **times})}"

    def _replay(self, event: Event, page_url: str | None, snapshot: SnapshotRef | None) -> str | None:
        if not self.base_url or page_url is None or snapshot is None or not snapshot.id:
            return None
        return f"{self.base_url.rstrip('/')}/replay/{_digits(event, snapshot.taken_at)}/{page_url}"


def _digits(event: Event, time: datetime) -> str:
    """Return a time of an event as 14 digits; as 20 if its snapshots were taken in the same second."""
    return time.astimezone(UTC).strftime("%Y%m%d%H%M%S%f" if share_second(event) else "%Y%m%d%H%M%S")


def share_second(event: Event) -> bool:
    """Return whether an event's two snapshots were taken within one second, so that 14 digits of time do not distinguish them."""
    if event.before is None or event.before.id == event.snapshot.id:
        return False
    return event.before.taken_at.replace(microsecond=0) == event.snapshot.taken_at.replace(microsecond=0)
