"""Noise: what changes at nearly every look sinks and comes back; numbers in prose and totals never do; the watchlist has the last word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.model import Block, BlockKind, ChangeFrequency, LearnedNoise, Level, NoiseReason
from monitor.tracking.noise import NOISE_VERSION, SINKS, WINDOW, CheckTime, update
from rendering.noise_reasons import noise_reason
from tests.support.heart import version

WEATHER = (14, 3, 22, 9, 17, 4, 25, 11, 19, 6, 23, 8, 15, 2)


def page(*texts, under=()):
    return version(*(Block(BlockKind.CONTENT, text, "test", tuple(under)) for text in texts), facts=())


START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def story(pages, *, missed=None, every=DAY, at=None, churn=None, **words):
    """The changes of each check after the first, and what was learned in the end. A page of None is a check that repeats the one before.

    Checks are `every` so long apart, or take place at the times `at`. `missed` counts the failed checks before a check.
    """
    told, was, last_ok = [], pages[0], START
    for look, now in enumerate(pages[1:], 2):
        lost = (missed or {}).get(look, 0)
        taken_at = at[look - 1] if at else START + (look - 1) * every
        if now is None:
            told.append(())
            last_ok = taken_at
            continue
        changes, churn = update(compare(was, now), churn, now, CheckTime(taken_at, last_ok, look, lost), **words)
        told.append(changes)
        was, last_ok = now, taken_at
    return told, churn


def levels(told):
    return [[change.level for change in changes] for changes in told]


def weather(values=WEATHER):
    return [page(f"Castle: {value} °C, cloudy") for value in values]


def test_what_changes_at_nearly_every_look_sinks_with_its_reason():
    told, _ = story(weather())
    assert levels(told) == [[Level.NUMBER]] * (SINKS - 1) + [[Level.NOISE]] * (len(WEATHER) - SINKS)
    assert noise_reason(told[-1][0]) == f"changes at nearly every check (8 of the last {WINDOW} checks changed it)"
    assert (told[-1][0].before, told[-1][0].after) == (15, 2)


def test_it_comes_back_when_it_was_calm_also_by_looks_that_only_repeat():
    calm = [*weather(WEATHER[:10]), *[None] * 5, page("Castle: 30 °C, cloudy"), page("Castle: 12 °C, cloudy")]
    told, _ = story(calm)
    assert levels(told)[8] == [Level.NOISE]
    assert levels(told)[-2] == [Level.NUMBER]


def test_what_was_noise_before_is_noise_again_at_its_second_change():
    def after(rest):
        return levels(story([*weather(WEATHER[:10]), *[None] * rest, *weather((30, 12, 21, 5))])[0])[-4:]

    assert after(5) == after(60) == [[Level.NUMBER], [Level.NOISE], [Level.NOISE], [Level.NOISE]]
    assert after(200) == [[Level.NUMBER]] * 4
    apart = [page("Castle: 1 °C"), *[None] * 5, page("Castle: 7 °C"), *[None] * 5, page("Castle: 2 °C")]
    assert [level for level in levels(story([*weather(WEATHER[:10]), *apart])[0])[-12:] if level][-2:] == [
        [Level.NUMBER]
    ] * 2


def test_failed_checks_are_not_calm_checks():
    pages = weather(WEATHER[:9])
    gap = [*pages, *[None] * 6, page("Castle: 30 °C, cloudy")]
    assert levels(story(gap)[0])[-1] == [Level.NUMBER]
    last, churn = page("Castle: 30 °C, cloudy"), story(pages)[1]
    changes, _ = update(compare(pages[-1], last), churn, last, CheckTime(START + 15 * DAY, START + 8 * DAY, 16, 6))
    assert [change.level for change in changes] == [Level.NOISE]


@pytest.mark.parametrize(
    "form",
    [
        "So far {} people were tested in the valley.",
        "There were {} cases",
        "Patients in the hospitals of the region today and what they came with: {}",
    ],
)
def test_totals_and_numbers_in_prose_never_sink(form):
    rising = [page(form.format(1000 + 13 * n)) for n in range(20)]
    assert levels(story(rising)[0]) == [[Level.NUMBER]] * 19


def test_daily_figures_in_prose_never_sink_though_they_go_up_and_down():
    daily = [page(f"On that day {value} people were found to be ill.") for value in WEATHER]
    assert levels(story(daily)[0]) == [[Level.NUMBER]] * (len(WEATHER) - 1)


def test_teasers_that_rotate_sink_and_a_sentence_reworded_beside_them_does_not():
    def look(n, law):
        return version(
            Block(BlockKind.CONTENT, f"Reader letter {chr(97 + n)} about the harbour", "test", ("Letters",)),
            Block(BlockKind.CONTENT, f"The council keeps the law {law}.", "test", ("The law",)),
            facts=(),
        )

    told, _ = story([look(n, "as it was" if n < 11 else "no longer as it was") for n in range(12)])
    assert [change.level for change in told[-2]] == [Level.NOISE]
    assert {change.level for change in told[-1]} == {Level.NOISE, Level.TEXT}


def test_the_watchlist_overrules_both_ways():
    told, _ = story(weather(), always_report=("castle",))
    assert levels(told) == [[Level.NUMBER]] * (len(WEATHER) - 1)
    visits = [page(f"{value} visits", under=("Counter",)) for value in (10, 11)]
    assert levels(story(visits)[0]) == [[Level.NOISE]]
    assert levels(story(visits, always_report=("Counter",))[0]) == [[Level.NUMBER]]
    steady = [
        page("The pact has 83 members.", under=("Figures",)),
        page("The pact has 85 members.", under=("Figures",)),
    ]
    (change,) = story(steady, mute=("figures",))[0][0]
    assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.MUTED)
    assert levels(story(steady, mute=("figures",), always_report=("members",))[0]) == [[Level.NUMBER]]


def test_what_was_learned_stays_small_and_changes_only_where_something_changed():
    pages = [page(*(f"Row {n} of letters: {look * n % 7} °C" for n in range(600))) for look in range(3)]
    _, churn = story(pages)
    assert churn is not None
    assert len(churn.spots) <= 400
    same, after = update((), churn, pages[-1], CheckTime(START + 3 * DAY, START + 2 * DAY, 4))
    assert same == ()
    assert after is churn


def test_noise_learned_is_kept_through_a_redesign():
    pages = [
        *weather(WEATHER[:9]),
        page("Castle: 6 °C, cloudy and some more words"),
        page("Castle: 9 °C, cloudy and some more words"),
    ]
    assert levels(story(pages)[0])[-1] == [Level.NOISE]


BOATS = (52, 49, 57, 51, 55, 48, 53, 50, 56, 47, 54, 52, 58, 51, 55)


@pytest.mark.parametrize(
    "form",
    [
        "Number of boats in the yard: {}",
        "Freie Betten: {}",
        "{} postes vacants",
        "Plazas libres: {}",
        "Posti liberi: {}",
        "在庫数: {}",
        "عدد السفن: {}",
    ],
)
@pytest.mark.parametrize("every", [timedelta(hours=1), DAY, WEEK, 30 * DAY])
def test_a_count_with_its_own_noun_is_never_silenced(form, every):
    calm = [value for step in range(25) for value in (BOATS[-1] + step % 2,) * 3]
    told, _ = story([page(form.format(value)) for value in (*BOATS, *calm)], every=every)
    assert {change.level for changes in told for change in changes} == {Level.NUMBER}


@pytest.mark.parametrize("every", [DAY, WEEK])
def test_a_count_in_a_labelled_row_is_never_silenced(every):
    def table(value):
        rows = ("District | In hospital", f"Northmoor | {value}", "Southmoor | 12")
        return version(*(Block(BlockKind.ROW, row, "test") for row in rows), facts=())

    told, _ = story([table(value) for value in BOATS], every=every)
    assert levels(told) == [[Level.NUMBER]] * (len(BOATS) - 1)


@pytest.mark.parametrize(
    "form", ["Humidity: {} %", "Ticket price: ${}.50", "Preis je Liter: {},95 €", "Taux: {},5 %", "Catch: {} kg"]
)
def test_volatile_amounts_and_percentages_are_lowered_and_not_silenced(form):
    told, _ = story([page(form.format(value)) for value in WEATHER])
    assert levels(told) == [[Level.NUMBER]] * (SINKS - 1) + [[Level.TEXT]] * (len(WEATHER) - SINKS)
    assert told[-1][0].detail["noise"] == NoiseReason.CHANGES_OFTEN


@pytest.mark.parametrize("form", ["{}", "1 EUR = 1.{} USD", "{} %", "€ {}"])
def test_a_bare_number_that_changes_at_nearly_every_check_is_noise(form):
    told, _ = story([page(form.format(value)) for value in WEATHER])
    assert levels(told)[-1] == [Level.NOISE]


@pytest.mark.parametrize("every", [timedelta(hours=1), WEEK])
def test_a_page_checked_at_any_interval_behaves_as_a_daily_one(every):
    pages = [*weather(WEATHER[:10]), *[None] * 5, *weather((30, 12, 21, 5))]
    assert levels(story(pages, every=every)[0]) == levels(story(pages)[0])


def test_volatility_decays_with_time_also_without_checks():
    pages = weather(WEATHER[:11])
    daily = [START + n * DAY for n in range(10)]
    assert levels(story(pages, at=[*daily, daily[-1] + 2 * DAY])[0])[-1] == [Level.NOISE]
    assert levels(story(pages, at=[*daily, daily[-1] + 60 * DAY])[0])[-1] == [Level.NUMBER]


def test_checks_in_quick_succession_are_not_calm_checks():
    daily = [START + n * DAY for n in range(10)]
    quick = [daily[-1] + n * timedelta(minutes=10) for n in range(1, 9)]
    pages = [*weather(WEATHER[:10]), *[None] * 8, *weather(WEATHER[10:11])]
    assert levels(story(pages, at=[*daily, *quick, daily[-1] + DAY])[0])[-1] == [Level.NOISE]


def test_checks_in_quick_succession_count_once():
    quick = [START + 5 * DAY + n * timedelta(minutes=10) for n in range(5)]
    told, _ = story(weather(WEATHER[:9]), at=[*(START + n * DAY for n in range(4)), *quick])
    assert levels(told)[-1] == [Level.NUMBER]


def test_a_former_noise_location_is_forgotten_after_the_same_time_at_any_interval():
    for every in (timedelta(hours=6), DAY, WEEK):
        rest = round(timedelta(days=110) / every)
        pages = [*weather(WEATHER[:10]), *[None] * rest, *weather((30, 12, 21, 5))]
        assert levels(story(pages, every=every)[0])[-4:] == [[Level.NUMBER]] * 4


def test_what_was_learned_before_times_were_recorded_is_still_used():
    _, churn = story(weather(WEATHER[:9]))
    assert churn is not None
    old = LearnedNoise(
        NOISE_VERSION,
        churn.missed,
        {
            key: ChangeFrequency(spot.at, spot.changed, spot.rose, spot.noisy, spot.known)
            for key, spot in churn.spots.items()
        },
    )
    before, after = weather(WEATHER[8:10])
    check = CheckTime(START + 9 * DAY, START + 8 * DAY, 10)
    changes, learned = update(compare(before, after), old, after, check)
    assert [change.level for change in changes] == [Level.NOISE]
    assert learned is not None
    assert all(spot.time for spot in learned.spots.values() if spot.at == 10)
