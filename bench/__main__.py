"""`python -m bench [NAME…] [--pages N] [--rounds N] [--against FOLDER] [--json FILE]`: measures, prints tables in Markdown, and asserts nothing on time."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench import floor, ours, peer, small
from bench.fact_history import fact_histories
from bench.growth import growing
from bench.layers import layers
from bench.lookups import lookups
from bench.many import many
from bench.measure import Row
from bench.phases import Walker, walked
from bench.replay import replay
from bench.screens import screens
from bench.search import search
from bench.sending import sending
from bench.server import Served, serving
from bench.service import service
from bench.small import Part
from bench.stored import stored

_OURS = {"sqlite": ours.on_sqlite, "postgresql": ours.on_postgresql}
_SERVED: dict[str, Callable[[Served], AbstractContextManager[Walker]]] = {
    "floor": floor.alone,
    **_OURS,
    "urlwatch": peer.installed,
}
_ALONE: dict[str, Callable[[int, Path], list[Part]]] = {
    "reading": lambda count, _: small.reading(min(count, 200)),
    "comparing": lambda count, _: small.comparing(min(count, 200)),
    "blobs": lambda count, _: small.blobs(min(count, 200)),
    "layers": layers,
    "bodies": lambda _, folder: small.bodies(folder),
    "stored": lambda _, folder: stored(folder),
    "history": lambda _, folder: growing(folder),
    "screens": lambda count, folder: screens(count * 10, folder),
    "replay": lambda _, folder: replay(folder),
    "lookups": lambda count, folder: lookups(count * 1000, folder),
    "facts": lambda count, folder: fact_histories(count * 100, folder),
    "search": lambda count, folder: search(count * 100, folder),
    "sending": lambda _, folder: sending(folder),
    "service": lambda count, folder: service(min(count, 1000), folder),
    # As many as one machine may have to watch.
    "many": lambda count, folder: many(count * 100, folder),
}


def main() -> int:
    """Run the benches that were named, or all."""
    parser = _parser()
    arguments = parser.parse_args()
    names = arguments.names or [*_SERVED, *_ALONE]
    if unknown := set(names) - {*_SERVED, *_ALONE}:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join([*_SERVED, *_ALONE])}")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {arguments.pages} pages, {arguments.rounds} rounds\n"
    )
    rows = _rows(names, arguments.pages, arguments.rounds, arguments.against)
    parts = _parts(names, arguments.pages)
    if rows:
        print(_row_table(rows))
        print(_ratios(rows))
    if parts:
        print(_table(("part", "took"), [(part.name, part.figure) for part in parts]))
    if arguments.json:
        values = {"rows": [asdict(row) for row in rows], "parts": [asdict(part) for part in parts]}
        arguments.json.write_text(json.dumps(values, indent=1))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What a check costs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*_SERVED, *_ALONE]))
    parser.add_argument("--pages", type=int, default=1000, help="how many pages (1000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often a phase is run; the typical one counts (3)")
    parser.add_argument(
        "--against",
        type=lambda folder: Path(folder).resolve(),
        help="another checkout of Pagewitness, which takes turns with this one",
    )
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser


def _rows(names: Sequence[str], pages: int, rounds: int, against: Path | None) -> list[Row]:
    expected = [(name, _SERVED[name]) for name in _SERVED if name in names]
    if against is not None:
        expected += [(name, partial(_OURS[name], root=against)) for name in _OURS if name in names]
    if not expected:
        return []
    with ExitStack() as stack:
        served = stack.enter_context(serving(pages))
        walkers: list[Walker] = []
        for name, opened in expected:
            try:
                walkers.append(stack.enter_context(opened(served)))
            except (ImportError, peer.PeerMissing) as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
        found: list[Row] = []
        for row in walked(served, walkers, rounds):
            print(f"{row.program}: {row.phase}, {row.cpu_ms:.2f} ms a page", file=sys.stderr)
            found.append(row)
    return found


def _parts(names: Sequence[str], pages: int) -> list[Part]:
    found: list[Part] = []
    for name, measured in _ALONE.items():
        if name in names:
            with tempfile.TemporaryDirectory() as folder:
                # PostgreSQL does not run as root, and must get there all the same.
                Path(folder).chmod(0o755)
                found += measured(pages, Path(folder))
                print(f"{name} is done", file=sys.stderr)
    return found


def _row_table(rows: Sequence[Row]) -> str:
    heads = (
        "phase",
        "program",
        "CPU ms a page",
        "pages a second",
        "peak RSS MiB",
        "database bytes a page",
        "of that compressed",
        "start CPU ms",
        "outcome",
    )
    return _table(
        heads,
        [
            (
                row.phase,
                row.program,
                f"{row.cpu_ms:.2f}",
                f"{row.pages_a_second:.0f}",
                f"{row.rss_mb:.0f}",
                _bytes(row.bytes_each),
                _bytes(row.stored_each),
                f"{row.start_ms:.0f}",
                row.note,
            )
            for row in rows
        ],
    )


def _ratios(rows: Sequence[Row]) -> str:
    """Peers over us, phase by phase: above 1 we take less."""
    own = {row.phase: row for row in rows if row.program == ours.ON_SQLITE}
    return "".join(
        f"{row.phase}: {row.program} takes {row.cpu_ms / own[row.phase].cpu_ms:.1f} times our CPU{_more_bytes(row, own[row.phase])}\n"
        for row in rows
        if row.program == peer.NAME and row.phase in own
    )


def _more_bytes(theirs: Row, mine: Row) -> str:
    if not theirs.bytes_each or not mine.bytes_each:
        return ""
    return f" and {theirs.bytes_each / mine.bytes_each:.1f} times our bytes"


def _bytes(count: float | None) -> str:
    return "–" if count is None else f"{count:,.0f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
