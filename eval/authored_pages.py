"""Whole pages and edits written for the evaluation without knowledge of the code: text, numbers and edits, through the command line.

`eval/authored/truth.json` has `pages`, by file, and `edits`:

- A page has its `type` and `language`; its `text` in order; snippets that are content (`with`) or not (`without`); `numbers` that a reader
  of counts, percentages and amounts finds (`quote`, `value`, `unit`: a noun, "%", a currency or null); and `decoys`, quotes that are none of these.
- An edit has its `page`, its `replace` pairs of exact substrings of the file, and its `kind`. An edit of a `number` has the `expected` values
  before and after it, one of `text` a `snippet` of the new or the removed text, and for a `silent` edit nothing may be reported.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, TypeGuard

from rich.console import Console
from rich.table import Table

from eval.page_types import score as score_text

FOLDER = Path(__file__).parent / "authored"
NUMBER, TEXT, SILENT = "number", "text", "silent"
LOUD = {"fact", "number", "text"}
"""Levels of a change that is reported."""
COUNTED = {"count", "percent", "money"}
_READ = COUNTED | {"duration", "ordinal"}
_CONTENT = {"content", "heading", "row"}
_BATCH = 40
"""Files, or pairs of files, of one command."""

Row = dict[str, Any]


@dataclass(slots=True)
class Figures:
    """Scores of a group of pages; each list has one value from 0 to 1 for each page, number, decoy or edit.

    Attributes:
        by_name: Lists by measure, in the order of the columns.
        wrong: Changes reported as numbers whose values are not those of the edit.
        pages: Number of pages.
    """

    by_name: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: int = 0
    pages: int = 0

    def as_json(self) -> Row:
        """The mean of each measure, null if nothing was measured, and the number of edits of each kind."""
        means = {name: round(fmean(self.by_name[name]), 4) if self.by_name[name] else None for name in MEASURES}
        sizes = {f"{kind}_edits": len(self.by_name[f"{kind} found"]) for kind in (NUMBER, TEXT, SILENT)}
        return {"pages": self.pages, **means, "wrong": self.wrong, **sizes}


MEASURES = (
    "f1", "kept", "gone", "numbers", "units", "decoys", "ok", "number found", "number reported", "text found", "silent found",
)  # fmt: skip
"""`ok`: pages with the verdict ok. `number reported`: edits of a number with any reported change."""


def run(folder: Path = FOLDER, *, target: Path | None = None, misses: Path | None = None) -> int:
    """Score the pages and edits of `folder` and print the figures by language.

    Args:
        folder: Contains truth.json and pages/.
        target: A file for the figures as JSON, by language and by type.
        misses: A file for every miss. Not for tuning: a set whose misses were read measures nothing any more.
    """
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    lines: list[str] = []
    groups: dict[str, Figures] = defaultdict(Figures)
    keys = {name: ("all", f"language {row['language']}", f"type {row['type']}") for name, row in truth["pages"].items()}
    for name, inspected in zip(truth["pages"], _inspected(folder, list(truth["pages"])), strict=True):
        scores = score_page(inspected, truth["pages"][name])
        for key in keys[name]:
            groups[key].pages += 1
            for measure, values in scores.items():
                groups[key].by_name[measure] += values
        lines += [f"page {name} {measure} {fmean(v):.3f}\n" for measure, v in scores.items() if v and min(v) < 1]
    for edit, compared in zip(truth["edits"], _compared(folder, truth["edits"]), strict=True):
        found, reported, wrong = score_edit(compared, edit)
        for key in keys[edit["page"]]:
            groups[key].by_name[f"{edit['kind']} found"].append(found)
            groups[key].wrong += wrong
            if edit["kind"] == NUMBER:
                groups[key].by_name["number reported"].append(reported)
        if not found:
            lines.append(f"edit {edit['page']} {edit['kind']} {json.dumps(edit['replace'], ensure_ascii=False)}\n")
    if misses is not None:
        misses.write_text("".join(lines), encoding="utf-8")
    figures = {key: groups[key].as_json() for key in sorted(groups)}
    if target is not None:
        target.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    _print(figures)
    return 0


def score_page(inspected: Row, row: Row) -> dict[str, list[float]]:
    """Scores of one page by measure.

    Args:
        inspected: The object that `inspect --json` printed.
        row: The truth about the page.
    """
    text = "\n".join(_plain(line) for line in inspected["text"].splitlines())
    _, _, f1, kept, gone = score_text(text, {**row, "text": _plain(row["text"])})
    numbers = [number_read(inspected, number) for number in row["numbers"]]
    return {
        "f1": [f1],
        "kept": [kept],
        "gone": [gone],
        "numbers": [float(value) for value, _ in numbers],
        "units": [float(unit) for (_, unit), number in zip(numbers, row["numbers"], strict=True) if number["unit"]],
        "decoys": [float(not decoy_read(inspected, decoy)) for decoy in row["decoys"]],
        "ok": [float(inspected["verdict"] == "ok")],
    }


def number_read(inspected: Row, number: Row) -> tuple[bool, bool]:
    """Whether a mention has the number's value, and whether one of these has its unit too."""
    quote = _plain(number["quote"])
    mentions = [
        mention
        for mention in inspected["mentions"]
        if mention["type"] in _READ and _same(mention["value"], number["value"]) and _overlap(mention["quote"], quote)
    ]
    return bool(mentions), any(_same_unit(mention, number["unit"]) for mention in mentions)


def decoy_read(inspected: Row, decoy: str) -> bool:
    """Whether a count, percentage or amount in the page's content overlaps an occurrence of the quote."""
    pattern = re.compile(rf"(?<!\d){re.escape(decoy)}(?!\d)")
    for mention in inspected["mentions"]:
        block = inspected["blocks"][mention["block"]]
        if mention["type"] not in COUNTED or block["kind"] not in _CONTENT:
            continue
        if any(
            match.start() < mention["end"] and mention["start"] < match.end()
            for match in pattern.finditer(block["text"])
        ):
            return True
    return False


def score_edit(compared: Row, edit: Row) -> tuple[bool, bool, int]:
    """Score the changes between the page and the edited page.

    Returns:
        Whether the edit was reported as it should be (a silent one: not at all); whether any change was reported; how many changes of a number
        have values that are not the edit's.
    """
    loud = [change for change in compared["changes"] if change["level"] in LOUD]
    numeric = [change for change in loud if _is_number(change["before"]) and _is_number(change["after"])]
    if edit["kind"] == SILENT:
        return not loud, bool(loud), len(numeric)
    if edit["kind"] == TEXT:
        snippet = _plain(edit["snippet"]).casefold()
        return any(snippet in words for change in loud for words in _words(change)), bool(loud), 0
    pairs = edit["expected"]
    right = [[_same(c["before"], old) and _same(c["after"], new) for old, new in pairs] for c in loud]
    found = all(any(row[index] for row in right) for index in range(len(pairs)))
    wrong = sum(not any(row) for row, change in zip(right, loud, strict=True) if change in numeric)
    return found, bool(loud), wrong


def edited(html: str, edit: Row) -> str:
    """The page after the edit. Raises ValueError if a substring to replace does not occur exactly once."""
    for old, new in edit["replace"]:
        if html.count(old) != 1:
            raise ValueError(f"{edit['page']}: {old!r} occurs {html.count(old)} times")
        html = html.replace(old, new)
    return html


def _words(change: Row) -> list[str]:
    keys = ("before", "after", "quote_before", "quote_after", "sentence_before", "sentence_after", "summary")
    values = [change.get(key) for key in keys]
    return [_plain(json.dumps(v, ensure_ascii=False) if isinstance(v, list) else str(v)).casefold() for v in values]


def _inspected(folder: Path, names: Sequence[str]) -> list[Row]:
    return _commands("inspect", [[folder / "pages" / name] for name in names])


def _compared(folder: Path, edits: Sequence[Row]) -> list[Row]:
    with TemporaryDirectory() as scratch:
        pairs = []
        for index, edit in enumerate(edits):
            old = folder / "pages" / edit["page"]
            new = Path(scratch) / f"{index:04}-{edit['page']}"
            new.write_text(edited(old.read_text(encoding="utf-8"), edit), encoding="utf-8")
            pairs.append([old, new])
        return _commands("compare", pairs)


def _commands(name: str, cases: Sequence[Sequence[Path]]) -> list[Row]:
    batches = [cases[start : start + _BATCH] for start in range(0, len(cases), _BATCH)]
    with ThreadPoolExecutor(2) as pool:
        return [row for rows in pool.map(lambda batch: _command(name, batch), batches) for row in rows]


def _command(name: str, cases: Sequence[Sequence[Path]]) -> list[Row]:
    """The objects that a command prints with --json. Its exit code is 1 if a page is not ok or there are changes."""
    files = [str(path) for case in cases for path in case]
    done = subprocess.run(
        [sys.executable, "-m", "pagewitness", name, "--json", *files], capture_output=True, text=True, check=False
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode not in (0, 1) or len(rows) != len(cases):
        raise SystemExit(f"pagewitness {name} failed: {done.stderr.strip()[-2000:]}")
    return rows


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _overlap(first: str, second: str) -> bool:
    first, second = (re.sub(r"\W", "", _plain(quote)) for quote in (first, second))
    return first in second or second in first


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: object, expected: float) -> bool:
    """Whether a value of the output is the expected number; a date in ISO 8601 is the number of its year if it has nothing else."""
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None and math.isclose(float(value), expected)
    return _is_number(value) and math.isclose(value, expected, rel_tol=1e-9)


def _same_unit(mention: Row, unit: str | None) -> bool:
    if unit is None:
        return True
    if unit == "%":
        return mention["type"] == "percent"
    if re.fullmatch(r"[A-Z]{3}", unit):
        return mention["type"] == "money" and mention["unit"] == unit
    read, true = _plain(mention["unit"] or "").casefold(), _plain(unit).casefold()
    return bool(read) and (read in true or true in read)


def _print(figures: dict[str, Row]) -> None:
    table = Table(title="Authored pages", title_justify="left")
    for index, column in enumerate(("group", "pages", *MEASURES, "wrong", "edits")):
        table.add_column(column.replace(" ", "\n"), justify="right" if index else "left", no_wrap=not index)
    for key in sorted(figures, key=lambda key: (key == "all", key)):
        row = figures[key]
        edits = "/".join(str(row[f"{kind}_edits"]) for kind in (NUMBER, TEXT, SILENT))
        table.add_row(key, str(row["pages"]), *_cells(row[name] for name in MEASURES), str(row["wrong"]), edits)
    Console(width=150).print(table)


def _cells(values: Iterable[float | None]) -> list[str]:
    return ["" if value is None else f"{value:.3f}" for value in values]
