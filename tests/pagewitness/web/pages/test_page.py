"""The screen of one page, and the forms that change it, over HTTP."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from alerts.model import Rule, WebhookChannel
from monitor.model import (
    AnalysisOutcome,
    Change,
    Event,
    EventKind,
    FactDefinition,
    FactKind,
    Level,
    NoiseReason,
    Origin,
    Page,
    PageSource,
    PageState,
    ParserVersion,
    Reason,
    Schedule,
    SnapshotRef,
    Verdict,
    Version,
)
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.tokens import digest, form_token
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role
from storage.queries.paging import Cursor
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

URL = "https://coalition.example/en/?a=1&b=2"
ENTRY = AuditEntry(NOON, None, "", "test")
HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"' \u202e"
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))


class Editor:
    """A browser in which an editor is logged in."""

    def __init__(self, client: httpx.Client, accounts: AccountStore) -> None:
        self.client = client
        user = accounts.add_user("Ada", Role.EDITOR, now=NOON, entry=ENTRY)
        end = NOON + timedelta(days=9)
        accounts.start_session(digest("secret"), user.id, expires_at=end, address="", browser="", now=NOON, entry=ENTRY)
        client.cookies.set("pagewitness-session", "secret")

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query or None, headers={"Accept": "text/html"})

    def post(self, path: str, **fields: object) -> httpx.Response:
        sent = {"form_token": form_token("secret"), **fields}
        return self.client.post(path, data=sent, headers={"Accept": "text/html"})


@pytest.fixture
def accounts(archive: Archive) -> AccountStore:
    return AccountStore(archive.database)


@pytest.fixture
def editor(archive: Archive, web: Web, accounts: AccountStore) -> Iterator[Editor]:
    web.show(archive, accounts=accounts, access=AccessPolicy(anonymous_reads=True))
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield Editor(client, accounts)


def noise(words: str, *anchor: str) -> Change:
    detail = {"noise": NoiseReason.CHANGES_OFTEN.value, "anchor": list(anchor)}
    return Change(EventKind.TEXT_CHANGED, Level.NOISE, Reason.TEXT_ADDED, sentence_after=words, detail=detail)


def check(archive: Archive, *changes: Change, day: int = 0) -> None:
    at = NOON + timedelta(days=day)
    snapshot = archive.add_snapshot(URL, f"<p>{at}", at=at, verdict=None)
    ref = SnapshotRef(snapshot.id, snapshot.taken_at)
    events = tuple(Event(change, ref, None, Origin.LIVE) for change in changes)
    version = Version(ParserVersion("1", "", ""), "Coalition", "en", (), (), ())
    archive.store.record(snapshot, AnalysisOutcome(Verdict.OK, "", version=version, events=events), now=at)


def page_of(archive: Archive) -> Page:
    found = archive.store.page_by_url(URL)
    assert found is not None
    return found


def shown(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_a_page_shows_its_schedule_status_changes_and_size(archive: Archive, client: httpx.Client):
    archive.page(URL, "Coalition home")
    check(archive, Change(EventKind.FACT_CHANGED, Level.FACT, Reason.FACT_CHANGED, "member_count", 83, 85), day=1)
    answer = client.get("/page", params={"url": URL})
    text = shown(answer)
    for words in ("Coalition home", "every 1 h", "member_count", "83", "85", "ok", "1 snapshots", "Obeys robots.txt"):
        assert words in text, words
    assert "Check now" not in text
    assert "http-equiv" not in answer.text
    assert client.get("/page", params={"url": "https://other.example/"}).status_code == 404
    assert client.get("/page", params={"url": "no URL"}).status_code == 404


def test_a_page_without_a_check_says_so(archive: Archive, client: httpx.Client):
    archive.page(URL)
    text = shown(client.get("/page", params={"url": URL}))
    assert "no ok check yet" in text
    assert "No version is archived yet." in text


def test_the_rules_that_include_the_page_are_named(archive: Archive, client: httpx.Client):
    archive.page(URL)
    kinds = frozenset({EventKind.FACT_CHANGED})
    channels = [WebhookChannel("hook", "https://hook.example/", secret="env:SECRET")]
    rules = [
        Rule("mine", kinds, ("hook",), hosts=("*.example",)),
        Rule("theirs", kinds, ("hook",), hosts=("other.example",)),
        Rule("tagged", kinds, ("hook",), tags=("press",)),
        Rule("paged", kinds, ("hook",), pages=(URL,)),
    ]
    archive.store.apply_declared([], [], channels, rules, now=NOON)
    text = shown(client.get("/page", params={"url": URL}))
    assert "mine" in text
    assert "paged" in text
    assert "theirs" not in text
    assert "tagged" not in text


def test_hostile_texts_are_text_on_every_screen_of_a_page(archive: Archive, editor: Editor):
    archive.page(URL, HOSTILE)
    check(archive, noise(HOSTILE, HOSTILE), Change(
        EventKind.TEXT_CHANGED, Level.TEXT, Reason.TEXT_ADDED, sentence_after=HOSTILE), day=1)  # fmt: skip
    key = str(page_of(archive).id)
    answers = [
        editor.get("/page", url=URL),
        editor.get("/page/edit", url=URL),
        editor.get("/pages/retire", page=key, back=HOSTILE),
        editor.get("/page", url=HOSTILE),
        editor.post("/page/edit", url=URL, label=HOSTILE, every=HOSTILE, only=HOSTILE, tags=HOSTILE),
        editor.post("/pages/actions", page=key, action="tag", tag=HOSTILE * 9, back=HOSTILE),
    ]
    for answer in answers:
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert "\u202e" not in re.sub(r"<(textarea|input)[^>]*>[^<]*", "", answer.text)


def test_a_requested_check_is_followed_until_it_is_done(archive: Archive, editor: Editor):
    key = archive.page(URL).id
    archive.store.reschedule(key, NOON + timedelta(hours=5), interval=None, reason="")
    answer = editor.post("/pages/actions", page=key, action="check", back=f"/page?url={URL.replace('&', '%26')}")
    assert answer.status_code == 303
    assert page_of(archive).next_check_at == NOON
    waiting = editor.get(answer.headers["location"])
    assert "Waiting for its turn." in shown(waiting)
    assert 'http-equiv="refresh"' in waiting.text
    check(archive)
    done = editor.get(answer.headers["location"])
    assert "Checked." in shown(done)
    assert "http-equiv" not in done.text


def test_a_page_is_paused_resumed_and_retired_after_a_question(
    archive: Archive, editor: Editor, accounts: AccountStore
):
    key = archive.page(URL).id
    for action, state in (("pause", PageState.PAUSED), ("resume", PageState.ACTIVE)):
        assert editor.post("/pages/actions", page=key, action=action, back="/page").status_code == 303
        assert page_of(archive).state is state
    asked = editor.post("/pages/actions", page=key, action="retire", back="/page")
    assert page_of(archive).state is PageState.ACTIVE
    assert "Everything archived is kept" in shown(editor.get(asked.headers["location"]))
    editor.post("/pages/actions", page=key, action="retire", confirmed="1", back="/page")
    assert page_of(archive).state is PageState.RETIRED
    assert "Monitor again" in shown(editor.get("/page", url=URL))
    editor.post("/pages/actions", page=key, action="restore", back="/page")
    assert page_of(archive).state is PageState.ACTIVE
    actions = [entry.action for entry in accounts.audit_slice(Cursor(4)).rows]
    assert actions == ["page.restore", "page.retire", "page.resume", "page.pause"]


def test_what_cannot_be_done_is_explained(archive: Archive, editor: Editor):
    page = archive.store.add_page(
        URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.WATCHLIST, now=NOON
    )
    answer = editor.post("/pages/actions", page=page.id, action="retire", confirmed="1", back="/page")
    assert answer.status_code == 400
    assert "a watchlist declares it" in answer.text
    for fields in ({"action": "check"}, {"action": "tag", "page": page.id}, {"action": "fly", "page": page.id}):
        assert editor.post("/pages/actions", **fields).status_code == 400
    assert editor.post("/pages/actions", action="pause", page="1e9").status_code == 400
    assert (
        editor.post("/pages/actions", action="check", page=page.id, back="//evil.example")
        .headers["location"]
        .startswith("/?")
    )


FORM = {"when": "every", "every": "6h", "timezone": "UTC", "requisites": "on_change"}


def test_the_settings_are_edited_and_an_invalid_one_is_marked(archive: Archive, editor: Editor):
    archive.store.apply_declared([], [MEMBERS], [], [], now=NOON)
    archive.page(URL)
    wrong = editor.post("/page/edit", url=URL, **{**FORM, "every": "soon", "label": "Bündnis"})
    assert wrong.status_code == 400
    assert 'id="problem-every"' in wrong.text
    assert 'value="soon"' in wrong.text
    assert 'value="Bündnis"' in wrong.text
    fields = {**FORM, "when": "cron", "cron": "0 6 * * 1-5", "timezone": "Europe/Berlin", "label": "Bündnis"}
    lists = {"tags": "press\r\nministries\r\n", "mute": "Weather", "only": "main", "facts": "member_count"}
    saved = editor.post("/page/edit", url=URL, **fields, **lists, ignore_robots="1")
    assert saved.status_code == 303
    page = page_of(archive)
    assert (page.label, page.schedule) == ("Bündnis", Schedule(cron="0 6 * * 1-5", timezone="Europe/Berlin"))
    assert (page.tags, page.mute, page.selection.only) == (("press", "ministries"), ("Weather",), ("main",))
    assert (page.facts, page.obey_robots) == ((MEMBERS,), False)
    form = editor.get("/page/edit", url=URL).text
    assert "0 6 * * 1-5" in form
    assert "press\nministries" in form
    assert "The settings are saved." in shown(editor.get(saved.headers["location"]))


def test_an_adaptive_schedule_is_edited(archive: Archive, editor: Editor):
    archive.page(URL)
    fields = {**FORM, "when": "adaptive", "adaptive_min": "1h", "adaptive_max": "1d"}
    assert editor.post("/page/edit", url=URL, **fields).status_code == 303
    assert page_of(archive).schedule.adaptive == (timedelta(hours=1), timedelta(days=1))
    assert editor.post("/page/edit", url=URL, **{**fields, "adaptive_max": "1m"}).status_code == 400


def test_a_page_of_a_watchlist_shows_its_lines_and_no_form(archive: Archive, editor: Editor):
    archive.store.add_page(
        URL, label="Home", schedule=Schedule(every=timedelta(minutes=90)), source=PageSource.WATCHLIST, now=NOON
    )
    text = shown(editor.get("/page", url=URL))
    assert 'every = "1h30m"' in text
    assert 'label = "Home"' in text
    assert "Change it there" in shown(editor.get("/page/edit", url=URL))
    assert editor.post("/page/edit", url=URL, **FORM).status_code == 400
    assert page_of(archive).schedule.every == timedelta(minutes=90)


def test_a_noisy_place_is_muted(archive: Archive, editor: Editor):
    archive.page(URL)
    check(archive, noise("17 °C", "Home", "Weather"), noise("18 °C", "Home", "Weather"), noise("x", "Météo"), day=1)
    text = shown(editor.get("/page", url=URL))
    assert "“Weather”" in text
    assert "changes at nearly every check" in text
    assert editor.post("/page/mute", url=URL, words="Weather").status_code == 303
    assert page_of(archive).mute == ("Weather",)
    assert "muted" in shown(editor.get("/page", url=URL))
    assert editor.post("/page/mute", url=URL, words="x").status_code == 400
