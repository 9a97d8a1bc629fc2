from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from monitor.model import Change, Event, EventKind, Level, Origin, Reason, SnapshotRef
from monitor.times import iso_utc
from storage import schema
from storage.archive.event_detail import Beside, restored, shortened
from storage.database.columns import storable
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full, ok

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
several = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

any_text = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers(-9, 99) | any_text
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def place_in(block: str, start: int, end: int, width: int = 32) -> dict[str, Any]:
    """A place as events have it, see `monitor.diff.compare.place`."""
    around = {"prefix": block[max(start - width, 0) : start], "suffix": block[end : end + width]}
    return {"block": 5, "start": start, "end": end, "exact": block[start:end], **around}


@st.composite
def stated(draw: st.DrawFn) -> tuple[str | None, str | None, Any]:
    """Sentence, quote and place of a side; now and then a place that does not belong to them."""
    left, sentence, right = draw(any_text), draw(any_text), draw(any_text)
    start = draw(st.integers(0, len(sentence)))
    end = draw(st.integers(start, len(sentence)))
    found = place_in(left + sentence + right, len(left) + start, len(left) + end, draw(st.sampled_from([3, 32])))
    found |= draw(st.dictionaries(st.sampled_from(list(found)), scalars, max_size=1))
    shape = draw(st.sampled_from(["as is", "turned round", "without a sentence", "with more"]))
    if shape == "turned round":
        found = dict(reversed(found.items()))
    if shape == "with more":
        found["more"] = draw(scalars)
    return None if shape == "without a sentence" else sentence, sentence[start:end] or None, found


intervals = st.dictionaries(st.sampled_from(["from", "to", "missed"]), times.map(iso_utc) | scalars, min_size=1)


@st.composite
def details(draw: st.DrawFn) -> tuple[dict[str, Any], Beside]:
    at, from_at = draw(times), draw(st.none() | times)
    before, after = draw(stated()), draw(stated())
    own = {} if from_at is None else {"from": iso_utc(from_at), "to": iso_utc(at)}
    missed = draw(st.sampled_from([{}, {"missed": {}}, {"missed": {"timeout": 2}}]))
    entries = {
        "unit": draw(scalars),
        "place_before": before[2],
        "place_after": after[2],
        "between": draw(st.just(own | missed).filter(bool) | intervals),
        draw(any_text): draw(scalars),
    }
    kept = draw(st.permutations(sorted(entries)))[: draw(st.integers(0, len(entries)))]
    # A place or interval of events always names all that it has.
    detail = {name: entries[name] for name in kept if name != "between" or {"from", "to"} & entries[name].keys()}
    return detail, Beside(at, from_at, before[0], after[0], before[1], after[1])


def as_stored(beside: Beside) -> Beside:
    """The columns as they are read from a database, which replaces what it cannot store."""
    names = ("sentence_before", "sentence_after", "quote_before", "quote_after")
    texts = {name: getattr(beside, name) for name in names}
    return replace(beside, **{name: None if value is None else storable(value) for name, value in texts.items()})


@settings(max_examples=400, deadline=None)
@given(given_detail=details())
def test_every_detail_is_restored_exactly(given_detail: tuple[dict[str, Any], Beside]):
    detail, beside = given_detail
    stored = json.loads(json.dumps(shortened(detail, beside)))
    # Byte for byte: the order of keys and the types of values too.
    assert json.dumps(restored(stored, as_stored(beside))) == json.dumps(detail)
    assert len(json.dumps(stored)) <= len(json.dumps(detail))


SENTENCES = [
    ("The alliance has 83 members.", "83"),
    ("83 countries signed, 83 of them in Riga.", "83"),
    ("联盟现有八十三个成员国。", "八十三"),
    ("يضم التحالف ٨٣ عضوا", "٨٣"),
    ("Le réseau compte 1 234 adhérents 👩‍👩‍👧.", "1 234"),
]


@pytest.mark.parametrize(("sentence", "quote"), SENTENCES)
@pytest.mark.parametrize(("left", "right"), [("", ""), ("Earlier. ", " Later."), ("x" * 90, "y" * 90)])
def test_a_place_in_the_stored_sentence_takes_six_short_values(sentence: str, quote: str, left: str, right: str):
    start = len(left) + sentence.index(quote)
    found = place_in(left + sentence + right, start, start + len(quote))
    beside = Beside(NOW, None, None, sentence, None, quote)
    ((name, stored),) = shortened({"place_after": found}, beside).items()
    assert (name, stored[:4]) == ("place_after", [5, start, start + len(quote), sentence.index(quote)])
    outside = [part for part in stored[4:] if isinstance(part, str)]
    assert all(part in (left[-32:] + right) and len(part) <= 32 for part in outside)
    assert restored({"place_after": stored}, beside) == {"place_after": found}


def test_an_interval_between_the_checks_of_the_event_is_not_stored_again():
    beside = Beside(NOW, NOW - timedelta(hours=1), None, None, None, None)
    own = {"from": "2021-03-01T11:00:00.000000Z", "to": "2021-03-01T12:00:00.000000Z", "missed": {"timeout": 1}}
    assert shortened({"between": own}, beside) == {"between": {"missed": {"timeout": 1}}}
    other = {**own, "from": "2021-03-01T10:00:00.000000Z"}
    assert shortened({"between": other}, beside) == {"between": other}
    assert shortened({"between": own}, replace(beside, from_at=None)) == {"between": own}


def event(at: SnapshotRef, before: SnapshotRef) -> Event:
    block = "Since 2014 the alliance has grown. It has 85 members today. It meets in spring."
    old = block.replace("85", "83")
    change = Change(
        EventKind.NUMBER_CHANGED,
        Level.NUMBER,
        reason=Reason.NUMBER_CHANGED,
        before=83,
        after=85,
        quote_before="83",
        quote_after="85",
        sentence_before="It has 83 members today.",
        sentence_after="It has 85 members today.",
        detail={
            "unit": "members",
            "place_before": place_in(old, 42, 44),
            "place_after": place_in(block, 42, 44),
            "between": {"from": iso_utc(before.taken_at), "to": iso_utc(at.taken_at), "missed": {}},
        },
    )
    return Event(change, at, before, Origin.LIVE)


@pytest.fixture
def recorded(store: SqlStore) -> Event:
    """An event that is stored."""
    page = add_page(store, NOW)
    first, second = (archive(store, page, full(NOW + timedelta(hours=n), b"%d" % n), NOW) for n in range(2))
    done = event(SnapshotRef(second.id, second.taken_at), SnapshotRef(first.id, first.taken_at))
    store.record(first, ok(), now=NOW)
    store.record(second, ok(events=(done,)), now=NOW)
    return done


def test_an_event_refers_to_its_own_row_only(store: SqlStore, history: History, recorded: Event):
    with store.database.begin() as connection:
        stored = connection.execute(select(schema.events.c.detail)).scalar_one()
        connection.execute(text("UPDATE snapshots SET version_id = NULL"))
        connection.execute(text("DELETE FROM versions"))
    short = [5, 42, 44, 7, " the alliance has grown. ", " It meets in spri"]
    assert stored == {
        "unit": "members",
        "place_before": short,
        "place_after": short,
        "between": {"missed": {}},
    }
    (read,) = history.events()
    assert read.event == recorded
    assert json.dumps(dict(read.event.change.detail)) == json.dumps(dict(recorded.change.detail))


def test_an_event_stored_in_full_is_read_as_before(store: SqlStore, history: History, recorded: Event):
    with store.database.begin() as connection:
        connection.execute(update(schema.events).values(detail=dict(recorded.change.detail)))
    assert [read.event for read in history.events()] == [recorded]


@pytest.mark.parametrize(
    "stored",
    [[], [5, 42, 44, 8, 0, 0], [5, 42, 44, -17, 0, 0], [5, 42, 44, "7", 0, 0], [5, 42, 44, 7, None, 0], [[]] * 6, "83"],
)  # fmt: skip
def test_a_place_that_is_damaged_is_left_out_and_named(stored: Any, store: SqlStore, history: History, recorded: Event):
    with store.database.begin() as connection:
        connection.execute(update(schema.events).values(detail={**recorded.change.detail, "place_after": stored}))
    (read,) = history.events()
    detail = dict(read.event.change.detail)
    assert "place_after" not in detail
    assert detail["damaged"] == ["place_after"]
    assert detail["place_before"] == recorded.change.detail["place_before"]
