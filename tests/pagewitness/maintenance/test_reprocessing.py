"""Histories derived again from the archive: equal results change nothing, each difference has a cause, and nothing is sent."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from alerts.model import Rule
from alerts.rules import selects
from monitor import parser_version
from monitor.errors import PageDamaged, PagewitnessError
from monitor.model import (
    Cause,
    Drift,
    EventKind,
    FactDefinition,
    FactKind,
    Level,
    Origin,
    Page,
    PageSource,
    Schedule,
    Threshold,
)
from monitor.parser_version import parser_version_of
from monitor.pipeline.analyze import analyze
from monitor.pipeline.archive import classify_outcome
from monitor.search.query import parse
from pagewitness.importing.manifest import SavedPage
from pagewitness.importing.saved_pages import Imported, fetch_result_of, import_saved_pages
from pagewitness.maintenance.reprocessing import Reprocessor, ReprocessResult
from rendering import sentences
from storage import schema
from storage.archive.compression import keyframe
from storage.archive.version_blob import decode
from storage.archive.versions import load_blob
from storage.maintenance.page_history import PageHistory, Replaced
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.search.presence import remove_page
from storage.store import SqlStore
from tests.support.checks import take

URL = "https://pact.example/"
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
OFFICES = FactDefinition("office_count", FactKind.COUNT_OF, ("offices",))
DAY_ONE = datetime(2021, 1, 4, 9, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = Replaced()

_PAGES = [
    "The pact has 83 members. It keeps 12 offices.",
    "The pact has 83 members. It keeps 12 offices.",
    "The pact has 85 members. It keeps 12 offices.",
    "",  # an outage
    "The pact has 85 members. It keeps 14 offices.",
    "The pact goes on. It keeps 14 offices.",
    "The pact goes on. It keeps 14 offices.",
    "The pact goes on and on. It keeps 14 offices.",
    "The pact has 87 members, and 86 members pay. It keeps 14 offices.",
    "The pact has 87 members. It keeps 14 offices.",
    "The pact has 83 members. It keeps 12 offices.",
]


def saved_pages(folder: Path, bodies: Sequence[str] = _PAGES) -> list[SavedPage]:
    """One check a week; an empty body is an error page."""
    found = []
    for week, body in enumerate(bodies):
        file = folder / f"{week}.html"
        file.write_text(f"<title>Pact</title><h1>The pact</h1><p>{body}</p>")
        status = 200 if body else 503
        found.append(SavedPage(URL, DAY_ONE + timedelta(weeks=week), file, status, "text/html"))
    return found


def reprocessor(store: SqlStore, read: Any = analyze) -> Reprocessor:
    return Reprocessor(store, read, 3, lambda: NOW, "tester", timedelta(seconds=30))


def imported(store: SqlStore, history: History, some: Iterable[SavedPage]) -> Imported:
    def times(page: Page) -> tuple[set[datetime], datetime | None]:
        kept = [snapshot.taken_at for snapshot in history.snapshots(page.id)]
        return set(kept), max(kept, default=None)

    return import_saved_pages(
        sorted(some, key=lambda saved_page: saved_page.date),
        store,
        times,
        now=NOW,
        absences_before_lost=3,
        progress=lambda: None,
        owner="tester",
        reprocess=lambda page: reprocessor(store).reprocess(page, cause=Cause.PAGE),
    )


def following(store: SqlStore, *facts: FactDefinition) -> None:
    """Have these facts followed on every imported page."""
    store.apply_declared((), facts, (), (), now=NOW)
    with store.database.begin() as connection:
        connection.execute(update(schema.pages).values(facts=[fact.name for fact in facts]))


def the_page(store: SqlStore) -> Page:
    page = store.page_by_url(URL)
    assert page is not None
    return page


def recorded_events(history: History, *, superseded: bool = False) -> list[tuple[object, ...]]:
    """The page's events, without keys; sorted, since events of one check are in the order of recording."""
    return sorted(_recorded(history, superseded=superseded), key=repr)


def _recorded(history: History, *, superseded: bool) -> list[tuple[object, ...]]:
    return [
        (
            recorded.event.snapshot.taken_at,
            recorded.event.before.taken_at if recorded.event.before else None,
            recorded.event.change.kind,
            recorded.event.change.before,
            recorded.event.change.after,
            recorded.event.change.sentence_before,
            recorded.event.change.sentence_after,
            recorded.event.change.detail.get("between"),
        )
        for recorded in history.events(url=URL, superseded=superseded)
    ]


def everything(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables that a story is kept in."""
    of_a_page = (schema.pages, schema.page_checks, schema.page_results)
    tables = (*of_a_page, schema.snapshots, schema.versions, schema.readings, schema.fact_states, schema.events)
    with store.database.read() as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in tables}


@pytest.fixture
def known(store: SqlStore, history: History, tmp_path: Path) -> Page:
    following(store, MEMBERS)
    imported(store, history, saved_pages(tmp_path))
    return the_page(store)


def test_reprocessing_with_the_same_result_changes_no_row(store: SqlStore, known: Page):
    before = everything(store)
    assert not reprocessor(store).is_due(known)
    assert reprocessor(store).reprocess(known) == ReprocessResult(URL, len(_PAGES), NOTHING)
    assert everything(store) == before


def restless(folder: Path, checks: int = 14) -> list[SavedPage]:
    """One check a week of a page whose weather changes every time; two checks find an outage, one finds the page unchanged."""
    found = []
    for week in range(checks):
        file = folder / f"restless-{week}.html"
        degrees = 3 + 7 * (week - (week == 9)) % 23
        visits = 100 + week - (week == 9)
        file.write_text(
            f"<title>Pact</title><h1>The pact</h1><p>{_PAGES[week % 3]}</p><div>Castle: {degrees} °C</div><div>{visits} visits</div>"
        )
        found.append(SavedPage(URL, DAY_ONE + timedelta(weeks=week), file, 503 if week in (6, 7) else 200, "text/html"))
    return found


def test_reprocessing_learns_the_same_noise(store: SqlStore, history: History, tmp_path: Path):
    following(store, MEMBERS)
    imported(store, history, restless(tmp_path))
    page = the_page(store)
    learned = store.page_memory(page.id).noise
    assert learned is not None
    assert any(spot.noisy for spot in learned.spots.values())
    assert learned.missed == 2
    before = everything(store)
    assert reprocessor(store).reprocess(page).replaced == NOTHING
    assert everything(store) == before
    levels = [recorded.event.change.level for recorded in history.events(url=URL)]
    assert {Level.NUMBER, Level.NOISE, Level.FACT} <= set(levels)


def test_learned_noise_does_not_depend_on_the_order_of_imports(store: SqlStore, history: History, tmp_path: Path):
    whole = restless(tmp_path)
    imported(store, history, whole)
    expected, learned = recorded_events(history), store.page_memory(the_page(store).id).noise
    with store.database.begin() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            if table.name not in {"facts", "alembic_version"}:
                connection.execute(table.delete())
    for part in (whole[::2], whole[1::2]):
        imported(store, history, part)
    assert recorded_events(history) == expected
    assert store.page_memory(the_page(store).id).noise == learned


def test_changes_that_the_watchlist_mutes_are_reprocessed_as_noise(store: SqlStore, history: History, known: Page):
    loud = [
        recorded.event.change for recorded in history.events(url=URL) if recorded.event.change.level is Level.NUMBER
    ]
    assert loud
    quieted = replace(known, mute=("offices",))
    assert reprocessor(store).reprocess(quieted).replaced != NOTHING
    assert not any(recorded.event.change.level is Level.NUMBER for recorded in history.events(url=URL))


def test_reprocessing_a_live_history_gives_the_same_history(store: SqlStore, tmp_path: Path):
    following(store, MEMBERS)
    page = store.add_page(URL, schedule=Schedule(), facts=("member_count",), source=PageSource.ADDED, now=DAY_ONE)
    page = store.page(page.id)
    for saved_page in saved_pages(tmp_path):
        take(page, fetch_result_of(saved_page), store=store, now=saved_page.date, next_check_at=None)
    before = everything(store)
    assert reprocessor(store).reprocess(page).replaced == NOTHING
    assert everything(store) == before


def as_recorded_by_schema_0009(store: SqlStore) -> int:
    """Make every event what the previous schema stored: a sentence, other details, and no reason code. Return their number."""
    renamed = {"checks": "looks", "evidence": "why"}
    with store.database.begin() as connection:
        rows = connection.execute(select(schema.events.c.id, schema.events.c.detail)).all()
        for row in rows:
            detail = {
                renamed.get(name, name): value
                for name, value in row.detail.items()
                if name not in ("threshold", "changes")
            }
            if "noise" in detail:
                detail["noise"] = "changes at nearly every check: at 6 of the last 8"
            if "held" in detail:
                detail["held"] = "it flaps"
            stored = {"reason": None, "summary": "another wording", "detail": detail}
            connection.execute(update(schema.events).where(schema.events.c.id == row.id).values(stored))
    return len(rows)


def test_events_recorded_before_reason_codes_are_the_same_events_in_any_wording(
    store: SqlStore, history: History, outbox: SqlOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    following(store, MEMBERS)
    page = store.add_page(URL, schedule=Schedule(), facts=("member_count",), source=PageSource.ADDED, now=DAY_ONE)
    page = store.page(page.id)
    flapping = [f"The pact has {members} members. It keeps 12 offices." for members in (83, 85) * 4]
    for number, saved_page in enumerate([*saved_pages(tmp_path, [*_PAGES, *flapping]), *restless(tmp_path)]):
        at = DAY_ONE + timedelta(weeks=number)
        take(page, fetch_result_of(replace(saved_page, date=at)), store=store, now=at, next_check_at=None)
    outbox.plan([event.id for event in outbox.unplanned(10_000)], [], now=NOW)
    assert as_recorded_by_schema_0009(store) > 20
    before = everything(store)

    assert reprocessor(store).reprocess(page).replaced == NOTHING
    assert everything(store) == before
    monkeypatch.setattr(parser_version, "PARSER_VERSION", "new")
    assert reprocessor(store).reprocess(page).replaced == NOTHING
    assert {sentences.summary(recorded.event.change) for recorded in history.events()} == {"another wording"}
    kinds = {recorded.event.change.kind for recorded in history.events()}
    assert {EventKind.FACT_FLAPPING, EventKind.FACT_CONTRADICTION, EventKind.NUMBER_CHANGED} <= kinds
    assert any(recorded.event.change.held for recorded in history.events())
    assert any(recorded.event.change.level is Level.NOISE for recorded in history.events())

    # Even where the new code derives other events, it reports none of them.
    following(store, MEMBERS, OFFICES)
    assert reprocessor(store).reprocess(the_page(store)).replaced != NOTHING
    assert outbox.unplanned(10_000) == []


def test_new_code_with_the_same_result_changes_only_the_parser_version(
    store: SqlStore, history: History, known: Page, monkeypatch: pytest.MonkeyPatch
):
    before = recorded_events(history)
    monkeypatch.setattr(parser_version, "PARSER_VERSION", "new")
    assert reprocessor(store).is_due(known)
    assert reprocessor(store).reprocess(known).replaced == NOTHING
    assert recorded_events(history) == before
    assert not reprocessor(store).is_due(known)
    with store.database.read() as connection:
        assert set(connection.execute(select(schema.versions.c.code)).scalars()) == {"new"}


def test_a_new_fact_is_found_in_the_whole_history_without_alerts(
    store: SqlStore, history: History, outbox: SqlOutbox, known: Page
):
    before = recorded_events(history)
    following(store, MEMBERS, OFFICES)
    page = the_page(store)
    replaced = reprocessor(store).reprocess(page).replaced
    assert replaced is not None
    assert (replaced.versions, replaced.events, replaced.superseded) == (8, 2, 2)  # numbers became facts
    new = [recorded.event for recorded in history.events(url=URL) if recorded.event.change.fact == "office_count"]
    assert [(event.change.before, event.change.after, event.cause) for event in new] == [
        (12, 14, Cause.RULES),
        (14, 12, Cause.RULES),
    ]
    assert len(recorded_events(history, superseded=True)) == len(before) + 2
    with store.database.begin() as connection:
        connection.execute(text("UPDATE events SET origin = 'live'"))
        unplanned = connection.execute(text("SELECT count(*) FROM events WHERE planned_at IS NULL")).scalar_one()
    assert {recorded.event.change.fact for recorded in outbox.unplanned(100)} <= {"member_count", None}
    assert len(outbox.unplanned(100)) == unplanned
    assert reprocessor(store).reprocess(the_page(store)).replaced == NOTHING


def test_events_that_new_code_does_not_produce_are_superseded(
    store: SqlStore, history: History, known: Page, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parser_version, "PARSER_VERSION", "new")

    def blind(body: bytes, snapshot: Any, facts: Any, *selection: Any, like: Any = None) -> Any:
        return analyze(body.replace(b"87 members", b"85 members"), snapshot, facts, *selection)

    reprocessor(store, blind).reprocess(known)
    assert 87 not in [after for _, _, _, _, after, *_ in recorded_events(history)]
    assert 87 in [after for _, _, _, _, after, *_ in recorded_events(history, superseded=True)]
    last = [recorded.event for recorded in history.events(url=URL) if recorded.event.change.fact][-1]
    assert (last.change.before, last.change.after, last.cause) == (85, 83, Cause.CODE)
    assert store.page_memory(known.id).states["member_count"].value == 83


@pytest.mark.parametrize("seed", range(6))
def test_a_history_does_not_depend_on_the_order_of_imports(
    seed: int, store: SqlStore, history: History, tmp_path: Path
):
    following(store, MEMBERS)
    whole = saved_pages(tmp_path)
    imported(store, history, whole)
    expected = recorded_events(history)
    states = store.page_memory(the_page(store).id).states
    texts = searched(history)
    assert ("The pact has 85 members. It keeps 12 offices.", 2, 2, 4, 0) in texts
    assert ("The pact has 83 members. It keeps 12 offices.", 0, 10, None, 1) in texts
    page_id = the_page(store).id
    with store.database.begin() as connection:
        remove_page(connection, page_id)
        for table in reversed(schema.metadata.sorted_tables):
            if table.name not in {"facts", "alembic_version"}:
                connection.execute(table.delete())

    chance = random.Random(seed)
    parts: list[list[SavedPage]] = [[] for _ in range(1 + seed % 3 + 1)]
    for saved_page in whole:
        chance.choice(parts).append(saved_page)
    arrived = [imported(store, history, part) for part in parts]
    assert sum(part.archived for part in arrived) == len(whole)
    assert recorded_events(history) == expected
    now = store.page_memory(the_page(store).id).states
    assert {name: _values(state) for name, state in now.items()} == {
        name: _values(state) for name, state in states.items()
    }
    assert {recorded.event.cause for recorded in history.events(url=URL)} == {Cause.PAGE}
    assert not reprocessor(store).is_due(the_page(store))
    assert searched(history) == texts


def searched(history: History) -> list[tuple[str, int, int, int | None, int]]:
    """The texts that a search finds, with the weeks of their first and last snapshots and of the first one without them."""

    def week(at: datetime) -> int:
        return (at - DAY_ONE) // timedelta(weeks=1)

    return [
        (
            row.text,
            week(row.first_at),
            week(row.last_at),
            None if row.gone_at is None else week(row.gone_at),
            row.returns,
        )
        for row in history.search(parse("pact"), 100).rows
    ]


def _values(state: Any) -> tuple[object, ...]:
    since = state.since and state.since.taken_at
    return (state.value, since, state.lost, state.absences, state.contradiction, state.trail, state.baseline)


def test_a_late_saved_page_is_processed_by_the_next_reprocessing(store: SqlStore, history: History, tmp_path: Path):
    following(store, MEMBERS)
    first, late, last = saved_pages(tmp_path, [_PAGES[0], _PAGES[2], _PAGES[9]])
    imported(store, history, [first, last])
    page = the_page(store)
    store.archive(
        page,
        classify_outcome(fetch_result_of(late), None, None),
        taken_at=late.date,
        origin=Origin.IMPORT,
        reader="",
        next_check_at=None,
        late=True,
    )
    assert store.unprocessed(page.id) == []
    newest = store.latest(page.id)
    assert newest is not None
    assert newest.taken_at == last.date
    assert reprocessor(store).is_due(page)
    replaced = reprocessor(store).reprocess(page, cause=Cause.PAGE).replaced
    assert replaced is not None
    assert (replaced.events, replaced.superseded) == (3, 2)
    assert [reported[3:5] for reported in recorded_events(history) if reported[3] is not None] == [
        (83, 85),
        (85, 87),
        (12, 14),
    ]
    assert not reprocessor(store).is_due(page)


def test_a_damaged_version_is_derived_again(store: SqlStore, known: Page):
    before = {table: rows for table, rows in everything(store).items() if table in {"events", "fact_states"}}
    with store.database.begin() as connection:
        connection.execute(update(schema.versions).where(schema.versions.c.seq == 2).values(blob=b"damaged"))
    replaced = reprocessor(store).reprocess(known).replaced
    assert replaced is not None
    assert replaced.versions > 0
    assert (replaced.events, replaced.superseded) == (0, 0)
    assert store.page_memory(known.id).version is not None
    assert {table: rows for table, rows in everything(store).items() if table in before} == before


def test_a_damaged_body_is_replaced_by_its_stored_version_of_the_current_parser(store: SqlStore, known: Page):
    before = everything(store)
    with store.database.begin() as connection:
        connection.execute(update(schema.bodies).values(data=b"damaged"))
    assert reprocessor(store).reprocess(known).replaced == NOTHING
    assert everything(store) == before


def test_a_history_with_a_gap_that_nothing_fills_is_left_unchanged(
    store: SqlStore, history: History, known: Page, tmp_path: Path
):
    with store.database.begin() as connection:
        connection.execute(update(schema.versions).values(code="0"))
        connection.execute(update(schema.bodies).values(data=b"damaged"))
    before = everything(store)
    with pytest.raises(PageDamaged, match=f"{URL} is left as it is: snapshot .* restore it from a backup"):
        reprocessor(store).reprocess(known)
    assert everything(store) == before
    late = SavedPage(URL, DAY_ONE + timedelta(hours=1), saved_pages(tmp_path)[0].file, 200, "text/html")
    (problem,) = imported(store, history, [late]).problems
    assert "is left as it is" in problem


def test_equal_versions_of_the_old_format_are_left_unchanged(store: SqlStore, known: Page):
    with store.database.begin() as connection:
        keys = connection.execute(select(schema.versions.c.id).order_by(schema.versions.c.id.desc())).scalars().all()
        for key in keys:
            parts = decode(load_blob(connection, key))
            blocks = [block if block.links else block[:-1] for block in parts.blocks]
            value = {"blocks": blocks, "mentions": parts.mentions, "readings": parts.readings, "base": parts.base}
            old = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
            whole = {"blob": keyframe(old), "blob_length": len(old), "blob_base_id": None, "blob_depth": 0}
            connection.execute(update(schema.versions).where(schema.versions.c.id == key).values(whole))
    before = everything(store)
    assert reprocessor(store).reprocess(known).replaced == NOTHING
    assert everything(store) == before


def test_a_visited_page_is_not_reprocessed_and_a_concurrent_check_is_not_lost(store: SqlStore, known: Page):
    assert store.claim_host(known.host, "somebody", timedelta(seconds=30))
    with pytest.raises(PagewitnessError, match="another process"):
        reprocessor(store).reprocess(known)
    store.release_host(known.host, "somebody")

    shorter = PageHistory(1, [], [], [], [], {}, None)
    before = everything(store)
    assert store.replace_history(known.id, shorter, cause=Cause.CODE, now=NOW) is None
    assert everything(store) == before


def test_an_unreadable_snapshot_affects_only_itself(store: SqlStore, known: Page):
    def choosy(body: bytes, snapshot: Any, facts: Any, *selection: Any, like: Any = None) -> Any:
        if b"87 members." in body:
            raise MemoryError
        return analyze(body, snapshot, facts, *selection, like=like)

    arrived = reprocessor(store, choosy).reprocess(known)
    assert len(arrived.unreadable) == 1
    assert arrived.snapshots == len(_PAGES) - 1
    assert store.page_memory(known.id).states["member_count"].value == 83


def test_what_if_lists_the_alerts_of_other_facts_and_rules_and_writes_nothing(store: SqlStore, known: Page):
    before = everything(store)
    rules = (
        Rule("offices", frozenset({EventKind.FACT_CHANGED}), ("desk",), facts=("office_count",)),
        Rule("far", frozenset({EventKind.FACT_CHANGED}), ("desk",), facts=("member_count",), step=Threshold(3)),
    )
    would = list(reprocessor(store).what_if(replace(known, facts=(MEMBERS, OFFICES)), rules))
    reported = [
        (event.recorded.event.change.fact, event.recorded.event.change.after, event.rules)
        for event in would
        if event.rules
    ]
    assert reported == [
        ("office_count", 14, ("offices",)),
        ("member_count", 83, ("far",)),
        ("office_count", 12, ("offices",)),
    ]
    assert len(would) > len(reported)
    assert everything(store) == before
    assert parser_version_of(known.facts).facts == parser_version_of((MEMBERS,)).facts


def test_events_of_a_snapshot_that_is_unreadable_now_are_kept(store: SqlStore, history: History, known: Page):
    def choosy(body: bytes, snapshot: Any, facts: Any, *selection: Any, like: Any = None) -> Any:
        if b"87 members, and 86" in body:
            raise MemoryError
        return analyze(body, snapshot, facts, *selection, like=like)

    def contradictions() -> list[Any]:
        kinds = [recorded.event.change.kind for recorded in history.events(url=URL)]
        return [kind for kind in kinds if kind is EventKind.FACT_CONTRADICTION]

    before = contradictions()
    reprocessor(store, choosy).reprocess(known)
    assert contradictions() == before == [EventKind.FACT_CONTRADICTION]


def test_an_unprocessed_live_snapshot_is_processed_first_and_alerts(
    store: SqlStore, outbox: SqlOutbox, known: Page, tmp_path: Path
):
    (saved_page,) = saved_pages(tmp_path, ["The pact has 90 members. It keeps 12 offices."])
    result = fetch_result_of(replace(saved_page, date=NOW))
    store.archive(
        known, classify_outcome(result, None, None), taken_at=NOW, origin=Origin.LIVE, reader="", next_check_at=None
    )
    assert len(store.unprocessed(known.id)) == 1
    assert reprocessor(store).reprocess(known).replaced == NOTHING
    assert [(recorded.event.change.before, recorded.event.change.after) for recorded in outbox.unplanned(10)] == [
        (83, 90)
    ]


def test_slow_drift_is_reported_although_each_step_is_small(store: SqlStore, history: History, tmp_path: Path):
    """DESIGN: 100 → 96 → 92 → 88 with a threshold of 5 % must not stay silent."""
    following(store, replace(MEMBERS, drift=Drift(Threshold(5, percent=True))))
    imported(store, history, saved_pages(tmp_path, [f"The pact has {count} members." for count in (100, 96, 92, 88)]))
    reported = [recorded for recorded in history.events(url=URL) if recorded.event.change.fact]
    assert [
        (recorded.event.change.kind, recorded.event.change.before, recorded.event.change.after) for recorded in reported
    ] == [
        (EventKind.FACT_CHANGED, 100, 96),
        (EventKind.FACT_CHANGED, 96, 92),
        (EventKind.FACT_DRIFTED, 100, 92),
        (EventKind.FACT_CHANGED, 92, 88),
    ]
    rule = Rule("far", frozenset({EventKind.FACT_CHANGED}), ("desk",), step=Threshold(5, percent=True))
    assert [selects(rule, recorded) for recorded in reported] == [False, False, True, False]


def test_a_flapping_fact_is_reported_once_and_every_change_is_recorded(
    store: SqlStore, history: History, tmp_path: Path
):
    following(store, MEMBERS)
    imported(store, history, saved_pages(tmp_path, [f"The pact has {count} members." for count in (83, 85) * 5]))
    reported = [recorded for recorded in history.events(url=URL) if recorded.event.change.fact]
    rule = Rule("all", frozenset({EventKind.FACT_CHANGED}), ("desk",))
    assert len(reported) == 10  # nine turns, and the word for them
    assert [recorded.event.change.kind for recorded in reported if selects(rule, recorded)] == [
        EventKind.FACT_CHANGED,
        EventKind.FACT_CHANGED,
        EventKind.FACT_FLAPPING,
    ]


def test_a_page_that_lost_nearly_all_its_text_waits_with_another_value(
    store: SqlStore, history: History, tmp_path: Path
):
    following(store, MEMBERS)
    amount = "The pact has 83 members. " + " ".join(f"Its chapter {word} met, and spoke of {word}." for word in _WORDS)
    little = "The pact has 85 members. Its chapter one met, and spoke of one."
    imported(store, history, saved_pages(tmp_path, [amount, little, amount, little, little]))
    reported = [recorded.event for recorded in history.events(url=URL) if recorded.event.change.fact]
    assert [(event.change.before, event.change.after) for event in reported] == [(83, 85)]
    assert reported[0].snapshot.taken_at == DAY_ONE + timedelta(weeks=3)


_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau"
).split()


def degrees(store: SqlStore) -> list[int | None]:
    """The degree of change of each version of all pages, in order."""
    with store.database.read() as connection:
        query = select(schema.versions.c.changed_permille).order_by(schema.versions.c.page_id, schema.versions.c.seq)
        return list(connection.execute(query).scalars())


def test_versions_have_a_degree_of_change_and_those_of_an_earlier_schema_get_it(store: SqlStore, known: Page):
    recorded = degrees(store)
    assert recorded[0] is None
    assert all(degree is not None and 0 < degree <= 1_000 for degree in recorded[1:])
    with store.database.begin() as connection:
        connection.execute(update(schema.versions).values(changed_permille=None))
    assert reprocessor(store).reprocess(known).replaced == NOTHING
    assert degrees(store) == recorded
