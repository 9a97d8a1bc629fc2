"""Noise: what changes at nearly every look sinks and comes back; numbers in prose and totals never do; the watchlist has the last word."""

from __future__ import annotations

import pytest

from monitor.diff.compare import compare
from monitor.model import Block, BlockKind, Level, NoiseReason
from monitor.tracking.noise import SINKS, WINDOW, update
from rendering.sentences import noise_reason
from tests.support.heart import version

WEATHER = (14, 3, 22, 9, 17, 4, 25, 11, 19, 6, 23, 8, 15, 2)


def page(*texts, under=()):
    return version(*(Block(BlockKind.CONTENT, text, "test", tuple(under)) for text in texts), facts=())


def story(pages, *, missed=None, **words):
    """The changes of each look after the first, and what was learned in the end. A page of None is a look that repeats the one before."""
    told, churn, was = [], None, pages[0]
    for look, now in enumerate(pages[1:], 2):
        lost = (missed or {}).get(look, 0)
        if now is None:
            told.append(())
            continue
        changes, churn = update(
            compare(was, now), churn, now, look=look, missed={"failed": lost} if lost else {}, **words
        )
        told.append(changes)
        was = now
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


def test_looks_in_vain_are_not_calm_looks():
    pages = weather(WEATHER[:9])
    gap = [*pages, *[None] * 6, page("Castle: 30 °C, cloudy")]
    assert levels(story(gap)[0])[-1] == [Level.NUMBER]
    assert levels(story(gap, missed={16: 6})[0])[-1] == [Level.NOISE]


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
    same, after = update((), churn, pages[-1], look=4, missed={})
    assert same == ()
    assert after is churn


def test_noise_learned_is_kept_through_a_redesign():
    pages = [
        *weather(WEATHER[:9]),
        page("Castle: 6 °C, cloudy and some more words"),
        page("Castle: 9 °C, cloudy and some more words"),
    ]
    assert levels(story(pages)[0])[-1] == [Level.NOISE]
