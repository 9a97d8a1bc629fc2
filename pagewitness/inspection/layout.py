"""A reading laid out to be looked at: each block cut into runs, so that mentions and facts can be marked in it, whoever draws it. Pure.

Everything a page said is fit to show (`alerts.rendering.text_safety`); escaping is the template's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from alerts.rendering.text_safety import one_line, render_value
from monitor.limits import QUOTE_CHARS
from monitor.model import READING_KINDS, Block, BlockKind, JsonValue, Mention, MentionType, Reading, Verdict, Version
from monitor.pipeline.analyze import PageAnalysis
from pagewitness.web.template_environment import web_templates

KINDS = {
    BlockKind.CONTENT: "text of the page",
    BlockKind.HEADING: "a heading",
    BlockKind.ROW: "a row of a table or a definition",
    BlockKind.FEED: "a feed of another's posts, or comments",
    BlockKind.NAVIGATION: "menus and lists of links",
    BlockKind.CONSENT: "a request for consent",
    BlockKind.CONTROL: "buttons, forms, share rows",
    BlockKind.FOOTER: "the foot of the page",
}
"""What each kind of block is, for a legend."""
_AS_WRITTEN = frozenset({MentionType.TIME, MentionType.IDENTIFIER})
"""Types whose value says less than the page's own characters."""
_FIRST_DAY = date(1000, 1, 1).toordinal()
_UNDER = 6
"""Headings above a block that are shown with it, the innermost."""
_FOLDED_FROM = 4
"""Blocks in a row that nothing is read in, from which they are folded away."""


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """A mention as shown.

    Attributes:
        number: Its place among the page's mentions, from 1.
        quote: The page's own characters.
        type: What it is.
        said: What it was read as: "11,000,000 members (over)".
        states: Facts that it states with the value chosen.
        against: Facts that it states with another value.
    """

    number: int
    quote: str
    type: str
    said: str
    states: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a block's text, all of it in one mention or in none."""

    text: str
    mention: MarkedMention | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A block as shown.

    Attributes:
        kind: Its kind.
        why: What made it that.
        under: The headings above it, outermost first.
        runs: Its text.
        read: Whether facts are read in it before any other.
    """

    kind: str
    why: str
    under: tuple[str, ...]
    runs: tuple[Run, ...]
    read: bool

    @property
    def mentions(self) -> tuple[MarkedMention, ...]:
        """The mentions in it, in order."""
        return tuple(run.mention for run in self.runs if run.mention is not None)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as shown; `value` is "" where the page does not state it."""

    name: str
    value: str
    why: str
    stated: tuple[MarkedMention, ...]
    against: tuple[MarkedMention, ...]


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """A page as shown."""

    place: str
    title: str
    language: str | None
    verdict: str
    fine: bool
    reason: str
    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]

    @property
    def groups(self) -> tuple[tuple[Part, ...], ...]:
        """The parts in order, those that nothing is read in together with their like."""
        groups: list[list[Part]] = []
        for part in self.parts:
            if groups and not part.read and not groups[-1][-1].read:
                groups[-1].append(part)
            else:
                groups.append([part])
        return tuple(map(tuple, groups))


def lay_out(place: str, says: PageAnalysis) -> InspectedPage:
    """The reading of a page as it is shown."""
    version = says.version
    seen = _seen(version)
    of_block: dict[int, list[Mention]] = {}
    for mention in version.mentions:
        of_block.setdefault(mention.block, []).append(mention)
    return InspectedPage(
        place=one_line(place),
        title=one_line(version.title, 200),
        language=version.language,
        verdict=says.verdict.value,
        fine=says.verdict is Verdict.OK,
        reason=one_line(says.reason, 300),
        facts=tuple(_fact(reading, seen) for reading in version.readings),
        parts=tuple(_part(block, of_block.get(index, []), seen) for index, block in enumerate(version.blocks)),
    )


def as_html(pages: Sequence[InspectedPage], *, version: str) -> str:
    """One page that needs nothing else, has no script, and may be opened anywhere.

    Args:
        pages: What to show, in order.
        version: The program's.
    """
    template = web_templates().get_template("inspect.html.j2")
    return template.render(pages=pages, kinds=KINDS, version=version, folded_from=_FOLDED_FROM)


def _seen(version: Version) -> dict[Mention, MarkedMention]:
    stated = _facts_by((reading.fact, mention) for reading in version.readings for mention in reading.mentions)
    against = _facts_by((reading.fact, mention) for reading in version.readings for mention in reading.contradicts)
    every = dict.fromkeys([*version.mentions, *stated, *against])
    return {
        mention: MarkedMention(
            number,
            one_line(mention.quote, QUOTE_CHARS),
            mention.type.value,
            _said(mention),
            tuple(stated.get(mention, ())),
            tuple(against.get(mention, ())),
        )
        for number, mention in enumerate(every, 1)
    }


def _facts_by(stated: Iterable[tuple[str, Mention]]) -> dict[Mention, dict[str, None]]:
    """The facts that each mention states, each once."""
    facts: dict[Mention, dict[str, None]] = {}
    for fact, mention in stated:
        facts.setdefault(mention, {})[fact] = None
    return facts


def _said(mention: Mention) -> str:
    if mention.type in _AS_WRITTEN:
        return one_line(mention.quote)
    if mention.type is MentionType.DATE:
        return _date(mention)
    value = _value(mention.type, mention.value)
    upper = "" if mention.upper is None else f"–{_value(mention.type, mention.upper)}"
    unit = f" {one_line(mention.unit)}" if mention.unit else ""
    return f"{value}{upper}{unit}" + (f" ({one_line(mention.hedge)})" if mention.hedge else "")


def _date(mention: Mention) -> str:
    """The day in one form; a day without a year stays as it is written."""
    days = mention.value
    if isinstance(days, int) and _FIRST_DAY <= days <= date.max.toordinal():
        return date.fromordinal(days).isoformat()
    return one_line(mention.quote)


def _value(kind: MentionType, value: JsonValue) -> str:
    return str(value) if kind is MentionType.YEAR else render_value(value)


def _fact(reading: Reading, seen: dict[Mention, MarkedMention]) -> Fact:
    return Fact(
        reading.fact,
        "" if reading.value is None else render_value(reading.value),
        one_line(reading.why, 300),
        tuple(seen[mention] for mention in reading.mentions),
        tuple(seen[mention] for mention in reading.contradicts),
    )


def _part(block: Block, mentions: Sequence[Mention], seen: dict[Mention, MarkedMention]) -> Part:
    return Part(
        block.kind.value,
        one_line(block.why),
        tuple(one_line(heading, 80) for heading in block.anchor[-_UNDER:]),
        tuple(_runs(block.text, mentions, seen)),
        block.kind in READING_KINDS,
    )


def _runs(text: str, mentions: Sequence[Mention], seen: dict[Mention, MarkedMention]) -> Iterator[Run]:
    at = 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        if mention.start < at:
            continue
        if mention.start > at:
            yield Run(_shown(text[at : mention.start]))
        yield Run(_shown(text[mention.start : mention.end]), seen[mention])
        at = mention.end
    if at < len(text):
        yield Run(_shown(text[at:]))


def _shown(run: str) -> str:
    """A run fit to show; unlike a line it keeps the space that parts it from its neighbours."""
    shown = one_line(run)
    return f"{' ' * run[:1].isspace()}{shown}{' ' * (run[-1:].isspace() and bool(shown))}"
