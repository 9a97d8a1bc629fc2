"""Which rules want which events. Pure."""

from __future__ import annotations

from alerts.model import RecordedEvent, Rule


def selects(rule: Rule, recorded: RecordedEvent) -> bool:
    """Whether `rule` tells of this event: its kind is named, and so are its page and fact where the rule is limited to some.

    A change that is held (`Change.held`) is told by nobody. An event of no page, or of no fact, passes no rule that is limited to pages, or to facts.
    """
    change = recorded.event.change
    return (
        change.kind in rule.events
        and change.held is None
        and (not rule.pages or recorded.page_url in rule.pages)
        and (not rule.facts or change.fact in rule.facts)
    )
