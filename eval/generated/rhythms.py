"""Histories that change in a rhythm: counts that are volatile for a while, counters of days, clauses that are renumbered, at daily and weekly checks.

What a change means is known here from the time between checks, not from one pair of pages as in `eval.generated.making`.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from eval.files import moment
from eval.telling import reported_by_import

Row = dict[str, Any]
START = datetime(2025, 3, 3, 9, tzinfo=UTC)
INTERVALS = (timedelta(days=1), timedelta(days=7))
VOLATILE_CHECKS, CALM_CHANGES = 14, 12
RECALL, QUIET = 0.98, 0.98
_WORDS = Path(__file__).with_name("rhythms.toml")
_LOUD = frozenset({"number", "fact"})


@dataclass(frozen=True, slots=True)
class Beat:
    """One check.

    Attributes:
        body: The content of the page's main part.
        loud: Pairs of values, before and after, that are due at level number.
        text: Words that a change at level text is due to quote; "" for none.
    """

    body: str
    loud: tuple[tuple[int, int], ...] = ()
    text: str = ""


@dataclass(slots=True)
class Tally:
    """One kind of history.

    Attributes:
        due: Changes that were due.
        found: Those that were reported at their level.
        silent: Checks at which nothing was due, and those at which nothing but what was due was reported.
        kept: Those of them at which nothing else was reported.
    """

    due: int = 0
    found: int = 0
    silent: int = 0
    kept: int = 0


def histories(seed: int) -> Iterator[tuple[str, str, timedelta, list[Beat]]]:
    """Yield kind, language, interval and checks of each history; the first check is the page's first snapshot."""
    for language, words in tomllib.loads(_WORDS.read_text(encoding="utf-8")).items():
        for interval in INTERVALS:
            dice = Random(f"{seed}/{language}/{interval.days}")
            for form in words["counts"]:
                yield "count, volatile and then every third check", language, interval, _count(form, dice)
            yield "death toll that rises by one a check", language, interval, _toll(words, dice)
            yield "counter of days in a table", language, interval, _ages(words, interval, dice)
            yield "clause inserted", language, interval, _clauses(words, dice)
            for old, new in words["identifiers"]:
                yield (
                    "identifier or time changed",
                    language,
                    interval,
                    [Beat(_p(old)), Beat(_p(new), text=new), Beat(_p(new))],
                )
            yield "groups of a table swap numbers", language, interval, _groups(words, dice)
            old, new = words["quoted"]
            yield "typography", language, interval, [Beat(_p(old)), Beat(_p(new)), Beat(_p(old))]
            (form,) = words["dated"]
            years = [2030, 2035, 2033]
            beats = [Beat(_p(form.format(n=year))) for year in years[:1]]
            beats += [Beat(_p(form.format(n=new)), loud=((old, new),)) for old, new in pairwise(years)]
            yield "target year moved", language, interval, beats


def _count(form: str, dice: Random) -> list[Beat]:
    values = [dice.randint(40, 60)]
    for _ in range(VOLATILE_CHECKS):
        values.append(values[-1] + dice.choice([-5, -3, -2, 2, 3, 5]))
    for step in range(CALM_CHANGES):
        values += [values[-1] + (1 if step % 2 else -1)] * 3
    return [
        Beat(_shown(form.format(n=value)), loud=((old, value),) if old != value else ())
        for old, value in zip([values[0], *values], values, strict=False)
    ]


def _toll(words: Row, dice: Random) -> list[Beat]:
    begin, first = START - timedelta(days=dice.randint(100, 300)), dice.randint(100, 300)
    text = words["toll"].replace("{date}", _date(words, begin))
    return [Beat(_p(text.format(n=first + n)), loud=((first + n - 1, first + n),) if n else ()) for n in range(16)]


def _ages(words: Row, interval: timedelta, dice: Random) -> list[Beat]:
    opened = [START - timedelta(days=dice.randint(30, 400)) for _ in range(4)]
    beats = []
    for check in range(8):
        now = START + check * interval
        rows = [
            (f"{words['ages'][0]} {'ABCD'[n]}", _date(words, day), str((now - day).days))
            for n, day in enumerate(opened)
        ]
        beats.append(Beat(_table([tuple(words["ages"]), *rows])))
    return beats


def _clauses(words: Row, dice: Random) -> list[Beat]:
    at = dice.randint(1, len(words["clauses"]) - 1)
    more = [*words["clauses"][:at], words["inserted"], *words["clauses"][at:]]
    first, second = (
        "".join(_p(f"7.{n} {text}") for n, text in enumerate(clauses, 1)) for clauses in (words["clauses"], more)
    )
    return [Beat(first), Beat(second, text=words["inserted"]), Beat(second)]


def _groups(words: Row, dice: Random) -> list[Beat]:
    one, other = dice.sample(range(3, 30), 2)
    north, south, first, second = words["groups"]

    def table(a: int, b: int) -> str:
        rows = "".join(
            f"<tr><th rowspan=2>{name}</th><td>{first}</td><td>{40 + n}</td></tr><tr><td>{second}</td><td>{value}</td></tr>"
            for n, (name, value) in enumerate(((north, a), (south, b)))
        )
        return f"<table>{rows}</table>"

    return [Beat(table(one, other)), Beat(table(other, one), loud=((one, other), (other, one)))]


def _date(words: Row, at: datetime) -> str:
    return str(words["date"].format(day=at.day, month=words["months"].split()[at.month - 1], year=at.year))


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _shown(text: str) -> str:
    label, bar, value = text.partition(" | ")
    return _table([(label, value)]) if bar else _p(text)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return f"<table>{''.join('<tr>' + ''.join(f'<td>{escape(cell)}</td>' for cell in row) + '</tr>' for row in rows)}</table>"


def measure(seed: int) -> dict[str, Tally]:
    """Make the histories, import them, and compare what is reported with what is due."""
    made = list(histories(seed))
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        rows = []
        for number, (_, language, interval, beats) in enumerate(made):
            for check, beat in enumerate(beats):
                file = f"{number:03}-{check:02}.html"
                (folder / file).write_text(
                    f'<!doctype html><html lang="{language}"><title>Harbour</title><main><h1>Harbour</h1>{beat.body}</main></html>',
                    encoding="utf-8",
                )
                at = (START + check * interval).isoformat()
                rows.append({"url": f"https://rhythm.example/{number}", "date": at, "file": file, "status": 200})
        (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        changes = reported_by_import(folder).changes
    told: defaultdict[tuple[str, datetime], list[Row]] = defaultdict(list)
    for change in changes:
        told[change["url"], moment(change["at"])].append(change)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for number, (kind, _, interval, beats) in enumerate(made):
        for check, beat in enumerate(beats[1:], 1):
            at = START + check * interval
            _add(tallies[kind], beat, told.get((f"https://rhythm.example/{number}", at), []))
    return dict(tallies)


def _add(tally: Tally, beat: Beat, told: Sequence[Mapping[str, Any]]) -> None:
    said = [change for change in told if change["level"] != "noise"]
    matched = []
    for before, after in beat.loud:
        found = [c for c in said if c["level"] in _LOUD and (c["before"], c["after"]) == (before, after)]
        tally.due += 1
        tally.found += bool(found)
        matched += found
    if beat.text:
        found = [c for c in said if c["level"] == "text" and beat.text in (c["sentence_after"] or "")]
        tally.due += 1
        tally.found += bool(found)
        matched += found
    tally.silent += 1
    tally.kept += all(change in matched for change in said)
