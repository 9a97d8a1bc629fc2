"""Transaction T1 of a requisite: archive what was received, and record when it is requested again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select, update

from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import ExchangeRole, FetchResult, RequisiteKind, RequisiteMode, RequisiteState
from storage.archive.archived_urls import lock_urls
from storage.archive.unattached_exchanges import store_unattached
from storage.requisites.discovery import REFRESH_EVERY
from storage.requisites.visits import DueRequisite
from storage.schema import exchanges, pages, requisites

WITH_REQUISITES = (RequisiteKind.STYLE_SHEET, RequisiteKind.FRAME, RequisiteKind.IMAGE)
"""Kinds whose bodies can have requisites of their own; among images, SVG drawings have."""

_NOT_MODIFIED = 304


def archive_requisite(
    connection: Connection, requisite: DueRequisite, fetched: FetchResult | None, result: RequisiteResult, now: datetime
) -> None:
    """Archive the exchanges of a request and record its result, for every page that waits for the same URL.

    A result without a request, such as a page's exhausted budget, is recorded for its own page only: another page may have the URL requested.
    Nothing is archived if no page waits for it any more: the page was erased, paused or retired while it was requested.

    Args:
        connection: In a writing transaction.
        requisite: The requisite.
        fetched: What was received; None if it was not requested.
        result: Its result.
        now: On the observing clock.
    """
    columns = requisites.c
    waiting = [columns.url_id == requisite.url_id, columns.due_at.is_not(None), columns.due_at <= now]
    if fetched is None:
        waiting.append(columns.page_id == requisite.page.id)
    elif connection.execute(select(columns.page_id).where(*waiting).limit(1)).first() is None:
        return
    else:
        # Before the requisites, in the order of `storage.requisites.discovery`, so that two writers cannot deadlock.
        lock_urls(connection, {item.url for item in fetched.exchanges})
    locked = select(columns.page_id).where(*waiting).order_by(columns.page_id).with_for_update()
    keys = connection.execute(locked).scalars().all()
    if not keys:
        return
    of_pages = (columns.url_id == requisite.url_id, columns.page_id.in_(keys))
    values: dict[str, object] = {
        "state": result.state,
        "reason": result.reason,
        "attempts": result.attempts,
        "due_at": result.due_at,
    }
    if fetched is not None:
        exchange_id, body_id = _store(connection, requisite, fetched, now)
        if result.state is RequisiteState.ARCHIVED:
            _queue_discovery(connection, of_pages, body_id, now)
            values["exchange_id"] = exchange_id
    connection.execute(update(requisites).where(*of_pages).values(values))
    if result.due_at is None:
        scheduled = select(pages.c.id).where(pages.c.id.in_(keys), pages.c.requisites == RequisiteMode.ON)
        again = (columns.url_id == requisite.url_id, columns.page_id.in_(scheduled))
        connection.execute(update(requisites).where(*again).values(due_at=now + REFRESH_EVERY))


def _queue_discovery(
    connection: Connection, of_pages: Sequence[ColumnElement[bool]], body_id: int | None, now: datetime
) -> None:
    """Have the body searched for those of the pages that had another one, or none, before."""
    if body_id is None:
        return
    known = exists().where(exchanges.c.id == requisites.c.exchange_id, exchanges.c.body_id == body_id)
    due = {"discovery_due_at": now, "discovery_attempts": 0}
    searched = requisites.c.kind.in_(WITH_REQUISITES)
    connection.execute(update(requisites).where(*of_pages, searched, ~known).values(due))


def _store(
    connection: Connection, requisite: DueRequisite, fetched: FetchResult, now: datetime
) -> tuple[int, int | None]:
    """Store exchanges and bodies; return the keys of the exchange with the content and of its body, for a 304 those that it confirms."""
    confirmed = None if requisite.validators is None else requisite.validators.snapshot_id
    stored = store_unattached(connection, fetched.exchanges, ExchangeRole.REQUISITE, now, lambda *_: confirmed)
    if fetched.final.status != _NOT_MODIFIED or confirmed is None:
        return stored.id, stored.body_id
    body_id = connection.execute(select(exchanges.c.body_id).where(exchanges.c.id == confirmed)).scalar()
    return confirmed, body_id
