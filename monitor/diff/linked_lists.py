"""Finds the lists of links under a heading, such as "Recent posts", and how they move between two versions of a page. Pure.

A feed moves in one way: new items are added at its head, and as many may leave at its end. Directories, name lists and menus change anywhere, and their
changes are not a movement. Whether a list that moves belongs to the page or to its host is not decided here, see `monitor.tracking.host_template`.

See tests/monitor/diff/test_linked_lists.py.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from monitor.diff import location_keys
from monitor.limits import HEADING_CHARS, cut
from monitor.model import READING_KINDS, Block, BlockKind, Version

LISTS_VERSION = "1"
"""Raised when the digest of a list changes; what was learned under another version is discarded."""
MOST_LISTS = 32
"""Maximum number of lists of one page."""
_MOST_ITEMS = 60
"""Items above which a list is a page's content, not a list beside it."""
_LEAST_ITEMS = 2
_MOST_BETWEEN = 4
"""Blocks between two items (date, category, excerpt) up to which they belong to one list; also between the heading and the first item."""
_SORTED_ITEMS = 4
"""Number of items from which alphabetical order is no coincidence."""
_STEADY_ITEMS = 2
"""Items that only changed their places from which a list is a feed, whatever its items are."""
_TITLE_WORDS = 4
_EAST_ASIAN = "\u2e80"
"""The first character of the scripts that write words without spaces between them."""
_CHARS_OF_A_WORD = 4
_DIGEST_BYTES = 8


class LinkedList(NamedTuple):
    """The linked blocks under a heading.

    Attributes:
        heading: Index of the heading's block.
        end: Index of the first block after the section (exclusive).
        items: Indexes of the linked blocks.
        texts: Their texts with numbers masked, so that "3 days ago" is the same text on the next day.
        digest: Digest of the heading and the texts, which identifies the list on the pages of a host.
    """

    heading: int
    end: int
    items: tuple[int, ...]
    texts: tuple[str, ...]
    digest: str


class Movement(NamedTuple):
    """A list to which items were added at its head.

    Attributes:
        digest: Digest of the earlier list.
        removed: Indexes of the earlier version's blocks that left.
        added: Indexes of the later version's blocks that were added.
    """

    digest: str
    removed: range
    added: range


def lists_of(version: Version) -> tuple[str, ...]:
    """Return the digests of a version's lists, in reading order, at most `MOST_LISTS`."""
    return tuple(found.digest for found in list(_lists(version).values())[:MOST_LISTS])


def moved(old: Version, new: Version) -> list[Movement]:
    """Return the lists that moved as a feed does, in reading order of the earlier version."""
    if old.blocks == new.blocks:
        return []
    after = _lists(new)
    movements: list[Movement] = []
    for name, previous in _lists(old).items():
        current = after.get(name)
        if current is not None and previous.texts != current.texts:
            change = _head_change(previous.texts, current.texts)
            if change is not None:
                movements.append(_movement(previous, current, change))
    return movements


@dataclass(slots=True)
class _Section:
    """A section that is being collected; `title` and `depth` say which blocks belong to it."""

    heading: int
    title: str
    depth: int
    items: list[int] = field(default_factory=list)
    between: int = 0
    ended: bool = False

    def contains(self, block: Block) -> bool:
        return len(block.anchor) > self.depth and block.anchor[self.depth] == self.title

    def add(self, index: int, block: Block) -> None:
        if self.ended:
            return
        if _is_linked(block):
            self.items.append(index)
            self.between = 0
        else:
            self.between += 1
        # Links under a heading within the section are that heading's list; a linked heading is the title of an item.
        under_another = block.kind is BlockKind.HEADING and self.between > 0
        self.ended = under_another or self.between > _MOST_BETWEEN or len(self.items) > _MOST_ITEMS


def _lists(version: Version) -> dict[tuple[str, int], LinkedList]:
    """Return the lists of a version by their heading, and its number among equal headings."""
    found: dict[tuple[str, int], LinkedList] = {}
    names: Counter[str] = Counter()
    for section, end in _sections(version.blocks):
        title = location_keys.masked(section.title)
        if _LEAST_ITEMS <= len(section.items) <= _MOST_ITEMS:
            texts = tuple(location_keys.masked(version.blocks[index].text) for index in section.items)
            digest = _digest(title, texts)
            found[title, names[title]] = LinkedList(section.heading, end, tuple(section.items), texts, digest)
        names[title] += 1
    return dict(sorted(found.items(), key=lambda item: item[1].heading))


def _sections(blocks: Sequence[Block]) -> Iterator[tuple[_Section, int]]:
    """Yield each section when it ends, with the index of the first block after it."""
    open_sections: list[_Section] = []
    for index, block in enumerate(blocks):
        if block.kind not in READING_KINDS:
            continue
        while open_sections and not open_sections[-1].contains(block):
            yield open_sections.pop(), index
        for section in open_sections:
            section.add(index, block)
        if block.kind is BlockKind.HEADING:
            open_sections.append(_Section(index, cut(block.text, HEADING_CHARS), len(block.anchor)))
    while open_sections:
        yield open_sections.pop(), len(blocks)


def _is_linked(block: Block) -> bool:
    """Return whether at least half of a block's text is a link: a title, perhaps with its date."""
    return 2 * sum(link.end - link.start for link in block.links) >= len(block.text)


def _digest(title: str, texts: Sequence[str]) -> str:
    parts = "\x1f".join((LISTS_VERSION, title, *texts)).encode("utf-8", "surrogatepass")
    return hashlib.blake2s(parts, digest_size=_DIGEST_BYTES).hexdigest()


class _HeadChange(NamedTuple):
    """The items that left and those that were added, as ranges of the items of each side."""

    removed: range
    added: range


def _head_change(before: Sequence[str], after: Sequence[str]) -> _HeadChange | None:
    """Return which items were added at the head and which left at the end; None if the list changed in another way.

    One link may precede the items ("All news"), and any number may follow them. A feed in the opposite order moves the other way round. Unless at least
    `_STEADY_ITEMS` items only changed their places, because all were replaced or none left, the added ones must be titles: names that join are a change.

    See tests/monitor/diff/test_linked_lists.py::test_names_that_join_or_leave_are_no_movement.
    """
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n] != after[n]), most)
    if first > 1 or (_is_sorted(before) and _is_sorted(after)):
        return None
    last = next((n for n in range(most - first) if before[-1 - n] != after[-1 - n]), most - first)
    left, come = range(first, len(before) - last), range(first, len(after) - last)
    stayed = _shifted(before[first : left.stop], after[first : come.stop])
    if stayed:
        change = _HeadChange(left[stayed:], come[: len(come) - stayed])
    elif stayed := _shifted(after, before):
        change = _HeadChange(range(len(before) - stayed), range(stayed, len(after)))
    elif (come and last and not left) or (not first and not last and _all_replaced(before, after)):
        change = _HeadChange(left, come)
    else:
        return None
    added = [after[item] for item in change.added]
    # Items that both sides have were only rearranged, and perhaps their numbers changed.
    is_new = set(added).isdisjoint(before)
    return change if is_new and (stayed >= _STEADY_ITEMS or all(map(_is_title, added))) else None


def _shifted(left: Sequence[str], come: Sequence[str]) -> int:
    """Return the number of items that were moved down by others added before them, while the items behind them left; 0 if there are none."""
    for stayed in range(min(len(left), len(come)) - 1, 0, -1):
        if come[len(come) - stayed :] == left[:stayed]:
            return stayed
    return 0


def _all_replaced(left: Sequence[str], come: Sequence[str]) -> bool:
    return len(left) == len(come) and not set(left) & set(come)


def _is_title(text: str) -> bool:
    """Return whether a text is long enough for a title; names of people, organisations and countries seldom are."""
    return len(text.split()) + sum(char >= _EAST_ASIAN for char in text) // _CHARS_OF_A_WORD >= _TITLE_WORDS


def _is_sorted(texts: Sequence[str]) -> bool:
    return len(texts) >= _SORTED_ITEMS and all(a.casefold() <= b.casefold() for a, b in pairwise(texts))


def _movement(previous: LinkedList, current: LinkedList, change: _HeadChange) -> Movement:
    """Return the blocks that a movement removed and added: the items, with the dates and excerpts that belong to them."""
    between = max(b - a - 1 for a, b in pairwise(previous.items))
    # What precedes the first item, such as a date, precedes each.
    leading = min(previous.items[0] - previous.heading - 1, between)
    around = leading, between - leading
    return Movement(
        previous.digest, _blocks(previous, change.removed, *around), _blocks(current, change.added, *around)
    )


def _blocks(found: LinkedList, items: range, leading: int, trailing: int) -> range:
    """Return the blocks of some consecutive items, with at most so many blocks before the first and after the last."""
    if not items:
        return range(0)
    before = found.items[items.start - 1] if items.start else found.heading
    behind = found.items[items.stop] if items.stop < len(found.items) else found.end
    first, last = found.items[items.start], found.items[items.stop - 1]
    return range(max(before + 1, first - leading), min(behind, last + trailing + 1))
