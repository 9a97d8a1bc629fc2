"""`python -m eval generated`: make histories, import them, score, print the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from eval.generated import rhythms
from eval.generated.making import ALL, History, histories, write
from eval.generated.scoring import Scores, Tally, score
from eval.telling import reported_by_import

PAIRS = 4_000
SEED = 1
"""For working with. What docs/quality.md reports is HELD_OUT, which is not used for tuning."""
HELD_OUT = 20_261_121
RECALL, PRECISION = 0.98, 0.97
HISTORIES_A_SHARE = 40
BEGIN, END = "<!-- generated histories: begin -->", "<!-- generated histories: end -->"


def run(
    pairs: int,
    seed: int,
    *,
    misses: str | None = None,
    keep: Path | None = None,
    target: Path | None = None,
    workers: int = 2,
) -> int:
    """Score as many pairs as asked; 1 where precision or recall at level fact and number is below its floor.

    Args:
        pairs: How many pairs of snapshots at the least.
        seed: What everything follows from.
        misses: Also list what was missed and what was reported wrongly of edits whose names hold this; "" lists all, None nothing.
        keep: Keep the pages here, to be imported or compared by hand.
        target: A Markdown file whose marked part is replaced with the table.
        workers: Processes.
    """
    scores = measure(pairs, seed, keep=keep, workers=workers)
    for line in scores.misses if misses is not None else ():
        if misses in line:
            print(line)
    console = Console(width=150)
    console.print(_table("Generated histories", "edit", _sorted(scores.edits), scores.whole))
    console.print(_table("By language", "language", scores.languages, None))
    console.print(_table("By style", "style", scores.styles, None))
    console.print(_table("By pace", "page", scores.paces, None))
    if target is not None:
        _write(target, markdown(scores, seed))
    held = (scores.whole.recall or 0) >= RECALL and (scores.whole.precision or 0) >= PRECISION
    print(f"{'held' if held else 'MISSED'}  level fact and number: recall ≥ {RECALL}, precision ≥ {PRECISION}")
    in_rhythm = _print_rhythms(console, rhythms.measure(seed))
    return 0 if held and in_rhythm else 1


def _print_rhythms(console: Console, tallies: Mapping[str, rhythms.Tally]) -> bool:
    """Print what was reported of histories that change in a rhythm; return whether the floors are held."""
    table = Table(title="Histories in a rhythm, daily and weekly checks", title_justify="left")
    table.add_column("kind")
    for name in ("due", "recall", "checks", "nothing else reported"):
        table.add_column(name, justify="right")
    for name, tally in tallies.items():
        recall = _ratio(tally.found / tally.due if tally.due else None)
        table.add_row(name, str(tally.due or "–"), recall, str(tally.silent), _ratio(tally.kept / tally.silent))
    console.print(table)
    due, found = (sum(getattr(tally, name) for tally in tallies.values()) for name in ("due", "found"))
    checks, kept = (sum(getattr(tally, name) for tally in tallies.values()) for name in ("silent", "kept"))
    held = found >= rhythms.RECALL * due and kept >= rhythms.QUIET * checks
    print(
        f"{'held' if held else 'MISSED'}  in a rhythm: recall ≥ {rhythms.RECALL}: {found}/{due}, "
        f"nothing else ≥ {rhythms.QUIET}: {kept}/{checks}"
    )
    return held


def measure(pairs: int, seed: int, *, keep: Path | None = None, workers: int = 1) -> Scores:
    """Make, import and score."""
    made = list(histories(pairs, seed))
    shares = [made[at : at + HISTORIES_A_SHARE] for at in range(0, len(made), HISTORIES_A_SHARE)]
    folders = [keep / f"{number:02}" if keep else None for number in range(len(shares))]
    scores = Scores()
    if workers == 1:
        for share, folder in zip(shares, folders, strict=True):
            scores += _share(share, folder)
        return scores
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(_share, shares, folders):
            scores += part
    return scores


def _share(made: Sequence[History], keep: Path | None) -> Scores:
    with TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        report_line = reported_by_import(folder, write(made, folder))
    return score([step for history in made for step in history.steps], report_line.changes)


def _sorted(edits: Mapping[str, Tally]) -> dict[str, Tally]:
    return {name: edits[name] for name in [*ALL, *sorted(set(edits) - set(ALL))] if name in edits}


COLUMNS = ("pairs", "due", "recall", "told", "precision", "named", "text due", "heard", "text told", "of them true")


def cells(tally: Tally) -> list[str]:
    """A row of the table."""
    return [
        str(tally.pairs),
        str(tally.due or "–"),
        _ratio(tally.recall),
        str(tally.loud or "–"),
        _ratio(tally.precision),
        _ratio(tally.named / tally.labelled if tally.labelled else None),
        str(tally.text_due or "–"),
        _ratio(tally.heard / tally.text_due if tally.text_due else None),
        str(tally.text or "–"),
        _ratio(tally.text_true / tally.text if tally.text else None),
    ]


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _table(title: str, first: str, rows: Mapping[str, Tally], whole: Tally | None) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for name, tally in rows.items():
        table.add_row(name, *cells(tally))
    if whole is not None:
        table.add_section()
        table.add_row("all", *cells(whole))
    return table


def markdown(scores: Scores, seed: int) -> str:
    """The table as docs/quality.md holds it."""
    rows = [f"| {name} | {' | '.join(cells(tally))} |" for name, tally in _sorted(scores.edits).items()]
    rows += [f"| *{name} pages* | {' | '.join(cells(tally))} |" for name, tally in sorted(scores.paces.items())]
    whole = [f"**{cell}**" for cell in cells(scores.whole)]
    head = [f"| edit | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    return "\n".join([f"Seed {seed}.", "", *head, *rows, f"| **all** | {' | '.join(whole)} |"])


def _write(target: Path, table: str) -> None:
    text = target.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    target.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
