"""Decides whether a message is sent at once or held: for a digest, a debounce interval, quiet hours, a rate limit or a pause. Pure.

A rate limit and quiet hours never delay changes of declared facts, unless the rule allows it (`Rule.delay_facts`). A digest, a debounce interval and a
pause are what a person asked for, so they apply to everything. Nothing is dropped: what is held is sent later, in one message that contains all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.delivery_policy import DeliveryPolicy
from alerts.model import Hold, Rule
from monitor.time_windows import is_open

HOUR = timedelta(hours=1)
_QUIET_CHECKED = timedelta(days=8)


class Held(NamedTuple):
    """A decision to hold an alert.

    Attributes:
        hold: Why.
        until: Until when, UTC.
    """

    hold: Hold
    until: datetime


def hold_of_story(
    rule: Rule,
    policy: DeliveryPolicy,
    *,
    has_facts: bool,
    sent: Sequence[datetime],
    now: datetime,
    pages_paused_until: datetime | None = None,
) -> Held | None:
    """Return why and until when a new story is held; None where it is sent at once.

    Args:
        rule: The rule that selected it.
        policy: Of its channel.
        has_facts: Whether it contains a change of a declared fact.
        sent: When the channel's messages of the last hour were planned.
        now: On the observing clock.
        pages_paused_until: The end of the pause of its pages; None where they are not paused.
    """
    end = end_of_pauses(now, rule.paused_until, policy.paused_until, pages_paused_until)
    if end > now:
        return Held(Hold.PAUSED, end)
    digest = rule.digest or policy.digest
    if digest is not None:
        return Held(Hold.DIGEST, digest.next(now, policy.timezone))
    if rule.debounce is not None:
        return Held(Hold.DEBOUNCE, now + rule.debounce)
    return None if has_facts and not rule.delay_facts else hold_of_channel(policy, sent=sent, now=now)


def end_of_pauses(now: datetime, *ends: datetime | None) -> datetime:
    """Return the latest end of several pauses, None being no pause; `now` where all are over."""
    return max([now, *(end for end in ends if end is not None)])


def revised(
    held: Held, rule: Rule, policy: DeliveryPolicy, now: datetime, page_paused_until: datetime | None = None
) -> datetime:
    """Return until when an alert is held after its rule, channel or page was declared differently; `now` where its reason is gone, or is to be decided again.

    Args:
        held: Why and until when it is held.
        rule: The rule that selected it, as declared now.
        policy: Of its channel, as declared now.
        now: On the observing clock.
        page_paused_until: The end of its page's pause, as declared now; None where it is not paused.
    """
    if held.hold is Hold.PAUSED:
        return end_of_pauses(now, rule.paused_until, policy.paused_until, page_paused_until)
    if held.hold is Hold.DIGEST:
        digest = rule.digest or policy.digest
        return now if digest is None else digest.next(now, policy.timezone)
    if held.hold is Hold.DEBOUNCE:
        return now if rule.debounce is None else min(held.until, now + rule.debounce)
    return now


def hold_of_channel(
    policy: DeliveryPolicy,
    *,
    sent: Sequence[datetime],
    now: datetime,
    only_pause: bool = False,
    was: Hold | None = None,
) -> Held | None:
    """Return why and until when a channel takes no message that can wait; None where it takes one now.

    Args:
        policy: Of the channel.
        sent: When its messages of the last hour were planned.
        now: On the observing clock.
        only_pause: Whether quiet hours and limit do not apply.
        was: Why the message was held until now: quiet hours that never end hold it once only.
    """
    if policy.paused_until is not None and policy.paused_until > now:
        return Held(Hold.PAUSED, policy.paused_until)
    if only_pause:
        return None
    end = _end_of_quiet_hours(policy, now)
    if end is not None and not (was is Hold.QUIET_HOURS and end - now > _QUIET_CHECKED - timedelta(minutes=1)):
        return Held(Hold.QUIET_HOURS, end)
    recent = sorted(moment for moment in sent if now - HOUR < moment <= now)
    if policy.per_hour is not None and len(recent) >= policy.per_hour:
        return Held(Hold.RATE_LIMIT, recent[-policy.per_hour] + HOUR)
    return None


def _end_of_quiet_hours(policy: DeliveryPolicy, now: datetime) -> datetime | None:
    """Return when the quiet hours that contain `now` end; None outside of quiet hours. Quiet hours that never end are cut after a week."""
    if not policy.quiet_hours:
        return None
    return _end_of_windows(policy.quiet_hours, policy.timezone, now.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=256)  # asked for each story, and up to a week of minutes is looked at
def _end_of_windows(windows: tuple[str, ...], timezone: str, minute: datetime) -> datetime | None:
    zone = ZoneInfo(timezone)
    end = minute
    while is_open(windows, zone, end) and end - minute < _QUIET_CHECKED:
        end += timedelta(minutes=1)
    return end if end > minute else None
