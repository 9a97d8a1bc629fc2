"""Which rules want which events. Pure."""

from __future__ import annotations

from alerts.model import RecordedEvent, Rule


def selects(rule: Rule, recorded: RecordedEvent) -> bool:
    """Whether `rule` tells of this event: its kind is named, and so are its page and fact where the rule is limited to some.

    An event of no page, or of no fact, passes no rule that is limited to pages, or to facts.
    """
    change = recorded.event.change
    return (
        change.kind in rule.events
        and (not rule.pages or recorded.page_url in rule.pages)
        and (not rule.facts or change.fact in rule.facts)
    )
