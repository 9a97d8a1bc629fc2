"""Marks in a replayed page: the sentence with a fact is found in what the page shows, and nothing else of the page changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from monitor.model import FactDefinition, FactKind, Lookup, Version
from monitor.pipeline.analyze import analyze
from pagewitness.replay.highlight import MOST_QUOTES
from pagewitness.replay.rewrite import RewrittenPage, rewrite_page
from pagewitness.replay.stated_facts import NOT_FOUND, StatedFact, stated_facts
from pagewitness.replay.text_quotes import TextQuote, condensed
from tests.pagewitness.hostile import CONSTRUCTS, hostile_pieces
from tests.pagewitness.replay.test_rewrite import live_parts
from tests.support.heart import snapshot
from tests.support.pace import costs_less_than

BASE, WHEN = "http://site.example/page", "20210301120000"
MEMBERS = FactDefinition("members", FactKind.COUNT_OF, ("members",))


def quote(exact: str, value: str, prefix: str = "", suffix: str = "", position: float = 0.0, name: str = "members"):
    start = exact.index(value)
    return TextQuote(name, exact, start, start + len(value), prefix, suffix, position)


def rewritten(markup: str | bytes, *quotes: TextQuote) -> RewrittenPage:
    body = markup.encode() if isinstance(markup, str) else markup
    return rewrite_page(body, "text/html; charset=utf-8", BASE, WHEN, quotes=quotes)


def content(page: RewrittenPage) -> str:
    found = re.search(r"<body>(.*)</body>", page.content.decode(), re.DOTALL)
    assert found is not None
    return found[1]


def brief(page: RewrittenPage) -> str:
    """The content of a body, with [ ] for marks of a sentence and { } for those of a value."""
    text = re.sub(r'<mark class="pagewitness-sentence">(.*?)</mark>', r"[\1]", content(page), flags=re.DOTALL)
    text = re.sub(r'<mark class="pagewitness-value"(?: id="[^"]*")?>(.*?)</mark>', r"{\1}", text, flags=re.DOTALL)
    assert "<mark" not in text
    return text


SENTENCE = quote("It has 85 members.", "85")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Hello. It has 85 members. Bye.</p>", "<p>Hello. [It has ]{85}[ members.] Bye.</p>"),
        ("<p>It <b>has\n 8</b>5 <i>members</i>.</p>", "<p>[It ]<b>[has\n ]{8}</b>{5 }<i>[members]</i>[.]</p>"),
        ("<p>It&nbsp;has 8&#8203;5 mem&shy;bers.</p>", "<p>[It&nbsp;has ]{8\u200b5}[ mem\u00adbers.]</p>"),
        ("<p>It has<br>85 members.<img src=x></p>", f'<p>[It has]<br>{{85}}[ members.]<img src="/replay/{WHEN}im_/http://site.example/x"></p>'),
        ("<p>It has 85<sup><a href=#n1>[1]</a></sup> members.</p>", '<p>[It has ]{85}<sup><a href="#n1">[1]</a></sup>[ members.]</p>'),
        ("<p>It has <del>84</del> 85 members.</p>", "<p>[It has ]<del>84</del>{ 85}[ members.]</p>"),
        ("<p>It has <s>84</s><span hidden>x</span><span style='display: none'>y</span>85 members.</p>", '<p>[It has ]<s>84</s><span hidden="">x</span><span style="display: none">y</span>{85}[ members.]</p>'),
        ("<table><tr><td>It has</td><td>85</td><td>members.</td></tr></table>", "<table><tbody><tr><td>[It has]</td><td>{85}</td><td>[members.]</td></tr></tbody></table>"),
        ("<noscript><p>It has 85 members.</p></noscript>", "<p>[It has ]{85}[ members.]</p>"),
        ("<pre>It has\n85 members.</pre>", "<pre>[It has\n]{85}[ members.]</pre>"),
        ("<details><summary>x</summary>It has 85 members.</details>", "<details><summary>x</summary>[It has ]{85}[ members.]</details>"),
    ],
)  # fmt: skip
def test_a_sentence_is_marked_where_the_page_shows_it(markup: str, expected: str):
    page = rewritten(markup, SENTENCE)
    assert brief(page) == expected
    assert page.anchors == ("pagewitness-fact-members",)
    assert LexborHTMLParser(page.content).css_first(f"#{page.anchors[0]}").text().strip() in ("85", "8", "8\u200b5")


@pytest.mark.parametrize(
    "hidden",
    [
        "<template>{}</template>",
        "<textarea>{}</textarea>",
        "<title>{}</title>",
        "<svg><text>{}</text></svg>",
        "<svg><title>{}</title></svg>",
        "<math><mtext>{}</mtext></math>",
        "<select><option>{}</select>",
        "<script>{}</script>",
        "<style>{}</style>",
        "<iframe>{}</iframe>",
        "<iframe srcdoc='{}'></iframe>",
        "<!-- {} -->",
        "<p title='{}'>",
        "<div hidden><p>{}</div>",
        "<div style='Display : None'><p>{}</div>",
        "<div hidden role=tabpanel>{}</div>",
        "<style>.gone{{display:none}}</style><div class=gone><p>{}</div>",
        "<dialog>{}</dialog>",
        "<del>{}</del>",
    ],
)
def test_what_is_not_visible_is_not_marked(hidden: str):
    page = rewritten(hidden.format(SENTENCE.exact), SENTENCE)
    assert page.anchors == (None,)
    assert "<mark" not in page.content.decode()
    both = rewritten(f"{hidden.format(SENTENCE.exact)}<p>{SENTENCE.exact}</p>", SENTENCE)
    if "<div" not in hidden and "<title>" not in hidden:
        assert "<p>[It has ]{85}[ members.]</p>" in brief(both)
    assert both.content.count(b"<mark") == 3


def test_of_equal_sentences_the_one_in_the_same_context_is_marked():
    markup = "<p>In May: it grew. It has 85 members.</p><p>In June: it shrank. It has 85 members.</p>"
    page = rewritten(markup, SENTENCE._replace(prefix="In June: it shrank. "))
    assert (
        brief(page) == "<p>In May: it grew. It has 85 members.</p><p>In June: it shrank. [It has ]{85}[ members.]</p>"
    )
    page = rewritten(markup, SENTENCE._replace(suffix=" In June: it shrank."))
    assert brief(page).startswith("<p>In May: it grew. [It has ]{85}[ members.]</p>")


def test_of_sentences_in_equal_contexts_the_one_nearest_in_order_is_marked():
    rows = [f"<li>{SENTENCE.exact}</li>"] * 9
    for number in (0, 4, 8):
        page = rewritten("".join(rows), SENTENCE._replace(position=number / 9))
        expected = [f"<li>{SENTENCE.exact}</li>"] * 9
        expected[number] = "<li>[It has ]{85}[ members.]</li>"
        assert brief(page) == "".join(expected)


def test_of_a_sentence_that_is_written_otherwise_the_value_is_marked_in_its_context():
    found = rewritten("<p>As of today, it has 85 members. And 85 km.</p>", quote("Today it has 85 members.", "85"))
    assert brief(found) == "<p>As of today, it has {85} members. And 85 km.</p>"
    assert rewritten("<p>85 km, 85 pages.</p>", quote("Today it has 85 members.", "85")).anchors == (None,)


def test_two_facts_in_one_sentence_have_an_anchor_each():
    text = "Its 85 members hold 12 meetings."
    page = rewritten(f"<p>{text}</p>", quote(text, "85", name="members"), quote(text, "12", name="meetings held"))
    assert brief(page) == "<p>[Its ]{85}[ members hold ]{12}[ meetings.]</p>"
    assert page.anchors == ("pagewitness-fact-members", "pagewitness-fact-meetings-held")
    same = rewritten(f"<p>{text}</p>", quote(text, "85", name="a b"), quote(text, "85", name="a/b"))
    assert same.anchors == ("pagewitness-fact-a-b", "pagewitness-fact-a-b-2")
    assert all(LexborHTMLParser(same.content).css_first(f"#{anchor}").text() == "85" for anchor in same.anchors)


def test_no_id_of_a_mark_is_one_of_the_page():
    page = rewritten(
        f"<b id=pagewitness-fact-members></b><i id=pagewitness-fact---x></i><p>{SENTENCE.exact}</p>", SENTENCE
    )
    (anchor,) = page.anchors
    assert anchor == "pagewitness-fact----members"
    assert page.content.count(anchor.encode()) == 1


def test_a_value_that_is_written_otherwise_is_marked_by_its_sentence():
    page = rewritten("<p>It weighs 10<sup>6</sup> kg in all.</p>", quote("It weighs 10⁶ kg in all.", "⁶"))
    assert content(page) == '<p><mark class="pagewitness-sentence" id="pagewitness-fact-members">It weighs 10</mark><sup>6</sup><mark class="pagewitness-sentence"> kg in all.</mark></p>'  # fmt: skip


def test_a_quote_of_markup_stays_text():
    text = "It has 85 </mark><script>alert(1)</script> members."
    escaped = text.replace("<", "&lt;").replace(">", "&gt;")
    page = rewritten(f"<p>{escaped}</p>", quote(text, "85"))
    assert brief(page) == f"<p>[It has ]{{85}}[{escaped[9:]}]</p>"
    assert live_parts(page.content.decode()) == []


# --- nothing else changes

_PIECES = st.lists(
    st.sampled_from([
        *"<p> </p> <b> </b> <i> </i> <td> </td> <tr> <table> </table> <a> </a> <ul><li> </ul> <br> <mark> </mark> <svg> </svg> <text> <button> <pre> </pre>".split(),
        *("\n", " ", "It has ", "85", " members.", "It has 85 members. ", "&amp;", "&lt;p>", "<select>", "<option>", "</select>", "<!--", "-->", "<sup>1</sup>"),
        *("<div hidden>", "</div>", "<template>", "</template>", "<textarea>", "</textarea>", "<noscript>", "</noscript>", "<h2>", "</h2>", "<ruby>x<rt>y</ruby>", "<frameset>"),
    ]),
    max_size=25,
)  # fmt: skip


def unmarked(page: bytes) -> str:
    tree = LexborHTMLParser(page)
    for node in reversed(tree.css("mark.pagewitness-sentence, mark.pagewitness-value")):
        node.unwrap()
    return tree.html or ""


@given(_PIECES, st.sampled_from([SENTENCE, quote("85", "85"), quote("members. It", "It"), quote("has", "a")]))
def test_without_its_marks_the_page_is_as_without_highlighting(pieces: list[str], wanted: TextQuote):
    page = rewritten("".join(pieces), wanted)
    plain = rewritten("".join(pieces))
    if page.anchors == (None,):
        assert page.content == plain.content
    else:
        assert unmarked(page.content) == (LexborHTMLParser(plain.content).html or "")
        assert condensed(LexborHTMLParser(page.content).css_first(f"#{page.anchors[0]}").text())


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_marks_leave_nothing_live(name: str):
    piece = dict(hostile_pieces("http://live.example"))[name]
    quotes = [
        quote("Its 85 members met.", "85"),
        quote(f"Its 85 members met </mark><script>{'x'}</script> today.", "85"),
    ]
    words = re.findall(r"\w+", re.sub("<[^>]*>", " ", piece))[:20]
    quotes += [quote(word, word, name=f"w{number}") for number, word in enumerate(words)]
    page = rewritten(f"<p>Its 85 members met.</p>{piece}", *quotes)
    assert live_parts(page.content.decode()) == []
    assert page.anchors[0] is not None
    assert unmarked(page.content) == (
        LexborHTMLParser(rewritten(f"<p>Its 85 members met.</p>{piece}").content).html or ""
    )


# --- bounded work


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>{SENTENCE.exact}</p>" * 100_000,
        f"<p>{SENTENCE.exact * 50_000}</p>",
        f"<p>{'a' * 1_000_000}{SENTENCE.exact}</p>",
        f"<p>{'8 ' * 500_000}</p>",
        "<p>" + "<b>8</b>" * 100_000,
        "pagewitness-fact" + "-" * 1_000_000,
    ],
    ids=["sentences", "one text node", "a long word", "spaces", "elements", "ids"],
)
def test_a_hostile_page_is_marked_in_bounded_time(markup: str):
    quotes = [
        *(SENTENCE._replace(name=f"f{number}", position=number / 40) for number in range(40)),
        *(quote(text, text[0], name=text[:9]) for text in ("8", "a", "88", "a" * 1_000, "8" * 999)),
    ]
    with costs_less_than(8.0):
        rewritten(markup, *quotes)


def test_of_very_many_quotes_the_first_are_marked():
    text = " ".join(f"w{number}x" for number in range(MOST_QUOTES + 5))
    page = rewritten(f"<p>{text}</p>", *(quote(word, word, name=word) for word in text.split()))
    assert [anchor is not None for anchor in page.anchors] == [True] * MOST_QUOTES + [False] * 5


# --- what a version states


def stated(markup: str, *facts: FactDefinition) -> tuple[list[StatedFact], RewrittenPage]:
    version = analyze(markup.encode(), snapshot(), facts).version
    assert isinstance(version, Version)
    found = stated_facts(version, facts)
    return found, rewritten(markup, *(one for fact in found for one in fact.quotes))


@pytest.mark.parametrize(
    ("markup", "value", "marked"),
    [
        ("<main><h1>About</h1><p>Founded in 2014. The union has <b>85</b> members today. It meets often.</p></main>", "85 members", "The union has 85 members today."),
        ("<main><h1>Über uns</h1><table><tr><th>Art</th><th>Zahl</th></tr><tr><td>members</td><td>1.234</td></tr></table></main>", "1.234 members", "members1.234"),
        ("<main><h1>加盟国</h1><p>本連合は2014年に発足した。現在85 members が参加している。</p></main>", "85 members", "現在85 members が参加している。"),
    ],
)  # fmt: skip
def test_the_sentence_of_a_fact_is_marked(markup: str, value: str, marked: str):
    (fact,), page = stated(markup, MEMBERS)
    assert fact.value == value
    marks = LexborHTMLParser(page.content).css("mark")
    assert "".join(node.text() for node in marks) == marked
    assert page.anchors == ("pagewitness-fact-members",)


def test_the_names_of_a_list_are_marked_one_by_one():
    names = FactDefinition("partners", FactKind.LIST, source=Lookup("#p li"))
    (fact,), page = stated("<main><h1>Partners</h1><ul id=p><li>Peru</li><li><b>Chad</b></li></ul><p>Peru and Chad joined.</p></main>", names)  # fmt: skip
    assert fact.value == "2: Peru, Chad"
    assert "<li>{Peru}</li><li><b>{Chad}</b></li></ul><p>Peru and Chad" in brief(page)
    assert page.anchors == ("pagewitness-fact-partners", "pagewitness-fact-partners-2")


def test_a_fact_that_is_not_stated_or_not_shown_says_so():
    (fact,), page = stated("<main><h1>About</h1><p>We are a union of towns.</p></main>", MEMBERS)
    assert (fact.value, fact.quotes, fact.absence, page.anchors) == ("", (), "", ())
    (fact,), _ = stated(
        "<main><h1>About</h1><p>The union has 85 members. The union has 84 members.</p></main>", MEMBERS
    )
    assert fact.others
    assert fact.absence == NOT_FOUND
    assert rewritten("<p>A page without it", *fact.quotes).anchors == (None,)


def test_a_very_long_sentence_is_marked_around_its_value():
    (fact,), page = stated(f"<main><h1>About</h1><p>{'so it went on, ' * 200}it has 85 members {'and on ' * 200}.</p></main>", MEMBERS)  # fmt: skip
    assert 900 < len(fact.quotes[0].exact) < 1_100
    assert page.anchors == ("pagewitness-fact-members",)
