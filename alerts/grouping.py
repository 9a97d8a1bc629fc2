"""Groups the events that a rule selected into stories: one message per check of a page, and one for what several pages of a host share. Pure.

Two events are the same change when kind, fact, values, sentences and what else states the change agree. What is the same on several pages of one visit to a host becomes one story
that lists the pages; everything else is grouped by page and check. tests/alerts/test_grouping.py
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from alerts.messages.message import MessageKind
from alerts.model import RecordedEvent, StoryEvent
from alerts.planned import PlannedAlert
from monitor.model import FACT_KINDS, EventKind, Level
from monitor.urls import host_of

_ORDER: Mapping[Level, int] = {level: order for order, level in enumerate((Level.FACT, Level.HEALTH, Level.NUMBER))}
_REWORDED = frozenset({EventKind.FACT_CHANGED, EventKind.NUMBER_CHANGED})
"""Kinds whose change is usually also a change of the text: the sentence that contains the number."""

_MERGED = frozenset({Level.TEXT, Level.NOISE})
"""Levels at which the same change of a page at several checks is one item of a collection: a text that alternates would fill it."""

_STATED = (
    "link",
    "links",
    "first_link",
    "image",
    "images",
    "first_image",
    "document",
    "changes",
    "first_change",
)
"""Entries of `Change.detail` that say what changed, where a change has no quotes of its own. Those of page health say when and how often: they differ."""

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class StoryItem:
    """One change of a story.

    Attributes:
        shown: The event that describes it.
        also_on: Events of the same change on further pages, one per page.
        covered: Events that say no more than `shown`: the text change of the sentence whose number changed, the same change at several checks.
        rule: Name of the rule that selected them.
    """

    shown: RecordedEvent
    rule: str
    also_on: tuple[RecordedEvent, ...] = ()
    covered: tuple[RecordedEvent, ...] = ()

    @property
    def events(self) -> tuple[RecordedEvent, ...]:
        """All its events, the shown one first."""
        return (self.shown, *self.also_on, *self.covered)


@dataclass(frozen=True, slots=True)
class Story:
    """What is sent as one message.

    Attributes:
        kind: Why its items belong together.
        items: Its changes, the most important first; at least one.
    """

    kind: MessageKind
    items: tuple[StoryItem, ...]

    @property
    def alerts(self) -> tuple[PlannedAlert, ...]:
        """The alerts that its delivery contains."""
        return tuple(PlannedAlert(event.id, item.rule) for item in self.items for event in item.events)

    @property
    def has_facts(self) -> bool:
        """Whether one of its changes is one of a declared fact."""
        return any(is_of_fact(event) for item in self.items for event in item.events)

    @property
    def pages(self) -> tuple[RecordedEvent, ...]:
        """One event of each page that it is about, in the order of its items; empty if none has a page."""
        first: dict[int, RecordedEvent] = {}
        for item in self.items:
            for event in (item.shown, *item.also_on):
                if event.page_id is not None:
                    first.setdefault(event.page_id, event)
        return tuple(first.values())


def is_of_fact(recorded: RecordedEvent) -> bool:
    """Return whether an event is one of a declared fact."""
    return recorded.event.change.kind in FACT_KINDS


def group(selected: Sequence[StoryEvent]) -> list[Story]:
    """Group events of one rule, one channel and one visit into stories, those with facts first, then in order of their first events.

    Each event is in exactly one story. The result does not depend on the order of the events.
    """
    events = sorted(selected, key=lambda item: item.recorded.id)
    by_change = _grouped(events, lambda item: _change_key(item.recorded))
    shared = [same for same in by_change.values() if len({item.recorded.page_id for item in same}) > 1]
    stories = [Story(MessageKind.HOST, _ordered(_merge(same) for same in shared))] if shared else []
    on_several = {item.recorded.id for same in shared for item in same}
    single = [item for item in events if item.recorded.id not in on_several]
    stories += [
        Story(MessageKind.CHECK, _items(check))
        for check in _grouped(single, lambda item: _check_key(item.recorded)).values()
    ]
    return sorted(stories, key=lambda story: (not story.has_facts, min(alert.event_id for alert in story.alerts)))


def collect(selected: Sequence[StoryEvent], kind: MessageKind) -> Story:
    """Return one story of all these events, of any pages, rules and times: for digests and summaries; at least one event.

    The same change on several pages is one item, as is a text change that was recorded several times. Two outages, or a value that changes in the same way
    again, are two items: each has its time, and a value that changed back in between would seem to be the present one.
    """
    events = sorted(selected, key=lambda item: item.recorded.id)
    repeated: Counter[Hashable] = Counter()

    def occurrence(item: StoryEvent) -> Hashable:
        key = (item.rule, _change_key(item.recorded))
        if item.recorded.event.change.level in _MERGED:
            return key
        on_page = (key, item.recorded.page_id)
        repeated[on_page] += 1
        return (key, repeated[on_page])

    by_change = _grouped(events, occurrence)
    merged = {same[0].recorded.id: _merge(same) for same in by_change.values()}
    by_check = _grouped(list(merged.values()), lambda item: (item.rule, _check_key(item.shown)))
    return Story(kind, _ordered(item for check in by_check.values() for item in _without_rewordings(check)))


def _items(selected: Sequence[StoryEvent]) -> tuple[StoryItem, ...]:
    return _ordered(_without_rewordings([StoryItem(item.recorded, item.rule) for item in selected]))


def _merge(same: Sequence[StoryEvent]) -> StoryItem:
    """Return one item for events of the same change: one event per page is listed, the oldest."""
    first, *others = same
    pages = {first.recorded.page_id}
    also_on: list[RecordedEvent] = []
    covered: list[RecordedEvent] = []
    for other in others:
        (covered if other.recorded.page_id in pages else also_on).append(other.recorded)
        pages.add(other.recorded.page_id)
    return StoryItem(first.recorded, first.rule, tuple(also_on), tuple(covered))


def _without_rewordings(items: Sequence[StoryItem]) -> list[StoryItem]:
    """Merge a text change into the change of a number or fact of the same sentence, for items of one check."""
    numbers = {_sentences(item.shown): item for item in items if item.shown.event.change.kind in _REWORDED}
    covered: dict[int, list[RecordedEvent]] = defaultdict(list)
    kept = []
    for item in items:
        number = numbers.get(_sentences(item.shown))
        is_rewording = item.shown.event.change.kind is EventKind.TEXT_CHANGED and item.shown.event.change.sentence_after
        if number is not None and is_rewording and not item.also_on:
            covered[number.shown.id] += item.events
        else:
            kept.append(item)
    return [
        StoryItem(item.shown, item.rule, item.also_on, (*item.covered, *covered.get(item.shown.id, ())))
        for item in kept
    ]


def _ordered(items: Iterable[StoryItem]) -> tuple[StoryItem, ...]:
    """Sort by importance, then by the number of pages, then in reading order."""
    return tuple(
        sorted(
            items,
            key=lambda item: (
                _ORDER.get(item.shown.event.change.level, len(_ORDER)),
                -len(item.also_on),
                item.shown.id,
            ),
        )
    )


def _change_key(recorded: RecordedEvent) -> Hashable:
    """Return what two events agree in if they are the same change. An event without a page agrees with no other."""
    change = recorded.event.change
    if recorded.page_url is None:
        return recorded.id
    texts = (change.quote_before, change.quote_after, change.sentence_before, change.sentence_after)
    named = (
        host_of(recorded.page_url),
        change.kind,
        change.fact,
        change.reason,
        repr(change.before),
        repr(change.after),
    )
    stated = (repr(change.detail.get(name)) for name in _STATED)
    # Where they stand on a page is no difference.
    quotes = change.detail.get("quotes") or ()
    contradicting = tuple((repr(quote.get("value")), _normal(quote.get("sentence"))) for quote in quotes)
    return (*named, *(_normal(text) for text in texts), *stated, contradicting, change.stored_text)


def _check_key(recorded: RecordedEvent) -> Hashable:
    """Return the page and check of an event; events that no check recorded are grouped by kind, so that one page has one message of each."""
    if recorded.page_id is None:
        return recorded.id
    return (recorded.page_id, recorded.check_id if recorded.check_id is not None else recorded.event.change.kind)


def _sentences(recorded: RecordedEvent) -> Hashable:
    change = recorded.event.change
    return recorded.check_id, recorded.page_id, _normal(change.sentence_before), _normal(change.sentence_after)


def _normal(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split()).casefold()


def _grouped(items: Sequence[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
