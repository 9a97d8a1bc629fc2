"""Values of a change as text in its sentence: numbers, dates, lists and texts, and the step from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.limits import cut
from monitor.model import Change, JsonValue
from rendering.times import counted

VALUE_CHARS = 80
"""Maximum characters of a value in a sentence."""
_NAMES = 5
"""Names that are listed of those added to a list, and of those removed from it."""
_NAME_CHARS = 60


def difference(before: JsonValue, after: JsonValue) -> str:
    """Return the difference between two values, " (+2)"; "" if they are equal, or if one of them is no number."""
    if not _is_number(before) or not _is_number(after):
        return ""
    change = round(after - before, 6)
    if not change:
        return ""
    return f" ({'+' if change > 0 else '−'}{abs(int(change) if float(change).is_integer() else change):,})"


def days_between(detail: Mapping[str, JsonValue]) -> str:
    """Return the difference between two dates, " (+365 days)"; "" if the change is not one of dates."""
    days = detail.get("days")
    if not _is_number(days) or not days:
        return ""
    return f" ({'+' if days > 0 else '−'}{counted(abs(days), 'day')})"


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def step(change: Change) -> str:
    """Describe the step from the previous to the current value: "83 → 85 (+2)", "+ Togo, − Chad (84 names)"."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        return _list_step(before, after, change.detail)
    return f"{value_text(before, change.quote_before)} → {value_text(after, change.quote_after)}{difference(before, after)}"


def _list_step(before: Sequence[JsonValue], after: Sequence[JsonValue], detail: Mapping[str, JsonValue]) -> str:
    names = [*_names("+", detail.get("joined", ())), *_names("−", detail.get("left", ()))]
    size = counted(len(after), "name")
    sizes = size if len(before) == len(after) else f"{len(before):,} → {size}"
    return f"{', '.join(names)} ({sizes})" if names else sizes


def _names(sign: str, names: Sequence[str]) -> list[str]:
    more = [f"{sign} {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return [*(f"{sign} {name[:_NAME_CHARS]}" for name in names[:_NAMES]), *more]


def value_text(value: JsonValue, quote: str | None) -> str:
    """Format a value: a number or date as the page writes it, the beginning of a text, the size of a list."""
    if isinstance(value, list):
        return counted(len(value), "name")
    return cut(quote or str(value), VALUE_CHARS)


def alternating(values: JsonValue) -> str:
    """Return the values between which a fact alternates: "83 ↔ 85"."""
    return " ↔ ".join(value_text(value, None) for value in several(values))


def stated(change: Change) -> list[str]:
    """Return the values of a contradiction as the page writes them; the size of a list with the list's name."""
    quotes: Sequence[Mapping[str, JsonValue]] = change.detail["quotes"]
    return [
        f"{quote.get('value')} {quote['unit']}"
        if quote.get("unit")
        else value_text(quote.get("value"), quote.get("quote"))
        for quote in quotes
    ]


def several(value: JsonValue) -> Sequence[JsonValue]:
    """Return the values of a list, or a single value as one."""
    return value if isinstance(value, list | tuple) else [value]


def all_of(values: Sequence[str]) -> str:
    """Join values: "both 85 and 84", "85, 84 and 83"."""
    if not values:
        return "nothing"
    *others, last = values
    return f"{'both ' if len(others) == 1 else ''}{', '.join(others)} and {last}" if others else last


def quoted(text: str | None) -> str:
    """Return the beginning of a text in quotation marks."""
    return f"“{cut(text or '', VALUE_CHARS)}”"
