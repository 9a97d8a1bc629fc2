"""Parsing of a watchlist's TOML within bounds."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from monitor.limits import cut
from pagewitness.validation_messages import escaped_line
from pagewitness.watchlist.bounds import MAX_DEPTH, deep_key_line, long_number_line, nested_line
from pagewitness.watchlist.errors import WatchlistError

_MAX_SYNTAX_LENGTH = 200
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
    what = cut(_AT.sub("", message), _MAX_SYNTAX_LENGTH)
    where = f"column {column}" if column else "at the end of the file"
    return escaped_line(f"{source}:{line}: this is not TOML: {what} ({where})")
