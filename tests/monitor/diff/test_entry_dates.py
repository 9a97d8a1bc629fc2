"""Dates in a table that state when an entry was edited are noise; dates that are statements about the entry are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.diff.elapsed import SnapshotTimes
from monitor.model import Level, NoiseReason
from monitor.pipeline.analyze import analyze
from tests.support.heart import snapshot

MAY = datetime(2021, 5, 10, 9, 13, tzinfo=UTC)
TIMES = SnapshotTimes(MAY, MAY + timedelta(days=3))


def page(*dates, heading="Date", language="en", cells=("Heron", "Otter", "Perch"), role="Warden"):
    head = f"<tr><th>Boat</th><th>Master</th><th>{heading}</th></tr>"
    rows = "".join(
        f"<tr><td>{boat}</td><td>{role}</td><td>{date}</td></tr>" for boat, date in zip(cells, dates, strict=True)
    )
    html = f"<html lang={language}><title>Fleet</title><main><h1>The boats of the club</h1><table>{head}{rows}</table></main></html>"
    return analyze(html.encode(), snapshot(), ()).version


@pytest.mark.parametrize(
    ("heading", "old", "dates", "language"),
    [
        ("Date", "3 May 2021", ["12 May 2021", "4 March 2021", "9 May 2021"], "en"),
        ("Last updated", "3 May 2021", ["13 May 2021", "4 March 2021", "9 May 2021"], "en"),
        ("Date modified", "3 May 2021", ["10 May 2021", "4 March 2021", "9 May 2021"], "en"),
        ("Datum", "3. Mai 2021", ["12. Mai 2021", "4. März 2021", "9. Mai 2021"], "de"),
        ("Dernière modification", "3 mai 2021", ["12 mai 2021", "4 mars 2021", "9 mai 2021"], "fr"),
        ("Fecha", "3 de mayo de 2021", ["12 de mayo de 2021", "4 de marzo de 2021", "9 de mayo de 2021"], "es"),
        ("最終更新日", "2021年5月3日", ["2021年5月12日", "2021年3月4日", "2021年5月9日"], "ja"),
    ],
)
def test_when_an_entry_was_edited_is_noise(heading, old, dates, language):
    previous = page(old, *dates[1:], heading=heading, language=language)
    (change,) = compare(previous, page(*dates, heading=heading, language=language), TIMES)
    assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.ENTRY_EDITED)
    assert dates[0] in change.sentence_after


def test_several_entries_edited_at_once_are_noise():
    changes = compare(
        page("3 May 2021", "4 March 2021", "9 May 2021"), page("12 May 2021", "12 May 2021", "11 May 2021"), TIMES
    )
    assert {change.level for change in changes} == {Level.NOISE}


@pytest.mark.parametrize(
    "heading", ["Date of accession", "Deadline", "Signed", "Next inspection", "Data", "Date of birth", "Valid until"]
)
def test_a_heading_that_says_what_the_date_is_of_keeps_its_changes(heading):
    (change,) = compare(
        page("3 May 2021", "4 March 2021", "9 May 2021", heading=heading),
        page("12 May 2021", "4 March 2021", "9 May 2021", heading=heading),
        TIMES,
    )
    # "Data" is a heading of entries in Italian and Portuguese.
    assert change.level is (Level.NOISE if heading == "Data" else Level.TEXT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("3 May 2021", "5 May 2021"),
        ("3 May 2021", "20 May 2021"),
        ("12 May 2021", "3 May 2021"),
        ("20 May 2021", "12 May 2021"),
        ("17 May 2021", "13 May 2021"),
    ],
)
def test_only_a_date_between_the_snapshots_is_the_time_of_an_edit(before, after):
    dates = ("4 March 2021", "9 May 2021")
    (change,) = compare(page(before, *dates), page(after, *dates), TIMES)
    assert change.level is Level.TEXT
    assert compare(page(before, *dates), page(after, *dates))[0].level is not Level.NOISE


def test_a_timetable_has_dates_in_the_future_and_keeps_its_changes():
    (change,) = compare(
        page("3 May 2021", "4 March 2021", "9 June 2021"), page("12 May 2021", "4 March 2021", "9 June 2021"), TIMES
    )
    assert change.level is Level.TEXT


def test_anything_else_that_differs_in_the_row_is_reported():
    dates = ("4 March 2021", "9 May 2021")
    changes = compare(page("3 May 2021", *dates), page("12 May 2021", *dates, cells=("Egret", "Otter", "Perch")), TIMES)
    assert [change.level for change in changes] == [Level.TEXT]
    joined = compare(page("3 May 2021", *dates), page("12 May 2021", "12 May 2021", "9 May 2021", role="Owner"), TIMES)
    assert Level.TEXT in {change.level for change in joined}


def test_a_row_of_two_cells_and_a_short_column_keep_their_changes():
    def small(date, rows=3, middle="<td>Owner</td>"):
        head = "<tr><th>Boat</th><th>Master</th><th>Date</th></tr>" if middle else "<tr><th>Boat</th><th>Date</th></tr>"
        boats = ("Heron", "Otter", "Perch")[:rows]
        body = "".join(
            f"<tr><td>{boat}</td>{middle}<td>{date if boat == 'Heron' else '4 March 2021'}</td></tr>" for boat in boats
        )
        html = f"<html lang=en><title>Fleet</title><main><h1>The boats of the club</h1><table>{head}{body}</table></main></html>"
        return analyze(html.encode(), snapshot(), ()).version

    for options in ({"middle": ""}, {"rows": 2}):
        changes = compare(small("3 May 2021", **options), small("12 May 2021", **options), TIMES)
        assert [change.level is Level.NOISE for change in changes] == [False]
