"""Dates, times of day and identifiers in content: their changes are reported, except those of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.diff.elapsed import SnapshotTimes
from monitor.model import Block, BlockKind, EventKind, Level
from rendering.sentences import summary
from tests.support.heart import version

MONDAY = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)


def page(*texts, language="en", kind=BlockKind.CONTENT):
    return version(*(Block(kind, text, "test") for text in texts), facts=(), language=language)


def day(days=1, **more):
    return SnapshotTimes(MONDAY, MONDAY + timedelta(days=days, **more))


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("Current release: Version 4.1.9", "Current release: Version 4.2.0", "en"),
        ("Aktuell ist Version 2.0.1", "Aktuell ist Version 2.0.2", "de"),
        ("Ring 020 5550123 for a ticket.", "Ring 020 5550199 for a ticket.", "en"),
        ("Rufen Sie +49 30 5550123 an.", "Rufen Sie +49 30 5550124 an.", "de"),
        ("Appelez le 01 55 50 12 34.", "Appelez le 01 55 50 12 35.", "fr"),
        ("The tribunal sits at 09:30.", "The tribunal sits at 13:30.", "en"),
        ("Die Verhandlung beginnt um 9.30 Uhr.", "Die Verhandlung beginnt um 11.30 Uhr.", "de"),
        ("La audiencia es a las 10:00.", "La audiencia es a las 12:00.", "es"),
        ("Слушание начнётся в 10:00.", "Слушание начнётся в 14:00.", "ru"),
        ("Clause 12.3 applies to tenants.", "Clause 11.3 applies to tenants.", "en"),
        ("The motion was carried with 301–298 votes.", "The motion was carried with 311–288 votes.", "en"),
        ("Write to clerk@harbour.example today.", "Write to office@harbour.example today.", "en"),
    ],
)
@pytest.mark.parametrize("times", [None, day(7, hours=1)])
def test_an_identifier_or_time_in_content_is_a_text_change(before, after, language, times):
    (change,) = compare(page(before, language=language), page(after, language=language), times)
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)
    assert (change.sentence_before, change.sentence_after) == (before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [("Opening hours | 10:00", "Opening hours | 11:00"), ("Telefon | 030 5550123", "Telefon | 030 5550124")],
)
def test_an_identifier_or_time_in_a_row_is_a_text_change(before, after):
    (change,) = compare(page(before, kind=BlockKind.ROW), page(after, kind=BlockKind.ROW))
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ring 020 5550123 for a ticket.", "Ring 020-5550123 for a ticket."),
        ("Die Verhandlung beginnt um 9.30 Uhr.", "Die Verhandlung beginnt um 9:30 Uhr."),
    ],
)
def test_an_identifier_or_time_written_otherwise_is_no_change(before, after):
    assert compare(page(before, language="de"), page(after, language="de")) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [("It is {} in the valley.", "It is {} in the valley."), ("Ortszeit: {}", "Ortszeit: {}"), ("{}", "{}")],
)
def test_a_clock_that_moves_with_time_is_noise(before, after):
    old, new = page(before.format("11:14")), page(after.format("14:15"))
    (change,) = compare(old, new, day(2, hours=3, seconds=50))
    assert change.level is Level.NOISE
    (change,) = compare(old, new, day(2, hours=5))
    assert change.level is Level.TEXT


@pytest.mark.parametrize(("after", "later"), [("13:00", {"hours": 1}), ("12:15", {"minutes": 15}), ("00:00", {})])
def test_an_appointment_that_moves_with_time_is_reported(after, later):
    old, new = page("The hearing begins at 12:00 in room 4."), page(f"The hearing begins at {after} in room 4.")
    (change,) = compare(old, new, day(2, **later))
    assert change.level is Level.TEXT


@pytest.mark.parametrize(
    ("before", "after", "language", "summarised"),
    [
        ("The fleet will be electric by 2030.", "The fleet will be electric by 2035.", "en", "year 2030 → 2035 (+5)"),
        ("La flotte sera électrique en 2031.", "La flotte sera électrique en 2029.", "fr", "year 2031 → 2029 (−2)"),
        (
            "The fee applies from 1 January 2027.",
            "The fee applies from 1 January 2028.",
            "en",
            "date 1 January 2027 → 1 January 2028 (+365 days)",
        ),
        (
            "Die Frist endet am 3. Mai 2027.",
            "Die Frist endet am 2. Mai 2027.",
            "de",
            "date 3. Mai 2027 → 2. Mai 2027 (−1 day)",
        ),
        (
            "El plazo termina el 3 de mayo de 2027.",
            "El plazo termina el 10 de mayo de 2027.",
            "es",
            "date 3 de mayo de 2027 → 10 de mayo de 2027 (+7 days)",
        ),
        ("On 3 May the fair opens.", "On 10 May the fair opens.", "en", "date 3 May → 10 May (+7 days)"),
    ],
)
def test_a_date_in_a_steady_sentence_is_reported_with_both_dates_and_the_difference(
    before, after, language, summarised
):
    (change,) = compare(page(before, language=language), page(after, language=language), day(1))
    assert (change.kind, change.level) == (EventKind.NUMBER_CHANGED, Level.NUMBER)
    assert summary(change) == summarised


def test_a_date_is_reported_as_iso_8601_text_and_a_year_as_a_number():
    (change,) = compare(page("The fee applies from 1 January 2027."), page("The fee applies from 2 March 2027."))
    assert (change.before, change.after, change.detail["days"]) == ("2027-01-01", "2027-03-02", 60)
    (change,) = compare(page("The fair opens on 3 May."), page("The fair opens on 4 May."))
    assert (change.before, change.after, change.detail["days"]) == ("--05-03", "--05-04", 1)
    (change,) = compare(page("It will be closed by 2030."), page("It will be closed by 2035."))
    assert (change.before, change.after) == (2030, 2035)


def test_a_date_in_a_labelled_row_is_reported():
    rows = "Permit | Ends", "Quay | 1 May 2027", "Pier | 1 May 2027"
    old, new = page(*rows, kind=BlockKind.ROW), page(*rows[:2], "Pier | 1 May 2029", kind=BlockKind.ROW)
    (change,) = compare(old, new)
    assert (change.level, change.detail["row"], change.detail["days"]) == (Level.NUMBER, "Pier", 731)


def test_a_date_that_moves_with_time_is_a_text_change():
    form = "The figures are those of {} March 2026."
    (change,) = compare(page(form.format(1)), page(form.format(8)), day(7))
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)
    (change,) = compare(page(form.format(1)), page(form.format(8)), day(1))
    assert (change.kind, change.level) == (EventKind.NUMBER_CHANGED, Level.NUMBER)


def test_a_date_that_becomes_the_day_of_the_visit_is_a_text_change():
    row = "Next fair | {} 2026"
    old, new = page(row.format("3 May"), kind=BlockKind.ROW), page(row.format("9 March"), kind=BlockKind.ROW)
    assert [change.level for change in compare(old, new, day(7))] == [Level.NUMBER]
    old = page(row.format("3 January"), kind=BlockKind.ROW)
    assert [change.level for change in compare(old, new, day(7))] == [Level.TEXT]


def test_the_date_of_a_row_among_other_cells_is_a_text_change():
    row = "Alder, Ada | North | {} 2026"
    old, new = page(row.format("3 May"), kind=BlockKind.ROW), page(row.format("9 March"), kind=BlockKind.ROW)
    assert [(change.kind, change.level) for change in compare(old, new)] == [(EventKind.TEXT_CHANGED, Level.TEXT)]


@pytest.mark.parametrize(("before", "after"), [("Harbour Fair 2026", "Harbour Fair 2027"), ("May 2026", "June 2026")])
def test_the_date_in_a_name_is_a_text_change(before, after):
    (change,) = compare(page(before), page(after))
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)


def test_the_date_of_one_entry_among_several_is_a_text_change():
    def entries(*days):
        return page(*(f"Minutes of {day} March 2026" for day in days))

    (change,) = compare(entries(2, 9, 16), entries(9, 16, 23))
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)


@pytest.mark.parametrize(
    ("before", "after"),
    [("© 2025 Harbour Board", "© 2026 Harbour Board"), ("Last updated: 2 May 2026", "Last updated: 3 May 2026")],
)
def test_the_date_of_the_page_itself_is_no_number(before, after):
    assert all(change.kind is EventKind.TEXT_CHANGED for change in compare(page(before), page(after)))


@pytest.mark.parametrize(
    ("before", "after", "dates"),
    [
        ("港の会議は2日です。", "港の会議は3日です。", ("---02", "---03")),
        ("港の会議は6月30日です。", "港の会議は6月2日です。", ("--06-30", "--06-02")),
    ],
)
def test_a_day_without_a_month_is_compared(before, after, dates):
    times = SnapshotTimes(datetime(2021, 6, 10, tzinfo=UTC), datetime(2021, 6, 20, tzinfo=UTC))
    (change,) = compare(
        *(version(Block(BlockKind.CONTENT, text, "test"), facts=(), language="ja") for text in (before, after)), times
    )
    assert change.level is not Level.NOISE
    if change.level is Level.NUMBER:
        assert (change.before, change.after) == dates
