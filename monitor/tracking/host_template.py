"""Learns the template of a host: lists of links that several of its pages show. Pure.

One new post changes "Recent posts" on every page of a site, which is not a change of any of these pages. A list is part of the template if at least
`LEAST_PAGES` different pages show it with the same heading and the same items, so a list whose content differs from page to page never is, nor one that
a single page shows. The share of the host's pages does not matter: only some of them may be watched, or have that section.

What is learned only lowers text changes to level noise, and only where such a list moves as a feed does (`monitor.diff.linked_lists`). Numbers and
declared facts keep their level wherever they are. See docs/decisions/0039-a-hosts-template-is-its-repeated-lists.md.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from monitor.diff import linked_lists
from monitor.diff.linked_lists import LISTS_VERSION
from monitor.model import READING_KINDS, BlockKind, HostTemplate, PageLists, PageVersion, Version

LEAST_PAGES = 3
"""Different pages of a host that must show a list before it is part of the template."""
MOST_LISTS = 2_000
"""Maximum number of lists remembered per host; the latest are kept. Each state of a list is one, so that pages checked seldom are recognised too."""
_DIGEST_BYTES = 8


def lists_of(page: PageVersion) -> PageLists:
    """Return the lists that a page's current version shows."""
    lists = linked_lists.lists_of(page.version)
    return PageLists(page.page_id, page.version_id, page.at, _identity(page.version), lists, LISTS_VERSION)


def moved_lists(old: Version, new: Version) -> frozenset[str]:
    """Return the digests of the lists of `old` that moved as a feed does: those for which the template matters."""
    return frozenset(movement.digest for movement in linked_lists.moved(old, new))


def covers(known: HostTemplate | None, lists: frozenset[str]) -> bool:
    """Return whether all these lists are part of the template, as far as that was learned."""
    return known is not None and known.code == LISTS_VERSION and lists <= known.lists.keys()


def learn(known: HostTemplate | None, pages: Iterable[PageLists]) -> HostTemplate:
    """Return the template after the lists of the host's pages were considered; the order of the pages does not matter.

    Args:
        known: The template learned so far; None if there is none.
        pages: The lists of the host's pages, at most one entry per page.
    """
    shown: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for page in pages:
        if page.code == LISTS_VERSION:
            for digest in page.lists:
                times = shown[digest]
                times[page.identity] = min(page.at, times.get(page.identity, page.at))
    lists = dict(known.lists) if known is not None and known.code == LISTS_VERSION else {}
    for digest, times in shown.items():
        if len(times) >= LEAST_PAGES:
            lists.setdefault(digest, sorted(times.values())[LEAST_PAGES - 1])
    if len(lists) > MOST_LISTS:
        lists = dict(sorted(lists.items(), key=lambda item: (-item[1], item[0]))[:MOST_LISTS])
    return HostTemplate(LISTS_VERSION, lists)


def _identity(version: Version) -> str:
    texts = (
        block.text for block in version.blocks if block.kind in READING_KINDS and block.kind is not BlockKind.HEADING
    )
    longest = max(texts, key=len, default="")
    parts = f"{version.title}\x1f{longest}".encode("utf-8", "surrogatepass")
    return hashlib.blake2s(parts, digest_size=_DIGEST_BYTES).hexdigest()
