"""Messages for the tests of channels: one example, a hostile corpus, and a hypothesis strategy for any message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from alerts.messages.message import Message, MessageItem, MessageKind, PageReference
from alerts.model import StoryEvent
from monitor.model import EventKind, Level
from rendering.event_text import Side
from rendering.links import Links
from rendering.statements import Statement
from rendering.text_safety import Excerpt, one_line
from tests.alerts.examples import SEEN, URL, event

LINKS = Links("https://watch.example/")
UID = "msg_" + "0" * 32

HOSTILE = [
    "@everyone @here <!channel> <!here> <@U123> <@&456> <#789> <!subteam^S1>",
    "[click](http://evil.example/) ](http://evil.example) <http://evil.example|here> ![x](http://evil.example/i.png)",
    "**bold** *it* _it_ ~~gone~~ ~gone~ ||spoiler|| `code` ```block``` # head > quote - list 1. list",
    "<script>alert(1)</script> <b>b</b> <a href='javascript:alert(1)'>x</a> <mx-reply> &amp; &lt; &#64; </pre>",
    "\x1b[31mred\x1b[0m \x9b2J \x07",
    "\u202egnp.exe \u2066x\u2069 zero\u200bwidth \u00ad\ufeff",
    "lone \ud800 surrogate \udfff, NUL \x00 end",
    "javascript:alert(1) data:text/html,x https://evil.example/@everyone",
    "x" * 100_000,
    "&" * 700 + "<" * 700,
    "\U0001f600" * 900,
    "\\" * 600 + "_" * 300,
    "{{ 7 * 7 }} {% raw %} ${x} $x %s %(a)s",
    "line\r\nfeed\u2028sep\u2029par\x85nel",
    "&#64;everyone @\u200beveryone \uff20everyone",
]


def statement(text: str, mark: str = "", tail: str = "", value: str | None = None) -> Statement:
    return Statement(Excerpt(one_line(text, 600), one_line(mark, 200), one_line(tail, 600)), value)


PAGE = PageReference(
    "Partners", URL, URL, f"https://watch.example/replay/2022/{URL}", f"https://watch.example/replay/2021/{URL}"
)
ITEM = MessageItem(
    kind=EventKind.FACT_CHANGED,
    level=Level.FACT,
    heading="A key fact changed",
    summary="member_count 83 → 85 (+2)",
    page=PAGE,
    also_on=(),
    interval="Changed between 1 May 2022 18:00 and 2 May 06:00 UTC.",
    now=Side(
        "Now", "seen", "2022-05-02 06:00:01 UTC", (Statement(Excerpt("We are ", "85", " members now.")),), PAGE.link_now
    ),
    before=Side(
        "Before",
        "last seen",
        "2022-05-01 18:00:00 UTC",
        (Statement(Excerpt("We are ", "83", " members.")),),
        PAGE.link_before,
    ),
    advice=None,
    rule="key facts",
    event_ids=(1,),
)
MESSAGE = Message(
    uid=UID,
    kind=MessageKind.CHECK,
    subject="Partners · member_count 83 → 85 (+2)",
    title="Partners",
    intro=None,
    items=(ITEM,),
    more=0,
    why=("The rule “key facts” selects fact_changed.",),
    at=SEEN,
)
EVENTS = (StoryEvent(event(), "key facts"),)


def hostile_message(text: str) -> Message:
    """A message whose every text is `text`, as the builder of messages makes it display-safe."""
    line = one_line(text, 300)
    page = replace(PAGE, name=one_line(text, 80), url_shown=one_line(text, 500))
    side = Side(
        "Now", "seen", "2022-05-02 06:00:01 UTC", (statement(text, text, text, value=one_line(text, 200)),), None
    )
    item = replace(
        ITEM, summary=line, page=page, also_on=(page,), now=side, before=replace(side, title="Before"), rule=line
    )
    return replace(MESSAGE, subject=one_line(text, 200), title=line, items=(item,), why=(line,))


def _line(limit: int) -> st.SearchStrategy[str]:
    texts = st.text(st.characters(exclude_categories=()), max_size=limit) | st.sampled_from(HOSTILE)
    return texts.map(lambda text: one_line(text, limit))


_URLS = st.sampled_from(
    [URL, "https://a.example/?q=%22(x)&y=[1]", "https://b.example/" + "p" * 2000, "http://[2001:db8::1]/a_b*c"]
)
_SIDES: st.SearchStrategy[Any] = st.builds(
    Side,
    st.sampled_from(["Now", "Before", "Found"]),
    st.sampled_from(["", "seen", "last seen"]),
    st.just("2022-05-02 06:00:01 UTC"),
    st.lists(
        st.builds(Statement, st.builds(Excerpt, _line(300), _line(200), _line(300)), st.none() | _line(200)), max_size=3
    ).map(tuple),
    st.none() | _URLS,
)
_PAGES = st.builds(PageReference, _line(80), _URLS, _line(500), st.none() | _URLS, st.none() | _URLS)
_ITEMS = st.builds(
    MessageItem,
    kind=st.sampled_from(EventKind),
    level=st.sampled_from(Level),
    heading=st.just("A key fact changed"),
    summary=_line(300),
    page=st.none() | _PAGES,
    also_on=st.lists(_PAGES, max_size=3).map(tuple),
    interval=st.none() | _line(200),
    now=_SIDES,
    before=st.none() | _SIDES,
    advice=st.none() | _line(200),
    rule=_line(80),
    event_ids=st.just((1,)),
)


def messages() -> st.SearchStrategy[Message]:
    """Any message that the builder of messages can make, many items and long texts included."""
    few = st.lists(_ITEMS, min_size=1, max_size=4)
    many = st.tuples(_ITEMS, st.integers(20, 120)).map(lambda pair: [pair[0]] * pair[1])
    return st.builds(
        Message,
        uid=st.just(UID),
        kind=st.sampled_from(MessageKind),
        subject=_line(200),
        title=_line(300),
        intro=st.none() | _line(300),
        items=(few | many).map(tuple),
        more=st.integers(0, 5000),
        why=st.lists(_line(200), max_size=3).map(tuple),
        at=st.just(SEEN),
        link=st.none() | _URLS,
        thread=st.none() | _line(40),
    )
