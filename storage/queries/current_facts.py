"""What pages state now: the state of each fact on a page, and the facts that a page tracks but never stated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, select, text

from monitor.model import JsonValue
from storage.archive.rows import Row
from storage.database.columns import Damaged
from storage.schema import fact_states, facts, page_checks, page_results, pages, versions


@dataclass(frozen=True, slots=True)
class CurrentFact:
    """The state of a fact on a page that has stated it at least once; fields as in `monitor.model.FactState`.

    Attributes:
        fact: Its name.
        value: The last good value, JSON; None if the stored state is damaged.
        quote: The page's characters that stated it; None if they are not stored.
        sentence: The sentence that contained them; None if it is not stored.
        since_at: taken_at of the snapshot that first showed `value`; None if it is not stored.
        absent_since_at: taken_at of the first of the consecutive ok checks without it; None while the page states it.
        others: Other values that the page states as well.
        damaged: Whether the stored state cannot be decoded.
    """

    fact: str
    value: JsonValue
    quote: str | None
    sentence: str | None
    since_at: datetime | None
    absent_since_at: datetime | None
    others: tuple[JsonValue, ...]
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class NeverMatched:
    """A fact that a page tracks but never stated.

    Attributes:
        fact: Its name.
        page_url: The page's URL.
        page_label: The page's display name; "" if it has none.
        page_title: Title of the page's current version; "" if it has none.
    """

    fact: str
    page_url: str
    page_label: str
    page_title: str


_STATES = select(
    *(fact_states.c[name] for name in ("page_id", "fact", "value", "quote", "sentence", "since_at")),
    *(fact_states.c[name] for name in ("absent_since_at", "contradiction")),
).where(fact_states.c.value.is_not(None))
# A row for each page and stated fact; a page that states none has one row with `fact` null.
_TRACKED = (
    select(
        *(pages.c[name] for name in ("id", "url", "label", "facts")),
        versions.c.title,
        fact_states.c.fact,
    )
    .outerjoin(page_results, page_results.c.page_id == pages.c.id)
    .outerjoin(versions, versions.c.id == page_results.c.version_id)
    .outerjoin(fact_states, (fact_states.c.page_id == pages.c.id) & fact_states.c.value.is_not(None))
    .order_by(pages.c.id)
)
_CHECKED = (
    select(pages.c.id)
    .join(page_checks, page_checks.c.page_id == pages.c.id)
    .where(text("pages.state = 'active'"), page_checks.c.ok_snapshot_id.is_not(None))
    .order_by(pages.c.id)
)
_DECLARED = select(facts.c.name).where(facts.c.retired_at.is_(None))


def of_pages(connection: Connection, page_ids: Collection[int]) -> dict[int, list[CurrentFact]]:
    """See `storage.queries.history.History.current_facts`."""
    query = _STATES.where(fact_states.c.page_id.in_(page_ids)).order_by(fact_states.c.page_id, fact_states.c.fact)
    found: dict[int, list[CurrentFact]] = {}
    for row in connection.execute(query):
        found.setdefault(row.page_id, []).append(_current(row))
    return found


def never_matched(connection: Connection, after: int, limit: int) -> list[tuple[int, tuple[NeverMatched, ...]]]:
    """Return the next pages with an ok check, by id, and the facts that each tracks but never stated.

    Args:
        connection: The database connection.
        after: Only pages with a greater id.
        limit: Maximum number of pages.
    """
    checked = _CHECKED.where(pages.c.id > after).limit(limit).subquery()
    declared = set(connection.execute(_DECLARED).scalars())
    rows = connection.execute(_TRACKED.where(pages.c.id.in_(select(checked.c.id))))
    return [(page_id, tuple(_missing(list(of_page), declared))) for page_id, of_page in groupby(rows, attrgetter("id"))]


def _missing(of_page: Sequence[Row], declared: Collection[str]) -> Iterator[NeverMatched]:
    """Yield the declared facts that are not stated, of a page's rows of `_TRACKED`."""
    page = of_page[0]
    stated = {row.fact for row in of_page}
    for name in page.facts:
        if name in declared and name not in stated:
            yield NeverMatched(name, page.url, page.label, page.title or "")


def _current(row: Row) -> CurrentFact:
    damaged = isinstance(row.value, Damaged | dict) or not isinstance(row.contradiction, list)
    return CurrentFact(
        row.fact,
        None if damaged else row.value,
        row.quote,
        row.sentence,
        row.since_at,
        row.absent_since_at,
        () if damaged else tuple(row.contradiction[1:]),
        damaged,
    )
