"""Cleaning: article pages with the article's text, and pages with passages that must stay and passages that must go."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.files import unpacked
from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

SHINGLE_TOKENS = 4
Figures = dict[str, float]


def run(folder: Path) -> dict[str, Figures]:
    """Score what the folder holds and print a table each."""
    figures: dict[str, Figures] = {}
    for name, measure in (("articles", _articles), ("segments", _segments)):
        with unpacked(folder, name) as pages:
            if pages is not None:
                truth = json.loads((pages / "truth.json").read_text())
                texts, ms = _cleaned(pages / "pages", truth)
                figures[name] = {**measure(texts, truth), "pages": len(truth), "ms_per_page": ms}
                _print(name, figures[name])
    return figures


def _cleaned(folder: Path, truth: dict[str, Any]) -> tuple[dict[str, str], float]:
    """Each page's text, as `inspect --json` gives it, and milliseconds a page for cleaning alone."""
    bodies = {file: (folder / file).read_bytes() for file in truth}
    began = time.monotonic()
    texts = {file: _text(body) for file, body in bodies.items()}
    return texts, round(1000 * (time.monotonic() - began) / max(len(texts), 1), 2)


def _text(body: bytes) -> str:
    return "\n".join(block.text for block in extract(body, "text/html").blocks if block.kind in READING_KINDS)


def _articles(texts: dict[str, str], truth: dict[str, str]) -> Figures:
    """Means over pages of precision, recall and F1 of shingles."""
    rows = [_overlap(_shingles(texts[file]), _shingles(article)) for file, article in truth.items()]
    names = ("precision", "recall", "f1")
    return {name: round(fmean(column), 4) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = re.findall(r"\w+", text.lower())
    last = max(len(tokens) - SHINGLE_TOKENS, 0)
    return Counter(tuple(tokens[at : at + SHINGLE_TOKENS]) for at in range(last + 1) if tokens)


def _overlap(extracted: Counter[tuple[str, ...]], true: Counter[tuple[str, ...]]) -> tuple[float, float, float]:
    shared = (extracted & true).total()
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / extracted.total(), shared / true.total()
    return precision, recall, 2 * precision * recall / (precision + recall)


def _segments(texts: dict[str, str], truth: dict[str, dict[str, list[str]]]) -> Figures:
    """Shares over all passages: those to stay that are there, those to go that are not, and both together."""
    folded = {file: " ".join(text.split()) for file, text in texts.items()}
    kept = [" ".join(part.split()) in folded[file] for file, row in truth.items() for part in row["with"]]
    gone = [" ".join(part.split()) not in folded[file] for file, row in truth.items() for part in row["without"]]
    return {"kept": round(fmean(kept), 4), "gone": round(fmean(gone), 4), "accuracy": round(fmean(kept + gone), 4)}


def _print(name: str, figures: Figures) -> None:
    table = Table(title=name.capitalize(), title_justify="left")
    for column in figures:
        table.add_column(column.replace("_", " "), justify="right")
    table.add_row(*(f"{value:g}" for value in figures.values()))
    Console().print(table)
