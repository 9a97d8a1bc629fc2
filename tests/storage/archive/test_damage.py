"""Derived data that is damaged costs no change and makes none up: it counts as absent, and is derived again from what was archived."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from monitor.errors import DerivedDataCorrupt, PagewitnessError, StorageError
from monitor.model import REASON_VALUES, EventKind, FactDefinition, FactKind, Level, Page, Reason, Verdict
from monitor.tracking.fact_history import statement_changes
from pagewitness.importing.manifest import SavedPage
from pagewitness.importing.saved_pages import fetch_result_of
from rendering import noise_reasons, sentences
from storage import schema
from storage.archive.compression import pack
from storage.archive.event_rows import CHANGE_COLUMNS, change
from storage.archive.version_blob import decode, encode
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import URL, add_page
from tests.support.checks import process_all, take

MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
OFFICES = FactDefinition("office_count", FactKind.COUNT_OF, ("offices",))
VERSIONS, STATES = schema.versions, schema.fact_states
PAGE = "<html lang=en><title>Pact</title><h1>The pact</h1><p>Our pact has {} members in all the world.<p>It keeps {} offices."


def _as(blob: Any, length: int | None = None) -> dict[str, Any]:
    """A version's row with this blob, stored as if it were whole."""
    data = blob if isinstance(blob, bytes) else b"\x02" + json.dumps(blob).encode()
    whole = {"blob": pack(data, None)[0], "blob_length": len(data) if length is None else length}
    return {**whole, "blob_base_id": None, "blob_depth": 0}


def _good(**more: Any) -> dict[str, Any]:
    block = ["content", "We have 83 members.", 0, 0]
    mention = ["count", 83, "members", "83", None, 0, 8, 10, 0, 19, None]
    value = {"headings": ["A"], "anchors": [[0]], "reasons": ["p"], "blocks": [block], "mentions": [mention]}
    return {**value, "readings": [[[0], []], [[], []]], **more}


MENTION = _good()["mentions"][0]
BLOBS: dict[str, dict[str, Any]] = {
    "random bytes": {"blob": b"\x8f\x11random bytes"},
    "no bytes": {"blob": b""},
    "random bytes in a frame": _as(b"\x8f\x11random bytes"),
    "nothing in a frame": _as(b""),
    "no JSON": _as(b"\x02{"),
    "a later format": _as(b"\x03{}"),
    "a truncated frame": {"blob": _as(_good())["blob"][:-9]},
    "a list": _as([]),
    "a number": _as(7),
    "an empty object": _as({}),
    "deep nesting": _as(b"\x02" + b"[" * 200_000),
    "no UTF-8": _as(b'\x02{"blocks": "\xff\xfe"}'),
    "an unknown kind of block": _as(_good(blocks=[["aside", "We have 83 members.", 0, 0]])),
    "an unknown type of mention": _as(_good(mentions=[["quantity", *MENTION[1:]]])),
    "a block without a text": _as(_good(blocks=[["content", None, 0, 0]])),
    "a block that is a text": _as(_good(blocks=["content"])),
    "a block without a reason": _as(_good(blocks=[["content", "We have 83 members.", 4, 0]])),
    "a block with a negative anchor": _as(_good(blocks=[["content", "We have 83 members.", 0, -1]])),
    "an anchor of nothing": _as(_good(anchors=[[9]])),
    "a heading that is a list": _as(_good(headings=[[]])),
    "links that are numbers": _as(_good(blocks=[["content", "We have 83 members.", 0, 0, [1]]])),
    "a mention in no block": _as(_good(mentions=[[*MENTION[:5], 1, *MENTION[6:]]])),
    "a mention of half a character": _as(_good(mentions=[[*MENTION[:6], 0.5, *MENTION[7:]]])),
    "a mention of a list": _as(_good(mentions=[["count", [83], *MENTION[2:]]])),
    "a mention too short": _as(_good(mentions=[MENTION[:-1]])),
    "a reading of no mention": _as(_good(readings=[[[5], []], [[], []]])),
    "too few readings": _as(_good(readings=[])),
    "readings that are texts": _as(_good(readings=["ab", "cd"])),
    "a document that is a number": _as(_good(document=4)),
    "the old format with another shape": _as(b'{"blocks":[["content"]],"mentions":[],"readings":[]}'),
    "a bomb": _as(b"\x02" + b" " * 300_000_000, length=4_000),
    "a bomb of the recorded length": _as(b"\x02{}", length=2**31 - 1),
    "a shorter length": _as(_good(), length=10),
}  # fmt: skip


def check(store: SqlStore, page: Page, clock: Any, members: int, offices: int = 12, **more: Any) -> Any:
    body = PAGE.format(members, offices).encode()
    saved_page = SavedPage(URL, clock(), None, 200, "text/html")  # type: ignore[arg-type]
    received = fetch_result_of_body(saved_page, body)
    checked = take(page, received, store=store, now=clock(), next_check_at=None, **more)
    clock.advance(hours=1)
    return checked


def fetch_result_of_body(saved_page: SavedPage, body: bytes) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        return fetch_result_of(replace(saved_page, file=Path(file.name)))


@pytest.fixture
def page(store: SqlStore, clock: Any) -> Page:
    """A page that said 83 members twice, and once something else beside."""
    store.apply_declared([], [MEMBERS, OFFICES], [], [], now=clock())
    page = add_page(store, clock(), facts=("member_count", "office_count"))
    check(store, page, clock, 83)
    check(store, page, clock, 83, 14)
    return page


def damage(store: SqlStore, table: Table, values: dict[str, Any], **where: Any) -> None:
    statement = update(table)
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    with store.database.begin() as connection:
        connection.execute(statement.values(values))


def damage_text(store: SqlStore, table: Table, column: str, text: str) -> None:
    with store.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = '{text}'")


def damage_bodies(store: SqlStore) -> None:
    damage(store, schema.bodies, {"data": b"damaged"})


def reported(history: History) -> list[tuple[Any, ...]]:
    return [(e.event.change.kind, e.event.change.before, e.event.change.after) for e in history.events()]


@pytest.mark.parametrize("how", BLOBS)
def test_an_undecodable_version_says_so_in_one_line(store: SqlStore, page: Page, how: str):
    key = store.page_memory(page.id).version_id
    damage(store, VERSIONS, BLOBS[how], id=key)
    with pytest.raises(DerivedDataCorrupt, match=f"version {key} cannot be decoded") as raised:
        store.version(key)
    assert "pagewitness reprocess" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert store.page_memory(page.id).version is None
    assert store.page_memory(page.id).current.snapshot is not None


@pytest.mark.parametrize(
    "how", ["random bytes", "a later format", "an unknown kind of block", "an empty object", "a bomb"]
)
def test_an_unchanged_page_reports_nothing_and_a_changed_one_its_change(
    store: SqlStore, history: History, page: Page, clock: Any, how: str
):
    before = reported(history)
    damage(store, VERSIONS, BLOBS[how])
    # An unchanged page, in other bytes.
    take(page, fetch_result_of_body(SavedPage(URL, clock(), None, 200, "text/html"), PAGE.format(83, 14).encode() + b" "), store=store, now=clock.advance(hours=1), next_check_at=None)  # type: ignore[arg-type]  # fmt: skip
    assert reported(history) == before
    assert store.page_memory(page.id).version is not None
    damage(store, VERSIONS, BLOBS[how])
    check(store, page, clock, 85, 14)
    assert reported(history) == [*before, (EventKind.FACT_CHANGED, 83, 85)]
    assert "damaged" not in history.snapshots(page.id)[0].verdict_reason
    check(store, page, clock, 85, 15)
    assert reported(history)[len(before) + 1 :] == [(EventKind.FACT_CHANGED, 14, 15)]


def test_a_text_that_changed_after_a_damaged_version_is_reported(
    store: SqlStore, history: History, page: Page, clock: Any
):
    damage(store, VERSIONS, BLOBS["random bytes"])
    body = PAGE.format(83, 14).encode() + b"<p>The pact will leave its seat in the harbour next summer."
    take(page, fetch_result_of_body(SavedPage(URL, clock(), None, 200, "text/html"), body), store=store, now=clock(), next_check_at=None)  # type: ignore[arg-type]  # fmt: skip
    assert [kind for kind, *_ in reported(history)][-1] is EventKind.TEXT_CHANGED


def test_where_the_body_is_damaged_too_facts_are_held_against_what_is_remembered(
    store: SqlStore, history: History, page: Page, clock: Any
):
    before = reported(history)
    damage(store, VERSIONS, BLOBS["random bytes"])
    damage_bodies(store)
    checked = check(store, page, clock, 85, 14)
    assert reported(history) == [*before, (EventKind.FACT_CHANGED, 83, 85)]
    assert "the version before it is damaged" in checked.outcomes[0].reason
    assert "the version before it is damaged" in store.snapshot(checked.snapshot.id).verdict_reason
    again = check(store, page, clock, 85, 15)
    assert "damaged" not in again.outcomes[0].reason
    assert reported(history)[len(before) + 1 :] == [(EventKind.FACT_CHANGED, 14, 15)]


def test_without_body_and_parser_version_the_next_check_is_the_base_and_reports_nothing(
    store: SqlStore, history: History, page: Page, clock: Any
):
    before = reported(history)
    damage(store, VERSIONS, {**BLOBS["random bytes"], "code": "0"})
    damage(store, STATES, {"reader": "0/other/"})
    damage_bodies(store)
    check(store, page, clock, 85, 14)
    assert reported(history) == before
    assert {state.value for state in store.page_memory(page.id).states.values()} == {85, 14}


def test_a_version_of_another_reader_whose_body_is_damaged_is_no_base(
    store: SqlStore, history: History, page: Page, clock: Any
):
    before = reported(history)
    damage(store, VERSIONS, {"code": "0"})
    damage_bodies(store)
    check(store, page, clock, 83, 14)
    assert reported(history) == before


def test_a_version_row_that_is_gone_is_no_end(store: SqlStore, history: History, page: Page, clock: Any):
    before = reported(history)
    with store.database.begin() as connection:
        connection.execute(schema.readings.delete())
        connection.execute(VERSIONS.delete())
    check(store, page, clock, 85, 14)
    assert reported(history) == [*before, (EventKind.FACT_CHANGED, 83, 85)]


@pytest.mark.parametrize(
    "text", ["{", "", "\x01", "{}", "7", '[{"a": 1}]', "[" * 100_000, '[[[1], "x", 1]]', "[[1, 2]]"]
)
@pytest.mark.parametrize("column", ["value", "trail", "contradiction", "candidate", "baseline", "drifted"])
def test_a_damaged_fact_state_is_derived_again_from_the_version(
    store: SqlStore, history: History, page: Page, clock: Any, column: str, text: str
):
    before = reported(history)
    damage_text(store, STATES, column, text)
    check(store, page, clock, 85, 14)
    changed = [change for change in reported(history)[len(before) :] if change[0] is EventKind.FACT_CHANGED]
    # A damage that is a value by its shape cannot be told from one.
    assert (EventKind.FACT_CHANGED, 83, 85) in changed or column == "value"
    assert store.page_memory(page.id).states["member_count"].value == 85


@pytest.mark.parametrize("text", ["{", "[]", "7", "{}", '{"code": "2", "missed": 0, "spots": []}', '{"code": "2", "missed": 0, "spots": {"a": [1]}}', '{"code": 2, "missed": 0, "spots": {}}', '{"code": "2", "missed": 0, "spots": {"a": ["x", 1]}}', '{"code": "2", "missed": 0, "spots": {}, "labels": {"a": [1]}}', '{"code": "2", "missed": 0, "spots": {}, "labels": {"a": [1, -1]}}', f'{{"code": "2", "missed": 0, "spots": {{}}, "interval": {10**400}}}'])  # fmt: skip
def test_damaged_noise_is_learned_again(store: SqlStore, history: History, page: Page, clock: Any, text: str):
    damage_text(store, schema.page_results, "learned_noise", text)
    assert store.page_memory(page.id).noise is None
    check(store, page, clock, 85, 14)
    assert reported(history)[-1] == (EventKind.FACT_CHANGED, 83, 85)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "",
        "[]",
        "7",
        '{"between": 5, "quotes": [1], "joined": 4, "unit": {}, "noise": 5}',
        '{"between": {"from": "x", "to": "y"}}',
    ],
)
def test_an_event_with_a_damaged_detail_is_still_an_event(store: SqlStore, history: History, page: Page, text: str):
    from rendering.statements import text_after, text_before
    from rendering.time_interval import time_interval

    assert reported(history)
    damage_text(store, schema.events, "detail", text)
    damage_text(store, schema.events, "after", "{")
    for recorded in history.events():
        change = recorded.event.change
        assert change.after is None
        assert "after" in change.detail["damaged"]
        assert sentences.summary(change)
        noise_reasons.noise_reason(change)
        assert time_interval(change) is None
        text_before(change), text_after(change)


@pytest.mark.parametrize("text", ["{", '{"a": 1}'])
def test_the_fact_history_shows_which_statement_is_damaged(store: SqlStore, history: History, page: Page, text: str):
    damage_text(store, schema.readings, "value", text)
    rows = list(statement_changes(history.stream_statements()))
    assert all(row.damaged for row in rows)
    assert {row.value for row in rows} == {None}
    assert "pagewitness reprocess" in rows[0].quote
    assert store.page_memory(page.id).version is None


def test_an_unprocessed_snapshot_with_a_damaged_body_does_not_delay_newer_ones(
    store: SqlStore, history: History, page: Page, clock: Any
):
    def dies(*_: object, **__: object) -> Any:
        raise MemoryError

    for members in (84, 85):
        with pytest.raises(MemoryError):
            check(store, page, clock, members, 14, analyze=dies)
    waiting = store.page_memory(page.id).unprocessed
    damage(store, schema.bodies, {"data": b"damaged"}, sha256=waiting[0].body_sha256)
    damage(store, schema.bodies, {"data": pack(PAGE.format(85, 14).encode(), None)[0], "base_id": None, "depth": 0}, sha256=waiting[1].body_sha256)  # fmt: skip
    process_all(store, clock)
    assert store.snapshot(waiting[0].id).verdict is Verdict.UNREADABLE
    assert "restore it from a backup" in store.snapshot(waiting[0].id).verdict_reason
    assert reported(history)[-1] == (EventKind.FACT_CHANGED, 83, 85)


def test_damage_of_a_page_is_no_error_of_the_database():
    from monitor.errors import BodyCorrupt

    for error in (BodyCorrupt, DerivedDataCorrupt):
        assert issubclass(error, PagewitnessError)
        assert not issubclass(error, StorageError)


def _old_format(blob: bytes) -> bytes:
    """A blob as releases before format 2 wrote it: each block with the headings above it."""
    parts = decode(blob)
    blocks = [block if block.links else block[:-1] for block in parts.blocks]
    value = {"blocks": blocks, "mentions": parts.mentions, "readings": parts.readings, "base": parts.base}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def test_versions_of_the_old_format_are_read_and_report_nothing(
    store: SqlStore, history: History, page: Page, clock: Any
):
    before, known = reported(history), store.page_memory(page.id)
    with store.database.begin() as connection:
        from storage.archive.versions import load_blob

        for key in connection.execute(select(VERSIONS.c.id).order_by(VERSIONS.c.id.desc())).scalars().all():
            old = _old_format(load_blob(connection, key))
            connection.execute(update(VERSIONS).where(VERSIONS.c.id == key).values(_as(old)))
    assert store.page_memory(page.id) == known
    assert encode(decode(_old_format(encode(decode(_blob(store, known.version_id)))))) == encode(decode(_blob(store, known.version_id)))  # fmt: skip
    check(store, page, clock, 83, 14)
    assert reported(history) == before
    check(store, page, clock, 85, 14)
    assert reported(history) == [*before, (EventKind.FACT_CHANGED, 83, 85)]


def _blob(store: SqlStore, key: int | None) -> bytes:
    from storage.archive.versions import load_blob

    assert key is not None
    with store.database.read() as connection:
        return load_blob(connection, key)


def test_each_heading_and_anchor_is_stored_once_in_a_blob(store: SqlStore, clock: Any):
    page = add_page(store, clock())
    heading = "A heading over many items" * 6
    body = f"<h1>{heading}</h1><ul>{''.join(f'<li>item {n}</li>' for n in range(300))}</ul>".encode()
    take(page, fetch_result_of_body(SavedPage(URL, clock(), None, 200, "text/html"), body), store=store, now=clock(), next_check_at=None)  # type: ignore[arg-type]  # fmt: skip
    blob = _blob(store, store.page_memory(page.id).version_id)
    assert blob.count(heading.encode()) == 2
    version = store.page_memory(page.id).version
    assert version is not None
    assert len({id(block.anchor) for block in version.blocks if block.anchor}) == 1


@pytest.mark.parametrize("reason", Reason)
def test_no_damaged_value_of_a_reason_prevents_its_sentence(reason: Reason):
    names = (*REASON_VALUES[reason], "noise", "noise_checks", "row", "joined", "left")
    columns = dict.fromkeys(CHANGE_COLUMNS) | {"kind": EventKind.FACT_CHANGED, "level": Level.FACT, "summary": ""}
    for value in (5, "x", None, [1], {}, {"reason": "number_changed"}, {"before": {}, "after": 7}, float("inf")):
        for damaged in [(), *((name,) for name in names), names]:
            detail = dict.fromkeys(damaged, value)
            loaded = change(SimpleNamespace(**columns | {"reason": reason.value, "detail": detail}))
            assert sentences.summary(loaded)
            noise_reasons.noise_reason(loaded)


def test_an_unknown_reason_code_is_no_error(store: SqlStore, history: History, page: Page):
    damage_text(store, schema.events, "reason", "from_a_later_version")
    loaded = [recorded.event.change for recorded in history.events()]
    assert {one.reason for one in loaded} == {None}
    assert all(sentences.summary(one).endswith("(stored values are damaged)") for one in loaded)
