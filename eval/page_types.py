"""Main text of pages of seven types: words against each page's text, and snippets that must be kept and removed; each type in both halves."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.files import unpacked
from eval.halves import HALVES, half_of
from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

NAME = "page-types"
MEASURES = ("precision", "recall", "f1", "kept", "gone")


@dataclass(frozen=True, slots=True)
class Page:
    """The scores of one page, each 0 to 1.

    Attributes:
        name: Its file.
        type: Its type: article, forum …
        half: The half it belongs to.
        figures: Precision, recall and F1 of words; the shares of snippets kept and removed.
    """

    name: str
    type: str
    half: str
    figures: tuple[float, ...]


def run(folder: Path, *, half: str | None = None, misses: Path | None = None) -> dict[str, Any] | None:
    """Score the pages in `folder`, print a table and return its figures by half and type; None if the folder has no such pages.

    Args:
        folder: Contains page-types.tar.xz, or the folder page-types.
        half: Only this half; None for both.
        misses: A file for the scores of each page of the half `tune`, worst first. The other half is not listed, so that nothing is tuned to it.
    """
    with unpacked(folder, NAME) as pages:
        if pages is None:
            return None
        truth = json.loads((pages / "truth.json").read_text())
        chosen = {name: row for name, row in truth.items() if half in (None, half_of(name))}
        with ProcessPoolExecutor(2) as pool:
            scored = list(pool.map(partial(_score, pages / "pages"), *zip(*chosen.items(), strict=True), chunksize=16))
    if misses is not None:
        worst = sorted((page for page in scored if page.half == HALVES[0]), key=lambda page: page.figures[2])
        misses.write_text("".join(_line(page) for page in worst))
    figures = {
        name: _by_type([page for page in scored if page.half == name]) for name in HALVES if half in (None, name)
    }
    _print(figures)
    return figures


def _score(folder: Path, name: str, row: dict[str, Any]) -> Page:
    blocks = extract((folder / name).read_bytes(), "text/html").blocks
    text = "\n".join(block.text for block in blocks if block.kind in READING_KINDS)
    return Page(name, row["type"], half_of(name), score(text, row))


def score(text: str, row: dict[str, Any]) -> tuple[float, ...]:
    """The figures of a page of which `text` was extracted; `row` has its "text", and the snippets "with" and "without"."""
    found, true = _words(text), _words(row["text"])
    shared = (found & true).total()
    precision, recall = shared / max(found.total(), 1), shared / max(true.total(), 1)
    f1 = 2 * precision * recall / (precision + recall) if shared else 0.0
    low = text.lower()
    kept = [snippet.lower() in low for snippet in row["with"]] or [True]
    gone = [snippet.lower() not in low for snippet in row["without"]] or [True]
    return precision, recall, f1, fmean(kept), fmean(gone)


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def _by_type(pages: Sequence[Page]) -> dict[str, dict[str, float]]:
    by_type: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_type[page.type].append(page)
        by_type["all"].append(page)
    names = sorted(by_type, key=lambda name: (name == "all", name))
    return {
        name: {
            **{
                measure: round(fmean(column), 4)
                for measure, column in zip(
                    MEASURES, zip(*(page.figures for page in by_type[name]), strict=True), strict=True
                )
            },
            "pages": len(by_type[name]),
        }
        for name in names
    }


def _line(page: Page) -> str:
    figures = "  ".join(f"{name} {value:.3f}" for name, value in zip(MEASURES, page.figures, strict=True))
    return f"{page.type:14} {page.name:12} {figures}\n"


def _print(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    for half, by_type in figures.items():
        table = Table(title=f"Page types, half {half}", title_justify="left")
        table.add_column("type")
        for column in (*MEASURES, "pages"):
            table.add_column(column, justify="right")
        for name, row in by_type.items():
            table.add_row(name, *(f"{value:.3f}" for value in list(row.values())[:-1]), str(row["pages"]))
        Console().print(table)
