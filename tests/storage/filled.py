"""A small archive with a row of every kind, for the tests that copy, move or remove one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from alerts.model import Hold, Rule, WebhookChannel
from alerts.planned import HeldAlerts, PlannedAlert
from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import (
    AnalysisOutcome,
    EventKind,
    FactDefinition,
    FactKind,
    FactState,
    FetchResult,
    HostTemplate,
    PageHealth,
    PageLists,
    PageSource,
    Requisite,
    RequisiteKind,
    RequisiteState,
    Schedule,
    SnapshotRef,
    Verdict,
)
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, LinkPurpose, Role, TokenScope
from storage.archive.recording import store_health
from storage.database.connection import Database
from storage.event_note_store import EventNoteStore
from storage.maintenance.table_copy import Holding, holding
from storage.outbox.sql_outbox import SqlOutbox
from storage.schema import channel_states, events, metadata, robots
from storage.search.indexing import queue_page
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import (
    add_page,
    archive,
    check,
    exchange,
    fact_changed,
    failed,
    full,
    ok,
    same_body,
    version,
)

NOW = datetime(2021, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
SHEET = "https://cdn.example/site.css"
HOME, OTHER, NEWS = "https://a.example/", "https://a.example/other", "https://b.example/news"
FILLER = "".join(f"<p>Paragraph {n} of the page that hardly ever changes.</p>" for n in range(200))


def body(members: int, mark: str = "") -> bytes:
    return f"<h1>Coalition</h1>{FILLER}<p>The Coalition has {members} members. {mark}</p>".encode()


def fill(database: Database) -> None:
    """Three pages with looks of every outcome, facts, events, and alerts that were sent, wait, or are not planned yet."""
    store, outbox = SqlStore(database), SqlOutbox(database)
    declare(store)
    home = store.page_by_url(HOME)
    news = store.page_by_url(NEWS)
    other = add_page(store, NOW, OTHER, label="Other — “quoted”, \U0001f4f0")
    now, last = NOW, None
    for members in range(80, 92):
        now += timedelta(hours=1)
        snapshot = archive(store, home, full(now, body(members), HOME, headers=(("ETag", f'"{members}"'),)), now)
        state = FactState(
            "member_count", "reader", members, str(members), since=SnapshotRef(snapshot.id, now), baseline=80
        )
        reported = (fact_changed(snapshot, last),) if last else ()
        store.record(snapshot, ok(version(members), states=(state,), events=reported, settled=True), now=now)
        last = store.snapshot(snapshot.id)
        # The last text is the first one, which returns.
        check(store, other, body(members, "Elsewhere."), 80 if members == 91 else members, now)
    archive(store, home, same_body(now, last, body(91)), now + timedelta(hours=1))
    archive(store, home, failed(now), now + timedelta(hours=2))
    blocked = archive(store, other, full(now, b"<p>Denied</p>", OTHER), now + timedelta(hours=2))
    store.record(blocked, AnalysisOutcome(Verdict.BLOCKED, "says so"), now=now)
    archive(store, other, full(now, b"<p>Not read yet</p>", OTHER), now + timedelta(hours=3))
    with database.begin() as connection:
        store_health(connection, home.id, PageHealth(reported_certificate_expiry=NOW))
        connection.execute(
            insert(robots),
            {"host": "https://a.example", "fetched_at": NOW, "expires_at": NOW, "status": 404, "body": ""},
        )
        queue_page(connection, news.id)
        trouble = {"channel": "desk", "failures": 2, "not_before": NOW, "timed_out": True}
        connection.execute(insert(channel_states), trouble)
    store.claim_host("a.example", "me", timedelta(minutes=1))
    store.release_host("a.example", "me")
    store.claim_page(other.id, "me", timedelta(minutes=1))
    store.fail_attempt(other.id, "me", "it took too long", "1")
    lists = PageLists(other.id, 1, 0, "identity", ("digest",), "1")
    store.learn_template("a.example", [lists], lambda _known, _lists: HostTemplate("1", {"digest": 0}))
    archive_requisites(store)
    send_alerts(database, outbox)
    hold_alerts(outbox)
    add_accounts(AccountStore(database))
    add_notes(EventNoteStore(database))


def add_accounts(accounts: AccountStore) -> None:
    """A user with a session, a token and a link, and a failed login."""
    entry = AuditEntry(NOW, None, "", "user.added", "Ada", {"role": "admin"}, "127.0.0.1")
    user = accounts.add_user("Ada", Role.ADMIN, now=NOW, entry=entry)
    end = NOW + timedelta(days=30)
    accounts.set_password(user.id, "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", entry=entry)
    accounts.start_session("1" * 64, user.id, expires_at=end, address="::1", browser="Firefox", now=NOW, entry=entry)
    accounts.add_token("2" * 64, user.id, "feeds", [TokenScope.READ], expires_at=None, now=NOW, entry=entry)
    accounts.make_link("3" * 64, LinkPurpose.PASSWORD, user.id, expires_at=end, now=NOW)
    accounts.count_failure(["name"], NOW, entry=entry)
    accounts.signing_key("links", bytes(32), NOW)


def add_notes(notes: EventNoteStore) -> None:
    """The first event is acknowledged, and has a comment."""
    with notes.database.read() as connection:
        event_id = connection.execute(select(events.c.id).order_by(events.c.id).limit(1)).scalar_one()
    entry = AuditEntry(NOW, None, "Ada", "change.commented", HOME, {}, "127.0.0.1")
    notes.acknowledge(event_id, entry=entry)
    notes.comment(event_id, "Confirmed by phone — “85”", entry=entry)


def archive_requisites(store: SqlStore) -> None:
    """The first page needs a style sheet, which is archived, and an image, which is not yet."""
    now = NOW + timedelta(days=1)
    searched = store.next_discovery(now)
    found = [Requisite(SHEET, RequisiteKind.STYLE_SHEET), Requisite(f"{SHEET}.png", RequisiteKind.IMAGE)]
    store.store_discovery(searched, found, now, 100)
    sheet = store.due_requisites("cdn.example", now, 1)[0]
    item = exchange(now, b"p {color: red}", SHEET)
    store.archive_requisite(sheet, FetchResult((item,)), RequisiteResult(RequisiteState.ARCHIVED), now)


def declare(store: SqlStore) -> None:
    store.apply_declared(
        [
            DeclaredPage(HOME, "Home", Schedule(every=timedelta(hours=1)), ("member_count",), allow_private=False),
            DeclaredPage(NEWS, "", Schedule(cron="0 6 * * mon", timezone="Europe/Berlin"), (), allow_private=True),
        ],
        [FactDefinition("member_count", FactKind.COUNT_OF, ("members",))],
        [WebhookChannel("hook", "https://hook.example/", secret="env:SECRET")],
        [Rule("facts", frozenset({EventKind.FACT_CHANGED}), ("hook",))],
        now=NOW,
    )


def send_alerts(database: Database, outbox: SqlOutbox) -> None:
    """Of the events one was told, one could not be told yet, the others are not planned."""
    for number, event in enumerate(outbox.unplanned(2)):
        plan(outbox, number, event.id)
    one, _two = outbox.claim("me", "hook", lease=timedelta(minutes=1), limit=2)
    outbox.sent(one.id, "me", "200 OK")


def hold_alerts(outbox: SqlOutbox) -> None:
    """One event more waits for a digest."""
    (event,) = outbox.unplanned(1)
    held = HeldAlerts("hook", (PlannedAlert(event.id, "facts"),), Hold.DIGEST, NOW + timedelta(days=1))
    outbox.plan([event.id], [], [held], now=NOW)


def plan(outbox: SqlOutbox, number: int, event_id: int, channel: str = "hook") -> None:
    payload = {"body": f"The Coalition changed, message {number}"}
    outbox.plan([event_id], [one_alert(event_id, "facts", channel, f"msg_{number:032x}", payload)], now=NOW)


def add_with_source(store: SqlStore, url: str, source: PageSource) -> None:
    store.add_page(url, schedule=Schedule(), source=source, now=NOW)


def holdings(database: Database) -> dict[str, Holding]:
    """What every table holds; equal for equal databases, of either kind."""
    with database.read() as connection:
        return {table.name: holding(connection, table) for table in metadata.sorted_tables}


def unplanned(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(select(events.c.id).where(events.c.planned_at.is_(None))).scalars())
