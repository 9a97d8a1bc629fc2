"""The commands that run the service and prepare its database: run, serve, apply, migrate."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from alerts.channel_configs import AppriseChannel
from pagewitness import logs
from pagewitness.cli.common import app_on, settings_for
from pagewitness.cli.output import err
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, apprise_refusal
from pagewitness.watchlist import loader
from storage.database.engine import migrate as migrate_database
from storage.database.locks import hold_exclusive
from storage.watched.declarations import ApplyReport


def run(*, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.run`."""
    from pagewitness.service.run import run as run_service  # noqa: PLC0415 (only here)
    from pagewitness.service.signals import Signals  # noqa: PLC0415

    settings = settings_for(db)
    logs.configure(settings, process="supervisor")
    declared = loader.load(settings.watchlist) if settings.watchlist else None
    signals = Signals()
    with app_on(db, create=True) as parts, hold_exclusive(parts.database) as hold:
        if declared is not None:
            _report(_apply(parts, declared))
        file = settings.watchlist
        run_service(parts, signals, None if file is None else lambda: _apply(parts, loader.load(file)), hold=hold)


def serve(*, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.serve`."""
    from pagewitness.web.server import Web  # noqa: PLC0415 (slow to import, and no other command needs it)

    logs.configure(settings_for(db))
    stop = _stop_signal()
    with app_on(db) as parts, Web(parts) as web:
        err.print(f"On {web.url} until interrupted.")
        link = web.first_admin_link()
        if link is not None:
            err.print(f"Add the first administrator: {link}")
        stop.wait()


def _stop_signal() -> threading.Event:
    """Return an event that SIGTERM or Ctrl-C sets. The signals have no other effect from now on."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def apply(*, file: Path, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.apply`."""
    declared = loader.load(file)
    with app_on(db, create=True) as parts:
        _report(_apply(parts, declared))


def _apply(parts: AppContext, declared: loader.Watchlist) -> ApplyReport:
    _check_apprise(parts, declared)
    for warning in declared.warnings:
        err.print(f"pagewitness: {warning}")
    return parts.store.apply_declared(
        declared.pages, declared.facts, declared.channels, declared.rules, now=system_clock()
    )


def _check_apprise(parts: AppContext, declared: loader.Watchlist) -> None:
    names = [channel.name for channel in declared.channels if isinstance(channel, AppriseChannel)]
    refusal = apprise_refusal(parts.settings) if names else None
    if refusal is not None:
        raise loader.WatchlistError([f"{declared.source}: channel ({name}) type: {refusal}" for name in names])


def _report(report: ApplyReport) -> None:
    for word, names in (("added", report.added), ("changed", report.changed), ("retired", report.retired)):
        for name in names:
            err.print(f"{word} {name}")
    for name in report.forgotten:
        err.print(f"pagewitness: not watched: {name}; take it out of the watchlist, or `pagewitness add URL --again`")
    if not (report.added or report.changed or report.retired):
        err.print(f"nothing to do: {len(report.unchanged)} entries are as declared")


def migrate(*, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.migrate`."""
    url = settings_for(db).database_url
    before, after, copy = migrate_database(url)
    if before == after:
        err.print(f"the database is at schema {after} already")
        return
    err.print(f"schema {before} → {after}" if before else f"built at schema {after}")
    if copy is not None:
        err.print(f"the file as it was is kept as {copy}")
    elif before:
        err.print("PostgreSQL is not copied; `pagewitness backup FILE` keeps a copy")
