from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from alerts.model import Direction, EmailChannel, Rule, Security, WebhookChannel
from monitor.errors import ConfigurationError
from monitor.model import (
    BlockKind,
    Drift,
    EventKind,
    FactDefinition,
    FactKind,
    Lookup,
    PageSource,
    PageState,
    RequestSettings,
    Schedule,
    Scope,
    Selection,
    Threshold,
    facts_digest,
)
from storage.maintenance.erasure import forget
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.schema import facts
from storage.store import SqlStore
from storage.watched.declarations import ApplyReport, DeclaredPage
from tests.storage.leases import due_pages, lease_hosts
from tests.storage.snapshots import HOURLY, URL, add_page, archive, check, full

MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "partners"))
FUNDS = FactDefinition("funds", FactKind.MONEY_OF, ("pledged",))
HOME = DeclaredPage(URL, "Home", HOURLY, ("funds", "member_count"), allow_private=False)
OTHER = DeclaredPage("http://127.0.0.1:8080/", "", Schedule(cron="0 6 * * 1", timezone="Europe/Berlin"), (), True)
DESK = EmailChannel(
    "desk", "smtp.example.org", 587, Security.STARTTLS, "a@example.org", ("b@example.org",), "me", "env:PW"
)
HOOK = WebhookChannel("hook", "https://example.org/hook", "env:SECRET", allow_private=True)
KEY_FACTS = Rule(
    "key facts", frozenset({EventKind.FACT_CHANGED, EventKind.FACT_LOST}), ("desk", "hook"), (URL,), ("member_count",)
)


def apply(store: SqlStore, now, pages=(HOME, OTHER), facts=(MEMBERS, FUNDS), channels=(DESK, HOOK), rules=(KEY_FACTS,)):
    return store.apply_declared(pages, facts, channels, rules, now=now)


# --- pages ---


def test_an_added_page_is_due_at_once(store: SqlStore, clock):
    page = add_page(store, clock(), label="Home", allow_private=True)
    assert page == store.page(page.id) == store.page_by_url(URL)
    assert (page.url, page.label, page.host, page.allow_private) == (URL, "Home", "coalition.example", True)
    assert (page.state, page.source, page.next_check_at) == (PageState.ACTIVE, PageSource.ADDED, clock())
    assert page.schedule == HOURLY


def test_an_imported_page_is_never_due(store: SqlStore, clock):
    assert add_page(store, clock(), source=PageSource.IMPORTED).next_check_at is None
    assert store.due_hosts(clock.advance(days=9), 10) == []


def test_a_page_that_is_known_is_returned_as_it_is(store: SqlStore, clock):
    page = add_page(store, clock(), label="Home")
    assert add_page(store, clock.advance(days=1), label="Another", source=PageSource.WATCHLIST) == page


def test_many_who_add_one_page_get_the_same(store: SqlStore, clock):
    with ThreadPoolExecutor(4) as pool:
        assert len({page.id for page in pool.map(lambda _: add_page(store, clock()), range(8))}) == 1


def test_a_retired_page_that_is_added_again_is_active(store: SqlStore, clock):
    apply(store, clock())
    page = store.page_by_url(URL)
    apply(store, clock(), pages=())
    assert add_page(store, clock(), source=PageSource.IMPORTED).state is PageState.RETIRED
    again = add_page(store, clock.advance(days=1), label="Again")
    assert (again.id, again.state, again.label, again.next_check_at) == (page.id, PageState.ACTIVE, "Again", clock())


def test_many_pages_are_added_at_once_and_known_ones_stay_as_they_are(store: SqlStore, clock):
    apply(store, clock(), pages=(HOME, OTHER))
    apply(store, clock(), pages=(HOME,))
    wanted = [
        *(replace(HOME, url=f"https://many.example/{number}", tags=("x",)) for number in range(1200)),
        replace(HOME, label="Another"),
        replace(OTHER, label="Again", tags=("y",)),
    ]
    counts: list[int] = []
    report = store.add_pages(wanted, now=clock.advance(days=1), progress=counts.append)
    assert (len(report.added), report.known, sum(counts)) == (1201, (URL,), 1202)
    new, again = store.page_by_url("https://many.example/1199"), store.page_by_url(OTHER.url)
    assert (new.label, new.tags, new.source, new.next_check_at) == ("Home", ("x",), PageSource.ADDED, clock())
    assert (again.label, again.state, again.source, again.next_check_at) == (
        "Again",
        PageState.ACTIVE,
        PageSource.ADDED,
        clock(),
    )
    assert store.page_by_url(URL).label == "Home"
    assert set(store.due_hosts(clock(), 10)) == {"127.0.0.1:8080", "coalition.example", "many.example"}
    assert store.add_pages(wanted, now=clock()).added == ()


def test_no_page_is_added_if_the_content_of_one_was_erased(store: SqlStore, clock):
    page = add_page(store, clock(), url="https://erased.example/")
    forget(store.database, page.url, reason="court order", now=clock())
    wanted = [replace(HOME, url="https://new.example/"), replace(HOME, url=page.url)]
    with pytest.raises(ConfigurationError, match="court order"):
        store.add_pages(wanted, now=clock())
    assert store.page_by_url("https://new.example/") is None
    assert store.add_pages(wanted, now=clock(), again=True).added == ("https://new.example/", page.url)


def test_an_unknown_page_is_none(store: SqlStore):
    assert store.page_by_url("https://nowhere.example/") is None


@pytest.mark.parametrize(
    "schedule", [Schedule(every=timedelta(milliseconds=1500)), Schedule(cron="*/5 * * * *", timezone="Asia/Tokyo")]
)
def test_a_schedule_comes_back(store: SqlStore, clock, schedule: Schedule):
    assert store.add_page(URL, schedule=schedule, source=PageSource.ADDED, now=clock()).schedule == schedule


def test_when_a_page_is_due_can_be_set(store: SqlStore, clock):
    page = add_page(store, clock())
    store.set_next_check(page.id, clock() + timedelta(minutes=3))
    assert store.page(page.id).next_check_at == clock() + timedelta(minutes=3)
    store.set_next_check(page.id, None)
    assert store.page(page.id).next_check_at is None


# --- applying a watchlist ---


def test_a_watchlist_is_applied_whole(store: SqlStore, outbox: SqlOutbox, clock):
    report = apply(store, clock())
    assert report.added == (
        f"page {URL}", "page http://127.0.0.1:8080/", "fact member_count", "fact funds",
        "channel desk", "channel hook", "rule key facts",
    )  # fmt: skip
    home, other = store.page_by_url(URL), store.page_by_url(OTHER.url)
    assert home.facts == (FUNDS, MEMBERS)
    assert (home.source, home.state, home.next_check_at) == (PageSource.WATCHLIST, PageState.ACTIVE, clock())
    assert (other.host, other.allow_private, other.schedule) == ("127.0.0.1:8080", True, OTHER.schedule)
    assert store.all_facts() == [MEMBERS, FUNDS]
    assert outbox.channels() == [DESK, HOOK]
    assert outbox.rules() == [KEY_FACTS]


EVERY_KIND = (
    FactDefinition("founded", FactKind.DATE_OF, ("founded",), scope=Scope(under=("the pact",), near=("since", "in"))),
    FactDefinition(
        "head", FactKind.TEXT, pattern=r"Head: (?P<name>\w+)", scope=Scope(inside="main", kinds=(BlockKind.ROW,))
    ),
    FactDefinition("state", FactKind.TEXT, source=Lookup("#state")),
    FactDefinition("named", FactKind.LIST, pattern="^(?P<n>.+)", source=Lookup(None, "Our partners", "Country")),
)


def test_definitions_of_every_kind_come_back_as_they_were(store: SqlStore, clock):
    counted = FactDefinition("count", FactKind.COUNT_OF, ("partners",), against=EVERY_KIND[-1])
    definitions = (*EVERY_KIND, counted)
    home = replace(HOME, facts=tuple(fact.name for fact in definitions))
    apply(store, clock(), pages=(home,), facts=definitions, rules=())
    assert tuple(store.all_facts()) == store.page_by_url(URL).facts == definitions
    assert facts_digest(store.all_facts()) == facts_digest(definitions)
    again = apply(store, clock.advance(days=1), pages=(home,), facts=definitions, rules=())
    assert (again.changed, again.added) == ((), ())
    otherwise = (*EVERY_KIND, replace(counted, against=EVERY_KIND[0]))
    assert apply(store, clock(), pages=(home,), facts=otherwise, rules=()).changed == ("fact count",)


def test_what_older_versions_kept_of_a_definition_is_read_and_left_as_it_is(store: SqlStore, clock):
    kept = {"kind": "count_of", "terms": ["members", "partners"]}
    apply(store, clock())
    with store.database.begin() as connection:
        assert dict(row for row in connection.execute(select(facts.c.name, facts.c.definition)))["member_count"] == kept
        connection.execute(update(facts).where(facts.c.name == "member_count").values(definition=kept))
    assert store.all_facts()[0] == MEMBERS


def test_applying_twice_changes_nothing(store: SqlStore, clock):
    first = apply(store, clock())
    before = everything(store)
    assert apply(store, clock.advance(days=1)) == ApplyReport(unchanged=first.added)
    assert everything(store) == before


def test_of_many_who_apply_at_once_one_adds_and_the_others_find(store: SqlStore, clock):
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: apply(store, clock()), range(4)))
    assert sorted(len(report.added) for report in reports) == [0, 0, 0, 7]


def test_a_changed_page_is_changed_and_keeps_its_turn(store: SqlStore, clock):
    apply(store, clock())
    due = clock() + timedelta(minutes=20)
    store.set_next_check(store.page_by_url(URL).id, due)
    report = apply(store, clock.advance(minutes=1), pages=(replace(HOME, label="Start", facts=()), OTHER))
    assert report.changed == (f"page {URL}",)
    page = store.page_by_url(URL)
    assert (page.label, page.facts, page.next_check_at) == ("Start", (), due)


def test_a_page_with_another_schedule_is_due_at_once(store: SqlStore, clock):
    apply(store, clock())
    store.set_next_check(store.page_by_url(URL).id, clock() + timedelta(days=30))
    apply(store, clock.advance(minutes=1), pages=(replace(HOME, schedule=Schedule(every=timedelta(seconds=2))), OTHER))
    assert store.page_by_url(URL).next_check_at == clock()


def test_tags_request_pause_and_inherited_settings_are_stored_and_a_change_of_them_is_no_new_schedule(store, clock):
    declared = replace(
        HOME,
        tags=("press", "Berlin"),
        selection=Selection(("main", "#figures"), (".ads",)),
        request=RequestSettings(
            interval=timedelta(seconds=2.5),
            proxy="env:PROXY",
            headers=(("X-Api", "env:KEY"), ("Accept-Language", "de")),
            cookies=(("session", "file:/run/session"),),
            basic_auth=("monitor", "env:PW"),
        ),
        inherited=(("every", "host *.example"), ("tags", "defaults")),
        paused_until=clock() + timedelta(days=3),
    )
    apply(store, clock())
    assert (store.page_by_url(URL).tags, store.page_by_url(URL).request) == ((), RequestSettings())
    due = clock() + timedelta(minutes=20)
    store.set_next_check(store.page_by_url(URL).id, due)
    assert apply(store, clock(), pages=(declared, OTHER)).changed == (f"page {URL}",)
    page = store.page_by_url(URL)
    assert (page.tags, page.request, page.inherited) == (declared.tags, declared.request, declared.inherited)
    assert (page.selection, page.paused_until) == (declared.selection, declared.paused_until)
    assert page.next_check_at == due
    assert apply(store, clock(), pages=(declared, OTHER)).changed == ()


def test_an_interval_that_was_learned_goes_with_the_schedule_it_was_learned_under(store: SqlStore, clock):
    hour = timedelta(hours=1)
    declared = replace(HOME, schedule=Schedule(every=6 * hour, adaptive=(hour, 24 * hour)))
    apply(store, clock(), pages=(declared,))
    page = store.page_by_url(URL)
    store.reschedule(page.id, clock() + hour, interval=hour, reason="it changed")
    apply(store, clock(), pages=(replace(declared, label="Start"),))
    assert store.page(page.id).interval == hour
    apply(store, clock(), pages=(replace(declared, schedule=Schedule(every=6 * hour)),))
    assert (store.page(page.id).interval, store.schedule_reason(page.id)) == (None, "")


def test_what_is_declared_no_longer_is_retired_with_its_history(store: SqlStore, outbox, history: History, clock):
    apply(store, clock())
    page = store.page_by_url(URL)
    check(store, page, b"<p>83 members</p>", 83, clock())
    report = apply(store, clock(), pages=(OTHER,), facts=(FUNDS,), channels=(HOOK,), rules=())
    assert report.retired == (f"page {URL}", "fact member_count", "channel desk", "rule key facts")
    retired = store.page(page.id)
    assert (retired.state, retired.next_check_at, retired.facts) == (PageState.RETIRED, None, (FUNDS,))
    assert len(history.snapshots(page.id)) == 1
    assert (store.all_facts(), outbox.channels(), outbox.rules()) == ([FUNDS], [HOOK], [])


def test_what_returns_is_revived_and_due_at_once(store: SqlStore, outbox: SqlOutbox, clock):
    first = apply(store, clock())
    page = store.page_by_url(URL)
    apply(store, clock(), pages=(), facts=(), channels=(), rules=())
    assert apply(store, clock.advance(days=1)).added == first.added
    again = store.page_by_url(URL)
    assert (again.id, again.state, again.next_check_at) == (page.id, PageState.ACTIVE, clock())
    assert (outbox.channels(), outbox.rules()) == ([DESK, HOOK], [KEY_FACTS])


def test_pages_that_were_added_by_hand_stay_until_the_watchlist_takes_them(store: SqlStore, clock):
    add_page(store, clock())
    imported = add_page(store, clock(), url=OTHER.url, source=PageSource.IMPORTED)
    apply(store, clock(), pages=())
    assert store.page_by_url(URL).state is PageState.ACTIVE
    apply(store, clock.advance(minutes=1))
    assert {store.page_by_url(page.url).source for page in (HOME, OTHER)} == {PageSource.WATCHLIST}
    assert store.page(imported.id).next_check_at == clock()
    assert apply(store, clock(), pages=()).retired == (f"page {URL}", f"page {OTHER.url}")


def test_a_paused_page_is_not_due_until_it_goes_on(store: SqlStore, clock):
    paused = replace(HOME, paused=True)
    apply(store, clock(), pages=(paused,))
    page = store.page_by_url(URL)
    assert (page.state, page.next_check_at) == (PageState.PAUSED, None)
    store.set_next_check(page.id, clock())
    apply(store, clock(), pages=(replace(paused, label="Still paused", schedule=OTHER.schedule),))
    assert store.page_by_url(URL).next_check_at is None
    apply(store, clock.advance(days=1), pages=(HOME,))
    assert store.page_by_url(URL).next_check_at == clock()
    apply(store, clock(), pages=(paused,))
    assert store.page_by_url(URL).next_check_at is None


def test_another_order_of_facts_is_no_change(store: SqlStore, clock):
    apply(store, clock())
    report = apply(store, clock(), facts=(FUNDS, MEMBERS))
    assert (report.changed, report.added, report.retired) == ((), (), ())
    assert store.all_facts() == [FUNDS, MEMBERS]


def test_another_definition_is_a_change(store: SqlStore, outbox: SqlOutbox, clock):
    apply(store, clock())
    members = replace(MEMBERS, terms=("members",), drift=Drift(Threshold(5, percent=True), timedelta(days=30)))
    hook = replace(HOOK, secret=None)
    rule = replace(
        KEY_FACTS, pages=(), facts=(), step=Threshold(5, percent=True), direction=Direction.UP, above=2, below=1.5
    )
    report = apply(store, clock(), facts=(members, FUNDS), channels=(DESK, hook), rules=(rule,))
    assert report.changed == ("fact member_count", "channel hook", "rule key facts")
    assert store.page_by_url(URL).facts == (FUNDS, members)
    assert (outbox.channels(), outbox.rules()) == ([DESK, hook], [rule])


# --- what is due, and who visits whom ---

LEASE = timedelta(seconds=30)


def test_hosts_and_pages_are_due_the_longest_waiting_first(store: SqlStore, clock):
    late, later, soon = (
        add_page(store, clock.advance(minutes=1), url=f"https://{url}/")
        for url in ("b.example", "a.example", "c.example")
    )
    second = add_page(store, clock.advance(minutes=1), url="https://b.example/2")
    assert store.due_hosts(clock(), 10) == ["b.example", "a.example", "c.example"]
    assert store.due_hosts(clock(), 2) == ["b.example", "a.example"]
    assert store.due_hosts(late.next_check_at, 10) == ["b.example"]
    assert store.due_hosts(late.next_check_at - timedelta(microseconds=1), 10) == []
    assert due_pages(store, "b.example", clock(), 10) == [late, second]
    assert due_pages(store, "b.example", clock(), 1) == [late]
    assert due_pages(store, "a.example", clock(), 1) == [later]
    archive(store, soon, full(clock(), b"<p>looked at</p>"), clock())
    assert due_pages(store, "c.example", clock(), 1) == []


def test_a_host_is_lent_to_one_owner_at_a_time(store: SqlStore, clock):
    add_page(store, clock())
    assert store.claim_host("coalition.example", "me", LEASE)
    assert store.due_hosts(clock(), 10) == []
    assert not store.claim_host("coalition.example", "you", LEASE)
    assert not store.claim_host("coalition.example", "me", LEASE)
    assert store.renew_host("coalition.example", "me", LEASE)
    assert not store.renew_host("coalition.example", "you", LEASE)
    store.release_host("coalition.example", "you")
    assert not store.claim_host("coalition.example", "you", LEASE)
    store.release_host("coalition.example", "me")
    assert store.due_hosts(clock(), 10) == ["coalition.example"]
    assert store.claim_host("coalition.example", "you", LEASE)


def test_a_lease_that_has_run_out_is_taken_over(store: SqlStore, clock):
    add_page(store, clock())
    assert store.claim_host("coalition.example", "died", timedelta(0))
    assert store.due_hosts(clock(), 10) == ["coalition.example"]
    assert store.claim_host("coalition.example", "you", LEASE)
    assert not store.renew_host("coalition.example", "died", LEASE)
    store.release_host("coalition.example", "died")
    assert not store.claim_host("coalition.example", "third", LEASE)


def test_several_hosts_are_claimed_at_once_but_for_those_that_are_held(store: SqlStore):
    assert store.claim_host("b.example", "you", LEASE)
    assert lease_hosts(store, ["c.example", "b.example", "a.example"], "me", LEASE) == ["c.example", "a.example"]
    assert lease_hosts(store, ["a.example"], "me", LEASE) == []
    assert not lease_hosts(store, [], "me", LEASE)
    store.release_host("c.example", "me")
    assert lease_hosts(store, ["c.example"], "you", LEASE) == ["c.example"]


def test_many_who_claim_the_same_hosts_get_each_once(store: SqlStore):
    names = [f"{letter}.example" for letter in "abcdef"]
    with ThreadPoolExecutor(4) as pool:
        orders = [names, names[::-1], names[3:] + names[:3], names[::2] + names[1::2]]
        won = list(pool.map(lambda n: lease_hosts(store, orders[n], f"worker {n}", LEASE), range(4)))
    assert sorted(host for hosts in won for host in hosts) == names


def test_of_many_who_claim_a_host_one_gets_it(store: SqlStore):
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: store.claim_host("a.example", f"worker {n}", LEASE), range(8)))
    assert sum(won) == 1


def everything(store: SqlStore) -> dict[str, list]:
    """Every row of every table."""
    with store.database.read() as connection:
        return {
            name: connection.execute(text(f"SELECT * FROM {name} ORDER BY 1")).all()
            for name in History(store.database).counts()
        }
