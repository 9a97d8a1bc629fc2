"""The `export` command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

from monitor.errors import ConfigurationError
from monitor.times import iso_utc
from pagewitness.cli.common import app_on, known_page, parse_time
from pagewitness.cli.output import err, progress_bar
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from storage.database.connection import Database
from storage.database.private_files import create_private
from storage.maintenance.backup_file import written
from storage.warc.export import MOST_NAMED, Exported, export_warc
from storage.warc.selection import Selection

_FORMAT = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


def export(
    *,
    warc: Path,
    pages: list[str],
    tag: str | None,
    since: str | None,
    until: str | None,
    changed: bool,
    requisites: bool,
    force: bool,
    db: str | None,
) -> int:
    """See `pagewitness.cli.commands.archive.export`; return the number of damaged exchanges."""
    begin, end = (None if text is None else parse_time(text) for text in (since, until))
    with app_on(db) as parts:
        page_ids = _page_ids(parts, pages, tag)
        selection = Selection(page_ids, begin, end, changed, requisites)
        words = [*pages, *([f"tag {tag}"] if tag is not None else [])]
        words += [f"since {iso_utc(begin)}"] if begin else []
        words += [f"until {iso_utc(end)}"] if end else []
        words += ["changed snapshots only"] if changed else []
        words += [] if requisites else ["without requisites"]
        info = {
            "software": f"Pagewitness/{version('pagewitness')}",
            "format": "WARC File Format 1.1",
            "conformsTo": _FORMAT,
            "description": f"exchanges archived: {', '.join(words) or 'all'}",
        }
        with _target(warc, parts.database, force=force) as out, progress_bar() as bar:
            task = bar.add_task("exporting", total=None)
            exported = export_warc(
                parts.database,
                selection,
                out,
                gzip=warc.suffix != ".warc",
                info=info,
                now=system_clock(),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    _report(warc, exported)
    return exported.damaged


def _page_ids(parts: AppContext, pages: list[str], tag: str | None) -> list[int] | None:
    """Return the selected pages; None selects everything."""
    if not pages and tag is None:
        return None
    chosen = {known_page(parts, page).id for page in pages}
    if tag is not None:
        tagged = {row.page.id for row in parts.history.stream_pages() if tag in row.page.tags}
        if not tagged:
            raise ConfigurationError(f"no page has the tag {tag}; `pagewitness pages` lists them")
        chosen = chosen & tagged if pages else tagged
    return sorted(chosen)


@contextmanager
def _target(file: Path, database: Database, *, force: bool) -> Iterator[IO[bytes]]:
    """Yield where to write: stdout for "-", otherwise a temporary file that gets the name when it is complete."""
    if str(file) == "-":
        if sys.stdout.isatty():
            raise ConfigurationError("a WARC file is not for a terminal; redirect stdout or name a file")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with written(file, database, force=force) as part:
        create_private(part, exclusive=True)
        with part.open("wb") as out:
            yield out


def _report(file: Path, exported: Exported) -> None:
    counts = [f"{exported.responses:,} responses", f"{exported.revisits:,} revisits"]
    counts += [f"{exported.failures:,} failed requests"] if exported.failures else []
    counts += [f"{exported.damaged:,} damaged exchanges left out"] if exported.damaged else []
    err.print(f"{'stdout' if str(file) == '-' else file}: {', '.join(counts)}")
    for problem in exported.problems:
        err.print(problem)
    if exported.damaged > MOST_NAMED:
        err.print(f"… and {exported.damaged - MOST_NAMED:,} more; `pagewitness verify` names them all")
