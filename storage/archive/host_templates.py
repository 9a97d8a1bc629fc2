"""Host templates: the lists of links on the pages of a host, and those that several of them show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, or_, select, update

from monitor.errors import DerivedDataCorrupt
from monitor.model import HostTemplate, JsonValue, PageLists, PageVersion
from monitor.model.host_template import microseconds, moment
from monitor.ports import LearnTemplate
from storage.archive.rows import Row
from storage.archive.versions import VERSION_COLUMNS, version_of
from storage.database.compiled_statements import CompiledStatement
from storage.database.dialect import upserting
from storage.schema import host_templates, page_lists, page_results, pages, snapshots, versions

MOST_PAGES = 1_000
"""Pages of a host whose lists are considered, the latest first."""
_MOST_DIGESTS = 10_000
"""Digests of a stored template above which it is not what was learned."""

_TEMPLATE = CompiledStatement(select(host_templates).where(host_templates.c.host == bindparam("of_host")))
# Pages whose current version is not the one that their lists were found in.
_OUTDATED = (
    select(page_results.c.page_id, page_results.c.version_id, snapshots.c.taken_at, *VERSION_COLUMNS)
    .join_from(page_results, pages, pages.c.id == page_results.c.page_id)
    .join(versions, versions.c.id == page_results.c.version_id)
    .join(snapshots, snapshots.c.id == versions.c.snapshot_id)
    .outerjoin(page_lists, page_lists.c.page_id == page_results.c.page_id)
    .where(
        pages.c.host == bindparam("of_host"),
        or_(
            page_lists.c.page_id.is_(None),
            page_lists.c.version_id != page_results.c.version_id,
            page_lists.c.code != bindparam("present_code"),
        ),
    )
    .order_by(page_results.c.page_id)
    .limit(bindparam("most"))
)
_LISTS = (
    select(page_lists)
    .join(pages, pages.c.id == page_lists.c.page_id)
    .where(pages.c.host == bindparam("of_host"))
    .order_by(page_lists.c.at.desc(), page_lists.c.page_id)
    .limit(MOST_PAGES)
)


def load_template(connection: Connection, host: str) -> HostTemplate | None:
    """Return the template of a host; None before anything was learned, and if it cannot be decoded: it is then learned again."""
    row = _TEMPLATE.first(connection, {"of_host": host})
    return None if row is None else _template(row)


def outdated_lists(connection: Connection, host: str, code: str, most: int) -> list[PageVersion]:
    """Return the current versions of a host's pages whose lists have not been found yet, at most `most`. One that cannot be decoded is left out."""
    found: list[PageVersion] = []
    for row in connection.execute(_OUTDATED, {"of_host": host, "present_code": code, "most": most}).all():
        try:
            version = version_of(connection, row.version_id, row)
        except DerivedDataCorrupt:
            continue
        found.append(PageVersion(row.page_id, row.version_id, microseconds(row.taken_at), version))
    return found


def learn_template(connection: Connection, host: str, found: Sequence[PageLists], learn: LearnTemplate) -> HostTemplate:
    """Store the lists found on a host's pages, and the template that results from those of all its pages.

    Pages are locked after the host's template and in the order of their keys, so that two processes that learn at once wait for each other.
    """
    connection.execute(
        upserting(connection, host_templates).values(host=host, code="", lists={}).on_conflict_do_nothing()
    )
    row = connection.execute(select(host_templates).where(host_templates.c.host == host).with_for_update()).one()
    existing = set(
        connection.execute(
            select(pages.c.id)
            .where(pages.c.id.in_([lists.page_id for lists in found]))
            .order_by(pages.c.id)
            .with_for_update(read=True, key_share=True)
        ).scalars()
    )
    _store_lists(connection, [lists for lists in found if lists.page_id in existing])
    known = _template(row)
    learned = learn(
        known,
        [shown for stored in connection.execute(_LISTS, {"of_host": host}) if (shown := _lists(stored)) is not None],
    )
    if learned != known:
        values = {"code": learned.code, "lists": dict(learned.lists)}
        connection.execute(update(host_templates).where(host_templates.c.host == host).values(values))
    return learned


def _store_lists(connection: Connection, found: Sequence[PageLists]) -> None:
    if not found:
        return
    upsert = upserting(connection, page_lists)
    new = {column.name: upsert.excluded[column.name] for column in page_lists.c if not column.primary_key}
    connection.execute(
        upsert.on_conflict_do_update(index_elements=[page_lists.c.page_id], set_=new),
        [
            {
                "page_id": lists.page_id,
                "version_id": lists.version_id,
                "at": moment(lists.at),
                "code": lists.code,
                "identity": lists.identity,
                "lists": list(lists.lists),
            }
            for lists in sorted(found, key=lambda lists: lists.page_id)
        ],
    )


def _template(row: Row) -> HostTemplate | None:
    value: JsonValue = row.lists
    if (
        not isinstance(value, dict)
        or len(value) > _MOST_DIGESTS
        or any(type(time) is not int for time in value.values())
    ):
        return None
    return HostTemplate(row.code, value)


def _lists(row: Row) -> PageLists | None:
    value: JsonValue = row.lists
    if not isinstance(value, list) or any(type(digest) is not str for digest in value):
        return None
    return PageLists(row.page_id, row.version_id, microseconds(row.at), row.identity, tuple(value), row.code)
