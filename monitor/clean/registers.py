"""Lists of names that are links: members, partners, places. They look like menus, and are what the page is about.

A menu leads to pages of different kinds; the names of a register lead to pages of one kind, side by side in one folder, or each to a site of its own. A
register stands behind the page's headline, under a heading that does not speak of more to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from monitor.clean.hrefs import target_of
from monitor.clean.places import HEADINGS, RawBlock
from monitor.clean.region import Region
from monitor.clean.wording import is_dateline

_LEAST = 6
"""Different targets from which names are a register."""
_ALIKE = 0.85
"""Share of the targets that must be of one kind."""
_MUCH = 0.4
"""Share of the blocks behind the headline that a register makes, where no main element says that it belongs to the page."""
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


def is_register(raw: Sequence[RawBlock], group: range, main: Region | None) -> bool:
    """Whether short linked blocks in a row are the page's own list.

    Args:
        raw: The page's blocks, their places resolved.
        group: The row.
        main: The main text of an article; None where the page is none.
    """
    if len(group) < _LEAST:
        return False
    blocks = raw[group.start : group.stop]
    if main is not None and (main.declared or not (_is_inside(group, main) or blocks[0].place.main)):
        return False
    if (
        sum(is_dateline(block.text) for block in blocks) > _DATED * len(blocks)
        or sorted(len(block.text) for block in blocks)[len(blocks) // 2] > _NAME_CHARS
        or not _stands_in_the_page(raw, group)
    ):
        return False
    return _alike({target for block in blocks for *_, href in block.labels if (target := target_of(href))})


def _is_inside(group: range, main: Region) -> bool:
    return main.first <= group.start and group.stop <= main.end


def _stands_in_the_page(raw: Sequence[RawBlock], group: range) -> bool:
    """Whether a headline stands before it, it is a good part of what follows that, and the heading over it does not announce something else."""
    nearest: RawBlock | None = None
    in_main = raw[group.start].place.main
    for index in range(group.start - 1, -1, -1):
        block = raw[index]
        if block.place.tag in HEADINGS:
            nearest = nearest or block
            if block.place.tag == "h1":
                its_own = in_main or len(group) >= _MUCH * (len(raw) - index)
                return its_own and (nearest is block or _MORE_TO_READ.search(nearest.text) is None)
    return False


def _alike(targets: Iterable[str]) -> bool:
    """Whether the targets are of one kind: neighbours in a folder, or each a site of its own."""
    folders: dict[str, int] = {}
    hosts: set[str] = set()
    count = 0
    for target in targets:
        count += 1
        try:
            parts = urlsplit(target)
        except ValueError:
            continue
        host = parts.netloc.lower()
        folder, _, name = parts.path.rstrip("/").rpartition("/")
        if host and not _NETWORKS.search(host):
            hosts.add(host)
        if name and folder.strip("/") and not _NO_NAMES.search(folder):
            folders[f"{host}{folder}"] = folders.get(f"{host}{folder}", 0) + 1
    if count < _LEAST:
        return False
    return max(folders.values(), default=0) >= _ALIKE * count or len(hosts) >= _ALIKE * count
