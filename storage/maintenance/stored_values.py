"""Check that times and JSON values of a database file of unknown origin have the form in which they are written.

Reading them relies on it: a header field that is not a pair, or a day that no month has, would fail far from the file. JSON that can be derived again, and the
definitions of channels and rules, are left out: their readers accept any text, see `storage.database.columns.DerivedJson` and
`storage.watched.stored_definitions`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column

from monitor.model import JsonValue
from storage.archive.header_delta import has_form
from storage.database.columns import UtcDateTime
from storage.schema import exchanges, facts, pages, tombstones
from storage.watched.declarations import fact_from_json, fact_to_json, request_from_json, request_to_json

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}")


def add_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL functions that the conditions of `form_of` call."""
    for name, check in _FUNCTIONS.items():
        connection.create_function(name, 1, check, deterministic=True)


def form_of(column: Column[Any]) -> str | None:
    """Return the SQL condition that a column's values other than null must satisfy, in addition to type and length; None if there is none."""
    if isinstance(column.type, UtcDateTime):
        return f'is_time("{column.name}")'
    form = _FORMS.get((column.table.name, column.name))
    return form and f'{form}("{column.name}")'


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _json(accepts: Callable[[JsonValue], bool]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return accepts(json.loads(text))
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            return False

    return check


def _are_pairs(value: JsonValue) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and _are_texts(pair) for pair in value
    )


def _are_texts(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_objects(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _is_fact(value: JsonValue) -> bool:
    """Whether a definition is written exactly as read, and its texts are texts."""
    source = value.get("source", {})
    texts = [
        value.get("pattern", ""),
        value.get("inside", ""),
        *source.values(),
        *value["terms"],
        *value.get("under", ()),
        *value.get("near", ()),
    ]
    return _are_texts(texts) and bool(fact_to_json(fact_from_json("", value)) == value)


def _is_request(value: JsonValue) -> bool:
    """Whether the settings of requests are written exactly as read, and their texts are texts."""
    if not isinstance(value, dict):
        return False
    fields = [*value.get("headers", {}).items(), *value.get("cookies", {}).items(), value.get("basic_auth", ())]
    texts = [text for field in fields for text in field]
    return _are_texts([*texts, value.get("proxy", "")]) and bool(request_to_json(request_from_json(value)) == value)


_FUNCTIONS: Mapping[str, Callable[[str], bool]] = {
    "is_time": _is_time,
    "are_headers": _json(has_form),
    "are_pairs": _json(_are_pairs),
    "are_texts": _json(_are_texts),
    "are_objects": _json(_are_objects),
    "is_fact": _json(_is_fact),
    "is_request": _json(_is_request),
}
_FORMS: Mapping[tuple[str, str], str] = {
    **{(exchanges.name, name): "are_headers" for name in ("request_headers", "response_headers")},
    **{
        (pages.name, name): "are_texts"
        for name in ("facts", "mute", "always_report", "windows", "tags", "selected", "left_out")
    },
    (pages.name, "request"): "is_request",
    (pages.name, "inherited"): "are_pairs",
    (tombstones.name, "checks"): "are_objects",
    (facts.name, "definition"): "is_fact",
}
