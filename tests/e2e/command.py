"""The command line as a process of its own, and pages for it to watch."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver, reduction
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from pagewitness import cli
from tests.support.patience import PATIENCE_SECONDS

NEEDED = (
    "storage.store",
    "storage.database.engine",
    "monitor.pipeline.analyze",
    "alembic.config",
    "pagewitness.service.supervisor",
)
BASE = [sys.executable, "-m", "pagewitness"]


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def message(self) -> str:
        """The one line on standard error, with nothing on standard output."""
        assert self.out == ""
        line, end, rest = self.err.partition("\n")
        assert (end, rest) == ("\n", ""), self.err
        return line


def environment(settings: Mapping[str, object] | None = None) -> dict[str, str]:
    """Ours without any setting of the machine's, and with these: {"tick_seconds": 0.2}."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAGEWITNESS_", "COLUMNS"))}
    return clean | {f"PAGEWITNESS_{name.upper()}": str(value) for name, value in (settings or {}).items()}


def pagewitness(
    *arguments: object,
    db: str | None = None,
    cwd: Path | None = None,
    timeout: float = PATIENCE_SECONDS,
    **settings: object,
) -> Done:
    """Run a command to its end, in a process of its own that is forked from one that has only imported the code: a tenth of the time."""
    place = ["--db", db] if db else []
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pipes = [reduction.DupFd(out.fileno()), reduction.DupFd(err.fileno())]
        child = forked(_command, [*map(str, arguments), *place], environment(settings), str(cwd or Path.cwd()), pipes)
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise TimeoutError(f"pagewitness {arguments} took longer than {timeout} s")
        out.seek(0)
        err.seek(0)
        return Done(child.exitcode, out.read().decode(), err.read().decode())


def forked(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that does this, forked from one that has only imported the code."""
    child = _forks().Process(target=target, args=arguments)
    child.start()
    return child


@cache
def _forks() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # Commands import what they need when they run; here everything is imported once.
    context.set_forkserver_preload(
        [*(f"pagewitness.cli.{module.name}" for module in iter_modules(cli.__path__)), *NEEDED]
    )
    with pytest.MonkeyPatch.context() as patch:
        # What is imported now must not think that it writes to our terminal.
        patch.setenv("TERM", "dumb")
        os.unsetenv("COLUMNS")  # set by readline, behind Python's back
        forkserver.ensure_running()
    return context


def _command(arguments: list[str], environ: dict[str, str], cwd: str, pipes: list[Any]) -> None:
    for ours, theirs in zip((1, 2), pipes, strict=True):
        os.dup2(theirs.detach(), ours)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    sys.argv = ["pagewitness", *arguments]
    from pagewitness.cli import main

    main()


def html(*paragraphs: str, title: str = "The Coalition") -> str:
    """A page of these paragraphs."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<!doctype html><html lang="en"><title>{title}</title><main><h1>{title}</h1>{text}</main></html>'
