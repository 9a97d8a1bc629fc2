from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.database.locks import Holder, hold_exclusive, holder_of
from tests.support.stores import backend_of

HOLD = """
import sys, time
from storage.database.engine import open_database
from storage.database.locks import hold_exclusive
with hold_exclusive(open_database(sys.argv[1])) as hold:
    hold.note("the disk is full")
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_service_for_each_sqlite_file_and_any_number_on_postgresql(database: Database, database_url: str):
    with closing(open_database(database_url)) as other, hold_exclusive(database):
        if backend_of(database_url) == "postgresql":
            with hold_exclusive(other):
                assert holder_of(database) is None
            return
        refused = pytest.raises(ConfigurationError, match=rf"runs on it already \(process {os.getpid()}\).*PostgreSQL")
        with refused, hold_exclusive(other):
            pass
        assert holder_of(other) == Holder(os.getpid(), "")
    with closing(open_database(database_url)) as other:
        assert holder_of(other) is None
        with hold_exclusive(other):
            pass


def test_a_lock_ends_with_its_process_and_records_how_the_last_write_ended(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    with closing(open_database(url)) as database:
        with subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE) as service:
            assert service.stdout is not None
            assert service.stdout.readline() == b"held\n"
            assert holder_of(database) == Holder(service.pid, "the disk is full")
            with pytest.raises(ConfigurationError, match=f"process {service.pid}"), hold_exclusive(database):
                pass
            service.send_signal(signal.SIGKILL)
        assert holder_of(database) is None
        with hold_exclusive(database) as hold:
            assert holder_of(database) == Holder(os.getpid(), "")
            hold.note("\U0001f4f0" * 5000)
            assert holder_of(database).write_error.startswith("\U0001f4f0")
            hold.note()
            assert holder_of(database) == Holder(os.getpid(), "")


def test_links_to_one_file_are_one_database(tmp_path: Path):
    with closing(open_database(f"sqlite:///{tmp_path / 'd.db'}")) as database:
        (tmp_path / "link.db").symlink_to(tmp_path / "d.db")
        with (
            closing(open_database(f"sqlite:///{tmp_path / 'link.db'}")) as link,
            hold_exclusive(database),
            pytest.raises(ConfigurationError),
            hold_exclusive(link),
        ):
            pass
