"""Response head: status line and header fields, of bounded size, parsed as browsers do; an incomplete head is an error.

`http.client` accepts at most 100 fields, stops at the first line that is not a field, and accepts a truncated head as complete. Fields are therefore
parsed here, and `http.client` receives only the fields that determine where the body ends.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from typing import Any

MAX_FIELDS = 1_000
"""Header lines of one response. Pages of large vendors send more than 100; browsers bound the bytes only."""
MAX_HEAD_BYTES = 256 * 1024
"""Bytes of one response's header lines; the bound that browsers use."""
MAX_INTERIM = 32
"""Interim responses (RFC 9110 §15.2) before the final one."""

_SWITCHING_PROTOCOLS = 101
_WHERE_IT_ENDS = ("connection", "content-length", "keep-alive", "proxy-connection")

Fields = list[tuple[str, str]]
"""Names and values as received, in order."""


class WholeResponse(http.client.HTTPResponse):
    """A response whose head is parsed by `read_fields`, and that skips every interim response; the standard library takes 102 and 103 for the final one."""

    _head: _Head

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Read the head. Called by the connection.

        Raises:
            http.client.HTTPException: The head is invalid, exceeds the bounds, or is incomplete.
        """
        fp, self._head = self.fp, _Head(self.fp)
        self.fp = self._head  # type: ignore[assignment]
        try:
            super().begin(*args, **kwargs)
        finally:
            if self.fp is not None:
                self.fp = fp
        self.headers = self.msg = _message(self._head.fields)

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MAX_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            fields = self._head.read_fields()
            if status >= 200 or status == _SWITCHING_PROTOCOLS:
                self._head.offer(fields)
                return version, status, reason
        raise http.client.HTTPException(f"more than {MAX_INTERIM} interim responses")


class _Head:
    """File object from which `http.client` reads the head: the status line as sent, then only the fields it needs."""

    def __init__(self, fp: Any) -> None:
        self._fp = fp
        self._offered: Iterator[bytes] | None = None
        self.fields: Fields = []

    def readline(self, limit: int) -> bytes:
        if self._offered is not None:
            return next(self._offered, b"")
        line: bytes = self._fp.readline(limit)
        # The standard library reports a first line that is not HTTP.
        if not line.endswith(b"\n") and len(line) < limit and line.startswith(b"HTTP/"):
            raise http.client.IncompleteRead(line)
        return line

    def read_fields(self) -> Fields:
        return read_fields(self._fp)

    def offer(self, fields: Fields) -> None:
        self.fields = fields
        self._offered = iter([*_framing(fields), b"\r\n"])

    def close(self) -> None:
        self._fp.close()


def read_fields(fp: Any) -> Fields:
    """Return the header fields up to the empty line that ends them.

    White space around names and values is dropped, a folded value is joined by a space (RFC 9112 §5.2), and a line that is not a field is skipped, all as
    browsers do. Bytes are decoded as Latin-1, so that every value can be represented.

    Args:
        fp: A binary file with `readline`.

    Raises:
        http.client.IncompleteRead: The fields end before the empty line.
        http.client.HTTPException: More than `MAX_FIELDS` lines, or `MAX_HEAD_BYTES`.
    """
    fields: list[tuple[str, list[str]]] = []
    remaining = MAX_HEAD_BYTES
    for _ in range(MAX_FIELDS + 1):
        line: bytes = fp.readline(remaining + 1)
        remaining -= len(line)
        if remaining < 0:
            raise http.client.HTTPException(f"more than {MAX_HEAD_BYTES:,} bytes of header fields")
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        text = line.decode("latin-1").rstrip("\r\n")
        if not text:
            return [(name, " ".join(filter(None, values))) for name, values in fields]
        if text[0] in " \t":
            if fields:
                fields[-1][1].append(text.strip(" \t"))
            continue
        name, colon, value = text.partition(":")
        if colon and name.strip(" \t"):
            fields.append((name.strip(" \t"), [value.strip(" \t")]))
    raise http.client.HTTPException(f"more than {MAX_FIELDS:,} header fields")


def _framing(fields: Fields) -> Iterator[bytes]:
    """Yield the fields that determine where the body ends and whether the connection stays open, one line per name, with no embedded line breaks."""
    codings = [coding.lower() for coding in _elements(fields, "transfer-encoding") if coding.lower() != "identity"]
    if codings[-1:] == ["chunked"]:
        yield b"Transfer-Encoding: chunked\r\n"
    for name in _WHERE_IT_ENDS:
        # A transfer coding overrides the length (RFC 9112 §6.3).
        if name != "content-length" or not codings:
            elements = _elements(fields, name)
            wanted = elements[:1] if name == "content-length" else elements
            if wanted:
                yield f"{name}: {' '.join(', '.join(wanted).split())}\r\n".encode("latin-1")


def _elements(fields: Fields, name: str) -> Sequence[str]:
    """Return the list elements of all fields of a name, in order, without empty elements."""
    values = [value for key, value in fields if key.lower() == name]
    return [element.strip() for value in values for element in value.split(",") if element.strip()]


def _message(fields: Fields) -> http.client.HTTPMessage:
    message = http.client.HTTPMessage()
    for name, value in fields:
        message.set_raw(name, value)
    return message
