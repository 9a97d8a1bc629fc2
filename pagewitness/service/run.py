"""`pagewitness run`: starts the supervisor with its signals and the web's listening socket, and reloads the watchlist on SIGHUP."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.service.fork_client import ForkClient
from pagewitness.service.signals import Signals
from pagewitness.service.supervisor import Supervisor
from pagewitness.web.server import listen
from storage.database.locks import Hold
from storage.watched.declarations import ApplyReport

log = logs.get("pagewitness.supervisor")


def run(
    parts: AppContext,
    signals: Signals,
    declare: Callable[[], ApplyReport] | None,
    *,
    hold: Hold,
    module: str = "pagewitness.service.child",
) -> None:
    """Run the service until SIGTERM or SIGINT.

    Args:
        parts: The application context.
        signals: The signal handlers, installed before startup began.
        declare: Reads and applies the watchlist; None if there is none.
        hold: The lock that keeps other services from using an SQLite file.
        module: The module whose `main` each process runs.

    Raises:
        ConfigurationError: The web's address or the supervisor's socket cannot be bound.
    """
    with (
        closing(ForkClient(os.environ, module=module)) as fork_server,
        closing(listen(parts.settings)) as listening,
    ):
        fork_server.prepare()
        supervisor = Supervisor(
            parts.settings,
            parts.store,
            parts.outbox,
            clock=system_clock,
            launch=fork_server.start,
            note_write_error=hold.note,
            listening=listening.fileno(),
        )
        supervisor.run(signals, lambda: threading.Thread(target=reload, args=(declare,), daemon=True).start())


def reload(declare: Callable[[], ApplyReport] | None) -> None:
    """Apply the current watchlist. An invalid watchlist changes nothing; all of its problems are logged."""
    if declare is None:
        log.warning("nothing to reload: PAGEWITNESS_WATCHLIST is not set")
        return
    try:
        report = declare()
    except PagewitnessError as error:
        log.error("watchlist not applied, all stays as it was", problems=str(error).splitlines())  # noqa: TRY400
    except Exception:
        log.exception("watchlist not applied, all stays as it was")
    else:
        log.info("watchlist applied", added=report.added, changed=report.changed, retired=report.retired)
