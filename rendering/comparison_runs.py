"""Divides a comparison into what is shown and what is folded, and puts its rows into words, for the web and the terminal. Pure.

tests/rendering/test_comparison_runs.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from monitor.model import BlockKind, Comparison, ComparisonLimit, ComparisonRow, RowKind, RowNoise
from rendering.noise_reasons import noise_sentence
from rendering.times import counted

CONTEXT = 2
"""Unchanged rows that are shown before and after a change."""
_SHORTEST = {"kept": 3, "noise": 4, "moved": 4}
"""Rows from which a run is folded; a shorter one takes no more room than the line that replaces it."""

_LIMITS = {
    ComparisonLimit.PAIRS: "So many blocks differ that some reworded blocks are shown as removed and added.",
    ComparisonLimit.WORDS: "The changed blocks are so long that some are not compared word by word: all between their common beginning and end is marked.",
}
_NOISE = {
    RowNoise.LEARNED: "changes at nearly every check",
    RowNoise.SAME_TEXT: "only its place or number differs, or characters that look alike",
}


class Fold(StrEnum):
    """What a folded run consists of."""

    KEPT = "kept"
    NOISE = "noise"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive rows of a comparison.

    Attributes:
        start: Index of the first row.
        rows: The rows; never empty.
        fold: What they are, if they are folded; None if they are shown.
    """

    start: int
    rows: Sequence[ComparisonRow]
    fold: Fold | None

    @property
    def label(self) -> str:
        """What a folded run contains, in words: "12 unchanged blocks"; "" for one that is shown."""
        if self.fold is None:
            return ""
        count = len(self.rows)
        if self.fold is Fold.KEPT:
            return counted(count, "unchanged block")
        if self.fold is Fold.MOVED:
            return counted(count, "moved block")
        kinds = {row.block_kind.value for row in self.rows}
        of = f" ({kinds.pop()})" if len(kinds) == 1 else ""
        return f"{counted(count, 'block')} of noise{of}"


@dataclass(frozen=True, slots=True)
class View:
    """A comparison, as far as it is shown.

    Attributes:
        runs: Its runs, in document order.
        left_out: Number of rows after the last one that is shown.
    """

    runs: Sequence[Run]
    left_out: int


def view(comparison: Comparison, rows: int, chars: int) -> View:
    """Return the runs of a comparison: unchanged rows far from any change, and longer runs of noise and of moved blocks, are folded.

    Args:
        comparison: The comparison.
        rows: Rows that are shown or whose fold can be opened, at most.
        chars: Characters of these rows, at most; the row that exceeds them is the last one.
    """
    near = _near(comparison)
    length, used = 0, 0
    for row in comparison.rows[:rows]:
        if used > chars:
            break
        used += sum(len(segment.text) for segment in row.segments)
        length += 1
    runs: list[Run] = []
    for fold, group in groupby(range(length), key=lambda index: _fold(comparison.rows[index], is_near=index in near)):
        indexes = list(group)
        is_folded = fold is not None and len(indexes) >= _SHORTEST[fold.value]
        part = comparison.rows[indexes[0] : indexes[-1] + 1]
        if not is_folded and runs and runs[-1].fold is None:
            runs[-1] = Run(runs[-1].start, (*runs[-1].rows, *part), None)
        else:
            runs.append(Run(indexes[0], part, fold if is_folded else None))
    return View(runs, len(comparison.rows) - length)


def _near(comparison: Comparison) -> set[int]:
    """Return the indexes of the changed rows and of those up to `CONTEXT` rows from one."""
    return {
        index + offset for index in comparison.loud() for offset in range(-CONTEXT, CONTEXT + 1) if index + offset >= 0
    }


def _fold(row: ComparisonRow, *, is_near: bool) -> Fold | None:
    if not row.is_quiet:
        return None
    if row.kind is RowKind.KEPT:
        return None if is_near else Fold.KEPT
    return Fold.NOISE if row.noise is not None else Fold.MOVED


def noise_of(row: ComparisonRow) -> str:
    """Return why the difference of a row is noise, in a few words; "" if it is not."""
    if row.noise is None:
        return ""
    if row.noise is RowNoise.NOT_COMPARED:
        return _kind_name(row.block_kind)
    if row.noise is RowNoise.CLASSIFIED:
        return noise_sentence(row.noise_reason) or "noise"
    return _NOISE[row.noise]


def _kind_name(kind: BlockKind) -> str:
    names = {BlockKind.FEED: "a list of posts", BlockKind.CONSENT: "a consent prompt", BlockKind.CONTROL: "a control"}
    return f"{names.get(kind, kind.value)}, not compared"


def limits_of(comparison: Comparison) -> list[str]:
    """Return what the comparison left out, as sentences."""
    return [_LIMITS[limit] for limit in ComparisonLimit if limit in comparison.limits]


def words_line(comparison: Comparison) -> str:
    """Return how much changed: "12 words added, 3 removed (1.4 % of the text)"."""
    if not comparison.words_added and not comparison.words_removed:
        return "no words added or removed"
    share = comparison.degree * 100
    degree = "under 0.1" if share < 0.1 else f"{share:.1f}"
    return f"{counted(comparison.words_added, 'word')} added, {comparison.words_removed:,} removed ({degree} % of the text)"
