"""Durations that equal the time since a date beside them, and how long a server took: quiet by type. Counts of anything else never are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.diff.elapsed import SnapshotTimes
from monitor.model import Block, BlockKind, Level, NoiseReason
from tests.support.heart import version

MONDAY = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)
MONTHS = "January February March April May June July August September October November December".split()


def page(*texts, kind=BlockKind.CONTENT, language="en"):
    return version(*(Block(kind, text, "test") for text in texts), facts=(), language=language)


def ages(today, heading="Elapsed days", wrong=0):
    opened = (date(2025, 8, 2), date(2025, 11, 30), date(2026, 1, 9))
    rows = [
        f"{name} | {day.day} {MONTHS[day.month - 1]} {day.year} | {(today.date() - day).days + wrong}"
        for name, day in zip(("Alder case", "Birch case", "Cedar case"), opened, strict=True)
    ]
    return page(f"Case | Opened | {heading}", *rows, kind=BlockKind.ROW)


@pytest.mark.parametrize("days", [1, 3, 40])
@pytest.mark.parametrize("heading", ["Elapsed days", "Age (days)", "Tage", "Jours écoulés", "Días"])
def test_a_duration_equal_to_the_time_since_its_own_date_is_noise(days, heading):
    after = MONDAY + timedelta(days=days)
    changes = compare(ages(MONDAY, heading), ages(after, heading), SnapshotTimes(MONDAY, after))
    assert [(change.level, change.detail["noise"]) for change in changes] == [
        (Level.NOISE, NoiseReason.ELAPSED_TIME)
    ] * 3


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("The bridge, closed on 2 August 2025, has been shut for {} days.", "en"),
        ("Seit dem 2. August 2025 sind es {} Tage.", "de"),
        ("Cela fait {} jours depuis le 2 août 2025.", "fr"),
    ],
)
def test_a_duration_in_a_sentence_with_its_date_is_noise(form, language):
    after = MONDAY + timedelta(days=7)
    pages = [page(form.format(n), language=language) for n in (212, 219, 220, 230)]
    (change,) = compare(pages[0], pages[1], SnapshotTimes(MONDAY, after))
    assert change.level is Level.NOISE
    (change,) = compare(pages[0], pages[3], SnapshotTimes(MONDAY, after))
    assert change.level is Level.NUMBER


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("The permit of 2 August 2025 is valid for {} days.", "en"),
        ("Die Frist vom 2. August 2025 beträgt {} Tage.", "de"),
        ("Le permis du 2 août 2025 a une durée de {} jours.", "fr"),
        ("El plazo desde el 2 de agosto de 2025 es de {} días.", "es"),
    ],
)
def test_a_term_that_equals_the_time_since_a_date_by_chance_is_reported(form, language):
    before, after = (page(form.format(n), language=language) for n in (212, 219))
    (change,) = compare(before, after, SnapshotTimes(MONDAY, MONDAY + timedelta(days=7)))
    assert change.level is Level.NUMBER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Since 2 August 2025 the storm season has cost 212 lives.",
            "Since 2 August 2025 the storm season has cost 213 lives.",
        ),
        ("Since 2 August 2025: 212 dead", "Since 2 August 2025: 213 dead"),
        ("Seit dem 2. August 2025 starben 212 Menschen.", "Seit dem 2. August 2025 starben 213 Menschen."),
    ],
)
def test_a_count_that_rises_by_one_a_day_is_reported(before, after):
    (change,) = compare(page(before), page(after), SnapshotTimes(MONDAY, MONDAY + timedelta(days=1)))
    assert change.level is Level.NUMBER


def test_a_duration_that_does_not_fit_its_date_is_reported():
    after = MONDAY + timedelta(days=3)
    changes = compare(ages(MONDAY), ages(after, wrong=9), SnapshotTimes(MONDAY, after))
    assert {change.level for change in changes} == {Level.NUMBER}
    changes = compare(ages(MONDAY, "Members"), ages(after, "Members"), SnapshotTimes(MONDAY, after))
    assert {change.level for change in changes} == {Level.NUMBER}


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("Page generated in 0.123 seconds with 27 queries", "Page generated in 0.231 seconds with 29 queries", "en"),
        ("Seite in 0,12 Sekunden erzeugt, 27 Abfragen", "Seite in 0,34 Sekunden erzeugt, 31 Abfragen", "de"),
        ("Page générée en 0,12 secondes", "Page générée en 0,34 secondes", "fr"),
        ("Página generada en 0,12 segundos", "Página generada en 0,34 segundos", "es"),
        ("Execution time: 0.11 seconds", "Execution time: 0.19 seconds", "en"),
    ],
)
def test_how_long_the_server_took_is_noise(before, after, language):
    changes = compare(page(before, language=language), page(after, language=language))
    assert changes
    assert {change.level for change in changes} == {Level.NOISE}


def test_other_durations_are_reported():
    (change,) = compare(page("The page took 9 weeks to print."), page("The page took 11 weeks to print."))
    assert change.level is Level.NUMBER


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("{} days left until the regatta", "en"),
        ("Noch {} Tage bis zum Hafenfest", "de"),
        ("Il reste {} jours avant la régate", "fr"),
        ("Faltan {} días para la regata", "es"),
        ("Nog {} dagen tot de regatta", "nl"),
    ],
)
def test_the_days_until_an_event_are_noise(form, language):
    times = SnapshotTimes(MONDAY, MONDAY + timedelta(days=3))
    before, after, other = (page(form.format(n), language=language) for n in (12, 9, 8))
    (change,) = compare(before, after, times)
    assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.ELAPSED_TIME)
    assert [change.level for change in compare(before, other, times)] == [Level.NUMBER]
    assert [change.level for change in compare(before, after)] == [Level.NUMBER]


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("The notice period is {} days until further notice.", "en"),
        ("Die Frist beträgt noch {} Tage.", "de"),
        ("{} boats left until the autumn.", "en"),
        ("Only {} weeks left in the season.", "en"),
        ("The course takes {} days.", "en"),
    ],
)
def test_a_term_or_count_that_falls_with_time_by_chance_is_reported(form, language):
    before, after = (page(form.format(n), language=language) for n in (12, 9))
    (change,) = compare(before, after, SnapshotTimes(MONDAY, MONDAY + timedelta(days=3)))
    assert change.level is Level.NUMBER


@pytest.mark.parametrize(
    ("form", "language"),
    [
        ("Listen to this article {} min", "en"),
        ("Artikel anhören ({} Minuten)", "de"),
        ("Lästid {} min", "sv"),
        ("Czas czytania: {} min", "pl"),
    ],
)
def test_the_time_that_reading_takes_is_noise(form, language):
    (change,) = compare(page(form.format(4), language=language), page(form.format(6), language=language))
    assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.READING_TIME)
