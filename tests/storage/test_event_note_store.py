"""Acknowledgements and comments of events, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.errors import ConfigurationError, UnknownName
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry
from storage.database.connection import Database
from storage.event_note_store import (
    LONGEST_COMMENT,
    MOST_COMMENTS,
    Acknowledgement,
    Comment,
    EventNotes,
    EventNoteStore,
)
from storage.maintenance.erasure import forget
from storage.queries.paging import Cursor
from storage.schema import event_acknowledgements, event_comments, events, pages
from tests.storage.filled import HOME, NOW, fill

ADA = AuditEntry(NOW, None, "Ada", "change.noted", HOME)
BO = AuditEntry(NOW + timedelta(hours=1), None, "Bo", "change.noted", HOME)


@pytest.fixture
def event_id(database: Database) -> int:
    fill(database)
    mine = select(events.c.id).join(pages).where(pages.c.url == HOME).order_by(events.c.id.desc()).limit(1)
    with database.read() as connection:
        return connection.execute(mine).scalar_one()


def test_the_first_acknowledgement_stays_until_it_is_withdrawn(database: Database, event_id: int):
    store = EventNoteStore(database)
    assert store.acknowledge(event_id, entry=ADA)
    assert not store.acknowledge(event_id, entry=BO)
    assert store.notes(event_id) == EventNotes(Acknowledgement(NOW, "Ada"), ())
    assert store.withdraw_acknowledgement(event_id, entry=BO)
    assert not store.withdraw_acknowledgement(event_id, entry=BO)
    assert store.notes(event_id) == EventNotes(None, ())
    actions = [entry for entry in AccountStore(database).audit_slice(Cursor(10)).rows if entry.action == "change.noted"]
    assert [entry.user_name for entry in actions] == ["Bo", "Ada"], "only what changed something"


def test_comments_are_kept_in_order_and_as_written(database: Database, event_id: int):
    store = EventNoteStore(database)
    store.comment(event_id, " Confirmed by phone.\n<b>Publish</b> \U0001f4f0 ", entry=BO)
    store.comment(event_id, "確認済み", entry=ADA)
    assert store.notes(event_id).comments == (
        Comment(BO.at, "Bo", "Confirmed by phone.\n<b>Publish</b> \U0001f4f0"),
        Comment(NOW, "Ada", "確認済み"),
    )
    newest = AccountStore(database).audit_slice(Cursor(1)).rows[0]
    assert (newest.subject, newest.detail) == (HOME, {})


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_COMMENT + 1)])
def test_an_unusable_comment_is_refused(database: Database, event_id: int, text: str):
    store = EventNoteStore(database)
    with pytest.raises(ConfigurationError):
        store.comment(event_id, text, entry=ADA)
    assert store.notes(event_id).comments == ()


def test_the_number_of_comments_is_limited(database: Database, event_id: int):
    store = EventNoteStore(database)
    for number in range(MOST_COMMENTS):
        store.comment(event_id, str(number), entry=ADA)
    with pytest.raises(ConfigurationError):
        store.comment(event_id, "one more", entry=ADA)
    assert len(store.notes(event_id).comments) == MOST_COMMENTS


def test_an_unknown_event_gets_no_notes(database: Database, event_id: int):
    store = EventNoteStore(database)
    with pytest.raises(UnknownName):
        store.acknowledge(event_id + 1000, entry=ADA)
    with pytest.raises(UnknownName):
        store.comment(event_id + 1000, "text", entry=ADA)
    assert store.notes(event_id + 1000) == EventNotes(None, ())


def test_erasing_a_page_removes_its_notes(database: Database, event_id: int):
    store = EventNoteStore(database)
    store.acknowledge(event_id, entry=ADA)
    store.comment(event_id, "text", entry=ADA)
    forget(database, HOME, reason="", now=NOW)
    with database.read() as connection:
        assert event_id not in connection.execute(select(event_acknowledgements.c.event_id)).scalars().all()
        assert event_id not in connection.execute(select(event_comments.c.event_id)).scalars().all()
