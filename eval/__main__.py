"""How well pages are read, measured on pages with known truth.

    python -m eval [FOLDER]                   generated histories, and the sets that the folder holds: histories, articles, segments, page types, numbers, prices
    python -m eval generated                  pages made up here with known edits: precision and recall for each kind of edit
    python -m eval live FOLDER                two histories served over HTTP, checked one snapshot at a time, against the same ones imported
    python -m eval verdicts FOLDER            pages that are nearly all genuine, and which of them are not taken for ok
    python -m eval page-types FOLDER [--half HALF] [--misses FILE]    pages of seven types with their text, of page-types.tar.xz
    python -m eval number-sets FOLDER [--half HALF] [--misses FILE]   sentences and prices that others wrote down, of numbers.jsonl and prices.jsonl
    python -m eval authored [--json OUT] [--misses FILE]              whole pages and edits, written for this without knowledge of the code; needs no folder
    python -m eval speed FOLDER               what reading the articles costs, beside trafilatura in the same run
    python -m eval guard FOLDER               hosts, ids, classes and true figures of the folder that occur in monitor/
    python -m eval numbers [--half HALF]      sentences of our own with known numbers, in eight languages: scores and every miss; needs no folder
    python -m eval stated FOLDER              whether the new value of every true transition is read on its page; status 1 below a floor
    python -m eval messages FOLDER [--list FILE]   what the default rule sends over the histories, each message labelled right or wrong; status 1 where one has no label
    python -m eval coalition --seeds FOLDER   five saved texts about the Global Coalition: 82 → 83 → 85 → 87 beside 86, and 75 beside 68

Ends with 1 where a floor is missed. FOLDER holds histories/NAME.tar.xz (or folders), articles.tar.xz, segments.tar.xz, page-types.tar.xz, numbers.jsonl and
prices.jsonl, or some of them. docs/quality.md describes what is counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from eval import (
    articles,
    authored_pages,
    coalition,
    floors,
    guard,
    histories,
    live,
    messages,
    number_sets,
    page_types,
    speed,
    stated,
    verdicts,
)
from eval.generated import command as generated
from eval.halves import HALVES
from eval.numbers import report as numbers

_SETS = {"page-types": page_types.run, "number-sets": number_sets.run}
COMMANDS = (
    "quality",
    "generated",
    "live",
    "coalition",
    "numbers",
    "stated",
    "messages",
    "verdicts",
    "guard",
    "speed",
    "authored",
    *_SETS,
)


def main() -> int:
    given = sys.argv[1:]
    if not given or given[0] not in {*COMMANDS, "-h", "--help"}:
        given = ["quality", *given]
    options = _parser().parse_args(given)
    if options.command == "generated":
        return generated.run(
            options.pairs,
            options.seed,
            misses=options.misses,
            keep=options.keep,
            target=options.write,
            workers=options.workers,
        )
    if options.command == "live":
        return live.run(options.folder, options.names or live.USUAL)
    if options.command == "numbers":
        return numbers.run(options.half)
    if options.command == "authored":
        return authored_pages.run(target=options.json, misses=options.misses)
    if options.command in _SETS:
        figures = _SETS[options.command](options.folder, half=options.half, misses=options.misses)
        return int(figures is None or not floors.check_set(options.command, figures))
    if options.command == "stated":
        return int(not all(score.holds for score in stated.run(_histories(options.folder), options.names)))
    if options.command == "messages":
        scores = messages.run(_histories(options.folder), options.names, listing=options.list)
        return int(not messages.holds(scores))
    if options.command == "coalition":
        return coalition.run(options.seeds)
    if options.command == "verdicts":
        return verdicts.run(options.folder)
    if options.command == "speed":
        return speed.run(options.folder)
    if options.command == "guard":
        return guard.run(options.folder)
    return _quality(options.folder, options.names, options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("quality", "live", "stated"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path, nargs="?" if name == "quality" else None)
        command.add_argument("names", nargs="*", help="only these histories")
        command.add_argument("--json", type=Path, help="also write the figures to this file")
    sent = commands.add_parser("messages")
    sent.add_argument("folder", type=Path)
    sent.add_argument("names", nargs="*", help="only these histories")
    sent.add_argument("--list", type=Path, help="also write every message with its changes to this file")
    commands.add_parser("numbers").add_argument("--half", choices=HALVES, help="only this half")
    made = commands.add_parser("generated")
    made.add_argument("--pairs", type=int, default=generated.PAIRS, help="how many pairs of captures at the least")
    made.add_argument(
        "--seed", type=int, default=generated.SEED, help=f"reported figures are those of {generated.HELD_OUT}"
    )
    made.add_argument(
        "--misses", nargs="?", const="", metavar="EDIT", help="list what was missed and what was reported wrongly"
    )
    made.add_argument("--keep", type=Path, help="keep the pages in this folder")
    made.add_argument("--write", type=Path, help="put the table into this Markdown file, between its marks")
    made.add_argument("--workers", type=int, default=2)
    for name in _SETS:
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        command.add_argument("--half", choices=HALVES, help="only this half")
        command.add_argument("--misses", type=Path, help="write the misses of the half tune to this file")
    authored = commands.add_parser("authored")
    authored.add_argument("--json", type=Path, help="also write the figures to this file")
    authored.add_argument("--misses", type=Path, help="write every miss to this file; never tune to them")
    for name in ("verdicts", "guard", "speed"):
        commands.add_parser(name).add_argument("folder", type=Path)
    commands.add_parser("coalition").add_argument("--seeds", type=Path, required=True)
    return parser


def _quality(folder: Path | None, names: list[str], target: Path | None) -> int:
    if folder is None:
        return generated.run(generated.PAIRS, generated.SEED)
    figures: dict[str, object] = {}
    held = True
    if (folder / "histories").is_dir():
        scores = histories.run(folder / "histories", names)
        read = stated.run(folder / "histories", names)
        figures |= {"histories": [score.as_json() for score in scores], "stated": [score.as_json() for score in read]}
        held = floors.check(scores, whole=not names) and all(score.holds for score in read)
    if not names:
        figures |= articles.run(folder)
        for name, run in _SETS.items():
            scored = run(folder)
            if scored is not None:
                figures[name] = scored
                held = floors.check_set(name, scored) and held
    if not figures:
        print(
            f"{folder} holds no histories/, articles.tar.xz, segments.tar.xz, page-types.tar.xz, numbers.jsonl or prices.jsonl",
            file=sys.stderr,
        )
        return 2
    if target is not None:
        target.write_text(json.dumps(figures, indent=1) + "\n")
    if not names:
        held = guard.run(folder) == 0 and held
        held = generated.run(generated.PAIRS, generated.SEED) == 0 and held
    return 0 if held else 1


def _histories(folder: Path) -> Path:
    """The histories of a folder that holds articles too, or the folder itself."""
    return folder / "histories" if (folder / "histories").is_dir() else folder


if __name__ == "__main__":
    sys.exit(main())
