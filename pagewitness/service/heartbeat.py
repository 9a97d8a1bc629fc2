"""The dead man's switch: a URL is requested at an interval while checks and deliveries succeed, so that its silence raises an alarm elsewhere.

Monitoring services such as healthchecks.io or Uptime Kuma notify a person when the requests stop: also when this machine, its network or its database is
gone, which no alert of our own can report.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from alerts.channel_health import is_failing
from alerts.channels.http_post import HttpOptions, HttpRequest, exchange
from monitor.errors import PagewitnessError
from monitor.model import Outcome
from monitor.transport.session import Deadline
from monitor.urls import host_of, normalise
from pagewitness import logs
from pagewitness.settings import Settings
from storage.database.connection import Database
from storage.outbox.outages import outages
from storage.queries.channel_reports import overdue_deliveries
from storage.queries.gauges import Gauges, gauges, recent_checks

log = logs.get("pagewitness.service")

LATE = timedelta(minutes=15)
"""How long a page or a delivery may be due, or a snapshot unprocessed, before the heartbeat stops."""

FAILED_CHECKS = 5
"""The heartbeat stops where at least this many checks were made in the last hour, and all of them failed: this machine has no network."""


class HeartbeatRefused(PagewitnessError):
    """The request was made, and not answered with 2xx."""


class Heartbeat:
    """Requests the URL of the setting `heartbeat_url` while the service works."""

    def __init__(
        self, settings: Settings, database: Database, ask: Callable[[str], Any], clock: Callable[[], datetime]
    ) -> None:
        """Create it; nothing is requested yet.

        Args:
            settings: With `heartbeat_url`.
            database: The service's database.
            ask: Queries the supervisor (see `pagewitness.service.control.ask`).
            clock: The observing clock.
        """
        assert settings.heartbeat_url is not None
        bundle = str(settings.ca_bundle) if settings.ca_bundle else None
        self._url = normalise(settings.heartbeat_url)
        self._options = HttpOptions({}, clock, settings.user_agent, settings.send_seconds, ca_bundle=bundle)
        self._database = database
        self._ask = ask
        self._clock = clock
        self._withheld: list[str] = []

    def beat(self) -> bool:
        """Request the URL if the service works; return whether it was requested. Why it was not is logged when it changes.

        Raises:
            HeartbeatRefused: The response was not 2xx.
            DeliveryError: There was no response.
            StorageError: The database cannot be read, so nothing is requested.
        """
        reasons = self.reasons()
        if reasons != self._withheld:
            self._withheld = reasons
            if reasons:
                log.warning("heartbeat withheld", reasons=reasons)
            else:
                log.info("heartbeat resumed")
        if reasons:
            return False
        with Deadline(self._options.timeout_seconds) as deadline:
            # A private address is allowed for this URL's host and port, because the operator names it in the settings.
            request = HttpRequest(self._url, b"", allow_private=True, method="GET")
            reply = exchange(request, self._options, deadline)
        if not reply.accepted:
            raise HeartbeatRefused(f"the heartbeat was not accepted: {host_of(self._url)}: {reply.text}")
        return True

    def reasons(self) -> list[str]:
        """Return why checks or deliveries do not succeed; empty while they do. No text contains an address or a name of a channel."""
        status = self._ask("status")
        problems = ["the service's supervisor does not answer"] if status is None else list(status["problems"])
        now = self._clock()
        return [
            *problems,
            *_delays(gauges(self._database, now)),
            *_failed_checks(self._database, now),
            *_deliveries(self._database),
        ]


def _delays(values: Gauges) -> list[str]:
    late = LATE.total_seconds()
    return [
        *(["a page has been due for more than 15 minutes"] if values.lag_seconds > late else []),
        *(["a snapshot has been unprocessed for more than 15 minutes"] if values.unprocessed_seconds > late else []),
    ]


def _failed_checks(database: Database, now: datetime) -> list[str]:
    counts = recent_checks(database, now - timedelta(hours=1))
    total = sum(counts.values())
    failed = sum(count for (outcome, _), count in counts.items() if outcome is Outcome.FAILED)
    return [f"all {total} checks of the last hour failed"] if failed == total >= FAILED_CHECKS else []


def _deliveries(database: Database) -> list[str]:
    failing = sum(is_failing(outage) for outage in outages(database))
    return [
        *(
            [f"{failing} channel{'' if failing == 1 else 's'} accept{'s' if failing == 1 else ''} nothing"]
            if failing
            else []
        ),
        *(["a delivery has been due for more than 15 minutes"] if overdue_deliveries(database, LATE) else []),
    ]
