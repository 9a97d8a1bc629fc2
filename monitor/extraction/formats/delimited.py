"""Convert delimited text (CSV, RFC 4180; TSV) to blocks: each record is a row, as in a table. The delimiter is detected."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from monitor.extraction.formats.plain_text import lines_of
from monitor.model import Block, BlockKind

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 30
_SAMPLE_CHARS = 20_000
_LEAST_ROWS = 3
"""Minimum number of lines of a text without a declared type that can be delimited."""
_LEAST_DELIMITERS = 2
"""Minimum number of delimiters in each of its lines; one comma, in each of a few lines, is prose."""
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')


def read(text: str) -> list[Block] | None:
    """Return the records of a delimited text as rows; None if it has no delimiter or a field that is too long.

    tests/monitor/extraction/test_delimited.py

    Args:
        text: The document.
    """
    delimiter = _delimiter(text, least=1)
    if delimiter is None:
        return None
    rows: list[Block] = []
    try:
        for record in csv.reader(lines_of(text), delimiter=delimiter):
            cells = filter(None, (" ".join(cell.split()) for cell in record))
            row = " | ".join(cells)
            if any(map(str.isalnum, row)):
                rows.append(Block(BlockKind.ROW, row, "record of a delimited file"))
    except csv.Error:
        return None
    return rows


def is_delimited(text: str) -> bool:
    """Return whether a text whose type does not say so is delimited: all of its first lines have the same number of one delimiter."""
    return _delimiter(text, least=_LEAST_DELIMITERS, rows=_LEAST_ROWS, all_equal=True) is not None


def _delimiter(text: str, *, least: int, rows: int = 1, all_equal: bool = False) -> str | None:
    """Return the delimiter that most lines have equally often, outside quotes; None if there is none."""
    sample = text[:_SAMPLE_CHARS]
    complete = len(sample) == len(text)
    lines = [line for line in islice(_unquoted(sample), _SAMPLE_LINES) if line.strip()]
    if not complete and len(lines) > 1:
        lines.pop()
    if len(lines) < rows:
        return None
    best: tuple[int, int, str] | None = None
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        number, agreeing = max(
            ((n, count) for n, count in counts.items() if n >= least), key=lambda pair: pair[1], default=(0, 0)
        )
        if not agreeing or (all_equal and agreeing < len(lines)):
            continue
        if best is None or (agreeing, number) > best[:2]:
            best = agreeing, number, delimiter
    return None if best is None else best[2]


def _unquoted(text: str) -> Iterator[str]:
    return lines_of(_QUOTED.sub('""', text))
