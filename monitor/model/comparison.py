"""Two versions of a page as one document, with what was removed and added at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from monitor.model.enums import BlockKind
from monitor.model.reasons import NoiseReason
from monitor.model.state import Change


class SegmentKind(StrEnum):
    """Whether both texts contain a segment, or only the earlier or the later one."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Segment(NamedTuple):
    """A part of a text that was kept, removed or added.

    Attributes:
        kind: Which of them.
        text: The part; never empty.
    """

    kind: SegmentKind
    text: str


class RowKind(StrEnum):
    """What happened to a block. A moved block has two rows, one at each place."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    MOVED_FROM = "moved_from"
    MOVED_TO = "moved_to"


class RowNoise(StrEnum):
    """Why the difference of a row is noise.

    NOT_COMPARED: the kind of the block is not compared (feeds, consent, controls, navigation, footers). CLASSIFIED: a rule of the diff classifies it as
    noise, see `ComparisonRow.noise_reason`. LEARNED: the place changes so often that its changes were recorded as noise. SAME_TEXT: the versions contain
    the same sentences, in other blocks, with other numbers of clauses, or with characters that look alike.
    """

    NOT_COMPARED = "not_compared"
    CLASSIFIED = "classified"
    LEARNED = "learned"
    SAME_TEXT = "same_text"


class LinkChange(NamedTuple):
    """A link whose text was kept and whose target changed.

    Attributes:
        text: Its text.
        before: Its earlier target.
        after: Its later target.
    """

    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One block of a comparison: of the earlier version, of the later one, or of both.

    Attributes:
        kind: What happened to it.
        block_kind: The kind of the block; of the later one where both versions have it.
        depth: Number of headings above the block, at most `monitor.limits.HEADINGS`; that of a heading is its level below the outermost one.
        anchor: The headings above it, outermost first.
        old: Index of the block in the earlier version; None if it was added. Of a moved block, both rows have both indexes.
        new: Index of the block in the later version; None if it was removed.
        segments: Its text: one segment, except if it was changed.
        counterpart: Of a moved block, the index of the row at the other place; None for other rows.
        noise: Why the difference is noise; None if it is not, and for a kept row.
        noise_reason: The rule that classified the difference as noise; None unless `noise` is CLASSIFIED.
        changes: The changes of facts and numbers in this block, facts first.
        links: Links whose target changed, at most `monitor.diff.comparison.LINKS` of them.
    """

    kind: RowKind
    block_kind: BlockKind
    depth: int
    anchor: tuple[str, ...]
    old: int | None
    new: int | None
    segments: tuple[Segment, ...]
    counterpart: int | None = None
    noise: RowNoise | None = None
    noise_reason: NoiseReason | None = None
    changes: tuple[Change, ...] = ()
    links: tuple[LinkChange, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether a reader who looks for changes can skip it: kept with the same links, moved, or noise."""
        if self.kind is RowKind.KEPT:
            return not self.links and not self.changes
        return self.noise is not None or self.kind in (RowKind.MOVED_FROM, RowKind.MOVED_TO)

    def text(self, without: SegmentKind) -> str:
        """Return its text without the segments of a kind: without ADDED the earlier text, without REMOVED the later one."""
        return "".join(segment.text for segment in self.segments if segment.kind is not without)


class ComparisonLimit(StrEnum):
    """What was left out so that the comparison takes bounded time.

    PAIRS: some removed blocks were not compared with added ones and are shown as removed and added. WORDS: some changed blocks were not compared word by
    word; all between their common beginning and end is shown as changed.
    """

    PAIRS = "pairs"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a page, row by row.

    Attributes:
        rows: The blocks of both in document order; a removed block is where it was between the kept ones.
        changes: All changes of facts and numbers between the versions, facts first, with noise.
        words_old: Number of words of the earlier version that are not noise.
        words_new: That of the later version.
        words_removed: Words removed, without noise and moved blocks.
        words_added: Words added.
        limits: What was left out.
    """

    rows: tuple[ComparisonRow, ...]
    changes: tuple[Change, ...]
    words_old: int
    words_new: int
    words_removed: int
    words_added: int
    limits: frozenset[ComparisonLimit]

    @property
    def degree(self) -> float:
        """The degree of change: the share of words that were removed or added, from 0 to 1."""
        words = self.words_old + self.words_new
        return (self.words_removed + self.words_added) / words if words else 0.0

    def texts(self, without: SegmentKind) -> Iterator[str]:
        """Yield the text of each block of one version, in its order: without ADDED the earlier version, without REMOVED the later one."""
        elsewhere = (
            (RowKind.ADDED, RowKind.MOVED_TO) if without is SegmentKind.ADDED else (RowKind.REMOVED, RowKind.MOVED_FROM)
        )
        return (row.text(without) for row in self.rows if row.kind not in elsewhere)

    def loud(self) -> Sequence[int]:
        """Return the indexes of the rows with a change that is not noise."""
        return [index for index, row in enumerate(self.rows) if not row.is_quiet]
