"""Header fields as differences from those of an earlier exchange of the same URL, which most responses repeat but for a date.

Pure. Two stored forms, both JSON: an array of pairs is a complete list of fields; an object is a difference. Where names and order are those of the base, its
members are the changed values by their position, `{"3": "Mon, 01 Mar 2021 12:00:00 GMT"}`; otherwise its one member "" lists all fields, each a position in the
base or a pair.
"""

from __future__ import annotations

from monitor.model import Headers, JsonValue

MOST_FIELDS = 2_000
"""Maximum number of header fields in a difference: far more than the transport accepts, so that a forged one restores to no more than that many times its base."""

MOST_CHARACTERS = 4_000_000
"""Maximum length of the fields that a list of positions restores to, for the same reason: one position of two characters may stand for a long field."""

_ALL = ""
_WORTH = 2
"""A difference is stored only if it is at most one part in this many of the complete list; otherwise the exchange becomes the next base."""


def difference(fields: Headers, base: Headers) -> JsonValue:
    """Return the fields as a difference from `base`; `apply` restores them. Fields that exceed the limits of a difference are listed completely."""
    if [name for name, _ in fields] == [name for name, _ in base]:
        return {str(place): value for place, (_, value) in enumerate(fields) if value != base[place][1]}
    if len(fields) > MOST_FIELDS or _length(fields) > MOST_CHARACTERS:
        return [list(pair) for pair in fields]
    places = {pair: place for place, pair in reversed(list(enumerate(base)))}
    return {_ALL: [places.get(pair, pair) for pair in fields]}


def apply(stored: JsonValue, base: Headers) -> Headers:
    """Return the fields of a stored value in either form.

    Raises:
        ValueError: It is neither form, or refers to a field that the base does not have.
    """
    try:
        if isinstance(stored, list):
            return tuple(_pair(item) for item in stored)
        if len(stored.get(_ALL, ())) > MOST_FIELDS:
            raise ValueError("too many fields")
        if _ALL in stored:
            fields = tuple(base[_place(item)] if type(item) is int else _pair(item) for item in stored[_ALL])
            if _length(fields) > MOST_CHARACTERS:
                raise ValueError("fields that are too long")
            return fields
        changed = {_place(int(place)): _text(value) for place, value in stored.items()}
        if any(place >= len(base) for place in changed):
            raise ValueError("a place that the base does not have")
        return tuple((name, changed.get(place, value)) for place, (name, value) in enumerate(base))
    except (AttributeError, IndexError, TypeError) as error:
        raise ValueError(f"no header fields: {error}") from error


def _length(fields: Headers) -> int:
    return sum(len(name) + len(value) for name, value in fields)


def is_worth(delta: int, complete: int) -> bool:
    """Return whether a difference of `delta` bytes is stored in place of a complete list of `complete` bytes."""
    return delta * _WORTH <= complete


def has_form(value: JsonValue) -> bool:
    """Return whether a value has one of the two stored forms."""
    if isinstance(value, list):
        return all(_is_pair(item) for item in value)
    if not isinstance(value, dict):
        return False
    if _ALL in value:
        items = value[_ALL]
        if len(value) != 1 or not isinstance(items, list) or len(items) > MOST_FIELDS:
            return False
        return all(_is_place(item) or _is_pair(item) for item in items)
    return all(place.isdecimal() and place.isascii() and isinstance(text, str) for place, text in value.items())


def _pair(item: JsonValue) -> tuple[str, str]:
    if not isinstance(item, list | tuple):
        raise TypeError("no pair")
    name, value = item
    return _text(name), _text(value)


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _place(place: int) -> int:
    if place < 0:
        raise ValueError("no place")
    return place


def _is_place(item: JsonValue) -> bool:
    return type(item) is int and item >= 0


def _is_pair(item: JsonValue) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item)
