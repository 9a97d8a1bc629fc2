"""The command `import --from`: pages from the configuration of another tool."""

from __future__ import annotations

from pathlib import Path

from monitor.errors import ConfigurationError
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, out
from pagewitness.clock import system_clock
from pagewitness.importing.tools.convert import Converted, convert, to_toml
from pagewitness.importing.tools.model import ExportError, Job
from pagewitness.importing.tools.reading import Tool, read_jobs
from pagewitness.page_lists.declare import declare
from pagewitness.validation_messages import near, one_of
from pagewitness.watchlist import loader
from storage.database.private_files import create_private


def import_tool(*, tool: str, places: list[Path], output: Path | None, add: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.import_pages`."""
    names = [kind.value for kind in Tool]
    if tool not in names:
        raise ConfigurationError(f"--from takes {one_of(names)}, not {tool!r}{near(tool, names)}")
    if output is not None and output.exists():
        raise ConfigurationError(f"{output} is there already; name a new file")
    converted = convert(_jobs(Tool(tool), places))
    text = to_toml(converted, f"{tool}, {', '.join(map(str, places))}")
    if converted.pages:
        loader.parse(text, "the converted watchlist")
    if output is not None:
        _write(output, text)
    elif not add:
        for line in text.splitlines():
            out.print(line)
    known = _add(converted, db) if add else 0
    for line in converted.report():
        err.print(line)
    err.print(_summary(converted, known))


def _write(output: Path, text: str) -> None:
    """Write a new file that only its owner can read: jobs of other tools contain cookies and passwords."""
    try:
        create_private(output, exclusive=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output}: {error.strerror}") from None


def _jobs(tool: Tool, places: list[Path]) -> list[Job]:
    try:
        return [job for place in places for job in read_jobs(tool, place)]
    except ExportError as error:
        raise ConfigurationError(str(error)) from None


def _add(converted: Converted, db: str | None) -> int:
    """Add the pages; return how many were watched already."""
    entries = [page.entry for page in converted.pages]
    with app_on(db, create=True) as parts:
        facts = [definition.name for definition in parts.store.all_facts()]
        declared = declare(entries, {}, facts, allow_private=False)
        if declared.problems:
            raise ConfigurationError("\n".join(declared.problems))
        return len(parts.store.add_pages(declared.pages, now=system_clock()).known)


def _summary(converted: Converted, known: int) -> str:
    partly = sum(bool(page.notes) for page in converted.pages)
    counts = [
        f"pages: {len(converted.pages):,}, of which {partly:,} have parts that do not carry over",
        f"jobs left out: {len(converted.left_out) + len(converted.private):,}",
    ]
    if converted.private:
        counts.append(f"of which on private addresses: {len(converted.private):,}")
    if known:
        counts.append(f"watched already, with settings that stay as they are: {known:,}")
    return "; ".join(counts)
