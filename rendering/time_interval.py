"""Time interval of an event for display: after which check it happened, by which check, and the unsuccessful checks in between. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from monitor.model import Change, EventKind, Verdict

_CHANGED = (EventKind.FACT_CHANGED, EventKind.NUMBER_CHANGED, EventKind.TEXT_CHANGED)

# Descriptions of checks without a result: singular and plural.
_UNSUCCESSFUL: Mapping[str, tuple[str, str]] = {
    "failed": ("failed", "failed"),
    Verdict.BLOCKED: ("was blocked", "were blocked"),
    Verdict.CONSENT_WALL: ("met a request for consent", "met a request for consent"),
    Verdict.LOGIN_WALL: ("met a login", "met a login"),
    Verdict.SOFT_ERROR: ("met an error page", "met an error page"),
    Verdict.ERROR: ("met an error", "met an error"),
    Verdict.GONE: ("found it gone", "found it gone"),
    Verdict.MOVED: ("found it moved", "found it moved"),
    Verdict.EMPTY: ("found it empty", "found it empty"),
    Verdict.PARTIAL: ("was cut short", "were cut short"),
    Verdict.OTHER_LANGUAGE: ("found another language", "found another language"),
}


def time_interval(change: Change) -> str | None:
    """Return text such as "changed between 1 March 2021 09:00 and 15:30 UTC; 2 checks in between were blocked"; None where there is no interval."""
    between = change.detail.get("between")
    if not between:
        return None
    verb = "changed" if change.kind in _CHANGED else "happened"
    interval = _interval(datetime.fromisoformat(between["from"]), datetime.fromisoformat(between["to"]))
    return f"{verb} between {interval}{_unsuccessful(between.get('missed') or {})}"


def _interval(begin: datetime, end: datetime) -> str:
    one, other = begin.astimezone(UTC), end.astimezone(UTC)
    clock = "%H:%M" if (one.date(), one.hour, one.minute) != (other.date(), other.hour, other.minute) else "%H:%M:%S"
    day = "" if one.date() == other.date() else f"{_day(other)} "
    return f"{_day(one)} {one:{clock}} and {day}{other:{clock}} UTC"


def _unsuccessful(missed: Mapping[str, int]) -> str:
    """Describe the unsuccessful checks, the most frequent result first."""
    parts = [_described(word, checks) for word, checks in sorted(missed.items(), key=lambda item: (-item[1], item[0]))]
    if not parts:
        return ""
    (number, what), *more = parts
    checks = f"{number} check{'' if number == 1 else 's'} in between {what}"
    return "; " + ", ".join([checks, *(f"{number} {what}" for number, what in more)])


def _described(word: str, checks: int) -> tuple[int, str]:
    one, several = _UNSUCCESSFUL.get(word, ("showed nothing", "showed nothing"))
    return checks, one if checks == 1 else several


def _day(time: datetime) -> str:
    return f"{time.day} {time:%B %Y}"
