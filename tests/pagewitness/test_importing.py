"""Saved pages from a folder: what a manifest may say, and how its captures are taken."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.model import FactDefinition, FactKind, Origin, Page, PageSource, PageState, Schedule
from monitor.understand import understand
from pagewitness.importing import Imported, import_captures, look_of, read_manifest
from pagewitness.rereading import Rereader
from storage.history import History
from storage.store import SqlStore

URL = "https://example.org/"
FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def folder_of(place: Path, *rows: dict[str, object]) -> Path:
    """A folder whose rows' files all exist."""
    for row in rows:
        (place / str(row["file"])).write_text(f"<p>The Coalition has 83 members.</p><!-- {row['date']} -->")
    (place / "manifest.jsonl").write_text("".join(json.dumps({"url": URL} | row) + "\n" for row in rows))
    return place


def row(date: str, file: str = "a.html", **more: object) -> dict[str, object]:
    return {"date": date, "file": file, **more}


def taken(store: SqlStore, history: History, folder: Path) -> tuple[Imported, int]:
    """What importing comes to, and how often progress was told."""

    def times(page: Page) -> tuple[set[datetime], datetime | None]:
        kept = [snapshot.taken_at for snapshot in history.snapshots(page.id)]
        return set(kept), max(kept, default=None)

    steps: list[None] = []
    imported = import_captures(
        read_manifest(folder),
        store,
        times,
        now=NOW,
        absences_before_lost=3,
        progress=lambda: steps.append(None),
        owner="tester",
        retell=lambda page: Rereader(store, understand, 3, lambda: NOW, "tester", timedelta(seconds=30)).reread(page),
    )
    return imported, len(steps)


def test_captures_come_oldest_first_with_times_in_utc_and_types_as_given_or_guessed(tmp_path: Path):
    folder = folder_of(
        tmp_path,
        row("2021-03-01T12:00:00+02:00", "c.html", status=503),
        row("2021-01-01", "a.html", url="HTTPS://Example.org"),
        row("2021-02-01T00:00:00Z", "b.txt"),
        row("2021-02-02", "saved", content_type="text/html; charset=windows-1252"),
    )
    captures = read_manifest(folder)
    assert [(capture.date, capture.file.name, capture.status, capture.content_type) for capture in captures] == [
        (datetime(2021, 1, 1, tzinfo=UTC), "a.html", 200, "text/html"),
        (datetime(2021, 2, 1, tzinfo=UTC), "b.txt", 200, "text/plain"),
        (datetime(2021, 2, 2, tzinfo=UTC), "saved", 200, "text/html; charset=windows-1252"),
        (datetime(2021, 3, 1, 10, tzinfo=UTC), "c.html", 503, "text/html"),
    ]
    assert {capture.url for capture in captures} == {URL}
    assert read_manifest(folder / "manifest.jsonl") == captures


def test_everything_that_is_wrong_is_said_but_not_without_end(tmp_path: Path):
    folder = folder_of(tmp_path, row("2021-01-01"))
    with (folder / "manifest.jsonl").open("a") as manifest:
        manifest.write("nonsense\n" * 30)
    with pytest.raises(ConfigurationError) as caught:
        read_manifest(folder)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{folder / 'manifest.jsonl'}:2: this is not JSON")
    assert (len(lines), lines[-1]) == (21, "… and 10 more")


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "manifest.jsonl").write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_manifest(tmp_path)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "secret.html").write_text("<p>secret</p>")
    inside = tmp_path / "inside"
    inside.mkdir()
    folder = folder_of(inside, row("2021-01-01"))
    (inside / "a.html").unlink()
    (inside / "a.html").symlink_to(tmp_path / "secret.html")
    with pytest.raises(ConfigurationError, match="lies outside the folder"):
        read_manifest(folder)


def test_a_capture_is_a_look_at_its_very_bytes(tmp_path: Path):
    (capture,) = read_manifest(folder_of(tmp_path, row("2021-01-01", status=404)))
    final = look_of(capture).final
    body = (tmp_path / "a.html").read_bytes()
    assert (final.body, final.entity_bytes, final.status) == (body, len(body), 404)
    assert final.entity_sha256 == hashlib.sha256(body).hexdigest()
    assert (final.url, final.started_at) == (URL, datetime(2021, 1, 1, tzinfo=UTC))


def test_a_new_page_follows_every_declared_fact_and_is_never_due(store: SqlStore, history: History, tmp_path: Path):
    store.apply_declared((), (FACT,), (), (), now=NOW)
    folder = folder_of(tmp_path, row("2021-01-01", "a.html"), row("2021-01-02", "b.html"))
    assert taken(store, history, folder) == (Imported(taken=2, known=0, late=0, events=0), 2)
    page = store.page_by_url(URL)
    assert page is not None
    assert (page.facts, page.next_check_at, page.source) == ((FACT,), None, PageSource.IMPORTED)
    snapshots = history.snapshots(page.id)
    assert {snapshot.origin for snapshot in snapshots} == {Origin.IMPORT}
    assert all(snapshot.read_at is not None for snapshot in snapshots)
    assert taken(store, history, folder) == (Imported(taken=0, known=2, late=0, events=0), 2)


def test_a_watched_page_keeps_its_schedule_whatever_is_imported(store: SqlStore, history: History, tmp_path: Path):
    due = NOW + timedelta(hours=1)
    page = store.add_page(URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=due)
    assert taken(store, history, folder_of(tmp_path, row("2021-02-01")))[0].taken == 1
    older = folder_of(tmp_path, row("2021-01-01", "b.html"), row("2021-03-01", "c.html"))
    assert taken(store, history, older)[0] == Imported(taken=2, known=0, late=1, events=0)
    kept = store.page(page.id)
    assert (kept.next_check_at, kept.source, kept.state) == (due, PageSource.ADDED, PageState.ACTIVE)
