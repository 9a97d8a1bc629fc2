"""What `python -m eval numbers` prints: scores by table and half, by kind, and every miss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from eval.halves import HALVES
from eval.numbers.corpus import Expected, rows
from eval.numbers.scoring import Result, results, share
from monitor.model import Mention, MentionType

FLOOR = 0.98
"""What either half must score."""


def run(half: str | None = None, *, misses: bool = True) -> int:
    """Read the corpus and print how well.

    Args:
        half: Only this half; None for both.
        misses: Whether every miss is printed.

    Returns:
        The exit status: 1 where a half is read worse than FLOOR.
    """
    rendered = [half] if half else list(HALVES)
    scored = [result for result in results(rows()) if result.row.half in rendered]
    print(f"Number reading: {len(scored)} sentences of our own\n")
    _table("table", rendered, scored, lambda result: result.row.table)
    _table("kind", rendered, scored, lambda result: result.row.kind)
    for name in rendered if misses else ():
        _misses(name, [result for result in scored if result.row.half == name])
    return int(any(share([result for result in scored if result.row.half == name]) < FLOOR for name in rendered))


def _table(title: str, halves: list[str], scored: Sequence[Result], key: Callable[[Result], str]) -> None:
    print(f"| {title} | sentences | {' | '.join(halves)} |\n|---|---|{'---|' * len(halves)}")
    for name in sorted({key(result) for result in scored}):
        here = [result for result in scored if key(result) == name]
        print(f"| {name} | {len(here)} | {_cells(halves, here)} |")
    print(f"| **all** | {len(scored)} | {_cells(halves, scored)} |\n")


def _cells(halves: list[str], scored: Sequence[Result]) -> str:
    return " | ".join(_cell([result for result in scored if result.row.half == half]) for half in halves)


def _cell(scored: Sequence[Result]) -> str:
    right, of = sum(result.right for result in scored), sum(result.of for result in scored)
    return f"{right}/{of} = {share(scored):.3f}" if scored else "–"


def _misses(half: str, scored: Sequence[Result]) -> None:
    print(f"Misses of the {half} half:")
    for result in scored:
        if result.right == result.of:
            continue
        print(f"  {result.row.table} {result.row.kind}: {result.row.sentence}")
        for expected in result.missed:
            print(f"      wanted {_expected(expected)}")
        for mention in result.found:
            print(f"      found  {_text(mention)}")
    print()


def _expected(expected: Expected) -> str:
    hedge = f" ~ {expected.hedge}" if expected.hedge else ""
    return f"{expected.quote!r}: {expected.type} {expected.value} {expected.unit or ''}{hedge}"


def _text(mention: Mention) -> str:
    value = str(mention.value)
    if mention.type is MentionType.DATE and 1 <= mention.value <= date.max.toordinal():
        value = date.fromordinal(int(mention.value)).isoformat()
    upper = "" if mention.upper is None else f"..{mention.upper}"
    return f"{mention.quote!r}: {mention.type} {value}{upper} {mention.unit or ''}{f' ~ {mention.hedge}' if mention.hedge else ''}"
