"""Short labels that come and go above the first heading become noise; labels under a heading, numbers and sentences never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.model import Block, BlockKind, Level, NoiseReason
from monitor.tracking.noise import CheckTime, update
from monitor.tracking.recurring_labels import APPEARANCES, REMEMBERED
from tests.support.heart import version

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_REPEATED = 10
"""Checks of each page: of ten, at most one changes anything, so no place changes at nearly every check."""
TOWN = Block(BlockKind.CONTENT, "The town hall is in the market square.", "test", ("Town hall",))


def page(label=None, *, under=(), kind=BlockKind.CONTENT):
    return version(*([] if label is None else [Block(kind, label, "test", tuple(under))]), TOWN, facts=())


def story(pages, *, days=20, **words):
    """The changes of each check after the first. Each page is there for `days`."""
    told, churn, last = [], None, START
    checks = [pages[0], *(page for page in pages[1:] for _ in range(_REPEATED))]
    for number, (was, now) in enumerate(pairwise(checks), 2):
        at = last + timedelta(days=days) / _REPEATED
        changes, churn = update(compare(was, now), churn, now, CheckTime(at, last, number), **words)
        told += [changes] if changes else []
        last = at
    return told


def levels(told):
    return [change.level for changes in told for change in changes]


@pytest.mark.parametrize("label", ["On air", "Sitzung läuft", "En direct", "直播中", "مباشر"])
def test_a_label_is_noise_from_its_third_appearance(label):
    told = story([page(), page(label)] * 5)
    loud = 2 * (APPEARANCES - 1)
    assert levels(told) == [Level.TEXT] * loud + [Level.NOISE] * (len(told) - loud)
    assert told[-1][0].detail["noise"] == NoiseReason.COMES_AND_GOES
    assert len(told) == 9


def test_two_labels_that_take_turns_are_noise_once_both_are_known():
    told = story([page(), *[page("On air"), page("Recording"), page()] * 4])
    assert levels(told)[:6] == [Level.TEXT] * 6
    assert levels(told)[-3:] == [Level.NOISE] * 3


def test_a_new_label_in_place_of_a_known_one_is_reported():
    told = story([*[page(), page("On air")] * 4, page("Evacuated")])
    assert (levels(told)[-2], levels(told)[-1]) == (Level.NOISE, Level.TEXT)


@pytest.mark.parametrize(
    ("label", "more"),
    [
        ("Closed", {"under": ("Mountain pass",)}),
        ("Closed", {"kind": BlockKind.ROW}),
        ("Closed", {"kind": BlockKind.HEADING}),
        ("12 boats", {}),
        ("Level ④", {}),
        ("The pass is closed today.", {}),
        ("Notstandsverordnungsergänzung", {}),
    ],
)
def test_what_states_something_keeps_its_level(label, more):
    assert set(levels(story([page(), page(label, **more)] * 6))) == {Level.TEXT}


def test_a_label_is_forgotten_after_a_long_calm():
    assert set(levels(story([page(), page("On air")] * 6, days=REMEMBERED.days + 20))) == {Level.TEXT}


def test_the_watchlist_overrules():
    assert set(levels(story([page(), page("On air")] * 6, always_report=["on air"]))) == {Level.TEXT}


@given(st.lists(st.sampled_from([None, "On air", "Recording", "Recess", "12 boats"]), min_size=2, max_size=30))
def test_a_label_is_reported_at_its_first_appearances(labels):
    told = [changes for changes in story([page(label) for label in labels]) if changes]
    seen: dict[str, int] = {}
    for changes in told:
        for change in changes:
            after = change.sentence_after
            if after is not None:
                seen[after] = seen.get(after, 0) + 1
                if seen[after] < APPEARANCES:
                    assert change.level is not Level.NOISE
            if "12 boats" in (change.sentence_before, after):
                assert change.level is not Level.NOISE
