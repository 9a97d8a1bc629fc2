"""urlwatch from PyPI over the same pages, in an environment of its own: url jobs with its html2text filter, run as its users run it."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import ROOT, Ran, Row, run
from bench.server import Served

NAME = "urlwatch"
_HOME = ROOT / ".cache" / "bench"


class PeerMissing(Exception):
    """urlwatch could not be installed."""


class Walk:
    """One cache, checked repeatedly. Each check is a process of its own."""

    def __init__(self, served: Served, program: Path, folder: Path) -> None:
        self._served, self._program, self._folder = served, program, folder
        self._urls, self._cache = folder / "urls.yaml", folder / "cache.db"
        jobs = (f"name: page {n}\nurl: {url}\nfilter:\n  - html2text\n" for n, url in enumerate(served.urls()))
        self._urls.write_text("---\n".join(jobs))
        (folder / "hooks.py").write_text("")
        # What it costs to start, read its files and do nothing, to be taken off as it is from ours.
        self._started = self._run("--list")

    def check(self, phase: str) -> Row:
        """See `bench.phases.Walker`."""
        before = self._size()
        ran = self._run()
        pages = self._served.pages
        return Row(
            NAME,
            phase,
            cpu_ms=(ran.cpu - self._started.cpu) / pages * 1000,
            wall_ms=(ran.wall - self._started.wall) / pages * 1000,
            rss_mb=ran.rss_mb,
            bytes_each=(self._size() - before) / pages,
            start_ms=self._started.cpu * 1000,
            note=self._text(),
        )

    def _run(self, *arguments: str) -> Ran:
        files = (f"--{name}={self._folder / file}" for name, file in _FILES)
        return run([self._program, *files, *arguments], self._folder / "log.txt")

    def _size(self) -> int:
        return self._cache.stat().st_size if self._cache.exists() else 0

    def _text(self) -> str:
        """How many pages it reported as what, from its own report."""
        lines = (self._folder / "log.txt").read_text(errors="replace").splitlines()
        counts = {
            word: sum(line.startswith(f"{word.upper()}: ") for line in lines) for word in ("new", "changed", "error")
        }
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing reported"


@contextmanager
def installed(served: Served) -> Iterator[Walk]:
    """urlwatch with the pages in its list.

    Raises:
        PeerMissing: It could not be installed.
    """
    program = _installed()
    with TemporaryDirectory() as folder:
        yield Walk(served, program, Path(folder))


_FILES = (("urls", "urls.yaml"), ("config", "config.yaml"), ("hooks", "hooks.py"), ("cache", "cache.db"))


def _installed() -> Path:
    """urlwatch's program, installed once under .cache/bench."""
    home = _HOME / f"urlwatch-{sys.version_info.major}.{sys.version_info.minor}"
    program = home / "bin" / "urlwatch"
    if program.exists():
        return program
    try:
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", "urlwatch"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PeerMissing(f"urlwatch cannot be installed ({error})") from error
    return program
