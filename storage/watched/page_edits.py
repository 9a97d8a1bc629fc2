"""Changes that users make to pages: their state, their tags, and the declaration of those that no watchlist declares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update

from monitor.errors import ConfigurationError, UnknownName
from monitor.model import PageSource, PageState
from storage.archive.rows import Row, Values
from storage.database.slices import slices
from storage.schema import page_checks, pages
from storage.watched.apply import change_declaration
from storage.watched.declarations import DeclaredPage
from storage.watched.definitions import revise_all_holds
from storage.watched.pages import PAGES, declared_values, lock_watching
from storage.watched.requisite_requests import follow_pages

CHECK_REQUESTED = "a check was requested"
"""`schedule_reason` of a page that a user made due."""


class PageAction(StrEnum):
    """What a user does with pages."""

    CHECK = "check"
    PAUSE = "pause"
    RESUME = "resume"
    RETIRE = "retire"
    RESTORE = "restore"
    TAG = "tag"
    UNTAG = "untag"


class Refusal(StrEnum):
    """Why an action cannot be done with a page."""

    UNKNOWN = "unknown"
    WATCHLIST = "watchlist"
    """A watchlist declares the page, and would undo it."""
    RETIRED = "retired"
    NOT_ACTIVE = "not_active"
    """It is paused or retired, so it is not checked."""
    IMPORTED = "imported"
    """It was imported and is not monitored."""
    TOO_MANY_TAGS = "too_many_tags"


@dataclass(frozen=True, slots=True)
class ActionReport:
    """The result of an action with several pages.

    Attributes:
        changed: URLs of the pages that it changed.
        unchanged: URLs of those that were as wanted already.
        refused: URLs of those with which it cannot be done, each with the reason. A page that is unknown is given by its id.
    """

    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[tuple[str, Refusal], ...] = ()


@dataclass(slots=True)
class _Tally:
    changed: list[Row] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)

    def report(self) -> ActionReport:
        return ActionReport(tuple(row.url for row in self.changed), tuple(self.unchanged), tuple(self.refused))

    def keys(self) -> list[int]:
        return [row.id for row in self.changed]


_ROWS = select(*pages.columns, page_checks.c.next_check_at).select_from(PAGES)
_NEVER_DUE: Values = {"next_check_at": None, "scheduled_by": None, "schedule_reason": ""}


def act(connection: Connection, action: PageAction, page_ids: Collection[int], now: datetime) -> ActionReport:
    """Do something with pages whose tags stay as they are; see `storage.page_edit_store.PageEditStore.act_on_pages`."""
    judge, change = _ACTIONS[action]
    lock_watching(connection)
    tally = _judged(connection, page_ids, lambda row: judge(row, now))
    for some in slices(tally.keys()):
        change(connection, some, now)
    if action is not PageAction.CHECK:
        follow_pages(connection, tally.keys(), now)
    return tally.report()


def tag_pages(
    connection: Connection, page_ids: Collection[int], add: Sequence[str], remove: Sequence[str], most: int
) -> ActionReport:
    """See `storage.page_edit_store.PageEditStore.tag_pages`."""
    lock_watching(connection)

    def tags_of(row: Row) -> list[str]:
        return [*dict.fromkeys(tag for tag in (*row.tags, *add) if tag not in remove)]

    def judge(row: Row) -> bool | Refusal:
        if row.source is PageSource.WATCHLIST:
            return Refusal.WATCHLIST
        if len(tags_of(row)) > max(most, len(row.tags)):
            return Refusal.TOO_MANY_TAGS
        return tags_of(row) != list(row.tags)

    tally = _judged(connection, page_ids, judge)
    for row in tally.changed:
        inherited = [pair for pair in row.inherited if pair[0] != "tags"]
        values = {"tags": tags_of(row), "inherited": inherited}
        connection.execute(update(pages).where(pages.c.id == row.id).values(values))
    return tally.report()


def edit_page(connection: Connection, page_id: int, declared: DeclaredPage, now: datetime) -> tuple[str, ...]:
    """See `storage.page_edit_store.PageEditStore.edit_page`."""
    lock_watching(connection)
    row = connection.execute(_ROWS.where(pages.c.id == page_id).with_for_update(of=pages)).first()
    if row is None:
        raise UnknownName(f"there is no page {page_id}")
    if row.source is PageSource.WATCHLIST:
        raise ConfigurationError(f"a watchlist declares {row.url}; change it there")
    if row.state is PageState.RETIRED:
        raise ConfigurationError(f"{row.url} is retired; monitor it again first")
    source = PageSource.WEB if row.source is PageSource.IMPORTED else row.source
    wanted = {**declared_values(declared, source), "state": row.state}
    changed = {column: value for column, value in wanted.items() if getattr(row, column) != value}
    if changed:
        change_declaration(connection, row, changed, now)
    if "paused_until" in changed:
        revise_all_holds(connection, now)
    if changed.keys() & {"source", "requisites"}:
        follow_pages(connection, [page_id], now)
    return tuple(sorted(changed))


def _judged(connection: Connection, page_ids: Collection[int], judge: Callable[[Row], bool | Refusal]) -> _Tally:
    """Lock pages, and tell those to change from the others. `judge` returns whether a page changes, or why it may not."""
    tally, known = _Tally(), set()
    for some in slices(sorted(set(page_ids))):
        # In order of id, so that two users who change the same pages cannot deadlock.
        rows = _ROWS.where(pages.c.id.in_(some)).order_by(pages.c.id).with_for_update(of=pages)
        for row in connection.execute(rows).all():
            known.add(row.id)
            judged = judge(row)
            if isinstance(judged, Refusal):
                tally.refused.append((row.url, judged))
            elif judged:
                tally.changed.append(row)
            else:
                tally.unchanged.append(row.url)
    tally.refused.extend((str(page_id), Refusal.UNKNOWN) for page_id in sorted(set(page_ids) - known))
    return tally


def _may_check(row: Row, now: datetime) -> bool | Refusal:
    if row.state is not PageState.ACTIVE:
        return Refusal.NOT_ACTIVE
    if row.source is PageSource.IMPORTED:
        return Refusal.IMPORTED
    return row.next_check_at is None or bool(row.next_check_at > now)


def _may_pause(row: Row, _: datetime) -> bool | Refusal:
    return Refusal.RETIRED if row.state is PageState.RETIRED else row.state is PageState.ACTIVE


def _may_resume(row: Row, _: datetime) -> bool | Refusal:
    return Refusal.RETIRED if row.state is PageState.RETIRED else row.state is PageState.PAUSED


def _may_retire(row: Row, _: datetime) -> bool | Refusal:
    if row.state is PageState.RETIRED:
        return False
    return Refusal.WATCHLIST if row.source is PageSource.WATCHLIST else True


def _may_restore(row: Row, _: datetime) -> bool | Refusal:
    return bool(row.state is PageState.RETIRED)


def _check(connection: Connection, page_ids: Sequence[int], now: datetime) -> None:
    _schedule(connection, page_ids, {"next_check_at": now, "scheduled_by": None, "schedule_reason": CHECK_REQUESTED})


def _pause(connection: Connection, page_ids: Sequence[int], _: datetime) -> None:
    _set_state(connection, page_ids, {"state": PageState.PAUSED})
    _schedule(connection, page_ids, _NEVER_DUE)


def _resume(connection: Connection, page_ids: Sequence[int], now: datetime) -> None:
    _set_state(connection, page_ids, {"state": PageState.ACTIVE, "retired_at": None})
    monitored = select(pages.c.id).where(pages.c.id.in_(page_ids), pages.c.source != PageSource.IMPORTED)
    due = {**_NEVER_DUE, "next_check_at": now, "failures": 0}
    connection.execute(update(page_checks).where(page_checks.c.page_id.in_(monitored)).values(due))


def _restore(connection: Connection, page_ids: Sequence[int], now: datetime) -> None:
    # No watchlist declares a retired page, and the next `apply` would retire it again.
    listed = (pages.c.id.in_(page_ids), pages.c.source == PageSource.WATCHLIST)
    connection.execute(update(pages).where(*listed).values(source=PageSource.WEB))
    _resume(connection, page_ids, now)


def _retire(connection: Connection, page_ids: Sequence[int], now: datetime) -> None:
    _set_state(connection, page_ids, {"state": PageState.RETIRED, "retired_at": now})
    _schedule(connection, page_ids, _NEVER_DUE)


_ACTIONS = {
    PageAction.CHECK: (_may_check, _check),
    PageAction.PAUSE: (_may_pause, _pause),
    PageAction.RESUME: (_may_resume, _resume),
    PageAction.RETIRE: (_may_retire, _retire),
    PageAction.RESTORE: (_may_restore, _restore),
}


def _set_state(connection: Connection, page_ids: Sequence[int], values: Values) -> None:
    connection.execute(update(pages).where(pages.c.id.in_(page_ids)).values(values))


def _schedule(connection: Connection, page_ids: Sequence[int], values: Values) -> None:
    connection.execute(update(page_checks).where(page_checks.c.page_id.in_(page_ids)).values(values))
