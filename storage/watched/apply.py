"""Apply a watchlist in one transaction: pages, facts, channels and rules then match what it declares. History is never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, Text, insert, select, type_coerce, update

from alerts.model import ChannelConfig, Rule
from monitor.model import DefinitionSource, FactDefinition, PageSource, PageState
from storage.archive.rows import Row, Values
from storage.maintenance.tombstones import all_tombstones
from storage.outbox.sending import begin_anew
from storage.schema import channels, facts, page_checks, pages, rules
from storage.watched.declarations import (
    ApplyReport,
    DeclaredPage,
    Definition,
    channel_to_json,
    fact_to_json,
    rule_to_json,
)
from storage.watched.definitions import revise_all_holds
from storage.watched.pages import PAGES, declared_values, insert_page, lock_watching
from storage.watched.requisite_requests import follow_pages
from storage.watched.stored_definitions import definition_of

_SCHEDULE = {
    *("state", "every_seconds", "cron", "timezone", "jitter_seconds", "windows"),
    *("adaptive_min_seconds", "adaptive_max_seconds", "obey_robots"),
}
_NEVER_DUE: Values = {"next_check_at": None, "scheduled_by": None}
_PAGES = select(*pages.columns, page_checks.c.next_check_at).select_from(PAGES)


@dataclass(slots=True)
class _Tally:
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    pauses_changed: bool = False
    requisites_changed: list[int] = field(default_factory=list)

    def report(self) -> ApplyReport:
        return ApplyReport(
            tuple(self.added),
            tuple(self.changed),
            tuple(self.retired),
            tuple(self.unchanged),
            tuple(self.forgotten),
        )


def apply_declared(
    connection: Connection,
    declared: Sequence[DeclaredPage],
    fact_definitions: Sequence[FactDefinition],
    channel_configs: Sequence[ChannelConfig],
    rule_set: Sequence[Rule],
    now: datetime,
) -> ApplyReport:
    """See `storage.store.SqlStore.apply_declared`."""
    lock_watching(connection)
    tally = _Tally()
    _sync_pages(connection, declared, now, tally)
    kinds: tuple[tuple[str, Table, Mapping[str, Definition]], ...] = (
        ("fact", facts, {fact.name: fact_to_json(fact) for fact in fact_definitions}),
        ("channel", channels, {channel.name: channel_to_json(channel) for channel in channel_configs}),
        ("rule", rules, {rule.name: rule_to_json(rule) for rule in rule_set}),
    )
    for kind, table, definitions in kinds:
        _sync_definitions(connection, kind, table, definitions, now, tally)
    if tally.pauses_changed or any(name.startswith(("channel ", "rule ")) for name in (*tally.changed, *tally.added)):
        revise_all_holds(connection, now)
    return tally.report()


def _sync_pages(connection: Connection, declared: Sequence[DeclaredPage], now: datetime, tally: _Tally) -> None:
    known = {row.url: row for row in connection.execute(_PAGES)}
    removed = all_tombstones(connection)
    for page in declared:
        if page.url in removed and page.url not in known:
            tally.forgotten.append(f"page {page.url}, {removed[page.url].description}")
        else:
            _sync_page(connection, page, known.get(page.url), now, tally)
    listed = {page.url for page in declared}
    for row in known.values():
        if row.url not in listed and row.source is PageSource.WATCHLIST and row.state is not PageState.RETIRED:
            tally.retired.append(f"page {row.url}")
            _update(connection, row.id, {"state": PageState.RETIRED, "retired_at": now}, _NEVER_DUE)
            tally.requisites_changed.append(row.id)
    follow_pages(connection, tally.requisites_changed, now)


def _sync_page(connection: Connection, page: DeclaredPage, row: Row | None, now: datetime, tally: _Tally) -> None:
    wanted = declared_values(page, PageSource.WATCHLIST)
    name = f"page {page.url}"
    if row is None:
        insert_page(connection, page.url, wanted, now, due=None if page.paused else now)
        tally.added.append(name)
        return
    changed = {column: value for column, value in wanted.items() if getattr(row, column) != value}
    if not changed:
        tally.unchanged.append(name)
        return
    (tally.added if row.state is PageState.RETIRED else tally.changed).append(name)
    tally.pauses_changed = tally.pauses_changed or "paused_until" in changed
    change_declaration(connection, row, {**changed, "retired_at": None}, now)
    if changed.keys() & {"state", "requisites"}:
        tally.requisites_changed.append(row.id)


def change_declaration(connection: Connection, row: Row, changed: Values, now: datetime) -> None:
    """Change columns of a page's declaration. With another schedule it is due at once.

    Args:
        connection: In a transaction that called `lock_watching`.
        row: The page as stored, with its `next_check_at`.
        changed: The columns and their new values.
        now: On the observing clock.
    """
    _update(connection, row.id, changed, _due(row, changed, now))


def _update(connection: Connection, page_id: int, declared: Values, checks: Values) -> None:
    """Update a page, its declaration first: that row's lock makes a T1 of the page wait, or waits for it."""
    connection.execute(update(pages).where(pages.c.id == page_id).values(declared))
    if checks:
        connection.execute(update(page_checks).where(page_checks.c.page_id == page_id).values(checks))


def _due(row: Row, changed: Values, now: datetime) -> Values:
    """Return the columns of `page_checks` to set. A page that is resumed, has no due time or has a new schedule is due at once; a paused page never is."""
    if changed.get("state") is PageState.PAUSED:
        return _NEVER_DUE
    if row.state is PageState.PAUSED and "state" not in changed:
        return {}
    again = changed.keys() & _SCHEDULE or row.next_check_at is None
    if not again:
        return {}
    return {"next_check_at": now, "scheduled_by": None, "interval_seconds": None, "schedule_reason": ""}


def _sync_definitions(
    connection: Connection,
    kind: str,
    table: Table,
    definitions: Mapping[str, Definition],
    now: datetime,
    tally: _Tally,
) -> None:
    # Selected as text, so that a damaged definition can be replaced.
    as_kept = select(
        table.c.name, table.c.retired_at, table.c.source, type_coerce(table.c.definition, Text).label("definition")
    )
    known = {row.name: row for row in connection.execute(as_kept)}
    for position, (name, definition) in enumerate(definitions.items()):
        row = known.get(name)
        source = DefinitionSource.WATCHLIST
        values = {"definition": definition, "position": position, "retired_at": None, "source": source}
        if row is None:
            connection.execute(insert(table).values(name=name, applied_at=now, **values))
            tally.added.append(f"{kind} {name}")
        elif row.retired_at is None and definition_of(row.definition) == definition:
            # A new position in the list is not reported as a change, nor is that the watchlist declares it now.
            connection.execute(update(table).where(table.c.name == name).values(position=position, source=source))
            tally.unchanged.append(f"{kind} {name}")
        else:
            connection.execute(update(table).where(table.c.name == name).values(applied_at=now, **values))
            (tally.changed if row.retired_at is None else tally.added).append(f"{kind} {name}")
            if table is channels:
                begin_anew(connection, name)
    for row in known.values():
        if row.name not in definitions and row.retired_at is None and row.source is DefinitionSource.WATCHLIST:
            connection.execute(update(table).where(table.c.name == row.name).values(retired_at=now))
            tally.retired.append(f"{kind} {row.name}")
