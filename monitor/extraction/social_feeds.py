"""Find social media feeds that no name identifies: several short items next to one another, each with the features of a post.

Readers' comments below a page are found by the heading that counts comments or asks for one.
A box whose heading announces posts ("From our social channels") is a feed whatever its posts look like, as long as they are short.
Elsewhere a post has a hashtag, a short link or a repost's mark, or an account's name together with its age or its number of likes. A single
item is a quotation; a run of them is a feed. Two are enough if the heading above them names a network.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from monitor.extraction.elements import HEADINGS, ElementContext, Kind, RawBlock
from monitor.extraction.main_content import Region
from monitor.extraction.prompts import MAY_HEAD_COMMENTS, MAY_NAME_NETWORK
from monitor.extraction.widgets import Survey
from monitor.lexicon import alternatives
from monitor.model import BlockKind

_FEED: Kind = (BlockKind.FEED, "posts in a row")
_WRITTEN: Kind = (BlockKind.FEED, "readers' comments")

# A hashtag is a word; "#1" and "#ff0000" are not hashtags.
_POSTED = re.compile(
    r"(?:^|[\s(])#(?![\da-fA-F]{6}\b)[^\W\d]\w{2,}|https?://t\.co/|\bt\.co/\w|pic\.(?:twitter|x)\.com|\bRT @\w|(?:^|\s)@[\w.]{2,30}:",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?:^|[\s(.·])@[A-Za-z_][\w.]{1,30}")
_MOMENT = re.compile(
    rf"\b\d{{1,2}}\s?{alternatives('posts.age_units')}\b\.?(?:\s|$)|\b{alternatives('posts.before_ages')}\s\d|"
    rf"\b\d+ [^\W\d]+ {alternatives('posts.after_ages')}\b|{alternatives('posts.age_words')}|"
    r"\b\d{1,2}\.?\s[^\W\d]{3,9}\.?(?:\s(?:19|20)\d\d)?$|^[^\W\d]{3,9}\.?\s\d{1,2}(?:,?\s(?:19|20)\d\d)?$|[♥❤♡↻🔁💬👍]\s?\d",
    re.IGNORECASE,
)
_NETWORK_WORDS = alternatives("posts.networks")
_NETWORKS = re.compile(_NETWORK_WORDS, re.IGNORECASE)
# Headings that announce posts: "Latest tweets", "Sur nos réseaux sociaux", "Instagram feed"; not "Social media" alone.
_BRINGS = re.compile(
    rf"\b{alternatives('posts.announcing')}\b.{{0,40}}{_NETWORK_WORDS}|"
    rf"{_NETWORK_WORDS}.{{0,12}}\b(?:feed|wall|stream|posts?|timeline|updates|channels)\b|^(?:tweets|@\w{{3,30}})$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    rf"(?P<many>\d+ )?{alternatives('comments.qualifiers')}?{alternatives('comments.counted')}(?: ?[:(]? ?(?P<count>\d+)\)?)?:?|"
    rf"(?P<asked>{alternatives('comments.requests')})",
    re.IGNORECASE,
)
_HEADING_CHARS = 120
_BOX_BLOCKS = 60
_SHORT_POST = 300
_BOX_SHARE = 0.35
_POST_CHARS = 800
"""Maximum number of characters of a post with everything around it."""
_RUN, _HEADED_RUN = 3, 2
_SHARE, _HEADED_SHARE = 0.75, 0.5
"""Minimum share of a run's text that must be in posts; the second value applies under a heading that names a network."""
_WHOLE_PAGE = 0.6
_LOWEST = 7
"""The rank of an element that is not a heading."""


def mark(
    raw: Sequence[RawBlock], known: list[Kind | None], main: Region | None, survey: Survey, *, thread: bool = False
) -> None:
    """Mark the blocks of social media feeds and comment sections.

    Args:
        raw: The page's blocks, their elements resolved.
        known: The kind of each block, as far as known; changed in place.
        main: The main text of an article, which quotes posts: a feed in it needs a heading that says so, and a declared article contains none. None if
            the page is not an article.
        survey: The candidate blocks.
        thread: Whether the page is a discussion: its comments are its text.
    """
    headed = survey.heads
    for box in _headed_boxes(raw, headed):
        if main is None or not main.declared or box.stop <= main.first or main.end <= box.start:
            _put(raw, known, box)
    for section in () if thread else _comment_sections(raw, headed, main):
        _put(raw, known, section, _WRITTEN)
    signed = [index for index in survey.signed if known[index] is None and _is_signed(raw[index])]
    if len(signed) < _HEADED_RUN:
        return
    total = sum(len(block.text) for block in raw)
    for run in _runs(raw, signed):
        if (
            main is not None
            and run.start < main.end
            and main.first < run.stop
            and (main.declared or not _is_headed(raw, run.start))
        ):
            continue
        if sum(len(raw[index].text) for index in run) <= _WHOLE_PAGE * total:
            _put(raw, known, run)


def _put(raw: Sequence[RawBlock], known: list[Kind | None], run: range, kind: Kind = _FEED) -> None:
    for index in run:
        if known[index] is None and raw[index].place.tag != "h1":
            known[index] = kind


def _is_signed(block: RawBlock) -> bool:
    """Return whether a block has the features of a post; a block quotation is not a post of a feed."""
    text = block.text
    at = text.find("@")
    if at > 0 and text[at - 1].isalnum() and "#" not in text and "t.co/" not in text and text.find("@", at + 1) < 0:
        # An email address.
        return False
    return block.place.tag != "blockquote" and (_POSTED.search(text) is not None or _ACCOUNT.search(text) is not None)


def _headed_boxes(raw: Sequence[RawBlock], headed: Iterable[tuple[int, str]]) -> Iterator[range]:
    """Yield small boxes that begin with a heading that announces posts and contain only short items."""
    for index, folded in headed:
        if not MAY_NAME_NETWORK.may_match(folded):
            continue
        block = raw[index]
        place = block.place.above if block.place.tag in HEADINGS else block.place
        if place is None or place.first != index or place.end - index <= _HEADED_RUN or place.above is None:
            continue
        if _BRINGS.search(block.text) and _is_box(raw, place):
            yield range(place.first, place.end)


def _comment_sections(
    raw: Sequence[RawBlock], headed: Iterable[tuple[int, str]], main: Region | None
) -> Iterator[range]:
    """Yield readers' comments: from a heading that counts comments or asks for one to the end of its element.

    On an article page, a heading "Comments" without a number counts too.
    """
    chars: list[int] = []
    ranks: list[list[int]] | None = None
    marked = 0
    for index, folded in headed:
        if not MAY_HEAD_COMMENTS.may_match(folded) or (found := _COMMENTS.fullmatch(raw[index].text.strip())) is None:
            continue
        if main is None and not (found["many"] or found["count"] or found["asked"]):
            continue
        place = raw[index].place
        inside = place.above if place.tag in HEADINGS or place.end == index + 1 else place
        if inside is None:
            continue
        if ranks is None:
            chars = [0, *accumulate(len(block.text) for block in raw)]
            ranks = _by_rank(raw)
        end = _next_above(ranks, HEADINGS.get(place.tag, _LOWEST), index, inside.end)
        if index >= marked and chars[end] - chars[index] <= _WHOLE_PAGE * chars[-1]:
            marked = end
            yield range(index, end)


def _by_rank(raw: Sequence[RawBlock]) -> list[list[int]]:
    """Return the indexes of the headings of each rank."""
    found: list[list[int]] = [[] for _ in range(_LOWEST)]
    for index, block in enumerate(raw):
        rank = HEADINGS.get(block.place.tag)
        if rank is not None:
            found[rank].append(index)
    return found


def _next_above(ranks: Sequence[Sequence[int]], rank: int, index: int, end: int) -> int:
    """Return the index of the next heading of a higher rank after a block; `end` if none is before it."""
    for indexes in ranks[:rank]:
        at = bisect_right(indexes, index)
        if at < len(indexes):
            end = min(end, indexes[at])
    return end


def _is_box(raw: Sequence[RawBlock], place: ElementContext) -> bool:
    blocks = raw[place.first + 1 : place.end]
    total = sum(len(block.text) for block in raw)
    return (
        not place.titled
        and len(blocks) <= _BOX_BLOCKS
        and all(len(block.text) <= _SHORT_POST and block.place.tag not in HEADINGS for block in blocks)
        and sum(len(block.text) for block in blocks) <= _BOX_SHARE * total
    )


def _runs(raw: Sequence[RawBlock], signed: Sequence[int]) -> list[range]:
    """Return the runs of posts: for each element that encloses marked blocks, the items next to one another in it."""
    things: dict[int, list[tuple[int, int]]] = {}
    for index in signed:
        inner: ElementContext = raw[index].place
        while inner.above is not None:
            found = things.setdefault(id(inner.above), [])
            thing = (inner.first, inner.end)
            if not found or found[-1] != thing:
                found.append(thing)
            inner = inner.above
    runs = [run for found in things.values() if (run := _run(raw, found)) is not None]
    return [run for run in runs if not any(run != other and set(run) < set(other) for other in runs)]


def _run(raw: Sequence[RawBlock], things: Sequence[tuple[int, int]]) -> range | None:
    """Return the blocks from the first to the last post in an element; None if there are too few posts or too much other text between them."""
    posts = [(first, end) for first, end in things if _is_post(raw[first:end])]
    if len(posts) < _HEADED_RUN:
        return None
    first, end = posts[0][0], posts[-1][1]
    headed = _is_headed(raw, first)
    if len(posts) < _RUN and not headed:
        return None
    total = sum(len(block.text) for block in raw[first:end])
    posted = sum(len(block.text) for begin, stop in posts for block in raw[begin:stop])
    if posted < (_HEADED_SHARE if headed else _SHARE) * total or any(
        block.place.tag in ("h1", "h2") for block in raw[first:end]
    ):
        return None
    return range(first, end)


def _is_post(blocks: Sequence[RawBlock]) -> bool:
    if sum(len(block.text) for block in blocks) > _POST_CHARS:
        return False
    if any(_POSTED.search(block.text) for block in blocks):
        return True
    return any(_ACCOUNT.search(block.text) for block in blocks) and any(_MOMENT.search(block.text) for block in blocks)


def _is_headed(raw: Sequence[RawBlock], first: int) -> bool:
    """Return whether the nearest heading above names a network."""
    for block in reversed(raw[max(first - 3, 0) : first]):
        if block.place.tag in HEADINGS or len(block.text) <= _HEADING_CHARS:
            if _NETWORKS.search(block.text):
                return True
            if block.place.tag in HEADINGS:
                return False
    return False
