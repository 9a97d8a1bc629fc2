"""View models of an extraction: each block is split into runs, so that a renderer can mark mentions and facts. Pure.

All text from the page is made safe to display (`rendering.text_safety`); HTML escaping is left to the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.limits import QUOTE_CHARS
from monitor.model import READING_KINDS, Block, BlockKind, JsonValue, Mention, MentionType, Reading, Verdict, Version
from monitor.pipeline.analyze import PageAnalysis
from pagewitness.web.template_environment import web_templates
from rendering.text_safety import one_line, render_value

KINDS = {
    BlockKind.CONTENT: "text of the page",
    BlockKind.HEADING: "a heading",
    BlockKind.ROW: "a row of a table or a definition",
    BlockKind.FEED: "a feed of another's posts, or comments",
    BlockKind.NAVIGATION: "menus and lists of links",
    BlockKind.CONSENT: "a request for consent",
    BlockKind.CONTROL: "buttons, forms, share rows",
    BlockKind.FOOTER: "the foot of the page",
    BlockKind.METADATA: "title, description and structured data",
    BlockKind.IMAGE: "alternative text of an image",
    BlockKind.STRUCK: "struck-out text",
}
"""A description of each kind of block, for a legend."""
_AS_WRITTEN = frozenset({MentionType.TIME, MentionType.IDENTIFIER})
"""Types whose value is less informative than the page's own characters."""
_WITH_UNIT = frozenset({MentionType.COUNT, MentionType.MONEY})
_FIRST_DAY = date(1000, 1, 1).toordinal()
_UNDER = 6
"""Number of innermost headings shown with a block."""
_FOLDED_FROM = 4
"""Length from which a sequence of blocks without facts is collapsed."""


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """The view model of a mention.

    Attributes:
        number: Its position among the page's mentions, from 1.
        quote: The page's own characters.
        type: The mention's type.
        parsed: The parsed value, unit and hedge: "11,000,000 members (over)"; "not readable".
        states: Facts that it states with the chosen value.
        against: Facts that it states with another value.
    """

    number: int
    quote: str
    type: str
    parsed: str
    states: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a block's text, entirely in one mention or in none."""

    text: str
    mention: MarkedMention | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The view model of a block.

    Attributes:
        kind: The block's kind.
        why: The reason for that kind.
        under: The headings above it, outermost first.
        runs: Its text.
        read: Whether its kind is one from which facts are extracted first.
    """

    kind: str
    why: str
    under: tuple[str, ...]
    runs: tuple[Run, ...]
    read: bool

    @property
    def mentions(self) -> tuple[MarkedMention, ...]:
        """The block's mentions, in order."""
        return tuple(run.mention for run in self.runs if run.mention is not None)


@dataclass(frozen=True, slots=True)
class Fact:
    """The view model of a fact; `value` is "" if the page does not state it."""

    name: str
    value: str
    why: str
    stated: tuple[MarkedMention, ...]
    against: tuple[MarkedMention, ...]


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """The view model of a page."""

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
        """The parts in order, where consecutive parts without facts (`read` is false) form one group."""
        groups: list[list[Part]] = []
        for part in self.parts:
            if groups and not part.read and not groups[-1][-1].read:
                groups[-1].append(part)
            else:
                groups.append([part])
        return tuple(map(tuple, groups))


def lay_out(place: str, analysis: PageAnalysis) -> InspectedPage:
    """Return the view model of a page's extraction."""
    version = analysis.version
    marked = _marked(version)
    of_block: dict[int, list[Mention]] = {}
    for mention in version.mentions:
        of_block.setdefault(mention.block, []).append(mention)
    return InspectedPage(
        place=one_line(place),
        title=one_line(version.title, 200),
        language=version.language,
        verdict=analysis.verdict.value,
        fine=analysis.verdict is Verdict.OK,
        reason=one_line(analysis.reason, 300),
        facts=tuple(_fact(reading, marked) for reading in version.readings),
        parts=tuple(_part(block, of_block.get(index, []), marked) for index, block in enumerate(version.blocks)),
    )


def as_html(pages: Sequence[InspectedPage], *, version: str) -> str:
    """Render one self-contained HTML page without scripts.

    Args:
        pages: The pages to show, in order.
        version: The program's version.
    """
    template = web_templates().get_template("inspect.html.j2")
    return template.render(pages=pages, kinds=KINDS, version=version, folded_from=_FOLDED_FROM)


def _marked(version: Version) -> dict[Mention, MarkedMention]:
    stated = _facts_by(
        (reading.fact, mention)
        for reading in version.readings
        if not reading.unreadable
        for mention in reading.mentions
    )
    against = _facts_by((reading.fact, mention) for reading in version.readings for mention in reading.contradicts)
    every = dict.fromkeys([*version.mentions, *stated, *against])
    return {
        mention: MarkedMention(
            number,
            one_line(mention.quote, QUOTE_CHARS),
            mention.type.value,
            _parsed(mention),
            tuple(stated.get(mention, ())),
            tuple(against.get(mention, ())),
        )
        for number, mention in enumerate(every, 1)
    }


def _facts_by(stated: Iterable[tuple[str, Mention]]) -> dict[Mention, dict[str, None]]:
    """Return the facts that each mention states, without duplicates."""
    facts: dict[Mention, dict[str, None]] = {}
    for fact, mention in stated:
        facts.setdefault(mention, {})[fact] = None
    return facts


def _parsed(mention: Mention) -> str:
    if not mention.readable:
        return "not readable"
    if mention.type in _AS_WRITTEN:
        return one_line(mention.quote)
    if mention.type is MentionType.DATE:
        return _date(mention)
    value = _value(mention.type, mention.value)
    upper = "" if mention.upper is None else f"–{_value(mention.type, mention.upper)}"
    unit = f" {one_line(mention.unit)}" if mention.unit else ""
    return f"{value}{upper}{unit}" + (f" ({one_line(mention.hedge)})" if mention.hedge else "")


def _date(mention: Mention) -> str:
    """Return the date in ISO 8601; a date without a year stays as written."""
    days = mention.value
    if isinstance(days, int) and _FIRST_DAY <= days <= date.max.toordinal():
        return date.fromordinal(days).isoformat()
    return one_line(mention.quote)


def _value(kind: MentionType, value: JsonValue) -> str:
    return str(value) if kind is MentionType.YEAR else render_value(value)


def _fact(reading: Reading, marked: dict[Mention, MarkedMention]) -> Fact:
    return Fact(
        reading.fact,
        _stated(reading),
        one_line(reading.why, 300),
        () if reading.unreadable else tuple(marked[mention] for mention in reading.mentions),
        tuple(marked[mention] for mention in reading.contradicts),
    )


def _stated(reading: Reading) -> str:
    """Return a reading's value with the unit of the mention that states it best; "" if the page does not state it."""
    if reading.value is None:
        return ""
    unit = _unit(reading.mentions[0]) if reading.mentions and not isinstance(reading.value, list) else ""
    return render_value(reading.value) + unit


def _unit(mention: Mention) -> str:
    """Return a mention's unit as it follows the value: "%", " member countries", " USD"; "" if it has none."""
    if mention.type is MentionType.PERCENT:
        return "%"
    return f" {one_line(mention.unit)}" if mention.unit and mention.type in _WITH_UNIT else ""


def _part(block: Block, mentions: Sequence[Mention], marked: dict[Mention, MarkedMention]) -> Part:
    return Part(
        block.kind.value,
        one_line(block.why),
        tuple(one_line(heading, 80) for heading in block.anchor[-_UNDER:]),
        tuple(_runs(block.text, mentions, marked)),
        block.kind in READING_KINDS,
    )


def _runs(text: str, mentions: Sequence[Mention], marked: dict[Mention, MarkedMention]) -> Iterator[Run]:
    at = 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        if mention.start < at:
            continue
        if mention.start > at:
            yield Run(_shown(text[at : mention.start]))
        yield Run(_shown(text[mention.start : mention.end]), marked[mention])
        at = mention.end
    if at < len(text):
        yield Run(_shown(text[at:]))


def _shown(run: str) -> str:
    """Make a run safe to display. Unlike a line, it keeps the space that separates it from its neighbours."""
    shown = one_line(run)
    return f"{' ' * run[:1].isspace()}{shown}{' ' * (run[-1:].isspace() and bool(shown))}"
