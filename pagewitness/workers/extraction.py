"""Runs `monitor.pipeline.analyze.analyze` in a worker process with hard limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from monitor.model import WHOLE_PAGE, FactDefinition, Selection, Snapshot, Version
from pagewitness.workers.model import WorkerError
from pagewitness.workers.pool import WorkerPool
from pagewitness.workers.tasks import DISCOVER, EXTRACT

if TYPE_CHECKING:
    from monitor.model import Requisite
    from monitor.pipeline.analyze import PageAnalysis
    from monitor.requisites.collector import RequisiteLimits


class LimitedExtractor:
    """Callable with the result of `monitor.pipeline.analyze.analyze`; thread-safe.

    Attributes:
        pool: The worker pool.
        inline_bytes: Bodies up to this length are extracted in the current process, without limits; 0: none, not even an empty one.
    """

    def __init__(self, pool: WorkerPool, *, inline_bytes: int = 0) -> None:
        self.pool = pool
        self.inline_bytes = inline_bytes

    def __call__(
        self,
        body: bytes,
        snapshot: Snapshot,
        facts: Sequence[FactDefinition],
        selection: Selection = WHOLE_PAGE,
        *,
        like: Version | None = None,
    ) -> PageAnalysis:
        """Extract the content of a snapshot's body.

        Args:
            body: The body.
            snapshot: The snapshot that received it.
            facts: Definitions of the facts to extract.
            selection: The part of the page that is monitored.
            like: Another version of the page, whose mentions are reused for unchanged text; used only when the current process extracts.

        Raises:
            WorkerError: Extraction exceeded a limit, or its worker process ended; the subclass gives the reason.
        """
        if self.inline_bytes and len(body) <= self.inline_bytes:
            from monitor.pipeline.analyze import analyze  # noqa: PLC0415 (large, and most processes extract in a worker)

            return analyze(body, snapshot, facts, selection, like=like)
        try:
            return cast("PageAnalysis", self.pool.run(EXTRACT, body, snapshot, tuple(facts), selection))
        except WorkerError as error:
            place = f"snapshot {snapshot.id}: " if snapshot.id else ""
            raise type(error)(f"{place}extraction failed: {error}") from None

    def requisites(
        self, body: bytes, content_type: str | None, url: str, *, limits: RequisiteLimits
    ) -> Sequence[Requisite]:
        """Return the requisites of a body; see `monitor.requisites.discovery.requisites_of`.

        Raises:
            WorkerError: Discovery exceeded a limit, or its worker process ended.
        """
        return cast("Sequence[Requisite]", self.pool.run(DISCOVER, body, content_type, url, limits=limits))

    def close(self) -> None:
        """End the workers; see `WorkerPool.close`."""
        self.pool.close()
