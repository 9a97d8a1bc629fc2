"""Real page histories: what is reported of each step from one snapshot to the next, compared with what truly changed."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.files import history_names, json_lines, moment, unpacked
from eval.labels import Judged, Labels
from eval.telling import reported_by_import

Row = dict[str, Any]

LOUD = frozenset({"number", "fact"})
REPORTED = LOUD | {"text"}
TRUSTED_COVERAGE = 90
"""Percent of the page that the hand-made truth must cover on both sides for its word to be taken."""
PLAIN_NUMBER = re.compile(r"\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    all: int

    def __str__(self) -> str:
        return f"{self.hits}/{self.all}"

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.all + other.all)

    @property
    def ratio(self) -> str:
        return f"{self.hits / self.all:.3f}" if self.all else "–"


@dataclass(frozen=True, slots=True)
class Score:
    """One history.

    Attributes:
        name: Its name.
        captures: How many snapshots it has.
        said: Steps of which anything was reported at level text, number or fact.
        loud: Steps reported at level number or fact: those where the truth names a change, of all such.
        judged: The same steps, the unnamed ones by their hand labels.
        numbers: True changes of a number: those reported loudly with both numbers in one change, of all.
        quiet: Steps in which truly nothing changed: those left silent, of all.
        heard: Steps in which the text truly changed: those reported, of all.
        rewritten: Steps left out of both, because a person found the text rewritten where the truth knows of no change.
        ms: CPU milliseconds a snapshot for the import, without the start of a process.
    """

    name: str
    captures: int
    said: int
    loud: Share
    judged: Judged
    numbers: Share
    quiet: Share
    heard: Share
    ms: float
    rewritten: int = 0

    def as_json(self) -> Row:
        return asdict(self)


def run(folder: Path, names: list[str], workers: int = 2) -> list[Score]:
    """Score histories, several at a time, and print the tables; the floors are `eval.floors`'."""
    with ProcessPoolExecutor(workers) as pool:
        scores = list(pool.map(_named_score, repeat(folder), names or history_names(folder)))
    console = Console(width=130)
    console.print(_table(scores))
    console.print(_loud_table(scores))
    _list_unlabelled(scores)
    if rewritten := sum(score.rewritten for score in scores):
        print(
            f"{rewritten} steps are neither quiet nor heard: labels.toml says that the page was rewritten, and the truth knows nothing of it"
        )
    return scores


def _named_score(folder: Path, name: str) -> Score:
    with unpacked(folder, name) as history:
        if history is None:
            raise SystemExit(f"{folder} has no history called {name}")
        return _score(history, Labels.of(name))


def _score(folder: Path, labels: Labels) -> Score:
    captures = sorted(json_lines(folder / "manifest.jsonl"), key=lambda row: moment(row["date"]))
    truths = json_lines(folder / "transitions.jsonl")
    reported_at: defaultdict[datetime, list[Row]] = defaultdict(list)
    reported = reported_by_import(folder)
    for change in reported.changes:
        reported_at[moment(change["at"])].append(change)
    steps = list(pairwise(captures))
    quiet, heard = _steps(
        [(old, new) for old, new in steps if moment(new["date"]) not in labels.rewritten], truths, reported_at
    )
    return Score(
        name=folder.name,
        captures=len(captures),
        said=sum(_is_reported(reported_at, new, REPORTED) for _, new in steps),
        loud=_loud(steps, truths, reported_at),
        judged=_judged(steps, truths, reported_at, labels),
        numbers=_numbers(truths, reported_at),
        quiet=quiet,
        heard=heard,
        rewritten=len(labels.rewritten),
        ms=round(1000 * reported.cpu_seconds / max(len(captures), 1), 2),
    )


def _is_reported(reported_at: dict[datetime, list[Row]], snapshot: Row, levels: frozenset[str]) -> bool:
    return any(change["level"] in levels for change in reported_at.get(moment(snapshot["date"]), []))


def _page_changed(truth: Row) -> bool:
    """Whether the truth speaks of the page; otherwise only the tool that made the truth had changed."""
    return bool(truth.get("page_change", True))


def _judged(
    steps: list[tuple[Row, Row]], truths: list[Row], reported_at: dict[datetime, list[Row]], labels: Labels
) -> Judged:
    """The loud steps by what their changes were judged to be."""
    named = {moment(truth["to_date"]) for truth in truths if _page_changed(truth)}
    sums = Judged()
    for _, new in steps:
        at = moment(new["date"])
        loud = [change for change in reported_at.get(at, []) if change["level"] in LOUD]
        if loud:
            sums += Judged(named=1) if at in named else labels.judge(at, loud)
    return sums


def _loud(steps: list[tuple[Row, Row]], truths: list[Row], reported_at: dict[datetime, list[Row]]) -> Share:
    named = {moment(truth["to_date"]) for truth in truths if _page_changed(truth)}
    loud = [moment(new["date"]) in named for _, new in steps if _is_reported(reported_at, new, LOUD)]
    return Share(sum(loud), len(loud))


def _steps(
    steps: list[tuple[Row, Row]], truths: list[Row], reported_at: dict[datetime, list[Row]]
) -> tuple[Share, Share]:
    """Quiet and heard: a step counts as changed or unchanged only where the truth can tell which it was."""
    about_text = [truth for truth in truths if truth["fact"] == "ota_text"]
    changed = {moment(truth["to_date"]) for truth in about_text if _page_changed(truth)}
    unsure = {moment(truth["to_date"]) for truth in truths if not _page_changed(truth)}
    quiet, heard = Share(0, 0), Share(0, 0)
    for old, new in steps:
        at, is_reported = moment(new["date"]), _is_reported(reported_at, new, REPORTED)
        trusted = min(old.get("truth_coverage") or 0, new.get("truth_coverage") or 0) >= TRUSTED_COVERAGE
        if trusted and at in changed:
            heard += Share(int(is_reported), 1)
        elif old["text_sha256"] == new["text_sha256"] or (
            trusted and at not in unsure and old.get("ota_version") == new.get("ota_version")
        ):
            quiet += Share(int(not is_reported), 1)
    return quiet, heard


def _numbers(truths: list[Row], reported_at: dict[datetime, list[Row]]) -> Share:
    """Of the true changes from one plain number to another, those that one loud change quotes on both sides."""
    wanted = [
        truth
        for truth in truths
        if truth["fact"] != "ota_text" and all(PLAIN_NUMBER.fullmatch(str(truth.get(side))) for side in ("old", "new"))
    ]
    found = sum(
        any(
            change["level"] in LOUD
            and _bare(truth["old"]) in _quoted_numbers(change, "before")
            and _bare(truth["new"]) in _quoted_numbers(change, "after")
            for change in reported_at.get(moment(truth["to_date"]), [])
        )
        for truth in wanted
    )
    return Share(found, len(wanted))


def _bare(number: object) -> str:
    return str(number).replace(",", "").strip(".")


def _quoted_numbers(change: Row, side: str) -> set[str]:
    text = f"{change[f'quote_{side}'] or ''} {'' if change[side] is None else change[side]}"
    return {_bare(number) for number in PLAIN_NUMBER.findall(text)}


def _table(scores: list[Score]) -> Table:
    table = Table(title="Histories", title_justify="left")
    table.add_column("history")
    for name in ("captures", "said", "loud, true", "numbers found", "quiet", "heard", "ms"):
        table.add_column(name, justify="right")
    shares = ("loud", "numbers", "quiet", "heard")
    for score in scores:
        cells = [str(getattr(score, name)) for name in ("captures", "said", *shares, "ms")]
        table.add_row(score.name, *cells)
    table.add_section()
    sums = [sum((getattr(score, name) for score in scores), Share(0, 0)) for name in shares]
    whole = [str(sum(getattr(score, name) for score in scores)) for name in ("captures", "said")]
    table.add_row("all", *whole, *(f"{share} = {share.ratio}" for share in sums), "")
    return table


def _loud_table(scores: list[Score]) -> Table:
    table = Table(title="Loud steps", title_justify="left")
    table.add_column("history")
    for name in ("named by the truth", "labelled true", "labelled noise", "unlabelled", "noise share"):
        table.add_column(name, justify="right")
    whole = sum((score.judged for score in scores), Judged())
    for name, judged in [*((score.name, score.judged) for score in scores), ("all", whole)]:
        if judged.all:
            counts = (judged.named, judged.true, judged.noise, len(judged.unlabelled))
            table.add_row(name, *map(str, counts), f"{judged.noise_share:.3f}")
    return table


def _list_unlabelled(scores: list[Score]) -> None:
    for score in scores:
        for step in score.judged.unlabelled:
            print(f"unlabelled  {score.name}  {step}")
