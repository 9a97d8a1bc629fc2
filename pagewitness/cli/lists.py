"""The commands that list stored data: pages, history, changes, alerts and channels; and `channels test`."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.errors import DeliveryError
from alerts.model import BrokenDeclaration, RecordedEvent, WebhookChannel
from alerts.sample_message import sample_delivery
from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import JsonValue
from monitor.times import iso_utc
from monitor.urls import host_of
from pagewitness.cli.common import Db, Json, app_on, err, known_page, print_json, print_table, usable_url
from pagewitness.cli.facts import facts
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, new_uid
from rendering.event_json import event_json
from rendering.sentences import summary

channels = typer.Typer(no_args_is_help=True, help="The ways to reach people.")


def register(app: typer.Typer) -> None:
    """Add this module's commands, and `facts` between them to fix its position in the help text."""
    app.command()(pages)
    app.command()(history)
    app.command()(facts)
    app.command()(changes)
    app.command()(alerts)
    app.add_typer(channels, name="channels")


def pages(json: Json = False, db: Db = None) -> None:
    """List the monitored pages and their status."""
    with app_on(db) as parts:
        rows = parts.history.pages()
        if json:
            print_json(
                {
                    "url": row.page.url,
                    "label": row.page.label,
                    "state": row.page.state.value,
                    "source": row.page.source.value,
                    "facts": [fact.name for fact in row.page.facts],
                    "snapshots": row.snapshots,
                    "versions": row.versions,
                    "last_at": iso_utc(row.last_at) if row.last_at else None,
                    "last_ok_at": iso_utc(row.last_ok_at) if row.last_ok_at else None,
                    "last_outcome": row.last_outcome.value if row.last_outcome else None,
                    "last_verdict": row.last_verdict.value if row.last_verdict else None,
                    "standing": row.standing.value,
                    "stale_since": iso_utc(row.stale_since) if row.stale_since else None,
                    "disallowed_since": iso_utc(row.disallowed_since) if row.disallowed_since else None,
                    "unread": row.unread,
                    "next_check_at": iso_utc(row.page.next_check_at) if row.page.next_check_at else None,
                    "schedule_reason": row.schedule_reason,
                }
                for row in rows
            )
            return
        print_table(
            [
                "page",
                "label",
                "state",
                "status",
                "last check",
                "result",
                "last ok",
                "snapshots",
                "versions",
                "next check",
                "reason",
            ],
            [
                (
                    row.page.url,
                    row.page.label,
                    row.page.state.value,
                    ", ".join(row.troubles) or row.standing.value,
                    row.last_at,
                    row.last_verdict.value if row.last_verdict else row.last_outcome.value if row.last_outcome else "",
                    row.last_ok_at,
                    row.snapshots,
                    row.versions,
                    row.page.next_check_at,
                    row.schedule_reason,
                )
                for row in rows
            ],
            empty="nothing is watched yet; `pagewitness apply WATCHLIST` or `pagewitness add URL`",
        )


def history(url: str, json: Json = False, db: Db = None) -> None:
    """List all snapshots of a page, newest first."""
    with app_on(db) as parts:
        snapshots = parts.history.snapshots(known_page(parts, url).id)
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
            [
                (
                    snapshot.taken_at,
                    snapshot.outcome.value,
                    snapshot.status,
                    snapshot.verdict.value if snapshot.verdict else ("" if snapshot.read_at else "unprocessed"),
                    snapshot.verdict_reason,
                    (snapshot.body_sha256 or "")[:12],
                )
                for snapshot in snapshots
            ],
            empty=f"{url} has not been checked yet",
        )


def changes(
    url: Annotated[str | None, typer.Argument(help="Only this page.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the last so many.", min=1, max=10**9)] = None,
    superseded: Annotated[bool, typer.Option("--superseded", help="Also events that reprocessing superseded.")] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """List changes, oldest first."""
    with app_on(db) as parts:
        if url is not None:
            known_page(parts, url)
        found = parts.history.events(url=usable_url(url) if url else None, limit=limit, superseded=superseded)
        if json:
            print_json(change_row(recorded) for recorded in found)
            return
        print_table(
            ["at (UTC)", "level", "what", "page"],
            [
                (
                    recorded.event.snapshot.taken_at,
                    recorded.event.change.level.value,
                    summary(recorded.event.change),
                    recorded.page_label or recorded.page_url,
                )
                for recorded in found
            ],
            empty="nothing has changed",
        )


def change_row(recorded: RecordedEvent) -> dict[str, JsonValue]:
    """Return an event as `changes --json` prints it: the JSON of webhooks, its cause, and the reason if it was held back from alerts."""
    event = recorded.event
    return {**event_json(event, recorded.page_url), "cause": event.cause.value, "held": event.change.held}


def alerts(
    limit: Annotated[int | None, typer.Option(help="Only the last so many.", min=1, max=10**9)] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """List alerts with their rule, channel and delivery state."""
    with app_on(db) as parts:
        rows = parts.history.alerts(limit)
        if json:
            print_json(
                {
                    "id": row.uid,
                    "rule": row.rule,
                    "channel": row.channel,
                    "state": row.state.value,
                    "attempts": row.attempts,
                    "planned_at": iso_utc(row.created_at),
                    "sent_at": iso_utc(row.sent_at) if row.sent_at else None,
                    "next_try_at": iso_utc(row.next_try_at) if row.next_try_at else None,
                    "last_error": row.last_error,
                    "receipt": row.receipt,
                    "summary": summary(row.change),
                    "url": row.page_url,
                }
                for row in rows
            )
            return
        print_table(
            ["planned (UTC)", "what", "rule", "channel", "state", "tries", "sent (UTC)", "last error"],
            [
                (
                    row.created_at,
                    summary(row.change),
                    row.rule,
                    row.channel,
                    row.state.value,
                    row.attempts,
                    row.sent_at,
                    row.last_error,
                )
                for row in rows
            ],
            empty="no alert has been sent yet",
        )


@channels.command(name="list")
def list_channels(db: Db = None) -> None:
    """List the channels that the applied watchlist declares."""
    with app_on(db) as parts:
        rows = parts.outbox.channels()
        print_table(
            ["channel", "type", "where"],
            [
                (
                    row.name,
                    type(row).__name__.removesuffix("Channel").lower(),
                    # A webhook's URL is often a secret itself.
                    host_of(row.url) if isinstance(row, WebhookChannel) else ", ".join(row.to),
                )
                for row in rows
            ]
            + [(broken.name, "unusable", broken.problem) for broken in _broken(parts)],
            empty="no channel is declared",
        )


@channels.command()
def test(name: str, db: Db = None) -> None:
    """Send a test message through a channel now."""
    with app_on(db) as parts:
        declared = {channel.name: channel for channel in parts.outbox.channels()}
        for broken in _broken(parts):
            if broken.name == name:
                raise ConfigurationError(f"channel {name} cannot be used: {broken.problem}; apply the watchlist again")
        if name not in declared:
            raise ConfigurationError(
                f"no channel is called {name!r}; declared are: {', '.join(declared) or 'none (see `pagewitness apply`)'}"
            )
        try:
            receipt = parts.channel(declared[name]).send(sample_delivery(declared[name], system_clock(), new_uid()))
        except DeliveryError as error:
            raise PagewitnessError(f"channel {name}: {error}") from error
        err.print(f"sent through {name}: {receipt}")


def _broken(parts: AppContext) -> list[BrokenDeclaration]:
    return [broken for broken in parts.outbox.broken() if broken.kind == "channel"]
