"""Reads lists of pages of any supported format. Files and standard input enter here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pagewitness.files import Unreadable, read_regular
from pagewitness.page_lists.bookmarks import is_bookmark_file, read_bookmarks
from pagewitness.page_lists.model import MAX_BYTES, MAX_ENTRIES, ListError, PageEntry, PageList
from pagewitness.validation_messages import near, render_value
from pagewitness.watchlist.page_entries import without_comment

COLUMNS = ("url", "label", "tags", "every")
"""The columns of a CSV file, the first of which is required."""
_DELIMITERS = (",", ";", "\t")


def read_list(path: Path) -> PageList:
    """Read a list from a file.

    Raises:
        ListError: The file cannot be read, or is no list of pages.
    """
    try:
        content = read_regular(path, MAX_BYTES)
    except Unreadable as error:
        raise ListError(f"{path}: {error}") from None
    return parse_list(content, str(path), table=path.suffix.lower() in {".csv", ".tsv"})


def read_stream(stream: BinaryIO, name: str) -> PageList:
    """Read a list from a stream, such as standard input.

    Raises:
        ListError: It is longer than 64 MiB, or no list of pages.
    """
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ListError(f"{name}: it is longer than {MAX_BYTES:,} bytes, the most that is read here")
    return parse_list(content, name)


def parse_list(content: bytes, source: str, *, table: bool = False) -> PageList:
    """Parse a list: the bookmark export of a browser, CSV with a header that has a column url, or text with one URL a line.

    Args:
        content: UTF-8 text.
        source: The name used in messages.
        table: Whether it must be CSV.

    Raises:
        ListError: It is no list of pages.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ListError(f"{source}:{line}: this is not UTF-8 text; save the file as UTF-8") from None
    if is_bookmark_file(text):
        found = read_bookmarks(text, source)
    elif table or _is_header(text.partition("\n")[0]):
        found = PageList(tuple(_rows(text, source)))
    else:
        lines = ((number, without_comment(line)) for number, line in enumerate(text.split("\n"), start=1))
        found = PageList(tuple(PageEntry(f"{source}:{number}", line) for number, line in lines if line))
    if len(found.entries) > MAX_ENTRIES:
        raise ListError(f"{source}: it has {len(found.entries):,} pages; one list may have {MAX_ENTRIES:,}")
    if not found.entries:
        raise ListError(f"{source}: it has no web page")
    return found


def _is_header(line: str) -> bool:
    """Return whether a line is the header of a CSV file: several columns, one of which is url."""
    return (
        any(
            len(cells) > 1 and "url" in cells
            for cells in ([cell.strip().strip('"').lower() for cell in line.split(mark)] for mark in _DELIMITERS)
        )
        or line.strip().strip('"').lower() == "url"
    )


def _rows(text: str, source: str) -> Iterator[PageEntry]:
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [cell.strip().lower() for cell in next(rows, [])]
        _check_columns(names, source)
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            place = f"{source}:{rows.line_num}"
            if len(cells) > len(names):
                raise ListError(f"{place}: it has {len(cells)} cells, the header {len(names)}")
            values = dict(zip(names, cells, strict=False))
            yield PageEntry(place, values.pop("url", ""), dict(_settings(values)))
    except csv.Error as error:
        raise ListError(f"{source}:{rows.line_num}: this is no CSV: {error}") from None


def _check_columns(names: list[str], source: str) -> None:
    for name in names:
        if name not in COLUMNS:
            raise ListError(
                f"{source}:1: there is no such column as {render_value(name)}{near(name, COLUMNS)}; it takes {', '.join(COLUMNS)}"
            )
    if "url" not in names:
        raise ListError(
            f"{source}:1: the column url is missing; the first line names the columns: {', '.join(COLUMNS)}"
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ListError(f"{source}:1: the column {twice} occurs twice")


def _settings(values: dict[str, str]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if value and name == "tags":
            yield name, [tag for part in value.split(";") for tag in (text.strip() for text in part.split(",")) if tag]
        elif value:
            yield name, value
