"""HTTP messages in WARC records: the head of an exchange as bytes, and back. Pure.

Bodies are stored content-decoded and without chunks, so the fields that describe the message as sent get the prefix X-Orig-, as browsertrix-crawler
writes them, and Content-Length is the length of what the record contains. `received_headers` reverses this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.model import Exchange, Headers

_PREFIX = "X-Orig-"
_SPACE = " \t\r"  # str.strip would remove characters of other encodings too
_ENCODING, _LENGTH, _CHUNKED = "content-encoding", "content-length", "transfer-encoding"
_UNDONE = ("gzip", "x-gzip", "deflate")
_FRAMING = (f"{_PREFIX}{_LENGTH}".lower(), f"{_PREFIX}{_CHUNKED}".lower())
_RENAMED = re.compile(rf"(?i)(?:{_PREFIX})+(?:{_ENCODING}|{_LENGTH}|{_CHUNKED})")
_STATUS_LINE = re.compile(r"(?i)(HTTP/[0-9.]{1,8})[ \t]+([1-9][0-9]{2})(?![0-9])(?:[ \t]+(.*))?", re.DOTALL)
_REQUEST_LINE = re.compile(r"([A-Za-z]{1,20})[ \t]+(\S+)[ \t]+HTTP/[0-9.]{1,8}\s*")
_BREAKS = re.compile(r"[\r\n\0]+[ \t]*")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of a response.

    Attributes:
        http_version: "HTTP/1.1".
        status: The status code.
        reason: The reason phrase; "" if there is none.
        headers: In the order of the record, each character one byte (ISO 8859-1), as in `monitor.model.Exchange`.
    """

    http_version: str
    status: int
    reason: str
    headers: Headers


def recorded_headers(headers: Headers, *, is_decoded: bool, length: int) -> Headers:
    """Return the header fields of a record with a stored body.

    Args:
        headers: As received.
        is_decoded: Whether a content coding was undone.
        length: Length of the stored body in bytes.
    """
    chunked = any(name.lower() == _CHUNKED for name, _ in headers)
    lengths = [value for name, value in headers if name.lower() == _LENGTH]
    is_replaced = chunked or (bool(lengths) and lengths != [str(length)])
    renamed = {_CHUNKED, *((_ENCODING,) if is_decoded else ()), *((_LENGTH,) if is_replaced else ())}
    fields = tuple(
        # A field that was received with the prefix gets another one, so that both remain distinct.
        (f"{_PREFIX}{name}" if name.lower() in renamed or _RENAMED.fullmatch(name) else name, value)
        for name, value in headers
    )
    return (*fields, ("Content-Length", str(length))) if is_replaced else fields


def received_headers(headers: Headers) -> Headers:
    """Return the header fields as received: the reverse of `recorded_headers`, also for files of browsertrix-crawler."""
    fields = list(headers)
    if any(name.lower() in _FRAMING for name, _ in fields):
        lengths = [index for index, (name, _) in enumerate(fields) if name.lower() == _LENGTH]
        if lengths:
            del fields[lengths[-1]]
    return tuple((name[len(_PREFIX) :] if _RENAMED.fullmatch(name) else name, value) for name, value in fields)


def is_undone_in_fetches(item: Exchange) -> bool:
    """Return whether the content coding of a response is one that fetching undoes, so that no stored body has it."""
    codings = (item.header("Content-Encoding") or "").lower().split(",")
    return all(coding.strip() in _UNDONE for coding in codings)


def response_head(item: Exchange, headers: Headers) -> bytes:
    """Return the status line and these header fields, with the empty line after them."""
    return _head(f"{item.http_version or 'HTTP/1.1'} {item.status} {item.reason}", headers)


def request_head(item: Exchange) -> bytes:
    """Return a request's head. Host is not part of an archived request, because it repeats the URL."""
    parts = urlsplit(item.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    has_host = any(name.lower() == "host" for name, _ in item.request_headers)
    host: Headers = () if has_host else (("Host", parts.netloc),)
    return _head(f"GET {target} HTTP/1.1", (*host, *item.request_headers))


def split_message(block: bytes) -> tuple[bytes, bytes]:
    """Split an HTTP message into its head, without the empty line, and the rest."""
    end = _END_OF_HEAD.search(block)
    return (block, b"") if end is None else (block[: end.start()], block[end.end() :])


def read_response_head(head: bytes) -> ResponseHead:
    """Parse the head of a response.

    Raises:
        ValueError: It does not begin with a status line.
    """
    first, *rest = _lines(head)
    match = _STATUS_LINE.match(first)
    if match is None:
        raise ValueError("it does not begin with an HTTP status line")
    return ResponseHead(match[1].upper(), int(match[2]), (match[3] or "").strip(_SPACE), _fields(rest))


def read_request_head(head: bytes) -> tuple[str, Headers]:
    """Parse the head of a request; return its method, and its header fields without Host.

    Raises:
        ValueError: It does not begin with a request line.
    """
    first, *rest = _lines(head)
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise ValueError("it does not begin with an HTTP request line")
    return match[1].upper(), tuple(field for field in _fields(rest) if field[0].lower() != "host")


def encoded(text: str) -> bytes:
    """Return a header's text as the bytes that were received; characters that no byte stands for as UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _head(first: str, headers: Headers) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return b"".join(encoded(_BREAKS.sub(" ", line)) + b"\r\n" for line in lines) + b"\r\n"


def _lines(head: bytes) -> list[str]:
    """Return the lines of a head, continued ones (RFC 9112 §5.2) as one."""
    lines: list[list[str]] = []
    for line in head.decode("latin-1").split("\n"):
        text = line.rstrip("\r")
        if lines and text[:1] in (" ", "\t"):
            lines[-1].append(text.strip(_SPACE))
        else:
            lines.append([text])
    return [" ".join(parts) for parts in lines]


def _fields(lines: list[str]) -> Headers:
    pairs = (line.partition(":") for line in lines if ":" in line)
    return tuple((name.strip(_SPACE), value.strip(_SPACE)) for name, _, value in pairs if name.strip(_SPACE))
