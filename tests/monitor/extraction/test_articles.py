"""Article pages and pages that are none: what stands around a main text goes only where there is one, and boxes with figures go last."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.extraction.metadata import is_declared
from monitor.extraction.phrase_rules import has_figure, is_dateline, of_article
from monitor.model import READING_KINDS, BlockKind
from tests.support.pace import costs_less_than

PUBLISHED = '<meta property="article:published_time" content="2021-03-04">'
PROSE = "".join(
    f"<p>Paragraph {word} of the story is long enough to be read as prose, and it stands among others of its kind.</p>"
    for word in ("one", "two", "three", "four")
)


def read(body: str, head: str = "") -> list[str]:
    """What of a page is read."""
    page = f"<html><head><title>Story</title>{head}</head><body>{body}</body></html>"
    return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]


def why(body: str, text: str, head: str = PUBLISHED) -> str:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return next(block.why for block in extract(page.encode(), "text/html").blocks if block.text == text)


STORY = f"<div class=wrap><h1>The story</h1><div>{PROSE}</div></div>"


def test_what_stands_around_an_article_is_not_read():
    around = "<div><h3>Other news</h3><p>A teaser of another story, with 12 figures in it, stands alone in its place.</p></div>"
    said = read(STORY + around, PUBLISHED)
    assert said[0] == "The story"
    assert len(said) == 5
    assert why(STORY + around, "Other news") == "outside the article"


def test_the_same_page_without_a_declaration_keeps_its_sentences():
    around = "<div><h3>In numbers</h3><p>The pact counts 87 members in three seas, as its office says, and will grow.</p></div>"
    said = read(STORY + around)
    assert "The pact counts 87 members in three seas, as its office says, and will grow." in said
    assert "In numbers" in said


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ("<div class=hero><span>87</span><span>Members</span></div>", "87 Members"),
        ("<table><tr><td>Members<td>87</table>", "Members | 87"),
        ("<dl><dt>Members<dd>87</dl>", "Members | 87"),
        ("<div class=results>121 results</div>", "121 results"),
        ("<h2>87 partners united</h2>", "87 partners united"),
    ],
)
@pytest.mark.parametrize("dated", ["", "<div>4 March 2021</div>"])
@pytest.mark.parametrize("first", [True, False])
def test_a_figure_in_a_box_is_read_on_every_page_that_is_not_declared_an_article(box, kept, dated, first):
    story = f"<div class=wrap><h1>The story</h1>{dated}<div>{PROSE}</div></div>"
    assert kept in read(f"<div>{box}</div>{story}" if first else f"{story}<div>{box}</div>")


@pytest.mark.parametrize(
    "name", ["product", "cta-block", "teaser-text", "recipe-meta", "widget-container", "event-card", "promo_3"]
)
def test_sections_of_one_name_that_are_most_of_the_page_are_the_article(name):
    sections = "".join(
        f"<section class='{name}'><h2>Boot {boot}</h2>{PROSE}</section>" for boot in ("Ada", "Bo", "Cleo")
    )
    said = read(f"<h1>Drei Boote</h1><div>{PROSE}{sections}</div>", PUBLISHED)
    assert len(said) == 1 + 4 + 3 * 5


def test_one_element_of_such_a_name_beside_a_story_is_no_part_of_it():
    box = "<div class=teaser-text><p>Un autre récit attend le lecteur, avec ses 12 bateaux et leurs équipages au complet.</p></div>"
    assert len(read(f"<h1>Le récit</h1><div>{PROSE}{box}{PROSE}</div>", PUBLISHED)) == 9


@pytest.mark.parametrize(
    "name", ["d983ad0", "jXK9ad-SmKAyb", "print:break-inside-avoid", "KuNacAd", "w-[calc(100%-ad)]"]
)
def test_generated_names_and_conditions_of_a_style_have_no_meaning(name):
    box = f"<div class='{name}'><p>Il patto conta 87 membri in tre mari, come dice il suo ufficio, e ne aspetta altri.</p></div>"
    assert any("87 membri" in text for text in read(f"<h1>Il patto</h1><div>{PROSE}{box}{PROSE}</div>", PUBLISHED))


@pytest.mark.parametrize(
    "heading", ["<h2><a href='#flotte'>Die Flotte</a></h2>", "<h3><a href='/boats/ada'>Die Ada</a></h3>"]
)
def test_a_linked_heading_above_its_text_is_content(heading):
    said = read(f"<h1>Drei Boote</h1><div>{PROSE}{heading}{PROSE}</div>", PUBLISHED)
    assert any(text.startswith("Die ") for text in said)


@pytest.mark.parametrize(
    "box",
    [
        "<ul><li><h4><a href=/other>Another story altogether</a></h4></ul>",
        "<aside><h6><a href=/other>Another story altogether</a></h6><p>5 March</p></aside>",
        "<h3><a href=/other>Another story altogether</a></h3><h2>Next section</h2>",
    ],
)
def test_a_linked_heading_without_a_text_of_its_own_is_none(box):
    assert "Another story altogether" not in read(f"<h1>The story</h1><div>{PROSE}{box}{PROSE}</div>", PUBLISHED)


@pytest.mark.parametrize(
    "name", ["slider-item", "featureCarousel", "photo-gallery", "cta_box", "call-to-action-v4", "promo-block"]
)
def test_paragraphs_in_a_section_that_presents_something_are_read(name):
    text = "Le service réunit les données de trois mers et les montre sur une seule carte, chaque jour de la semaine."
    body = f"<h1>Le service</h1><div>{PROSE}<div class={name}><p>{text}</p></div>{PROSE}</div>"
    assert text in read(body)
    assert text not in read(body, PUBLISHED)


def test_a_page_of_short_texts_has_no_main_region():
    cards = "".join(f"<div class=card><h3>Town {n}</h3><p>Joined in {2000 + n}.</p></div>" for n in range(9))
    assert len(read(cards, PUBLISHED)) == 18


def test_a_card_with_a_longer_text_among_many_titles_makes_no_article():
    cards = "".join(f"<article><h2>Geschichte {n} vom Hafen</h2><span>Ein Name</span></article>" for n in range(60))
    long = "<article><h2>Die Fahrt</h2>" + PROSE + "</article>"
    said = read(f"<div>{long}{cards}</div>")
    assert "Geschichte 7 vom Hafen" in said
    assert "Ein Name" in said


def test_teasers_beside_one_another_make_no_article():
    cards = "".join(
        f"<div class=card><h3>Town {n}</h3><p>The town joined the pact in its year {n} and sends two people to the yearly meeting.</p></div>"
        for n in range(9)
    )
    assert len(read(cards)) == 18


@pytest.mark.parametrize(
    ("inside", "text", "reason"),
    [
        ("<figure><img><figcaption>The mayor at her desk</figcaption></figure>", "The mayor at her desk", "caption in an article"),
        ("<p><a href=x>Who pays for all this?</a></p>", "Who pays for all this?", "nothing but a link"),
        ("<p>Read more: <a href=x>Who pays for all this?</a></p>", "Read more: Who pays for all this?", "a link with a label"),
        ("<p>ADVERTISEMENT</p>", "ADVERTISEMENT", "worded as an advertisement or its like"),
        ("<p>Anzeige</p>", "Anzeige", "worded as an advertisement or its like"),
        ("<div class=author-box>Ada Quill writes on rivers.</div>", "Ada Quill writes on rivers.", "beside the article: named author-box"),
        ("<p>Photo: Ben Moor / The Quay Post</p>", "Photo: Ben Moor / The Quay Post", "worded as a picture's credit"),
    ],
)  # fmt: skip
def test_what_stands_in_an_article_without_being_part_of_it_says_why(inside, text, reason):
    half = PROSE.index("<p>", len(PROSE) // 2)
    assert why(f"<h1>The story</h1><div>{PROSE[:half]}{inside}{PROSE[half:]}</div>", text) == reason


@pytest.mark.parametrize(
    "inside",
    [
        "<p>http://www.example.org/report</p>",
        "<p><a href=x>http://www.example.org/report</a></p>",
        "<blockquote class=twitter-tweet><p>We now count 87 members!</p></blockquote>",
        "<table><tr><td><a href=x>Oxbow</a><td>1989</table>",
        "<p>No river stops at a border.</p>",
        "<ul><li>Costs are shared.</li></ul>",
    ],
)
def test_short_texts_of_an_article_stay(inside):
    half = PROSE.index("<p>", len(PROSE) // 2)
    assert len(read(f"<h1>The story</h1><div>{PROSE[:half]}{inside}{PROSE[half:]}</div>", PUBLISHED)) == 6


def test_the_headline_and_the_lede_above_the_main_text_stay():
    lede = "Two more towns have joined the pact of the river, and more are to come before the year is out."
    for tag in ("p", "h2"):
        head = f"<header><h1>Two more towns</h1><{tag}>{lede}</{tag}><div>By Ada Quill, 4 March 2021</div></header>"
        assert read(f"{head}<div>{PROSE}</div>", PUBLISHED)[:2] == ["Two more towns", lede]


def test_an_article_in_lists_and_sections_is_read_whole():
    items = "".join(
        f"<li>Point {n} of the plan says at some length what is to be done, and by whom.</li>" for n in range(9)
    )
    body = f"<div><h1>The plan</h1><p>The plan has 9 points:</p><ul>{items}</ul><p>84 towns agreed.</p></div>"
    assert len(read(body, PUBLISHED)) == 12


def test_a_footer_that_says_more_than_the_page_is_a_footer():
    footer = (
        "<div id=page-footer>"
        + "<p>Our service is open from Sunday to Thursday and will answer whatever you ask of it.</p>" * 6
        + "</div>"
    )
    assert read(f"<div><h1>Short news</h1>{PROSE}</div>{footer}") == read(f"<div><h1>Short news</h1>{PROSE}</div>")


@pytest.mark.parametrize(
    ("markup", "classes", "declared"),
    [
        (PUBLISHED, "", True),
        ('{"@type": "NewsArticle"}', "", True),
        ('{"@type":["BlogPosting"]}', "", True),
        ('<div itemtype="https://schema.org/Article">', "", True),
        ("<div itemprop=articleBody>", "", True),
        ("", "post single-post", True),
        ("<style>.single-post {}</style>", "home", False),
        ('<meta property="og:type" content="article">', "page", False),
        ('{"@type": "BlogPosting"}' * 3, "", False),
        ('{"@type": "WebPage"}', "", False),
    ],
)
def test_a_page_is_declared_an_article_by_what_only_articles_have(markup, classes, declared):
    assert is_declared(markup, classes) is declared


@pytest.mark.parametrize(
    "text", ["87", "87 members in 2021", "1,204 sorts", "4 March 2021, 87 members", "99%", "9" * 5000]
)
def test_a_number_beside_a_date_is_a_figure(text):
    assert has_figure(text)


@pytest.mark.parametrize(
    "text",
    [
        "4 March 2021",
        "04.03.2021, 14:20",
        "2021-03-04",
        "Am 4. März 2021 um 9:05",
        "3 mars 2021 à 18:00",
        "٣ 2021",
        "Updated 9:41 AM, Nov 19, 2019",
    ],
)
def test_dates_hold_no_figure(text):
    assert not has_figure(text)
    assert is_dateline(text)


def test_a_sentence_is_no_dateline():
    assert not is_dateline("The pact was founded in 2009.")
    assert not is_dateline("Members")


def test_dates_and_names_go_only_at_the_edges_of_an_article():
    for text in ("By Ada Quill", "4 March 2021"):
        assert of_article(text, edge=True, linked=False)
        assert not of_article(text, edge=False, linked=False)


@pytest.mark.parametrize(
    "body",
    [
        b"<ul>" * 2_900 + b"<li>We have 87 members, and they have had us for a very long time indeed, they say." * 20_000,
        b"<p>" + b"We have 87 members, and they have us, " * 26_000,
        b"<p class='" + b"related " * 100_000 + b"'>87 members",
        b"<h1>a" * 2_900 + b"<p>87 members" * 20_000,
        b"<article><h1>a</h1>" + b"<p>Long enough to be prose, and with company in the same place as it is.</p>" * 9 + b"<p>20 2019 " + b"9" * 1_000_000,
    ],
    ids=["a deep list", "one sentence of a megabyte", "a name of a megabyte", "headlines in headlines", "one number of a megabyte"],
)  # fmt: skip
def test_pages_made_to_take_long_do_not(body):
    with costs_less_than(2):
        cleaned = extract(body, "text/html")
    assert cleaned.blocks


def test_more_tags_than_are_parsed_are_read_bare():
    blocks = extract(b"<p>We have 87 members.</p>\n" * 160_000, "text/html").blocks
    assert len(blocks) == 160_000
    assert blocks[0].kind is BlockKind.CONTENT
    assert blocks[0].why == "not parsed: of more than 300,000 tags"


@pytest.mark.parametrize(
    "declaration",
    [
        '<script type="application/ld+json">{"@type": "Product", "offers": {"price": "12.50", "priceCurrency": "EUR"}}</script>',
        '<meta property="og:price:amount" content="12.50">',
        '<meta itemprop="price" content="12.50">',
    ],
)
def test_a_page_that_offers_something_is_no_article(declaration):
    prose = "".join(
        f"<p>Absatz {n} beschreibt die Laterne, ihr Glas und ihren Docht so ausführlich, dass er als Text gilt.</p>"
        for n in range(5)
    )
    body = f"<h1>Laterne</h1><div><span>Zurzeit nicht lieferbar</span></div><div>{prose}</div>"

    def said(head: str) -> list[str]:
        page = f"<html><head><title>Laden</title>{head}</head><body>{body}</body></html>"
        return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]

    assert "Zurzeit nicht lieferbar" in said(declaration)
    assert "Zurzeit nicht lieferbar" not in said('<meta property="article:published_time" content="2026-03-02">')
