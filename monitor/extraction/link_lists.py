"""Find lists of names that are links: members, partners, places. They look like menus but are main content.

A menu links to pages of different kinds. The names of a list link to pages of one kind: neighbours in one folder, or each to its own site. A list
follows the page's headline, and the heading above it does not announce further reading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.extraction.elements import HEADINGS, RawBlock
from monitor.extraction.link_targets import target_of
from monitor.extraction.main_content import Region
from monitor.extraction.phrase_rules import is_dateline
from monitor.lexicon import alternatives

_LEAST = 6
"""Minimum number of names in a list of one row."""
_LEAST_OF_SEVERAL = 12
"""Minimum number of names in several rows together, outside the main element, where menus come in several rows too."""
_SITES = "each a site of its own"
_ALIKE = 0.85
"""Minimum share of the targets that must be of one kind."""
_MUCH = 0.4
"""Without a main element: minimum share of the blocks after the headline, not counting blocks classified by name, that the list must make up."""
_DATED = 0.1
"""Share of dates above which it is a list of news."""
_NAME_CHARS = 45
"""Maximum median length of the names in a list, in characters; headlines are longer."""
_NO_NAMES = re.compile(
    rf"(?:^|/)(?:{alternatives('lists.folders')}|\d{{4}}|\d{{4}}-\d\d)(?:/|$)",
    re.IGNORECASE,
)
_MORE_TO_READ = re.compile(rf"\b{alternatives('lists.further_reading')}\b", re.IGNORECASE)
_NETWORKS = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|instagram|linkedin|youtube|flickr|tiktok|pinterest|t|wa|whatsapp|telegram|vimeo|threads|bsky|google|apple|spotify)\.(?:com|net|me|org|app)$"
)


def find(raw: Sequence[RawBlock], rows: Sequence[range], main: Region | None) -> frozenset[int]:
    """Return the indexes of the blocks that belong to lists of names.

    A list may be divided by headings, by region or by letter: its rows are evaluated together.

    Args:
        raw: The page's blocks, their elements resolved.
        rows: Runs of short linked blocks, each long enough for a menu.
        main: The main text of an article; None if the page is not an article.
    """
    by_kind: dict[str, list[range]] = {}
    for row in rows:
        if _may_be(raw, row, main) and (kind := _kind(raw, row)):
            by_kind.setdefault(kind, []).append(row)
    return frozenset(index for alike in by_kind.values() for row in _its_own(raw, alike) for index in row)


def _may_be(raw: Sequence[RawBlock], row: range, main: Region | None) -> bool:
    """Return whether a row consists of names and is at a position where a list may be."""
    blocks = raw[row.start : row.stop]
    if main is not None and (main.declared or not (_is_inside(row, main) or blocks[0].place.main)):
        return False
    if sorted(len(block.text) for block in blocks)[len(blocks) // 2] > _NAME_CHARS:
        return False
    return sum(is_dateline(block.text) for block in blocks) <= _DATED * len(blocks)


def _is_inside(row: range, main: Region) -> bool:
    return main.first <= row.start and row.stop <= main.end


def _its_own(raw: Sequence[RawBlock], rows: Sequence[range]) -> list[range]:
    """Return the rows that are main content.

    They follow the headline, under no heading that announces further reading, and make up a good part of what follows it.
    """
    behind = [(row, headline) for row in rows if (headline := _headline(raw, row)) is not None]
    inside = [row for row, _ in behind if raw[row.start].place.main]
    if sum(map(len, inside)) >= _LEAST:
        return inside
    names = sum(len(row) for row, _ in behind)
    if names < (_LEAST if len(behind) == 1 else _LEAST_OF_SEVERAL):
        return []
    return [
        row for row, headline in behind if names >= _MUCH * sum(block.place.kind is None for block in raw[headline:])
    ]


def _headline(raw: Sequence[RawBlock], row: range) -> int | None:
    """Return the index of the headline above a row; None if there is none or the nearest heading announces further reading."""
    nearest: RawBlock | None = None
    for index in range(row.start - 1, -1, -1):
        block = raw[index]
        if block.place.tag in HEADINGS:
            nearest = nearest or block
            if block.place.tag == "h1":
                return None if nearest is not block and _MORE_TO_READ.search(nearest.text) else index
    return None


def _kind(raw: Sequence[RawBlock], row: range) -> str | None:
    """Return where the names of a row link to: one folder, or each its own site; None if they link to pages of different kinds."""
    labels = (href for block in raw[row.start : row.stop] for *_, href in block.labels)
    targets = {target for href in labels if (target := target_of(href))}
    folders: Counter[str] = Counter()
    hosts: set[str] = set()
    for target in targets:
        try:
            url = urlsplit(target)
        except ValueError:
            continue
        host = url.netloc.lower()
        folder, _, name = url.path.rstrip("/").rpartition("/")
        if host and not _NETWORKS.search(host):
            hosts.add(host)
        if name and folder.strip("/") and not _NO_NAMES.search(folder):
            folders[f"{host}{folder}"] += 1
    (folder, neighbours), *_ = folders.most_common(1) or [("", 0)]
    if neighbours and neighbours >= _ALIKE * len(targets):
        return folder
    return _SITES if len(targets) > 1 and len(hosts) >= _ALIKE * len(targets) else None
