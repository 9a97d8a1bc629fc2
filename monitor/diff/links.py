"""Compares the links of two versions: links whose target changed, and texts that became a link or ceased to be one.

A link is identified by its label and its context. Links that are added or removed with their text belong to the text change and are not reported here.
In prose, a link's target is part of the content. On a page that consists of links, targets are rearranged constantly, so changes there are noise.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from monitor.diff import location_keys
from monitor.limits import QUOTE_CHARS, around, cut
from monitor.model import READING_KINDS, Block, Change, EventKind, Level, Link, NoiseReason, Reason, Version
from monitor.sentences import spans
from monitor.urls import bare_host

_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_LABEL_CHARS = 100
_LONG = 200
_PAGE_OF_LINKS = 0.1
"""Share of link text from which a page counts as a page of links. Measured: 9 of 10 articles are below 0.08; of nine pages watched for years, those with
prose reach at most 0.09, home pages and lists at least 0.15."""
_FEW_LINKS = 5
"""Number of links up to which a page is not a page of links: a short text with one or two links."""
_MAX_SEPARATE = 12
"""Links reported one by one; more are reported as one change."""

_Context = tuple[str, ...]
"""The label of a link, and its context."""

_Place = tuple[int, Link]
"""A link with the index of its block."""
_Stands = tuple[int, Link | None]
"""The same; the link is None if the text in the block is not a link."""


class _Turn(NamedTuple):
    """A link whose target changed, with the indexes of its blocks; `before` and `after` are absolute URLs, None if the text is not a link."""

    old_block: int
    block: int
    label: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class _Side:
    """The links of one version.

    Attributes:
        version: The version.
        links: By context, in reading order, with the index of the block.
        texts: The number of blocks with each text, by text key.
        blocks: The first block with each text, by text key.
        keys: The text key of each block.
        labels: The link labels of each block.
        chars: Number of characters in all reading blocks.
        linked: Number of these characters that are link text.
    """

    version: Version
    links: dict[_Context, list[_Place]] = field(default_factory=lambda: defaultdict(list))
    texts: Counter[str] = field(default_factory=Counter)
    blocks: dict[str, int] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    labels: dict[int, set[str]] = field(default_factory=dict)
    chars: int = 0
    linked: int = 0

    @property
    def is_of_links(self) -> bool:
        """Whether the version is a page of links."""
        # See tests/monitor/diff/test_links.py::test_on_a_page_of_links_where_they_lead_is_noise.
        return sum(map(len, self.links.values())) > _FEW_LINKS and self.linked > _PAGE_OF_LINKS * self.chars


def compare(old: Version, new: Version) -> Iterator[Change]:
    """Yield a change for each link whose target changed, in reading order of the new version."""
    if [block.links for block in old.blocks if block.links] == [block.links for block in new.blocks if block.links]:
        return
    before, after = _side(old), _side(new)
    found: list[_Turn] = []
    for context in before.links.keys() | after.links.keys():
        previous, current = before.links.get(context, []), after.links.get(context, [])
        if len(previous) == len(current):
            found.extend(_moved(before, after, previous, current))
        elif not previous or not current:
            found.extend(_linked(before, after, previous, current))
    found.sort(key=lambda turn: (turn.block, turn.label, turn.before or "", turn.after or ""))
    changes = [_all_of(found)] if len(found) > _MAX_SEPARATE else [_change(old, new, turn) for turn in found]
    noise = before.is_of_links or after.is_of_links
    for change in changes:
        yield (
            replace(change, level=Level.NOISE, detail={**change.detail, "noise": NoiseReason.PAGE_OF_LINKS.value})
            if noise
            else change
        )


def _side(version: Version) -> _Side:
    label_counts = Counter(_label(block, link) for block in version.blocks for link in block.links)
    side, above = _Side(version), ""
    for index, block in enumerate(version.blocks):
        if block.kind not in READING_KINDS:
            continue
        text = _key(location_keys.masked(block.text))
        side.texts[text] += 1
        side.blocks.setdefault(text, index)
        side.keys[index] = text
        side.labels[index] = {_label(block, link) for link in block.links}
        side.chars += len(block.text)
        side.linked += sum(link.end - link.start for link in block.links)
        alone = len(block.links) == 1 and block.links[0].end - block.links[0].start == len(block.text)
        for link in block.links:
            side.links[_context(block, link, text, above if alone else None, label_counts)].append((index, link))
        if not alone:
            above = text
    return side


def _context(block: Block, link: Link, text: str, above: str | None, label_counts: Mapping[str, int]) -> _Context:
    """Return the context of a link.

    A link within a text is identified by that text. A link that fills its block is identified by its section, and also by the preceding text if other
    links on the page have the same label.
    """
    # See tests/monitor/diff/test_links.py::test_links_of_the_same_words_that_lose_what_stands_above_them_are_links_all_the_same.
    label = _label(block, link)
    if above is None:
        return ("in", label, text)
    section = map(location_keys.masked, block.anchor)
    return ("alone", label, *section) if label_counts[label] == 1 else ("one of several", label, above, *section)


def _moved(before: _Side, after: _Side, previous: Sequence[_Place], current: Sequence[_Place]) -> Iterator[_Turn]:
    """Yield the target changes among links of one context. Links are matched by target, so a new order is not a change."""
    if before.version.base == after.version.base:
        # Compare the raw targets first, because most are equal and parsing URLs is slow.
        here, there = ([link.target for _, link in side] for side in (previous, current))
        previous, current = [previous[n] for n in _without(here, there)], [current[n] for n in _without(there, here)]
    here = [_led(before.version, link) for _, link in previous]
    there = [_led(after.version, link) for _, link in current]
    gone, come = _without(here, there), _without(there, here)
    for n, m in zip(gone, come, strict=True):
        yield _turn(before, after, previous[n], current[m])


def _linked(before: _Side, after: _Side, previous: Sequence[_Place], current: Sequence[_Place]) -> Iterator[_Turn]:
    """Yield the links that only one side has, in texts that occur once on each side."""
    # See tests/monitor/diff/test_links.py::test_words_that_become_a_link_and_stop_being_one.
    side, other = (before, after) if previous else (after, before)
    for block, link in previous or current:
        text = side.keys[block]
        if side.texts[text] == other.texts[text] == 1:
            there = other.blocks[text]
            if _label(side.version.blocks[block], link) not in other.labels[there]:
                here, plain = (block, link), (there, None)
                yield _turn(before, after, here, plain) if previous else _turn(before, after, plain, here)


def _without(here: Sequence[str], there: Iterable[str]) -> list[int]:
    spare, missing = Counter(there), []
    for index, where in enumerate(here):
        if spare[where] > 0:
            spare[where] -= 1
        else:
            missing.append(index)
    return missing


def _led(version: Version, link: Link) -> str:
    """Normalise the target of a link, so that URLs that browsers and servers treat as equal are equal; on the page's own host the host is left out."""
    url = address(version, link)
    try:
        parts, home = urlsplit(url), urlsplit(version.base)
        host, own = bare_host(parts.hostname), bare_host(home.hostname)
    except ValueError:
        return url
    if parts.scheme not in ("http", "https", ""):
        return url
    path = _INDEX.sub("/", unquote(parts.path)).rstrip("/")
    return "\n".join(("" if host == own else host, path, unquote(parts.query), parts.fragment))


def address(version: Version, link: Link) -> str:
    """Return the absolute URL of a link, or its raw target if it cannot be resolved."""
    try:
        return urljoin(version.base, link.target)
    except ValueError:
        return link.target


def _turn(before: _Side, after: _Side, previous: _Stands, current: _Stands) -> _Turn:
    (old_block, old_link), (block, link) = previous, current
    version, index, labelled = (before.version, old_block, old_link) if link is None else (after.version, block, link)
    assert labelled is not None
    return _Turn(
        old_block,
        block,
        version.blocks[index].text[labelled.start : labelled.end],
        None if old_link is None else address(before.version, old_link),
        None if link is None else address(after.version, link),
    )


def _all_of(turns: Sequence[_Turn]) -> Change:
    """Return one change for a large number of links, for example after a site has moved."""
    # See tests/monitor/diff/test_links.py::test_very_many_links_are_told_as_one_change.
    first = turns[:_MAX_SEPARATE]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.LINK_TARGETS_CHANGED,
        sentence_before="\n".join(f"{cut(turn.label, _LABEL_CHARS)}: {turn.before or 'no link'}" for turn in first),
        sentence_after="\n".join(f"{cut(turn.label, _LABEL_CHARS)}: {turn.after or 'no link'}" for turn in first),
        detail={
            "links": len(turns),
            "first_link": {
                "label": cut(turns[0].label, _LABEL_CHARS),
                "before": turns[0].before,
                "after": turns[0].after,
            },
            "spots": ["links"],
        },
    )


def _change(old: Version, new: Version, turn: _Turn) -> Change:
    block = new.blocks[turn.block]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=_reason(turn),
        before=turn.before,
        after=turn.after,
        quote_before=turn.label[:QUOTE_CHARS],
        quote_after=turn.label[:QUOTE_CHARS],
        sentence_before=_sentence(old.blocks[turn.old_block].text, turn.label),
        sentence_after=_sentence(block.text, turn.label),
        block_kind=block.kind,
        detail={
            "link": turn.label[:QUOTE_CHARS],
            "anchor": list(block.anchor),
            "spots": [location_keys.of_link(block, turn.label)],
        },
    )


def _sentence(text: str, label: str) -> str:
    """Return the first sentence that contains the label of a link."""
    start, end = next(((start, end) for start, end in spans(text) if label in text[start:end]), (0, len(text)))
    first = max(text.find(label, start, end), start)
    return around(text, start, end, first, first + len(label))


def _reason(turn: _Turn) -> Reason:
    if turn.before is None:
        return Reason.LINK_ADDED
    return Reason.LINK_REMOVED if turn.after is None else Reason.LINK_TARGET_CHANGED


def _label(block: Block, link: Link) -> str:
    return location_keys.masked(block.text[link.start : link.end])


def _key(text: str) -> str:
    """Return a text, or its digest if it is long: the text is part of the key of each link in it."""
    if len(text) <= _LONG:
        return text
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass")).hexdigest()
