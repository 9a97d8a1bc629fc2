"""Reprocessing of pages under leases and claims, and evaluation of what other facts and rules would have reported."""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from alerts.model import RecordedEvent, Rule
from alerts.rules import selects
from monitor.errors import BodyCorrupt, DerivedDataCorrupt, PageDamaged, PagewitnessError, UnknownName
from monitor.model import Cause, Event, Page, Snapshot, Version
from monitor.parser_version import parser_version_of
from monitor.pipeline.process import Analyze, Processing
from monitor.pipeline.reprocess import Reprocessed, reprocess
from pagewitness.service.page_processor import CLAIM_LEASE, ExtractionFailed, PageProcessor
from storage.maintenance.page_history import PageHistory, Replaced, ReprocessedSnapshot
from storage.store import SqlStore
from storage.watched.page_claims import Claimed

_MAX_MEMORY_BYTES = 32 * 1024 * 1024
_RENEWAL_SNAPSHOTS = 50  # the lease and the claim are renewed after this many
_ATTEMPTS = 3


class PageBusy(PagewitnessError):
    """The page cannot be reprocessed now, because another process is visiting its host or keeps checking it. A later attempt may succeed."""


@dataclass(frozen=True, slots=True)
class ReprocessResult:
    """The result of reprocessing one page.

    Attributes:
        url: The page's URL.
        snapshots: The number of snapshots reprocessed.
        replaced: What changed; None if the page was left unchanged.
        unreadable: Why snapshots could not be extracted, one line each.
    """

    url: str
    snapshots: int = 0
    replaced: Replaced | None = None
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WouldReport:
    """An event that other facts and rules would have produced, and the rules that would have selected it.

    Attributes:
        recorded: The event, as it would be recorded.
        rules: Names of the rules that select it; empty if no rule does.
    """

    recorded: RecordedEvent
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reprocessor:
    """Reprocesses pages, one per call.

    Attributes:
        store: Where pages, snapshots and histories are kept.
        analyze: Analyzes bodies.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        clock: The clock of observations.
        owner: The name under which hosts are leased; the lease prevents checks of a page while it is reprocessed.
        lease: How long a lease is valid without renewal.
    """

    store: SqlStore
    analyze: Analyze
    absences_before_lost: int
    clock: Callable[[], datetime]
    owner: str
    lease: timedelta

    def is_due(self, page: Page) -> bool:
        """Return whether the page's history has another parser version, or lacks a snapshot that was archived late."""
        return self.store.is_reprocessing_due(page.id, parser_version_of(page.facts, page.selection))

    def reprocess(self, page: Page, *, cause: Cause | None = None) -> ReprocessResult:
        """Reprocess a page and replace its stored history.

        Args:
            page: The page.
            cause: The cause recorded for new events; None determines it: the code if its version differs, else the rules.

        Raises:
            PageBusy: Another process is visiting the page's host, or checks the page again during every attempt.
            PageDamaged: A body is damaged and no stored data can replace it; the history is left unchanged.
        """
        if not self.store.claim_host(page.host, self.owner, self.lease):
            raise PageBusy(f"{page.host} is being visited by another process; try again later")
        try:
            processing = Processing(self.store, self.clock, self.absences_before_lost, self.analyze)
            processor = PageProcessor(self.store, processing, owner=self.owner)
            with processor.claim(page) as claimed:
                self._process_backlog(page, processor, claimed)
            with processor.claim(page):
                for _ in range(_ATTEMPTS):
                    with _Spool() as versions:
                        unreadable: list[str] = []
                        history = self._new_history(page, versions, unreadable)
                        if history is None:
                            raise PageDamaged(f"{page.url} is left as it is: {'; '.join(unreadable)}")
                        reason = cause or self._cause(page)
                        replaced = self.store.replace_history(page.id, history, cause=reason, now=self.clock())
                    if replaced is not None:
                        return ReprocessResult(page.url, len(history.processed), replaced, tuple(unreadable))
        finally:
            self.store.release_host(page.host, self.owner)
        raise PageBusy(f"{page.url} was checked {_ATTEMPTS} times while it was reprocessed; try again later")

    def _process_backlog(self, page: Page, processor: PageProcessor, claimed: Claimed) -> None:
        """Process unprocessed snapshots normally, with alerts. Those that cannot be processed stay unprocessed and out of the history."""
        with suppress(ExtractionFailed):  # the failure was counted and logged
            for _ in processor.backlog(page, claimed):
                pass

    def _cause(self, page: Page) -> Cause:
        parser_version, version = parser_version_of(page.facts, page.selection), self.store.page_memory(page.id).version
        return Cause.CODE if version is None or version.reader.code != parser_version.code else Cause.RULES

    def _new_history(self, page: Page, versions: _Spool, unreadable: list[str]) -> PageHistory | None:
        """Return the new history; None if a damaged body leaves a gap, because a change across it would be attributed to the wrong snapshot."""
        stored = self.store.by_time(page.id)
        processed = [snapshot for snapshot in stored if snapshot.read_at is not None]
        snapshots: list[ReprocessedSnapshot] = []
        first_snapshots: list[int] = []
        degrees: list[int | None] = []
        memory = None
        gaps: list[Snapshot] = []
        for number, reprocessed in enumerate(self._reprocess_snapshots(page, processed, unreadable, gaps), 1):
            if reprocessed.outcome.version is not None:
                versions.append(reprocessed.outcome.version)
                first_snapshots.append(reprocessed.snapshot.id)
                degrees.append(reprocessed.outcome.degree)
            snapshots.append(_stored_form(reprocessed))
            memory = reprocessed.memory
            if number % _RENEWAL_SNAPSHOTS == 0:
                self.store.renew_host(page.host, self.owner, self.lease)
                self.store.claim_page(page.id, self.owner, CLAIM_LEASE)
        if gaps:
            return None
        last_seq = max((snapshot.seq for snapshot in stored), default=0)
        if memory is None:
            return PageHistory(last_seq, snapshots, versions, first_snapshots, degrees, {}, None)
        final = (memory.states, memory.last_ok, memory.noise)
        return PageHistory(last_seq, snapshots, versions, first_snapshots, degrees, *final)

    def _reprocess_snapshots(
        self, page: Page, kept: Sequence[Snapshot], unreadable: list[str], gaps: list[Snapshot] | None = None
    ) -> Iterator[Reprocessed]:
        def missing(snapshot: Snapshot, error: Exception) -> None:
            unreadable.append(f"snapshot {snapshot.id}: {error}")
            if gaps is not None and isinstance(error, BodyCorrupt):
                gaps.append(snapshot)

        return reprocess(
            page,
            kept,
            self.store.body,
            analyze=self.analyze,
            absences_before_lost=self.absences_before_lost,
            on_error=missing,
            stored=self._stored,
            template=self.store.host_template(page.host),
        )

    def _stored(self, snapshot: Snapshot) -> Version | None:
        """Return a snapshot's stored version; None if there is none that can be decoded."""
        try:
            return None if snapshot.version_id is None else self.store.version(snapshot.version_id)
        except (DerivedDataCorrupt, UnknownName):
            return None

    def what_if(self, page: Page, rules: Sequence[Rule]) -> Iterator[WouldReport]:
        """Yield the events that the page's whole history would have produced with its facts and these rules. Writes nothing.

        Args:
            page: The page, with the facts to track.
            rules: The rules; imported snapshots are treated as live ones.
        """
        text: str | None = None

        def text_of(_: int) -> str | None:
            return text

        for reprocessed in self._reprocess_snapshots(page, self.store.by_time(page.id), []):
            # The text that a repeated snapshot shows is that of the version before.
            text = reprocessed.outcome.version.text if reprocessed.outcome.version is not None else text
            for event in reprocessed.outcome.events:
                taken_at = reprocessed.snapshot.taken_at
                recorded = RecordedEvent(0, page.id, page.url, page.label, event, taken_at, page.tags)
                yield WouldReport(recorded, tuple(rule.name for rule in rules if selects(rule, recorded, text_of)))


def _stored_form(reprocessed: Reprocessed) -> ReprocessedSnapshot:
    outcome, memory = reprocessed.outcome, reprocessed.memory
    is_new = outcome.version is not None or outcome.version_id is not None
    return ReprocessedSnapshot(
        reprocessed.snapshot.id,
        outcome.verdict,
        outcome.reason,
        memory.version_id if is_new else None,
        tuple(_as_stored(event) for event in outcome.events),
    )


def _as_stored(event: Event) -> Event:
    return replace(event, change=replace(event.change, seen_before=None, seen_after=None))


class _Spool:
    """A sequence of versions, kept on disk if it is large."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_MAX_MEMORY_BYTES)  # noqa: SIM115 (closed by __exit__)
        self._ends = [0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def append(self, version: Version) -> None:
        self._file.seek(self._ends[-1])
        self._ends.append(self._ends[-1] + self._file.write(zlib.compress(pickle.dumps(version), 1)))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> Version:
        self._file.seek(self._ends[number])
        version: Version = pickle.loads(zlib.decompress(self._file.read(self._ends[number + 1] - self._ends[number])))  # noqa: S301 (what we wrote)
        return version
