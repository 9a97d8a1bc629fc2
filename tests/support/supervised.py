"""`pagewitness run` as a process of its own, whose processes may be of another module than the real one; and what can be asked of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from pagewitness.service.control import ask
from pagewitness.service.supervisor import SILENT_SECONDS
from pagewitness.settings import Settings, from_env
from tests.support.patience import PATIENCE_SECONDS, soon

ROOT = Path(__file__).parents[2]
HOSTILE = "tests.support.hostile_child"


class Supervised:
    """A service that runs.

    Attributes:
        process: Its supervisor.
        settings: What it works with.
    """

    def __init__(self, process: subprocess.Popen[bytes], settings: Settings, log: Path) -> None:
        self.process = process
        self.settings = settings
        self._log = log

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def status(self) -> dict[str, Any]:
        assert soon(lambda: self._ask() is not None), self._log.read_text()
        status = self._ask()
        assert status is not None
        return status

    def _ask(self) -> dict[str, Any] | None:
        return ask(self.settings, "status")

    def process_status(self, name: str) -> dict[str, Any]:
        """One of its processes."""
        return next(one for one in self.status()["processes"] if one["name"] == name)

    def pid(self, name: str) -> int:
        """The number of a process that runs, as soon as it does."""
        found: list[int] = []

        def runs() -> bool:
            status = self.process_status(name)
            found[:] = [status["pid"]] if status["state"] == "running" else []
            return bool(found)

        self.wait(runs)
        return found[0]

    def wait(self, until: Callable[[], object]) -> None:
        assert soon(lambda: self.process.poll() is not None or until()), self._log.read_text()
        assert self.process.poll() is None, self._log.read_text()

    def wait_until_ready(self) -> None:
        self.wait(lambda: self.status()["problems"] == [])

    @contextmanager
    def web(self) -> Iterator[httpx.Client]:
        self.wait(lambda: self.logged("listening"))
        with httpx.Client(base_url=self.logged("listening")[0]["url"], timeout=PATIENCE_SECONDS) as client:
            yield client

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def supervised(
    folder: Path, url: str, *, module: str = HOSTILE, silent_seconds: float = SILENT_SECONDS, **settings: object
) -> Iterator[Supervised]:
    """A service on a database, killed in the end where it still lives."""
    given = {
        "database_url": url,
        "web_port": 0,
        "log_format": "json",
        "tick_seconds": 0.1,
        "host_interval_seconds": 0.0,
        "extractors": 2,
        "runtime_dir": folder,
        **settings,
    }
    chosen = {f"PAGEWITNESS_{name.upper()}": str(value) for name, value in given.items()}
    log = folder / "log.txt"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.supervised", module, str(silent_seconds)],
            cwd=ROOT,
            env={**os.environ, **chosen},
            stderr=stderr,
        )
    try:
        yield Supervised(process, from_env(chosen), log)
    finally:
        process.kill()
        process.wait()


def main(module: str, silent_seconds: str) -> None:
    """The supervisor's side."""
    from pagewitness import logs
    from pagewitness.composition import open_app
    from pagewitness.service import run, supervisor
    from pagewitness.service.signals import Signals
    from storage.database.locks import hold_exclusive

    supervisor.SILENT_SECONDS = float(silent_seconds)
    settings = from_env(os.environ)
    logs.configure(settings, process="supervisor")
    signals = Signals()
    with open_app(settings) as app, hold_exclusive(app.database) as hold:
        run.run(app, signals, None, hold=hold, module=module)


if __name__ == "__main__":
    main(*sys.argv[1:])
