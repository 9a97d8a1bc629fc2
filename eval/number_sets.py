"""Numbers in sentences and prices that others wrote down with their values: the share found by language and kind, in both halves.

A value is found if a mention in its sentence has it, to one in a million, and both ends of a range. `core` leaves out fractions, ordinals, ranges and negative
numbers. A price is found if a mention has its amount; it is typed if that mention is money where a currency is written.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.files import json_lines
from eval.halves import HALVES, half_of
from monitor.facts.mentions import read_blocks
from monitor.model import Block, BlockKind, Mention, MentionType

SENTENCES, PRICES = "numbers.jsonl", "prices.jsonl"
KINDS = ("core", "all", "Number", "Ordinal", "NumberRange", "Percent", "Currency", "Age", "Dimension", "Temperature")
_PARTIAL = re.compile(r"[/½⅓¼¾^]|third|half|quarter|fifth")


@dataclass(frozen=True, slots=True)
class Case:
    """A value that a sentence or price states.

    Attributes:
        half: The half it belongs to.
        table: The language of its sentence; "prices" for a price.
        kinds: The columns it counts in.
        text: The sentence.
        wanted: The value, or both ends of a range; for a price with its currency: "money" follows it.
        found: Whether a mention has it.
        mentions: What was read.
    """

    half: str
    table: str
    kinds: tuple[str, ...]
    text: str
    wanted: str
    found: bool
    mentions: tuple[Mention, ...]


def run(folder: Path, *, half: str | None = None, misses: Path | None = None) -> dict[str, Any] | None:
    """Score the sets in `folder`, print a table of each half and return its figures; None if the folder has none.

    Args:
        folder: Contains numbers.jsonl, prices.jsonl or both.
        half: Only this half; None for both.
        misses: A file for the misses of the half `tune`, one JSON object a line. Those of the other half are not listed, so that nothing is tuned to them.
    """
    cases = [*_sentences(json_lines(folder / SENTENCES), half), *_prices(json_lines(folder / PRICES), half)]
    if not cases:
        return None
    if misses is not None:
        misses.write_text("".join(_miss(case) for case in cases if not case.found and case.half == HALVES[0]))
    figures = {name: _figures([case for case in cases if case.half == name]) for name in HALVES if half in (None, name)}
    _print(figures)
    return figures


def _sentences(rows: Sequence[dict[str, Any]], half: str | None) -> Iterator[Case]:
    for row in rows:
        of = half_of(row["text"])
        if half not in (None, of):
            continue
        mentions = _mentions(row["text"], row["lang"])
        values = [value for mention in mentions for value in (mention.value, mention.upper)]
        for expected in row["expected"]:
            ends = [end for end in (expected["value"], expected["upper"]) if end is not None]
            if not ends:
                continue
            found = all(any(_near(end, value) for value in values) for end in ends)
            plain = row["kind"] not in ("Ordinal", "NumberRange") and ends[0] >= 0
            core = ("core",) if plain and not _PARTIAL.search(expected["quote"]) else ()
            wanted = f"{expected['quote']}: {' to '.join(map(str, ends))}"
            yield Case(of, row["lang"], ("all", row["kind"], *core), row["text"], wanted, found, mentions)


def _prices(rows: Sequence[dict[str, Any]], half: str | None) -> Iterator[Case]:
    for row in rows:
        of = half_of(row["text"])
        if half not in (None, of) or row["amount"] is None:
            continue
        mentions = _mentions(row["text"], None)
        having = [mention for mention in mentions if _near(row["amount"], mention.value)]
        yield Case(of, "prices", ("amount",), row["text"], str(row["amount"]), bool(having), mentions)
        if row["currency"] and row["currency"] in row["text"]:
            typed = any(mention.type is MentionType.MONEY for mention in having)
            yield Case(of, "prices", ("money",), row["text"], f"{row['amount']} money", typed, mentions)


def _mentions(text: str, language: str | None) -> tuple[Mention, ...]:
    return read_blocks((Block(BlockKind.CONTENT, " ".join(text.split()), ""),), language)


def _near(wanted: float, value: object) -> bool:
    if not isinstance(value, int | float):
        value = float(str(value)) if value is not None else None
    return value is not None and abs(value - wanted) <= 1e-6 * max(1, abs(value), abs(wanted))


def _figures(cases: Sequence[Case]) -> dict[str, dict[str, tuple[int, int]]]:
    """Found and all, by table and kind; the table "all" sums the sentences."""
    found: Counter[tuple[str, str]] = Counter()
    of: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for table in (case.table, *(("all",) if case.table != "prices" else ())):
            for kind in case.kinds:
                of[table, kind] += 1
                found[table, kind] += case.found
    tables = sorted({table for table, _ in of}, key=lambda name: (name == "prices", name == "all", name))
    return {name: {kind: (found[name, kind], of[name, kind]) for table, kind in of if table == name} for name in tables}


def _miss(case: Case) -> str:
    read = [
        (str(one.value), None if one.upper is None else str(one.upper), one.type, one.unit, one.quote)
        for one in case.mentions
    ]
    row = {"table": case.table, "kinds": case.kinds, "text": case.text, "wanted": case.wanted, "read": read}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _print(figures: dict[str, dict[str, dict[str, tuple[int, int]]]]) -> None:
    for half, tables in figures.items():
        table = Table(title=f"Numbers and prices, half {half}", title_justify="left")
        table.add_column("set")
        for kind in KINDS:
            table.add_column(kind, justify="right")
        for name, row in tables.items():
            if name != "prices":
                table.add_row(name, *(_share(row.get(kind)) for kind in KINDS))
        Console(width=140).print(table)
        for kind, (found, of) in tables.get("prices", {}).items():
            print(f"prices, half {half}: {kind} {found}/{of} = {found / of:.3f}")


def _share(counted: tuple[int, int] | None) -> str:
    return f"{counted[0] / counted[1]:.3f}" if counted else "–"
