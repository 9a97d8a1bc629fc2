"""The forms of a mail: golden files, table of contents, limits, and its keys for the header."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from selectolax.lexbor import LexborHTMLParser

from alerts.grouping import collect, group
from alerts.messages.build import MessageContext, build
from alerts.messages.mail import FULL_ITEMS, HTML_BYTES, render_mail
from alerts.messages.message import SUBJECT_LIMIT, Message, MessageKind
from alerts.model import Hold, RecordedEvent, StoryEvent
from monitor.model import Change, EventKind, Level, MentionType, Reason
from rendering.links import Links
from tests.alerts.examples import CHANGE, SEEN, URL, event
from tests.alerts.message_examples import HOSTILE, ITEM, MESSAGE, messages

GOLDEN = Path(__file__).parent / "golden"
LINKS = Links("https://watch.example")
FACT = replace(
    CHANGE,
    detail={"unit": "member states"},
    sentence_before="The Harbour Pact was founded in 2014 and has 83 member states on four continents.",
    sentence_after="The Harbour Pact was founded in 2014 and has 85 member states and two observers on four continents.",
)
NUMBER = replace(
    CHANGE,
    kind=EventKind.NUMBER_CHANGED,
    level=Level.NUMBER,
    reason=Reason.NUMBER_CHANGED,
    fact=None,
    before=24,
    after=23,
    quote_before="24",
    quote_after="23",
    sentence_before="It works with 24 partner offices.",
    sentence_after="It works with 23 partner offices.",
    detail={"unit": "partner offices", "type": MentionType.COUNTED},
)
TEXT = Change(
    EventKind.TEXT_CHANGED,
    Level.TEXT,
    Reason.TEXT_CHANGED,
    sentence_before="Applications for the small grants programme are open until 5 May, and answers follow within a month.",
    sentence_after="Applications for the small grants programme are closed, and answers follow within six weeks.",
)
BLOCKED = Change(
    EventKind.PAGE_BLOCKED,
    Level.HEALTH,
    Reason.ACCESS_BLOCKED,
    detail={"since": SEEN.isoformat(), "checks": 2, "evidence": "HTTP 403, “Access denied”"},
)
FAILING = Change(
    EventKind.CHANNEL_FAILING,
    Level.HEALTH,
    Reason.CHANNEL_FAILING,
    detail={"channel": "hook", "since": SEEN.isoformat(), "attempts": 5, "last_error": "HTTP 500"},
)


def recorded(change: Change, number: int = 1, **parts: object) -> RecordedEvent:
    page = {"url": URL, "label": "Harbour Pact", "check_id": 7, "page_id": 3, "page_title": "", **parts}
    found = event(change, number=number, url=page.pop("url"), label=page.pop("label"))
    return replace(found, visit_id=1, **page)


def on_pages(count: int, *changes: Change, own: bool = False) -> list[RecordedEvent]:
    """One event on each of several pages of a host; with `own`, each page has a different sentence."""
    return [
        recorded(
            replace(change, sentence_after=f"{change.sentence_after} ({number})") if own else change,
            number + 1,
            url=f"https://harbour.example/office-{number}/",
            label=f"Office {number}" if number % 4 else "",
            check_id=100 + number,
            page_id=100 + number,
        )
        for number, change in ((number, changes[number % len(changes)]) for number in range(count))
    ]


def message(
    events: list[RecordedEvent], kind: MessageKind | None = None, hold: Hold | None = None, **context: object
) -> Message:
    selected = [StoryEvent(one, "key facts") for one in events]
    story = group(selected)[0] if kind is None else collect(selected, kind)
    return build(story, MessageContext("msg_1", SEEN + timedelta(minutes=1), LINKS, hold=hold, **context))


EXAMPLES = {
    "fact": message([recorded(FACT)]),
    "check": message([recorded(FACT), recorded(NUMBER, 2), recorded(TEXT, 3)], noise=12, timezone="Europe/Berlin"),
    "host": message(on_pages(37, TEXT)),
    "digest": message(on_pages(60, FACT, NUMBER, TEXT, own=True), MessageKind.DIGEST, Hold.DIGEST),
    "summary": message(on_pages(3, FACT, TEXT, own=True), MessageKind.SUMMARY, Hold.RATE_LIMIT),
    "health": message([recorded(BLOCKED)]),
    "channel": message([recorded(FAILING, url=None, label="", page_id=None, check_id=None)]),
    "hostile": message(
        [
            recorded(
                replace(TEXT, sentence_before=f"{HOSTILE[3]} and more", sentence_after=f"{HOSTILE[3]} {HOSTILE[1]}"),
                label=HOSTILE[5],
            )
        ]
    ),
    "arabic": message(
        [
            recorded(
                replace(
                    CHANGE,
                    detail={"unit": "دولة عضوا"},
                    sentence_before="يضم الاتحاد 83 دولة عضوا حتى اليوم.",
                    sentence_after="يضم الاتحاد 85 دولة عضوا وشريكين حتى اليوم.",
                ),
                label="الاتحاد",
            )
        ]
    ),
    "japanese": message(
        [
            recorded(
                replace(
                    CHANGE,
                    detail={"unit": "か国"},
                    sentence_before="現在の加盟国は83か国です。",
                    sentence_after="現在の加盟国は85か国と2地域です。",
                ),
                label="港湾協定",
            )
        ]
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_mail_is_as_it_was_reviewed(name: str):
    """The golden files have been inspected in a browser at 320, 600 and 1000 px, light and dark. UPDATE_GOLDEN=1 writes them anew."""
    mail = render_mail(EXAMPLES[name])
    forms = {"txt": f"Subject: {mail['subject']}\n\n{mail['text']}", "html": mail["html"]}
    for form, text in forms.items():
        file = GOLDEN / f"{name}.{form}"
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("fact", "Harbour Pact · member states 83 → 85 (+2)"),
        ("check", "Harbour Pact · member states 83 → 85 (+2) · and 2 more"),
        ("digest", "Digest: 60 changes on 60 pages · Home: member states 83 → 85 (+2)"),
        ("health", "Harbour Pact · access blocked since 2 May 2022 (2 checks): HTTP 403, “Access denied”"),
        ("channel", "channel hook fails since 2 May 2022 06:00 UTC: 5 attempts, last error: HTTP 500"),
        ("arabic", "الاتحاد · member_count 83 → 85 (+2)"),
        ("japanese", "港湾協定 · か国 83 → 85 (+2)"),
    ],
)
def test_the_subject_names_the_page_and_the_change(name: str, subject: str):
    assert EXAMPLES[name].subject == subject.replace("Home", "harbour.example/office-0")


def test_the_subject_of_a_text_shows_the_words_that_changed():
    (one, other) = EXAMPLES["host"].subject.split(" → ")
    assert one.startswith("harbour.example, 37 pages · text changed: “…")
    assert "open until 5 May" in one
    assert "are closed" in other
    assert len(EXAMPLES["host"].subject) <= SUBJECT_LIMIT


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"label": "Pact", "page_title": "The Pact"}, "Pact"),
        ({"label": "", "page_title": "The Pact"}, "The Pact"),
        ({"label": "", "url": "https://harbour.example/"}, "Home page of harbour.example"),
        (
            {"label": "", "url": "https://harbour.example/", "page_title": "Harbour.example"},
            "Home page of harbour.example",
        ),
        ({"label": "", "url": "https://harbour.example/en/"}, "harbour.example/en"),
    ],
)
def test_no_page_is_named_by_its_host_alone(parts: dict[str, str], name: str):
    assert message([recorded(FACT, **parts)]).subject == f"{name} · member states 83 → 85 (+2)"


def test_the_words_that_changed_are_marked_in_both_sentences():
    mail = render_mail(EXAMPLES["check"])
    marks = ["85", "and two observers", "83", "23", "24", "closed", "six weeks", "open until 5 May", "a month"]
    assert [mark.text() for mark in LexborHTMLParser(mail["html"]).css("mark")] == marks
    assert all(f"»{mark}«" in mail["text"] for mark in marks)


def test_what_the_changes_of_a_page_have_in_common_is_shown_once():
    mail = render_mail(EXAMPLES["check"])
    assert (mail["text"].count("Page: Harbour Pact"), mail["text"].count(f"{URL}\n")) == (1, 7)
    assert [node.text() for node in LexborHTMLParser(mail["html"]).css("h1")] == ["Harbour Pact"]


def test_numbers_have_their_units_before_and_after():
    text = render_mail(EXAMPLES["check"])["text"]
    assert "member_count: 83 member states → 85 member states (+2)\n" in text
    assert "\n24 partner offices → 23 partner offices (−1)\n" in text


def test_a_digest_begins_with_its_contents_which_link_to_each_change():
    mail = render_mail(EXAMPLES["digest"])
    tree = LexborHTMLParser(mail["html"])
    anchors = [node.attributes["href"] for node in tree.css("a") if node.attributes["href"].startswith("#")]
    assert anchors == [*(f"#c{number}" for number in range(1, FULL_ITEMS + 1)), "#further"]
    assert all(tree.css_first(anchor) is not None for anchor in anchors)
    assert len(tree.css("#further li")) == 60 - FULL_ITEMS
    lines = [line.split("]")[0] for line in mail["text"].splitlines() if line.startswith("[")]
    numbers = [str(number) for number in range(1, FULL_ITEMS + 1)]
    assert lines == [
        *(f"[{number}" for number in numbers), "[26–60", *(f"[{number}" for number in numbers), *(f"[{n}" for n in range(26, 61))
    ]  # fmt: skip


def test_a_change_on_many_pages_lists_ten_with_their_replays_and_counts_the_rest():
    mail = render_mail(EXAMPLES["host"])
    assert mail["text"].count("Also on: ") == 10
    assert "And 26 more pages.\n" in mail["text"]
    assert [node.text() for node in LexborHTMLParser(mail["html"]).css("li")][-1] == "and 26 more pages"
    for number in range(1, 11):
        for form in (mail["text"], mail["html"]):
            for time in ("20220502060001", "20220501180000"):
                assert f"/replay/{time}/https://harbour.example/office-{number}/" in form


@pytest.mark.parametrize("sentence", ["harbour " * 60, "ميناء " * 80], ids=["latin", "arabic"])
def test_a_mail_of_200_long_changes_lists_them_all_and_is_not_clipped(sentence: str):
    long = replace(TEXT, sentence_before=f"{sentence} before", sentence_after=f"{sentence} after")
    mail = render_mail(message(on_pages(200, long, own=True), MessageKind.DIGEST, Hold.DIGEST))
    assert len(mail["html"].encode()) <= HTML_BYTES
    full, brief = (len(LexborHTMLParser(mail["html"]).css(query)) for query in ('div[id^="c"]', "#further li"))
    assert 1 <= full <= FULL_ITEMS
    assert full + brief == 200
    assert "[200] " in mail["text"]


def test_of_endless_changes_both_forms_say_how_many_are_not_shown():
    long = replace(ITEM, summary="x" * 300, page=replace(ITEM.page, name="y" * 80))
    links = replace(long, now=replace(long.now, link=f"https://watch.example/replay/2022/{'z' * 2_000}"))
    mail = render_mail(replace(MESSAGE, kind=MessageKind.DIGEST, items=(links,) * 200, more=5))
    assert len(mail["html"].encode()) <= HTML_BYTES
    shown = sum(len(LexborHTMLParser(mail["html"]).css(query)) for query in ('div[id^="c"]', "#further li"))
    assert 1 < shown < 200
    assert all(f"And {205 - shown} more." in mail[form] for form in ("text", "html"))


def test_a_mail_of_a_page_or_host_belongs_to_one_conversation_and_a_collection_to_none():
    fact, text = (render_mail(message([recorded(change)])) for change in (FACT, TEXT))
    assert fact["thread"] == text["thread"]
    assert len(fact["thread"]) == 32
    other = render_mail(message([recorded(FACT, url="https://harbour.example/en/")]))
    assert other["thread"] != fact["thread"]
    assert "thread" not in render_mail(EXAMPLES["digest"])


@pytest.mark.parametrize(
    ("web", "is_named"),
    [
        ("https://watch.example", True),
        ("http://10.0.0.7:8000/", True),
        (None, False),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]:8080", False),
        ("http://localhost:8080", False),
        ("javascript:alert(1)", False),
        ("https://watch.example/>,<https://evil.example", False),
        ("https://ü.example", False),
    ],
)
def test_the_web_interface_is_named_where_a_reader_elsewhere_can_reach_it(web: str | None, is_named: bool):
    assert render_mail(replace(MESSAGE, web=web)).get("web") == (web if is_named else None)


@settings(deadline=None, max_examples=30)
@given(messages())
def test_any_message_has_our_elements_alone_and_links_to_web_addresses_or_anchors(content: Message):
    elements = set("-text html head meta title style body div p h1 h2 strong bdi br a mark ol ul li".split())
    attributes = set("style href dir lang charset name content class id start".split())
    tree = LexborHTMLParser(render_mail(content)["html"])
    assert {node.tag for node in tree.root.traverse(include_text=True)} <= elements
    assert {name for node in tree.css("*") for name in node.attributes} <= attributes
    assert all(node.attributes["href"].startswith(("http://", "https://", "#c", "#further")) for node in tree.css("a"))
    assert len(tree.css("style")) == 1


def test_an_address_that_is_none_of_the_web_is_no_link():
    evil = "javascript:alert(1)"
    page = replace(ITEM.page, url=evil, link_now=evil, link_before=evil)
    item = replace(ITEM, page=page, also_on=(page,), now=replace(ITEM.now, link=evil), before=None)
    mail = render_mail(replace(MESSAGE, items=(item,), link=evil, web=evil))
    assert evil not in mail["html"] + mail["text"]
