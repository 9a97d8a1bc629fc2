"""The list of facts: what pages state now, contradictions first; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from monitor.model import FactState, JsonValue, Page, SnapshotRef
from storage.queries.fact_list import VERSIONS, StatedValue, fact_summaries
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import READER, add_page, archive, full, ok, version

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
FACT = "member_count"


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def state(store: SqlStore, page: Page, value: JsonValue, hours: float, *, fact: str = FACT, **more) -> None:
    """Archive a version that states a number of members, with the state of a fact after it."""
    taken = archive(store, page, full(at(hours), b"%f" % hours), at(hours))
    ref = SnapshotRef(taken.id, taken.taken_at)
    after = FactState(fact, READER.digest, value, str(value), f"There are {value}.", since=ref, seen=ref, **more)
    store.record(taken, ok(version(value if isinstance(value, int) else 1), states=(after,)), now=at(hours))


def pages(store: SqlStore, count: int) -> list[Page]:
    return [add_page(store, at(0), url=f"https://coalition.example/{n}/") for n in range(count)]


def test_the_values_of_the_most_pages_come_first(store: SqlStore, history: History):
    for hours, (page, value) in enumerate(zip(pages(store, 7), (83, 85, 85, 84, 85, 84, 90), strict=True)):
        state(store, page, value, hours)
    (found,) = fact_summaries(history.database, 0, 10)
    assert (found.fact, found.pages, found.values, found.contradicting, found.absent) == (FACT, 7, 4, 0, 0)
    assert [(each.value, each.pages) for each in found.stated] == [(85, 3), (84, 2), (90, 1)]
    assert found.stated[2] == StatedValue(90, "90", "There are 90.", 1)
    assert (found.newest.url, found.since) == ("https://coalition.example/6/", at(6))


def test_contradictions_come_first_then_facts_on_which_pages_differ(store: SqlStore, history: History):
    one, other = pages(store, 2)
    state(store, one, 1, 0, fact="agreed")
    state(store, other, 1, 1, fact="agreed")
    state(store, one, 1, 2, fact="differing")
    state(store, other, 2, 3, fact="differing")
    state(store, one, 1, 4, fact="contradicting", contradiction=(1, 2))
    state(store, one, 1, 5, fact="gone", absent_since=SnapshotRef(1, at(0)))
    found = fact_summaries(history.database, 0, 10)
    assert [each.fact for each in found] == ["contradicting", "differing", "agreed", "gone"]
    assert [each.contradicting for each in found] == [1, 0, 0, 0]
    assert [each.absent for each in found] == [0, 0, 0, 1]
    assert [each.fact for each in fact_summaries(history.database, 1, 2)] == ["differing", "agreed"]
    assert fact_summaries(history.database, 9, 2) == []


def test_recent_statements_are_those_of_the_page_with_the_newest_value(store: SqlStore, history: History):
    one, other = pages(store, 2)
    state(store, one, 70, 0)
    for hours in range(1, 4):
        state(store, other, 80 + hours, hours)
    (found,) = fact_summaries(history.database, 0, 10)
    assert found.recent == [(at(1), 81), (at(2), 82), (at(3), 83)]
    assert VERSIONS >= 100


def test_a_slice_takes_a_fixed_number_of_queries(store: SqlStore, history: History):
    statements: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = []
    (page,) = pages(store, 1)
    for round_ in range(2):
        for fact in range(3):
            state(store, page, fact, round_ * 10 + fact, fact=f"fact {round_} {fact}")
        statements.clear()
        fact_summaries(history.database, 0, 10)
        counts.append(sum(statement.startswith("SELECT") for statement in statements))
    assert counts == [4, 4]
