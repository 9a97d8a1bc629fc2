"""Load, add and schedule pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, exists, insert, select, text, update

from monitor.errors import UnknownName
from monitor.model import FactDefinition, Page, PageSource, PageState, Schedule, Selection
from monitor.urls import host_of
from storage.archive.rows import Row, Values
from storage.database.compiled_statements import CompiledStatement
from storage.database.slices import slices
from storage.maintenance.tombstones import all_tombstones, refuse_forgotten
from storage.schema import facts, page_checks, page_results, pages
from storage.watched.declarations import (
    AddReport,
    DeclaredPage,
    fact_from_json,
    request_from_json,
    request_to_json,
)
from storage.watched.requisite_requests import follow_pages

_PAGE_COLUMNS = (
    *("id", "url", "label", "host", "every_seconds", "cron", "timezone", "facts", "allow_private"),
    *("state", "source", "jitter_seconds", "windows", "adaptive_min_seconds", "adaptive_max_seconds"),
    *("obey_robots", "mute", "always_report", "tags", "selected", "left_out", "request", "requisites", "inherited"),
    "paused_until",
)
PAGES = pages.join(page_checks)
"""Each page with its checks."""

PAGE_COLUMNS = select(
    *(pages.c[name] for name in _PAGE_COLUMNS),
    *(page_checks.c[name] for name in ("next_check_at", "interval_seconds", "failures")),
).select_from(PAGES)
"""The columns that `page_of` reads."""

SCHEDULE_COLUMNS = (
    *(pages.c[name] for name in ("every_seconds", "cron", "timezone", "jitter_seconds", "windows")),
    *(pages.c.adaptive_min_seconds, pages.c.adaptive_max_seconds, page_checks.c.interval_seconds),
)
"""The columns that `schedule_of` and `interval_of` read."""

IS_ACTIVE = exists().where(pages.c.id == page_checks.c.page_id, pages.c.state == PageState.ACTIVE)
"""Whether the page of a row of `page_checks` is active. A writer that uses it calls `lock_page` first: pausing the page then waits, or is visible."""

_BY_URL = CompiledStatement(PAGE_COLUMNS.where(pages.c.url == bindparam("of_url")))
_LOCK = CompiledStatement(select(pages.c.id).where(pages.c.id == bindparam("page")).with_for_update())
_FACTS = CompiledStatement(
    select(facts.c.name, facts.c.definition).where(facts.c.retired_at.is_(None)).order_by(facts.c.position)
)
_SET_NEXT = (
    update(page_checks)
    .where(page_checks.c.page_id == bindparam("page"), IS_ACTIVE)
    .values(next_check_at=bindparam("due"), scheduled_by=None)
)


def lock_page(connection: Connection, page_id: int) -> None:
    """Lock a page's row, so that other writers of this page wait until the transaction ends.

    A statement of its own: on PostgreSQL the rest of a statement that waits sees the data as it was before the wait. On SQLite the whole
    database is locked already.
    """
    if connection.dialect.name == "postgresql":
        _LOCK.first(connection, {"page": page_id})


def lock_watching(connection: Connection) -> None:
    """Lock the table of pages, so that other calls that add pages or apply a watchlist wait until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE pages IN SHARE ROW EXCLUSIVE MODE"))


def all_facts(connection: Connection) -> list[FactDefinition]:
    """Return the current fact definitions, in the watchlist's order."""
    return [fact_from_json(row.name, row.definition) for row in _FACTS.all(connection, {})]


def pages_of(connection: Connection, found: Sequence[Row]) -> list[Page]:
    """Convert rows of PAGE_COLUMNS to pages, with the definitions of their facts."""
    if not found:
        return []
    names = {name for row in found for name in row.facts}
    rows = _FACTS.all(connection, {}) if names else []
    definitions = {row.name: fact_from_json(row.name, row.definition) for row in rows if row.name in names}
    return [page_of(row, definitions) for row in found]


def page_of(row: Row, definitions: Mapping[str, FactDefinition]) -> Page:
    """Convert a row of PAGE_COLUMNS to a page. A fact that is no longer defined is left out."""
    return Page(
        id=row.id,
        url=row.url,
        label=row.label,
        host=row.host,
        schedule=schedule_of(row),
        facts=tuple(definitions[name] for name in row.facts if name in definitions),
        allow_private=row.allow_private,
        state=row.state,
        source=row.source,
        next_check_at=row.next_check_at,
        obey_robots=row.obey_robots,
        interval=interval_of(row),
        failures=row.failures,
        mute=tuple(row.mute),
        always_report=tuple(row.always_report),
        tags=tuple(row.tags),
        selection=Selection(tuple(row.selected), tuple(row.left_out)),
        request=request_from_json(row.request),
        requisites=row.requisites,
        inherited=tuple((key, table) for key, table in row.inherited),
        paused_until=row.paused_until,
    )


def load_page(connection: Connection, page_id: int) -> Page:
    """Return one page.

    Raises:
        UnknownName: No page has this id.
    """
    found = pages_of(connection, connection.execute(PAGE_COLUMNS.where(pages.c.id == page_id)).all())
    if not found:
        raise UnknownName(f"there is no page {page_id}")
    return found[0]


def page_by_url(connection: Connection, url: str) -> Page | None:
    """Return the page of a normalised URL; None if it is unknown."""
    found = pages_of(connection, _BY_URL.all(connection, {"of_url": url}))
    return found[0] if found else None


def pages_labelled(connection: Connection, label: str) -> list[Page]:
    """The pages with a label; retired ones only where no other has it."""
    found = pages_of(connection, connection.execute(PAGE_COLUMNS.where(pages.c.label == label)).all()) if label else []
    return [page for page in found if page.state is not PageState.RETIRED] or found


def pages_between(connection: Connection, beginning: str, end: str, limit: int) -> list[Page]:
    """Return at most `limit` pages whose URL starts with `beginning` and ends with `end`; on SQLite ASCII letters match in either case."""
    url = pages.c.url
    query = PAGE_COLUMNS.where(url.startswith(beginning, autoescape=True), url.endswith(end, autoescape=True)).limit(
        limit
    )
    return pages_of(connection, connection.execute(query).all())


def add_page(
    connection: Connection,
    *,
    url: str,
    label: str,
    schedule: Schedule,
    fact_names: Iterable[str],
    allow_private: bool,
    source: PageSource,
    now: datetime,
    again: bool = False,
    obey_robots: bool = True,
) -> Page:
    """See `storage.store.SqlStore.add_page`."""
    page = DeclaredPage(url, label, schedule, tuple(fact_names), allow_private=allow_private, obey_robots=obey_robots)
    declared = {**declared_values(page, source), "retired_at": None}
    due = None if source is PageSource.IMPORTED else now
    lock_watching(connection)
    known = page_by_url(connection, url)
    if known is None:
        if not again:
            refuse_forgotten(connection, url)
        return load_page(connection, insert_page(connection, url, declared, now, due=due))
    if known.state is PageState.RETIRED and source is not PageSource.IMPORTED:
        _revive(connection, known.id, declared, due)
        return load_page(connection, known.id)
    return known


def add_pages(
    connection: Connection,
    declared: Sequence[DeclaredPage],
    *,
    now: datetime,
    again: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> AddReport:
    """See `storage.store.SqlStore.add_pages`."""
    lock_watching(connection)
    removed = {} if again else all_tombstones(connection)
    added: list[str] = []
    known: list[str] = []
    for some in slices(declared):
        wanted = {page.url: page for page in some}
        rows = connection.execute(select(pages.c.id, pages.c.url, pages.c.state).where(pages.c.url.in_(wanted))).all()
        stored = {row.url: row for row in rows}
        for url, row in stored.items():
            if row.state is PageState.RETIRED:
                _revive(connection, row.id, _added(wanted[url]), None if wanted[url].paused else now)
                added.append(url)
            else:
                known.append(url)
        new = [page for url, page in wanted.items() if url not in stored]
        for page in new:
            if page.url in removed:
                refuse_forgotten(connection, page.url)
        insert_pages(connection, {page.url: _added(page) for page in new}, now)
        added.extend(page.url for page in new)
        progress(len(wanted))
    return AddReport(tuple(added), tuple(known))


def _added(page: DeclaredPage) -> Values:
    """Return the columns of a page that a user adds, besides its URL."""
    return {**declared_values(page, PageSource.ADDED), "retired_at": None}


def _revive(connection: Connection, page_id: int, declared: Values, due: datetime | None) -> None:
    """Make a retired page active with another declaration."""
    connection.execute(update(pages).where(pages.c.id == page_id).values(declared))
    reschedule = {"next_check_at": due, "scheduled_by": None}
    connection.execute(update(page_checks).where(page_checks.c.page_id == page_id).values(reschedule))
    if due is not None:
        follow_pages(connection, [page_id], due)


def insert_pages(connection: Connection, declared: Mapping[str, Values], now: datetime) -> None:
    """Insert pages by URL. The active ones are due at once."""
    if not declared:
        return
    rows = [{"url": url, "host": host_of(url), "created_at": now, **values} for url, values in declared.items()]
    keys = connection.execute(insert(pages).returning(pages.c.id, pages.c.host, pages.c.state), rows).all()
    due = {PageState.ACTIVE: now, PageState.PAUSED: None}
    checks = [{"page_id": row.id, "host": row.host, "next_check_at": due[row.state]} for row in keys]
    connection.execute(insert(page_checks), checks)
    connection.execute(insert(page_results), [{"page_id": row.id} for row in keys])


def insert_page(connection: Connection, url: str, declared: Values, now: datetime, *, due: datetime | None) -> int:
    """Insert a page, due at `due` (None: never), and return its key."""
    host = host_of(url)
    row = {"url": url, "host": host, "created_at": now, **declared}
    key: int = connection.execute(insert(pages).returning(pages.c.id), row).scalar_one()
    connection.execute(insert(page_checks).values(page_id=key, host=host, next_check_at=due))
    connection.execute(insert(page_results).values(page_id=key))
    return key


def declared_values(page: DeclaredPage, source: PageSource) -> Values:
    """Return the columns of `pages` that hold a page's declaration, besides its URL."""
    schedule = page.schedule
    shortest, longest = schedule.adaptive or (None, None)
    return {
        "label": page.label,
        "every_seconds": None if schedule.every is None else schedule.every.total_seconds(),
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "jitter_seconds": schedule.jitter.total_seconds() or None,
        "windows": list(schedule.windows),
        "adaptive_min_seconds": None if shortest is None else shortest.total_seconds(),
        "adaptive_max_seconds": None if longest is None else longest.total_seconds(),
        "facts": list(page.facts),
        "allow_private": page.allow_private,
        "obey_robots": page.obey_robots,
        "mute": list(page.mute),
        "always_report": list(page.always_report),
        "tags": list(page.tags),
        "selected": list(page.selection.only),
        "left_out": list(page.selection.without),
        "request": request_to_json(page.request),
        "requisites": page.requisites,
        "inherited": [list(pair) for pair in page.inherited],
        "paused_until": page.paused_until,
        "state": PageState.PAUSED if page.paused else PageState.ACTIVE,
        "source": source,
    }


def set_next_check(connection: Connection, page_id: int, when: datetime | None) -> None:
    """Set when an active page is due next; None: never. A no-op for other pages, which are never due."""
    lock_page(connection, page_id)
    connection.execute(_SET_NEXT, {"page": page_id, "due": when})


def schedule_of(row: Row) -> Schedule:
    """Return the schedule stored in a row with SCHEDULE_COLUMNS."""
    shortest, longest = _seconds(row.adaptive_min_seconds), _seconds(row.adaptive_max_seconds)
    return Schedule(
        every=_seconds(row.every_seconds),
        cron=row.cron,
        timezone=row.timezone,
        jitter=_seconds(row.jitter_seconds) or timedelta(0),
        windows=tuple(row.windows),
        adaptive=None if shortest is None or longest is None else (shortest, longest),
    )


def interval_of(row: Row) -> timedelta | None:
    """Return the current interval of a page's adaptive schedule; None for other schedules, and before the first check."""
    return _seconds(row.interval_seconds)


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
