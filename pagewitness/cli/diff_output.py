"""Prints a comparison: the words that changed in colour on a terminal, both versions side by side, or lines with signs in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from monitor.model import Comparison, ComparisonRow, RowKind, Segment, SegmentKind
from pagewitness.cli.output import styled_console
from rendering.comparison_runs import Fold, Run, limits_of, noise_of, view, words_line
from rendering.text_safety import inline, one_line
from rendering.times import counted

ROWS = 5_000
"""Rows that are printed."""
CHARS = 1_000_000
"""Characters of all printed rows."""

_STYLES = {SegmentKind.REMOVED: "yellow strike", SegmentKind.ADDED: "bright_blue underline", SegmentKind.KEPT: ""}
_FADED = "bright_black"
_SIGNS = {
    RowKind.KEPT: " ",
    RowKind.REMOVED: "-",
    RowKind.ADDED: "+",
    RowKind.CHANGED: "~",
    RowKind.MOVED_FROM: "<",
    RowKind.MOVED_TO: ">",
}
_LEAST_COLUMN = 20


def print_comparison(comparison: Comparison, old: str, new: str, *, side_by_side: bool) -> None:
    """Print a comparison. Without colours, a changed block is two lines, "-" with the earlier text and "+" with the later one.

    Args:
        comparison: The comparison.
        old: Name of the earlier version.
        new: Name of the later version.
        side_by_side: Whether to print both versions in columns.
    """
    console = styled_console()
    shown = view(comparison, ROWS, CHARS)
    lines = _Columns(console, comparison).lines(shown.runs, old, new) if side_by_side else None
    for line in lines if lines is not None else _document(shown.runs, old, new, coloured=_is_coloured(console)):
        console.print(line, soft_wrap=lines is not None)
    if shown.left_out:
        console.print(Text(f"… {counted(shown.left_out, 'further block')} not shown", style=_FADED))
    for sentence in limits_of(comparison):
        console.print(Text(sentence, style=_FADED))
    console.print(Text(words_line(comparison), style="bold"))


def _is_coloured(console: Console) -> bool:
    return console.is_terminal and not console.no_color and console.color_system is not None


def _document(runs: Sequence[Run], old: str, new: str, *, coloured: bool) -> Iterator[Text]:
    yield Text(f"--- {old}", style="bold")
    yield Text(f"+++ {new}", style="bold")
    for run in runs:
        if run.fold is Fold.KEPT:
            yield Text(f"  … {run.label}", style="cyan")
        else:
            for row in run.rows:
                yield from _row(row, coloured=coloured)


def _row(row: ComparisonRow, *, coloured: bool) -> Iterator[Text]:
    if row.noise is not None or row.kind in (RowKind.MOVED_FROM, RowKind.MOVED_TO):
        yield from _quiet(row)
    elif row.kind is RowKind.CHANGED and not coloured:
        yield Text(f"-{one_line(row.text(SegmentKind.ADDED))}")
        yield Text(f"+{one_line(row.text(SegmentKind.REMOVED))}")
    else:
        yield Text.assemble(_SIGNS[row.kind], _marked(row.segments, None))
    for link in row.links:
        yield Text(one_line(f"  link “{link.text}”: {link.before} → {link.after}"), style="italic")


def _quiet(row: ComparisonRow) -> Iterator[Text]:
    """Yield the lines of noise and of a moved block, in grey; their signs differ from those of a change."""
    if row.kind in (RowKind.MOVED_FROM, RowKind.MOVED_TO):
        place = "moved away" if row.kind is RowKind.MOVED_FROM else "moved here"
        yield Text(f"{_SIGNS[row.kind]}{one_line(row.segments[0].text, 80)} ({place})", style=_FADED)
        return
    text = "".join(
        {SegmentKind.REMOVED: f"[-{part}-]", SegmentKind.ADDED: f"{{+{part}+}}"}.get(segment.kind, part)
        for segment in row.segments
        for part in [inline(segment.text)]
    )
    yield Text(f". {one_line(text, 300)} (noise: {noise_of(row)})", style=_FADED)


def _marked(segments: Sequence[Segment], without: SegmentKind | None) -> Text:
    return Text.assemble(*((inline(part.text), _STYLES[part.kind]) for part in segments if part.kind is not without))


class _Columns:
    """Lays both versions out side by side: a column for each, and between them the sign of the row."""

    def __init__(self, console: Console, comparison: Comparison) -> None:
        self._console = console
        self._comparison = comparison
        self._width = max((console.width - 3) // 2, _LEAST_COLUMN)

    def lines(self, runs: Sequence[Run], old: str, new: str) -> Iterator[Text]:
        """Yield the lines, the names of both versions first."""
        yield from self._beside(Text(one_line(old), style="bold"), Text(one_line(new), style="bold"), " ")
        for run in runs:
            if run.fold is Fold.KEPT:
                yield Text(f"… {run.label}", style="cyan")
                continue
            for row in run.rows:
                left, right = self._sides(row)
                yield from self._beside(left, right, "." if row.noise is not None else _SIGNS[row.kind])

    def _sides(self, row: ComparisonRow) -> tuple[Text, Text]:
        faded = row.noise is not None or row.counterpart is not None
        left = _marked(row.segments, SegmentKind.ADDED)
        right = _marked(row.segments, SegmentKind.REMOVED)
        if row.kind in (RowKind.ADDED, RowKind.MOVED_TO):
            left = Text()
        if row.kind in (RowKind.REMOVED, RowKind.MOVED_FROM):
            right = Text()
        for side in (left, right) if faded else ():
            side.stylize(_FADED)
        return left, right

    def _beside(self, left: Text, right: Text, sign: str) -> Iterator[Text]:
        columns = [list(side.wrap(self._console, self._width)) if side.plain else [] for side in (left, right)]
        for index in range(max(1, *map(len, columns))):
            first, second = (column[index] if index < len(column) else Text() for column in columns)
            first.rstrip()
            second.rstrip()
            padding = " " * max(self._width - first.cell_len, 0)
            line = Text.assemble(first, padding, f" {sign if index == 0 else ' '} ", second)
            line.rstrip()
            yield line
