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
from monitor.extraction.main_content import Region, weight
from monitor.extraction.phrase_rules import is_dateline
from monitor.lexicon import alternatives

_LEAST = 6
"""Minimum number of names in a list of one row."""
_LEAST_OF_SEVERAL = 12
"""Minimum number of names in several rows together, outside the main element, where menus come in several rows too."""
_SITES = "each a site of its own"
_SCRIPTS = "each opened by a script"
_LINES = frozenset({"li", "p"})
_ENTRIES = re.compile(r"(?:index|default|home|main)\b", re.IGNORECASE)
"""Names of the file that is all pages of a site: its query says nothing of their kind."""
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
    listed = {index for alike in by_kind.values() for row in _its_own(raw, alike) for index in row}
    if main is not None:
        listed.update(index for row in rows if _is_in_text(raw, row, main) for index in row)
    return frozenset(listed)


def _is_in_text(raw: Sequence[RawBlock], row: range, main: Region) -> bool:
    """Return whether a list is between the paragraphs of an article, in their own element, and links to other pages.

    tests/monitor/extraction/test_link_lists.py::test_a_list_of_links_between_paragraphs_is_part_of_the_article
    """
    item = raw[row.start].place
    if not _is_inside(row, main) or item.tag not in _LINES or item.above is None:
        return False
    home = item.above if item.tag == "p" else item.above.home or item.above
    if any(block.place.tag != item.tag or block.place.above is not item.above for block in raw[row.start : row.stop]):
        return False
    around = (range(main.first, row.start), range(row.stop, main.end))
    if not all(any(weight(raw[n]) and (raw[n].place.home or raw[n].place) is home for n in side) for side in around):
        return False
    targets = [href for block in raw[row.start : row.stop] for *_, href in block.labels]
    return sum(href.startswith("#") for href in targets) * 2 < len(targets)


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


def _are_full_names(raw: Sequence[RawBlock], row: range) -> bool:
    """Return whether most entries are two to four words that begin with capitals, as names of people are and entries of menus seldom are.

    tests/monitor/extraction/test_link_lists.py::test_names_that_a_script_opens_are_read
    """
    full = 0
    for block in raw[row.start : row.stop]:
        words = block.text.replace(",", " ").split()
        full += 2 <= len(words) <= 4 and sum(word[0].isupper() for word in words) >= 2
    return full >= _ALIKE * len(row)


def _kind(raw: Sequence[RawBlock], row: range) -> str | None:
    """Return where the names of a row link to: one folder or script, or each its own site; None if they link to pages of different kinds."""
    labels = [href for block in raw[row.start : row.stop] for *_, href in block.labels]
    targets = {target for href in labels if (target := target_of(href))}
    if not targets and _are_full_names(raw, row):
        return _SCRIPTS
    folders: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
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
        if url.query and name and not _ENTRIES.match(name) and not _NO_NAMES.search(f"{url.path}/"):
            scripts[f"{host}{url.path}?"] += 1
        if name and folder.strip("/") and not _NO_NAMES.search(folder):
            folders[f"{host}{folder}"] += 1
    for kinds in (folders, scripts):
        (kind, neighbours), *_ = kinds.most_common(1) or [("", 0)]
        if neighbours and neighbours >= _ALIKE * len(targets):
            return kind
    return _SITES if len(targets) > 1 and len(hosts) >= _ALIKE * len(targets) else None
