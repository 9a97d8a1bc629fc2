"""Log lines and metrics of visits and deliveries. A log line identifies pages, snapshots and deliveries by their keys and never quotes a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from structlog.contextvars import bound_contextvars

from alerts.errors import DeliveryError
from alerts.model import Delivery
from alerts.ports import BatchChannel, Channel
from monitor.model import AnalysisOutcome, Page, Snapshot
from monitor.pipeline.archive import CheckResult
from pagewitness import logs
from pagewitness.service.metrics import Metrics
from rendering.text_safety import one_line

log = logs.get("pagewitness.service")

_LONGEST_ERROR = 200
_UID = re.compile(r"\bmsg_[0-9a-f]{32}\b")


class VisitLogger:
    """Logs and counts the checks of a visit, with one line for each check."""

    def __init__(self, metrics: Metrics, on_archived: Callable[[], None] = lambda: None) -> None:
        """Create it; `on_archived` is called after each T1 that leaves a snapshot unprocessed."""
        self._metrics = metrics
        self._on_archived = on_archived

    def checked(self, page: Page, checked: CheckResult) -> None:
        snapshot, failure = checked.snapshot, checked.fetch_result.failure
        verdict = snapshot.verdict
        if snapshot.read_at is None:
            self._on_archived()
        seconds = sum(exchange.elapsed_ms for exchange in checked.fetch_result.exchanges) / 1000
        self._metrics.checked(snapshot.outcome, verdict, seconds)
        log.info(
            "checked",
            url=page.url,
            page=page.id,
            snapshot=snapshot.id,
            outcome=snapshot.outcome.value,
            verdict=verdict.value if verdict else None,
            **({"error": failure.message} if failure else {}),
        )

    def on_disallowed(self, page: Page, reason: str) -> None:
        log.info("not checked", url=page.url, page=page.id, reason=reason)

    def on_error(self, page: Page, error: Exception) -> None:
        self._metrics.failed("check")
        # Only the beginning of the message: a parser's message may quote the page.
        message = one_line(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
        log.error("page not processed", url=page.url, page=page.id, error=message)


def log_processed(metrics: Metrics) -> Callable[[Page, Snapshot, AnalysisOutcome], None]:
    """Return a callback that logs and counts each processed snapshot."""

    def processed(page: Page, snapshot: Snapshot, outcome: AnalysisOutcome) -> None:
        metrics.processed(outcome.verdict)
        log.info(
            "processed",
            url=page.url,
            page=page.id,
            snapshot=snapshot.id,
            verdict=outcome.verdict.value,
            events=len(outcome.events),
        )

    return processed


class ObservedChannel:
    """A channel whose sends are counted, and whose log lines carry the delivery's id."""

    def __init__(self, channel: Channel, name: str, metrics: Metrics) -> None:
        self._channel = channel
        self._name = name
        self._metrics = metrics

    def batch(self) -> AbstractContextManager[None]:
        """See `alerts.ports.BatchChannel`; without effect for channels that keep no connection."""
        return self._channel.batch() if isinstance(self._channel, BatchChannel) else nullcontext()

    def send(self, delivery: Delivery) -> str:
        with bound_contextvars(delivery=delivery.uid):
            try:
                receipt = self._channel.send(delivery)
            except DeliveryError as error:
                self._metrics.sent(self._name, "refused" if error.permanent else "failed")
                raise
            except Exception:
                self._metrics.sent(self._name, "failed")
                raise
            self._metrics.sent(self._name, "sent")
            log.info("delivered", channel=self._name, attempt=delivery.attempts)
            return receipt


def delivery_of(problem: str) -> str | None:
    """Return the delivery id in a problem reported by the dispatcher; None if it contains none."""
    match = _UID.search(problem)
    return match[0] if match else None
