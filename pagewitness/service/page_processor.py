"""Processes the snapshots of a claimed page in order and counts failed attempts, for the extractors and for checks requested by a user."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from monitor.errors import ClaimLost, PageDamaged, PagewitnessError, StorageError
from monitor.model import AnalysisOutcome, Page, PageMemory, Snapshot
from monitor.parser_version import PARSER_VERSION
from monitor.pipeline.analyze import unreadable
from monitor.pipeline.process import Processing
from pagewitness import logs
from pagewitness.workers.model import WorkerError
from rendering.text_safety import one_line
from storage.store import SqlStore
from storage.watched.failed_attempts import ATTEMPTS
from storage.watched.page_claims import Claimed

log = logs.get("pagewitness.service.page_processor")

CLAIM_WAIT_SECONDS = 60
"""How long a check requested by a user waits for a claim held by another process."""

CLAIM_LEASE = timedelta(minutes=5)
"""Duration of a claim for a check requested by a user: longer than archiving and a resource-limited extraction can take."""

_LONGEST_ERROR = 200


class ExtractionFailed(PagewitnessError):
    """Extraction of a snapshot failed because of its content. It stays unprocessed, and the attempt is counted."""


class Watch(Protocol):
    """Guards the extraction of one snapshot: may set limits and report the work in progress."""

    def __call__(self, page_id: int, snapshot_id: int, attempts: int) -> AbstractContextManager[None]:
        """Return a context manager for one extraction; `attempts` is the number of earlier failures."""
        ...


def unwatched(page_id: int, snapshot_id: int, attempts: int) -> AbstractContextManager[None]:  # noqa: ARG001 (a Watch)
    """Return a no-op context, for extractions that are limited elsewhere or not at all."""
    return nullcontext()


class PageProcessor:
    """Processes the unprocessed snapshots of claimed pages."""

    def __init__(
        self,
        store: SqlStore,
        processing: Processing,
        *,
        owner: str,
        watch: Watch = unwatched,
        on_processed: Callable[[Page, Snapshot, AnalysisOutcome], None] | None = None,
        on_failed: Callable[[], None] | None = None,
    ) -> None:
        """Create the processor; it holds no claim yet.

        Args:
            store: Where claims and attempts are stored.
            processing: Evaluates and records snapshots.
            owner: Owner of the page claims.
            watch: Guards each extraction.
            on_processed: Called after each T2.
            on_failed: Called after each failed attempt.
        """
        self._store = store
        self._processing = processing
        self._owner = owner
        self._watch = watch
        self._on_processed = on_processed
        self._on_failed = on_failed
        self._ended: set[int] = set()  # ids of pages whose claim has already ended

    @contextmanager
    def claim(self, page: Page, stopping: threading.Event | None = None) -> Iterator[Claimed]:
        """Hold the claim on a page during the block; wait up to `CLAIM_WAIT_SECONDS` while another process holds it.

        Raises:
            PagewitnessError: Another process still held the claim after that time.
        """
        waiting = stopping or threading.Event()
        for _ in range(CLAIM_WAIT_SECONDS):
            if (claimed := self._store.claim_page(page.id, self._owner, CLAIM_LEASE)) is not None:
                break
            waiting.wait(1)
        else:
            raise PagewitnessError(f"{page.url} is being processed by another process; try again later")
        try:
            yield claimed
        finally:
            if page.id not in self._ended:
                self._store.release_page(page.id, self._owner)
            self._ended.discard(page.id)

    def backlog(
        self, page: Page, claimed: Claimed, *, bodies: Mapping[int, bytes | None] = MappingProxyType({})
    ) -> Iterator[tuple[Snapshot, AnalysisOutcome]]:
        """Process a claimed page's unprocessed snapshots lazily, oldest first. The claim ends with the last one.

        Args:
            page: The page.
            claimed: The claim.
            bodies: Bodies still in memory, by snapshot id.

        Yields:
            Each snapshot with its recorded outcome.

        Raises:
            ExtractionFailed: A snapshot could not be processed; the claim has ended.
            ClaimLost: Another process has claimed the page.
            StorageError: A database operation failed.
        """
        memory = self._store.page_memory(page.id)
        waiting = memory.unprocessed
        for number, snapshot in enumerate(waiting, 1):
            # Only valid for the first snapshot; each result is the `memory` of the next.
            before = memory if number == 1 else self._store.page_memory(page.id)
            outcome = self._evaluate(page, snapshot, before, claimed, bodies.get(snapshot.id))
            more = number < len(waiting)
            recorded = self._processing.record(page, snapshot, outcome, owner=self._owner, more=more)
            page = self._processing.adapted(page, recorded)
            if not more:
                self._ended.add(page.id)
            if self._on_processed is not None:
                self._on_processed(page, snapshot, recorded)
            yield snapshot, recorded

    def _evaluate(
        self, page: Page, snapshot: Snapshot, memory: PageMemory, claimed: Claimed, body: bytes | None
    ) -> AnalysisOutcome:
        attempts = claimed.attempts_at(snapshot.id)
        if attempts >= ATTEMPTS:
            reason = f"extraction failed {attempts} times: {claimed.reason}"
            return unreadable(snapshot, memory, reason, page_url=page.url)
        try:
            with self._watch(page.id, snapshot.id, attempts):
                return self._processing.evaluate(page, snapshot, memory, body)
        except PageDamaged as error:
            raise self._failed(page, snapshot, str(error)) from error
        except (StorageError, ClaimLost, MemoryError):
            raise
        except WorkerError as error:
            if not error.caused_by_input:
                raise
            raise self._failed(page, snapshot, str(error)) from error
        except Exception as error:
            raise self._failed(page, snapshot, f"{type(error).__name__}: {error}") from error

    def _failed(self, page: Page, snapshot: Snapshot, message: str) -> ExtractionFailed:
        # Only the beginning of the message: a parser's message may quote the page.
        reason = one_line(message, _LONGEST_ERROR)
        self._ended.add(page.id)
        attempts = self._store.fail_attempt(page.id, self._owner, reason, PARSER_VERSION)
        log.error("extraction failed", url=page.url, page=page.id, snapshot=snapshot.id, attempt=attempts, error=reason)
        if self._on_failed is not None:
            self._on_failed()
        return ExtractionFailed(f"{page.url}: {reason}")
