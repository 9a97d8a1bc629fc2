"""Messages for invalid values: the value found, the values allowed, and the one probably meant."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic_core import ErrorDetails

from monitor.limits import cut

_LONGEST_SHOWN = 60
_LONGEST_COMPARED = 100  # characters; comparing two texts takes time that grows with the product of their lengths
_MOST_COMPARED = 1000

_ALLOWED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_type": lambda _: "it takes true or false",
    "bool_parsing": lambda _: "it takes true or false",
    "int_type": lambda _: "it takes a whole number",
    "int_parsing": lambda _: "it takes a whole number",
    "int_from_float": lambda _: "it takes a whole number",
    "int_parsing_size": lambda _: "it takes a smaller number",
    "float_parsing": lambda _: "it takes a number",
    "finite_number": lambda _: "it takes a finite number",
    "string_type": lambda _: "it takes a text in quotes",
    "string_too_short": lambda _: "it may not be empty",
    "list_type": lambda _: 'it takes a list, such as ["one", "two"]',
    "too_short": lambda _: "it may not be empty",
    "too_long": lambda bounds: f"it may have at most {bounds['max_length']} entries",
    "dict_type": lambda _: "it takes a table of keys",
    "model_type": lambda _: "it takes a table of keys",
    "less_than": lambda bounds: f"it must be below {bounds['lt']}",
    "greater_than": lambda bounds: f"it must be above {bounds['gt']}",
    "greater_than_equal": lambda bounds: f"it must be {bounds['ge']} or more",
    "less_than_equal": lambda bounds: f"it must be {bounds['le']} or less",
    "literal_error": lambda expected: f"it takes {expected['expected']}",
    "enum": lambda expected: f"it takes {expected['expected']}",
}


def near(name: str, choices: Iterable[str]) -> str:
    """Return ' (did you mean "…"?)' if one of the first 1,000 choices is close to `name`, otherwise ""."""
    if len(name) > _LONGEST_COMPARED:
        return ""
    compared = [choice for choice in islice(choices, _MOST_COMPARED) if len(choice) <= _LONGEST_COMPARED]
    matches = difflib.get_close_matches(name, compared, n=1, cutoff=0.6)
    return f' (did you mean "{matches[0]}"?)' if matches else ""


def one_of(choices: Iterable[str]) -> str:
    """Join the choices in prose: 'a, b or c'."""
    *front, last = choices
    return f"{', '.join(front)} or {last}" if front else last


def render_value(value: object) -> str:
    """Return a value as it is written in a file, on one line, shortened if it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):  # nested too deep, or an integer of more digits than Python converts
        text = "what is too large to show"
    return cut(text, _LONGEST_SHOWN)


def inline_secret_warning(channel: str, keys: Sequence[str]) -> str:
    """Return the warning that a channel's keys contain secrets themselves."""
    return f'channel {render_value(channel)} has its secret in {" and ".join(keys)}; write "env:NAME" or "file:PATH", and neither the watchlist nor the database contains it'


def escaped_line(text: str) -> str:
    """Escape line breaks and other control characters, so that a quoted value cannot disturb the message around it."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def explain(error: ErrorDetails, *, secret: bool = False) -> str:
    """Return one line for one Pydantic error: the value found and the values allowed.

    Args:
        error: An element of `ValidationError.errors()`.
        secret: Whether to omit the value.
    """
    context = error.get("ctx", {})
    if error["type"] == "missing":
        return "missing; it must be given"
    if error["type"] == "value_error":
        return str(context["error"])  # our own validators write complete messages
    allowed = _ALLOWED.get(error["type"])
    text = allowed(context) if allowed else error["msg"]
    if secret:
        return text
    value = error["input"]
    guess = (
        near(value, context["expected"].replace("'", "").replace(" or ", ", ").split(", ")) if _is_choice(error) else ""
    )
    return f"found {render_value(value)}; {text}{guess}"


def _is_choice(error: ErrorDetails) -> bool:
    return error["type"] in {"enum", "literal_error"} and isinstance(error["input"], str)
