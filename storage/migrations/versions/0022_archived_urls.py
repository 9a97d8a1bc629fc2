"""Exchanges found by URL and time, with a role; headers as differences from an earlier exchange of the same URL; their digests in binary form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.surt import number_of, surt
from storage.archive import header_delta

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
SORTED = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")

ROLES = "role IN ('navigation', 'document', 'requisite', 'robots')"
TRUNCATIONS = "truncated IN ('length', 'time', 'disconnect')"
FAILURES = "failure_kind IN ('bad_url', 'dns', 'refused_address', 'connect', 'tls', 'timeout', 'protocol', 'too_many_redirects', 'credentials')"
AT_ONCE = 1_000
# Columns that are copied unchanged.
KEPT = (
    *("id", "snapshot_id", "hop", "started_at", "elapsed_ms", "status", "reason", "http_version", "peer", "tls_version"),
    *("tls_cipher", "entity_bytes", "body_id", "truncated", "failure_kind", "failure_message", "failure_transient"),
    "certificate_expires_at",
)
URLS = sa.table("archived_urls", *map(sa.column, ("id", "url", "url_sha256", "surt", "surt_number", "body_count")))
_compact = json.JSONEncoder(separators=(",", ":")).encode


def upgrade() -> None:
    op.drop_index("ix_exchanges_body_id", "exchanges")
    op.drop_index("ix_body_links_body_id", "body_links")
    set_aside("exchanges", "uq_exchanges_snapshot_id_hop")
    set_aside("body_links", "uq_body_links_chain_id_body_id")
    create_urls()
    create_links()
    create_exchanges()
    copy_urls()
    copy_links()
    copy_exchanges()
    op.drop_table("old_exchanges")
    op.drop_table("old_body_links")
    op.drop_table("body_chains")
    op.create_index("ix_archived_urls_surt_number", "archived_urls", ["surt_number"])
    op.create_index("ix_archived_urls_surt", "archived_urls", ["surt", "id"])
    op.create_index("ix_body_links_body_id", "body_links", ["body_id"])
    op.create_index("ix_exchanges_body_id", "exchanges", ["body_id"])
    op.create_index("ix_exchanges_url_id_started_at", "exchanges", ["url_id", "started_at"])
    complete = sa.text("header_base_id IS NULL")
    op.create_index(
        "ix_exchanges_header_bases", "exchanges", ["url_id", "id"], sqlite_where=complete, postgresql_where=complete
    )
    mark_confirmations()


def set_aside(table: str, unique: str) -> None:
    """Rename a table, and on PostgreSQL its indexes and its sequence, whose names the new table takes."""
    op.rename_table(table, f"old_{table}")
    if op.get_bind().dialect.name != "postgresql":
        return
    for index in (f"pk_{table}", unique):
        op.execute(f"ALTER INDEX {index} RENAME TO old_{index}")
    op.execute(f"ALTER SEQUENCE IF EXISTS {table}_id_seq RENAME TO old_{table}_id_seq")


def create_urls() -> None:
    op.create_table(
        "archived_urls",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("url", sa.Text(), nullable=False, comment="The requested URL."),
        sa.Column("url_sha256", sa.LargeBinary(32), nullable=False, comment="SHA-256 of url in UTF-8, the lookup key."),
        sa.Column("surt", SORTED, nullable=False, comment="Sort-friendly form of url (SURT), equal for equivalent URLs."),
        sa.Column("surt_number", KEY, nullable=False, comment="First 64 bits of the SHA-256 of surt, signed."),
        sa.Column("body_count", sa.Integer(), nullable=False, comment="Number of its rows in body_links; locking this row serialises writers."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_urls")),
        sa.UniqueConstraint("url_sha256", name=op.f("uq_archived_urls_url_sha256")),
        comment="URLs that were requested, whether they are monitored pages or not. Written by T1.",
    )


def create_links() -> None:
    op.create_table(
        "body_links",
        sa.Column("url_id", KEY, nullable=False, comment="The URL."),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False, comment="0, 1, 2 … in order of first receipt."),
        sa.Column("body_id", KEY, nullable=False, comment="The body."),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_body_links_body_id")),
        sa.ForeignKeyConstraint(["url_id"], ["archived_urls.id"], name=op.f("fk_body_links_url_id")),
        sa.PrimaryKeyConstraint("url_id", "n", name=op.f("pk_body_links")),
        sa.UniqueConstraint("url_id", "body_id", name=op.f("uq_body_links_url_id_body_id")),
        comment="The order in which bodies were first received from a URL; a delta's base is chosen from it. Written by T1.",
    )


def create_exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", KEY, nullable=False, comment="Key."),
        sa.Column("url_id", KEY, nullable=False, comment="The requested URL."),
        sa.Column("role", sa.String(32), nullable=False, comment="What it was requested for."),
        sa.Column("snapshot_id", KEY, nullable=True, comment="The snapshot that it belongs to; null: none."),
        sa.Column("hop", sa.Integer(), nullable=True, comment="0, 1, 2 …; redirects first, the final one last; null without a snapshot."),
        sa.Column("repeats_id", KEY, nullable=True, comment="Exchange that a 304 confirms: the newest with a body of the same URL; null: it is no such 304."),
        sa.Column("header_base_id", KEY, nullable=True, comment="Earlier exchange of the same URL that the headers are stored as a difference from; null: they are complete."),
        sa.Column("request_headers", sa.Text(), nullable=False, comment="Pairs of name and value, as sent, secret values replaced by [redacted]; or a difference, an object."),
        sa.Column("started_at", TIME, nullable=False, comment="Observing clock."),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False, comment="Real milliseconds from the request to the end of the body."),
        sa.Column("status", sa.Integer(), nullable=True, comment="Status code; null: no response."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Reason phrase; empty if there was none."),
        sa.Column("http_version", sa.String(16), nullable=False, comment="HTTP/1.1; empty without a response."),
        sa.Column("response_headers", sa.Text(), nullable=False, comment="Pairs of name and value, as received; or a difference, an object."),
        sa.Column("peer", sa.Text(), nullable=True, comment="Address and port of the connection; null: no connection."),
        sa.Column("tls_version", sa.Text(), nullable=True, comment="TLSv1.3; null over plain HTTP."),
        sa.Column("tls_cipher", sa.Text(), nullable=True, comment="Name of the cipher suite; null over plain HTTP."),
        sa.Column("entity_sha256", sa.LargeBinary(32), nullable=True, comment="SHA-256 of the body as sent, before content-decoding; null: no response."),
        sa.Column("entity_bytes", sa.Integer(), nullable=True, comment="Length of the body as sent; null: no response."),
        sa.Column("body_id", KEY, nullable=True, comment="The content-decoded body; null: no response."),
        sa.Column("truncated", sa.String(32), nullable=True, comment="Why the body is truncated; null: it is complete."),
        sa.Column("failure_kind", sa.String(32), nullable=True, comment="Why there is no response, or only a part of it; null: no failure."),
        sa.Column("failure_message", sa.Text(), nullable=True, comment="The failure in one line, for display; null without a failure."),
        sa.Column("failure_transient", sa.Boolean(), nullable=True, comment="Whether a retry may succeed; null without a failure."),
        sa.Column("certificate_expires_at", TIME, nullable=True, comment="notAfter of the server's certificate; null over plain HTTP, or unknown."),
        sa.CheckConstraint(ROLES, name=op.f("ck_exchanges_role")),
        sa.CheckConstraint(TRUNCATIONS, name=op.f("ck_exchanges_truncated")),
        sa.CheckConstraint(FAILURES, name=op.f("ck_exchanges_failure_kind")),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_exchanges_body_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name=op.f("fk_exchanges_snapshot_id")),
        sa.ForeignKeyConstraint(["url_id"], ["archived_urls.id"], name=op.f("fk_exchanges_url_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
        sa.UniqueConstraint("snapshot_id", "hop", name=op.f("uq_exchanges_snapshot_id_hop")),
        comment="One request and its response each. Written by T1, never changed.",
    )


def copy_urls() -> None:
    """Give each URL a row: those of chains keep their keys, those of other exchanges follow."""
    bind = op.get_bind()
    key = 0
    for rows in streamed("SELECT id, url, size FROM body_chains"):
        bind.execute(sa.insert(URLS), [{"id": row.id, "body_count": row.size, **of_url(row.url)} for row in rows])
        key = max(key, *(row.id for row in rows))
    for rows in streamed("SELECT DISTINCT url FROM old_exchanges"):
        new = [row.url for row in rows if url_id(row.url) is None]
        if new:
            bind.execute(sa.insert(URLS), [{"id": key + n, "body_count": 0, **of_url(url)} for n, url in enumerate(new, 1)])
        key += len(new)
    set_counter("archived_urls")


def of_url(url: str) -> dict[str, Any]:
    """Return the columns that follow from a URL."""
    key = surt(url)
    return {"url": url, "url_sha256": digest_of(url), "surt": key, "surt_number": number_of(key)}


def digest_of(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()


def url_id(url: str) -> int | None:
    """Return the key of a URL's row; None if it has none yet."""
    return op.get_bind().execute(sa.select(URLS.c.id).where(URLS.c.url_sha256 == digest_of(url))).scalar()


def copy_links() -> None:
    op.execute("INSERT INTO body_links (url_id, n, body_id) SELECT chain_id, n, body_id FROM old_body_links")


def copy_exchanges() -> None:
    """Copy exchanges URL by URL, so that the base of one URL at a time is in memory."""
    bind = op.get_bind()
    names = (*KEPT, "url_id", "role", "header_base_id", "request_headers", "response_headers", "entity_sha256")
    target = sa.table("exchanges", *map(sa.column, names))
    kept = ", ".join(KEPT)
    query = f"SELECT url, {kept}, request_headers, response_headers, entity_sha256 FROM old_exchanges ORDER BY url, id"  # noqa: S608 (names of columns)
    url, key, base = None, None, None
    for rows in streamed(query):
        values = []
        for row in rows:
            if row.url != url:
                url, key, base = row.url, url_id(row.url), None
            stored = headers_of(row, base)
            if stored["header_base_id"] is None:
                base = row
            entity = None if row.entity_sha256 is None else bytes.fromhex(row.entity_sha256)
            copied = {name: getattr(row, name) for name in KEPT}
            values.append({**copied, "url_id": key, "role": "navigation", "entity_sha256": entity, **stored})
        bind.execute(sa.insert(target), values)
    set_counter("exchanges")


def headers_of(row: Any, base: Any) -> dict[str, Any]:
    """Return the columns of an exchange's headers, as `storage.archive.exchanges` stores them."""
    complete = {
        "header_base_id": None,
        "request_headers": row.request_headers,
        "response_headers": row.response_headers,
    }
    if base is None or '"refresh"' in row.response_headers.lower():
        return complete
    delta = {name: _compact(difference(row, base, name)) for name in ("request_headers", "response_headers")}
    if not header_delta.is_worth(sum(map(len, delta.values())), len(row.request_headers) + len(row.response_headers)):
        return complete
    return {"header_base_id": base.id, **delta}


def difference(row: Any, base: Any, name: str) -> Any:
    new, old = (tuple(map(tuple, json.loads(getattr(one, name)))) for one in (row, base))
    return header_delta.difference(new, old)


def mark_confirmations() -> None:
    """Let each 304 of a check refer to the final exchange of the snapshot that it confirms."""
    op.execute(
        """
        UPDATE exchanges SET repeats_id = (
            SELECT final.id FROM snapshots JOIN exchanges AS final ON final.snapshot_id = snapshots.repeats_id
            WHERE snapshots.id = exchanges.snapshot_id ORDER BY final.hop DESC LIMIT 1
        )
        WHERE status = 304 AND snapshot_id IN (SELECT id FROM snapshots WHERE outcome = 'not_modified')
        AND hop = (SELECT max(other.hop) FROM exchanges AS other WHERE other.snapshot_id = exchanges.snapshot_id)
        """
    )


def streamed(query: str) -> Iterator[list[Any]]:
    """Yield the rows of a query in batches."""
    with op.get_bind().execute(sa.text(query), execution_options={"yield_per": AT_ONCE}) as result:
        for part in result.partitions():
            yield list(part)


def set_counter(table: str) -> None:
    """Let PostgreSQL's counter of keys go on after the copied ones."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce((SELECT max(id) FROM {table}), 1), (SELECT count(*) > 0 FROM {table}))")  # noqa: S608 (a constant name)
