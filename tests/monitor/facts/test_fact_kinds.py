"""Facts that are dates, texts and lists; where facts are read; a count held against a list."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts.values import plain, same
from monitor.model import BlockKind, FactDefinition, FactKind, Lookup, Scope, facts_digest
from monitor.pipeline.analyze import analyze
from tests.support.heart import MEMBERS, snapshot

FOUNDED = FactDefinition("founded", FactKind.DATE_OF, ("founded", "came into being"))
HEAD = FactDefinition("head", FactKind.TEXT, pattern=r"Secretary General: (?P<name>[^.,;]+)")
STATUS = FactDefinition("status", FactKind.TEXT, source=Lookup("#status"))
PARTNERS = FactDefinition("partner_list", FactKind.LIST, source=Lookup(None, "Our partners"))
COUNTED = FactDefinition("partner_count", FactKind.COUNT_OF, ("partners",), against=PARTNERS)
NAMES = "<h2>Our partners</h2><ul><li>Arland</li><li>Borvia</li><li>Cestia</li></ul>"


def reading(fact, html, title="The pact"):
    body = f"<html><head><title>{title}</title></head><body><main>{html}</main></body></html>".encode()
    return analyze(body, snapshot(content_type="text/html; charset=utf-8"), (fact,)).version.readings[0]


def paragraphs(*texts):
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("2014-09-10", paragraphs("The pact was founded on 10 September 2014.")),
        ("2014-09-10", paragraphs("Founded: 2014-09-10")),
        ("2014-09-10", paragraphs("On September 10, 2014 the pact came into being.")),
        ("2014-09", paragraphs("It was founded in September 2014 and met in May 2017.")),
        ("2014", paragraphs("It was founded in 2014; it met on 3 May 2017.")),
        ("2014", "<table><tr><th>Founded</th><td>2014</td></tr><tr><th>Closed</th><td>2019</td></tr></table>"),
        ("2014-09-10", "<dl><dt>Founded</dt><dd>10 September 2014</dd><dt>Closed</dt><dd>1 May 2019</dd></dl>"),
        ("2014-09-10", "<div>Founded</div><div>10 September 2014</div><div>Closed</div><div>1 May 2019</div>"),
        ("2019-05-01", "<div>10 September 2014</div><div>Opened</div><div>1 May 2019</div><div>Founded</div>"),
        ("2014-09-10", paragraphs("Founded in 2014, it is old.", "It was founded on 10 September 2014.")),
        (None, paragraphs("It was founded on 10 September.")),
        (None, paragraphs("It was founded 2 days ago.")),
        (None, paragraphs("It was founded in the 1990s.")),
        (None, paragraphs("The pact met on 10 September 2014.")),
        (None, paragraphs("It was founded by 12 members.")),
    ],
)
def test_a_date_belongs_to_the_term_beside_it(value, html):
    found = reading(FOUNDED, html)
    assert (found.value, found.contradicts) == (value, ())
    if value is None:
        assert found.why == "no date of founded / came into being on the page"


def test_two_dates_of_one_term_contradict():
    found = reading(FOUNDED, paragraphs("It was founded in 2014.", "Founded on 1 May 2015, it is old."))
    assert found.value == "2014"
    assert [mention.value for mention in found.contradicts] == ["2015-05-01"]


def test_a_less_exact_date_agrees_and_the_most_exact_one_is_quoted():
    found = reading(FOUNDED, paragraphs("Founded in 2014, it is old.", "It was founded on 10 September 2014."))
    assert (found.mentions[0].quote, len(found.mentions)) == ("10 September 2014", 2)


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("Ada Brook", paragraphs("Secretary General: Ada Brook, since 2014.")),
        ("Ada Brook", "<p>Secretary&nbsp;General:   <b>Ada <i>Brook</i></b>.</p>"),
        ("Ada O'Brook", paragraphs("Secretary General: Ada O’Brook.")),
        (None, paragraphs("The Secretary is away.")),
        (None, '<div id="cookie-law-info-bar">Secretary General: Ada Brook. We use cookies.</div>'),
    ],
)
def test_a_pattern_s_group_is_the_text(value, html):
    found = reading(HEAD, html)
    assert found.value == value
    if value is None:
        assert found.why == r"nothing matches Secretary General: (?P<name>[^.,;]+) on the page"


def test_two_different_texts_of_one_fact_contradict():
    found = reading(
        HEAD, paragraphs("Secretary General: Ada Brook.", "Secretary General: Cy Dale.", "Secretary General: Cy Dale.")
    )
    assert (found.value, found.why) == ("Cy Dale", "stated in 2 of 3 places")
    assert [mention.quote for mention in found.contradicts] == ["Ada Brook"]


def test_a_selector_s_text_is_read_in_any_block():
    assert reading(STATUS, '<footer><p>State: <b id="status">Open – for all</b></p></footer>').value == "Open - for all"
    gone = reading(STATUS, "<p>Open</p>")
    assert (gone.value, gone.why) == (None, "no text at #status on the page")


def test_a_list_is_its_names_each_once():
    found = reading(PARTNERS, NAMES.replace("Cestia", "Cestia</li><li>• ARLAND"))
    assert found.value == ["Arland", "Borvia", "Cestia"]
    assert [mention.quote for mention in found.mentions] == found.value
    assert found.why == '3 names under "Our partners"'


def test_a_list_of_links_is_a_list_though_it_looks_like_a_menu():
    links = "".join(f'<li><a href="/{n}">{n}land</a></li>' for n in ("Ar", "Bor", "Ces", "Dor", "Elo"))
    assert len(reading(PARTNERS, f"<h2>Our partners</h2><ul>{links}</ul>").value) == 5


def test_a_pattern_takes_the_name_out_of_an_item():
    fact = FactDefinition("l", FactKind.LIST, pattern=r"^(?P<name>[^(]+)\(\d", source=Lookup("li"))
    html = "<ul><li>Arland (2014)</li><li>Borvia (2015)</li><li>see also: Cestia</li></ul>"
    assert reading(fact, html).value == ["Arland", "Borvia"]


def test_a_missing_list_is_named_in_the_reason():
    found = reading(PARTNERS, "<h2>Our friends</h2><ul><li>Arland</li></ul>")
    assert (found.value, found.why) == (None, 'no list under "Our partners" on the page: no heading matches')


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        (Scope(), 9),
        (Scope(under=("the pact",)), 87),
        (Scope(under=("pact", "council")), 9),
        (Scope(inside=".box"), 12),
        (Scope(inside="footer"), 77),
        (Scope(kinds=(BlockKind.FOOTER,)), 77),
        (Scope(kinds=(BlockKind.CONSENT,)), 1711),
        (Scope(near=("harbour",)), 12),
        (Scope(near=("harbour",), under=("council",)), None),
        (Scope(inside="#none"), None),
    ],
)
def test_a_scope_limits_where_a_fact_is_read(scope, value):
    html = (
        "<h2>The council</h2><p>It has 9 members.</p><p>All 9 members met.</p>"
        "<h2>The pact</h2><p>The pact has 87 members.</p><h2>Else</h2><p>It owns a harbour.</p>"
        '<p class="box">12 members, so far</p></main><footer><p>We are 77 members strong.</p></footer>'
        '<div id="cookie-law-info-bar">We and our 1711 members use cookies.</div><main>'
    )
    fact = FactDefinition("m", FactKind.COUNT_OF, ("members",), scope=scope)
    assert reading(fact, html).value == value


def test_why_a_scope_found_nothing_names_it():
    fact = FactDefinition("m", FactKind.COUNT_OF, ("members",), scope=Scope(under=("x",), inside="p >", near=("y",)))
    assert reading(fact, "<p>9 members</p>").why == (
        'no count of members under "x" inside p > near "y" on the page; p >: it is no CSS selector'
    )


@pytest.mark.parametrize(
    ("html", "value", "why"),
    [
        (paragraphs("It has 86 members, so they say.", "87 members"), 87, "in a heading or a box"),
        (
            "<p>The pact has 86 members.</p><table><tr><td>Members</td><td>87</td></tr></table>",
            87,
            "in a heading or a box",
        ),
        (paragraphs("The council has 86 members.", "The pact has 87 members."), 87, "beside a word of the title"),
        (paragraphs("The pact has 86 members.", "The pact has 87 members."), 86, "first on the page"),
    ],
)
def test_among_equals_prominence_decides_then_the_subject_then_the_place(html, value, why):
    found = reading(MEMBERS, html)
    assert (found.value, found.why) == (value, f"stated in 1 of 2 places, {why}")


def test_a_count_that_differs_from_the_size_of_its_list_contradicts():
    found = reading(COUNTED, f"<p>The pact has 5 partners.</p>{NAMES}")
    assert (found.value, found.why) == (5, "stated in 1 of 1 places; partner_list has 3 names")
    (counted,) = found.contradicts
    assert (counted.value, counted.quote, counted.unit) == (3, "Our partners", "names in partner_list")


def test_a_count_that_equals_the_size_of_its_list_agrees():
    found = reading(COUNTED, f"<p>The pact has 3 partners.</p>{NAMES}")
    assert (found.value, found.contradicts, len(found.mentions)) == (3, (), 2)
    assert reading(COUNTED, "<p>The pact has 3 partners.</p>").why.endswith("; partner_list has no names to count")


ALL = (FOUNDED, HEAD, STATUS, PARTNERS, COUNTED, MEMBERS)
WHOLE = (
    "<p>Founded on 10 September 2014, the pact has 5 partners.</p><p>Secretary General: Ada Brook.</p>"
    f'<p id="status">Open</p>{NAMES}'
).encode()


def test_fifty_threads_read_the_same():
    looked = snapshot()
    alone = analyze(WHOLE, looked, ALL)
    with ThreadPoolExecutor(50) as pool:
        assert all(says == alone for says in pool.map(lambda _: analyze(WHOLE, looked, ALL), range(200)))
    assert [reading.value for reading in alone.version.readings] == [
        "2014-09-10",
        "Ada Brook",
        "Open",
        ["Arland", "Borvia", "Cestia"],
        5,
        5,
    ]


@given(st.permutations(ALL))
def test_the_order_of_definitions_does_not_matter(order):
    alone = {reading.fact: reading for reading in analyze(WHOLE, snapshot(), ALL).version.readings}
    assert {reading.fact: reading for reading in analyze(WHOLE, snapshot(), order).version.readings} == alone
    assert facts_digest(order) == facts_digest(ALL)


def test_the_digest_covers_every_field_and_spares_old_definitions():
    plain_one = FactDefinition("x", FactKind.COUNT_OF, ("members",))
    others = [
        FactDefinition("y", FactKind.COUNT_OF, ("members",)),
        FactDefinition("x", FactKind.MONEY_OF, ("members",)),
        FactDefinition("x", FactKind.COUNT_OF, ("partners",)),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), pattern="(?P<a>b)"),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), source=Lookup("p")),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), source=Lookup(None, "p")),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), source=Lookup(None, None, "p")),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), scope=Scope(under=("p",))),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), scope=Scope(inside="p")),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), scope=Scope(kinds=(BlockKind.ROW,))),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), scope=Scope(near=("p",))),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), against=PARTNERS),
        FactDefinition("x", FactKind.COUNT_OF, ("members",), against=FactDefinition("partner_list", FactKind.LIST)),
    ]
    digests = {facts_digest([fact]) for fact in (plain_one, *others)}
    assert len(digests) == len(others) + 1
    assert facts_digest([MEMBERS]) == "22c270a8ee88"


@given(st.lists(st.sampled_from(["Arland", "Borvia", "Cestia", "Dorne"]), unique=True, min_size=1), st.randoms())
def test_a_list_in_another_order_or_spelling_is_the_same(names, chance: random.Random):
    shuffled = [chance.choice([str.upper, str.lower, lambda name: f" {name}; "])(name) for name in names]
    chance.shuffle(shuffled)
    assert same(names, shuffled)
    assert not same(names, shuffled[1:])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("it’s “so” – yes…", 'it\'s "so" - yes...'),
        ("cafe\u0301", "café"),
        ("a\u00a0 b\u200b", "a b"),
        ("co\u00adop", "coop"),
    ],
)
def test_one_text_in_two_formats_is_one_value(one, other):
    assert plain(one) == plain(other)
    assert plain("2²") != plain("22")
