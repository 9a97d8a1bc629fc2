"""Compares two analysed snapshots of a page, for the web and `pagewitness diff`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from monitor.diff.comparison import comparison
from monitor.diff.elapsed import SnapshotTimes
from monitor.model import Change, Comparison
from monitor.pipeline.analyze import PageAnalysis
from pagewitness.inspection.json_output import changes_between


@dataclass(frozen=True, slots=True)
class Compared:
    """Two snapshots, compared.

    Attributes:
        changes: What would be reported if the later were the next check after the earlier one, noise included; empty unless both are ok.
        comparison: Both as one document.
    """

    changes: tuple[Change, ...]
    comparison: Comparison


def compare_analyses(
    before: PageAnalysis,
    after: PageAnalysis,
    times: SnapshotTimes | None = None,
    learned: Collection[str] = (),
) -> Compared:
    """Compare two snapshots, analysed by the same parser version.

    Args:
        before: The earlier one.
        after: The later one.
        times: When they were taken; None if unknown.
        learned: Digests of the places whose changes were recorded as noise.
    """
    changes = changes_between(before, after)
    return Compared(changes, comparison(before.version, after.version, changes, times=times, learned=learned))
