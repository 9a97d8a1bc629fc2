"""How a wrong value is told to the person who wrote it: what was found, what is allowed, and what was probably meant."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from pydantic_core import ErrorDetails

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
    """' (did you mean "…"?)' where one of the first 1,000 choices is close to `name`; otherwise ""."""
    if len(name) > _LONGEST_COMPARED:
        return ""
    compared = [choice for choice in islice(choices, _MOST_COMPARED) if len(choice) <= _LONGEST_COMPARED]
    found = difflib.get_close_matches(name, compared, n=1, cutoff=0.6)
    return f' (did you mean "{found[0]}"?)' if found else ""


def one_of(choices: Iterable[str]) -> str:
    """The choices as people list them: 'a, b or c'."""
    *front, last = choices
    return f"{', '.join(front)} or {last}" if front else last


def render_value(value: object) -> str:
    """A value as it would be written in a file, in one line, shortened where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):  # nested too deep, or an integer of more digits than Python writes
        text = "what is too large to show"
    return shorten(text, _LONGEST_SHOWN)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of a text, with an ellipsis where it was longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str) -> str:
    """The text with line breaks and other control characters written as escapes, so that what was found cannot disturb what is said of it."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def explain(error: ErrorDetails, *, secret: bool = False) -> str:
    """One line for one error of Pydantic's: what was found and what is allowed.

    Args:
        error: As in `ValidationError.errors()`.
        secret: Whether the value may not be shown.
    """
    context = error.get("ctx", {})
    if error["type"] == "missing":
        return "missing; it must be given"
    if error["type"] == "value_error":
        return str(context["error"])  # our own validators say all there is to say
    allowed = _ALLOWED.get(error["type"])
    text = allowed(context) if allowed else error["msg"]
    if secret:
        return text
    found = error["input"]
    guess = (
        near(found, context["expected"].replace("'", "").replace(" or ", ", ").split(", ")) if _is_choice(error) else ""
    )
    return f"found {render_value(found)}; {text}{guess}"


def _is_choice(error: ErrorDetails) -> bool:
    return error["type"] in {"enum", "literal_error"} and isinstance(error["input"], str)
