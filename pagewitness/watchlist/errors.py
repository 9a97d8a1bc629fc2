"""Errors in a watchlist, reported with the file name, the line, the entry and the key."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from monitor.errors import ConfigurationError
from monitor.limits import cut
from pagewitness.validation_messages import escaped_line, explain, near, one_of, render_value

_SECRET_KEYS = frozenset(
    {"password", "secret", "headers", "cookies", "basic_auth", "proxy", "token", "topic", "fields"}
)
HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?")
KEY = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]+))\s*=")
_LONG_QUOTES = re.compile(r'"""|\'\'\'')
_USER_INFO = re.compile(r"//[^/@]*@")
_MAX_ERRORS = 100  # maximum number of problems listed
_MAX_MESSAGE_LENGTH = 2000
_MAX_TITLE_LENGTH = 200
_MAX_NAMES = 20


_NAME_KEYS = {"page": "url", "host": "match"}
_RENAMED = {"noise": "mute", "heed": "always_report"}


class WatchlistError(ConfigurationError):
    """A watchlist cannot be used.

    Attributes:
        problems: One line for each error, in the order of the file.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class LineNumbers:
    """Line numbers of the tables and keys of a watchlist. The scanner supports the usual layouts, not all of TOML."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str | int, ...], int] = {}
        self._scan(text)

    def line(self, kind: str, index: int | None = None, key: str | None = None) -> int | None:
        """Return the line of a key, or of its table's header if the key is not found; None if neither is found.

        Args:
            kind: "page", "host", "defaults", "fact", "channel" or "rule", or another top-level key.
            index: Index of the entry of that kind, from 0; None for `kind` itself.
            key: A key of that table; None for the table's header.
        """
        for place in ((kind, index, key), (kind, index), (kind,)):
            line_number = self._lines.get(tuple(part for part in place if part is not None))
            if line_number is not None:
                return line_number
        return None

    def _scan(self, text: str) -> None:
        table: tuple[str | int, ...] = ()
        counts: dict[str, int] = {}
        in_long_text = False
        for number, line in enumerate(text.split("\n"), start=1):  # TOML has no other line breaks
            if not in_long_text:
                if header := HEADER.match(line):
                    index = counts[header[1]] = counts.get(header[1], -1) + 1
                    table = (header[1], index)
                    self._lines.setdefault((header[1],), number)
                    self._lines[table] = number
                elif key := KEY.match(line):
                    self._lines.setdefault((*table, next(name for name in key.groups() if name is not None)), number)
            in_long_text ^= len(_LONG_QUOTES.findall(line)) % 2 == 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One table as written: its index among those of its kind, from 0, and its keys."""

    kind: str
    index: int
    raw: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Its name in messages."""
        return title(self.kind, self.index, self.raw)


class ErrorCollector:
    """Collects the errors of one watchlist. Any `about` method may raise WatchlistError: collecting stops at 100 errors."""

    def __init__(self, source: str, text: str) -> None:
        self._source = source
        self._line_numbers = LineNumbers(text)
        self._collected: list[tuple[int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._collected)

    def place(self, entry: Entry, key: str) -> str:
        """Return where a key of an entry is written, "list.toml:7"; without the line if it is not found."""
        line = self._line_numbers.line(entry.kind, entry.index, key)
        return self._source if line is None else f"{self._source}:{line}"

    def add_to_file(self, message: str, key: str | None = None) -> None:
        """Add an error about the file as a whole, or about a top-level key."""
        self._add(None if key is None else self._line_numbers.line(key), message)

    def add(self, kind: str, index: int, entry: object, key: str | None, message: str) -> None:
        """Add an error about an entry, or about one key of it.

        Args:
            kind: "page", "host", "defaults", "fact", "channel" or "rule".
            index: Index of the entry of that kind, from 0; messages count from 1.
            entry: The entry as written, for its name.
            key: The key, such as "every" or "to[2]"; None for the entry as a whole.
            message: The value found and the values allowed.
        """
        line = self._line_numbers.line(kind, index, None if key is None else key.partition("[")[0])
        self._add(line, f"{title(kind, index, entry)}{'' if key is None else ' ' + key}: {message}")

    def add_to_entry(self, entry: Entry, key: str | None, message: str) -> None:
        """Add an error about an entry, or about one key of it; see `add`."""
        self.add(entry.kind, entry.index, entry.raw, key, message)

    def add_to_value(self, raw: Mapping[str, Any], path: tuple[str | int, ...], message: str) -> None:
        """Add an error about a value in any table.

        Args:
            raw: The parsed file.
            path: The keys and indexes, from 0, that lead to the value.
            message: The value found and the values allowed.
        """
        kind, *inner = path
        if len(inner) > 1 and isinstance(inner[0], int):
            index, key = inner[0], _key(inner[1:])
            self.add(str(kind), index, raw[str(kind)][index], key, message)
        else:
            self._add(self._line_numbers.line(str(kind)), f"{_key(path)}: {message}")

    def add_validation_error(
        self, entry: Entry, error: ErrorDetails, model: type[BaseModel], *, note: str = ""
    ) -> None:
        """Add a Pydantic error about one entry, raised by validation against `model`, and a note on it."""
        kind = entry.kind
        path = [part for part in error["loc"] if part != "[key]"]  # Pydantic's mark of an error about a key itself
        names = [_name(part) for part in path]
        key = _key(path) if path else None
        secret_keys = _SECRET_KEYS | {"url", "urls"} if kind == "channel" else _SECRET_KEYS
        message = explain(error, secret=not secret_keys.isdisjoint(names[:1]))
        if error["type"] == "extra_forbidden":
            inner = _table_at(model, names[:-1])
            keys = [field.alias or name for name, field in inner.model_fields.items()]
            takes = f"{'' if kind == 'defaults' else 'a '}{kind} takes" if inner is model else "it takes"
            renamed = f"; it is called {_RENAMED[names[-1]]} now" if names[-1] in _RENAMED else ""
            message = f"there is no such key{renamed or near(names[-1], keys)}; {takes} {', '.join(keys)}"
        self.add_to_entry(entry, key, message + note)

    def error(self) -> WatchlistError:
        """Return an exception with all collected errors, in the order of the file."""
        return WatchlistError([text for _, text in sorted(self._collected, key=lambda item: item[0])])

    def _add(self, line: int | None, message: str) -> None:
        where = self._source if line is None else f"{self._source}:{line}"
        self._collected.append((line or 0, cut(escaped_line(f"{where}: {message}"), _MAX_MESSAGE_LENGTH)))
        if len(self._collected) >= _MAX_ERRORS:
            self._collected.append(
                (sys.maxsize, f"{self._source}: only the first {_MAX_ERRORS} problems are listed; there may be more")
            )
            raise self.error()


def _name(part: str | int) -> str:
    return str(part + 1) if isinstance(part, int) else part


def _key(path: Sequence[str | int]) -> str:
    """Format a path of keys and indexes (from 0) for messages, which count from 1: 'to[2]'."""
    first, *rest = (cut(_name(part), _MAX_TITLE_LENGTH) for part in path)
    return first + "".join(f"[{name}]" for name in rest[:_MAX_NAMES]) + ("…" if len(rest) > _MAX_NAMES else "")


def _table_at(model: type[BaseModel], keys: Sequence[str]) -> type[BaseModel]:
    """Return the nested table model under these keys; the innermost known one if a key is unknown."""
    for key in keys:
        inner_field = next(
            (inner_field for name, inner_field in model.model_fields.items() if (inner_field.alias or name) == key),
            None,
        )
        inner = _component_types(inner_field.annotation) if inner_field is not None else []
        model = next((part for part in inner if isinstance(part, type) and issubclass(part, BaseModel)), model)
    return model


def _component_types(annotation: Any) -> list[Any]:
    """Return a type and, recursively, all types it is composed of."""
    return [annotation, *(part for inner in get_args(annotation) for part in _component_types(inner))]


def title(kind: str, index: int, entry: object) -> str:
    """Return the name of an entry in messages: 'page[2] (https://example.org/)'."""
    name = entry.get(_NAME_KEYS.get(kind, "name")) if isinstance(entry, Mapping) else None
    return (kind if kind == "defaults" else f"{kind}[{index + 1}]") + (
        f" ({cut(_USER_INFO.sub('//…@', name), _MAX_TITLE_LENGTH)})" if isinstance(name, str) and name else ""
    )


def unknown_name(what: str, name: str, names: Collection[str]) -> str:
    """Return the message for an undeclared name: 'there is no fact "x" (did you mean "y"?); declared: y, z'."""
    more = f" and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else ""
    declared = f"declared: {', '.join(islice(names, _MAX_NAMES))}{more}" if names else f"no {what} is declared"
    return f"there is no {what} {render_value(name)}{near(name, names)}; {declared}"


def unknown_type(value: object, types: Sequence[str]) -> str:
    """Return the message for a channel whose type is missing or unknown."""
    choices = one_of([render_value(name) for name in types])
    if value is None:
        return f"missing; it takes {choices}"
    return f"found {render_value(value)}; it takes {choices}{near(str(value), types)}"
