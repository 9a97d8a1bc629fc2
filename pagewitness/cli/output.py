"""Output of commands: results to stdout, as lines, tables or JSON; messages and progress to stderr. Control characters never reach a terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING

from monitor.model import JsonValue
from rendering.text_safety import escaped_json, one_line, visible

# Rich takes longer to import than most commands to run.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_SAMPLE = 200
"""Number of rows from which a table's column widths are computed; the rest is printed as it is read."""
_WIDEST_PADDED = 60
"""Width up to which cells are padded where lines may have any length."""
_NARROWEST = 8
_FILE_WIDTH = 160
_GAP = "  "


class Lines:
    """Prints lines with control characters escaped. `error` selects stderr instead of stdout."""

    def __init__(self, *, error: bool = False) -> None:
        self._error = error

    def print(self, text: str) -> None:
        """Print a text and a line break."""
        stream = sys.stderr if self._error else sys.stdout
        stream.write(visible(text) + "\n")


out = Lines()
err = Lines(error=True)


def print_json(rows: Iterable[Mapping[str, JsonValue]]) -> None:
    r"""Print one JSON object per line, each as soon as it is available. Terminal control characters are written as \u escapes."""
    for row in rows:
        sys.stdout.write(escaped_json(json.dumps(row, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table to stdout while its rows are read; print `empty` to stderr if there are none.

    Cells are wrapped to fit a terminal, or the number of columns that the variable COLUMNS sets. Otherwise each row is one line.
    """
    cells = ([render_cell(cell) for cell in row] for row in rows)
    sample = list(islice(cells, _SAMPLE))
    if not sample:
        err.print(empty)
        return
    natural = [max(map(_width, column)) for column in zip(columns, *sample, strict=True)]
    limit = _line_width()
    widths = [min(width, _WIDEST_PADDED) for width in natural] if limit is None else _fitted(natural, limit)
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "")
    for line in _row_lines(columns, widths, wrapped=limit is not None):
        sys.stdout.write(f"{bold}{line}{plain}\n")
    for row in chain(sample, cells):
        for line in _row_lines(row, widths, wrapped=limit is not None):
            sys.stdout.write(line + "\n")
    sys.stdout.flush()


def render_cell(value: object) -> str:
    """Return a cell's text, with control characters escaped and times without microseconds."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list | tuple):
        return ", ".join(render_cell(item) for item in value)
    return one_line(f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value))


def styled_console() -> Console:
    """Return a Rich console on stdout, for text with colours."""
    from rich.console import Console  # noqa: PLC0415 (slow to import)

    # A file or pipe has no width to fit; 80 columns would wrap every sentence.
    return Console(width=_line_width() or _FILE_WIDTH, highlight=False, emoji=False, markup=False)


def progress_bar() -> Progress:
    """Return a progress bar on stderr. It is drawn only on a terminal and disappears when done."""
    from rich.console import Console  # noqa: PLC0415 (slow to import)
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, soft_wrap=True, highlight=False, emoji=False, markup=False),
        transient=True,
        # Redirected, results would be written to stderr, together with the bar.
        redirect_stdout=False,
        disable=not sys.stderr.isatty(),
    )


@contextmanager
def hidden(bar: Progress) -> Iterator[None]:
    """Remove a progress bar from the terminal while results are printed, and draw it again below them."""
    if bar.disable:
        yield
        return
    bar.stop()
    try:
        yield
        sys.stdout.flush()
    finally:
        bar.start()


def _line_width() -> int | None:
    """Return the width that lines must fit; None if stdout is a file or pipe, which has none."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return None


def _fitted(natural: Sequence[int], limit: int) -> list[int]:
    """Return the column widths that fit a line: the widest columns are narrowed, to equal widths."""
    left = max(limit - len(_GAP) * (len(natural) - 1), 0)
    widths = [0] * len(natural)
    columns = sorted(range(len(natural)), key=lambda column: natural[column])
    for done, column in enumerate(columns):
        share = max(left // (len(columns) - done), _NARROWEST)
        widths[column] = min(natural[column], share)
        left = max(left - widths[column], 0)
    return widths


def _row_lines(row: Sequence[str], widths: Sequence[int], *, wrapped: bool) -> Iterator[str]:
    cells = [_wrap(cell, width) if wrapped else [cell] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    for parts in islice(zip(*(chain(cell, repeat("")) for cell in cells), strict=False), height):
        padded = (part + " " * (width - _width(part)) for part, width in zip(parts, widths, strict=True))
        yield _GAP.join(padded).rstrip()


def _wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` terminal cells: between words, and inside words that are longer."""
    lines = [""]
    for word in text.split(" "):
        rest = word
        if lines[-1] and _width(lines[-1]) + 1 + _width(rest) <= width:
            lines[-1] += f" {rest}"
            continue
        if lines[-1]:
            lines.append("")
        while _width(rest) > width:
            end = _fitting(rest, width)
            lines[-1] = rest[:end]
            lines.append("")
            rest = rest[end:]
        lines[-1] = rest
    return lines


def _fitting(text: str, width: int) -> int:
    """Return how many characters, at least one, fit in `width` terminal cells."""
    used = 0
    for place, char in enumerate(text):
        used += _width(char)
        if used > width:
            return max(place, 1)
    return len(text)


def _width(text: str) -> int:
    """Return the number of terminal cells that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
