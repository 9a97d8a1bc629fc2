"""Assign a kind to each raw block, from its enclosing elements, its wording, its neighbours and the type of the page.

`STAGES` lists the stages in the order in which they run. A stage keeps the kinds that earlier stages assigned, unless its description says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from monitor.extraction import (
    article_margins,
    element_kinds,
    main_content,
    main_element,
    menus,
    recommendations,
    social_feeds,
    threads,
    widgets,
)
from monitor.extraction.elements import HEADINGS, ElementContext, Kind, RawBlock
from monitor.extraction.link_targets import placed
from monitor.extraction.phrase_rules import by_wording, has_figure
from monitor.extraction.threads import Thread
from monitor.limits import HEADING_CHARS, cut
from monitor.model import READING_KINDS, Block, BlockKind

# Separators between the entries of a menu written in one line. A comma is not among them: it separates the parts of a sentence.
_BETWEEN_LINKS = dict.fromkeys(map(ord, " |·•/»>–-"))
_LARGE = re.compile(r"\d[\d.,' ]{0,20}\d")
_STATEMENT_CHARS = 50
_CLOSING = "\"'”’»)]"
_BOILERPLATE = frozenset(BlockKind) - READING_KINDS


@dataclass(slots=True)
class _Page:
    """The state of a page's classification.

    Attributes:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
        declared: Whether the page's metadata declares it an article.
        thread: The kind of discussion that it declares; None if it declares none.
        offer: Whether the page's metadata declares a price.
        known: The kind of each block, as far as known.
        kinds: The kind of each block, once each has one.
        survey: Candidate blocks of boxes and feeds.
        main: The main text of an article; None if the page is not an article.
        listed: Indexes of the blocks that belong to lists of names.
        passing: Indexes of the blocks to ignore between a heading and its content.
    """

    raw: Sequence[RawBlock]
    places: Sequence[ElementContext]
    declared: bool
    thread: Thread | None = None
    offer: bool = False
    known: list[Kind | None] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    survey: widgets.Survey = field(default_factory=lambda: widgets.Survey([], [], []))
    main: main_content.Region | None = None
    listed: AbstractSet[int] = frozenset()
    passing: AbstractSet[int] = frozenset()


def inherit_from_elements(page: _Page) -> None:
    """Take the kind that the tag, role, id or class of an enclosing element gives.

    tests/monitor/extraction/test_extract.py::test_a_block_is_of_the_kind_its_surroundings_say
    """
    element_kinds.resolve(page.raw, page.places, page.thread)
    page.known = [block.place.kind for block in page.raw]


def restore_statements(page: _Page) -> None:
    """Undo the previous stage for sentences with a figure in a nav element, and for dates on buttons.

    tests/monitor/extraction/test_widgets.py::test_a_sentence_in_a_panel_of_a_menu_is_read
    tests/monitor/extraction/test_widgets.py::test_the_date_of_an_edition_on_a_button_is_read
    """
    menus.restore_sentences(page.raw, page.known)
    widgets.restore_dates(page.raw, page.known)


def classify_by_wording(page: _Page) -> None:
    """Classify short blocks worded as a control, a consent bar or a copyright line.

    tests/monitor/extraction/test_widgets.py::test_ways_about_the_page_are_controls
    """
    page.known = [kind or by_wording(block) for kind, block in zip(page.known, page.raw, strict=True)]


def restore_sentences_about_cookies(page: _Page) -> None:
    """Undo the previous stage for sentences about cookies that belong to a text.

    tests/monitor/extraction/test_widgets.py::test_a_policy_keeps_what_it_says_of_cookies_and_its_own_bar_goes
    """
    widgets.restore_texts(page.raw, page.known)


def mark_boxes(page: _Page) -> None:
    """Find consent boxes by their buttons, and prompts by their headings; also reclassifies the controls in them.

    tests/monitor/extraction/test_widgets.py::test_a_nameless_box_that_asks_for_consent_is_one_in_any_language
    tests/monitor/extraction/test_widgets.py::test_a_small_box_headed_as_a_prompt_is_no_text
    """
    page.survey = widgets.survey(page.raw, page.known)
    widgets.mark(page.raw, page.known, page.survey)


def mark_member_details(page: _Page) -> None:
    """Mark the details of members beside the posts of a discussion as navigation.

    tests/monitor/extraction/test_threads.py::test_details_of_members_are_no_text
    """
    page.passing = threads.mark_details(page.raw, page.places, page.known, page.thread)


def mark_recommendations(page: _Page) -> None:
    """Mark boxes of links to other pages as navigation, by their headings.

    tests/monitor/extraction/test_recommendations.py::test_a_box_of_recommendations_is_no_text
    """
    recommendations.mark(page.raw, page.known)


def mark_outside_main(page: _Page) -> None:
    """Mark sidebars as navigation, and what is outside the main element, if that contains the headline and most of the text.

    tests/monitor/extraction/test_main_element.py::test_what_is_outside_the_main_element_is_not_read
    """
    main_element.mark_outside(page.raw, page.places, page.known)
    main_element.mark_sidebars(page.raw, page.places, page.known)


def find_main_text(page: _Page) -> None:
    """Decide whether the page is an article, and where its text is; assigns no kind. A page that offers something is none, unless it is declared one.

    tests/monitor/extraction/test_articles.py::test_an_article_in_lists_and_sections_is_read_whole
    tests/monitor/extraction/test_articles.py::test_a_page_that_offers_something_is_no_article
    """
    if page.offer and not page.declared:
        return
    page.main = main_content.find(page.raw, page.places, page.known, declared=page.declared)


def mark_feeds(page: _Page) -> None:
    """Find feeds of social media and readers' comments.

    tests/monitor/extraction/test_social_feeds.py::test_posts_in_a_row_are_a_feed_with_their_heading
    tests/monitor/extraction/test_social_feeds.py::test_what_readers_write_below_a_story_is_a_feed
    """
    social_feeds.mark(page.raw, page.known, page.main, page.survey, thread=page.thread is Thread.DISCUSSION)


def classify_by_tag(page: _Page) -> None:
    """Classify the remaining blocks as heading, row or content, by their tag; links in one line are a menu."""
    page.kinds = [kind or _by_tag(block) for kind, block in zip(page.known, page.raw, strict=True)]


def mark_mastheads(page: _Page) -> None:
    """Reclassify links in the page's header, the site's name and its menu, as navigation.

    tests/monitor/extraction/test_widgets.py::test_links_in_the_header_above_the_headline_are_no_text
    """
    menus.mark_mastheads(page.raw, page.places, page.kinds)


def mark_menus(page: _Page) -> None:
    """Reclassify links in a row as navigation, unless they are a list of names.

    tests/monitor/extraction/test_link_lists.py::test_menus_are_still_menus
    tests/monitor/extraction/test_link_lists.py::test_names_that_lead_to_pages_of_one_kind_are_read
    """
    page.listed = menus.mark_rows(page.raw, page.kinds, page.main)


def remove_margins(page: _Page) -> None:
    """Reclassify what is around an article, or inside it without being part of it, as navigation.

    tests/monitor/extraction/test_articles.py::test_what_stands_around_an_article_is_not_read
    tests/monitor/extraction/test_articles.py::test_what_stands_in_an_article_without_being_part_of_it_says_why
    """
    if page.main is not None:
        page.passing |= article_margins.demote(page.raw, page.kinds, page.main, page.listed)


def reclassify_orphaned_headings(page: _Page) -> None:
    """Give a heading above nothing but navigation or a feed the kind of these.

    tests/monitor/extraction/test_social_feeds.py::test_posts_in_a_row_are_a_feed_with_their_heading
    tests/monitor/extraction/test_link_lists.py::test_a_heading_that_counts_something_above_links_is_read
    tests/monitor/extraction/test_link_lists.py::test_a_heading_that_is_a_sentence_is_read_whatever_follows
    """
    declared = page.main is not None and page.main.declared
    kept = {
        n
        for n, block in enumerate(page.raw)
        if block.place.tag in HEADINGS
        and ((page.main is None and _counts(block)) or (not declared and _is_statement(block)))
    }
    _orphaned_headings(page.kinds, page.passing, kept)


STAGES: tuple[Callable[[_Page], None], ...] = (
    inherit_from_elements,
    restore_statements,
    classify_by_wording,
    restore_sentences_about_cookies,
    mark_boxes,
    mark_member_details,
    mark_recommendations,
    mark_outside_main,
    find_main_text,
    mark_feeds,
    classify_by_tag,
    mark_mastheads,
    mark_menus,
    remove_margins,
    reclassify_orphaned_headings,
)
"""The stages, in the order in which they run."""


def classify(
    raw: Sequence[RawBlock],
    places: Sequence[ElementContext],
    *,
    declared: bool,
    thread: Thread | None = None,
    offer: bool = False,
) -> tuple[Block, ...]:
    """Return the blocks with their final kinds, in the same order and with the same text.

    Args:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
        declared: Whether the page's metadata declares it an article.
        thread: The kind of discussion that it declares; None if it declares none.
        offer: Whether its metadata declares a price.

    Returns:
        The classified blocks, with the headings above them and their links.
    """
    page = _Page(raw, places, declared, thread, offer)
    for stage in STAGES:
        stage(page)
    return tuple(_anchored(page.raw, page.kinds))


def _by_tag(block: RawBlock) -> Kind:
    tag = block.place.tag
    if tag in HEADINGS:
        return BlockKind.HEADING, f"{tag} element"
    if tag in ("tr", "dd"):
        return BlockKind.ROW, "table row" if tag == "tr" else "definition"
    if block.links >= menus.LEAST_LINKS and block.link_chars >= len(block.text.translate(_BETWEEN_LINKS)):
        return BlockKind.NAVIGATION, f"{block.links} links and nothing else"
    return BlockKind.CONTENT, f"{tag} element"


def _orphaned_headings(kinds: list[Kind], passing: AbstractSet[int], kept: AbstractSet[int]) -> None:
    """Reclassify a heading with only navigation or a feed below it as that kind, except above navigation those in `kept`.

    Blocks in `passing` (captions, dates, names) are ignored.
    """
    below: BlockKind | None = None
    for index in range(len(kinds) - 1, -1, -1):
        kind = kinds[index][0]
        if kind is BlockKind.HEADING:
            if below is BlockKind.FEED or (below is BlockKind.NAVIGATION and index not in kept):
                kinds[index] = below, f"heading of {below}"
        elif index not in passing:
            below = kind if kind in _BOILERPLATE else None


def _counts(block: RawBlock) -> bool:
    """Return whether a block is a heading with words that begins with a number or has one of several digits, apart from dates."""
    text = block.text
    if block.place.tag not in HEADINGS or not has_figure(text) or not any(map(str.isalpha, text)):
        return False
    return text[0].isdigit() or _LARGE.search(text) is not None


def _is_statement(block: RawBlock) -> bool:
    """Return whether a block without a link is one sentence or several: a quotation, a statement in large letters."""
    return (
        not block.links
        and len(block.text) >= _STATEMENT_CHARS
        and block.text.rstrip(_CLOSING)[-1:] in menus.SENTENCE_ENDS
    )


def _anchored(raw: Sequence[RawBlock], kinds: Sequence[Kind]) -> list[Block]:
    """Return each block with the headings above it."""
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    anchor: tuple[str, ...] = ()
    for block, (kind, why) in zip(raw, kinds, strict=True):
        level = HEADINGS.get(block.place.tag)
        if level is not None and path and path[-1][0] >= level:
            while path and path[-1][0] >= level:
                path.pop()
            anchor = tuple(heading for _, heading in path)
        blocks.append(
            Block(kind, block.text, why, anchor, tuple(placed(block.text, block.labels)) if block.labels else ())
            if kind in READING_KINDS
            else Block(kind, block.text, why)
        )
        if level is not None and kind not in (BlockKind.CONSENT, BlockKind.NAVIGATION):
            heading = cut(block.text, HEADING_CHARS)
            path.append((level, heading))
            anchor = (*anchor, heading)
    return blocks
