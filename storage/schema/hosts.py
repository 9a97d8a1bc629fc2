"""Tables of hosts: leases and politeness, robots.txt files, and learned templates."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer, String, Table, false, text

from storage.database.columns import DerivedJson, Prose, UtcDateTime
from storage.schema.base import metadata, partial_index

hosts = Table(
    "hosts",
    metadata,
    Column("host", Prose, primary_key=True, comment="host or host:port."),
    Column("lease_owner", Prose, comment="Process that is visiting it; null: none."),
    Column("lease_until", UtcDateTime, comment="When that lease ends (database clock); null: no lease."),
    Column("last_visit_at", UtcDateTime, comment="When its last visit ended (database clock); null before the first."),
    Column(
        "not_before",
        UtcDateTime,
        comment="No visit before this (database clock), because the host requested a pause; null: no pause.",
    ),
    Column("not_before_why", Prose, nullable=False, server_default=text("''"), comment="Its request; empty: no pause."),
    Column(
        "spacing_seconds",
        Double,
        comment="Minimum interval between two requests that it asks for (crawl-delay), seconds; null: none.",
    ),
    Column(
        "slow",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it was slow at its last visit; slow hosts get at most half of the visits.",
    ),
    Column(
        "crashes",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Consecutive fetcher crashes during its visits; from 3 on it is visited alone.",
    ),
    partial_index("ix_hosts_crashes", "host", where="crashes >= 3"),
    comment="Leases, at most one visit to a host at a time, and the politeness that a host asks for. Written by visits.",
)

robots = Table(
    "robots",
    metadata,
    Column("host", Prose, primary_key=True, comment="Scheme and host that it applies to, https://example.org."),
    Column("fetched_at", UtcDateTime, nullable=False, comment="When it was requested (database clock)."),
    Column("expires_at", UtcDateTime, nullable=False, comment="When it is to be requested again (database clock)."),
    Column("status", Integer, comment="Status code; null: no response."),
    Column("body", Prose, nullable=False, comment="Its text; empty unless status is 2xx."),
    Column(
        "unreachable_since",
        UtcDateTime,
        comment="Since when it is unreachable (database clock); null: it is reachable.",
    ),
    comment="The last fetched robots.txt of each host. Written by visits.",
)

host_templates = Table(
    "host_templates",
    metadata,
    Column("host", Prose, primary_key=True, comment="host or host:port."),
    Column(
        "code", String(64), nullable=False, comment="Version of the algorithm; what another one learned is discarded."
    ),
    Column(
        "lists",
        DerivedJson,
        nullable=False,
        comment="By digest of a list of links, the time from which it is part of the template, microseconds since 1970-01-01 UTC.",
    ),
    comment="Lists of links that several pages of a host show. Written while a page of the host is processed; can be learned again.",
)
