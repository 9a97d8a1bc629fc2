"""`python -m pagewitness.demo`: the real service monitors years of a Coalition-like site on loopback in seconds.

Progress goes to stderr, the report to stdout. At the end the web interface stays up until Ctrl-C. With --exit, all reports are compared with the
script instead, and the exit status is 0 only if no event is missing and none is unexpected.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.demo import coalition_site, report
from pagewitness.demo.proof import prove
from pagewitness.demo.script import Moment
from pagewitness.demo.watching import Stage, play, staged
from pagewitness.demo.years import MOMENTS
from pagewitness.settings import Settings, from_env

_FROM_ENVIRONMENT = ("PAGEWITNESS_WEB_HOST", "PAGEWITNESS_WEB_PORT")
"""The only variables that the demo takes from the environment: others could change what it does."""


class Mutant(StrEnum):
    """Deliberate faults that the proof must detect."""

    SERVES_94_FOR_84 = "serves-94-for-84"
    NO_RULE = "no-rule"
    BLOCK_PAGE_MOVES = "block-page-moves"


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def demo(
    exit_after: Annotated[
        bool, typer.Option("--exit", help="Compare everything reported with the script, and exit.")
    ] = False,
    mutant: Annotated[
        Mutant | None, typer.Option(help="Introduce a fault on purpose; the proof must detect it.")
    ] = None,
    db: Annotated[str | None, typer.Option(metavar="URL", help="An empty database to use and to keep.")] = None,
) -> None:
    """Monitor years of four pages in seconds, on loopback."""
    with tempfile.TemporaryDirectory(prefix="pagewitness-demo-") as folder:
        settings = _settings(db or f"sqlite:///{folder}/demo.db", any_port=exit_after)
        logs.configure(settings)
        sabotage = None if mutant in (None, Mutant.NO_RULE) else coalition_site.Mutant(mutant.value.replace("-", "_"))
        with staged(settings, Path(folder), mutant=sabotage, rule=mutant is not Mutant.NO_RULE) as stage:
            _run(stage, exit_after=exit_after)


def _settings(database_url: str, *, any_port: bool) -> Settings:
    environ = {name: os.environ[name] for name in _FROM_ENVIRONMENT if name in os.environ}
    if any_port:
        environ["PAGEWITNESS_WEB_PORT"] = "0"
    return from_env({**environ, "PAGEWITNESS_DATABASE_URL": database_url, "PAGEWITNESS_LOG_LEVEL": "error"})


def _run(stage: Stage, *, exit_after: bool) -> None:
    began = time.monotonic()
    with _progress() as on_moment:
        play(stage, on_moment)
    counted = report.figures(stage, time.monotonic() - began)
    out = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else report.WIDTH)
    report.show(out, stage, counted)
    if exit_after:
        _report_proof(prove(stage))
    else:
        _wait_for_interrupt(stage)


@contextmanager
def _progress() -> Iterator[Callable[[Moment], None]]:
    """Show a progress bar with the current moment's note on stderr. It is drawn only on a terminal."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=len(MOMENTS))
        yield lambda moment: bar.update(task, advance=1, description=f"{moment.at:%Y-%m-%d}  {moment.note}")


def _report_proof(problems: list[str]) -> None:
    if problems:
        print("\n".join(["Not as the script expects:", *problems]), file=sys.stderr)
        raise typer.Exit(1)
    print(
        "As the script expects: nothing missing, nothing unexpected, nothing twice, and every quote is in its replay."
    )


def _wait_for_interrupt(stage: Stage) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(f"The archive is at {stage.web.url} until you press Ctrl-C.")
    print(f"To log in there, choose a name and a password: {stage.web.first_admin_link()}", flush=True)
    stop.wait()


def main() -> None:
    """Run the demo; exit with 1 if the proof or anything else fails."""
    try:
        app()
    except PagewitnessError as error:
        print(f"pagewitness.demo: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
