"""Edits of a backup: lines of text that `apply` carries out on a database file. An input stays small, and what it changes stays readable.

| line | effect |
|---|---|
| `sql STATEMENT` | executes a statement, with the schema writable and constraints off |
| `frame TABLE ROW HEX` | replaces a row's content by the compressed form of these bytes |
| `bomb TABLE ROW SIZE LENGTH` | replaces a row's content by the compressed form of SIZE zero bytes, LENGTH recorded |
| `splice TABLE ROW PLACE COUNT HEX` | replaces bytes of a row's decompressed content |
| `set PLACE HEX` | overwrites bytes of the file |
| `copy PLACE PLACE COUNT` | copies bytes of the file |
| `cut LENGTH` | truncates the file |
| `add HEX` | appends bytes |

SQL is executed first. A line that cannot be carried out is skipped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from storage.archive.compression import ZstdError, keyframe, unpack

CONTENTS: Mapping[str, tuple[str, str, str, str]] = {
    "bodies": ("data", "length_bytes", "base_id", "depth"),
    "versions": ("blob", "blob_length", "blob_base_id", "blob_depth"),
}
"""Tables with compressed content: the columns of the frame, its length, its base and its depth."""

_MOST_EDITS, _MOST_BYTES, _MOST_BOMB_BYTES = 100, 64 * 1024**2, 200 * 1024**2
_STEPS = 2_000_000


def apply(edits: bytes, file: Path) -> None:
    """Carry out edits on a database file."""
    lines = [line for line in edits.decode("utf-8", "surrogateescape").split("\n") if line][:_MOST_EDITS]
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, isolation_level=None)) as connection:
        _prepare(connection)
        for line in lines:
            _edit_database(connection, line)
    data = bytearray(file.read_bytes())
    for line in lines:
        with suppress(ValueError, IndexError):
            _edit_bytes(data, line.split(" "))
    file.write_bytes(data[:_MOST_BYTES])


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in ("writable_schema=ON", "ignore_check_constraints=ON", "foreign_keys=OFF", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    steps = iter(range(_STEPS // 1000))
    # A statement may run a trigger or read a view that an earlier one created.
    connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


def _edit_database(connection: sqlite3.Connection, line: str) -> None:
    name, _, rest = line.partition(" ")
    with suppress(sqlite3.Error, sqlite3.Warning, ValueError, LookupError, ZstdError):
        if name == "sql":
            connection.execute(rest)
        elif name in _CONTENT_EDITS:
            table, row, *arguments = rest.split(" ")
            _CONTENT_EDITS[name](connection, table, int(row), arguments)


def _frame(connection: sqlite3.Connection, table: str, row: int, arguments: Sequence[str]) -> None:
    _store(connection, table, row, bytes.fromhex(arguments[0]))


def _bomb(connection: sqlite3.Connection, table: str, row: int, arguments: Sequence[str]) -> None:
    data, length, base, depth = CONTENTS[table]
    values = _zeros(min(int(arguments[0]), _MOST_BOMB_BYTES)), int(arguments[1]), row
    connection.execute(f"UPDATE {table} SET {data} = ?, {length} = ?, {base} = NULL, {depth} = 0 WHERE id = ?", values)


def _splice(connection: sqlite3.Connection, table: str, row: int, arguments: Sequence[str]) -> None:
    data, length, base, _ = CONTENTS[table]
    chain: list[tuple[bytes, int]] = []
    key: int | None = row
    while key is not None and len(chain) < 20:
        query = f"SELECT {data}, {length}, {base} FROM {table} WHERE id = ?"
        frame, size, key = connection.execute(query, (key,)).fetchone() or (b"", 0, None)
        chain.append((frame, size))
    content: bytes | None = None
    for frame, size in reversed(chain):
        content = unpack(frame, content, size)
    place, count = int(arguments[0]), int(arguments[1])
    content = content or b""
    place = place % (len(content) + 1)
    _store(connection, table, row, content[:place] + bytes.fromhex(arguments[2]) + content[place + count :])


def _store(connection: sqlite3.Connection, table: str, row: int, content: bytes) -> None:
    data, length, base, depth = CONTENTS[table]
    values = keyframe(content), len(content), row
    connection.execute(f"UPDATE {table} SET {data} = ?, {length} = ?, {base} = NULL, {depth} = 0 WHERE id = ?", values)


_CONTENT_EDITS: Mapping[str, Callable[[sqlite3.Connection, str, int, Sequence[str]], None]] = {
    "frame": _frame,
    "bomb": _bomb,
    "splice": _splice,
}


@cache
def _zeros(size: int) -> bytes:
    return keyframe(bytes(size))


def _edit_bytes(data: bytearray, words: Sequence[str]) -> None:
    if words[0] == "cut":
        del data[int(words[1]) :]
    elif words[0] == "add":
        data += bytes.fromhex(words[1])
    elif words[0] == "set":
        place, new = int(words[1]) % max(len(data), 1), bytes.fromhex(words[2])
        data[place : place + len(new)] = new
    elif words[0] == "copy":
        source, target, count = (int(word) for word in words[1:4])
        data[target : target + count] = data[source : source + count]
