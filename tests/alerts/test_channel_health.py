from __future__ import annotations

import pytest

from alerts.channel_health import recipients
from alerts.plan import plan
from monitor.model import Change, EventKind, Level, Reason
from rendering.links import Links
from tests.alerts.examples import CHANGE, DESK, HOOK, RULE, event, uids

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


def test_a_rule_to_the_failing_channel_alone_still_reaches_a_person():
    rule = RULE.__class__("operations", frozenset({EventKind.CHANNEL_FAILING}), ("desk",))
    failing = event(FAILING, url=None, label="")
    assert [alert.channel for alert in plan([failing], [rule], [DESK, HOOK], Links(None), uids())] == ["hook"]
