"""Import of saved pages from a folder: which manifests are accepted, and how the saved pages are archived and processed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import FactDefinition, FactKind, Origin, Page, PageSource, PageState, Schedule
from monitor.pipeline.analyze import analyze
from pagewitness.importing import manifest as manifest_module
from pagewitness.importing.manifest import SavedPage, read_manifest
from pagewitness.importing.saved_pages import Imported, fetch_result_of, import_saved_pages
from pagewitness.maintenance.reprocessing import Reprocessor
from storage.queries.history import History
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


def take(
    store: SqlStore,
    history: History,
    folder: Path,
    *,
    wait: Callable[[float], object] = lambda _: None,
    saved_pages: list[SavedPage] | None = None,
) -> tuple[Imported, int]:
    """Import a folder; return the result, and how often progress was reported."""

    def times(page: Page) -> tuple[set[datetime], datetime | None]:
        kept = [snapshot.taken_at for snapshot in history.snapshots(page.id)]
        return set(kept), max(kept, default=None)

    steps: list[None] = []
    imported = import_saved_pages(
        read_manifest(folder) if saved_pages is None else saved_pages,
        store,
        times,
        now=NOW,
        absences_before_lost=3,
        progress=lambda: steps.append(None),
        owner="tester",
        wait=wait,
        reprocess=lambda page: Reprocessor(store, analyze, 3, lambda: NOW, "tester", timedelta(seconds=30)).reprocess(
            page
        ),
    )
    return imported, len(steps)


def test_saved_pages_are_sorted_by_time_in_utc_with_given_or_guessed_types(tmp_path: Path):
    folder = folder_of(
        tmp_path,
        row("2021-03-01T12:00:00+02:00", "c.html", status=503),
        row("2021-01-01", "a.html", url="HTTPS://Example.org"),
        row("2021-02-01T00:00:00Z", "b.txt"),
        row("2021-02-02", "saved", content_type="text/html; charset=windows-1252"),
    )
    saved_pages = read_manifest(folder)
    assert [
        (saved_page.date, saved_page.file.name, saved_page.status, saved_page.content_type)
        for saved_page in saved_pages
    ] == [
        (datetime(2021, 1, 1, tzinfo=UTC), "a.html", 200, "text/html"),
        (datetime(2021, 2, 1, tzinfo=UTC), "b.txt", 200, "text/plain"),
        (datetime(2021, 2, 2, tzinfo=UTC), "saved", 200, "text/html; charset=windows-1252"),
        (datetime(2021, 3, 1, 10, tzinfo=UTC), "c.html", 503, "text/html"),
    ]
    assert {saved_page.url for saved_page in saved_pages} == {URL}
    assert read_manifest(folder / "manifest.jsonl") == saved_pages


def test_all_errors_of_a_manifest_are_listed_up_to_a_maximum(tmp_path: Path):
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


GOOD = {"url": URL, "date": "2021-01-01", "file": "a.html"}
LINES: dict[str, tuple[object, str]] = {
    "a name of 300 characters": ({"file": "x" * 300}, "it can not be read: File name too long"),
    "a path of 5000 characters": ({"file": "x/" * 2500}, "it can not be read: File name too long"),
    "a name with NUL": ({"file": "a\0.html"}, "no file can have this name"),
    "a name with half a character": ({"file": "\ud800"}, "no file can have this name"),
    "no name": ({"file": ""}, "this is a directory"),
    "a directory": ({"file": "below"}, "this is a directory"),
    "a FIFO": ({"file": "fifo"}, "this is a FIFO"),
    "a link in a circle": ({"file": "circle"}, "it can not be read"),
    "a link to a device": ({"file": "zero"}, "lies outside the folder"),
    "a device": ({"file": "/dev/zero"}, "lies outside the folder"),
    "a path that goes up": ({"file": "below/../../a.html"}, "lies outside the folder"),
    "a file that is too long": ({"file": "long.html"}, "it is longer than 1,000 bytes"),
    "a file that is an array": ({"file": [["a"] * 1000]}, '"file" takes text, not [["a", "a"'),
    "a year before the first": ({"date": "0001-01-01T00:00:00+14:00"}, "lies outside the years 1 to 9999"),
    "a year behind the last": ({"date": "9999-12-31T23:59:59-14:00"}, "lies outside the years 1 to 9999"),
    "a year that no page was saved in": ({"date": "9999-12-31"}, "lies outside the years 1970 to 2999"),
    "an early year": ({"date": "1066-10-14"}, "lies outside the years 1970 to 2999"),
    "a date without end": ({"date": "2" * 10_000}, "is no time"),
    "a date with half a character": ({"date": "2021-01-01\ud800"}, "is no time"),
    "a huge status": ({"status": 10**30}, '"status" takes a number from 100 to 999'),
    "a negative status": ({"status": -200}, '"status" takes a number from 100 to 999'),
    "a status that is true": ({"status": True}, '"status" takes a number from 100 to 999'),
    "a status that is text": ({"status": "200"}, '"status" takes a number from 100 to 999'),
    "a status that is no number": ({"status": float("nan")}, '"status" takes a number from 100 to 999'),
    "a status with a fraction": ({"status": 200.5}, '"status" takes a number from 100 to 999'),
    "a type that is a header of its own": ({"content_type": "text/html\r\nX: y"}, '"content_type" takes one line'),
    "a type with NUL": ({"content_type": "text/html\0"}, '"content_type" takes one line'),
    "a type without end": ({"content_type": "a" * 10_000}, '"content_type" takes one line'),
    "a type that is a list": ({"content_type": ["text/html"]}, '"content_type" takes text'),
    "a URL without end": ({"url": "https://example.org/" + "x" * 5000}, "it may have 2,000"),
    "a URL of half characters": ({"url": "https://example.org/\ud800"}, "half a character"),
    "a URL with a control character in its host": ({"url": "https://exa\x9bmple.org/"}, "is no host name"),
    "a URL of another kind": ({"url": "file:///etc/passwd"}, "is no http:// or https:// URL"),
    "digits without end": (b'{"status": ' + b"9" * 10_000 + b"}", "a number has too many digits"),
    "nested arrays": (b'{"x": ' + b"[" * 30_000, "this is nested too deep"),
    "nested objects": (b'{"x": ' * 9_000, "this is n"),  # "nested too deep", or from Python 3.13 on "not JSON": how deep is too deep is Python's own
    "a giant line": (b'{"x": "' + b"a" * 100_000 + b'"}', "the line has 100,009 bytes; it may have 65,536"),
    "another encoding": ('{"file": "café"}'.encode("latin-1"), "this is not UTF-8 (byte 14)"),
    "no object": (b'["url", "date", "file"]', "a line is one object"),
    "a control character": (b'{"file": "\x1b[31m"}', "this is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LINES)
def test_an_invalid_line_is_reported_with_its_number_whatever_it_contains(kind: str, tmp_path: Path):
    written, statements = LINES[kind]
    folder = tmp_path / "saved"
    (folder / "below").mkdir(parents=True)
    (folder / "a.html").write_text("<p>83 members</p>")
    (tmp_path / "a.html").write_text("outside")
    (folder / "long.html").write_bytes(b" " * 1001)
    os.mkfifo(folder / "fifo")
    (folder / "circle").symlink_to("circle")
    (folder / "zero").symlink_to("/dev/zero")
    line = written if isinstance(written, bytes) else json.dumps(GOOD | written).encode()
    (folder / "manifest.jsonl").write_bytes(json.dumps(GOOD).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(ConfigurationError) as caught:
        read_manifest(folder, max_bytes=1000)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'manifest.jsonl'}:3: ")
    assert statements in message
    assert message.isprintable()
    assert len(message) <= 500


def test_a_line_can_contain_any_character_that_json_allows_in_a_string(tmp_path: Path):
    name = "a\u2028b\x85c.html"
    (tmp_path / name).write_text("<p>83 members</p>")
    row = json.dumps(GOOD | {"file": name, "note": "\x0c"}, ensure_ascii=False)
    (tmp_path / "manifest.jsonl").write_bytes(b"\xef\xbb\xbf" + row.encode() + b"\r\n")
    (saved_page,) = read_manifest(tmp_path)
    assert saved_page.file.name == name


@pytest.mark.parametrize("kind", ["device", "fifo", "missing", "long name", "NUL", "too many lines", "too long"])
def test_an_unreadable_manifest_is_refused_at_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(manifest_module, "MAX_ROWS", 1000)
    monkeypatch.setattr(manifest_module, "MAX_MANIFEST_BYTES", 10_000)
    place = tmp_path / "m.jsonl"
    if kind == "fifo":
        os.mkfifo(place)
    if kind in ("too many lines", "too long"):
        place.write_bytes(b"\n" * (2000 if kind == "too many lines" else 20_000))
    place = {"device": Path("/dev/zero"), "long name": tmp_path / ("x" * 300), "NUL": tmp_path / "a\0"}.get(kind, place)
    statements = {
        "device": "this is a device",
        "fifo": "this is a FIFO",
        "missing": "there is no such file",
        "long name": "File name too long",
        "NUL": "no file can have this name",
        "too many lines": "it has 2,000 lines; split it into parts of 1,000",
        "too long": "it is longer than 10,000 bytes",
    }[kind]
    with pytest.raises(ConfigurationError, match=statements) as caught:
        read_manifest(place)
    assert str(caught.value).isprintable()


def test_a_file_replaced_after_the_manifest_was_read_is_named(tmp_path: Path):
    (saved_page,) = read_manifest(folder_of(tmp_path, row("2021-01-01")))
    saved_page.file.unlink()
    os.mkfifo(saved_page.file)
    with pytest.raises(PagewitnessError, match=r"a\.html: this is a FIFO.*import again to go on from here"):
        fetch_result_of(saved_page)


def test_a_saved_page_becomes_a_fetch_result_with_the_same_bytes(tmp_path: Path):
    (saved_page,) = read_manifest(folder_of(tmp_path, row("2021-01-01", status=404)))
    final = fetch_result_of(saved_page).final
    body = (tmp_path / "a.html").read_bytes()
    assert (final.body, final.entity_bytes, final.status) == (body, len(body), 404)
    assert final.entity_sha256 == hashlib.sha256(body).hexdigest()
    assert (final.url, final.started_at) == (URL, datetime(2021, 1, 1, tzinfo=UTC))


def test_a_new_page_tracks_every_declared_fact_and_is_never_due(store: SqlStore, history: History, tmp_path: Path):
    store.apply_declared((), (FACT,), (), (), now=NOW)
    folder = folder_of(tmp_path, row("2021-01-01", "a.html"), row("2021-01-02", "b.html"))
    assert take(store, history, folder) == (Imported(archived=2, already_imported=0, late=0, events=0), 2)
    page = store.page_by_url(URL)
    assert page is not None
    assert (page.facts, page.next_check_at, page.source) == ((FACT,), None, PageSource.IMPORTED)
    snapshots = history.snapshots(page.id)
    assert {snapshot.origin for snapshot in snapshots} == {Origin.IMPORT}
    assert all(snapshot.read_at is not None for snapshot in snapshots)
    assert take(store, history, folder) == (Imported(archived=0, already_imported=2, late=0, events=0), 2)


def test_an_import_changes_no_schedule(store: SqlStore, history: History, tmp_path: Path):
    due = NOW + timedelta(hours=1)
    page = store.add_page(URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=due)
    assert take(store, history, folder_of(tmp_path, row("2021-02-01")))[0].archived == 1
    older = folder_of(tmp_path, row("2021-01-01", "b.html"), row("2021-03-01", "c.html"))
    assert take(store, history, older)[0] == Imported(archived=2, already_imported=0, late=1, events=0)
    kept = store.page(page.id)
    assert (kept.next_check_at, kept.source, kept.state) == (due, PageSource.ADDED, PageState.ACTIVE)


def import_late_capture_while_busy(
    store: SqlStore, history: History, place: Path, visits: int
) -> tuple[Imported, list[float]]:
    """Import a saved page between two others while another process visits the host during the first `visits` attempts; return the waits too."""
    take(store, history, folder_of(place, row("2021-01-01", "a.html"), row("2021-03-01", "c.html")))
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == visits:
            store.release_host("example.org", "another process")

    assert store.claim_host("example.org", "another process", timedelta(hours=1))
    imported, _ = take(store, history, folder_of(place, row("2021-02-01", "b.html")), wait=wait)
    return imported, waits


def test_a_late_saved_page_waits_for_the_end_of_a_visit_and_is_then_processed(
    store: SqlStore, history: History, tmp_path: Path
):
    imported, waits = import_late_capture_while_busy(store, history, tmp_path, visits=2)
    assert (imported.archived, imported.late, imported.problems) == (1, 1, ())
    assert len(waits) == 2
    page = store.page_by_url(URL)
    assert page is not None
    assert all(snapshot.read_at is not None for snapshot in history.snapshots(page.id))


def test_a_host_that_stays_busy_does_not_end_an_import_and_the_completing_command_is_named(
    store: SqlStore, history: History, tmp_path: Path
):
    imported, waits = import_late_capture_while_busy(store, history, tmp_path, visits=1000)
    assert (imported.archived, imported.late) == (1, 1)
    (problem,) = imported.problems
    assert problem.startswith("example.org is being visited by another process")
    assert f"`pagewitness reprocess {URL}`" in problem
    assert sum(waits) <= 60
    page = store.page_by_url(URL)
    assert page is not None
    store.release_host("example.org", "another process")
    assert Reprocessor(store, analyze, 3, lambda: NOW, "tester", timedelta(seconds=30)).is_due(page)


def test_an_import_that_ends_early_has_processed_its_late_saved_pages(
    store: SqlStore, history: History, tmp_path: Path
):
    take(store, history, folder_of(tmp_path, row("2021-01-01", "a.html"), row("2021-03-01", "c.html")))
    saved_pages = read_manifest(folder_of(tmp_path, row("2021-02-01", "b.html"), row("2021-04-01", "d.html")))
    saved_pages[-1].file.unlink()
    with pytest.raises(PagewitnessError, match=r"d\.html"):
        take(store, history, tmp_path, saved_pages=saved_pages)
    page = store.page_by_url(URL)
    assert page is not None
    assert len(history.snapshots(page.id)) == 3
    assert all(snapshot.read_at is not None for snapshot in history.snapshots(page.id))
