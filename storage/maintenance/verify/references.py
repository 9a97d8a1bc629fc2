"""Check references: each key refers to an existing row of the right page. Each rule is one statement, with a consistent view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, and_, exists, func, or_, select

from monitor.model import Outcome as CheckOutcome
from monitor.model import PageState
from storage.archive.compression import MAX_DEPTH
from storage.archive.rows import Row
from storage.database.columns import DIGEST_BYTES
from storage.database.connection import Database
from storage.limits import is_digest
from storage.maintenance.verify.damage import Damage, Outcome
from storage.schema import (
    archived_urls,
    bodies,
    body_links,
    exchanges,
    fact_states,
    metadata,
    page_checks,
    page_claims,
    page_health,
    page_results,
    pages,
    requisites,
    snapshots,
    versions,
)

MOST_NAMED = 1000
"""Maximum number of rows reported for one rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that every row of a table must satisfy.

    Attributes:
        table: The table.
        broken: True for a row that violates the rule.
        reason: The message for a row that violates it; `{value}` is replaced by `value`.
        value: The column to quote in `reason`; None for none.
        source: What to select from, if it is more than the table.
    """

    table: Table
    broken: ColumnElement[bool]
    reason: str
    value: Column[Any] | None = None
    source: FromClause | None = None


def check_references(database: Database, number: int) -> Outcome:
    """Check the rule with this index, from 0 up to the number of `rules`."""
    rule = rules()[number]
    query = _query(rule)
    with database.read() as connection:
        rows = connection.execute(query).all()
        damages = tuple(_damage(rule, row) for row in rows)
    return Outcome(damages=damages)


@cache
def rules() -> Sequence[Rule]:
    """Return all rules."""
    chains = (*_chains(bodies, "base_id", "depth"), *_chains(versions, "blob_base_id", "blob_depth"))
    return (*_foreign_keys(), *_references(), *chains, *_archive(), *_digests())


def _query(rule: Rule) -> Select[Any]:
    table, key = rule.table, list(rule.table.primary_key.columns)
    source = table if rule.source is None else rule.source
    columns: list[ColumnElement[Any]] = [column.label(f"key_{n}") for n, column in enumerate(key)]
    columns.append((key[0] if rule.value is None else rule.value).label("value"))
    if "page_id" in table.c and table is not pages:
        source = source.outerjoin(_PAGE, _PAGE.c.id == table.c.page_id)
        columns.append(_PAGE.c.url.label("url"))
    elif "url" in table.c:
        columns.append(table.c.url.label("url"))
    if table is bodies:
        columns.append(bodies.c.sha256)
    return select(*columns).select_from(source).where(rule.broken).limit(MOST_NAMED)


_PAGE = pages.alias("owner")


def _damage(rule: Rule, row: Row) -> Damage:
    key = ", ".join(str(row[n]) for n in range(len(rule.table.primary_key.columns)))
    snapshot = row.key_0 if rule.table is snapshots else None
    return Damage(
        "body" if rule.table is bodies else "reference",
        rule.reason.format(value=row.value),
        table=rule.table.name,
        key=key,
        sha256=getattr(row, "sha256", ""),
        url=getattr(row, "url", None) or "",
        snapshot_id=snapshot,
    )


def _foreign_keys() -> Iterator[Rule]:
    """Yield the rules that the databases enforce, unless a file was written by another program or is damaged."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            yield _refers(table, key.parent, key.column.table)


def _refers(table: Table, column: Column[Any], parent: Table, *, own_page: bool = False) -> Rule:
    """Require that a column holds null or a key of `parent`; with `own_page`, the key of a row of the same page."""
    other = parent.alias("referenced")
    found = other.c.id == column
    if own_page:
        found = and_(found, other.c.page_id == table.c.page_id)
    return Rule(
        table,
        and_(column.is_not(None), other.c.id.is_(None)),
        f"{column.name} refers to {{value}} of {parent.name}, which does not exist" + (" for its page" * own_page),
        value=column,
        source=table.outerjoin(other, found),
    )


def _references() -> Iterator[Rule]:
    """Yield the rules for references that are not foreign keys, see the schema's comments."""
    point: Callable[..., Rule] = partial(_refers, own_page=True)
    for name in ("latest_snapshot_id", "ok_snapshot_id", "scheduled_by"):
        yield point(page_checks, page_checks.c[name], snapshots)
    yield point(page_results, page_results.c.validator_snapshot_id, snapshots)
    yield point(page_results, page_results.c.version_id, versions)
    yield point(snapshots, snapshots.c.version_id, versions)
    for name in ("first_snapshot_id", "last_snapshot_id"):
        yield point(requisites, requisites.c[name], snapshots)
    yield _refers(requisites, requisites.c.exchange_id, exchanges)
    yield _refers(requisites, requisites.c.parent_url_id, archived_urls)
    for name in ("repeats_id", "header_base_id"):
        yield from _earlier_exchange(name)
    yield point(versions, versions.c.snapshot_id, snapshots)
    yield point(page_claims, page_claims.c.snapshot_id, snapshots)
    for name in ("since_id", "seen_id", "absent_since_id", "candidate_since_id"):
        yield point(fact_states, fact_states.c[name], snapshots)
    for name in ("since_id", "candidate_since_id", "candidate_before_id"):
        yield point(page_health, page_health.c[name], snapshots)


def _earlier_exchange(name: str) -> Iterator[Rule]:
    """Yield the rules for references to earlier exchanges of the same URL."""
    column = exchanges.c[name]
    yield _refers(exchanges, column, exchanges)
    other = exchanges.alias("other")
    source = exchanges.outerjoin(other, other.c.id == column)
    yield Rule(exchanges, column >= exchanges.c.id, f"{name} refers to {{value}}, which is no earlier exchange", column)
    if name == "header_base_id":
        yield Rule(
            exchanges,
            or_(other.c.url_id != exchanges.c.url_id, other.c.header_base_id.is_not(None)),
            f"{name} refers to {{value}}, which has another URL or no complete headers",
            column,
            source,
        )


def _chains(table: Table, base: str, depth: str) -> Iterator[Rule]:
    """Yield the rules for deltas: each refers to an earlier row, so that no chain is a cycle, and no chain is too long to be read."""
    base_row = table.alias("base_row")
    joined = table.outerjoin(base_row, base_row.c.id == table.c[base])
    wrong_depth = or_(
        and_(table.c[base].is_(None), table.c[depth] != 0),
        and_(table.c[base].is_not(None), table.c[depth] != base_row.c[depth] + 1),
    )
    yield Rule(
        table, table.c[base] >= table.c.id, "is stored as a delta of {value}, which is no earlier one", table.c[base]
    )
    yield Rule(
        table, wrong_depth, "is stored at depth {value}, which is not that of its base and one", table.c[depth], joined
    )
    yield Rule(table, table.c[depth] > MAX_DEPTH, "is stored at depth {value}, too deep to be read", table.c[depth])


def _archive() -> Iterator[Rule]:
    """Yield the rules for rows that T1 writes together."""
    shows = exists().where(exchanges.c.snapshot_id == snapshots.c.id)
    yield Rule(snapshots, ~shows, "has no exchanges")
    yield Rule(
        snapshots,
        and_(snapshots.c.outcome != CheckOutcome.FAILED, snapshots.c.body_id.is_(None)),
        "has no body",
    )
    newest = select(func.max(snapshots.c.seq)).where(snapshots.c.page_id == page_checks.c.page_id).scalar_subquery()
    last = page_checks.c.last_seq
    yield Rule(page_checks, last < newest, "counts {value} snapshots and has later ones", last)
    for table in (page_checks, page_results):
        rowless = pages.outerjoin(table, table.c.page_id == pages.c.id)
        yield Rule(pages, table.c.page_id.is_(None), f"has no row in {table.name}", source=rowless)
    checked = page_checks.join(pages)
    due = and_(page_checks.c.next_check_at.is_not(None), pages.c.state != PageState.ACTIVE)
    yield Rule(page_checks, due, "is due although its page is not active", source=checked)
    moved = page_checks.c.host != pages.c.host
    yield Rule(page_checks, moved, "has the host {value}, not that of its page", page_checks.c.host, checked)
    linked = select(func.max(body_links.c.n)).where(body_links.c.url_id == archived_urls.c.id).scalar_subquery()
    count = archived_urls.c.body_count
    yield Rule(archived_urls, count <= linked, "counts {value} bodies and has later ones", count)
    yield Rule(
        exchanges,
        exchanges.c.snapshot_id.is_(None) != exchanges.c.hop.is_(None),
        "belongs to a snapshot without a position, or has a position without a snapshot",
    )


def _digests() -> Iterator[Rule]:
    """Yield the rules that digests have the length of a SHA-256; a lookup would not find another one."""
    for table in metadata.sorted_tables:
        for column in filter(is_digest, table.columns):
            yield Rule(table, func.length(column) != DIGEST_BYTES, f"has no SHA-256 in {column.name}")
