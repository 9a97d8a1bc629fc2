"""Feeds of social media that no name gives away: several short things beside one another, each with what only posts have.

A post has a hashtag, a short link or a repost's mark, or an account's name beside how long ago it was or how many liked it. One such thing is a quotation; a
run of them is a feed. Where a heading over them speaks of a network, two are a run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.clean.places import HEADINGS, Place, RawBlock
from monitor.clean.region import Region
from monitor.model import BlockKind

Kind = tuple[BlockKind, str]

_FEED: Kind = (BlockKind.FEED, "posts in a row")

# A hashtag is a word; "#1" and "#ff0000" are none.
_POSTED = re.compile(
    r"(?:^|[\s(])#(?![\da-fA-F]{6}\b)[^\W\d]\w{2,}|https?://t\.co/|\bt\.co/\w|pic\.(?:twitter|x)\.com|\bRT @\w|(?:^|\s)@[\w.]{2,30}:",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?:^|[\s(.·])@[A-Za-z_][\w.]{1,30}")
_MOMENT = re.compile(
    r"\b\d{1,2}\s?(?:s|m|min|h|hrs?|d|w|mo|j|std|uur|t|godz|dn[ií]?|g)\b\.?(?:\s|$)|\b(?:vor|il y a|hace|há)\s\d|\b\d+ [^\W\d]+ (?:ago|fa|geleden|atrás|sedan|siden|temu|назад)\b|منذ|"
    r"\b\d{1,2}\.?\s[^\W\d]{3,9}\.?(?:\s(?:19|20)\d\d)?$|^[^\W\d]{3,9}\.?\s\d{1,2}(?:,?\s(?:19|20)\d\d)?$|[♥❤♡↻🔁💬👍]\s?\d",
    re.IGNORECASE,
)
_NETWORKS = re.compile(
    r"twitter|tweet|facebook|instagram|linkedin|mastodon|bluesky|tiktok|social (?:media|network|wall|feed|stream)|soziale[nr]? (?:medien|netz)|réseaux sociaux|"
    r"redes sociales|redes sociais|(?:reti|canali) social|\bsocial$|sociale (?:media|medier)|sociala medier|social[eě] s[ií]t|media społecznościow|"
    r"соц(?:иальн|сет)|التواصل الاجتماعي|تغريد|شبکه‌های اجتماعی|ソーシャル|ツイート|\bon x$|@\w",
    re.IGNORECASE,
)
_HEADING_CHARS = 120
_POST_CHARS = 800
"""Characters of a post, with all around it, at the most."""
_RUN, _HEADED_RUN = 3, 2
_SHARE, _HEADED_SHARE = 0.75, 0.5
"""Share of a run's text that must stand in things with a post's marks."""
_WHOLE_PAGE = 0.6


def mark(raw: Sequence[RawBlock], known: list[Kind | None], main: Region | None) -> None:
    """Note the blocks of such feeds.

    Args:
        raw: The page's blocks, their places resolved.
        known: What is known of each so far; changed in place.
        main: The main text of an article, which quotes posts; a feed stands in it only where a heading says so, and never in a declared one. None where
            the page is no article.
    """
    signed = [
        index
        for index, block in enumerate(raw)
        if ("@" in (text := block.text) or "#" in text or "t.co/" in text)
        and known[index] is None
        and block.place.tag != "blockquote"
        and (_POSTED.search(text) or _ACCOUNT.search(text))
    ]
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
            for index in run:
                if known[index] is None and raw[index].place.tag != "h1":
                    known[index] = _FEED


def _runs(raw: Sequence[RawBlock], signed: Sequence[int]) -> list[range]:
    """The runs of posts: in each place around signed blocks, the things that stand in it side by side."""
    things: dict[int, list[tuple[int, int]]] = {}
    for index in signed:
        inner: Place = raw[index].place
        while inner.above is not None:
            found = things.setdefault(id(inner.above), [])
            thing = (inner.first, inner.end)
            if not found or found[-1] != thing:
                found.append(thing)
            inner = inner.above
    runs = [run for found in things.values() if (run := _run(raw, found)) is not None]
    return [run for run in runs if not any(run != other and set(run) < set(other) for other in runs)]


def _run(raw: Sequence[RawBlock], things: Sequence[tuple[int, int]]) -> range | None:
    """The blocks from the first post in a place to the last; None where there are too few, or too much else stands between."""
    posts = [(first, end) for first, end in things if _is_post(raw[first:end])]
    if len(posts) < _HEADED_RUN:
        return None
    first, end = posts[0][0], posts[-1][1]
    headed = _is_headed(raw, first)
    if len(posts) < _RUN and not headed:
        return None
    said = sum(len(block.text) for block in raw[first:end])
    posted = sum(len(block.text) for begin, stop in posts for block in raw[begin:stop])
    if posted < (_HEADED_SHARE if headed else _SHARE) * said or any(
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
    """Whether the nearest heading above speaks of a network."""
    for block in reversed(raw[max(first - 3, 0) : first]):
        if block.place.tag in HEADINGS or len(block.text) <= _HEADING_CHARS:
            if _NETWORKS.search(block.text):
                return True
            if block.place.tag in HEADINGS:
                return False
    return False
