"""Pages of a discussion: the posts are the main text, their authors' details are not.

A page declares itself a discussion by schema.org. Without that, it is one if it has no text but readers' comments, or if details of members
("Joined: May 2019, Messages: 214") are beside its texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from monitor.extraction.class_hints import words_of
from monitor.extraction.elements import ElementContext, Kind, RawBlock
from monitor.extraction.main_content import weight
from monitor.lexicon import alternatives
from monitor.lexicon.prefilter import Openings
from monitor.model import BlockKind

_DETAILS: Kind = (BlockKind.NAVIGATION, "details of a member beside a post")
_NAMES = frozenset(
    "user author avatar poster profile member signature userinfo userdetails badge badges flair karma vote votes voting reaction "
    "reactions rank".split()
)
"""Words of names of elements with a member's details."""
_TEXTS = frozenset({"content", "contents", "text", "body", "generated", "input"})
"""Words of names of elements with what a member wrote ("userContent")."""
_NAMES_CHARS = 500
_MOST_BLOCKS = 25
_MOST_CHARS = 400
_OWN_TEXT = 300
"""Number of characters of prose from which a page has a text of its own that its comments are about."""
_LABEL_CHARS = 60
_LABELS = re.compile(rf"{alternatives('posts.member_labels')}\b", re.IGNORECASE)
_COUNTS = re.compile(rf"{alternatives('posts.member_counts')}\b\W{{0,4}}\d", re.IGNORECASE)
_MAY_COUNT = Openings("posts.member_counts")


class Thread(Enum):
    """What a page declares itself by schema.org, as JSON-LD or microdata.

    Attributes:
        DISCUSSION: A discussion: comments are posts.
        QUESTION: A question with answers: comments are about these.
    """

    DISCUSSION = "DiscussionForumPosting"
    QUESTION = "QAPage"


def declared(text: str) -> Thread | None:
    """Return what kind of discussion the page's markup declares; None if it declares none."""
    for thread in (Thread.QUESTION, Thread.DISCUSSION):
        # Each search of a whole page takes a tenth of a millisecond.
        if thread.value in text and (f'"{thread.value}"' in text or f"schema.org/{thread.value}" in text):
            return thread
    return None


def comments_are_text(raw: Sequence[RawBlock], places: Sequence[ElementContext], thread: Thread | None) -> bool:
    """Return whether elements named as comments contain the page's main text: any in a discussion, all prose of another page.

    tests/monitor/extraction/test_threads.py::test_comments_on_a_page_without_another_text_are_its_text
    """
    named = bytearray(len(raw))
    for place in places:
        if place.hint is not None and is_comments(place):
            named[place.first : place.end] = b"\1" * (place.end - place.first)
    if not any(named):
        return False
    prose = [0, 0]
    first, end = _main(places, named)
    for index in range(first, end):
        prose[named[index]] += weight(raw[index])
    return prose[1] > 0 if thread is Thread.DISCUSSION else prose[0] < _OWN_TEXT <= prose[1]


def _main(places: Sequence[ElementContext], named: bytearray) -> tuple[int, int]:
    """Return the blocks of the main element that contains all comments; without one, all blocks of the page."""
    most = named.count(1)
    for place in places:
        if place.landmark and named.count(1, place.first, place.end) == most:
            return place.first, place.end
    return 0, len(named)


def is_comments(place: ElementContext) -> bool:
    """Return whether an element's name says that it contains comments."""
    hint = place.hint
    return hint is not None and hint.kind is BlockKind.FEED and not hint.sure and "comment" in hint.why.lower()


def mark_details(
    raw: Sequence[RawBlock], places: Sequence[ElementContext], known: list[Kind | None], thread: Thread | None
) -> frozenset[int]:
    """Mark the details of members beside posts: by the names of their elements in a declared discussion, by their labels on any page.

    Returns:
        Their indexes.

    tests/monitor/extraction/test_threads.py::test_details_of_members_are_no_text
    """
    found = [place for place in places if thread and _is_named(place) and _is_small(raw, place)]
    found += _labelled(raw)
    details = {index for place in found for index in range(place.first, place.end) if known[index] is None}
    for index in details:
        known[index] = _DETAILS
    return frozenset(details)


def _is_named(place: ElementContext) -> bool:
    for name in place.names[:_NAMES_CHARS].split():
        words = words_of(name)
        if not _NAMES.isdisjoint(words) and _TEXTS.isdisjoint(words):
            return True
    return False


def _is_small(raw: Sequence[RawBlock], place: ElementContext) -> bool:
    """Return whether an element has no text of its own."""
    if place.end - place.first > _MOST_BLOCKS or place.titled or place.above is None:
        return False
    blocks = raw[place.first : place.end]
    return not any(weight(block) for block in blocks) and sum(len(block.text) for block in blocks) <= _MOST_CHARS


def _labelled(raw: Sequence[RawBlock]) -> list[ElementContext]:
    """Return the largest small elements around a count of posts ("Messages: 214") that have another detail, as the date of joining, too."""
    found: list[ElementContext] = []
    for block in raw:
        text = block.text
        if len(text) > _LABEL_CHARS or not _MAY_COUNT.may_match(text) or not _COUNTS.match(text):
            continue
        place: ElementContext | None = block.place
        panel = None
        while place is not None and _is_small(raw, place):
            panel, place = place, place.above
        if panel is not None and any(
            other.text is not block.text and _LABELS.match(other.text) for other in raw[panel.first : panel.end]
        ):
            found.append(panel)
    return found
