"""What reading real pages costs: cleaning, mentions and facts on the articles, beside trafilatura on the same pages in the same run.

Processor time, one process, nothing kept from one page to the next but what the code itself keeps. Each round reads every page once with one program and
then with the other; a page's figure is the median over the rounds, the folder's the median over its pages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from statistics import median

from eval.files import unpacked
from monitor.extraction.extract import extract
from monitor.facts import fact_reader as reading_facts
from monitor.facts import mentions as reading_mentions
from monitor.model import FactDefinition, FactKind

ROUNDS = 5
_FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "partners", "member countries"))
_PEER = (
    Path(__file__).parent.parent / ".cache" / "bench" / f"trafilatura-{sys.version_info.major}.{sys.version_info.minor}"
)
_LOOP = """
import json, sys, time
from pathlib import Path
import trafilatura
for line in sys.stdin:
    page = Path(line.rstrip("\\n")).read_bytes()
    began = time.process_time()
    trafilatura.extract(page)
    print(json.dumps(1000 * (time.process_time() - began)), flush=True)
"""


def run(folder: Path) -> int:
    """Measure and print; 1 where the folder holds no articles."""
    with unpacked(folder, "articles") as pages:
        if pages is None:
            print(f"{folder} holds no articles", file=sys.stderr)
            return 1
        files = [pages / "pages" / name for name in json.loads((pages / "truth.json").read_text())]
        python = _peer()
        ours: dict[str, list[dict[str, float]]] = {file.name: [] for file in files}
        theirs: dict[str, list[float]] = {file.name: [] for file in files}
        with _Beside(python) as alongside:
            for _ in range(ROUNDS):
                for file in files:
                    ours[file.name].append(_ours(file.read_bytes()))
                    if alongside is not None:
                        theirs[file.name].append(alongside(file))
    _print(ours, theirs)
    return 0


def _ours(body: bytes) -> dict[str, float]:
    """CPU milliseconds of each part of reading a page."""
    took: dict[str, float] = {}
    began = time.process_time()
    cleaned = extract(body, "text/html")
    took["clean"] = time.process_time() - began
    mentions = reading_mentions.read_blocks(cleaned.blocks, cleaned.language)
    took["mentions"] = time.process_time() - began - took["clean"]
    reading_facts.read(_FACT, cleaned.blocks, mentions, cleaned.title, cleaned.found)
    took["all"] = time.process_time() - began
    return {name: 1000 * seconds for name, seconds in took.items()}


class _Beside:
    """trafilatura in a process of its own, asked page by page; None where it is not there."""

    def __init__(self, python: Path | None) -> None:
        self._python = python
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Callable[[Path], float] | None:
        if self._python is None:
            return None
        self._process = subprocess.Popen(
            [self._python, "-c", _LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self._ask

    def __exit__(self, *exc: object) -> None:
        if self._process is not None:
            self._process.communicate()

    def _ask(self, file: Path) -> float:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{file}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def _peer() -> Path | None:
    """A Python that has trafilatura, installed once under .cache/bench; None where it cannot be had."""
    python = _PEER / "bin" / "python"
    if (_PEER / "ready").exists():
        return python
    try:
        venv.create(_PEER, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "trafilatura", "lxml_html_clean"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"trafilatura is left out: it cannot be installed ({error})", file=sys.stderr)
        return None
    (_PEER / "ready").touch()
    return python


def _print(ours: dict[str, list[dict[str, float]]], theirs: dict[str, list[float]]) -> None:
    typical = {
        part: median(median(round_[part] for round_ in rounds) for rounds in ours.values())
        for part in ("clean", "mentions", "all")
    }
    print(f"{len(ours)} articles, {ROUNDS} rounds, CPU ms a page, median over pages")
    print(f"clean {typical['clean']:.2f}, mentions {typical['mentions']:.2f}, with facts {typical['all']:.2f}")
    if any(theirs.values()):
        peer = median(median(rounds) for rounds in theirs.values())
        print(f"trafilatura {peer:.2f}, {peer / typical['all']:.2f} times as much")
