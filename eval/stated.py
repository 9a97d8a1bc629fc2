"""Whether what became true on a page is read on it: the new value of every true transition must be a mention of that snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.files import history_names, json_lines, unpacked
from monitor.extraction.extract import extract
from monitor.facts.mentions import read_blocks
from monitor.model import Mention, MentionType

FLOORS = {"nz-parliament-mps": 1.0, "julialang-home": 1.0, "gov-scot-covid": 0.98}
"""Histories whose truth is one number a fact, and the share that has to be found."""

_STATING = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY})
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Stated:
    """One history.

    Attributes:
        name: Its name.
        transitions: True transitions to a number.
        found: Those whose number is a count, a percentage or an amount on the page.
        missed: "date fact: value" of the others.
    """

    name: str
    transitions: int
    found: int
    missed: tuple[str, ...]

    @property
    def share(self) -> float:
        """What of all was found, 0 to 1."""
        return self.found / self.transitions if self.transitions else 1.0

    @property
    def holds(self) -> bool:
        """Whether the history's floor is reached."""
        return self.share >= FLOORS.get(self.name, 0.0)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(folder: Path, names: list[str]) -> list[Stated]:
    """Score the histories that have a floor and print the table and every miss."""
    expected = [name for name in names or history_names(folder) if name in FLOORS]
    scores = []
    for name in expected:
        with unpacked(folder, name) as history:
            if history is not None:
                scores.append(_score(history))
    if scores:
        _print(scores)
    return scores


def _score(folder: Path) -> Stated:
    files = {row["date"]: row["file"] for row in json_lines(folder / "manifest.jsonl")}
    expected: dict[str, list[tuple[str, float]]] = {}
    for truth in json_lines(folder / "transitions.jsonl"):
        value = _number(truth)
        if value is not None:
            expected.setdefault(truth["to_date"], []).append((truth["fact"], value))
    missed = [
        f"{when} {fact}: {value:g}"
        for when, facts in expected.items()
        for fact, value in _missing(facts, _mentions(folder / files[when]))
    ]
    transitions = sum(map(len, expected.values()))
    return Stated(folder.name, transitions, transitions - len(missed), tuple(missed))


def _mentions(path: Path) -> tuple[Mention, ...]:
    cleaned = extract(path.read_bytes(), "text/html; charset=utf-8")
    return read_blocks(cleaned.blocks, cleaned.language)


def _missing(facts: list[tuple[str, float]], mentions: tuple[Mention, ...]) -> Iterator[tuple[str, float]]:
    text = {mention.value for mention in mentions if mention.type in _STATING}
    return ((fact, value) for fact, value in facts if value not in text)


def _number(truth: dict[str, Any]) -> float | None:
    """The new value as a number: "2,101", "one", "34.8" of a fact in millions; None where there is none."""
    written = str(truth["new"] or "").replace(",", "").casefold()
    if written in _WORDS:
        return _WORDS.index(written)
    try:
        value = float(written)
    except ValueError:
        return None
    return round(value * _MILLION) if truth["fact"].endswith("_million") else value


def _print(scores: list[Stated]) -> None:
    table = Table(title="New values that are mentions", title_justify="left")
    for name in ("history", "transitions", "found", "share", "floor"):
        table.add_column(name, justify="left" if name == "history" else "right")
    for score in scores:
        table.add_row(
            score.name, str(score.transitions), str(score.found), f"{score.share:.3f}", f"{FLOORS[score.name]:.2f}"
        )
    console = Console(width=130)
    console.print(table)
    for score in scores:
        for miss in score.missed:
            console.print(f"  {score.name}: not read: {miss}")
