"""The declared tables. `storage.migrations` creates the same ones, which a test verifies: a change, even of a comment, needs a migration and a new `VERSION`."""

from __future__ import annotations

from storage.schema.accounts import (
    api_tokens,
    audit_log,
    login_throttles,
    one_time_links,
    sessions,
    signing_keys,
    users,
)
from storage.schema.alerting import alerts, channel_states, deliveries, events
from storage.schema.archive import archived_urls, bodies, body_links, exchanges, requisites, snapshots
from storage.schema.base import metadata
from storage.schema.declared import channels, facts, rules
from storage.schema.derived import fact_states, page_lists, readings, versions
from storage.schema.event_notes import event_acknowledgements, event_comments
from storage.schema.hosts import host_templates, hosts, robots
from storage.schema.pages import page_checks, page_claims, page_health, page_results, pages, tombstones
from storage.schema.search import search_absences, search_backlog, search_blocks

VERSION = "0032"
"""The schema version that this code reads and writes: the newest migration's revision."""

__all__ = [
    "VERSION",
    "alerts",
    "api_tokens",
    "archived_urls",
    "audit_log",
    "bodies",
    "body_links",
    "channel_states",
    "channels",
    "deliveries",
    "event_acknowledgements",
    "event_comments",
    "events",
    "exchanges",
    "fact_states",
    "facts",
    "host_templates",
    "hosts",
    "login_throttles",
    "metadata",
    "one_time_links",
    "page_checks",
    "page_claims",
    "page_health",
    "page_lists",
    "page_results",
    "pages",
    "readings",
    "requisites",
    "robots",
    "rules",
    "search_absences",
    "search_backlog",
    "search_blocks",
    "sessions",
    "signing_keys",
    "snapshots",
    "tombstones",
    "users",
    "versions",
]
