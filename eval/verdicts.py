"""False verdicts: pages that are nearly all genuine, and those of them that are not taken for ok, listed for a person to judge."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.files import history_names, json_lines, moment, unpacked
from monitor.extraction.extract import ExtractedPage, extract
from monitor.model import READING_KINDS, Block, BlockKind, Verdict, Version
from monitor.page_status import history_checks
from monitor.page_status.rules import Judgement, judge
from monitor.pipeline.analyze import analyze
from pagewitness.inspection.json_output import loose_snapshot

_ONE_MORE = Block(
    BlockKind.CONTENT, "The pact has 87 members in three countries and meets each spring in another town.", ""
)


@dataclass(frozen=True, slots=True)
class Odd:
    """A page that was not taken for ok.

    Attributes:
        file: Which.
        verdict: What it was taken for.
        reason: Why.
        text: How it begins.
    """

    file: str
    verdict: str
    reason: str
    text: str


def run(folder: Path) -> int:
    """Judge every page of a folder; histories after their own past. Prints what is not ok."""
    rows = [*_loose(folder), *_histories(folder), *_passages(folder)]
    table = Table(title="Verdicts", title_justify="left")
    for column in ("pages of", "pages", "not ok", "verdicts"):
        table.add_column(column)
    for name, pages, odd in rows:
        counted = ", ".join(f"{verdict} {n}" for verdict, n in Counter(one.verdict for one in odd).most_common())
        table.add_row(name, str(pages), str(len(odd)), counted)
        for one in odd[:25]:
            print(f"{name}/{one.file}: {one.verdict} ({one.reason}) | {one.text}")
    Console().print(table)
    return 0


def _loose(folder: Path) -> list[tuple[str, int, list[Odd]]]:
    rows = []
    for name in ("articles", "segments"):
        with unpacked(folder, name) as pages:
            if pages is not None:
                files = sorted((pages / "pages").iterdir())
                rows.append((name, len(files), [odd for file in files if (odd := _odd(file, None)[0])]))
    return rows


def _histories(folder: Path) -> list[tuple[str, int, list[Odd]]]:
    rows = []
    parent = folder / "histories"
    for name in history_names(parent) if parent.is_dir() else ():
        with unpacked(parent, name) as history:
            assert history is not None
            rows_by_time = sorted(json_lines(history / "manifest.jsonl"), key=lambda row: moment(row["date"]))
            found: list[Odd] = []
            previous: Version | None = None
            for row in rows_by_time:
                odd, previous = _odd(history / row["file"], previous)
                found += [odd] if odd else []
            rows.append((name, len(rows_by_time), found))
    return rows


def _passages(folder: Path) -> list[tuple[str, int, list[Odd]]]:
    """Each passage of the articles and segments as if it were a page with one sentence more: short genuine pages, in many languages."""
    passages: dict[tuple[BlockKind, str], str] = {}
    for name in ("articles", "segments"):
        with unpacked(folder, name) as pages:
            for file in sorted((pages / "pages").iterdir()) if pages is not None else ():
                for block in extract(file.read_bytes(), "text/html").blocks:
                    if block.kind in READING_KINDS:
                        passages.setdefault((block.kind, block.text), file.name)
    found = []
    for (kind, text), file in passages.items():
        page = ExtractedPage("The pact", None, (Block(kind, text, ""), _ONE_MORE))
        judged = judge(status=200, cleaned=page, truncated=None)
        if judged.verdict is not Verdict.OK:
            found.append(Odd(file, judged.verdict.value, judged.reason, text[:160]))
    return [("passages alone", len(passages), found)] if passages else []


def _odd(file: Path, previous: Version | None) -> tuple[Odd | None, Version | None]:
    """What is odd about a page, and the version that the next is compared with."""
    says = analyze(file.read_bytes(), loose_snapshot("", "text/html", 200), ())
    judged = Judgement(says.verdict, says.reason)
    if previous is not None:
        judged = history_checks.against(judged, says.version, previous)
    if judged.verdict is Verdict.OK:
        return None, says.version
    text = " ".join(says.version.text.split())[:160]
    return Odd(file.name, judged.verdict.value, judged.reason, f"{says.version.title[:60]} | {text}"), previous
