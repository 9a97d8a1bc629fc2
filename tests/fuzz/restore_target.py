"""Fuzz target for restore: an edited backup is refused, with the target database left empty, or restored into one that can be verified and read."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from monitor.errors import PagewitnessError
from rendering.event_json import event_json
from storage.database.engine import Database, open_database
from storage.maintenance.backup import backup, restore
from storage.maintenance.verify import verify
from storage.queries.history import History
from storage.store import SqlStore
from tests.fuzz.database_edits import apply
from tests.storage.filled import fill

_MOST_RESTORED_BYTES = 512 * 1024
"""Maximum length of a body that the restore accepts; the backup's own are shorter."""


def restoration(data: bytes) -> None:
    """Restore a backup after the edits in `data` into an empty database, with --allow-damage if it is refused without."""
    with tempfile.TemporaryDirectory() as place:
        file, target = Path(place) / "backup.db", Path(place) / "target.db"
        shutil.copy(_backup(), file)
        shutil.copy(_empty_database(), target)
        apply(data, file)
        content, empty = file.read_bytes(), target.read_bytes()
        for allow_damage in (False, True):
            try:
                restore(file, f"sqlite:///{target}", allow_damage=allow_damage, max_body_bytes=_MOST_RESTORED_BYTES)
            except PagewitnessError:
                assert target.read_bytes() == empty, "a refused backup changed the target"
            else:
                _check_restored(f"sqlite:///{target}", allow_damage=allow_damage)
                break
        assert file.read_bytes() == content, "the backup was changed"
        assert not [path for path in Path(place).iterdir() if path.name.startswith(".")], "a temporary copy was left"


def _check_restored(url: str, *, allow_damage: bool) -> None:
    damages = verify(url).damages
    assert allow_damage or not damages, f"restored with damage: {damages[0]}"
    with closing(open_database(url, create=False)) as database:
        if damages:
            with suppress(PagewitnessError):
                _read(database)
        else:
            _read(database)


def _read(database: Database) -> None:
    """Read everything that screens, lists and the service read."""
    history, store = History(database), SqlStore(database)
    history.counts()
    for summary in history.pages():
        page = summary.page
        store.page_memory(page.id)
        store.validators(page.id)
        for snapshot in history.snapshots(page.id):
            history.exchanges(snapshot.id)
            if snapshot.body_sha256 is not None:
                history.body(snapshot.body_sha256)
            if snapshot.version_id is not None:
                history.version(snapshot.version_id)
    json.dumps([event_json(event.event, event.page_url) for event in history.events(superseded=True)])
    history.alerts()
    list(history.stream_statements())


@cache
def _backup() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    with closing(open_database(f"sqlite:///{folder}/source.db")) as database:
        fill(database)
    backup(f"sqlite:///{folder}/source.db", folder / "backup.db")
    return folder / "backup.db"


@cache
def _empty_database() -> Path:
    place = Path(tempfile.mkdtemp(prefix="fuzz-")) / "empty.db"
    open_database(f"sqlite:///{place}").close()
    return place
