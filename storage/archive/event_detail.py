"""An event's detail as it is stored: what other columns of its row state is left out or refers to them. Pure.

- `between` lacks `from` and `to` if they are `from_at` and `at`.
- `place_before` and `place_after`, {"block","start","end","exact","prefix","suffix"}, are lists [block, start, end, at, prefix, suffix] if `exact` is the side's
  quote, found at offset `at` of its sentence. `prefix` is the number of characters before the quote, or the text before the sentence if it begins there;
  `suffix` likewise after it.

An entry that could not be restored exactly is stored unchanged, as in events recorded before. Nothing refers to a version, which may be removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.model import JsonValue
from monitor.times import iso_utc
from storage.database.columns import storable

_PLACE = ("block", "start", "end", "exact", "prefix", "suffix")
_PLACES = {"place_before": "before", "place_after": "after"}
"""Entries that are places, and their sides."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns of an event's row that its detail refers to.

    Attributes:
        from_at: The column of this name, as are the others.
    """

    at: datetime
    from_at: datetime | None
    sentence_before: str | None
    sentence_after: str | None
    quote_before: str | None
    quote_after: str | None

    def texts(self, side: str) -> tuple[str | None, str | None]:
        """Return sentence and quote of a side, "before" or "after", as they are stored."""
        pair = (
            (self.sentence_before, self.quote_before) if side == "before" else (self.sentence_after, self.quote_after)
        )
        sentence, quote = (None if text is None else storable(text) for text in pair)
        return sentence, quote


def shortened(detail: Mapping[str, JsonValue], beside: Beside) -> dict[str, JsonValue]:
    """Return a detail as it is stored. `restored` returns the same entries, in the same order."""
    return {name: _shorter(name, value, beside) for name, value in detail.items()}


def restored(detail: Mapping[str, JsonValue], beside: Beside) -> dict[str, JsonValue]:
    """Return a detail from its stored form. An entry in neither form is returned unchanged."""
    return {name: _longer(name, value, beside) for name, value in detail.items()}


def _shorter(name: str, value: JsonValue, beside: Beside) -> JsonValue:
    short = value
    if isinstance(value, dict) and name == "between":
        short = {key: item for key, item in value.items() if key not in ("from", "to")}
    elif isinstance(value, dict) and name in _PLACES and tuple(value) == _PLACE:
        short = _shorter_place(value, *beside.texts(_PLACES[name]))
    # As text, which distinguishes orders of keys, and true from 1.
    return short if repr(_longer(name, short, beside)) == repr(value) else value


def _longer(name: str, value: JsonValue, beside: Beside) -> JsonValue:
    if name == "between" and isinstance(value, dict) and not {"from", "to"} & value.keys():
        if beside.from_at is None:
            return value
        return {"from": iso_utc(beside.from_at), "to": iso_utc(beside.at), **value}
    if name in _PLACES and isinstance(value, list):
        return _longer_place(value, *beside.texts(_PLACES[name]))
    return value


def _shorter_place(place: dict[str, JsonValue], sentence: str | None, quote: str | None) -> JsonValue:
    block, start, end, exact, prefix, suffix = place.values()
    if sentence is None or not quote or exact != quote or not (isinstance(prefix, str) and isinstance(suffix, str)):
        return place
    at = sentence.find(quote)
    while at >= 0:
        before = _shorter_prefix(prefix, sentence[:at])
        after = _shorter_suffix(suffix, sentence[at + len(quote) :])
        if before is not None and after is not None:
            return [block, start, end, at, before, after]
        at = sentence.find(quote, at + 1)
    return place


def _shorter_prefix(prefix: str, before: str) -> int | str | None:
    """Return the stored form of the text before a quote; None if it differs from `before`, the sentence up to the quote."""
    if before.endswith(prefix):
        return len(prefix)
    return prefix.removesuffix(before) if prefix.endswith(before) else None


def _shorter_suffix(suffix: str, after: str) -> int | str | None:
    """Return the stored form of the text after a quote; None if it differs from `after`, the rest of the sentence."""
    if after.startswith(suffix):
        return len(suffix)
    return suffix.removeprefix(after) if suffix.startswith(after) else None


def _longer_place(stored: list[JsonValue], sentence: str | None, quote: str | None) -> JsonValue:
    if sentence is None or quote is None or len(stored) != len(_PLACE):
        return stored
    block, start, end, at, prefix, suffix = stored
    if type(at) is not int or at < 0 or not sentence.startswith(quote, at):
        return stored
    if not (isinstance(prefix, int | str) and isinstance(suffix, int | str)):
        return stored
    before, after = sentence[:at], sentence[at + len(quote) :]
    prefix = before[max(at - prefix, 0) :] if isinstance(prefix, int) else prefix + before
    suffix = after[:suffix] if isinstance(suffix, int) else after + suffix
    return dict(zip(_PLACE, (block, start, end, quote, prefix, suffix), strict=True))
