"""The commands that show how pages are extracted and what they stated: inspect, compare, diff, show."""

from __future__ import annotations

import difflib
import re
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import FactDefinition, FetchRequest, Page, Snapshot
from monitor.pipeline.analyze import PageAnalysis
from monitor.pipeline.process import Analyze
from pagewitness.cli.common import (
    Db,
    Json,
    WatchlistOption,
    app_on,
    declared_facts,
    err,
    known_page,
    out,
    parse_time,
    print_json,
    print_table,
    progress_bar,
    settings_for,
    usable_url,
)
from pagewitness.cli.inspect_output import print_inspection
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, open_extractor, open_fetcher
from pagewitness.files import Unreadable, read_regular
from pagewitness.inspection.json_output import changes_between, inspection, loose_snapshot
from pagewitness.inspection.layout import InspectedPage, as_html, lay_out
from pagewitness.workers.model import WorkerError
from rendering.event_json import change_json
from rendering.sentences import summary
from rendering.text_safety import one_line
from storage.queries.history import History

_TYPES = {
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/plain",
    ".xml": "application/xml",
    ".rss": "application/xml",
    ".atom": "application/xml",
    ".xhtml": "application/xhtml+xml",
    ".pdf": "application/pdf",
}

# Control characters. Those of C1 are matched as single bytes too, because terminals without UTF-8 interpret them.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\udc80-\udc9f]")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(inspect)
    app.command()(compare)
    app.command()(diff)
    app.command()(show)


def inspect(
    places: Annotated[list[str], typer.Argument(metavar="FILE|URL...")],
    watchlist: WatchlistOption = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let a URL's own host and port be a private address.")
    ] = False,
    json: Json = False,
    html: Annotated[
        bool, typer.Option("--html", help="Write an HTML report: one file, without scripts, that needs nothing else.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Where to write --html; else stdout.")
    ] = None,
) -> None:
    """Show how a page is extracted: its blocks with their kinds, its numbers, and the declared facts. Exits 1 unless every page is ok."""
    if json and html:
        raise ConfigurationError("--json or --html, not both")
    if output is not None and not html:
        raise ConfigurationError("--output is for --html; redirect stdout for the rest")
    facts = declared_facts(watchlist)
    fine = True
    shown: list[InspectedPage] = []
    with closing(open_extractor(settings_for(None))) as extract, progress_bar() as bar:
        task = bar.add_task("reading", total=len(places))
        for place in places:
            try:
                says = _understood(place, facts, extract, allow_private=allow_private)
            except WorkerError as error:
                err.print(f"pagewitness: {error}")
                fine = False
                bar.advance(task)
                continue
            fine = fine and says.verdict.value == "ok"
            if json:
                print_json([inspection(place, says)])
            elif html:
                shown.append(lay_out(place, says))
            else:
                print_inspection(lay_out(place, says))
            bar.advance(task)
    if html:
        _write(as_html(shown, version=version("pagewitness")), output)
    if not fine:
        raise typer.Exit(1)


def _write(page: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(page)
        sys.stdout.flush()
        return
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output}: {error.strerror}") from None


def _understood(
    place: str, facts: tuple[FactDefinition, ...], extract: Analyze, *, allow_private: bool = False
) -> PageAnalysis:
    body, snapshot = _received(place, allow_private=allow_private)
    try:
        return extract(body, snapshot, facts)
    except WorkerError as error:
        raise type(error)(f"{place}: {error}") from None


def _received(place: str, *, allow_private: bool) -> tuple[bytes, Snapshot]:
    if "://" not in place:
        return _bytes(place), loose_snapshot("", _type_of(place), 200)
    with open_fetcher(settings_for(None)) as fetch:
        final = fetch(FetchRequest(usable_url(place), allow_private), system_clock()).final
    if final.failure is not None:
        raise PagewitnessError(f"{place}: {final.failure.message}")
    snapshot = loose_snapshot(
        final.url,
        final.header("Content-Type"),
        final.status or 0,
        truncated=final.truncated,
        refresh=final.header("Refresh"),
    )
    return final.body or b"", snapshot


def _type_of(place: str) -> str | None:
    """Return the Content-Type for a file's suffix; None without a suffix, where the bytes decide. Unknown suffixes are taken for HTML."""
    suffix = Path(place).suffix.lower()
    return _TYPES.get(suffix, "text/html" if suffix else None)


def _bytes(place: str) -> bytes:
    limit = settings_for(None).max_body_bytes
    if place == "-":
        body = sys.stdin.buffer.read(limit + 1)
        if len(body) > limit:
            raise ConfigurationError(f"stdin gives more than {limit:,} bytes; PAGEWITNESS_MAX_BODY_BYTES allows more")
        return body
    try:
        return read_regular(place, limit)
    except Unreadable as error:
        raise ConfigurationError(one_line(f"{place}: {error}")) from None


def compare(
    files: Annotated[
        list[str], typer.Argument(metavar="OLD NEW...", help="Pairs of files or URLs; pairs may follow on.")
    ],
    watchlist: WatchlistOption = None,
    json: Json = False,
) -> None:
    """Show the changes that would be reported between two files. Exits 1 if there are any."""
    if len(files) % 2:
        raise ConfigurationError(f"compare takes pairs, OLD NEW; {len(files)} files were given")
    facts = declared_facts(watchlist)
    found = False
    with closing(open_extractor(settings_for(None))) as extract:
        for old, new in zip(files[::2], files[1::2], strict=True):
            found = _compare(old, new, facts, extract, json=json) or found
    if found:
        raise typer.Exit(1)


def _compare(old: str, new: str, facts: tuple[FactDefinition, ...], extract: Analyze, *, json: bool) -> bool:
    """Print the changes that would be reported between two files; return whether there are any."""
    was, now = _understood(old, facts, extract), _understood(new, facts, extract)
    changes = changes_between(was, now)
    if json:
        print_json(
            [
                {
                    "old": old,
                    "new": new,
                    "verdict_old": was.verdict.value,
                    "verdict_new": now.verdict.value,
                    "changes": [change_json(change) for change in changes],
                }
            ]
        )
    else:
        print_table(
            ["level", "what"],
            [(change.level.value, summary(change)) for change in changes],
            empty=f"{old} and {new}: nothing to report",
        )
    return bool(changes)


def diff(
    url: str,
    old: Annotated[
        str | None, typer.Argument(metavar="[FROM]", help="A time; without, the version before the last.")
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="[TO]", help="A time; without, the newest.")] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the differences between two archived snapshots of a page. Exits 1 if there are any."""
    for time in filter(None, (old, new)):
        parse_time(time)  # report a malformed time before anything else
    with app_on(db) as parts:
        page = known_page(parts, url)
        after = _at(parts.history, page, new)
        before = _at(parts.history, page, old) if old else _version_before(parts.history, page, after)
        was, now = _archived(parts, page, before), _archived(parts, page, after)
        changes = changes_between(was, now)
        if json:
            print_json(change_json(change) for change in changes)
        else:
            _print_diff(page, (before, was), (after, now))
            for change in changes:
                out.print(Text(one_line(f"{change.level}: {summary(change)}"), style="bold"))
    if changes:
        raise typer.Exit(1)


def _at(history: History, page: Page, time: str | None) -> Snapshot:
    when = parse_time(time) if time else datetime.max.replace(tzinfo=UTC)
    found = history.at_or_before(page.id, when)
    if found is None:
        raise ConfigurationError(
            f"{page.url}: nothing was archived {'at or before ' + time if time else 'yet'}; `pagewitness history {page.url}` lists what was"
        )
    return found


def _version_before(history: History, page: Page, after: Snapshot) -> Snapshot:
    for snapshot in history.snapshots(page.id):
        if (
            snapshot.taken_at < after.taken_at
            and snapshot.version_id is not None
            and snapshot.version_id != after.version_id
        ):
            return snapshot
    raise ConfigurationError(
        f"{page.url} has only one version so far; `pagewitness history {page.url}` lists the snapshots"
    )


def _archived(parts: AppContext, page: Page, snapshot: Snapshot) -> PageAnalysis:
    assert snapshot.body_sha256 is not None
    return parts.understand(parts.history.body(snapshot.body_sha256), snapshot, page.facts)


def _print_diff(page: Page, old: tuple[Snapshot, PageAnalysis], new: tuple[Snapshot, PageAnalysis]) -> None:
    before, after = (says.version.text.splitlines() for _, says in (old, new))
    name_before, name_after = (f"{page.url} {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC" for snapshot, _ in (old, new))
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in difflib.unified_diff(before, after, name_before, name_after, lineterm="", n=1):
        out.print(Text(one_line(line), style=styles.get(line[:1], "")))


def show(
    url: str,
    at: Annotated[str | None, typer.Option(help="A time: the snapshot at or before it. Without, the newest.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as the server sent them, decoded.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The cleaned text. This is the default.")] = False,
    db: Db = None,
) -> None:
    """Show the content of an archived page."""
    if raw and text:
        raise ConfigurationError("--raw or --text, not both")
    with app_on(db) as parts:
        page = known_page(parts, url)
        snapshot = _at(parts.history, page, at)
        assert snapshot.body_sha256 is not None
        err.print(f"{page.url} as of {snapshot.taken_at:%Y-%m-%d %H:%M:%S} UTC, sha256 {snapshot.body_sha256}")
        if raw:
            _write_raw(parts.history.body(snapshot.body_sha256))
        else:
            for line in _archived(parts, page, snapshot).version.text.splitlines():
                sys.stdout.write(one_line(line) + "\n")


def _write_raw(body: bytes) -> None:
    """Write bytes unchanged, but refuse to write control characters to a terminal.

    Raises:
        ConfigurationError: The body contains control characters and stdout is a terminal.
    """
    if sys.stdout.isatty() and _OBEYED.search(body.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")):
        raise ConfigurationError(
            "the body holds characters that a terminal would obey; redirect stdout to a file, or say --text"
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()
