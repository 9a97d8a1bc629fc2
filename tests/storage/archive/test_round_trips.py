"""Rows round-trip any noun."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from monitor.model import (
    Block,
    BlockKind,
    Cause,
    Change,
    Document,
    Event,
    EventKind,
    Exchange,
    FactState,
    Failure,
    FailureKind,
    FetchResult,
    Image,
    Level,
    Link,
    Mention,
    MentionType,
    Observation,
    Origin,
    Outcome,
    ParserVersion,
    Reading,
    SnapshotRef,
    Truncation,
    ValueAtTime,
    Version,
)
from storage.queries.history import History
from storage.schema import snapshots
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full, ok, sha256

several = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
# What both databases hold; what they do not is tested with the engine.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
any_text = st.text(max_size=30)
latin = st.text(st.characters(max_codepoint=255), max_size=20)
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | numbers | any_text
values = scalars | st.lists(numbers | any_text, max_size=4)
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
refs = st.builds(SnapshotRef, st.integers(1, 2**40), times)
headers = st.lists(st.tuples(latin, latin), max_size=5).map(tuple)
digests = st.binary(max_size=4).map(sha256)
places = st.integers(0, 500)
bodies = st.none() | st.binary(max_size=300)
failures = st.builds(Failure, st.sampled_from(FailureKind), text, st.booleans())

exchanges = st.builds(
    Exchange,
    url=text,
    request_headers=headers,
    started_at=times,
    elapsed_ms=st.integers(0, 10**8),
    status=st.none() | st.integers(100, 599),
    reason=text,
    http_version=st.sampled_from(["", "HTTP/1.0", "HTTP/1.1"]),
    response_headers=headers,
    peer=st.none() | text,
    tls_version=st.none() | text,
    tls_cipher=st.none() | text,
    entity_sha256=st.none() | digests,
    entity_bytes=st.none() | st.integers(0, 2**31 - 1),
    body=bodies,
    truncated=st.none() | st.sampled_from(Truncation),
    failure=st.none() | failures,
)
mentions = st.builds(
    Mention,
    type=st.sampled_from(MentionType),
    value=st.none() | numbers | any_text,
    unit=st.none() | any_text,
    quote=text,
    hedge=st.none() | any_text,
    block=st.integers(0, 0),
    start=places,
    end=places,
    sentence_start=places,
    sentence_end=places,
    upper=st.none() | numbers,
)
links = st.lists(st.builds(Link, places, places, any_text), max_size=2).map(tuple)
blocks = st.builds(
    Block, st.sampled_from(BlockKind), any_text, any_text, st.lists(any_text, max_size=3).map(tuple), links
)
readings = st.builds(
    Reading,
    fact=text,
    value=values,
    mentions=st.lists(mentions, max_size=2).map(tuple),
    contradicts=st.lists(mentions, max_size=2).map(tuple),
    why=text,
)
readers = st.builds(
    ParserVersion, st.sampled_from(["1", "2"]), st.sampled_from(["", "abc"]), st.sampled_from(["", "t1"])
)
# Sentences are cut out of a block's text and become columns; a lone surrogate in one is marked there.
plain_blocks = st.builds(Block, st.sampled_from(BlockKind), text, any_text)


@st.composite
def versions(draw):
    seen = tuple(draw(st.lists(mentions, max_size=4)))
    known = st.sampled_from(seen) if seen else mentions
    stated = draw(st.lists(readings, max_size=3, unique_by=lambda reading: reading.fact))
    picked = [replace(reading, mentions=(*reading.mentions, *draw(st.lists(known, max_size=2)))) for reading in stated]
    return Version(
        reader=draw(readers),
        title=draw(text),
        language=draw(st.none() | text),
        blocks=(draw(plain_blocks), *draw(st.lists(blocks, max_size=3))),
        mentions=seen,
        readings=tuple(picked),
        base=draw(any_text),
        document=draw(st.none() | st.builds(Document, any_text, st.integers(0, 2**40), digests)),
        images=tuple(draw(st.lists(st.builds(Image, any_text, any_text, st.integers(0, 9)), max_size=2))),
    )


states = st.builds(
    FactState,
    fact=text,
    reader=readers.map(lambda reader: reader.digest),
    value=values,
    quote=st.none() | text,
    sentence=st.none() | text,
    since=st.none() | refs,
    seen=st.none() | refs,
    absent_since=st.none() | refs,
    absences=st.integers(0, 10**6),
    lost=st.booleans(),
    candidate=values,
    candidate_since=st.none() | refs,
    baseline=values,
    baseline_at=st.none() | times,
    contradiction=st.lists(scalars, max_size=3).map(tuple),
    flapping=st.booleans(),
    trail=st.lists(
        st.builds(ValueAtTime, st.lists(values, max_size=3).map(tuple), times, st.integers(0, 10**6)), max_size=4
    ).map(tuple),
    drifted=values,
)
changes = st.builds(
    Change,
    kind=st.sampled_from(EventKind),
    level=st.sampled_from(Level),
    stored_text=text,
    fact=st.none() | text,
    before=values,
    after=values,
    quote_before=st.none() | text,
    quote_after=st.none() | text,
    sentence_before=st.none() | text,
    sentence_after=st.none() | text,
    block_kind=st.none() | st.sampled_from(BlockKind),
    detail=st.dictionaries(any_text, values, max_size=3),
)


@several
@given(looked=st.lists(exchanges, min_size=1, max_size=3), taken_at=times)
def test_exchanges(store: SqlStore, history: History, looked: list[Exchange], taken_at: datetime):
    page = add_page(store, NOW)
    final = looked[-1].body
    outcome = Outcome.FAILED if final is None else Outcome.FULL
    observation = Observation(FetchResult(tuple(looked)), outcome, None if final is None else sha256(final), None)
    snapshot = archive(store, page, observation, taken_at)
    assert history.exchanges(snapshot.id) == tuple(replace(item, body=None) for item in looked)
    assert all(store.body(sha256(item.body)) == item.body for item in looked if item.body is not None)
    assert store.snapshot(snapshot.id) == snapshot


@several
@given(read=versions())
def test_versions(store: SqlStore, read: Version):
    page = add_page(store, NOW)
    snapshot = archive(store, page, full(NOW, b"body"), NOW)
    store.record(snapshot, ok(read), now=NOW)
    assert store.page_memory(page.id).version == read
    assert store.version(store.snapshot(snapshot.id).version_id) == read


@several
@given(remembered=st.lists(states, max_size=3, unique_by=lambda state: state.fact))
def test_fact_states(store: SqlStore, remembered: list[FactState]):
    page = add_page(store, NOW, url=f"https://a.example/{History(store.database).counts()['pages']}")
    snapshot = archive(store, page, full(NOW, b"body"), NOW)
    store.record(snapshot, ok(states=tuple(remembered)), now=NOW)
    assert store.page_memory(page.id).states == {state.fact: state for state in remembered}


@several
@given(change=changes, origin=st.sampled_from(Origin), cause=st.sampled_from(Cause), taken_at=times)
def test_events(store: SqlStore, history: History, change: Change, origin: Origin, cause: Cause, taken_at: datetime):
    page = add_page(store, NOW, label="Home")
    before = archive(store, page, full(taken_at, b"old"), taken_at)
    snapshot = archive(store, page, full(taken_at, b"new"), taken_at + timedelta(microseconds=1))
    event = Event(
        change, SnapshotRef(snapshot.id, snapshot.taken_at), SnapshotRef(before.id, before.taken_at), origin, cause
    )
    store.record(snapshot, ok(events=(event,)), now=taken_at)
    stored = max(history.events(), key=lambda item: item.id)
    assert stored.event == event
    assert (stored.page_id, stored.page_url, stored.page_label) == (page.id, page.url, "Home")
    assert stored.recorded_at == taken_at


def test_five_hundred_versions_of_one_page_all_read_back(store: SqlStore, clock):
    """Their blobs are deltas of one another, as bodies are."""
    from storage.archive.versions import load_version, store_version
    from tests.storage.snapshots import version

    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"body"), clock())
    with store.database.begin() as connection:
        keys = [store_version(connection, page.id, snapshot.id, version(n), clock()) for n in range(300)]
    with store.database.read() as connection:
        assert [load_version(connection, key) for key in keys] == [version(n) for n in range(300)]


def test_a_snapshot_forgets_a_version_that_is_thrown_away(store: SqlStore, clock):
    from storage.schema import versions as table
    from tests.storage.snapshots import check

    page = add_page(store, clock())
    snapshot = check(store, page, b"body", 83, clock())
    with store.database.begin() as connection:
        connection.execute(table.delete())
    assert store.snapshot(snapshot.id) == replace(snapshot, version_id=None)
    with store.database.begin() as connection:
        connection.execute(update(snapshots).values(read_at=None))
    assert [left.id for left in store.unprocessed(page.id)] == [snapshot.id]
