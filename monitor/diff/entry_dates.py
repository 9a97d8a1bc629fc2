"""Recognises dates in a table that state when an entry was edited: "Alder | North | 3 May 2024" under the heading "Date". Pure."""

from __future__ import annotations

from monitor.diff import elapsed, tables, timestamps
from monitor.diff.elapsed import SnapshotTimes
from monitor.diff.tables import BAR, Tables
from monitor.model import BlockKind, Mention, MentionType
from monitor.sentences import Sentence

_LEAST_CELLS = 3
"""A row of two cells names what its date is of: "Deadline | 1 May 2027"."""
_LEAST_DATES = 3
"""Dates that a column has at the least: of a single one it is not known whether all are in the past."""


def is_time_of_edit(
    previous: Mention, current: Mention, row: Sentence, within: Tables, times: SnapshotTimes | None
) -> bool:
    """Return whether a changed date states when its row was edited.

    The date moved from the past to the time between the two snapshots, the heading of its column names nothing but a date or an update ("Date", "Last updated";
    not "Date of accession"), and no date in the column is in the future, as in a timetable: nothing was edited in the future.

    See tests/monitor/diff/test_entry_dates.py.

    Args:
        previous: The earlier date.
        current: The later one.
        row: The later row.
        within: The tables of the later version.
        times: When the two versions were fetched; None if unknown: nothing is recognised then.
    """
    if times is None or row.kind is not BlockKind.ROW or row.text.count(BAR) + 1 < _LEAST_CELLS:
        return False
    if previous.type is not MentionType.DATE or not elapsed.moved_to_the_time_between(previous, current, times):
        return False
    head = tables.head_of(within, row, current)
    if head is None or not timestamps.names_an_update(head):
        return False
    dates = within.dates_beside(row, current)
    return len(dates) >= _LEAST_DATES and not any(elapsed.is_in_the_future(date, times) for date in dates)
