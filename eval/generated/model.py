"""A made-up page as structured content, and the truth about a step from one snapshot of it to the next."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "fr", "de", "es")
NBSP = "\u00a0"
RANGE = 3
"""How far a range goes: "6–9"."""
Words = dict[str, Any]


@cache
def words_of(language: str) -> Words:
    """The sentence material of a language."""
    return tomllib.loads((Path(__file__).parent / "words" / f"{language}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as a page states it.

    Attributes:
        key: What it is a number of; figures of one key state one thing in several places.
        value: As stated: 12 for "12 million" and "12 %".
        form: How it is written: plain, grouped, nbsp, words, million, percent, percent_spelt, money.
        place: Where it is: prose, box, table, definition, heading.
    """

    key: str
    value: float
    form: str
    place: str

    @property
    def means(self) -> float:
        """The value that is meant: 12000000 for "12 million"."""
        # Tenths of a million are whole hundreds of thousands; floating point need not say so.
        return round(self.value * 1_000_000) if self.form in ("million", "money") else self.value

    def written(self, language: str) -> str:
        words = words_of(language)
        if self.form == "words":
            return str(words["small"].split()[int(self.value)])
        if self.form == "range":
            return f"{self.value:g}–{self.value + RANGE:g}"
        if self.form == "decimal":
            return f"{self.value:.1f}".replace(".", words["decimal"])
        if self.form in ("million", "percent", "percent_spelt", "money"):
            said = str(words[self.form])
            decimals = f"{self.value:g}".replace(".", words["decimal"])
            return said.replace(" ", NBSP, 1 if self.form == "percent" else 0).format(n=decimals)
        whole = f"{int(self.value):,}"
        return whole.replace(",", {"plain": "", "nbsp": NBSP}.get(self.form, words["grouping"]))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in one of its wordings, with the figures of its slots. Its first words are a link where there is an address."""

    wordings: tuple[str, ...]
    figures: tuple[tuple[str, Figure], ...] = ()
    at: int = 0
    href: str = ""

    def text(self, language: str) -> str:
        return self.wordings[self.at].format(**{slot: figure.written(language) for slot, figure in self.figures})


@dataclass(frozen=True, slots=True)
class Para:
    """Sentences that belong together."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Numbers with labels: boxes side by side, or a definition list."""

    items: tuple[tuple[str, Figure], ...]
    boxed: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of figures: a label and one figure a column in each row."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posts:
    """Entries of a news page: title, date as written, teaser."""

    items: tuple[tuple[str, str, str], ...]


Block = Para | Labelled | Grid | Names | Posts


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its content."""

    heading: Sentence
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a page, and around it what moves by itself.

    Attributes:
        kind: home, members, about, statistics, article, news, dashboard.
        language: One of LANGUAGES.
        style: The name of the site style that writes it.
        org: Who publishes it.
        title: Its first heading.
        sections: Its content.
        ambience: The pieces around it that mean nothing, by name; see `eval.generated.noise`.
        declared: The key of the figure that the watchlist declares as a fact, with the noun it counts; None where none is declared.
        picture: Which picture it shows, and how its URL is written; see `eval.generated.image_edits`.
    """

    kind: str
    language: str
    style: str
    org: str
    title: str
    sections: tuple[Section, ...]
    ambience: dict[str, Any]
    declared: tuple[str, str] | None = None
    picture: tuple[int, int] = (0, 0)

    @property
    def words(self) -> Words:
        return words_of(self.language)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be reported of a step, or may be.

    Attributes:
        kind: The event kind, such as number_changed.
        before: The value before; None where it plays no part.
        after: The value after, for a contradiction all of them.
        marker: Words that the quoted sentences must hold; "" for any.
        label: What a box or a definition calls the number; "" if it is elsewhere.
        needed: Whether silence about it is a miss; otherwise telling it is merely no fault.
    """

    kind: str
    before: Any = None
    after: Any = None
    marker: str = ""
    label: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is not the page: an outage, a wall, a challenge."""

    status: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One capture: the page as it is then, what the server answered instead, if so, and what is due."""

    page: Page
    dues: tuple[Due, ...] = ()
    instead: Answer | None = None
    moves: frozenset[str] = field(default_factory=frozenset)


Change = Callable[[Figure], Figure]


def figures(page: Page) -> Iterator[Figure]:
    """Every figure of a page, in order."""
    found: list[Figure] = []

    def note(figure: Figure) -> Figure:
        found.append(figure)
        return figure

    with_figures(page, note)
    yield from found


def with_figures(page: Page, change: Change) -> Page:
    """The page with each figure changed."""
    return replace(page, sections=tuple(_section(section, change) for section in page.sections))


def _section(section: Section, change: Change) -> Section:
    return Section(_sentence(section.heading, change), tuple(_block(block, change) for block in section.blocks))


def _sentence(sentence: Sentence, change: Change) -> Sentence:
    return replace(sentence, figures=tuple((slot, change(figure)) for slot, figure in sentence.figures))


def _block(block: Block, change: Change) -> Block:
    if isinstance(block, Para):
        return Para(tuple(_sentence(sentence, change) for sentence in block.sentences))
    if isinstance(block, Labelled):
        return replace(block, items=tuple((label, change(figure)) for label, figure in block.items))
    if isinstance(block, Grid):
        return replace(block, rows=tuple((label, tuple(map(change, cells))) for label, cells in block.rows))
    return block


def blocks(page: Page) -> Iterator[Block]:
    """Every block of a page."""
    for section in page.sections:
        yield from section.blocks


def paras(page: Page) -> Iterator[Para]:
    """Its paragraphs."""
    yield from (block for block in blocks(page) if isinstance(block, Para))


def sentences(page: Page) -> list[Sentence]:
    """Sentences of its paragraphs."""
    return [said for para in paras(page) for said in para.sentences]


def with_block(page: Page, old: Block, new: Block) -> Page:
    """The page with one block changed for another."""
    return replace(
        page,
        sections=tuple(
            Section(section.heading, tuple(new if block is old else block for block in section.blocks))
            for section in page.sections
        ),
    )


def with_sentence(page: Page, old: Sentence, new: Sentence) -> Page:
    """The page with one sentence changed for another."""
    para = next(para for para in paras(page) if any(said is old for said in para.sentences))
    return with_block(page, para, Para(tuple(new if said is old else said for said in para.sentences)))
