"""Selection of events by rules, and the reason for it. Pure; `rendering.selection` has the sentence of each reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.model import Direction, RecordedEvent, Rule
from monitor.facts.nouns import holds
from monitor.host_patterns import host_pattern
from monitor.model import Change, EventKind, JsonValue, Level, SelectionReason
from monitor.tracking.drift import is_number
from monitor.urls import host_of

_STEPS = frozenset({EventKind.FACT_CHANGED, EventKind.FACT_FOUND, EventKind.NUMBER_CHANGED})
"""Kinds to which a rule's `step` applies. A drift has already reached its fact's own threshold."""
_MOVES = _STEPS | {EventKind.FACT_DRIFTED}
"""Kinds whose direction and value a rule may limit."""
DEFAULT_KINDS = frozenset(EventKind) - {EventKind.PAGE_NEW}
"""Kinds of events that a rule selects if it names none: everything that happens to declared pages and their facts. Pages found on a site are many at once."""
DEFAULT_RULE = "default"
"""Name of the rule that applies where none is declared."""
_SELECTING = frozenset({SelectionReason.SELECTED, SelectionReason.SECTION_UNKNOWN, SelectionReason.TEXT_UNKNOWN})
TextOf = Callable[[int], str | None]
"""Returns the text of the page that a snapshot shows, by its key; None if it is not known."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Whether a rule selects an event, and why.

    Attributes:
        reason: The reason.
        values: JSON-ready values of the reason: see `monitor.model.SELECTION_VALUES`.
    """

    reason: SelectionReason
    values: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def selected(self) -> bool:
        """Whether the rule selects the event."""
        return self.reason in _SELECTING


def selects(rule: Rule, recorded: RecordedEvent, text_of: TextOf | None = None) -> bool:
    """Return whether `rule` selects this event: see `explain`."""
    return explain(rule, recorded, text_of).selected


def explain(rule: Rule, recorded: RecordedEvent, text_of: TextOf | None = None) -> Selection:
    """Return whether `rule` selects this event, and why: it names its kind, and its level, page, tag, host and fact where the rule is limited to some.

    Noise is never selected, nor a change that is held (`Change.held`). A rule that names fact_changed therefore also selects fact_flapping, which reports that
    changes are held; and one with a `step` also fact_drifted, or many small steps would remain unreported. A value that is not a number, or had none before,
    is selected whatever the rule's step and bounds: it cannot be measured.

    A rule limited to sections (`under`), or by the page's text (`when_text`), selects a change whose headings or text are unknown, as of a fact that is no longer stated, and events of page
    health: missing them would be worse.

    An event without a page, or without a fact, is not selected by a rule limited to pages, tags or hosts, or to facts.

    Args:
        rule: The rule.
        recorded: The event.
        text_of: Called only for a rule with `when_text` that selects the event otherwise. None: no text is known.
    """
    for limit in _LIMITS:
        found = limit(rule, recorded)
        if found is not None:
            return found
    change = recorded.event.change
    text = _text(rule, recorded, text_of)
    if text is not None and text.reason is not SelectionReason.TEXT_UNKNOWN:
        return text
    values: dict[str, JsonValue] = {"kind": change.kind.value, **_fulfilled(rule, change)}
    if not _is_limited_to_sections(rule, change):
        return text or Selection(SelectionReason.SELECTED, values)
    headings = _headings(change)
    if headings is None:
        return Selection(SelectionReason.SECTION_UNKNOWN, {**values, "under": list(rule.under)})
    return text or Selection(SelectionReason.SELECTED, {**values, "under": _heading_named(rule, headings)})


def includes_page(rule: Rule, url: str, tags: Collection[str]) -> bool:
    """Return whether a rule is not limited to other pages than this one: it selects some events of this page.

    Args:
        rule: The rule.
        url: The page's normalised URL.
        tags: The page's tags.
    """
    is_named = not rule.pages or url in rule.pages
    is_tagged = not rule.tags or any(tag in rule.tags for tag in tags)
    return is_named and is_tagged and (not rule.hosts or any(host_pattern(host).matches(url) for host in rule.hosts))


def default_rule(channels: Sequence[str]) -> Rule:
    """Return the rule that applies where none is declared: facts, numbers, texts and health of every page, to these channels."""
    return Rule(DEFAULT_RULE, DEFAULT_KINDS, tuple(channels))


def kinds(rule: Rule) -> frozenset[EventKind]:
    """Return the kinds of events that a rule selects: those it names, and those that replace held changes or small steps."""
    if EventKind.FACT_CHANGED not in rule.events:
        return rule.events
    more = {EventKind.FACT_FLAPPING, EventKind.FACT_DRIFTED} if rule.step is not None else {EventKind.FACT_FLAPPING}
    return rule.events | more


def _kind(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    kind = recorded.event.change.kind
    return None if kind in kinds(rule) else Selection(SelectionReason.KIND_NOT_NAMED, {"kind": kind.value})


def _held(_: Rule, recorded: RecordedEvent) -> Selection | None:
    held = recorded.event.change.held
    return None if held is None else Selection(SelectionReason.HELD, {"held": held})


def _noise(_: Rule, recorded: RecordedEvent) -> Selection | None:
    change = recorded.event.change
    if change.level is not Level.NOISE:
        return None
    names = ("noise", "noise_checks", "noise_window")
    known = {name: change.detail[name] for name in names if name in change.detail}
    return Selection(SelectionReason.NOISE, {"noise": None, **known})


def _level(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    level = recorded.event.change.level
    if not rule.levels or level in rule.levels:
        return None
    return Selection(SelectionReason.LEVEL_NOT_NAMED, {"level": level.value})


def _page(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    if not rule.pages or recorded.page_url in rule.pages:
        return None
    return Selection(SelectionReason.PAGE_NOT_NAMED, {"page": recorded.page_url})


def _tag(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    if not rule.tags or any(tag in rule.tags for tag in recorded.page_tags):
        return None
    return Selection(SelectionReason.TAG_NOT_NAMED, {"tags": list(recorded.page_tags)})


def _host(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    url = recorded.page_url
    if not rule.hosts or (url is not None and any(host_pattern(host).matches(url) for host in rule.hosts)):
        return None
    return Selection(SelectionReason.HOST_NOT_NAMED, {"host": None if url is None else host_of(url)})


def _fact(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    fact = recorded.event.change.fact
    return None if not rule.facts or fact in rule.facts else Selection(SelectionReason.FACT_NOT_NAMED, {"fact": fact})


def _section(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    change = recorded.event.change
    headings = _headings(change)
    if not _is_limited_to_sections(rule, change) or headings is None or _heading_named(rule, headings) is not None:
        return None
    return Selection(SelectionReason.OTHER_SECTION, {"headings": headings, "under": list(rule.under)})


def _step(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    change = recorded.event.change
    if rule.step is None or change.kind not in _STEPS or not _is_measurable(change):
        return None
    if rule.step.reached(change.before, change.after):
        return None
    return Selection(SelectionReason.STEP_NOT_REACHED, {**_numbers(change), "step": str(rule.step)})


def _direction(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    change = recorded.event.change
    if rule.direction is None or change.kind not in _MOVES or not _is_measurable(change):
        return None
    if (change.after > change.before) is (rule.direction is Direction.UP):
        return None
    return Selection(SelectionReason.OTHER_DIRECTION, {**_numbers(change), "direction": rule.direction.value})


def _bounds(rule: Rule, recorded: RecordedEvent) -> Selection | None:
    change = recorded.event.change
    if rule.above is None and rule.below is None:
        return None
    if change.kind not in _MOVES or not is_number(change.after) or _bound(rule, change):
        return None
    bounds = {"above": rule.above, "below": rule.below}
    return Selection(SelectionReason.WITHIN_BOUNDS, {"after": change.after, **bounds})


# Most specific last: a reader of the reason is best served by the first limit that an event fails.
_LIMITS: tuple[Callable[[Rule, RecordedEvent], Selection | None], ...] = (
    _kind,
    _held,
    _noise,
    _level,
    _page,
    _tag,
    _host,
    _fact,
    _section,
    _step,
    _direction,
    _bounds,
)


def _is_limited_to_sections(rule: Rule, change: Change) -> bool:
    return bool(rule.under) and change.level is not Level.HEALTH


def _headings(change: Change) -> list[str] | None:
    """Return the headings above a change, outermost first; None where they are not recorded: of a lost fact, or a summary of many changes."""
    headings: list[str] | None = change.detail.get("anchor")
    return headings


def _heading_named(rule: Rule, headings: Sequence[str]) -> str | None:
    """Return the innermost heading that contains one of the rule's words, as the scope of a fact is read; None if there is none."""
    return next((heading for heading in reversed(headings) if holds(heading, rule.under)), None)


def _text(rule: Rule, recorded: RecordedEvent, text_of: TextOf | None) -> Selection | None:
    """Return why a condition on the page's text excludes the event, or that the text is unknown; None if the text fulfils the condition, or there is none."""
    condition, event = rule.when_text, recorded.event
    if condition is None or event.change.level is Level.HEALTH:
        return None
    text = text_of(event.snapshot.id) if text_of is not None and event.snapshot.id else None
    for pattern, wanted, reason in (
        (condition.present, True, SelectionReason.TEXT_MISSING),
        (condition.absent, False, SelectionReason.TEXT_FOUND),
    ):
        found = None if pattern is None or text is None else _contains(pattern, text)
        if found is not None and found is not wanted:
            return Selection(reason, {"pattern": pattern})
        if pattern is not None and found is None:
            return Selection(SelectionReason.TEXT_UNKNOWN, {"kind": event.change.kind.value, "pattern": pattern})
    return None


def _contains(pattern: str, text: str) -> bool | None:
    from monitor.facts.patterns import contains  # noqa: PLC0415 (slow to import, and few rules have patterns)

    return contains(pattern, text)


def _is_measurable(change: Change) -> bool:
    return is_number(change.before) and is_number(change.after)


def _numbers(change: Change) -> dict[str, JsonValue]:
    return {"before": change.before, "after": change.after}


def _bound(rule: Rule, change: Change) -> dict[str, JsonValue]:
    """Return the bound of the rule that a number is beyond, by its key; empty if it is beyond none."""
    if rule.above is not None and change.after > rule.above:
        return {"above": rule.above}
    return {"below": rule.below} if rule.below is not None and change.after < rule.below else {}


def _fulfilled(rule: Rule, change: Change) -> dict[str, JsonValue]:
    """Return the limits of a number that a selected change fulfils, by their keys."""
    if change.kind not in _MOVES or not is_number(change.after):
        return {}
    limits = _bound(rule, change)
    if is_number(change.before):
        if rule.step is not None and change.kind in _STEPS:
            limits["step"] = str(rule.step)
        if rule.direction is not None:
            limits["direction"] = rule.direction.value
    return limits and {**_numbers(change), **limits}
