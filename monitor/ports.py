"""What the heart asks of the outside: somebody who fetches and somebody who remembers.

Promises that hold for every method of `Store`: times are aware UTC datetimes; each method is one transaction, rolled back as a whole when it
raises; any method may be called from any thread; `StorageError` (monitor.errors) is raised when the database cannot do what is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from monitor.model import (
    AnalysisOutcome,
    FetchRequest,
    FetchResult,
    Observation,
    Origin,
    Page,
    PageMemory,
    Snapshot,
    Validators,
    Version,
)

Observe = Callable[[Snapshot | None], Observation]
"""What follows from a look, given the page's newest snapshot that is not failed, None before the first. Asked once, while nobody else writes of the page."""


class Fetch(Protocol):
    """Looks at a URL. Never raises for what a server or network does: that is a `Failure` in the look."""

    def __call__(self, request: FetchRequest, now: datetime) -> FetchResult:
        """Ask for `request.url`, following redirects by hand, one exchange a hop."""
        ...


class Store(Protocol):
    """The memory of checks."""

    def validators(self, page_id: int) -> Validators | None:
        """Validators of the page's latest ok snapshot with a body of its own; None where it sent none or there is none."""
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
    ) -> Snapshot:
        """T1: keep a look before anything is interpreted, and say when the page is due next.

        A failed look comes back read (there is nothing to read). So does a repeat (SAME_BODY, NOT_MODIFIED) of a read snapshot, with verdict
        and version inherited, where the page is settled by `reader` (a `Reader.digest`), shows that very version (or the repeated
        verdict is not ok), and has nothing unread. Every other look comes back unread.

        Args:
            page: Whose look it is.
            observation: What to keep, or what tells it.
            taken_at: On the observing clock.
            origin: Where it came from.
            reader: Digest of the reader that would read it now.
            next_check_at: When the page is due next; None for never (import).
            late: Whether it was taken before the page's newest look. It comes back read, without a verdict, and is no look to compare the
                next one with: it means something only once the page's story is told anew (`monitor.pipeline.reprocess`).
            reason: Why the page is due then, for people; None leaves what was said before.
        """
        ...

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """One snapshot.

        Raises:
            UnknownName: There is none of that id.
        """
        ...

    def known(self, page_id: int) -> PageMemory:
        """What is known of the page before its next snapshot is read."""
        ...

    def version(self, version_id: int) -> Version:
        """A stored version's value.

        Raises:
            UnknownName: There is none of that id.
        """
        ...

    def body(self, sha256: str) -> bytes:
        """A stored body, checked against its digest.

        Raises:
            UnknownName: No such body is stored.
            BodyCorrupt: What is stored does not match the digest.
        """
        ...

    def record(
        self,
        snapshot: Snapshot,
        interpretation: AnalysisOutcome,
        *,
        now: datetime,
        owner: str | None = None,
        more: bool = False,
    ) -> int:
        """T2: store version, readings, fact states and events, and mark the snapshot read.

        Idempotent: a snapshot that was read already (another process won) is left as it is and nothing is stored.

        Args:
            snapshot: What was processed.
            interpretation: What that came to.
            now: On the observing clock.
            owner: Who must hold the claim on the page, which ends with its last unprocessed snapshot; None asks for no claim.
            more: Whether the page has further unprocessed snapshots, for which the claim is kept.

        Returns:
            How many events were stored.

        Raises:
            ClaimLost: `owner` does not hold the claim (any more); nothing was stored.
        """
        ...
