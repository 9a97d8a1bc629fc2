"""Planning on SQLite and PostgreSQL: events wait for their visit, stories are frozen, and what is held is sent later, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from alerts.delivery_policy import parse_digest
from alerts.model import DeliveryState, Hold
from alerts.plan import FACT_WAIT, VISIT_WAIT, plan_once
from monitor.model import Change, Event, EventKind, Level, Origin, PageHealth, SnapshotRef
from rendering.links import Links
from storage.archive import event_rows
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.schema import events
from storage.store import SqlStore
from tests.storage.site import HOST, HOUR, LEASE, RULE, Site, post
from tests.storage.snapshots import add_page, fact_changed, ok, version


def add_failing_channel(site: Site, name: str) -> None:
    """Record the event of a channel's outage, which has no page."""
    change = Change(EventKind.CHANNEL_FAILING, Level.HEALTH, None, stored_text=f"channel {name} is failing")
    failing = Event(replace(change, detail={"channel": name}), SnapshotRef(0, site.clock()), None, Origin.LIVE)
    values = event_rows.event_values(failing, page_id=None, read_snapshot_id=None, ordinal=0, now=site.clock())
    with site.store.database.begin() as connection:
        connection.execute(insert(events), values)


@pytest.fixture
def site(store: SqlStore, outbox: SqlOutbox, history: History, clock) -> Site:
    return Site(store, outbox, history, clock)


def test_events_of_a_visit_wait_until_its_last_snapshot_is_processed(site: Site):
    site.declare()
    first, second, third = site.visit(site.pages(3))
    for snapshot in (first, third):
        site.process(snapshot, post)
        assert site.plan() == 0
    site.process(second, post)
    assert site.plan() == 1
    assert site.subjects() == ["coalition.example, 3 pages · text changed: “Latest” → “Latest: boats repaired in June”"]
    assert len({row.uid for row in site.history.alerts()}) == 1
    assert len(site.history.alerts()) == 3


def test_they_wait_a_minute_at_most_and_facts_ten_seconds(site: Site, clock):
    site.declare()
    first, _ = site.visit(site.pages(2))
    site.process(first, post, fact_changed)
    clock.now += FACT_WAIT - timedelta(seconds=1)
    assert site.plan() == 0
    clock.now += timedelta(seconds=1)
    assert site.plan() == 1
    assert site.subjects() == ["Page 0 · members 83 → 85 (+2)"]
    clock.now += VISIT_WAIT - FACT_WAIT - timedelta(seconds=1)
    assert site.plan() == 0
    clock.now += timedelta(seconds=1)
    assert site.plan() == 1
    assert site.subjects() == ["Page 0 · text changed: “Latest” → “Latest: boats repaired in June”"]


def test_a_fact_does_not_wait_behind_any_number_of_texts(site: Site, clock, monkeypatch):
    monkeypatch.setattr("alerts.plan._EVENTS_AT_ONCE", 2)
    site.declare()
    first, _ = site.visit(site.pages(2))
    texts = [lambda snapshot, number=number: post(snapshot, f"Text {number}") for number in range(3)]
    site.process(first, *texts, fact_changed)
    clock.now += FACT_WAIT
    assert site.plan() == 1
    assert site.subjects() == ["Page 0 · members 83 → 85 (+2)"]


def test_many_open_visits_do_not_hide_one_that_is_complete(site: Site, store: SqlStore, clock):
    site.declare()
    for number in range(3):
        waiting, _ = site.visit(
            [add_page(store, clock(), f"https://h{number}.example/{name}", label=name) for name in "ab"]
        )
        site.process(waiting, post)
    (done,) = site.visit(site.pages(1))
    site.process(done, fact_changed)
    assert plan_once(site.outbox, Links(None), clock(), site.new_uid, limit=2) == 1
    assert site.subjects() == ["Page 0 · members 83 → 85 (+2)"]


def test_visits_do_not_wait_where_their_events_hide_others(site: Site, monkeypatch):
    monkeypatch.setattr("storage.outbox.planning.EVENTS_CONSIDERED", 3)
    site.declare()
    waiting, other = site.pages(2)
    first, _ = site.visit([waiting, other])
    site.process(first, *[lambda snapshot, number=number: post(snapshot, f"Text {number}") for number in range(3)])
    (done,) = site.visit([other])
    site.process(done, fact_changed)
    assert (site.plan(), site.plan()) == (1, 1)
    assert site.subjects()[1] == "Page 1 · members 83 → 85 (+2)"


def test_they_wait_while_the_host_is_being_visited(site: Site, store: SqlStore):
    site.declare()
    assert store.claim_host("coalition.example", "fetcher", LEASE)
    (first,) = site.visit(site.pages(1))
    site.process(first, post)
    assert site.plan() == 0
    store.release_host("coalition.example", "fetcher")
    assert site.plan() == 1


def test_a_visit_of_another_host_does_not_wait(site: Site, store: SqlStore, clock):
    site.declare()
    waiting, _ = site.visit(site.pages(2))
    site.process(waiting, post)
    other = add_page(store, clock(), "https://other.example/", label="Other")
    (done,) = site.visit([other])
    site.process(done, post)
    assert site.plan() == 1
    assert site.subjects() == ["Other · text changed: “Latest” → “Latest: boats repaired in June”"]


def test_an_event_that_no_check_recorded_does_not_wait(site: Site, store: SqlStore, clock):
    site.declare(replace(RULE, events=frozenset({EventKind.PAGE_STALE})))
    pages = site.pages(3)
    stale = Change(EventKind.PAGE_STALE, Level.HEALTH, None, stored_text="not checked for long")
    for page in pages:
        store.update_health(page.id, lambda checks: (PageHealth(stale_since=clock()), [stale]), now=clock())
    assert site.plan() == 1
    assert site.subjects() == ["coalition.example, 3 pages · not checked for long"]


def test_events_that_no_rule_selects_are_marked_planned_too(site: Site):
    site.declare(replace(RULE, events=frozenset({EventKind.PAGE_GONE})))
    (first,) = site.visit(site.pages(1))
    site.process(first, post)
    assert site.plan() == 0
    assert site.outbox.unplanned(9) == []


def test_a_digest_is_sent_at_its_time_once_with_everything_and_an_empty_one_is_not(site: Site, clock):
    clock.now = clock().replace(hour=7, minute=30)
    site.declare(digest=parse_digest("daily 08:00"))
    for snapshot in site.visit(site.pages(2)):
        site.process(snapshot, fact_changed)
    assert site.plan() == 0
    rows = site.history.alerts()
    assert [(row.uid, row.state, row.hold, row.held_until) for row in rows] == [
        (None, None, Hold.DIGEST, clock().replace(hour=8, minute=0))
    ] * 2
    clock.now += timedelta(minutes=30)
    assert site.plan() == 1
    assert site.plan() == 0
    assert site.subjects() == ["Digest: 1 change on 2 pages · members 83 → 85 (+2)"]
    assert {(row.state, row.hold) for row in site.history.alerts()} == {(DeliveryState.SENT, Hold.DIGEST)}
    clock.now += timedelta(days=3)
    assert site.plan() == 0


def test_beyond_the_limit_one_summary_contains_the_rest_and_says_so(site: Site, clock):
    site.declare(per_hour=2)
    (page,) = site.pages(1)
    for number in range(5):
        (snapshot,) = site.visit([page])
        site.process(snapshot, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        site.plan()
        clock.now += timedelta(minutes=1)
    assert len(site.subjects()) == 2
    clock.now += timedelta(minutes=54)
    assert site.plan() == 0
    clock.now += timedelta(minutes=1)
    assert site.plan() == 1
    (summary,) = site.outbox.claim("me", "desk", lease=LEASE, limit=9)
    assert summary.payload["subject"].startswith("Held back: 3 changes on 1 page")
    assert "limit of messages an hour" in summary.payload["text"]
    assert all(f"Text {number}" in summary.payload["text"] for number in (2, 3, 4))


def test_debounce_sends_what_a_page_changed_meanwhile_as_one_message(site: Site, clock):
    site.declare(replace(RULE, debounce=timedelta(minutes=10)))
    one, other = site.pages(2)
    for number, page in enumerate((one, one, other)):
        (snapshot,) = site.visit([page])
        site.process(snapshot, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        assert site.plan() == 0
        clock.now += timedelta(minutes=4)
    assert site.plan() == 1, "ten minutes after the first change of that page"
    assert site.subjects() == ["Page 0 · text changed: “Latest” → “Text 0” · and 1 more"]
    clock.now += timedelta(minutes=10)
    assert site.plan() == 1
    assert site.subjects() == ["Page 1 · text changed: “Latest” → “Text 2”"]


def test_a_debounced_event_without_a_page_releases_no_changes_of_pages(site: Site, clock):
    site.declare(replace(RULE, events=RULE.events | {EventKind.CHANNEL_FAILING}, debounce=timedelta(minutes=10)))
    add_failing_channel(site, "hook")
    assert site.plan() == 0
    clock.now += timedelta(minutes=5)
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, post)
    assert site.plan() == 0
    clock.now += timedelta(minutes=5)
    assert site.plan() == 1
    assert site.subjects() == ["channel hook is failing"]
    clock.now += timedelta(minutes=5)
    assert site.plan() == 1
    assert site.subjects() == ["Page 0 · text changed: “Latest” → “Latest: boats repaired in June”"]


def test_a_debounced_event_without_a_page_is_held_further_by_a_pause_alone(site: Site, clock):
    rule = replace(RULE, events=RULE.events | {EventKind.CHANNEL_FAILING}, debounce=timedelta(minutes=10))
    site.declare(rule)
    add_failing_channel(site, "hook")
    (snapshot,) = site.visit(site.pages(1))
    site.plan()
    clock.now += timedelta(minutes=5)
    site.process(snapshot, post)
    site.plan()
    site.declare(rule, paused_until=clock() + HOUR)
    clock.now += timedelta(minutes=5)
    assert site.plan() == 0
    assert {row.change.kind: row.hold for row in site.history.alerts()} == {
        EventKind.CHANNEL_FAILING: Hold.PAUSED,
        EventKind.TEXT_CHANGED: Hold.DEBOUNCE,
    }


def test_after_a_pause_quiet_hours_hold_texts_further_but_not_facts(site: Site, clock):
    clock.now = clock().replace(hour=20, minute=0)
    pause = clock() + 3 * HOUR
    site.declare(paused_until=pause, quiet_hours=("22:00-07:00",))
    one, other = site.pages(2)
    (snapshot,) = site.visit([one])
    site.process(snapshot, post)
    site.plan()
    clock.now += 3 * HOUR
    assert site.plan() == 0
    assert {(row.hold, row.held_until.hour) for row in site.history.alerts()} == {(Hold.QUIET_HOURS, 7)}
    (snapshot,) = site.visit([other])
    site.process(snapshot, fact_changed)
    assert site.plan() == 1
    assert site.subjects() == ["Page 1 · members 83 → 85 (+2)"]
    clock.now += 8 * HOUR
    assert site.plan() == 1
    assert site.subjects() == [
        "Held back: 1 change on 1 page · Page 0: text changed: “Latest” → “Latest: boats repaired in June”"
    ]


def test_after_a_pause_a_fact_is_sent_in_quiet_hours_whatever_was_held_before_it(site: Site, clock, monkeypatch):
    monkeypatch.setattr("alerts.plan._HELD_AT_ONCE", 2)
    clock.now = clock().replace(hour=20, minute=0)
    site.declare(paused_until=clock() + 3 * HOUR, quiet_hours=("22:00-07:00",))
    (page,) = site.pages(1)
    for number in range(4):
        (snapshot,) = site.visit([page])
        site.process(snapshot, fact_changed if number == 3 else lambda snapshot: post(snapshot, f"Text {snapshot.id}"))
        site.plan()
    clock.now += 3 * HOUR
    assert (site.plan(), site.plan()) == (1, 0)
    (subject,) = site.subjects()
    assert "members 83 → 85 (+2)" in subject


def test_quiet_hours_that_never_end_send_one_message_a_week(site: Site, clock):
    site.declare(quiet_hours=("mon-fri", "sat,sun"))
    (page,) = site.pages(1)
    sent = []
    for number in range(20):
        (snapshot,) = site.visit([page])
        site.process(snapshot, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        sent.append(site.plan())
        clock.now += timedelta(days=1)
    assert [day for day, count in enumerate(sent) if count] == [8, 17]


def test_a_story_that_two_processes_plan_has_one_delivery_with_one_content(site: Site, database):
    site.declare()
    for snapshot in site.visit(site.pages(5)):
        site.process(snapshot, post)

    def planner(_: int) -> int:
        return plan_once(SqlOutbox(database), Links(None), site.clock(), site.new_uid)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(planner, range(4))) == [0, 0, 0, 1]
    assert site.history.counts()["deliveries"] == 1
    assert len({row.uid for row in site.history.alerts()}) == 1


def test_a_digest_that_two_processes_send_is_sent_once(site: Site, database, clock):
    site.declare(digest=parse_digest("1h"))
    for snapshot in site.visit(site.pages(3)):
        site.process(snapshot, post)
    site.plan()
    clock.now += HOUR

    def planner(_: int) -> int:
        return plan_once(SqlOutbox(database), Links(None), site.clock(), site.new_uid)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(planner, range(4))) == [0, 0, 0, 1]
    assert site.history.counts()["deliveries"] == 1


def test_the_held_alerts_of_a_channel_that_is_gone_become_a_delivery_that_waits_for_it(site: Site, store, clock):
    site.declare(digest=parse_digest("1h"))
    for snapshot in site.visit(site.pages(1)):
        site.process(snapshot, post)
    site.plan()
    store.apply_declared([], [], [], [], now=clock())
    clock.now += HOUR
    assert site.plan() == 1
    (row,) = site.history.alerts()
    assert (row.state, row.channel) == (DeliveryState.PENDING, "desk")


def test_a_clock_that_was_set_back_delays_no_alert(site: Site, clock):
    site.declare()
    first, _ = site.visit(site.pages(2))
    site.process(first, post)
    clock.now -= HOUR
    assert site.plan() == 1


def test_pages_are_named_by_label_or_title_never_by_host_alone(site: Site, store: SqlStore, clock):
    site.declare()
    page = add_page(store, clock(), f"{HOST}/about")
    (snapshot,) = site.visit([page])
    store.record(snapshot, ok(version(), events=(post(snapshot),)), now=clock())
    assert site.plan() == 1
    assert site.subjects() == ["Coalition · text changed: “Latest” → “Latest: boats repaired in June”"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"paused_until": datetime(2027, 1, 1, tzinfo=UTC)}, {}),
        ({"digest": parse_digest("31d")}, {}),
        ({"quiet_hours": ("00:00-24:00",)}, {}),
        ({"digest": parse_digest("31d")}, {"digest": parse_digest("1h")}),
    ],
)
def test_alerts_that_are_held_follow_a_changed_declaration(site: Site, clock, before, after):
    site.declare(**before)
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, post)
    assert site.plan() == 0
    clock.now += HOUR
    assert site.plan() == 0
    site.declare(**after)
    clock.now += HOUR
    assert site.plan() == 1


def test_a_pause_of_a_rule_that_is_prolonged_holds_on(site: Site, clock):
    site.declare(replace(RULE, paused_until=clock() + HOUR))
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, fact_changed)
    site.plan()
    site.declare(replace(RULE, paused_until=clock() + 5 * HOUR))
    clock.now += 2 * HOUR
    assert site.plan() == 0
    clock.now += 3 * HOUR
    assert site.plan() == 1


def test_alerts_of_a_paused_page_become_one_message_and_those_of_other_pages_do_not_wait(site: Site, clock):
    pages = site.pages(2)
    site.declare(pauses={0: clock() + 3 * HOUR, 1: None})
    for number in range(2):
        snapshots = site.visit(pages)
        for snapshot in snapshots:
            site.process(snapshot, fact_changed, lambda snapshot, number=number: post(snapshot, f"Text {number}"))
        assert site.plan() == 1, "the message about the other page, also of what both pages share"
        clock.now += HOUR
    assert site.subjects() == ["Page 1 · members 83 → 85 (+2) · and 1 more"] * 2
    assert len(list(site.history.events())) == 8, "all is archived and recorded"
    held = [row for row in site.history.alerts() if row.hold is not None]
    assert {(row.hold, row.held_until, row.page_url) for row in held} == {(Hold.PAUSED, clock() + HOUR, f"{HOST}/0")}
    clock.now += HOUR
    assert site.plan() == 1
    assert site.subjects() == ["Held back: 4 changes on 1 page · Page 0: members 83 → 85 (+2)"]
    for snapshot in site.visit(pages):
        site.process(snapshot, fact_changed)
    assert site.plan() == 1, "the pause is over: what the pages share is one message again"


def test_pages_with_pauses_that_are_over_share_a_message(site: Site, clock):
    pages = site.pages(2)
    site.declare(pauses={0: clock() - HOUR, 1: clock() - 2 * HOUR})
    for snapshot in site.visit(pages):
        site.process(snapshot, post)
    assert site.plan() == 1


@pytest.mark.parametrize(("revised", "waits"), [(None, 0), (1, 1), (5, 5)])
def test_a_pause_of_a_page_that_is_declared_differently_ends_then(site: Site, clock, revised, waits):
    pages = site.pages(2)
    other = clock() + 4 * HOUR
    site.declare(pauses={0: clock() + 3 * HOUR, 1: other})
    for page in pages:
        (snapshot,) = site.visit([page])
        site.process(snapshot, post)
    assert site.plan() == 0
    site.declare(pauses={0: None if revised is None else clock() + revised * HOUR, 1: other})
    ends = {row.page_url: row.held_until for row in site.history.alerts()}
    assert ends == {f"{HOST}/0": clock() + waits * HOUR, f"{HOST}/1": other}


def test_the_pauses_of_page_rule_and_channel_all_have_to_end(site: Site, clock):
    site.pages(1)
    begin = clock()
    for page, rule, channel in ((1, 2, 3), (3, 1, 2), (2, 3, 1)):
        clock.now = begin
        hours = [begin + count * HOUR for count in (page, rule, channel)]
        site.declare(replace(RULE, paused_until=hours[1]), {0: hours[0]}, paused_until=hours[2])
        (snapshot,) = site.visit([site.store.page(1)])
        site.process(snapshot, post)
        assert site.plan() == 0
        clock.now = begin + 3 * HOUR - timedelta(minutes=1)
        assert site.plan() == 0
        clock.now = begin + 3 * HOUR
        assert site.plan() == 1
        begin += 10 * HOUR


def test_an_alert_held_by_a_clock_that_ran_ahead_is_sent_when_it_is_set_right(site: Site, clock):
    site.declare(digest=parse_digest("1d"))
    clock.now += timedelta(days=365)
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, post)
    assert site.plan() == 0
    clock.now -= timedelta(days=365)
    assert site.plan() == 1


def test_facts_of_a_rule_that_lets_them_wait_wait_in_quiet_hours_after_a_pause_too(site: Site, clock):
    clock.now = clock().replace(hour=20)
    rule = replace(RULE, delay_facts=True, paused_until=clock() + 3 * HOUR)
    site.declare(rule, quiet_hours=("22:00-07:00",))
    (snapshot,) = site.visit(site.pages(1))
    site.process(snapshot, fact_changed)
    site.plan()
    clock.now += 3 * HOUR
    assert site.plan() == 0
    clock.now += 8 * HOUR
    assert site.plan() == 1
