"""The demo's first half: the script of years is consistent, the site states what the script says, and the receivers receive."""

from __future__ import annotations

import re
import smtplib
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import requests
from bs4 import BeautifulSoup
from standardwebhooks.webhooks import Webhook

from monitor.model import EventKind
from pagewitness.demo.coalition_site import DemoSite, Mutant, mutated
from pagewitness.demo.feed import Noise, posts
from pagewitness.demo.markup import render, render_state
from pagewitness.demo.receivers import HookReceiver, Mailbox
from pagewitness.demo.script import Answer, Expected, Form, Moment, PageState, Statement, Theme
from pagewitness.demo.years import (
    ABSENCES_BEFORE_LOST,
    ARTICLE,
    COALITION_PAGES,
    EXPECTED,
    FACT_TERMS,
    HOME,
    MISSION,
    MOMENTS,
    PAGES,
    PARTNERS,
    moment_at,
)
from tests.support.patience import PATIENCE_SECONDS

OTHERS_SECRET = "whsec_b3RoZXIgc2VjcmV0IGVudGlyZWx5"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WORDS = {"sixty": 60, "sixty-five": 65}
COUNTING = re.compile(
    r"\b(?P<number>\d[\d,]*|[a-z]*(?:ty|teen|ve|ne|wo|ee|our|six|ht|en)(?:-\w+)?)(?:st|nd|rd|th)? "
    rf"(?P<new>new )?(?:{'|'.join(sorted(FACT_TERMS, key=len, reverse=True))}|partner|member|nation)\b",
    re.IGNORECASE,
)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=9, tzinfo=UTC)


def checks(path: str, mutant: Mutant | None = None) -> list[tuple[datetime, PageState]]:
    states = [(moment.at, mutated(moment.state(path), mutant)) for moment in MOMENTS]
    return [(at, state) for at, state in states if state.answer is Answer.UP]


def soup(path: str, moment: Moment, seed: int = 1) -> BeautifulSoup:
    return BeautifulSoup(render(path, moment, seed).body, "html.parser")


def reading_text(page: BeautifulSoup) -> str:
    """What a careful reader takes for the page's own words."""
    for noise in page.select("script, style, head, nav, footer, aside, #ctf, [id^=cookie-law-info]"):
        noise.decompose()
    return page.get_text(" ", strip=True)


def counts_in(text: str) -> set[int]:
    """Every number of members, partners, member countries or nations; "new members" are not the count."""
    found = [match for match in COUNTING.finditer(text) if not match["new"]]
    return {WORDS.get(match["number"].lower()) or int(match["number"].replace(",", "")) for match in found}


def model(mutant: Mutant | None = None) -> list[Expected]:
    """The events that follow from the script's rules, by a few lines independent of the product."""
    reported = [event for path in PAGES for event in model_of_page(path, checks(path, mutant))]
    return sorted(reported, key=lambda event: (event.reported_at, PAGES.index(event.page)))


def model_of_page(path: str, seen: list[tuple[datetime, PageState]]) -> list[Expected]:
    reported: list[Expected] = []
    good: int | None = None
    quarrel: tuple[int, ...] = ()
    absences, since = 0, seen[0][0]
    for at, state in seen:
        if not state.values:
            since = since if absences else at
            absences += 1
            if absences == ABSENCES_BEFORE_LOST:
                reported.append(Expected(at, since, path, EventKind.FACT_LOST, good, None))
            continue
        value, disputed = state.values[0], state.values if len(state.values) > 1 else ()
        if absences >= ABSENCES_BEFORE_LOST:
            reported.append(Expected(at, at, path, EventKind.FACT_FOUND, good, value))
        elif good not in (None, value):
            reported.append(Expected(at, at, path, EventKind.FACT_CHANGED, good, value))
        if disputed and set(disputed) != set(quarrel):
            reported.append(Expected(at, at, path, EventKind.FACT_CONTRADICTION, None, disputed))
        elif quarrel and not disputed:
            reported.append(Expected(at, at, path, EventKind.FACT_AGREED, quarrel, value))
        good, quarrel, absences = value, disputed, 0
    return reported


# --- the script ------------------------------------------------------------------------------------------------------


def test_the_events_expected_by_hand_follow_from_the_rules():
    assert model() == list(EXPECTED)


def test_each_mutant_of_the_site_would_be_detected():
    for mutant in Mutant:
        assert model(mutant) != list(EXPECTED), mutant


def test_every_true_figure_and_every_kind_of_event_is_in_the_script():
    stated = {value for moment in MOMENTS for _, state in moment.pages for value in state.values}
    assert stated == {60, 65, 68, 73, 74, 75, 79, 80, 81, 82, 83, 84, 85, 86, 87, 90}
    assert {event.kind for event in EXPECTED} == {
        EventKind.FACT_CHANGED,
        EventKind.FACT_CONTRADICTION,
        EventKind.FACT_AGREED,
        EventKind.FACT_LOST,
        EventKind.FACT_FOUND,
    }
    assert {statement.form for moment in MOMENTS for _, state in moment.pages for statement in state.statements} == set(
        Form
    )
    assert {state.answer for moment in MOMENTS for _, state in moment.pages} == set(Answer)


def test_moments_go_forward_in_time_from_2014_to_2026():
    times = [moment.at for moment in MOMENTS]
    assert times == sorted(set(times))
    assert times[0] == day("2014-12-03")
    assert times[-1] == day("2026-02-10")
    assert 45 <= len(MOMENTS) <= 75
    assert all(moment.note and [path for path, _ in moment.pages] == list(PAGES) for moment in MOMENTS)


def test_the_moment_at_a_time_is_the_latest_before_it():
    assert moment_at(day("1999-01-01")) is MOMENTS[0]
    assert moment_at(MOMENTS[3].at) is MOMENTS[3]
    assert moment_at(MOMENTS[4].at - timedelta(microseconds=1)) is MOMENTS[3]
    assert moment_at(day("2030-01-01")) is MOMENTS[-1]


def test_the_redesign_changes_the_theme_of_every_coalition_page_and_no_figure():
    redesign = next(index for index, moment in enumerate(MOMENTS) if moment.state(HOME).theme is Theme.NEW)
    before, after = MOMENTS[redesign - 1], MOMENTS[redesign]
    for path in COALITION_PAGES:
        assert before.state(path).values == after.state(path).values
        assert render(path, before, 1).body != render(path, after, 1).body
    assert not [event for event in EXPECTED if event.at == after.at]


def test_the_count_that_a_page_gives_is_the_one_in_most_places_then_the_first():
    majority = PageState((Statement(Form.HEADING, 86), Statement(Form.MEMBERS, 87), Statement(Form.FINANCE, 87)))
    tie = PageState((Statement(Form.HEADING, 87), Statement(Form.FINANCE, 86)))
    assert majority.values == (87, 86)
    assert tie.values == (87, 86)
    assert PageState().count is None
    assert PageState().values == ()


# --- the pages -------------------------------------------------------------------------------------------------------


def test_every_page_that_is_up_is_html_that_states_the_scripts_figures_and_no_other():
    for path in PAGES:
        for moment in MOMENTS:
            state = moment.state(path)
            if state.answer is not Answer.UP:
                continue
            response = render(path, moment, 1)
            assert response.status == 200
            assert response.header("Content-Type") == "text/html; charset=UTF-8"
            assert response.body.decode().lstrip().lower().startswith("<!doctype html>")
            page = BeautifulSoup(response.body, "html.parser")
            assert page.title is not None
            assert counts_in(reading_text(page)) == set(state.values), (path, moment.note)


def test_each_statement_has_its_own_place():
    for path in COALITION_PAGES:
        for state in {state for _, state in checks(path)}:
            text = reading_text(BeautifulSoup(render_state(path, state, MOMENTS[0].at, 1).body, "html.parser"))
            found = [match for match in COUNTING.finditer(text) if not match["new"]]
            assert len(found) == len(state.statements)


def test_the_feed_and_the_cookie_bar_carry_figures_that_are_not_the_count():
    page = soup(HOME, MOMENTS[-1])
    bar = page.select_one("#cookie-law-info-bar")
    more = page.select_one("#ctf a#ctf-more.ctf-more > span")
    assert bar is not None
    assert more is not None
    assert more.get_text() == "Load More..."
    assert counts_in(bar.get_text()) == {1702}
    rendered = " ".join(post.text for seed in range(40) for post in posts(Noise(str(seed))))
    assert len(counts_in(rendered.replace("Twelve", "12"))) == 4
    assert len(page.select("#ctf .ctf-item")) == 5


def test_a_page_is_the_same_for_the_same_request_and_noisy_between_requests():
    for path in (HOME, MISSION):
        for moment in MOMENTS[-5:]:
            assert render(path, moment, 7) == render(path, moment, 7)
            assert render(path, moment, 7).body != render(path, moment, 8).body
            assert moment.state(path).values == tuple(counts_in(reading_text(soup(path, moment, 8))))


def test_the_partners_page_is_cached_and_changes_with_its_words_or_the_year_only():
    lost = [
        render(PARTNERS, moment_at(day(at)), seed) for seed, at in enumerate(("2021-02-09", "2021-03-16", "2021-04-13"))
    ]
    assert lost[0] == lost[1] == lost[2]
    assert render(PARTNERS, moment_at(day("2021-05-11")), 1).header("ETag") != lost[0].header("ETag")


def test_the_article_never_changes():
    bodies = {render(ARTICLE, moment, seed).body for seed, moment in enumerate(MOMENTS) if ARTICLE in moment.published}
    assert len(bodies) == 1
    assert counts_in(reading_text(soup(ARTICLE, MOMENTS[-1]))) == {75, 68}


# --- the server ------------------------------------------------------------------------------------------------------


class Hands:
    """A clock that changes only when it is set."""

    def __init__(self, at: str) -> None:
        self.put(at)

    def put(self, at: str) -> None:
        self.now = day(at)

    def __call__(self) -> datetime:
        return self.now


def test_the_site_ages_under_the_clock_that_it_is_handed():
    clock = Hands("2020-03-24")
    with DemoSite(clock) as site, requests.Session() as session:
        then = session.get(site.url(HOME), timeout=PATIENCE_SECONDS)
        clock.put("2022-06-07")
        now = session.get(site.url(HOME), timeout=PATIENCE_SECONDS)
    assert "82nd partner" in then.text
    assert "82 members" in then.text
    assert "85 members" in now.text
    assert now.headers["Date"] == "Tue, 07 Jun 2022 09:00:00 GMT"
    assert now.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("at", "path", "status", "words"),
    [
        ("2015-06-02", HOME, 503, "unavailable"),
        ("2016-05-17", HOME, 403, "blocked"),
        ("2017-11-14", MISSION, 200, "enable JavaScript and cookies"),
        ("2020-08-18", PARTNERS, 200, ""),
        ("2015-06-02", ARTICLE, 404, "not found"),
        ("2020-08-18", "/en/nowhere/", 404, "nothing at this address"),
        ("2020-08-18", "/robots.txt", 200, "Disallow"),
    ],
)
def test_errors_are_served_as_scripted(at, path, status, words):
    with DemoSite(Hands(at)) as site:
        response = requests.get(site.url(path), timeout=PATIENCE_SECONDS)
    assert response.status_code == status
    assert words in response.text
    assert words or response.content == b""


def test_a_dropped_connection_ends_without_a_response():
    with DemoSite(Hands("2019-10-22")) as site, pytest.raises(requests.ConnectionError):
        requests.get(site.url(HOME), timeout=PATIENCE_SECONDS)


def test_a_page_that_the_client_has_is_not_sent_again():
    with DemoSite(Hands("2021-02-09")) as site, requests.Session() as session:
        partners = session.get(site.url(PARTNERS), timeout=PATIENCE_SECONDS)
        article = session.get(site.url(ARTICLE), timeout=PATIENCE_SECONDS)
        same = session.get(
            site.url(PARTNERS), headers={"If-None-Match": partners.headers["ETag"]}, timeout=PATIENCE_SECONDS
        )
        other = session.get(site.url(PARTNERS), headers={"If-None-Match": '"another"'}, timeout=PATIENCE_SECONDS)
        since = session.get(
            site.url(ARTICLE), headers={"If-Modified-Since": article.headers["Last-Modified"]}, timeout=5
        )
        head = session.head(site.url(HOME), timeout=PATIENCE_SECONDS)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", partners.headers["ETag"])
    assert (other.status_code, since.status_code) == (200, 304)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


@pytest.mark.parametrize("at", ["2020-03-24", "2025-11-11"])
def test_what_a_page_needs_to_be_drawn_is_served(at):
    with DemoSite(Hands(at)) as site, requests.Session() as session:
        for path in PAGES:
            page = BeautifulSoup(session.get(site.url(path), timeout=PATIENCE_SECONDS).text, "html.parser")
            needed = [tag["href"] for tag in page.select("link[rel~=stylesheet], link[rel~=icon]")]
            needed += [tag["src"] for tag in page.select("img")]
            assert needed
            for target in needed:
                response = session.get(site.url(target), timeout=PATIENCE_SECONDS)
                assert response.status_code == 200, target
                assert response.content, target
        assert session.get(site.url("/"), timeout=PATIENCE_SECONDS).url == site.url(HOME)


def test_a_mutant_site_states_94_instead_of_84():
    with DemoSite(Hands("2021-12-07"), Mutant.SERVES_94_FOR_84) as site:
        text = requests.get(site.url(HOME), timeout=PATIENCE_SECONDS).text
    assert counts_in(reading_text(BeautifulSoup(text, "html.parser"))) == {94}


def test_a_mutant_site_passes_its_block_page_off_as_the_page():
    with DemoSite(Hands("2022-05-10"), Mutant.BLOCK_PAGE_MOVES) as site:
        response = requests.get(site.url(HOME), timeout=PATIENCE_SECONDS)
    assert response.status_code == 200
    assert counts_in(reading_text(BeautifulSoup(response.text, "html.parser"))) == {48}


def new_threads(before: set[threading.Thread]) -> set[threading.Thread]:
    """What has been begun since then and goes on."""
    return set(threading.enumerate()) - before


def test_stopping_the_site_leaves_no_thread_behind():
    before = set(threading.enumerate())
    with requests.Session() as session:
        with DemoSite(Hands("2020-03-24")) as site:
            session.get(site.url(HOME), timeout=PATIENCE_SECONDS)
            assert new_threads(before)
        assert not new_threads(before)
    DemoSite(Hands("2020-03-24")).stop()


# --- the receivers ---------------------------------------------------------------------------------------------------


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "monitor@example.org", "desk@example.org", subject
    message.set_content("Members: 83 → 84\n.\nA line after a lone dot.\n")
    return message


def test_the_mailbox_keeps_every_message_in_order():
    before = set(threading.enumerate())
    with Mailbox() as mailbox:
        with smtplib.SMTP(mailbox.host, mailbox.port, timeout=PATIENCE_SECONDS) as client:
            client.send_message(letter("83 → 84"))
            client.send_message(letter("84 → 85"))
        assert mailbox.wait_for(2)
        assert not mailbox.wait_for(3, timeout_seconds=0.01)
    assert [message["Subject"] for message in mailbox.messages] == ["83 → 84", "84 → 85"]
    assert mailbox.messages[0].get_content() == "Members: 83 → 84\n.\nA line after a lone dot.\n"
    assert not new_threads(before)


def test_a_mailbox_stops_although_a_client_stays_connected():
    before = set(threading.enumerate())
    with ExitStack() as stack:
        with Mailbox() as mailbox:
            client = smtplib.SMTP(mailbox.host, mailbox.port, timeout=PATIENCE_SECONDS)
            stack.callback(client.close)
            client.ehlo()
        assert not new_threads(before)
    Mailbox().stop()


def test_two_mailboxes_live_side_by_side():
    with Mailbox() as one, Mailbox() as other:
        assert one.port != other.port != 0
        with smtplib.SMTP(other.host, other.port, timeout=PATIENCE_SECONDS) as client:
            client.send_message(letter("hello"))
        assert (len(one.messages), len(other.messages)) == (0, 1)


def signed(secret: str, body: str, identifier: str = "msg_1") -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign(identifier, now, body)
    stamp = str(int(now.timestamp()))
    return {"webhook-id": identifier, "webhook-timestamp": stamp, "webhook-signature": signature}


def test_the_receiver_keeps_signed_messages_with_their_headers():
    body = '{"type": "fact_changed", "after": 84, "sentence": "84 members …"}'
    with HookReceiver(SECRET) as receiver:
        response = requests.post(
            receiver.url, data=body.encode(), headers=signed(SECRET, body), timeout=PATIENCE_SECONDS
        )
        assert response.status_code == 204
        assert receiver.wait_for(1)
    (message,) = receiver.messages
    assert message.body == {"type": "fact_changed", "after": 84, "sentence": "84 members …"}
    assert message.headers["webhook-id"] == "msg_1"
    assert receiver.refused == ()


@pytest.mark.parametrize("signature", [None, (OTHERS_SECRET, "{}"), (SECRET, "[]")])
def test_the_receiver_refuses_what_is_not_signed_with_its_secret(signature):
    headers = signed(*signature) if signature else {}
    with HookReceiver(SECRET) as receiver:
        response = requests.post(receiver.url, data=b"{}", headers=headers, timeout=PATIENCE_SECONDS)
    assert response.status_code == 401
    assert receiver.messages == ()
    assert len(receiver.refused) == 1
