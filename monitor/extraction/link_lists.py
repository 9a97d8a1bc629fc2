"""Lists of names that are links: members, partners, places. They look like menus, and are what the page is about.

A menu leads to pages of different kinds; the names of a register lead to pages of one kind, side by side in one folder, or each to a site of its own. A
register stands behind the page's headline, under a heading that does not speak of more to read.
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

_LEAST = 6
"""Names from which a row is a register."""
_LEAST_OF_SEVERAL = 12
"""Names from which several rows are one outside the main element, where menus stand in rows, too."""
_SITES = "each a site of its own"
_ALIKE = 0.85
"""Share of the targets that must be of one kind."""
_MUCH = 0.4
"""Share of what stands behind the headline, and is no boilerplate by its name, that a register makes, where no main element says that it belongs to the page."""
_DATED = 0.1
"""Share of dates from which it is a list of news."""
_NAME_CHARS = 45
"""Characters of a name, as the median of a register; headlines are longer."""
_NO_NAMES = re.compile(
    r"(?:^|/)(?:tags?|topics?|categor(?:y|ies|ia|ias|ie)|kategorien?|themen?|temas?|archives?|archiv|author|autor|search|suche|page|seite|"
    r"\d{4}|\d{4}-\d\d|blog|news|nieuws|noticias|actualites?|aktuelles?|articles?|artikel|stories|posts?|help|login)(?:/|$)",
    re.IGNORECASE,
)
_MORE_TO_READ = re.compile(
    r"\b(?:relat\w+|more|most|read|popular\w*|trending|latest|recent\w*|tags?|categor\w+|kategorien?|archiv\w*|topics?|quick ?links?|useful links|links|sitemap|menu|"
    r"navigation|contents?|on this page|in this section|services?|see also|explore|languages?|follow\w*|share|ähnlich\w*|mehr|weitere\w*|meist\w*|neueste\w*|aktuell\w*|themen|"
    r"inhalt\w*|sprachen?|plus|voir aussi|articles?|derni\w+|sommaire|rubriques|más|relacionad\w+|últim\w+|enlaces|mais|ver também|altri|leggi|correlat\w+|ultim\w+|"
    r"meer|gerelateerd\w*|lees ook|laatste|siehe auch)\b",
    re.IGNORECASE,
)
_NETWORKS = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|instagram|linkedin|youtube|flickr|tiktok|pinterest|t|wa|whatsapp|telegram|vimeo|threads|bsky|google|apple|spotify)\.(?:com|net|me|org|app)$"
)


def find(raw: Sequence[RawBlock], rows: Sequence[range], main: Region | None) -> frozenset[int]:
    """Indexes of the blocks of a page's registers. A list may be parted under headings, by region or by letter: its rows are judged together.

    Args:
        raw: The page's blocks, their places resolved.
        rows: Short linked blocks in a row, each row long enough for a menu.
        main: The main text of an article; None where the page is none.
    """
    by_kind: dict[str, list[range]] = {}
    for row in rows:
        if _may_be(raw, row, main) and (kind := _kind(raw, row)):
            by_kind.setdefault(kind, []).append(row)
    return frozenset(index for alike in by_kind.values() for row in _its_own(raw, alike) for index in row)


def _may_be(raw: Sequence[RawBlock], row: range, main: Region | None) -> bool:
    """Whether a row holds names, and stands where a register may."""
    blocks = raw[row.start : row.stop]
    if main is not None and (main.declared or not (_is_inside(row, main) or blocks[0].place.main)):
        return False
    if sorted(len(block.text) for block in blocks)[len(blocks) // 2] > _NAME_CHARS:
        return False
    return sum(is_dateline(block.text) for block in blocks) <= _DATED * len(blocks)


def _is_inside(row: range, main: Region) -> bool:
    return main.first <= row.start and row.stop <= main.end


def _its_own(raw: Sequence[RawBlock], rows: Sequence[range]) -> list[range]:
    """The rows that are what the page is about: behind its headline, under no heading that announces something else, and a good part of what follows."""
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
    """The headline that a row stands behind; None where there is none, or the heading over the row announces more to read."""
    nearest: RawBlock | None = None
    for index in range(row.start - 1, -1, -1):
        block = raw[index]
        if block.place.tag in HEADINGS:
            nearest = nearest or block
            if block.place.tag == "h1":
                return None if nearest is not block and _MORE_TO_READ.search(nearest.text) else index
    return None


def _kind(raw: Sequence[RawBlock], row: range) -> str | None:
    """Where the names of a row lead: to neighbours in this folder, or each to a site of its own; None where to pages of different kinds."""
    labels = (href for block in raw[row.start : row.stop] for *_, href in block.labels)
    targets = {target for href in labels if (target := target_of(href))}
    folders: Counter[str] = Counter()
    hosts: set[str] = set()
    for target in targets:
        try:
            parts = urlsplit(target)
        except ValueError:
            continue
        host = parts.netloc.lower()
        folder, _, name = parts.path.rstrip("/").rpartition("/")
        if host and not _NETWORKS.search(host):
            hosts.add(host)
        if name and folder.strip("/") and not _NO_NAMES.search(folder):
            folders[f"{host}{folder}"] += 1
    (folder, neighbours), *_ = folders.most_common(1) or [("", 0)]
    if neighbours and neighbours >= _ALIKE * len(targets):
        return folder
    return _SITES if len(targets) > 1 and len(hosts) >= _ALIKE * len(targets) else None
