"""Links of two versions that say the same as before and lead elsewhere now, or are links no more, or only now.

A link is known by what it says and by what stands around it. Links that come and go with their text are the text's change, not theirs: they are not
told here. In a text, where a link leads is part of what is said. On a page of links addresses are rearranged all the time: there it is noise.
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
from monitor.limits import QUOTE_CHARS, around
from monitor.model import READING_KINDS, Block, Change, EventKind, Level, Link, Version
from monitor.sentences import spans

_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SHOWN_CHARS = 100
_LONG = 200
_PAGE_OF_LINKS = 0.1
"""Share of link text from which a page is one of links. Nine of ten articles have less than 0.08, of nine pages watched for years the texts at most 0.09,
home pages and lists at least 0.15."""
_FEW_LINKS = 5
"""Links up to which it is none: a short text with a link or two."""
_MOST_TOLD = 12
"""Links told one by one; more are told as one change."""
_RESTLESS = "where a link leads on a page of links"

_Context = tuple[str, ...]
"""What a link says, and what stands around it."""

_Place = tuple[int, Link]
"""A link with the index of its block."""
_Stands = tuple[int, Link | None]
"""The same; None where the block's words are no link."""


class _Turn(NamedTuple):
    """A link that leads elsewhere, with the indexes of its blocks; `before` and `after` are whole URLs, None where the words are no link."""

    old_block: int
    block: int
    label: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class _Side:
    """The links of one version.

    Attributes:
        version: Whose they are.
        links: By context, in reading order, with the index of the block.
        texts: How many blocks say what, by its key.
        blocks: The first block that says so.
        keys: What each block says, by its key.
        labels: What the links of each block say.
        chars: How many characters its blocks have.
        linked: How many of them are link text.
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
        """Whether it is a page of links."""
        return sum(map(len, self.links.values())) > _FEW_LINKS and self.linked > _PAGE_OF_LINKS * self.chars


def compare(old: Version, new: Version) -> Iterator[Change]:
    """A change for each link that leads elsewhere, in reading order of the new side."""
    if [block.links for block in old.blocks if block.links] == [block.links for block in new.blocks if block.links]:
        return
    before, after = _side(old), _side(new)
    found: list[_Turn] = []
    for context in before.links.keys() | after.links.keys():
        was, now = before.links.get(context, []), after.links.get(context, [])
        if len(was) == len(now):
            found.extend(_moved(before, after, was, now))
        elif not was or not now:
            found.extend(_linked(before, after, was, now))
    found.sort(key=lambda turn: (turn.block, turn.label, turn.before or "", turn.after or ""))
    told = [_all_of(found)] if len(found) > _MOST_TOLD else [_change(old, new, turn) for turn in found]
    noise = before.is_of_links or after.is_of_links
    for change in told:
        yield replace(change, level=Level.NOISE, detail={**change.detail, "noise": _RESTLESS}) if noise else change


def _side(version: Version) -> _Side:
    said = Counter(_label(block, link) for block in version.blocks for link in block.links)
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
            side.links[_context(block, link, text, above if alone else None, said)].append((index, link))
        if not alone:
            above = text
    return side


def _context(block: Block, link: Link, text: str, above: str | None, said: Mapping[str, int]) -> _Context:
    """A link in a text is known by that; one that stands alone by its section, and by the text above where others on the page say the same."""
    label = _label(block, link)
    if above is None:
        return ("in", label, text)
    section = map(location_keys.masked, block.anchor)
    return ("alone", label, *section) if said[label] == 1 else ("one of several", label, above, *section)


def _moved(before: _Side, after: _Side, was: Sequence[_Place], now: Sequence[_Place]) -> Iterator[_Turn]:
    """Links of one context, told apart by where they lead: in another order they lead where they led."""
    if before.version.base == after.version.base:
        # Most are written as they were: taking addresses apart takes long.
        here, there = ([link.target for _, link in side] for side in (was, now))
        was, now = [was[n] for n in _without(here, there)], [now[n] for n in _without(there, here)]
    here = [_led(before.version, link) for _, link in was]
    there = [_led(after.version, link) for _, link in now]
    gone, come = _without(here, there), _without(there, here)
    for n, m in zip(gone, come, strict=True):
        yield _turn(before, after, was[n], now[m])


def _linked(before: _Side, after: _Side, was: Sequence[_Place], now: Sequence[_Place]) -> Iterator[_Turn]:
    """Links in a text that stands once on both sides, and has them on one only."""
    side, other = (before, after) if was else (after, before)
    for block, link in was or now:
        text = side.keys[block]
        if side.texts[text] == other.texts[text] == 1:
            there = other.blocks[text]
            if _label(side.version.blocks[block], link) not in other.labels[there]:
                here, plain = (block, link), (there, None)
                yield _turn(before, after, here, plain) if was else _turn(before, after, plain, here)


def _without(here: Sequence[str], there: Iterable[str]) -> list[int]:
    spare, missing = Counter(there), []
    for index, where in enumerate(here):
        if spare[where] > 0:
            spare[where] -= 1
        else:
            missing.append(index)
    return missing


def _led(version: Version, link: Link) -> str:
    """Where a link leads, in a form in which what browsers and servers take for one is one: on the page's own host by its path alone."""
    url = address(version, link)
    try:
        parts, home = urlsplit(url), urlsplit(version.base)
        host, own = _host(parts.hostname), _host(home.hostname)
    except ValueError:
        return url
    if parts.scheme not in ("http", "https", ""):
        return url
    path = _INDEX.sub("/", unquote(parts.path)).rstrip("/")
    return "\n".join(("" if host == own else host, path, unquote(parts.query), parts.fragment))


def _host(name: str | None) -> str:
    return (name or "").removeprefix("www.")


def address(version: Version, link: Link) -> str:
    """The whole URL that a link leads to, or what it says where that cannot be told."""
    try:
        return urljoin(version.base, link.target)
    except ValueError:
        return link.target


def _turn(before: _Side, after: _Side, was: _Stands, now: _Stands) -> _Turn:
    (old_block, old_link), (block, link) = was, now
    version, index, said = (before.version, old_block, old_link) if link is None else (after.version, block, link)
    assert said is not None
    return _Turn(
        old_block,
        block,
        version.blocks[index].text[said.start : said.end],
        None if old_link is None else address(before.version, old_link),
        None if link is None else address(after.version, link),
    )


def _all_of(turns: Sequence[_Turn]) -> Change:
    """One change for very many links, as where a site moved."""
    first = turns[:_MOST_TOLD]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        summary=f"{len(turns):,} links lead elsewhere, the first of them: {_summary(turns[0])}",
        sentence_before="\n".join(f"{_short(turn.label)}: {turn.before or 'no link'}" for turn in first),
        sentence_after="\n".join(f"{_short(turn.label)}: {turn.after or 'no link'}" for turn in first),
        detail={"links": len(turns), "spots": ["links"]},
    )


def _change(old: Version, new: Version, turn: _Turn) -> Change:
    block = new.blocks[turn.block]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        summary=_summary(turn),
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
    """The first sentence that holds the words of a link."""
    start, end = next(((start, end) for start, end in spans(text) if label in text[start:end]), (0, len(text)))
    first = max(text.find(label, start, end), start)
    return around(text, start, end, first, first + len(label))


def _summary(turn: _Turn) -> str:
    label = f"“{_short(turn.label)}”"
    if turn.before is None:
        return f"{label} is a link now: {_short(turn.after or '')}"
    if turn.after is None:
        return f"{label} is no link any more; it led to {_short(turn.before)}"
    return f"{label} leads elsewhere: {_short(turn.before)} → {_short(turn.after)}"


def _label(block: Block, link: Link) -> str:
    return location_keys.masked(block.text[link.start : link.end])


def _key(text: str) -> str:
    """A text by its digest where it is long: each of its many links is found by it."""
    if len(text) <= _LONG:
        return text
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass")).hexdigest()


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
