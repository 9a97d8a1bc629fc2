"""Links of two versions that say the same as before and lead elsewhere now, or are links no more, or only now.

A link is known by what it says and by what stands around it. Links that come and go with their text are the text's change, not theirs: they are not
told here. In a text, where a link leads is part of what is said. On a page of links addresses are rearranged all the time: there it is noise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from monitor.compare import places
from monitor.model import READING_KINDS, Block, Change, EventKind, Level, Link, Version
from monitor.sentences import spans

_DIGITS = re.compile(r"\d[\d.,\u00a0\u202f]*")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SHOWN_CHARS = 100
_PAGE_OF_LINKS = 0.1
"""Share of link text from which a page is one of links. Nine of ten articles have less than 0.08, of nine pages watched for years the texts at most 0.09,
home pages and lists at least 0.15."""
_FEW_LINKS = 5
"""Links up to which it is none: a short text with a link or two."""
_RESTLESS = "where a link leads on a page of links"

_Context = tuple[str, ...]
"""What a link says, and what stands around it."""

_Place = tuple[int, Link]
"""A link with the index of its block."""
_Stands = tuple[int, Link | None]
"""The same; None where the block's words are no link."""


class _Turn(NamedTuple):
    """A link that leads elsewhere; `before` and `after` are whole URLs, None where the words are no link. Sentences are those around it."""

    block: int
    label: str
    sentence_before: str
    sentence_after: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class _Side:
    """The links of one version.

    Attributes:
        version: Whose they are.
        links: By context, in reading order, with the index of the block.
        texts: How many blocks say what, numbers masked.
        blocks: The first block that says so.
        chars: How many characters its blocks have.
        linked: How many of them are link text.
    """

    version: Version
    links: dict[_Context, list[_Place]] = field(default_factory=lambda: defaultdict(list))
    texts: Counter[str] = field(default_factory=Counter)
    blocks: dict[str, int] = field(default_factory=dict)
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
    noise = before.is_of_links or after.is_of_links
    for turn in sorted(found, key=lambda turn: (turn.block, turn.label, turn.before or "")):
        change = _change(new, turn)
        yield replace(change, level=Level.NOISE, detail={**change.detail, "noise": _RESTLESS}) if noise else change


def _side(version: Version) -> _Side:
    said = Counter(_label(block, link) for block in version.blocks for link in block.links)
    side, above = _Side(version), ""
    for index, block in enumerate(version.blocks):
        if block.kind not in READING_KINDS:
            continue
        text = _masked(block.text)
        side.texts[text] += 1
        side.blocks.setdefault(text, index)
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
    section = map(_masked, block.anchor)
    return ("alone", label, *section) if said[label] == 1 else ("one of several", label, above, *section)


def _moved(before: _Side, after: _Side, was: Sequence[_Place], now: Sequence[_Place]) -> Iterator[_Turn]:
    """Links of one context, told apart by where they lead: in another order they lead where they led."""
    here = [_led(before.version, link) for _, link in was]
    there = [_led(after.version, link) for _, link in now]
    gone, come = _without(here, there), _without(there, here)
    for n, m in zip(gone, come, strict=True):
        yield _turn(before, after, was[n], now[m])


def _linked(before: _Side, after: _Side, was: Sequence[_Place], now: Sequence[_Place]) -> Iterator[_Turn]:
    """Links in a text that stands once on both sides, and has them on one only."""
    side, other = (before, after) if was else (after, before)
    for block, link in was or now:
        text = _masked(side.version.blocks[block].text)
        if side.texts[text] == other.texts[text] == 1:
            there = other.blocks[text]
            label = _label(side.version.blocks[block], link)
            if all(_label(other.version.blocks[there], one) != label for one in other.version.blocks[there].links):
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
    label = version.blocks[index].text[said.start : said.end]
    return _Turn(
        block,
        label,
        _sentence(before.version.blocks[old_block].text, old_link, label),
        _sentence(after.version.blocks[block].text, link, label),
        None if old_link is None else address(before.version, old_link),
        None if link is None else address(after.version, link),
    )


def _change(new: Version, turn: _Turn) -> Change:
    block = new.blocks[turn.block]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        summary=_summary(turn),
        before=turn.before,
        after=turn.after,
        quote_before=turn.label,
        quote_after=turn.label,
        sentence_before=turn.sentence_before,
        sentence_after=turn.sentence_after,
        block_kind=block.kind,
        detail={"link": turn.label, "anchor": list(block.anchor), "spots": [places.of_link(block, turn.label)]},
    )


def _sentence(text: str, link: Link | None, label: str) -> str:
    at = link.start if link is not None else max(text.find(label), 0)
    return next((text[start:end] for start, end in spans(text) if start <= at < end), text)


def _summary(turn: _Turn) -> str:
    label = f"“{_short(turn.label)}”"
    if turn.before is None:
        return f"{label} is a link now: {_short(turn.after or '')}"
    if turn.after is None:
        return f"{label} is no link any more; it led to {_short(turn.before)}"
    return f"{label} leads elsewhere: {_short(turn.before)} → {_short(turn.after)}"


def _label(block: Block, link: Link) -> str:
    return _masked(block.text[link.start : link.end])


def _masked(text: str) -> str:
    return _DIGITS.sub("#", text)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
