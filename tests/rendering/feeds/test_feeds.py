"""Atom and JSON Feed, against the rules of their specifications and with the parser that many readers use."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Change, Event, EventKind, Level, NoiseReason, Origin, Reason, SnapshotRef
from rendering.feeds.atom import render_atom
from rendering.feeds.content import uri
from rendering.feeds.entries import (
    MAX_BYTES,
    MAX_ENTRIES,
    Feed,
    FeedAddresses,
    FeedEvent,
    FeedSelection,
    build_feed,
)
from rendering.feeds.json_feed import render_json_feed
from rendering.links import Links
from tests.alerts.examples import CHANGE, LAST_SEEN, SEEN, URL
from tests.support.feed_rules import Content, atom_problems, html_problems, json_feed_problems

BASE = "https://watch.example.org"
PUBLISHED = FeedAddresses(BASE, Links(BASE), f"{BASE}/feed.atom")
COMPARISON = f"{BASE}/compare?{urlencode({'url': URL, 'from': '20220501180000', 'to': '20220502060001'})}"
UNPUBLISHED = FeedAddresses(None, Links(None))
MEMBERS = replace(CHANGE, detail={"unit": "members"})

LANGUAGES = {
    "Deutsch": ("Bündnis", "Das Bündnis hat 83 Mitglieder.", "Das Bündnis hat 85 Mitglieder."),
    "العربية": ("التحالف", "يضم التحالف 83 دولة.", "يضم التحالف 85 دولة."),
    "日本語": ("有志連合", "連合は83か国からなる。", "連合は85か国からなる。"),
}


def recorded(change: Change = MEMBERS, *, number: int = 1, url: str | None = URL, **parts: object) -> FeedEvent:
    event = Event(change, SnapshotRef(7, SEEN), SnapshotRef(6, LAST_SEEN), Origin.LIVE)
    values = {"page_label": "Global Coalition", "recorded_at": SEEN + timedelta(seconds=1), "event": event, **parts}
    return FeedEvent(id=number, page_url=url, **values)  # type: ignore[arg-type]


def feed_of(*events: FeedEvent, addresses: FeedAddresses = PUBLISHED) -> Feed:
    return build_feed(FeedSelection(), events, addresses)


def parsed(feed: Feed):
    """The feed as feedparser understands it; it accepts any feed, so the rules are checked first."""
    document = render_atom(feed, version="1.2.3")
    assert atom_problems(document) == []
    result = feedparser.parse(document)
    assert not result.bozo
    return result


def items_of(feed: Feed) -> list[dict[str, object]]:
    document = render_json_feed(feed)
    assert json_feed_problems(document) == []
    return json.loads(document)["items"]


def test_an_entry_has_the_headline_of_mails_and_links_to_the_replay():
    result = parsed(feed_of(recorded(page_tags=("press",))))
    (entry,) = result.entries
    assert result.version == "atom10"
    assert entry.title == "Global Coalition · members 83 → 85 (+2)"
    assert entry.link == f"{BASE}/replay/20220502060001/{URL}"
    assert entry.published == "2022-05-02T06:00:01.000250Z"
    assert entry.updated == "2022-05-02T06:00:02.000250Z"
    assert [tag.term for tag in entry.tags] == ["fact_changed", "fact", "member_count", "press"]
    assert result.feed.author == "Pagewitness"
    assert result.feed.updated == entry.updated
    assert {link.rel: link.href for link in result.feed.links} == {
        "self": f"{BASE}/feed.atom",
        "alternate": f"{BASE}/changes",
    }


def test_the_content_states_both_sides_with_the_change_marked():
    (entry,) = feed_of(recorded()).entries
    content = Content(entry.html)
    assert content.marked == ["85", "now", "83"]
    assert "We are 85 members now." in content.text
    assert "Before (last seen 2022-05-01 18:00:00 UTC)" in content.text
    assert content.links == [
        f"{BASE}/replay/20220502060001/{URL}",
        f"{BASE}/replay/20220501180000/{URL}",
        COMPARISON,
        URL,
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        (
            EventKind.TEXT_CHANGED,
            "Open on Mondays.",
            "Open on Fridays.",
            "The text changed: “Open on Mondays.” → “Open on Fridays.”",
        ),
        (EventKind.TEXT_CHANGED, "月曜日に開館", "金曜日に開館", "The text changed: “月曜日に開館” → “金曜日に開館”"),
        (EventKind.FACT_CHANGED, None, None, "A key fact changed: member_count"),
    ],
)
def test_an_entry_states_the_kind_of_change_once(kind: EventKind, before: str, after: str, expected: str):
    change = MEMBERS
    if before is not None:
        change = Change(kind, Level.TEXT, Reason.TEXT_CHANGED, sentence_before=before, sentence_after=after)
    (entry,) = feed_of(recorded(change)).entries
    assert entry.text.startswith(expected)
    assert entry.text.casefold().count("text changed") == (before is not None)


def test_both_formats_have_the_same_entries():
    events = [recorded(number=2), recorded(replace(MEMBERS, kind=EventKind.NUMBER_CHANGED, fact=None))]
    feed = feed_of(*events)
    atom, items = parsed(feed).entries, items_of(feed)
    assert [entry.id for entry in atom] == [item["id"] for item in items]
    assert [entry.title for entry in atom] == [item["title"] for item in items]
    assert [entry.link for entry in atom] == [item["url"] for item in items]
    assert items[0]["content_text"] == (
        "A key fact changed: member_count: 83 members → 85 members (+2)\n\n"
        f"Now (seen 2022-05-02 06:00:01 UTC)\n> We are 85 members now.\nArchived page: {BASE}/replay/20220502060001/{URL}\n\n"
        f"Before (last seen 2022-05-01 18:00:00 UTC)\n> We are 83 members.\nArchived page: {BASE}/replay/20220501180000/{URL}\n\n"
        f"Compare both pages: {COMPARISON}\n"
        f"Page: {URL}"
    )


def test_the_id_of_an_entry_depends_on_the_event_alone():
    one = recorded()
    (entry,), (elsewhere,) = feed_of(one).entries, feed_of(replace(one, page_label="x"), addresses=UNPUBLISHED).entries
    assert entry.id == elsewhere.id
    others = [recorded(number=2), recorded(url="https://other.example/"), replace(one, recorded_at=SEEN)]
    assert len({entry.id, *(other.id for other in feed_of(*others).entries)}) == 4
    assert entry.id == "urn:uuid:949d15d6-331b-5ee3-86c7-a8e652430bfe", "readers would show all entries again"


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_every_language_are_preserved(language: str):
    label, before, after = LANGUAGES[language]
    change = replace(MEMBERS, sentence_before=before, sentence_after=after, detail={})
    feed = feed_of(recorded(change, page_label=label))
    assert parsed(feed).entries[0].title.startswith(label)
    assert after in str(items_of(feed)[0]["content_text"])
    assert Content(feed.entries[0].html).marked == ["85", "83"]


def test_without_a_published_web_interface_links_lead_to_the_pages():
    feed = feed_of(recorded(), addresses=UNPUBLISHED)
    result = parsed(feed)
    assert result.entries[0].link == URL
    assert result.feed.id.startswith("urn:uuid:")
    assert "links" not in result.feed
    assert "/replay/" not in feed.entries[0].html + feed.entries[0].text
    page = build_feed(FeedSelection(URL, "Partners"), [], UNPUBLISHED)
    assert json.loads(render_json_feed(page))["home_page_url"] == URL
    assert build_feed(FeedSelection(), [], UNPUBLISHED).id != page.id


def test_an_event_without_a_page_is_an_entry():
    change = Change(
        EventKind.CHANNEL_FAILING, Level.HEALTH, Reason.CHANNEL_FAILING, detail={"channel": "desk", "attempts": 3}
    )
    event = Event(replace(change, stored_text="desk: no delivery"), SnapshotRef(0, SEEN), None, Origin.LIVE)
    for addresses, link in ((PUBLISHED, f"{BASE}/changes"), (UNPUBLISHED, None)):
        feed = feed_of(recorded(url=None, page_label="", event=event), addresses=addresses)
        assert len(parsed(feed).entries) == 1
        assert feed.entries[0].link == link
        assert items_of(feed)[0].get("url") == link


def test_noise_states_its_reason():
    change = replace(MEMBERS, level=Level.NOISE, detail={"noise": NoiseReason.OWN_COUNT.value})
    assert "Classified as noise: " in feed_of(recorded(change)).entries[0].text
    assert "Level lowered: " in feed_of(recorded(replace(change, level=Level.TEXT))).entries[0].text


def test_a_feed_without_entries_is_valid():
    for addresses in (PUBLISHED, UNPUBLISHED):
        feed = feed_of(addresses=addresses)
        assert parsed(feed).entries == []
        assert items_of(feed) == []
        assert feed.updated == datetime(1970, 1, 1, tzinfo=UTC)


def test_an_event_that_was_recorded_before_it_was_seen_is_not_updated_before_it_is_published():
    (entry,) = feed_of(recorded(recorded_at=SEEN - timedelta(days=1))).entries
    assert entry.updated == entry.published == SEEN


def test_the_number_of_entries_is_bounded():
    feed = feed_of(*(recorded(number=number) for number in range(MAX_ENTRIES + 5)))
    assert len(parsed(feed).entries) == MAX_ENTRIES == 200


def test_the_size_is_bounded_and_the_newest_entries_are_kept():
    markup = "<&\"'>" * 200
    quotes = [{"value": n, "quote": str(n), "sentence": f"{markup} {n}"} for n in range(30)]
    change = replace(
        MEMBERS, kind=EventKind.FACT_CONTRADICTION, before=None, after=list(range(30)), detail={"quotes": quotes}
    )
    feed = feed_of(*(recorded(change, number=number) for number in range(MAX_ENTRIES)))
    for render in (
        lambda **more: render_atom(feed, version="1", **more),
        lambda **more: render_json_feed(feed, **more),
    ):
        assert len(render()) < MAX_BYTES + 10_000
        kept = [entry.id for entry in feed.entries if entry.id.encode() in render(max_bytes=1_000_000)]
        assert 1 < len(kept) < MAX_ENTRIES
        assert kept == [entry.id for entry in feed.entries[: len(kept)]]
        assert feed.entries[0].id.encode() in render(max_bytes=1)


def test_the_selection_is_the_query_and_the_title():
    selection = FeedSelection(URL, "Partners & more", "a b", "member_count", Level.FACT)
    assert selection.query() == (
        "page=https%3A%2F%2Fcoalition.example%2Fen%2Fpartners%2F&tag=a+b&fact=member_count&level=fact"
    )
    assert selection.title() == "Pagewitness · Partners & more · tag a b · fact member_count · level fact"
    assert (FeedSelection().query(), FeedSelection().title()) == ("", "Pagewitness")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("https://a.example/x[1]?y[]=%20&z=%zz", "https://a.example/x%5B1%5D?y%5B%5D=%20&z=%25zz"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("https://a.example/é \ud800", "https://a.example/%C3%A9%20%3F"),
    ],
)
def test_addresses_are_uris(url: str, expected: str):
    assert uri(url) == expected


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
HOSTILE = st.one_of(
    ANY_TEXT,
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "]]></content><entry>",
            '"><a href="javascript:alert(1)">x</a>',
            "&lt;b&gt; &amp; &#x0; <!-- -->",
            "\x00\x0b\x1b[31m\ufffe\uffff\ud800",
            "\u202e\u2066\u200b\u2028\u2029",
            "@everyone [x](javascript:y) `z` <@U1> ",
        ]
    ),
)


@given(
    label=HOSTILE,
    title=HOSTILE,
    before=HOSTILE,
    after=HOSTILE,
    quote=HOSTILE,
    fact=HOSTILE,
    unit=HOSTILE,
    tag=HOSTILE,
    path=ANY_TEXT,
    stored=HOSTILE,
    kind=st.sampled_from([EventKind.FACT_CHANGED, EventKind.TEXT_CHANGED, EventKind.PAGE_MOVED]),
)
def test_hostile_text_stays_text(label, title, before, after, quote, fact, unit, tag, path, stored, kind):
    change = Change(
        kind,
        Level.TEXT,
        None,
        fact=fact,
        before=before,
        after=after,
        quote_before=quote,
        quote_after=quote,
        sentence_before=before,
        sentence_after=f"{after}{quote}",
        stored_text=stored,
        detail={"unit": unit, "noise": "own_count"},
    )
    event = recorded(change, url=f"https://a.example/{path}", page_label=label, page_title=title, page_tags=(tag,))
    for addresses in (PUBLISHED, UNPUBLISHED):
        feed = build_feed(FeedSelection(event.page_url, label, tag, fact), [event], addresses)
        assert atom_problems(render_atom(feed, version="1")) == []
        assert json_feed_problems(render_json_feed(feed)) == []
        assert html_problems(feed.entries[0].html) == []
        assert "\u202e" not in feed.entries[0].html + feed.entries[0].title + feed.title


@pytest.mark.parametrize(
    ("element", "broken"),
    [
        ("<id>urn", "<id>no uri"),
        ("<updated>2022-05-02T06", "<updated>2022-05-02 06"),
        ("<name>Pagewitness</name>", ""),
        ('href="https://watch', 'href="javascript:'),
        ("&lt;mark&gt;", "&lt;script&gt;"),
        ("<published>2022", "<published>2032"),
        ("<title>Global", "<title/><title>Global"),
    ],
)
def test_the_rules_find_what_is_broken(element: str, broken: str):
    document = render_atom(feed_of(recorded()), version="1").decode()
    assert element in document
    assert atom_problems(document.replace(element, broken, 1).encode()) != []
