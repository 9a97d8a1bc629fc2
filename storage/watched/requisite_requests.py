"""Whether the requisites of pages are requested, which follows the state of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from monitor.model import PageState, RequisiteMode
from storage.database.slices import slices
from storage.schema import page_results, pages, requisites

REQUESTED = (pages.c.state == PageState.ACTIVE, pages.c.requisites != RequisiteMode.OFF)
"""The conditions under which the requisites of a page are requested."""


def follow_pages(connection: Connection, page_ids: Iterable[int], now: datetime) -> None:
    """Stop the requests for requisites of pages that are no longer active or have none archived; resume those of the others.

    Requests are resumed by discovery in the page's newest usable snapshot, after which all that are missing or old are due.

    Args:
        connection: In a writing transaction; the rows of the pages are locked.
        page_ids: The pages whose state or mode changed.
        now: On the observing clock.
    """
    for some in slices(sorted(set(page_ids))):
        wanted = set(connection.execute(select(pages.c.id).where(pages.c.id.in_(some), *REQUESTED)).scalars())
        stop_requests(connection, [page_id for page_id in some if page_id not in wanted])
        resumed = (page_results.c.page_id.in_(wanted), page_results.c.version_id.is_not(None))
        connection.execute(update(page_results).where(*resumed).values(discovery_due_at=now, discovery_attempts=0))


def stop_requests(connection: Connection, page_ids: Sequence[int]) -> None:
    """Stop the requests for requisites of pages, whose rows are locked."""
    due = (requisites.c.page_id.in_(page_ids), requisites.c.due_at.is_not(None))
    # Locked in the order in which a requisite of several pages is archived, so that the two cannot deadlock.
    order = (requisites.c.page_id, requisites.c.url_id)
    connection.execute(select(requisites.c.url_id).where(*due).order_by(*order).with_for_update()).all()
    connection.execute(update(requisites).where(*due).values(due_at=None))
    connection.execute(update(page_results).where(page_results.c.page_id.in_(page_ids)).values(discovery_due_at=None))
