"""Histories: a page and one edit after another, written as a folder that `pagewitness import` takes, with the truth in memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from eval.generated import noise, pages
from eval.generated.edits import EDITS
from eval.generated.model import LANGUAGES, Due, Page, Shot
from eval.generated.number_edits import Edit
from eval.generated.sites import STYLES, answer_html, html
from eval.generated.turns import TURNS

ALL: dict[str, Edit] = {**EDITS, **TURNS}
FIRST_LOOK = datetime(2021, 1, 4, 9, tzinfo=UTC)
PAIRS_A_HISTORY = 14
LEARNING = 8
"""Checks of a restless page before its first edit: nothing but its history can show what on a page changes by itself."""
LEARNED = "noise while it is learned"
"""The name under which those checks are counted, beside the sum."""


@dataclass(frozen=True, slots=True)
class Step:
    """A pair of captures: what was done between them, what is due, and what meant nothing.

    Attributes:
        url: The page.
        at: The time of the later snapshot.
        edit: The name of the edit it belongs to.
        page: The page as it is at the later one.
        dues: What is due.
        noise: The pieces that moved and mean nothing, before and after, by kind.
    """

    url: str
    at: datetime
    edit: str
    page: Page
    dues: tuple[Due, ...]
    noise: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class History:
    """A made-up page over time: the bodies with their times and statuses, and the truth about each step."""

    url: str
    first: Page
    bodies: tuple[tuple[datetime, int, str], ...]
    steps: tuple[Step, ...]


def histories(pairs: int, seed: int) -> Iterator[History]:
    """As many histories as hold that many pairs; every edit comes about as often as any other that fits."""
    used: Counter[str] = Counter()
    made = 0
    for number in count():
        if made >= pairs:
            return
        # A string seeds the same way in every process and version.
        history = _history(number, Random(f"{seed}/{number}"), used)
        made += sum(step.edit != LEARNED for step in history.steps)
        yield history


def _history(number: int, dice: Random, used: Counter[str]) -> History:
    kinds, styles = list(pages.KINDS), list(STYLES)
    page = pages.make(
        dice, kinds[number % len(kinds)], LANGUAGES[number % len(LANGUAGES)], styles[number % len(styles)]
    )
    url = f"https://generated.example/{number}-{page.kind}-{page.language}-{page.style}"
    # On every third page everything that can move does so at each check, weather and rates among it.
    restless = number % 3 == 2
    page = replace(page, ambience={**page.ambience, "live": restless})
    at = FIRST_LOOK
    bodies = [(at, 200, html(page))]
    steps: list[Step] = []
    first, last = page, page
    for _ in range(LEARNING if restless else 0):
        at += timedelta(days=1)
        shot = _restless(Shot(last), last, dice)
        bodies.append((at, 200, html(shot.page)))
        steps.append(Step(url, at, LEARNED, shot.page, (), _noise(last, shot.page)))
        last = shot.page
    page = last
    while sum(step.edit != LEARNED for step in steps) < PAIRS_A_HISTORY:
        name, shots = _next(page, dice, used)
        for planned in shots:
            at += timedelta(days=1)
            shot = _restless(planned, last, dice) if restless and not planned.moves else planned
            status = shot.instead.status if shot.instead else 200
            body = answer_html(shot.instead, page.language) if shot.instead else html(shot.page)
            bodies.append((at, status, body))
            steps.append(Step(url, at, name, shot.page, shot.dues, _noise(last, shot.page)))
            last = shot.page
        page = last
    return History(url, first, tuple(bodies), tuple(steps))


def _next(page: Page, dice: Random, used: Counter[str]) -> tuple[str, list[Shot]]:
    """The least used edit that fits the page."""
    names = sorted(ALL, key=lambda name: (used[name], dice.random()))
    for name in names:
        shots = ALL[name](page, dice)
        if shots is not None:
            used[name] += len(shots)
            return name, shots
    raise AssertionError("blocks can always be moved")


def _restless(shot: Shot, last: Page, dice: Random) -> Shot:
    """The snapshot with everything moved on that moves at every check."""
    moves = frozenset(noise.KINDS) - {"year"}
    ambience = noise.moved(last.ambience, moves, dice, last.language)
    return replace(shot, page=replace(shot.page, ambience=ambience), moves=moves)


def _noise(old: Page, new: Page) -> tuple[tuple[str, str], ...]:
    before, after = noise.written(old), noise.written(new)
    return tuple(
        (kind, text)
        for kind in after
        if before[kind] != after[kind]
        for text in dict.fromkeys([*before[kind], *after[kind]])
    )


def write(made: Sequence[History], folder: Path) -> str:
    """Write histories as one folder to import; returns the watchlist that declares their facts."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for history in made:
            name = history.url.rsplit("/", 1)[1]
            for number, (at, status, body) in enumerate(history.bodies):
                file = f"{name}-{number:02}.html"
                (folder / file).write_text(body, encoding="utf-8")
                row = {"url": history.url, "date": at.isoformat(), "file": file, "status": status}
                manifest.write(json.dumps(row) + "\n")
    watchlist = _watchlist(made)
    (folder / "watchlist.toml").write_text(watchlist, encoding="utf-8")
    return watchlist


def _watchlist(made: Sequence[History]) -> str:
    declared = [(history.url, history.first) for history in made]
    tables = [
        f'[[page]]\nurl = "{url}"\npaused = true\nfacts = {json.dumps(_fact_names(page))}\n' for url, page in declared
    ]
    nouns = {page.language: page.declared[1] for _, page in declared if page.declared}
    tables += [
        f'[[fact]]\nname = "members_{language}"\ncount_of = ["{noun.lower()}"]\n'
        for language, noun in sorted(nouns.items())
    ]
    return "\n".join(tables)


def _fact_names(page: Page) -> list[str]:
    return [f"members_{page.language}"] if page.declared else []
