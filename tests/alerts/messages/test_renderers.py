from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from alerts.messages.message import MessageKind
from alerts.messages.renderers import render, render_all
from alerts.messages.webhook_body import EVENT_LIMIT, story_json
from alerts.model import StoryEvent
from rendering.event_json import event_json
from tests.alerts.examples import DESK, HOOK, URL, event
from tests.alerts.message_examples import EVENTS, HOSTILE, ITEM, LINKS, MESSAGE, PAGE, UID, hostile_message, messages

ELEMENTS = set("-text html head meta title style body div p h1 h2 strong bdi br a mark ol ul li".split())
AFTER = f"https://watch.example/replay/20220502060001/{URL}"


def test_each_channel_gets_the_form_of_its_type_and_an_unknown_type_gets_all():
    mail, post = render(DESK, MESSAGE, EVENTS, LINKS), render(HOOK, MESSAGE, EVENTS, LINKS)
    assert (set(mail), set(post)) == ({"subject", "text", "html"}, {"body"})
    everything = render_all(MESSAGE, EVENTS, LINKS)
    assert mail.items() <= everything.items()
    assert post.items() <= everything.items()


def test_a_mail_contains_each_item_with_its_pages_both_sides_and_the_reason():
    second = replace(ITEM, summary="donors 3 → 4", also_on=(replace(PAGE, name="Donors"),), advice="Look again.")
    message = replace(MESSAGE, items=(ITEM, second), intro="This is a digest.", more=12, link="https://watch.example/m")
    mail = render(DESK, message, EVENTS, LINKS)
    assert mail["subject"] == "Partners · member_count 83 → 85 (+2)"
    shared = (
        "This is a digest.",
        ITEM.summary,
        "donors 3 → 4",
        "Donors",
        URL,
        ITEM.interval,
        "Look again.",
        "And 12 more.",
    )
    for part in (mail["text"], LexborHTMLParser(mail["html"]).text()):
        assert [text for text in (*shared, "The rule “key facts” selects fact_changed.") if text not in part] == []
    assert "  We are »85« members now.\n  https://watch.example/replay/2022/" in mail["text"]
    assert [mark.text() for mark in LexborHTMLParser(mail["html"]).css("mark")] == ["85", "83"] * 2


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts_in_a_mail(text):
    mail = render(DESK, hostile_message(text), EVENTS, LINKS)
    tree = LexborHTMLParser(mail["html"])
    assert {node.tag for node in tree.root.traverse(include_text=True)} <= ELEMENTS
    assert {link.attributes["href"] for link in tree.css("a")} == {URL, PAGE.link_now, PAGE.link_before}
    assert "\n" not in mail["subject"]


def test_a_webhook_for_one_event_keeps_the_keys_of_version_1():
    body = json.loads(render(HOOK, MESSAGE, EVENTS, LINKS)["body"])
    assert (body["type"], body["version"], body["id"], body["kind"]) == ("pagewitness.event", 2, UID, "check")
    assert body["timestamp"] == "2022-05-02T06:00:02.000250Z"
    assert body["event"] == event_json(EVENTS[0].recorded.event, URL)
    assert (body["rule"], body["page"]) == ("key facts", {"url": URL, "label": "Partners"})
    assert body["links"]["replay_after"] == AFTER
    [entry] = body["events"]
    assert entry == body["event"] | {key: body[key] for key in ("rule", "page", "between", "links")} | {"also_on": []}


def test_the_same_change_on_several_pages_is_one_entry_and_unseen_events_follow():
    others = [event(number=number, url=f"{URL}{number}", label="") for number in (2, 3)]
    events = [*EVENTS, *(StoryEvent(other, "key facts") for other in others), StoryEvent(event(number=9), "all")]
    message = replace(MESSAGE, kind=MessageKind.HOST, items=(replace(ITEM, event_ids=(1, 2, 3)),), more=1)
    body = json.loads(render(HOOK, message, events, LINKS)["body"])
    assert (body["type"], body["kind"]) == ("pagewitness.story", "host")
    assert [[also["url"] for also in entry["also_on"]] for entry in body["events"]] == [[f"{URL}2", f"{URL}3"], []]
    assert body["rules"] == ["key facts", "all"]
    assert [page["url"] for page in body["pages"]] == [URL, f"{URL}2", f"{URL}3"]
    assert body["more"] == 0


def test_no_event_of_a_large_message_is_uncounted():
    events = [StoryEvent(event(number=number), "all") for number in range(EVENT_LIMIT + 7)]
    body = story_json(replace(MESSAGE, items=(replace(ITEM, event_ids=(0,)),)), events, LINKS)
    assert (len(body["events"]), body["more"]) == (EVENT_LIMIT, 7)


def test_an_event_without_a_page_has_none():
    body = story_json(MESSAGE, [StoryEvent(event(url=None, label=""), "all")], LINKS)
    assert (body["page"], body["pages"], body["events"][0]["url"]) == (None, [], None)


@given(messages())
def test_any_message_renders_for_each_type_as_text(message):
    payload = render_all(message, EVENTS, LINKS)
    assert json.loads(json.dumps(payload)) == payload
    assert payload["body"].isascii()
