"""Looks, versions and pages for the storage's tests, made without a fetcher or a reader."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from monitor.model import (
    AnalysisOutcome,
    Block,
    BlockKind,
    Change,
    Event,
    EventKind,
    Exchange,
    Failure,
    FailureKind,
    FetchResult,
    Level,
    Mention,
    MentionType,
    Observation,
    Origin,
    Outcome,
    Page,
    PageSource,
    ParserVersion,
    Reading,
    Reason,
    Schedule,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from storage.store import SqlStore

HOURLY = Schedule(every=timedelta(hours=1))
READER = ParserVersion("1", "abc123")
URL = "https://coalition.example/en/"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def add_page(store: SqlStore, now: datetime, url: str = URL, **more) -> Page:
    return store.add_page(url, schedule=HOURLY, now=now, **{"source": PageSource.ADDED, **more})


def exchange(
    now: datetime, body: bytes | None, url: str = URL, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Exchange:
    return Exchange(
        url=url,
        request_headers=(("User-Agent", "test"),),
        started_at=now,
        elapsed_ms=12,
        status=status,
        reason="OK",
        http_version="HTTP/1.1",
        response_headers=(("Content-Type", "text/html; charset=utf-8"), *headers),
        peer="203.0.113.7:443",
        body=body,
        entity_sha256=None if body is None else sha256(body),
        entity_bytes=None if body is None else len(body),
    )


def full(now: datetime, body: bytes, url: str = URL, headers: tuple[tuple[str, str], ...] = ()) -> Observation:
    return Observation(FetchResult((exchange(now, body, url, headers=headers),)), Outcome.FULL, sha256(body), None)


def same_body(now: datetime, repeated: Snapshot, body: bytes) -> Observation:
    return Observation(FetchResult((exchange(now, body),)), Outcome.SAME_BODY, sha256(body), repeated.id)


def not_modified(now: datetime, repeated: Snapshot) -> Observation:
    answer = Exchange(
        url=URL, request_headers=(), started_at=now, elapsed_ms=3, status=304, http_version="HTTP/1.1", body=b""
    )
    return Observation(FetchResult((answer,)), Outcome.NOT_MODIFIED, repeated.body_sha256, repeated.id)


def failed(now: datetime, kind: FailureKind = FailureKind.TIMEOUT) -> Observation:
    silence = Exchange(
        url=URL,
        request_headers=(),
        started_at=now,
        elapsed_ms=30_000,
        failure=Failure(kind, "no answer", transient=True),
    )
    return Observation(FetchResult((silence,)), Outcome.FAILED, None, None)


def archive(store: SqlStore, page: Page, observation: Observation, now: datetime, **more) -> Snapshot:
    asked = {"origin": Origin.LIVE, "reader": READER.digest, "next_check_at": now + timedelta(hours=1), **more}
    return store.archive(page, observation, taken_at=now, **asked)


def version(members: int = 83, reader: ParserVersion = READER) -> Version:
    text = f"The Coalition has {members} members."
    quote = str(members)
    mention = Mention(MentionType.COUNT, members, "members", quote, None, 0, 18, 18 + len(quote), 0, len(text))
    return Version(
        reader=reader,
        title="Coalition",
        language="en",
        blocks=(Block(BlockKind.CONTENT, text, "a paragraph", ("About us",)),),
        mentions=(mention,),
        readings=(Reading("member_count", members, (mention,), (), "the only one"),),
    )


def ok(read: Version | None = None, **more) -> AnalysisOutcome:
    return AnalysisOutcome(Verdict.OK, "reads well", version=read, **more)


def fact_changed(snapshot: Snapshot, before: Snapshot | None = None, origin: Origin = Origin.LIVE) -> Event:
    change = Change(
        EventKind.FACT_CHANGED,
        Level.FACT,
        Reason.FACT_CHANGED,
        fact="member_count",
        before=83,
        after=85,
        quote_before="83",
        quote_after="85",
        block_kind=BlockKind.CONTENT,
        detail={"unit": "members"},
    )
    return Event(change, ref(snapshot), None if before is None else ref(before), origin)


def ref(snapshot: Snapshot) -> SnapshotRef:
    return SnapshotRef(snapshot.id, snapshot.taken_at)


def check(store: SqlStore, page: Page, body: bytes, members: int, now: datetime, *, settled: bool = True) -> Snapshot:
    """A whole ok look: archived, read and recorded."""
    snapshot = archive(store, page, full(now, body), now)
    store.record(snapshot, ok(version(members), settled=settled), now=now)
    return store.snapshot(snapshot.id)
