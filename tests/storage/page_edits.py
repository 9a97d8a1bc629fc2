"""Pages that a user pauses and resumes."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.accounts.model import AuditEntry
from storage.store import SqlStore
from storage.watched.page_edits import PageAction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRY = AuditEntry(NOW, None, "", "test")


def pause(store: SqlStore, page_id: int, now: datetime = NOW) -> None:
    store.act_on_pages(PageAction.PAUSE, [page_id], now=now, entry=ENTRY)


def resume(store: SqlStore, page_id: int, now: datetime) -> None:
    store.act_on_pages(PageAction.RESUME, [page_id], now=now, entry=ENTRY)
