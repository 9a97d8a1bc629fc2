from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.channel_health import recipients
from alerts.model import Rule
from alerts.plan import Recipients, plan
from monitor.model import Change, EventKind, Level, Reason
from rendering.links import Links
from tests.alerts.examples import CHANGE, DESK, HOOK, SEEN, event, uids

FAILING = Change(EventKind.CHANNEL_FAILING, Level.HEALTH, Reason.CHANNEL_FAILING, detail={"channel": "desk"})
KNOWN = ("desk", "hook", "phone")


@pytest.mark.parametrize(
    ("change", "to", "known", "expected"),
    [
        (CHANGE, ("desk", "hook", "desk"), KNOWN, ("desk", "hook")),
        (CHANGE, ("gone",), KNOWN, ()),
        (FAILING, ("desk", "hook"), KNOWN, ("hook",)),
        (FAILING, ("phone",), KNOWN, ("phone",)),
        (FAILING, ("desk",), KNOWN, ("hook", "phone")),
        (FAILING, ("desk", "gone"), KNOWN, ("hook", "phone")),
        (FAILING, ("gone",), KNOWN, ()),
        (FAILING, ("desk",), ("desk",), ("desk",)),
    ],
)
def test_that_a_channel_fails_is_sent_through_other_channels(change, to, known, expected):
    assert recipients(change, to, known) == expected


def planned(events, *to: str) -> list[str]:
    """Return the channels through which a rule sends these events."""
    rule = Rule("operations", frozenset({EventKind.CHANNEL_FAILING}), to)
    known = Recipients({"desk": DESK, "hook": HOOK}, Links(None), uids())
    return [one.channel for one in plan(events, [rule], known, SEEN).deliveries]


def test_a_rule_to_the_failing_channel_alone_still_reaches_a_person():
    assert planned([event(FAILING, url=None, label="")], "desk") == ["hook"]


def test_two_channels_that_fail_are_each_reported_through_the_other():
    other = replace(FAILING, detail={"channel": "hook"})
    failing = [event(FAILING, url=None, label=""), event(other, number=2, url=None, label="")]
    assert planned(failing, "desk", "hook") == ["hook", "desk"]
