"""Ports of the domain logic: a fetcher and a store.

Guarantees of every method of `Store`: times are aware UTC datetimes; each method is one transaction, rolled back as a whole when it
raises; methods are thread-safe; `StorageError` (monitor.errors) is raised when the database operation fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from monitor.model import (
    AnalysisOutcome,
    FetchRequest,
    FetchResult,
    HostTemplate,
    Observation,
    Origin,
    Page,
    PageLists,
    PageMemory,
    PageVersion,
    Snapshot,
    Validators,
    Version,
)

Observe = Callable[[Snapshot | None], Observation]
"""Derive the observation of a check from the page's newest snapshot that did not fail, None before the first. Called once, while no other process writes
to the page."""

LearnTemplate = Callable[[HostTemplate | None, Sequence[PageLists]], HostTemplate]
"""Derive the template of a host from the one learned so far, None before the first, and the lists of its pages."""


class Fetch(Protocol):
    """Fetches a URL. Never raises for errors of a server or network: the result then contains a `Failure`."""

    def __call__(self, request: FetchRequest, now: datetime) -> FetchResult:
        """Request `request.url` and follow redirects explicitly, one exchange per hop."""
        ...


class Store(Protocol):
    """Persistence port for checks and their results."""

    def validators(self, page_id: int) -> Validators | None:
        """Return the validators of the page's latest ok snapshot with a body of its own; None if it sent none or there is no such snapshot."""
        ...

    def archive(
        self,
        page: Page,
        observation: Observation | Observe,
        *,
        taken_at: datetime,
        origin: Origin,
        reader: str,
        next_check_at: datetime | None,
        late: bool = False,
        reason: str | None = None,
        visit_id: int | None = None,
    ) -> Snapshot:
        """T1: store a check before it is processed, and set when the page is due next.

        The returned snapshot is marked processed if there is nothing to process: a failed check; or a repeat (SAME_BODY, NOT_MODIFIED) of a processed
        snapshot, with verdict and version inherited, if the page is settled under `reader` (a `ParserVersion.digest`), its current version is that
        snapshot's version (or the inherited verdict is not ok), and the page has no unprocessed snapshots. Every other snapshot is unprocessed.

        Args:
            page: The page that was checked.
            observation: The observation to store, or a function that derives it.
            taken_at: Time of the check, on the observing clock.
            origin: Origin of the snapshot.
            reader: Digest of the current parser version.
            next_check_at: When the page is due next; None for never (import).
            late: Whether the check is older than the page's newest one. The snapshot is marked processed, without a verdict, and the next check is not
                compared with it: it takes effect only when the page is reprocessed (`monitor.pipeline.reprocess`).
            reason: Reason for `next_check_at`, for display; None keeps the previous reason.
            visit_id: The first snapshot of the same visit to the host; None where this one is the first.
        """
        ...

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """Return one snapshot.

        Raises:
            UnknownName: No snapshot has that id.
        """
        ...

    def page_memory(self, page_id: int) -> PageMemory:
        """Return the state of the page before its next snapshot is processed."""
        ...

    def version(self, version_id: int) -> Version:
        """Return a stored version.

        Raises:
            UnknownName: No version has that id.
        """
        ...

    def body(self, sha256: str) -> bytes:
        """Return a stored body after verifying its digest.

        Raises:
            UnknownName: No such body is stored.
            BodyCorrupt: The stored body does not match the digest.
        """
        ...

    def host_template(self, host: str) -> HostTemplate | None:
        """Return the template learned of a host; None if nothing was learned."""
        ...

    def outdated_lists(self, host: str, code: str, most: int) -> Sequence[PageVersion]:
        """Return the current versions of the host's pages whose lists were not stored yet, or by another version of the algorithm than `code`.

        Args:
            host: The host.
            code: Version of the algorithm that finds lists.
            most: Maximum number of versions returned.
        """
        ...

    def learn_template(self, host: str, found: Sequence[PageLists], learn: LearnTemplate) -> HostTemplate:
        """Store lists of the host's pages and the template that results from those of all its pages; return the template.

        Args:
            host: The host.
            found: Lists to store, in place of earlier ones of the same pages; those of pages that were erased meanwhile are left out.
            learn: Derives the template. Called once, while no other process learns that of the host.
        """
        ...

    def record(
        self,
        snapshot: Snapshot,
        outcome: AnalysisOutcome,
        *,
        now: datetime,
        owner: str | None = None,
        more: bool = False,
    ) -> int:
        """T2: store version, readings, fact states and events, and mark the snapshot processed.

        Idempotent: if the snapshot is already processed (by another process), nothing is stored.

        Args:
            snapshot: The processed snapshot.
            outcome: The result of processing it.
            now: The time, on the observing clock.
            owner: Required owner of the claim on the page, which is released with its last unprocessed snapshot; None requires no claim.
            more: Whether the page has further unprocessed snapshots, for which the claim is kept.

        Returns:
            The number of events stored.

        Raises:
            ClaimLost: `owner` does not hold the claim, or no longer holds it; nothing was stored.
        """
        ...
