"""Independent clients of web archives, each from the package index in a virtual environment of its own, built once for all tests of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "scripts"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 120


class Client:
    """An installed client.

    Attributes:
        folder: Its virtual environment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, name: str) -> str:
        """The path of an installed command."""
        return str(self.folder / "bin" / name)

    def run(self, script: str, *arguments: str) -> list[Any]:
        """What a script of `scripts` prints: one JSON value a line."""
        command = [self.command("python"), str(SCRIPTS / script), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Client]:
    """Returns the client of a package; it is installed at the first call."""
    clients: dict[str, Client] = {}

    def install(package: str) -> Client:
        if package not in clients:
            folder = tmp_path_factory.mktemp("clients") / package
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=_INSTALL_SECONDS)
            client = Client(folder)
            pip = [client.command("python"), "-m", "pip", "install", "--quiet", package]
            done = subprocess.run(pip, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
            assert done.returncode == 0, done.stderr
            clients[package] = client
        return clients[package]

    return install
