"""Parsing of a watchlist's TOML within bounds."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from monitor.limits import cut
from pagewitness.validation_messages import escaped_line
from pagewitness.watchlist.bounds import MAX_DEPTH, deep_key_line, long_number_line, nested_line
from pagewitness.watchlist.errors import HEADER, KEY, WatchlistError

_MAX_SYNTAX_LENGTH = 200
_INLINE = re.compile(r"Duplicate inline table key '(.*)'")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def tables(text: str, source: str) -> dict[str, Any]:
    """Parse the tables of a file.

    Raises:
        WatchlistError: The text is not TOML, or exceeds what the parser can safely process.
    """
    line = deep_key_line(text)
    if line is not None:
        raise _refused(source, line, f"a key has many parts; no key here needs more than {MAX_DEPTH}")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WatchlistError([_not_toml(str(error), text, source)]) from None
    except RecursionError:
        line = nested_line(text)
        raise _refused(source, line, "arrays or inline tables are nested too deep; no value here needs that") from None
    except ValueError:  # an integer of more digits than Python converts
        line = long_number_line(text)
        raise _refused(source, line, "a number has too many digits; write a smaller one") from None


def _refused(source: str, line: int | None, message: str) -> WatchlistError:
    return WatchlistError([escaped_line(f"{source}{'' if line is None else f':{line}'}: {message}")])


def _not_toml(message: str, text: str, source: str) -> str:
    at = _AT.search(message)
    line, column = (at[1], at[2]) if at and at[1] else (str(text.count("\n") + 1), None)
    twice = _duplicate(message, text.split("\n")[: int(line)])
    if twice is not None:
        return escaped_line(f"{source}:{twice[0]}: {twice[1]}")
    what = cut(_AT.sub("", message), _MAX_SYNTAX_LENGTH)
    where = f"column {column}" if column else "at the end of the file"
    return escaped_line(f"{source}:{line}: this is not TOML: {what} ({where})")


def _duplicate(message: str, lines: list[str]) -> tuple[int, str] | None:
    """Return the line of a key or table that is given twice, and a message that names the first one; None for other errors.

    Args:
        message: The parser's message.
        lines: The lines up to the one that it names, which is the last one of the second value.
    """
    if not message.startswith(("Cannot overwrite", "Cannot declare", "Duplicate inline")):
        return None
    line = next(
        (
            number
            for number in range(len(lines), 0, -1)
            if KEY.match(lines[number - 1]) or HEADER.match(lines[number - 1])
        ),
        0,
    )
    if not line:
        return None
    inline = _INLINE.match(message)
    if inline is not None:
        return line, f"{cut(inline[1], _MAX_SYNTAX_LENGTH)} is given twice in one inline table; keep one"
    header = HEADER.match(lines[line - 1])
    if header is not None:
        name = header[0].strip()
        first = next((number for number in range(1, line) if lines[number - 1].strip().startswith(name)), None)
        return None if first is None else (line, f"{name} is given twice, first in line {first}; write it once")
    key = key_in(lines[line - 1])
    first = None
    for number in range(line - 1, 0, -1):
        if HEADER.match(lines[number - 1]):
            break
        first = number if key_in(lines[number - 1]) == key else first
    return (
        None
        if first is None
        else (
            line,
            f"{cut(str(key), _MAX_SYNTAX_LENGTH)} is given twice in this table, first in line {first}; keep one",
        )
    )


def key_in(line: str) -> str | None:
    """Return the key that a line sets; None if it sets none."""
    match = KEY.match(line)
    return None if match is None else next(name for name in match.groups() if name is not None)
