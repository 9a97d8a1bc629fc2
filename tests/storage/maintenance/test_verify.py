from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from monitor.errors import ConfigurationError
from storage.database.connection import Database
from storage.maintenance.erasure import forget
from storage.maintenance.verify import Damage, Outcome, verify
from storage.maintenance.verify import bodies as walking
from storage.queries.history import History
from storage.schema import bodies, exchanges, versions
from storage.store import SqlStore
from tests.storage.damage import flip_body, flip_version, unchecked
from tests.storage.filled import HOME, NOW, body, fill
from tests.storage.snapshots import archive, full


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def keys(database: Database, deltas: bool) -> list[int]:
    """Keys of bodies that are deltas, or keyframes that have some."""
    bases = select(bodies.c.base_id).where(bodies.c.base_id.is_not(None))
    chosen = bodies.c.base_id.is_not(None) if deltas else bodies.c.id.in_(bases) & bodies.c.base_id.is_(None)
    with database.read() as connection:
        return list(connection.execute(select(bodies.c.id).where(chosen).order_by(bodies.c.id)).scalars())


def test_a_sound_archive_is_read_whole(filled: Database, database_url: str):
    counts = History(filled).counts()
    steps: list[tuple[int, int]] = []
    found = verify(database_url, progress=lambda _what, done, of: steps.append((done, of)))
    assert found.damages == ()
    assert (found.bodies, found.versions, found.rows) == (
        counts["bodies"],
        counts["versions"],
        sum(counts.values()),
    )
    with filled.read() as connection:
        assert found.bytes == sum(connection.execute(select(bodies.c.length_bytes)).scalars())
    assert steps[-1] == (counts["bodies"] + counts["versions"],) * 2
    assert verify(database_url, processes=2) == found


def test_an_empty_archive_is_sound(database_url: str):
    assert verify(database_url) == Outcome()


def test_a_flipped_bit_is_named_with_all_its_deltas(filled: Database, database_url: str):
    (last, *_) = reversed(keys(filled, deltas=True))
    sha = flip_body(filled, last)
    reported: list[Damage] = []
    (damage,) = verify(database_url, on_damage=reported.append).damages
    assert reported == [damage]
    assert (damage.kind, damage.sha256) == ("body", sha)
    assert damage.snapshot_id is not None
    assert str(damage).startswith(f"body {sha[:12]}… of {damage.url} (snapshot {damage.snapshot_id}, 2021-03-0")

    root = keys(filled, deltas=False)[0]
    flip_body(filled, root)
    damaged = {one.sha256 for one in verify(database_url).damages}
    assert len(damaged) > 5
    for sha256 in damaged:
        with pytest.raises(Exception, match=sha256):
            History(filled).body(sha256)
    assert verify(database_url, processes=2).damages == verify(database_url).damages


def test_where_memory_is_short_deltas_are_read_by_themselves(filled: Database, database_url: str, monkeypatch):
    monkeypatch.setattr(walking, "_BYTES_AT_HAND", 20_000)
    monkeypatch.setattr(walking, "_AT_ONCE", 3)
    assert verify(database_url).damages == ()


def test_every_base_is_decoded_before_its_deltas_and_each_body_once(filled: Database, database_url: str, monkeypatch):
    decoded: list[int] = []
    unpack = walking.unpack
    monkeypatch.setattr(walking, "unpack", lambda frame, *rest: decoded.append(len(frame)) or unpack(frame, *rest))
    monkeypatch.setattr(walking, "load_body_of_key", lambda *_: pytest.fail("read by itself"))
    found = verify(database_url)
    assert len(decoded) == found.bodies


def test_a_page_that_is_removed_meanwhile_is_no_damage(filled: Database, database_url: str, monkeypatch):
    monkeypatch.setattr(walking, "_AT_ONCE", 2)
    unpack, forgotten = walking.unpack, []

    def meanwhile(*arguments: object) -> bytes:
        if not forgotten:
            forgotten.append(HOME)
            forget(filled, HOME, reason="", now=NOW + timedelta(days=1))
        return unpack(*arguments)

    monkeypatch.setattr(walking, "unpack", meanwhile)
    assert verify(database_url).damages == ()
    assert forgotten


def test_a_version_that_cannot_be_decoded_is_named(filled: Database, database_url: str):
    with filled.read() as connection:
        key = connection.execute(select(versions.c.id).order_by(versions.c.id.desc()).limit(1)).scalar_one()
    flip_version(filled, key)
    (damage,) = verify(database_url).damages
    assert (damage.kind, damage.key) == ("version", str(key))
    assert str(damage).startswith(f"version {key} of https://")
    assert "(snapshot " in str(damage)


REFERENCES: list[tuple[str, str]] = [
    (
        "UPDATE page_results SET version_id = 999 WHERE page_id = 1",
        "row 1 of page_results of https://a.example/: version_id refers to 999",
    ),
    (
        "UPDATE page_checks SET latest_snapshot_id = 999 WHERE page_id = 1",
        "latest_snapshot_id refers to 999 of snapshots",
    ),
    ("UPDATE page_checks SET last_seq = 1 WHERE page_id = 1", "counts 1 snapshots and has later ones"),
    ("DELETE FROM page_checks WHERE page_id = 1", "row 1 of pages of https://a.example/: has no row in page_checks"),
    ("DELETE FROM page_results WHERE page_id = 1", "row 1 of pages of https://a.example/: has no row in page_results"),
    (
        "UPDATE pages SET state = 'paused' WHERE id = 1",
        "row 1 of page_checks of .*is due although its page is not active",
    ),
    ("UPDATE page_checks SET host = 'b.example' WHERE page_id = 1", "has the host b.example, not that of its page"),
    ("DELETE FROM exchanges WHERE snapshot_id = 3", r"row 3 of snapshots of .*has no exchanges"),
    ("UPDATE snapshots SET body_id = NULL WHERE id = 3", "has no body"),
    ("UPDATE events SET snapshot_id = 999 WHERE id = 1", "row 1 of events of .*snapshot_id refers to 999 of snapshots"),
    ("UPDATE bodies SET depth = depth + 1 WHERE id = 1", "is stored at depth 1, which is not"),
    ("UPDATE bodies SET base_id = 4 WHERE id = 4", "is stored as a delta of 4, which is no earlier one"),
    ("UPDATE bodies SET base_id = 999 WHERE id = 4", "base_id refers to 999 of bodies, which does not exist"),
    ("UPDATE archived_urls SET body_count = 1 WHERE id = 1", "counts 1 bodies and has later ones"),
    ("UPDATE versions SET snapshot_id = 999 WHERE id = 2", "snapshot_id refers to 999 of snapshots"),
    ("UPDATE fact_states SET since_id = 999", "since_id refers to 999 of snapshots"),
    ("UPDATE bodies SET sha256 = substr(sha256, 2) WHERE id = 4", "body .* has no SHA-256 in sha256"),
    (
        "UPDATE exchanges SET entity_sha256 = substr(url_sha256, 2) FROM archived_urls WHERE exchanges.id = 1",
        "row 1 of exchanges: has no SHA-256 in entity_sha256",
    ),
]


@pytest.mark.parametrize(("statement", "message"), REFERENCES)
def test_a_reference_that_leads_nowhere_is_named(statement: str, message: str, filled: Database, database_url: str):
    unchecked(filled, statement)
    damages = verify(database_url).damages
    assert [one for one in damages if re.search(message, str(one))], damages


def test_rows_that_cannot_be_read_are_named(filled: Database, database_url: str):
    unchecked(filled, "UPDATE exchanges SET response_headers = '[[\"cut' WHERE id = 2")
    with filled.read() as connection:
        depending = connection.execute(select(exchanges.c.id).where(exchanges.c.header_base_id == 2)).scalars().all()
    assert depending, "the headers of other exchanges are differences from these"
    assert {str(damage) for damage in verify(database_url).damages} == {
        f"row {key} of exchanges: cannot be read (JSONDecodeError)" for key in (2, *depending)
    }


def test_findings_of_sqlites_own_check_are_reported(filled: Database, database_url: str):
    if filled.engine.dialect.name == "postgresql":
        return  # it has no such check without an extension
    with filled.begin() as connection:
        connection.execute(text("PRAGMA ignore_check_constraints=ON"))
        connection.execute(text("UPDATE pages SET state = 'gone' WHERE id = 2"))
    damages = verify(database_url).damages
    assert "database: CHECK constraint failed in pages" in [str(one) for one in damages]
    assert "row 2 of pages: cannot be read (DerivedDataCorrupt)" in [str(one) for one in damages]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float, database_url: str):
    with pytest.raises(ConfigurationError, match="share"):
        verify(database_url, sample=share)


def test_a_sample_is_never_empty_and_about_as_large_as_asked(filled: Database, database_url: str):
    home = SqlStore(filled).page_by_url(HOME)
    for number in range(40):
        small = body(0, f"{number}").replace(b"Coalition", str(number).encode())
        archive(SqlStore(filled), home, full(NOW, small, f"https://{number}.example/"), NOW)
    whole = verify(database_url)
    few = verify(database_url, sample=0.01, chance=lambda: 0.5)
    assert 0 < few.bodies < whole.bodies
    assert few.rows == whole.rows
    turn = iter(range(10**6))
    half: Callable[[], float] = lambda: next(turn) % 2 * 0.9  # noqa: E731
    assert whole.bodies * 0.2 < verify(database_url, sample=0.5, chance=half).bodies < whole.bodies * 0.8
