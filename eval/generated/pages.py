"""Pages of several kinds, drawn from a language's material."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from eval.generated import noise
from eval.generated.model import (
    Block,
    Figure,
    Grid,
    Labelled,
    Names,
    Page,
    Para,
    Posts,
    Section,
    Sentence,
    words_of,
)


class Author:
    """Draws the parts of one page, so that it states nothing twice."""

    def __init__(self, dice: Random, language: str) -> None:
        self.dice = dice
        self.words = words_of(language)
        self.language = language
        self.org = dice.choice(self.words["organisations"])
        self._plain = dice.sample(self.words["plain"], len(self.words["plain"]))
        self._figures = dice.sample(self.words["figure"], len(self.words["figure"]))
        self._titles = dice.sample(self.words["titles"], len(self.words["titles"]))
        self._labels = dice.sample(self.words["boxes"]["labels"], len(self.words["boxes"]["labels"]))
        self.members = self.words["figure"][0]
        self._figures.remove(self.members)

    def title(self) -> str:
        return str(self._titles.pop())

    def dated(self) -> Sentence:
        """A sentence with a date; its other wording has another date."""
        return Sentence(tuple(self.dice.choice(self.words["dated"])))

    def plain(self) -> Sentence:
        """A sentence without a number; every third or so leads somewhere."""
        wordings = tuple(self._filled(wording) for wording in self._plain.pop())
        return Sentence(wordings, href=f"/papers/{len(wordings[0])}" if len(wordings[0]) % 3 == 0 else "")

    def figure(self, source: dict[str, Any] | None = None) -> Sentence:
        """A sentence around a number."""
        source = source or self._figures.pop()
        form = source.get("form") or self._form(source["high"])
        value: float = self.dice.randint(source["low"], source["high"])
        if form in ("percent", "money", "million", "decimal") and self.dice.random() < 0.4:
            value += self.dice.randint(1, 9) / 10
        if form == "percent" and self.dice.random() < 0.3:
            form = "percent_spelt"
        wordings = tuple(self._filled(wording) for wording in source["say"])
        return Sentence(wordings, (("n", Figure(source["noun"], value, form, "prose")),))

    def para(self, plain: int, figures: int = 0) -> Para:
        sentences = [self.plain() for _ in range(plain)] + [self.figure() for _ in range(figures)]
        self.dice.shuffle(sentences)
        return Para(tuple(sentences))

    def labelled(self, count: int, *, boxed: bool, members: float | None = None) -> Labelled:
        """Boxes or definitions; the first box states the members where a value is given."""
        if boxed:
            labels = [label for label in self._labels if label != self.words["boxes"]["labels"][0]][:count]
        else:
            labels = self.words["definitions"]["labels"][:count]
        place = "box" if boxed else "definition"
        items = [
            (label, Figure(f"{place}: {label}", self.dice.randint(12, 9_900), "grouped", place)) for label in labels
        ]
        if members is not None:
            items[0] = (
                self.words["boxes"]["labels"][0],
                Figure(self.members["noun"], members, "grouped", place),
            )
        return Labelled(tuple(items), boxed)

    def grid(self, rows: int) -> Grid:
        table = self.words["table"]
        places = self.dice.sample(self.words["places"], rows)
        return Grid(
            table["caption"],
            tuple(table["heads"]),
            tuple(
                (
                    place,
                    tuple(
                        Figure(f"{place}/{head}", self.dice.randint(3, 2_400), "grouped", "table")
                        for head in table["heads"][1:]
                    ),
                )
                for place in places
            ),
        )

    def heading(self, at: int) -> Sentence:
        """A heading with a number in it."""
        heads = self.words["headings"]
        return Sentence(
            (heads["say"][at],), (("n", Figure(heads["nouns"][at], self.dice.randint(21, 400), "grouped", "heading")),)
        )

    def pair(self) -> Sentence:
        """A sentence with two numbers of a kind."""
        slots = (("a", self.dice.randint(9, 60)), ("b", self.dice.randint(9, 60)))
        return Sentence(
            (self.words["pair"]["say"],),
            tuple((slot, Figure(f"pair {slot}", value, "plain", "prose")) for slot, value in slots),
        )

    def names(self, count: int) -> Names:
        return Names(tuple(sorted(self.dice.sample(self.words["people"], count))))

    def posts(self, count: int) -> Posts:
        return Posts(tuple(self.post(day) for day in range(count, 0, -1)))

    def post(self, day: int) -> tuple[str, str, str]:
        months = self.words["months"].split()
        date = self.words["date"].format(day=day % 28 + 1, month=months[day // 28 % 12], year=2020)
        text = self.words["page"]
        place, person = self.dice.choice(self.words["places"]), self.dice.choice(self.words["people"])
        return text["post"].format(person=person, place=place), date, text["teaser"].format(place=place)

    def section(self, *blocks: Block, heading: Sentence | None = None) -> Section:
        return Section(heading or Sentence((self.title(),)), blocks)

    def _form(self, high: int) -> str:
        if high <= 20:
            return self.dice.choice(("words", "plain"))
        return "plain" if high < 1_000 else self.dice.choice(("grouped", "plain", "nbsp"))

    def _filled(self, wording: str) -> str:
        return wording.replace("{org}", self.org).replace("{place}", self.words["places"][0])


def _home(author: Author) -> tuple[Section, ...]:
    members = author.figure(author.members)
    return (
        author.section(
            Para((author.plain(), members)), author.labelled(4, boxed=True, members=members.figures[0][1].value)
        ),
        author.section(author.para(2, 2)),
        author.section(author.para(2, 1)),
    )


def _members(author: Author) -> tuple[Section, ...]:
    people = author.names(min(10, len(author.words["people"]) - 2))
    return (
        author.section(Para((author.figure(author.members), author.plain()))),
        author.section(people, heading=Sentence((author.words["page"]["members"],))),
        author.section(author.para(2, 1)),
    )


def _about(author: Author) -> tuple[Section, ...]:
    return (
        author.section(author.para(2, 2)),
        author.section(author.para(2, 1), author.para(1, 1), Para((author.dated(), author.plain()))),
        author.section(Para((author.figure(author.members), author.pair(), author.plain()))),
    )


def _statistics(author: Author) -> tuple[Section, ...]:
    return (
        author.section(author.para(2, 1)),
        author.section(author.grid(6), heading=author.heading(0)),
        author.section(author.labelled(4, boxed=False), author.para(1, 1)),
    )


def _article(author: Author) -> tuple[Section, ...]:
    return (
        author.section(author.para(2, 1), author.para(1, 2)),
        author.section(author.para(1, 2), author.para(2, 0), Para((author.dated(), author.plain()))),
    )


def _news(author: Author) -> tuple[Section, ...]:
    return (
        author.section(author.posts(6), heading=Sentence((author.words["page"]["news"],))),
        author.section(author.para(2, 1)),
    )


def _dashboard(author: Author) -> tuple[Section, ...]:
    return (
        author.section(author.labelled(6, boxed=True)),
        author.section(author.grid(5), heading=author.heading(1)),
        author.section(author.para(1, 2)),
    )


KINDS: dict[str, Callable[[Author], tuple[Section, ...]]] = {
    "home": _home,
    "members": _members,
    "about": _about,
    "statistics": _statistics,
    "article": _article,
    "news": _news,
    "dashboard": _dashboard,
}


def make(dice: Random, kind: str, language: str, style: str) -> Page:
    """A page of a kind. Where it states the members, half of the watchlists declare them."""
    author = Author(dice, language)
    sections = KINDS[kind](author)
    noun = author.members["noun"]
    declares = kind in ("home", "members", "about") and dice.random() < 0.5
    return Page(
        kind=kind,
        language=language,
        style=style,
        org=author.org,
        title=author.title(),
        sections=sections,
        ambience=noise.begin(dice, language),
        declared=(noun, noun) if declares else None,
    )
