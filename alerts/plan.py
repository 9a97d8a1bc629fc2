"""Planning (T3): turns unplanned events into stories, and stories into deliveries with frozen payloads, or holds them; later sends what was held.

The events of one visit to a host are planned together once all its snapshots are processed, at most `VISIT_WAIT` after the first of them; those of
declared facts wait at most `FACT_WAIT`. docs/decisions/0040-stories-and-holds.md
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

from alerts import channel_health
from alerts.delivery_policy import DEFAULT_POLICY, DeliveryPolicy
from alerts.grouping import Story, collect, group, is_of_fact
from alerts.holding import HOUR, hold_of_channel, hold_of_story
from alerts.messages.build import MessageContext, build
from alerts.messages.message import MessageKind
from alerts.messages.renderers import render, render_all
from alerts.model import ChannelConfig, Hold, RecordedEvent, Rule, StoryEvent
from alerts.planned import DueHold, HeldAlerts, PlannedDelivery, WaitingVisit
from alerts.ports import Outbox
from alerts.rules import TextOf, selects
from monitor.model import Level
from rendering.links import Links

VISIT_WAIT = timedelta(seconds=60)
"""How long the events of a visit wait for its other pages."""
FACT_WAIT = timedelta(seconds=10)
"""The same for events of declared facts."""
_VISITS_CONSIDERED = 5_000
_EVENTS_AT_ONCE = 2_000
_HELD_AT_ONCE = 2_000
_TEXTS_AT_ONCE = 4

_Ready = tuple[WaitingVisit, bool]
"""A visit to plan now, and whether only its events of declared facts are planned."""

_Check = tuple[int | None, int | None]
"""A page and its check; None for events without them."""

NewUid = Callable[[], str]
"""Returns a new "msg_" and 32 hex digits at each call."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Alerts of some events.

    Attributes:
        deliveries: Messages to send now.
        held: Alerts that wait.
    """

    deliveries: tuple[PlannedDelivery, ...] = ()
    held: tuple[HeldAlerts, ...] = ()


@dataclass(slots=True)
class Recipients:
    """The active channels, with what is needed to decide when their messages are sent.

    Attributes:
        channels: By name; None for a channel whose stored definition is unusable, which gets the payloads of all channel types.
        sent: For each channel, when its messages of the last hour were planned; new ones are appended.
        links: Links to the web interface.
        new_uid: See `NewUid`.
    """

    channels: Mapping[str, ChannelConfig | None]
    links: Links
    new_uid: NewUid
    sent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def policy(self, channel: str) -> DeliveryPolicy:
        """Return the delivery policy of a channel; the default one where its definition is unusable."""
        config = self.channels.get(channel)
        return DEFAULT_POLICY if config is None else config.policy

    def deliver(
        self, story: Story, channel: str, now: datetime, *, hold: Hold | None = None, noise: int = 0
    ) -> PlannedDelivery:
        """Return the delivery of a story, and count it for the rate limit."""
        context = MessageContext(self.new_uid(), now, self.links, self.policy(channel).timezone, hold, noise)
        message = build(story, context)
        events = [StoryEvent(event, item.rule) for item in story.items for event in item.events]
        config = self.channels.get(channel)
        rendered = (
            render_all(message, events, self.links) if config is None else render(config, message, events, self.links)
        )
        self.sent[channel].append(now)
        return PlannedDelivery(context.uid, channel, story.alerts, rendered)


def plan(
    events: Sequence[RecordedEvent],
    rules: Sequence[Rule],
    recipients: Recipients,
    now: datetime,
    text_of: TextOf | None = None,
) -> Plan:
    """Return the alerts of the events of one visit, in the order of rules and the rule's channels. Pure except for new uids and `text_of`.

    A channel that a rule names twice gets each story once; a channel that does not exist gets none (watchlist validation prevents this). `text_of` is that of
    `alerts.rules.explain`.
    """
    deliveries: list[PlannedDelivery] = []
    held: list[HeldAlerts] = []
    noise = Counter(_check_of(event) for event in events if event.event.change.level is Level.NOISE)
    for rule in rules:
        selected = [StoryEvent(event, rule.name) for event in events if selects(rule, event, text_of)]
        for story, paused_until in _stories(selected, now):
            first = story.items[0].shown.event.change
            for channel in channel_health.recipients(first, rule.to, recipients.channels):
                hold = hold_of_story(
                    rule,
                    recipients.policy(channel),
                    has_facts=story.has_facts,
                    sent=recipients.sent[channel],
                    now=now,
                    pages_paused_until=paused_until,
                )
                if hold is None:
                    deliveries.append(recipients.deliver(story, channel, now, noise=_noise_beside(story, noise)))
                else:
                    held.append(HeldAlerts(channel, story.alerts, *hold))
    return Plan(tuple(deliveries), tuple(held))


def _stories(selected: Sequence[StoryEvent], now: datetime) -> Iterator[tuple[Story, datetime | None]]:
    """Yield the stories of events, with the end of their pages' pause. What a paused page shares with others does not hold the message about the others."""
    by_pause: dict[datetime | None, list[StoryEvent]] = defaultdict(list)
    for item in selected:
        end = item.recorded.page_paused_until
        by_pause[end if end is not None and end > now else None].append(item)
    for paused_until, events in by_pause.items():
        for story in group(events):
            yield story, paused_until


def plan_once(outbox: Outbox, links: Links, now: datetime, new_uid: NewUid, limit: int = 100) -> int:
    """Plan the events of up to `limit` visits that are complete or have waited long enough (T3), then send what was held until now.

    Args:
        outbox: Source of events, rules and channels; stores the alerts.
        links: Links to the web interface.
        now: On the observing clock.
        new_uid: See `NewUid`.
        limit: Maximum number of visits per call.

    Returns:
        The number of new deliveries.
    """
    # The limit is of those to plan now: open visits must not hide complete ones and facts.
    ready = list(islice(_ready(outbox.waiting_visits(_VISITS_CONSIDERED), now), limit))
    due = outbox.due_holds(now)
    if not ready and not due:
        return 0
    recipients = _recipients(outbox, links, new_uid, now)
    rules = outbox.rules()
    count = 0
    for visits in _batches(ready):
        count += _plan_visits(outbox, visits, rules, recipients, now)
    return count + sum(_send_held(outbox, hold, rules, recipients, now) for hold in due)


def _batches(ready: Sequence[_Ready]) -> Iterator[list[_Ready]]:
    """Yield visits that are planned in one transaction: as many as have about `_EVENTS_AT_ONCE` events."""
    batch: list[_Ready] = []
    for item in ready:
        if batch and sum(visit.size for visit, _ in batch) + item[0].size > _EVENTS_AT_ONCE:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _plan_visits(
    outbox: Outbox, visits: Sequence[_Ready], rules: Sequence[Rule], recipients: Recipients, now: datetime
) -> int:
    facts_only = {visit.visit_id: only for visit, only in visits}
    by_visit: dict[int | None, list[RecordedEvent]] = defaultdict(list)
    for event in outbox.unplanned(_EVENTS_AT_ONCE, [visit for visit, _ in visits]):
        if event.visit_id in facts_only and (is_of_fact(event) or not facts_only[event.visit_id]):
            by_visit[event.visit_id].append(event)

    @lru_cache(maxsize=_TEXTS_AT_ONCE)
    def text_of(snapshot_id: int) -> str | None:
        return outbox.text_of(snapshot_id)

    plans = [plan(events, rules, recipients, now, text_of) for events in by_visit.values()]
    return outbox.plan(
        [event.id for events in by_visit.values() for event in events],
        [delivery for planned in plans for delivery in planned.deliveries],
        [held for planned in plans for held in planned.held],
        now=now,
    )


def _recipients(outbox: Outbox, links: Links, new_uid: NewUid, now: datetime) -> Recipients:
    broken = [declared.name for declared in outbox.broken() if declared.kind == "channel"]
    channels: dict[str, ChannelConfig | None] = {
        **dict.fromkeys(broken),
        **{channel.name: channel for channel in outbox.channels()},
    }
    recipients = Recipients(channels, links, new_uid)
    for channel, times in outbox.sent_since(now - HOUR).items():
        recipients.sent[channel] = list(times)
    return recipients


def _ready(visits: Sequence[WaitingVisit], now: datetime) -> Iterator[_Ready]:
    for visit in visits:
        if not visit.is_open or visit.visit_id is None or _has_waited(visit.began_at, VISIT_WAIT, now):
            yield visit, False
        elif visit.fact_at is not None and _has_waited(visit.fact_at, FACT_WAIT, now):
            yield visit, True


def _has_waited(since: datetime, wait: timedelta, now: datetime) -> bool:
    """Return whether the wait is over; also where the clock was set back since, which must not delay an alert."""
    return now - since >= wait or since > now


def _send_held(outbox: Outbox, due: DueHold, rules: Sequence[Rule], recipients: Recipients, now: datetime) -> int:
    """Plan deliveries of alerts held until now, or hold them further because the channel takes no message now; return the number of new deliveries."""
    events = outbox.held(due, _HELD_AT_ONCE, now=now)
    if not events:
        return 0
    delaying = {rule.name for rule in rules if rule.delay_facts}
    has_facts = any(is_of_fact(event.recorded) and event.rule not in delaying for event in events)
    again = hold_of_channel(
        recipients.policy(due.channel),
        # A summary contains everything that exceeded the rate limit, so the limit does not hold it again.
        sent=() if due.hold is Hold.RATE_LIMIT else recipients.sent[due.channel],
        now=now,
        only_pause=has_facts or due.hold in (None, Hold.DIGEST),
        was=due.hold,
    )
    if again is not None:
        outbox.hold_longer(due, again.hold, again.until, now=now)
        return 0
    return sum(
        outbox.plan_held(recipients.deliver(story, due.channel, now, hold=due.hold), now=now)
        for story in _stories_of_hold(due.hold, events)
    )


def _stories_of_hold(hold: Hold | None, events: Sequence[StoryEvent]) -> list[Story]:
    """Return what held alerts are sent as: one story; without a hold those that they were planned as, without what was erased since."""
    if hold is None:
        by_visit: dict[tuple[str, int | None], list[StoryEvent]] = defaultdict(list)
        for event in events:
            by_visit[event.rule, event.recorded.visit_id].append(event)
        return [story for selected in by_visit.values() for story in group(selected)]
    kind = {Hold.DEBOUNCE: MessageKind.CHECK, Hold.DIGEST: MessageKind.DIGEST}.get(hold, MessageKind.SUMMARY)
    return [collect(events, kind)]


def _check_of(event: RecordedEvent) -> _Check:
    return event.page_id, event.check_id


def _noise_beside(story: Story, noise: Counter[_Check]) -> int:
    """Return the number of changes classified as noise, of which `noise` has the number in each check, in the checks of a story about one page."""
    if story.kind is not MessageKind.CHECK:
        return 0
    return sum(noise[check] for check in {_check_of(item.shown) for item in story.items} if check[1] is not None)
