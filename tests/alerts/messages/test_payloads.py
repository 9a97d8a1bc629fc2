from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from alerts.grouping import group
from alerts.messages.build import MessageContext, build
from alerts.messages.mail import render_mail
from alerts.messages.message import SUBJECT_LIMIT
from alerts.messages.webhook_body import story_json
from alerts.model import StoryEvent
from monitor.model import EventKind, Level
from rendering.event_json import event_json
from rendering.links import Links
from rendering.text_safety import excerpt, one_line
from tests.alerts.examples import CHANGE, LAST_SEEN, RULE, SEEN, URL, changed, event, render_email, render_webhook

LINKS = Links("https://watch.example/")
HISTORY = f"https://watch.example/history?{urlencode({'url': URL})}"
UID = "msg_" + "0" * 32
AFTER = f"https://watch.example/replay/20220502060001/{URL}"
BEFORE = f"https://watch.example/replay/20220501180000/{URL}"
COMPARISON = f"https://watch.example/compare?url={quote_plus(URL)}&from=20220501180000&to=20220502060001"
HOSTILE = st.text(st.characters(exclude_categories=()), min_size=1, max_size=80) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</mark></p><h1>85",
        "{{ 7 * 7 }}",
        "&lt;b&gt;",
        "<!--",
        "]]>",
    ]
)
ELEMENTS = set("html head meta title style body div p h1 h2 strong bdi br a mark ol ul li".split())


def test_a_mail_says_what_changed_on_which_page_when_and_why_it_was_sent():
    mail = render_email(event(), RULE, LINKS)
    assert mail["subject"] == "Partners · member_count 83 → 85 (+2)"
    for part in (mail["text"], mail["html"]):
        for wanted in (
            "A key fact changed",
            "member_count 83 → 85 (+2)",
            "Partners",
            URL,
            "seen 2022-05-02 06:00:01 UTC",
            "last seen 2022-05-01 18:00:00 UTC",
            AFTER,
            BEFORE,
            "the rule “key facts” selects fact_changed",
        ):
            assert wanted in part


def names_changed(before, after, **detail):
    return changed(
        stored_text="partner_list + Togo, − Chad (2 names)",
        before=before,
        after=after,
        quote_before=", ".join(detail.get("left", ())) or None,
        quote_after=", ".join(detail.get("joined", ())) or None,
        sentence_before=None,
        sentence_after="Togo",
        detail=detail,
    )


def test_a_list_says_who_joined_who_left_and_who_is_on_it():
    mail = render_email(
        names_changed(["Benin", "Chad"], ["Benin", "Togo"], joined=["Togo"], left=["Chad"]), RULE, LINKS
    )
    assert mail["subject"] == "Partners · partner_list + Togo, − Chad (2 names)"
    assert "  + Togo\n  − Chad\n  2 names: Benin, Togo\n" in mail["text"]
    assert "  2 names: Benin, Chad\n" in mail["text"]
    lines = [line.text() for line in LexborHTMLParser(mail["html"]).css("p")]
    assert [line for line in lines if line[:1] in "+−"] == ["+ Togo", "− Chad"]


def test_of_a_long_list_the_first_names_are_listed_and_how_many_more():
    many = [f"N{n}" for n in range(40)]
    mail = render_email(names_changed(["A"], ["A", *many], joined=many, left=[]), RULE, LINKS)
    assert "  + N11\n  + 28 more\n  41 names: A, N0, " in mail["text"]
    assert "1 name: A\n" in mail["text"]


@given(HOSTILE, HOSTILE)
def test_hostile_names_stay_names(one, other):
    mail = render_email(names_changed([one], [other], joined=[other], left=[one]), RULE, LINKS)
    assert {node.tag for node in LexborHTMLParser(mail["html"]).root.traverse()} <= ELEMENTS
    assert [line[:4] for line in mail["text"].split("\n") if line.startswith(("  + ", "  − "))] == ["  + ", "  − "]


def test_a_text_and_a_date_are_reported_like_a_number():
    mail = render_email(
        changed(
            stored_text="head Ada Brook → Cy Dale",
            before="Ada Brook",
            after="Cy Dale",
            quote_before="Ada Brook",
            quote_after="Cy Dale",
            sentence_before="Head: Ada Brook.",
            sentence_after="Head: Cy Dale.",
        ),
        RULE,
        LINKS,
    )
    assert "Head: »Cy Dale«." in mail["text"]
    assert "Head: »Ada Brook«." in mail["text"]


def test_a_count_that_contradicts_its_list_is_reported_with_both():
    quotes = [
        {"value": 87, "quote": "87", "sentence": "We have 87 partners."},
        {"value": 84, "quote": "Our partners", "sentence": "Our partners"},
    ]
    mail = render_email(
        changed(kind=EventKind.FACT_CONTRADICTION, before=None, after=[87, 84], detail={"quotes": quotes}), RULE, LINKS
    )
    assert "  87: We have »87« partners.\n  84: »Our partners«\n" in mail["text"]


def test_the_quotes_are_marked_in_both_sentences():
    mail = render_email(event(), RULE, LINKS)
    assert "We are »83« members." in mail["text"]
    assert "We are »85« members »now«." in mail["text"]
    assert [mark.text() for mark in LexborHTMLParser(mail["html"]).css("mark")] == ["85", "now", "83"]


def test_a_contradiction_shows_every_value_with_its_own_sentence():
    quotes = [
        {"value": 87, "quote": "87", "sentence": "Together, 87 members stand."},
        {"value": 86, "quote": "86", "sentence": "86 partners have joined."},
    ]
    recorded = changed(kind=EventKind.FACT_CONTRADICTION, after=[87, 86], detail={"quotes": quotes})
    mail = render_email(recorded, RULE, LINKS)
    assert "87: Together, »87« members stand." in mail["text"]
    assert "86: »86« partners have joined." in mail["text"]
    assert [mark.text() for mark in LexborHTMLParser(mail["html"]).css("mark")] == ["87", "86", "83"]


def test_a_contradiction_without_quotes_still_names_its_values():
    mail = render_email(changed(kind=EventKind.FACT_CONTRADICTION, after=[87, 11000000]), RULE, LINKS)
    assert "\n  87\n  11,000,000\n" in mail["text"]


def test_a_contradiction_of_very_many_values_shows_a_dozen():
    mail = render_email(changed(kind=EventKind.FACT_CONTRADICTION, after=list(range(1000, 1100))), RULE, LINKS)
    assert "1,011" in mail["text"]
    assert "1,012" not in mail["text"]
    assert "… and 88 more" in mail["text"]


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_can_be_reported(kind):
    bare = replace(
        CHANGE, kind=kind, level=Level.HEALTH, stored_text="what happened", fact=None, before=None, after=None
    )
    bare = replace(bare, quote_before=None, quote_after=None, sentence_before=None, sentence_after=None)
    recorded = event(bare, label="")
    recorded = replace(recorded, event=replace(recorded.event, before=None))
    mail = render_email(recorded, RULE, LINKS)
    assert mail["subject"] == "coalition.example/en/partners · what happened"
    assert "Before" not in mail["text"]
    assert "None" not in mail["text"] + mail["html"]


def test_an_event_of_no_page_names_none():
    mail = render_email(event(url=None, label=""), RULE, LINKS)
    assert mail["subject"] == "member_count 83 → 85 (+2)"
    assert "Page:" not in mail["text"]
    assert "<a " not in mail["html"]


def test_without_a_published_web_there_are_no_links_to_it():
    mail = render_email(event(), RULE, Links(None))
    assert "/replay/" not in mail["text"] + mail["html"]
    assert "/history" not in mail["text"] + mail["html"]


def test_a_message_links_to_the_history_of_its_page_or_to_all_changes():
    links = Links("https://replay.example", "https://watch.example/")
    (one,) = group([StoryEvent(event(), "all")])
    other = replace(event(number=2, url="https://coalition.example/en/other"), page_id=4)
    (both,) = group([StoryEvent(event(), "all"), StoryEvent(other, "all")])
    (none,) = group([StoryEvent(event(url=None, label=""), "all")])
    messages = [build(story, MessageContext("msg_1", SEEN, links)) for story in (one, both, none)]
    assert [(message.link, message.link_label) for message in messages] == [
        (HISTORY, "History of the page"),
        ("https://watch.example/changes", "All changes"),
        (None, "All changes"),
    ]
    assert messages[0].items[0].now.link == f"https://replay.example/replay/20220502060001/{URL}"
    bodies = [story_json(message, [], links) for message in messages]
    assert [body["link"] for body in bodies] == [message.link for message in messages]
    mail = render_mail(messages[0])
    assert f"History of the page: {HISTORY}" in mail["text"]
    assert {links.after(event().event, URL), links.before(event().event, URL), HISTORY} <= {
        node.attributes["href"] for node in LexborHTMLParser(mail["html"]).css("a")
    }


def test_two_snapshots_in_one_second_have_a_link_each():
    recorded = event()
    now = recorded.event.snapshot.taken_at.replace(microsecond=500_000)
    for earlier, digits in ((250_000, "%Y%m%d%H%M%S%f"), (500_000 - 10**6, "%Y%m%d%H%M%S")):
        then = now.replace(microsecond=0) + timedelta(microseconds=earlier)
        pair = replace(
            recorded.event,
            snapshot=replace(recorded.event.snapshot, taken_at=now),
            before=replace(recorded.event.before, taken_at=then),
        )
        links = LINKS.after(pair, URL), LINKS.before(pair, URL)
        assert links == tuple(f"https://watch.example/replay/{at.strftime(digits)}/{URL}" for at in (now, then))
        assert len(set(links)) == 2


def test_a_subject_cannot_begin_a_header_of_its_own_and_is_not_endless():
    mail = render_email(changed(stored_text="85\r\nBcc: all@example.org\n\n<p>" + "x" * 1000), RULE, LINKS)
    assert "\n" not in mail["subject"]
    assert "\r" not in mail["subject"]
    assert mail["subject"].startswith("Partners · 85 Bcc: all@example.org")
    assert len(mail["subject"]) == SUBJECT_LIMIT
    assert mail["subject"].endswith("…")


def test_a_sentence_cannot_imitate_the_lines_of_our_own_text():
    mail = render_email(changed(sentence_after="85\n\nWhy you got this: click http://evil.example"), RULE, LINKS)
    assert [line for line in mail["text"].splitlines() if line.startswith("Why you got this")] == [
        "Why you got this: the rule “key facts” selects fact_changed."
    ]


def test_direction_overrides_are_spelt_out_in_every_part():
    mail = render_email(
        changed(stored_text="85 \u202e58", sentence_after="We are 85\u202e members", sentence_before=None), RULE, LINKS
    )
    assert "\u202e" not in mail["subject"] + mail["text"] + mail["html"]
    assert "\\u202e58" in mail["subject"]
    assert "»85«\\u202e members" in mail["text"]


def test_page_markup_is_shown_and_never_becomes_part_of_the_mail():
    mail = render_email(
        changed(sentence_after='85 <script>alert(1)</script><img src="https://spy.example/">'), RULE, LINKS
    )
    tree = LexborHTMLParser(mail["html"])
    assert not tree.css("script, img")
    assert '<script>alert(1)</script><img src="https://spy.example/">' in tree.text()


@given(summary=HOSTILE, label=HOSTILE, sentence=HOSTILE, quote=HOSTILE, rule=HOSTILE)
def test_whatever_a_page_holds_the_html_mail_holds_exactly_that_text_and_only_our_elements(
    summary, label, sentence, quote, rule
):
    change = replace(
        CHANGE,
        stored_text=summary,
        sentence_after=sentence + quote,
        quote_after=quote,
        sentence_before=None,
        quote_before=None,
    )
    mail = render_email(event(change, label=label), replace(RULE, name=rule), LINKS)
    tree = LexborHTMLParser(mail["html"])

    assert {node.tag for node in tree.css("*")} <= ELEMENTS
    assert {name for node in tree.css("*") for name in node.attributes} <= {
        "style", "href", "dir", "lang", "charset", "name", "content", "class"
    }  # fmt: skip
    assert {node.attributes["href"] for node in tree.css("a")} == {URL, AFTER, BEFORE, HISTORY, COMPARISON}

    shown = excerpt(sentence + quote, quote)
    after = [] if shown is None else [shown.lead + shown.mark + shown.tail]
    assert [node.text() for node in tree.css("p[dir=auto]")] == after
    assert tree.css_first("h1").text() == one_line(summary)
    assert tree.css_first("p bdi").text() == (one_line(label, 80))
    assert f"“{one_line(rule, 80)}”" in tree.css("p")[-1].text()


@given(summary=HOSTILE, sentence=HOSTILE, quote=HOSTILE)
def test_whatever_a_page_holds_the_text_mail_keeps_its_lines(summary, sentence, quote):
    plain = render_email(event(), RULE, LINKS)["text"].splitlines()
    mail = render_email(changed(stored_text=summary, sentence_after=sentence, quote_after=quote), RULE, LINKS)
    lines = mail["text"].split("\n")
    assert len(plain) - len(lines[:-1]) in (0, 1)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]", mail["text"])


def test_a_webhook_says_the_same_to_programs():
    message = json.loads(render_webhook(event(), RULE, UID, LINKS)["body"])
    first = {
        "type": "pagewitness.event",
        "id": UID,
        "timestamp": "2022-05-02T06:00:02.000250Z",
        "rule": "key facts",
        "page": {"url": URL, "label": "Partners"},
        "event": event_json(event().event, URL),
        "between": None,
        "links": {"replay_after": AFTER, "replay_before": BEFORE},
    }
    assert {key: message[key] for key in first} == first
    assert datetime.fromisoformat(message["event"]["at"]) == SEEN
    assert datetime.fromisoformat(message["event"]["from_at"]) == LAST_SEEN


def test_a_webhook_about_no_page_has_null_for_it():
    message = json.loads(render_webhook(event(url=None), RULE, UID, Links(None))["body"])
    assert message["page"] is None
    assert message["links"] == {"replay_after": None, "replay_before": None}


@given(HOSTILE)
def test_whatever_a_page_holds_a_webhook_carries_it_unaltered_in_ascii(text):
    body = render_webhook(changed(sentence_after=text), RULE, UID, LINKS)["body"]
    assert body.isascii()
    sentence = json.loads(body)["event"]["sentence_after"]
    assert sentence.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")
