"""The manifest of a folder with saved pages: one JSON object per line, checked before anything is imported."""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.errors import ConfigurationError
from monitor.limits import cut
from monitor.urls import usable
from pagewitness.files import Unreadable, check_regular, read_regular
from pagewitness.times import utc_time
from pagewitness.validation_messages import escaped_line, render_value

MANIFEST = "manifest.jsonl"
MAX_MANIFEST_BYTES = 256 * 1024 * 1024
"""Maximum size of a manifest."""
MAX_ROWS = 1_000_000
MAX_LINE_BYTES = 64 * 1024
"""Maximum length of a manifest line, in bytes."""
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
"""Default maximum size of a saved page, in bytes."""
_MAX_FIELD_LENGTH = 1000
_MAX_MESSAGE_LENGTH = 500
_MAX_LISTED = 20  # maximum number of a manifest's problems listed
# From the epoch, a common default of broken tools, to a year that leaves room below 9999 for any interval added to a date.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One saved page.

    Attributes:
        url: The normalised URL.
        date: When it was saved.
        file: The file with its bytes.
        status: The HTTP status it was served with.
        content_type: The Content-Type it was served with, or the one implied by its file name.
    """

    url: str
    date: datetime
    file: Path
    status: int
    content_type: str


def read_manifest(place: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> list[SavedPage]:
    """Read the saved pages of a folder or manifest file, oldest first.

    Args:
        place: The folder, or the manifest in it.
        max_bytes: Maximum size of a saved page in bytes.

    Raises:
        ConfigurationError: There is no manifest, or some of its lines are wrong; the message names each.
    """
    manifest = place / MANIFEST if os.path.isdir(place) else place  # noqa: PTH112 (Path.is_dir raises where a name is too long)
    saved_pages: list[SavedPage] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(manifest), 1):
        if not line.strip():
            continue
        try:
            saved_pages.append(_saved_page(_row(line), manifest.parent, max_bytes))
        except ValueError as error:
            problems.append(cut(escaped_line(f"{manifest}:{number}: {error}"), _MAX_MESSAGE_LENGTH))
    if problems:
        more = [f"… and {len(problems) - _MAX_LISTED} more"] if len(problems) > _MAX_LISTED else []
        raise ConfigurationError("\n".join(problems[:_MAX_LISTED] + more))
    return sorted(saved_pages, key=lambda saved_page: saved_page.date)


def _lines(manifest: Path) -> list[bytes]:
    """Return the lines of a manifest, split as JSON Lines defines: U+2028 and similar characters may occur in a text.

    Raises:
        ConfigurationError: The file does not exist or cannot be read.
    """
    try:
        content = read_regular(manifest, MAX_MANIFEST_BYTES)
    except Unreadable as error:
        hint = f'a folder to import has a {MANIFEST} with lines {{"url", "date", "file"}}'
        raise ConfigurationError(escaped_line(f"{manifest}: {error}; {hint}")) from None
    rows = content.count(b"\n")
    if rows > MAX_ROWS:
        raise ConfigurationError(
            escaped_line(f"{manifest}: it has {rows:,} lines; split it into parts of {MAX_ROWS:,}")
        )
    return content.split(b"\n")


def _row(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"the line has {len(line):,} bytes; it may have {MAX_LINE_BYTES:,}")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start + 1}); save the manifest as UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError('this is nested too deep; a line is one flat object, {"url", "date", "file"}') from None
    except ValueError:  # Python converts no integer of more than 4300 digits
        raise ValueError("a number has too many digits; write a smaller one") from None
    if isinstance(row, dict):
        return row
    raise ValueError('a line is one object, {"url", "date", "file"}')


def _saved_page(row: Mapping[str, Any], folder: Path, max_bytes: int) -> SavedPage:
    name = _text(row, "file")
    file = _file(name, folder, max_bytes)
    guessed = mimetypes.guess_type(file.name)[0] or "text/html"
    return SavedPage(
        url=usable(_text(row, "url")),
        date=_date(_text(row, "date")),
        file=file,
        status=_status(row),
        content_type=_content_type({"content_type": guessed, **row}),
    )


def _file(name: str, folder: Path, max_bytes: int) -> Path:
    """Return a row's file, which must be readable and, with links resolved, inside the folder.

    Raises:
        ValueError: It is not.
    """
    file = folder / name
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
    except (
        OSError,
        RuntimeError,
        ValueError,
    ):  # an impossible file name, or links that form a cycle
        inside = True
    if not inside:
        raise ValueError(f"the file {render_value(name)} lies outside the folder")
    try:
        check_regular(file, max_bytes)
    except Unreadable as error:
        raise ValueError(f"the file {render_value(name)}: {error}") from None
    return file


def _text(row: Mapping[str, Any], key: str) -> str:
    if isinstance(row.get(key), str):
        return str(row[key])
    raise ValueError(f'"{key}" takes text, not {render_value(row[key])}' if key in row else f'"{key}" is missing')


def _status(row: Mapping[str, Any]) -> int:
    status = row.get("status", 200)
    if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 999:
        return status
    raise ValueError(f'"status" takes a number from 100 to 999, such as 200, not {render_value(status)}')


def _content_type(row: Mapping[str, Any]) -> str:
    text = _text(row, "content_type")
    if len(text) <= _MAX_FIELD_LENGTH and text.isascii() and text.isprintable():
        return text
    raise ValueError(
        f'"content_type" takes one line of plain ASCII such as "text/html; charset=utf-8", not {render_value(text)}'
    )


def _date(text: str) -> datetime:
    time = utc_time(text)
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError(
            f"{render_value(text)} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}, in which pages are saved"
        )
    return time
