"""The commands that list stored data: pages, history and changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from alerts.model import RecordedEvent
from monitor.model import JsonValue, Page
from monitor.times import iso_utc
from pagewitness.cli.common import app_on, known_page
from pagewitness.cli.output import print_json, print_table, render_cell
from pagewitness.cli.page_settings import settings_of
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.display import page_name, problems_of, status_word
from pagewitness.event_reasons import reasons_json, reasons_line, with_reasons
from rendering.event_json import event_json
from rendering.sentences import summary
from storage.queries.alert_history import AlertHistory
from storage.queries.history import PageSummary

_BATCH = 500


def pages(*, url: str | None, tag: str | None, why: bool, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.pages`."""
    with app_on(db) as parts:
        wanted = None if url is None else known_page(parts, url).id
        rows = (
            row
            for row in parts.history.stream_pages()
            if (wanted is None or row.page.id == wanted) and (tag is None or tag in row.page.tags)
        )
        if why:
            _settings((row.page for row in rows), json=json)
            return
        if json:
            print_json(map(_page_json, rows))
            return
        now = system_clock()
        print_table(
            [
                *("page", "label or title", "state", "status", "last check", "result", "last ok"),
                *("snapshots", "versions", "next check", "reason"),
            ],
            (_page_row(row, now) for row in rows),
            empty=f"no page has the tag {tag}"
            if tag is not None
            else "nothing is watched yet; `pagewitness apply WATCHLIST` or `pagewitness add URL`",
        )


def _settings(found: Iterable[Page], *, json: bool) -> None:
    """Print the settings of pages and where each comes from."""
    rows = ((page.url, *setting) for page in found for setting in settings_of(page))
    if json:
        print_json(dict(zip(("url", "setting", "value", "from"), row, strict=True)) for row in rows)
        return
    print_table(["page", "setting", "value", "from"], rows, empty="no page is named so")


def _page_row(row: PageSummary, now: datetime) -> tuple[object, ...]:
    result = row.last_verdict or row.last_outcome
    return (
        row.page.url,
        row.page.label or row.title,
        _state(row.page, now),
        ", ".join(problems_of(row)) or status_word(row.health),
        row.last_at,
        result.value if result else "",
        row.last_ok_at,
        row.snapshots,
        row.versions,
        row.page.next_check_at,
        row.schedule_reason,
    )


def _state(page: Page, now: datetime) -> str:
    """Return whether a page is checked, and until when its alerts are held."""
    if page.paused_until is None or page.paused_until <= now:
        return page.state.value
    return f"{page.state.value}, alerts held until {render_cell(page.paused_until)}"


def _page_json(row: PageSummary) -> dict[str, JsonValue]:
    return {
        "url": row.page.url,
        "label": row.page.label,
        "state": row.page.state.value,
        "source": row.page.source.value,
        "facts": [fact.name for fact in row.page.facts],
        "snapshots": row.snapshots,
        "versions": row.versions,
        "last_at": _time(row.last_at),
        "last_ok_at": _time(row.last_ok_at),
        "last_outcome": row.last_outcome.value if row.last_outcome else None,
        "last_verdict": row.last_verdict.value if row.last_verdict else None,
        "health": row.health.value if row.health else "unknown",
        "stale_since": _time(row.stale_since),
        "disallowed_since": _time(row.disallowed_since),
        "unprocessed": row.unprocessed,
        "next_check_at": _time(row.page.next_check_at),
        "schedule_reason": row.schedule_reason,
        "tags": list(row.page.tags),
        "paused_until": _time(row.page.paused_until),
    }


def _time(time: datetime | None) -> str | None:
    return iso_utc(time) if time else None


def history(*, url: str, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.history`."""
    with app_on(db) as parts:
        snapshots = parts.history.stream_snapshots(known_page(parts, url).id)
        if json:
            print_json(
                {
                    "at": iso_utc(snapshot.taken_at),
                    "seq": snapshot.seq,
                    "origin": snapshot.origin.value,
                    "outcome": snapshot.outcome.value,
                    "status": snapshot.status,
                    "verdict": snapshot.verdict.value if snapshot.verdict else None,
                    "reason": snapshot.verdict_reason,
                    "final_url": snapshot.final_url,
                    "sha256": snapshot.body_sha256,
                    "read": snapshot.read_at is not None,
                }
                for snapshot in snapshots
            )
            return
        print_table(
            ["at (UTC)", "outcome", "status", "verdict", "reason", "sha256"],
            (
                (
                    snapshot.taken_at,
                    snapshot.outcome.value,
                    snapshot.status,
                    snapshot.verdict.value if snapshot.verdict else ("" if snapshot.read_at else "unprocessed"),
                    snapshot.verdict_reason,
                    (snapshot.body_sha256 or "")[:12],
                )
                for snapshot in snapshots
            ),
            empty=f"{url} has not been checked yet",
        )


def changes(*, url: str | None, limit: int | None, superseded: bool, why: bool, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.changes`."""
    with app_on(db) as parts:
        page = None if url is None else known_page(parts, url)
        found = parts.history.events(url=page.url if page else None, limit=limit, superseded=superseded)
        if why:
            _changes_with_reasons(parts, found, json=json)
            return
        if json:
            print_json(change_row(recorded) for recorded in found)
            return
        print_table(
            ["at (UTC)", "level", "what", "page"],
            (
                (
                    recorded.event.snapshot.taken_at,
                    recorded.event.change.level.value,
                    summary(recorded.event.change),
                    name,
                )
                for recorded, name in _named(parts, found)
            ),
            empty="nothing has changed",
        )


def _changes_with_reasons(parts: AppContext, found: Iterator[RecordedEvent], *, json: bool) -> None:
    rows = with_reasons(AlertHistory(parts.database), found, parts.outbox.text_of)
    if json:
        print_json({**change_row(reasons.recorded), "why": reasons_json(reasons)} for reasons in rows)
        return
    print_table(
        ["at (UTC)", "level", "what", "page", "why"],
        (
            (
                reasons.recorded.event.snapshot.taken_at,
                reasons.recorded.event.change.level.value,
                summary(reasons.recorded.event.change),
                reasons.recorded.page_label or reasons.recorded.page_url,
                reasons_line(reasons),
            )
            for reasons in rows
        ),
        empty="nothing has changed",
    )


def _named(parts: AppContext, found: Iterator[RecordedEvent]) -> Iterator[tuple[RecordedEvent, str]]:
    """Yield events with the names of their pages; titles are read for many events at once."""
    while batch := list(islice(found, _BATCH)):
        unlabelled = {row.page_id for row in batch if row.page_id is not None and not row.page_label}
        titles = parts.history.titles(unlabelled) if unlabelled else {}
        for row in batch:
            yield row, page_name(row.page_label, titles.get(row.page_id or 0, ""), row.page_url)


def change_row(recorded: RecordedEvent) -> dict[str, JsonValue]:
    """Return an event as `changes --json` prints it: the JSON of webhooks, its cause, and the reason if it was held back from alerts."""
    event = recorded.event
    return {**event_json(event, recorded.page_url), "cause": event.cause.value, "held": event.change.held}
