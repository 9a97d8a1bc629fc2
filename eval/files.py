"""Folders of pages: packed or not, and the JSON lines in them."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


@contextmanager
def unpacked(parent: Path, name: str) -> Iterator[Path | None]:
    """The folder `name` below `parent`, taken out of `name`.tar.xz where it is packed; None where there is neither."""
    packed = parent / f"{name}.tar.xz"
    if (parent / name).is_dir():
        yield parent / name
    elif packed.is_file():
        with TemporaryDirectory() as scratch:
            with tarfile.open(packed) as archive:
                archive.extractall(scratch, filter="data")
            yield Path(scratch) / name
    else:
        yield None


def history_names(parent: Path) -> list[str]:
    """Names of the histories in a folder, packed or not."""
    packed = {path.name.removesuffix(".tar.xz") for path in parent.glob("*.tar.xz")}
    return sorted(packed | {path.parent.name for path in parent.glob("*/manifest.jsonl")})


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one a line; none where there is no such file."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()] if path.exists() else []


def moment(text: str) -> datetime:
    """A time as manifests and `changes --json` write it, to the second."""
    return datetime.fromisoformat(text).replace(microsecond=0)


def pagewitness(*arguments: str | Path) -> str:
    """The output of a command on stdout. A failing one ends the evaluation with its own words."""
    done = subprocess.run(
        [sys.executable, "-m", "pagewitness", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"pagewitness {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def imported_changes(folder: Path, database: str) -> list[dict[str, Any]]:
    """A history imported into a fresh database, through the command line: what `changes --json` reports then."""
    pagewitness("import", folder, "--db", database)
    return [json.loads(line) for line in pagewitness("changes", "--json", "--db", database).splitlines()]
