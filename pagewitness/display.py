"""Words for screens and lists: names and statuses of pages, and values of facts with their units. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.model import DeliveryState, Hold
from monitor.facts.nouns import occurrences
from monitor.model import FactDefinition, FactKind, HealthStatus, JsonValue, Page
from monitor.times import iso_utc
from rendering import event_text
from rendering.text_safety import one_line, render_value
from rendering.times import minute
from storage.queries.alert_history import AlertState
from storage.queries.current_facts import CurrentFact
from storage.queries.summaries import AlertRow, PageSummary

NEVER_MATCHED = "never matched"
"""Displayed in place of the value of a fact that a page tracks but never stated."""

_NAME_CHARS = 200
_UNIT_CHARS = 60
_REPROCESS = "damaged: `pagewitness reprocess` derives it again"


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact on a page, for display.

    Attributes:
        name: Its name.
        value: The value with its unit; "" if it was never stated.
        since: When the page first showed the value; None if that is not known, and if it was never stated.
        note: "never matched", or what is wrong with the stored state; "" otherwise.
        absent_since: When a check first did not find it; None while the page states it.
        others: Other values that the page states as well, with units.
        sentence: The sentence that states it; "" if there is none.
    """

    name: str
    value: str
    since: datetime | None = None
    note: str = ""
    absent_since: datetime | None = None
    others: tuple[str, ...] = ()
    sentence: str = ""


def page_name(label: str, title: str, url: str | None) -> str:
    """Return what a page is called in lists and on screens; "" where there is no page. See `rendering.event_text.page_name`."""
    return event_text.page_name(label, title, url, with_host=True, limit=_NAME_CHARS)


def status_word(health: HealthStatus | None) -> str:
    """Return the word for a page's status, the same in all lists and counts."""
    return "no ok check yet" if health is None else health.value


def problems_of(summary: PageSummary) -> tuple[str, ...]:
    """Return the page's problems, in a word or phrase each; empty if it has none."""
    words = {
        status_word(summary.health): summary.health not in (HealthStatus.OK, None),
        "stale": summary.stale_since is not None,
        "disallowed by robots.txt": summary.disallowed_since is not None,
    }
    return tuple(word for word, applies in words.items() if applies)


def fact_value(
    value: JsonValue, definition: FactDefinition | None, *, quote: str | None = None, sentence: str | None = None
) -> str:
    """Return a fact's value with its unit: "83 member countries", "95%", "1,500,000,000 ($1.5 billion)", "2: Peru, Chad"; "" for None.

    Args:
        value: The value, JSON.
        definition: The fact's current definition; None shows no unit.
        quote: The page's own characters; None if they are not known.
        sentence: The sentence that contains them; None if it is not known.
    """
    if value is None:
        return ""
    shown = render_value(value)
    if isinstance(value, list):
        return f"{len(value)}: {shown}" if value else "0"
    kind = None if definition is None else definition.kind
    if kind is FactKind.PERCENT_OF:
        return f"{shown}%"
    if kind is FactKind.MONEY_OF and quote:
        return f"{shown} ({one_line(quote, _UNIT_CHARS)})"
    if definition is not None and kind is FactKind.COUNT_OF:
        return f"{shown} {_counted(definition.terms, quote or '', sentence or '')}".rstrip()
    return shown


def _counted(terms: Sequence[str], quote: str, sentence: str) -> str:
    """Return the declared noun phrase that is next to the quote in its sentence, as the page writes it; otherwise the first declared one."""
    place = max(sentence.find(quote), 0)
    found = sorted(occurrences(sentence, terms), key=lambda span: (abs(span[0] - place), -span[1]))
    noun = sentence[slice(*found[0])] if found else next(iter(terms), "")
    return one_line(noun, _UNIT_CHARS).strip(" .,;:!?()\"'“”’|")


def fact_lines(page: Page, states: Sequence[CurrentFact], *, checked: bool) -> list[FactLine]:
    """Return the facts of a page: those that it tracks in their order, then others that it stated.

    Args:
        page: The page.
        states: Its stored states.
        checked: Whether it had an ok check, without which nothing can have matched.
    """
    definitions: Mapping[str, FactDefinition] = {fact.name: fact for fact in page.facts}
    stated = {state.fact: state for state in states}
    tracked = [
        _line(stated[name], definition) if name in stated else FactLine(name, "", note=NEVER_MATCHED)
        for name, definition in definitions.items()
        if checked or name in stated
    ]
    return tracked + [_line(state, None) for name, state in stated.items() if name not in definitions]


def _line(state: CurrentFact, definition: FactDefinition | None) -> FactLine:
    if state.damaged:
        return FactLine(state.fact, "", note=_REPROCESS)
    return FactLine(
        state.fact,
        fact_value(state.value, definition, quote=state.quote, sentence=state.sentence),
        since=state.since_at,
        absent_since=state.absent_since_at,
        others=tuple(fact_value(other, definition, sentence=state.sentence) for other in state.others),
        sentence=state.sentence or "",
    )


def alert_state(state: DeliveryState | None) -> str:
    """Return the state of an alert for scripts: that of its delivery, or "held" while it waits for a later message."""
    return "held" if state is None else state.value


def hold_json(row: AlertRow | AlertState) -> dict[str, JsonValue]:
    """Return why and until when an alert is held, or was, for scripts."""
    return {
        "hold": row.hold.value if row.hold else None,
        "held_until": iso_utc(row.held_until) if row.held_until else None,
    }


def state_text(state: DeliveryState | None, hold: Hold | None, held_until: datetime | None) -> str:
    """Return the state of an alert as text: "sent", "held until 2026-03-01 08:00 UTC (digest)"."""
    if state is not None:
        return state.value
    if hold is None:
        return "held (its message contained a page that was erased; a new one follows)"
    until = "" if held_until is None else f" until {minute(held_until)}"
    return f"held{until} ({hold.value.replace('_', ' ')})"
