"""`pagewitness run` with processes that die where a test instructs them to, and are replaced without the waits that spare a machine: `python -m` this."""

from __future__ import annotations

import os
from datetime import timedelta

from pagewitness import logs
from pagewitness.composition import open_app
from pagewitness.service import process_slot, run, supervisor
from pagewitness.settings import from_env
from storage.database.locks import hold_exclusive
from storage.watched import page_claims

CHILD = "tests.support.mortal_child"


def main() -> None:
    process_slot.RESTART_SECONDS = process_slot.LONGEST_RESTART_SECONDS = 0.05
    page_claims._FIRST_DELAY = timedelta(seconds=0.2)
    settings = from_env(os.environ)
    logs.configure(settings, process="supervisor")
    signals = supervisor.Signals()
    with open_app(settings) as app, hold_exclusive(app.database) as hold:
        run.run(app, signals, None, hold=hold, module=CHILD)


if __name__ == "__main__":
    main()
