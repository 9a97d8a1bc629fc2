"""Whatever stands between two good looks moves no fact: archived, read and recorded as a check does, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import EventKind, Exchange, FactDefinition, FactKind, FetchResult, Verdict
from pagewitness.service.page_processor import ExtractionFailed
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import URL, add_page
from tests.support.checks import take
from tests.support.clocks import Clock

MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "Mitglieder"))
_PROSE = "".join(
    f"<p>{text}</p>"
    for text in [
        "The pact has {members} members, and each of them has promised to keep its harbour open in winter.",
        "It was founded by nine towns that wanted to help one another when the ice comes in from the sea.",
        "The office is in the old customs house at the end of the pier, where the ferries used to land.",
        "Whoever wants to join writes to the office, which asks all the others and answers within a month.",
    ]
)
GOOD = f"<html lang=en><title>The harbour pact</title><h1>The harbour pact</h1>{_PROSE * 4}"
HOSTILE = {
    "a challenge": (200, "<title>Just a moment...</title><h1>Verify you are human</h1><p>12 members wait.</p>", Verdict.BLOCKED),
    "a block": (403, "<h1>Access denied</h1><p>Ask one of our 3 members.</p>", Verdict.BLOCKED),
    "too many": (429, "<h1>Too many requests</h1><p>At most 5 members a minute.</p>", Verdict.BLOCKED),
    "a challenge as an error": (503, "<title>Just a moment...</title><p>Checking your browser.</p><script>window._cf_chl_opt={}</script>", Verdict.BLOCKED),
    "a soft 404": (200, "<title>Page not found</title><h1>Page not found</h1><p>Our 12 members may know where it is.</p>", Verdict.SOFT_ERROR),
    "a soft 404, elsewhere": (200, "<h1>Seite nicht gefunden</h1><p>Fragen Sie eines unserer 12 Mitglieder.</p>", Verdict.SOFT_ERROR),
    "maintenance": (200, "<h1>Under maintenance</h1><p>We’ll be back soon. 12 members are working on it.</p>", Verdict.SOFT_ERROR),
    "an apology": (200, "<body>Beklager, siden er midlertidig utilgjengelig. Prøv igjen senere.</body>", Verdict.SOFT_ERROR),
    "object moved": (200, "<title>Object moved</title><h2>Object moved to <a href=/x>here</a>.</h2>", Verdict.SOFT_ERROR),
    "consent": (200, "<h1>Before you continue</h1><p>We and our 1711 members use cookies. Do you consent?</p><button>Accept all</button>", Verdict.CONSENT_WALL),
    "a login": (200, "<title>Log in</title><h1>Log in</h1><form>For members. <input type=password></form>", Verdict.LOGIN_WALL),
    "a frame": (200, "<title>The harbour pact</title><div id=root></div><script>start()</script>", Verdict.EMPTY),
    "no text": (200, "%PDF-1.7 12 members", Verdict.ERROR),
    "gone": (404, "<p>12 members</p>", Verdict.GONE),
    "another language": (200, "<html lang=de><title>Der Hafenbund</title>" + "<p>Der Bund hat 12 Mitglieder, und jedes von ihnen hält seinen Hafen auch im Winter für die anderen offen.</p>" * 6, Verdict.OTHER_LANGUAGE),
    "next to nothing": (200, "<title>Sorry</title><p>An error came up while 12 members were counted. Try again later.</p>", Verdict.EMPTY),
}  # fmt: skip


def fetched(now, body: str, status: int = 200, url: str = URL) -> FetchResult:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return FetchResult((Exchange(url, (), now, 5, status=status, body=body.encode(), response_headers=headers),))


@pytest.mark.parametrize(("status", "body", "verdict"), HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("times", [1, 3])
def test_a_verdict_other_than_ok_between_two_ok_checks_changes_no_fact(
    store: SqlStore, history: History, status, body, verdict, times
):
    clock = Clock()
    page = replace(add_page(store, clock()), facts=(MEMBERS,))
    good = GOOD.format(members=83)

    def check(body: str, status: int = 200):
        clock.now += timedelta(hours=1)
        [*_, read] = take(page, fetched(clock(), body, status), store=store, now=clock(), next_check_at=None).outcomes
        return read

    assert check(good).verdict is Verdict.OK
    before = store.page_memory(page.id)
    for _ in range(times):
        read = check(body, status)
        assert (read.verdict, read.version, read.version_id, read.states) == (verdict, None, None, ())
        assert read.reason
    after = store.page_memory(page.id)
    assert (after.states, after.version_id, after.last_ok) == (before.states, before.version_id, before.last_ok)
    again = check(good + "<p>A new line.</p>")
    assert again.verdict is Verdict.OK
    changed = check(GOOD.format(members=85))
    facts = [event.change for event in changed.events if event.change.kind is EventKind.FACT_CHANGED]
    assert [(change.before, change.after) for change in facts] == [(83, 85)]
    reported = {row.event.change.kind for row in history.events() if row.event.change.fact}
    assert reported == {EventKind.FACT_CHANGED}


def test_another_host_with_another_page_moves_no_fact(store: SqlStore):
    clock = Clock()
    page = replace(add_page(store, clock()), facts=(MEMBERS,))
    take(page, fetched(clock(), GOOD.format(members=83)), store=store, now=clock(), next_check_at=None)
    before = store.page_memory(page.id).states
    parked = "<title>Names for sale</title><p>This name has 12 members who want it. Be quick, and it is yours.</p>"
    for _ in range(2):
        clock.now += timedelta(hours=1)
        answer = fetched(clock(), parked, url="https://names.example/buy")
        [read] = take(page, answer, store=store, now=clock(), next_check_at=None).outcomes
        assert read.verdict is Verdict.MOVED
    assert store.page_memory(page.id).states == before
    assert [event.change.kind for event in read.events] == [EventKind.PAGE_MOVED]


def test_a_page_that_keeps_to_another_language_is_believed_in_the_end(store: SqlStore):
    clock = Clock()
    page = replace(add_page(store, clock()), facts=(MEMBERS,))
    _, german, _ = HOSTILE["another language"]
    verdicts = []
    for body in [GOOD.format(members=83), *[german] * 7]:
        clock.now += timedelta(hours=1)
        [read] = take(page, fetched(clock(), body), store=store, now=clock(), next_check_at=None).outcomes or [None]
        verdicts.append(read.verdict if read else None)
    assert verdicts[:6] == [Verdict.OK, *[Verdict.OTHER_LANGUAGE] * 5]
    assert verdicts[6] is Verdict.OK


def sent_on(now, body: str, refresh: str | None) -> FetchResult:
    answer = fetched(now, body).final
    field = () if refresh is None else (("refresh", refresh),)
    return FetchResult((replace(answer, response_headers=(*answer.response_headers, *field)),))


def test_a_refresh_field_makes_the_same_bytes_a_page_that_has_moved(store: SqlStore, history: History):
    clock = Clock()
    page = replace(add_page(store, clock()), facts=(MEMBERS,))
    short = "<p>The harbour pact has 83 members.</p>"
    verdicts = []
    for refresh in (None, "0; url=/new", "0; url=/new", None):
        clock.now += timedelta(hours=1)
        checked = take(page, sent_on(clock(), short, refresh), store=store, now=clock(), next_check_at=None)
        assert history.snapshot(checked.snapshot.id).refresh == checked.snapshot.refresh == refresh
        verdicts.append(history.snapshot(checked.snapshot.id).verdict)
    assert verdicts == [Verdict.OK, Verdict.MOVED, Verdict.MOVED, Verdict.OK]
    reported = [row.event.change for row in history.events()]
    assert [(change.kind, change.after) for change in reported] == [
        (EventKind.PAGE_MOVED, "https://coalition.example/new"),
        (EventKind.PAGE_BACK, None),
    ]


def test_a_refresh_field_is_loaded_with_the_snapshot(store: SqlStore):
    clock = Clock()
    page = replace(add_page(store, clock()), facts=(MEMBERS,))

    def broken(*_args, **_more):
        raise RuntimeError("the parser is out of order")

    with pytest.raises(ExtractionFailed):
        take(page, sent_on(clock(), "<p>Wait.</p>", "0;url=/new"), store=store, now=clock(), next_check_at=None, analyze=broken)  # fmt: skip
    assert [waiting.refresh for waiting in store.page_memory(page.id).unprocessed] == ["0;url=/new"]
