"""The commands that show how pages are extracted and what they stated: inspect, compare, diff, show."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.text import Text

from monitor.diff.elapsed import SnapshotTimes
from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import WHOLE_PAGE, Change, FactDefinition, FetchRequest, Page, Selection, Snapshot, Verdict
from monitor.pipeline.analyze import PageAnalysis
from monitor.pipeline.process import Analyze
from pagewitness.cli.common import (
    app_on,
    declared_facts,
    declared_watchlist,
    known_page,
    parse_time,
    settings_for,
    usable_url,
)
from pagewitness.cli.diff_output import print_comparison
from pagewitness.cli.inspect_output import print_inspection, print_suggestions
from pagewitness.cli.output import err, hidden, print_json, print_table, progress_bar, styled_console
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, open_extractor, open_fetcher
from pagewitness.files import Unreadable, read_regular
from pagewitness.inspection.comparing import Compared, compare_analyses
from pagewitness.inspection.json_output import changes_between, inspection, loose_snapshot
from pagewitness.inspection.layout import InspectedPage, as_html, lay_out
from pagewitness.suggestions import suggest
from pagewitness.validation_messages import explain
from pagewitness.watchlist.page_tables import PageSettings
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


def inspect(
    *,
    places: list[str],
    watchlist: Path | None,
    allow_private: bool,
    json: bool,
    html: bool,
    output: Path | None,
    only: list[str] | None = None,
    without: list[str] | None = None,
) -> None:
    """See `pagewitness.cli.commands.extraction.inspect`."""
    if json and html:
        raise ConfigurationError("--json or --html, not both")
    if output is not None and not html:
        raise ConfigurationError("--output is for --html; redirect stdout for the rest")
    given = _selection(only or [], without or [])
    declared = declared_watchlist(watchlist)
    facts = declared.facts if declared is not None else ()
    selections = {page.url: page.selection for page in declared.pages} if declared is not None else {}
    fine = True
    pages: list[InspectedPage] = []
    with closing(open_extractor(settings_for(None))) as extract, progress_bar() as bar:
        task = bar.add_task("reading", total=len(places))
        for place in places:
            try:
                selection = given if given != WHOLE_PAGE else selections.get(_url_of(place), WHOLE_PAGE)
                analysis = _analysis_of(place, facts, extract, selection, allow_private=allow_private)
            except WorkerError as error:
                err.print(f"pagewitness: {error}")
                fine = False
                bar.advance(task)
                continue
            fine = fine and analysis.verdict is Verdict.OK
            if html:
                pages.append(lay_out(place, analysis))
            else:
                with hidden(bar):
                    _print(place, analysis, json=json)
            bar.advance(task)
    if html:
        _write(as_html(pages, version=version("pagewitness")), output)
    if not fine:
        raise typer.Exit(1)


def _selection(only: list[str], without: list[str]) -> Selection:
    """Return the part of a page that options name, validated like a watchlist's `[[page]]`.

    Raises:
        ConfigurationError: One is neither a CSS selector nor a JSON path.
    """
    try:
        settings = PageSettings.model_validate({"only": only, "without": without})
    except ValidationError as error:
        raise ConfigurationError(
            "; ".join(f"--{fault['loc'][0]}: {explain(fault)}" for fault in error.errors())
        ) from None
    return Selection(tuple(settings.only), tuple(settings.without))


def _url_of(place: str) -> str:
    """Return the normalised URL that an argument names; "" for a file."""
    return usable_url(place) if "://" in place else ""


def _print(place: str, analysis: PageAnalysis, *, json: bool) -> None:
    if json:
        print_json([inspection(place, analysis)])
    else:
        print_inspection(lay_out(place, analysis))
        if analysis.verdict is Verdict.OK and not analysis.version.readings:
            print_suggestions(suggest(analysis.version))


def _write(page: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(page)
        sys.stdout.flush()
        return
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output}: {error.strerror}") from None


def _analysis_of(
    place: str,
    facts: tuple[FactDefinition, ...],
    extract: Analyze,
    selection: Selection = WHOLE_PAGE,
    *,
    allow_private: bool = False,
) -> PageAnalysis:
    body, snapshot = _received(place, allow_private=allow_private)
    try:
        return extract(body, snapshot, facts, selection)
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


def compare(*, files: list[str], watchlist: Path | None, json: bool) -> None:
    """See `pagewitness.cli.commands.extraction.compare`."""
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
    before, after = _analysis_of(old, facts, extract), _analysis_of(new, facts, extract)
    changes = changes_between(before, after)
    if json:
        print_json(
            [
                {
                    "old": old,
                    "new": new,
                    "verdict_old": before.verdict.value,
                    "verdict_new": after.verdict.value,
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


def diff(*, url: str, old: str | None, new: str | None, side_by_side: bool, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.extraction.diff`."""
    if side_by_side and json:
        raise ConfigurationError("--side-by-side or --json, not both")
    for time in filter(None, (old, new)):
        parse_time(time)  # report a malformed time before anything else
    with app_on(db) as parts:
        page = known_page(parts, url)
        newer = _at(parts.history, page, new)
        older = _at(parts.history, page, old) if old else _version_before(parts.history, page, newer)
        before, after = _archived(parts, page, older), _archived(parts, page, newer)
        if json:
            changes = changes_between(before, after)
            print_json(change_json(change) for change in changes)
        else:
            times = SnapshotTimes(older.taken_at, newer.taken_at)
            changes = _print_diff(page, compare_analyses(before, after, times), times, side_by_side=side_by_side)
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
    found = history.with_other_version(page.id, after)
    if found is not None:
        return found
    raise ConfigurationError(
        f"{page.url} has only one version so far; `pagewitness history {page.url}` lists the snapshots"
    )


def _archived(parts: AppContext, page: Page, snapshot: Snapshot) -> PageAnalysis:
    assert snapshot.body_sha256 is not None
    return parts.analyze(parts.history.body(snapshot.body_sha256), snapshot, page.facts, page.selection)


def _print_diff(page: Page, compared: Compared, times: SnapshotTimes, *, side_by_side: bool) -> tuple[Change, ...]:
    names = [f"{page.url} {time:%Y-%m-%d %H:%M:%S} UTC" for time in times]
    print_comparison(compared.comparison, *names, side_by_side=side_by_side)
    for change in compared.changes:
        styled_console().print(Text(one_line(f"{change.level}: {summary(change)}"), style="bold"))
    return compared.changes


def show(*, url: str, at: str | None, raw: bool, text: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.extraction.show`."""
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
