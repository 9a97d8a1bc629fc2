"""Rows of a fact's history for scripts (JSON) and spreadsheets (CSV). Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from monitor.model import JsonValue
from monitor.times import iso_utc
from rendering.text_safety import escaped_json
from storage.queries.history import FactHistoryRow

COLUMNS = ("fact", "url", "at", "value", "quote", "sentence", "contradicts", "archived")
"""Columns of the CSV file."""

# OWASP, CSV injection: a spreadsheet runs a cell that begins with one of these as a formula; East Asian versions of Excel the wide forms too.
_FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def row_json(row: FactHistoryRow) -> dict[str, JsonValue]:
    """Return a row as JSON, with the keys of `facts --json`."""
    return {
        "fact": row.fact,
        "url": row.page_url,
        "at": iso_utc(row.at),
        "value": row.value,
        "quote": row.quote,
        "sentence": row.sentence,
        "contradicts": list(row.contradicts),
    }


def json_document(rows: Iterable[FactHistoryRow]) -> Iterator[str]:
    """Yield the parts of a JSON array with a row on each line."""
    separator = "[\n"
    for row in rows:
        yield separator + escaped_json(json.dumps(row_json(row), ensure_ascii=False))
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def csv_document(rows: Iterable[tuple[FactHistoryRow, str]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180) with a header.

    Args:
        rows: The rows, each with the address of its archived page.
    """
    yield _line(COLUMNS)
    for row, archived in rows:
        others = json.dumps([item["value"] for item in row.contradicts], ensure_ascii=False)
        yield _line(
            (
                cell(row.fact),
                cell(row.page_url),
                iso_utc(row.at),
                cell(row.value),
                cell(row.quote),
                cell(row.sentence),
                cell(others) if row.contradicts else "",
                archived,
            )
        )


def cell(value: JsonValue) -> str | int | float:
    """Return a value for a spreadsheet: numbers as such, lists as JSON, and a text that would be a formula after an apostrophe; "" for None."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_SIGNS) else text


def _line(cells: Iterable[str | int | float]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
