"""Superscripts: references to notes are omitted; exponents, units, cents and parts of words are text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.model import Lookup


def text(markup: str) -> str:
    """The only block of a page."""
    (block,) = extract(markup.encode(), "text/html; charset=utf-8").blocks
    return block.text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("The union has 64<sup>5</sup> lodges.", "The union has 64 lodges."),
        ("The union has 64<sup>12</sup> lodges.", "The union has 64 lodges."),
        ("The union has 64 <sup>12</sup> lodges.", "The union has 64 lodges."),
        ("The union has 64 lodges<sup>3</sup>.", "The union has 64 lodges."),
        ("The union has 64 lodges.<sup>3</sup> It grows.", "The union has 64 lodges. It grows."),
        ("Der Bund hat 64<sup>[4]</sup> Logen.", "Der Bund hat 64 Logen."),
        ("L'union compte 64<sup>(4)</sup> loges.", "L'union compte 64 loges."),
        ("La unión tiene 64<sup>*</sup> logias.", "La unión tiene 64 logias."),
        ("Союз насчитывает 64<sup>1, 2</sup> ложи.", "Союз насчитывает 64 ложи."),
        ("会員は64<sup>3</sup>名です。", "会員は64名です。"),
        ("يضم الاتحاد 64<sup>7</sup> محفلا.", "يضم الاتحاد 64 محفلا."),
        ('It has 64<sup class="reference"><a href="#cite_note-5"><span>[</span>5<span>]</span></a></sup> lodges.', "It has 64 lodges."),
        ('It has 64<a href="#fn5"><sup>5</sup></a> lodges.', "It has 64 lodges."),
        ('It has 64<sup><a href="/union#fn-b">b</a></sup> lodges.', "It has 64 lodges."),
        ('It has 10<sup><a href="#fn6">6</a></sup> lodges.', "It has 10 lodges."),
        ('It has 64<sup id="r1" class="footnote-ref">i</sup> lodges.', "It has 64 lodges."),
        ('It has 64<span style="vertical-align: super; font-size: 70%">5</span> lodges.', "It has 64 lodges."),
        ("<b>64</b><sup>5</sup> lodges", "64 lodges"),
    ],
)  # fmt: skip
def test_a_reference_to_a_note_is_no_part_of_the_text(markup, expected):
    assert text(f"<p>{markup}</p>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('It has 64<a href="#n1">1</a> lodges.', "It has 64 lodges."),
        ('It has 64<a href="#n1" class="footnote">[1]</a> lodges.', "It has 64 lodges."),
        ('It has 64 <a href="#n1">[1]</a> lodges.', "It has 64 lodges."),
        ('It has 64<span class="footnote-ref">1</span> lodges.', "It has 64 lodges."),
        ('It has 64<a href="/notes.html" role="doc-noteref">1</a> lodges.', "It has 64 lodges."),
        ('See section <a href="#s2">2</a> and table <a href="#t64">64</a>.', "See section 2 and table 64."),
        ('Room <span class="badge">12</span>', "Room 12"),
        ('Pages: <a href="#p1">1</a><a href="#p2">2</a><a href="#p3">3</a>', "Pages: 1 2 3"),
        ('Members: <a href="/members">64</a> lodges', "Members: 64 lodges"),
    ],
)  # fmt: skip
def test_a_link_to_a_note_is_no_digit_of_the_number_before_it(markup, expected):
    assert text(f"<p>{markup}</p>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("About 10<sup>6</sup> cells", "About 10⁶ cells"),
        ("About 3.2 × 10<sup>8</sup> cells", "About 3.2 × 10⁸ cells"),
        ("About 10<sup>-3</sup> units", "About 10⁻³ units"),
        ("About 10<sup>−12</sup> units", "About 10⁻¹² units"),
        ("A hall of 240 m<sup>2</sup> is rented", "A hall of 240 m² is rented"),
        ("12 км<sup>2</sup>", "12 км²"),
        ("9.8 m/s<sup>2</sup>", "9.8 m/s²"),
        ("2<sup>10</sup> = 1024", "2¹⁰ = 1024"),
        ("a = 3<sup>4</sup>", "a = 3⁴"),
        ("(a + b)<sup>2</sup>", "(a + b)²"),
        ("<sup>235</sup>U", "²³⁵U"),
        ("<sup>1</sup> As of May.", "¹ As of May."),
        ("x<sub>1</sub>, CO<sub>2</sub>", "x1, CO2"),
        ("The numeral 101<sub>2</sub> is five", "The numeral 101₂ is five"),
    ],
)  # fmt: skip
def test_exponents_units_and_indexes_are_written_as_such(markup, expected):
    assert text(f"<p>{markup}</p>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Now $15<sup>99</sup>", "Now $15.99"),
        ("<sup>$</sup>15<sup>99</sup>", "$15.99"),
        ("Jetzt 15<sup>99</sup> €", "Jetzt 15.99 €"),
        ("Jetzt 15,<sup>99</sup> €", "Jetzt 15,99 €"),
        ("Now €1.299<sup>50</sup>", "Now €1.299,50"),
        ("Maintenant 15<sup>€99</sup>", "Maintenant 15€99"),
        ("Tylko 15<sup>99</sup> zł", "Tylko 15.99 zł"),
        ('<span class="sign">£</span><span class="whole">8</span><sup class="cents">05</sup>', "£8.05"),
        ("It costs $15<sup>1</sup> a month", "It costs $15 a month"),
        ("Add 1<sup>1</sup>/<sub>2</sub> cups", "Add 1 1/2 cups"),
        ("Add <sup>3</sup>⁄<sub>4</sub> cup", "Add 3⁄4 cup"),
    ],
)  # fmt: skip
def test_cents_and_fractions_are_part_of_a_number(markup, expected):
    assert text(f"<p>{markup}</p>") == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("The 21<sup>st</sup> lodge", "The 21st lodge"),
        ("Le XXI<sup>e</sup> siècle, M<sup>me</sup> Roux", "Le XXIe siècle, Mme Roux"),
        ("Acme<sup>®</sup> has 64 shops", "Acme® has 64 shops"),
        ("It is so<sup>[citation needed]</sup>", "It is so[citation needed]"),
        ("A<sup>long text that somebody raised, with 64 words in it</sup> ends", "Along text that somebody raised, with 64 words in it ends"),
        ("<ruby>会員<rp>(</rp><rt>かいいん</rt><rp>)</rp></ruby>は<ruby>八十七<rt>はちじゅうなな</rt></ruby>人", "会員は八十七人"),
        ("<ruby>64<rt>sixty-four</rt></ruby> lodges", "64 lodges"),
    ],
)  # fmt: skip
def test_parts_of_words_stay_and_readings_of_characters_go(markup, expected):
    assert text(f"<p>{markup}</p>") == expected


def test_tables_definitions_and_headings_are_treated_alike():
    page = "<h2>64<sup>5</sup> lodges</h2><table><tr><td>Lodges<td>64<sup>12</sup></tr><tr><td>Area<td>10<sup>6</sup> m<sup>2</sup></tr></table><dl><dt>Members<dd>87<a href='#n1'>1</a></dl>"
    blocks = extract(page.encode(), "text/html").blocks
    assert [block.text for block in blocks] == ["64 lodges", "Lodges | 64", "Area | 10⁶ m²", "Members | 87"]


def test_a_selector_finds_the_same_text():
    page = "<p>Since <b>64<sup>5</sup> lodges</b> and <i>10<sup>6</sup> cells</i>, <u id=x>87 members</u></p>"
    lookups = [Lookup("b"), Lookup("i"), Lookup("#x")]
    extracted = extract(page.encode(), "text/html", lookups)
    found = [extracted.found[lookup].elements[0][0] for lookup in lookups]
    assert [extracted.blocks[span.block].text[span.start : span.end] for span in found] == ["64 lodges", "10⁶ cells", "87 members"]  # fmt: skip


@given(st.integers(2, 9_999), st.integers(1, 99), st.sampled_from(["members", "Mitglieder", "членов", "人"]))
def test_a_renumbered_note_leaves_the_text_unchanged(number, note, noun):
    if number == 10:
        return
    one, other = (text(f"<p>It has {number}<sup>{mark}</sup> {noun}.</p>") for mark in (note, note + 1))
    assert one == other == f"It has {number} {noun}."


def test_superscripts_in_each_other_cost_linear_time():
    assert extract(b"<p>" + b"1<sup>" * 400 + b"2" * 500_000, "text/html").blocks
