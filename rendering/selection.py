"""The sentence of each reason why a rule selects an event or does not, the same for messages, web and command line. Pure.

Each continues a sentence that names the rule: 'rule "desk" selects fact_changed', 'rule "desk" does not: …'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.limits import SUMMARY_CHARS, cut
from monitor.model import SELECTION_VALUES, AlertOutcome, JsonValue, SelectionReason
from rendering.noise_reasons import noise_sentence
from rendering.value_texts import difference

OUTCOMES: Mapping[AlertOutcome, str] = {
    AlertOutcome.ALERTED: "an alert was planned",
    AlertOutcome.NOT_LIVE: "imported: only events of live checks are sent",
    AlertOutcome.REPROCESSED: "found when stored snapshots were reprocessed, which sends nothing",
    AlertOutcome.NOISE: "noise, which no rule selects",
    AlertOutcome.HELD: "held back: the fact alternates, which is reported once as fact_flapping",
    AlertOutcome.NO_RULE: "no rule is declared",
    AlertOutcome.NOT_SELECTED: "no rule selects it",
    AlertOutcome.WAITING: "selected; its alert is planned when the service or `check` runs",
    AlertOutcome.RULES_CHANGED: "no rule selected it when it was planned; a rule applied since would",
}
"""The sentence of each outcome of an event, without the rules' reasons."""

Values = Mapping[str, JsonValue]
_URL_CHARS = 200
_PATTERN_CHARS = 100


def selection_sentence(reason: SelectionReason, values: Values) -> str:
    """Return why a rule selects an event, or does not, in one line of at most `SUMMARY_CHARS` characters.

    Args:
        reason: The reason.
        values: Its values.

    Raises:
        KeyError: One of the values that the reason needs (`monitor.model.SELECTION_VALUES`) is missing.
    """
    missing = [name for name in SELECTION_VALUES[reason] if name not in values]
    if missing:
        raise KeyError(missing[0])
    return cut(_SENTENCES[reason](values), SUMMARY_CHARS)


def _selected(values: Values) -> str:
    limits = [
        *([f"at least {values['step']}"] if "step" in values else []),
        *([values["direction"]] if "direction" in values else []),
        *(f"{name} {values[name]}" for name in ("above", "below") if name in values),
    ]
    step = f"; {_step(values)}: {', '.join(limits)}" if limits else ""
    section = f"; under “{values['under']}”" if values.get("under") else ""
    return f"it selects {values['kind']}{step}{section}"


def _section_unknown(values: Values) -> str:
    return (
        f"{_selected({**values, 'under': None})}; its section is unknown, so that {_under(values)} does not exclude it"
    )


def _text_unknown(values: Values) -> str:
    return f"it selects {values['kind']}; the page's text is unknown, so that {_pattern(values)} does not exclude it"


def _kind_not_named(values: Values) -> str:
    return f"it does not select {values['kind']}"


def _held(values: Values) -> str:
    if values["held"] == "flapping":
        return "the fact alternates between two values, which is reported once as fact_flapping"
    return f"the change is held back: {values['held']}"


def _noise(values: Values) -> str:
    reason = noise_sentence(values["noise"], values.get("noise_checks"), values.get("noise_window"))
    return f"noise: {reason}" if reason else "noise"


def _level_not_named(values: Values) -> str:
    return f"it is limited to other levels than {values['level']}"


def _page_not_named(values: Values) -> str:
    page = values["page"]
    return (
        "it is limited to pages, and the event is of no page"
        if page is None
        else f"it is limited to other pages than {cut(page, _URL_CHARS)}"
    )


def _tag_not_named(values: Values) -> str:
    tags = values["tags"]
    return (
        f"it is limited to other tags than {', '.join(tags)}"
        if tags
        else "it is limited to tags, and the page has none"
    )


def _host_not_named(values: Values) -> str:
    host = values["host"]
    return (
        "it is limited to hosts, and the event is of no page"
        if host is None
        else f"it is limited to other hosts than {cut(host, _URL_CHARS)}"
    )


def _fact_not_named(values: Values) -> str:
    fact = values["fact"]
    return (
        "it is limited to facts, and the event is of no declared fact"
        if fact is None
        else f"it is limited to other facts than {fact}"
    )


def _other_section(values: Values) -> str:
    headings = values["headings"]
    where = f"under “{headings[-1]}”" if headings else "under no heading"
    return f"the change is {where}, not {_under(values)}"


def _step_not_reached(values: Values) -> str:
    return f"{_step(values)} is less than its step of {values['step']}"


def _other_direction(values: Values) -> str:
    return f"{_step(values)} is not {values['direction']}"


def _within_bounds(values: Values) -> str:
    bounds = {"above": "not above", "below": "not below"}
    given = [f"{words} {values[name]}" for name, words in bounds.items() if values[name] is not None]
    return f"{values['after']} is {' and '.join(given)}"


def _text_missing(values: Values) -> str:
    return f"the page's text has no match of {_pattern(values)}"


def _text_found(values: Values) -> str:
    return f"the page's text has a match of {_pattern(values)}"


_SENTENCES: Mapping[SelectionReason, Callable[[Values], str]] = {
    SelectionReason.SELECTED: _selected,
    SelectionReason.SECTION_UNKNOWN: _section_unknown,
    SelectionReason.TEXT_UNKNOWN: _text_unknown,
    SelectionReason.KIND_NOT_NAMED: _kind_not_named,
    SelectionReason.HELD: _held,
    SelectionReason.NOISE: _noise,
    SelectionReason.LEVEL_NOT_NAMED: _level_not_named,
    SelectionReason.PAGE_NOT_NAMED: _page_not_named,
    SelectionReason.TAG_NOT_NAMED: _tag_not_named,
    SelectionReason.HOST_NOT_NAMED: _host_not_named,
    SelectionReason.FACT_NOT_NAMED: _fact_not_named,
    SelectionReason.OTHER_SECTION: _other_section,
    SelectionReason.STEP_NOT_REACHED: _step_not_reached,
    SelectionReason.OTHER_DIRECTION: _other_direction,
    SelectionReason.WITHIN_BOUNDS: _within_bounds,
    SelectionReason.TEXT_MISSING: _text_missing,
    SelectionReason.TEXT_FOUND: _text_found,
}


def _pattern(values: Values) -> str:
    return f"the pattern “{cut(values['pattern'], _PATTERN_CHARS)}”"


def _under(values: Values) -> str:
    return f"under {' or '.join(f'“{words}”' for words in values['under'])}"


def _step(values: Values) -> str:
    before, after = values.get("before"), values["after"]
    return str(after) if before is None else f"{before} → {after}{difference(before, after)}"
