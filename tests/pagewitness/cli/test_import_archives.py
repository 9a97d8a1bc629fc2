"""The command `import` with WARC files."""

from __future__ import annotations

import json
import zipfile

from monitor.errors import ConfigurationError
from storage.store import SqlStore
from tests.pagewitness.cli.typed import typed
from tests.support.web_archives import HTML, gzipped, message, page, record

HOME, SHEET, DAY = "https://a.example/", "https://a.example/site.css", "2020-01-01T00:00:00Z"


def test_folders_and_archives_can_be_named_together(store: SqlStore, tmp_path):
    (tmp_path / "a.html").write_bytes(HTML)
    (tmp_path / "manifest.jsonl").write_text(json.dumps({"url": "https://b.example/", "date": DAY, "file": "a.html"}))
    file = tmp_path / "no-matter-how-it-is-called"
    file.write_bytes(gzipped(page(HOME, DAY), record("response", SHEET, DAY, message(b"p {}", headers=()))))
    result = typed(store, "import", str(tmp_path), str(file))
    assert result.exit_code == 0, result.exception
    assert "1 snapshots imported, 0 events\n" in result.stderr
    assert "1 snapshots imported, 1 other exchanges, 0 events\n" in result.stderr
    again = typed(store, "import", str(file))
    assert "0 snapshots imported, 0 other exchanges, 0 events, 2 responses already archived\n" in again.stderr


def test_what_is_damaged_is_named_and_the_exit_code_is_0(store: SqlStore, tmp_path):
    file = tmp_path / "a.warc.gz"
    file.write_bytes(gzipped(page(HOME, DAY))[:-20])
    result = typed(store, "import", str(file))
    assert result.exit_code == 0
    assert "1 damaged" in result.stderr
    assert f"{file}, byte 0, {HOME}: the file ends within it" in result.stderr


def test_a_wacz_file_is_imported_and_a_cut_one_is_named(store: SqlStore, tmp_path):
    file = tmp_path / "a.wacz"
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("archive/data.warc.gz", gzipped(page(HOME, DAY))[:-20] + gzipped(page(HOME, DAY)))
    result = typed(store, "import", str(file))
    assert "1 snapshots imported, 0 other exchanges, 0 events, 1 damaged\n" in result.stderr
    assert f"{file}/archive/data.warc.gz, byte 0, {HOME}: " in result.stderr
    file.write_bytes(file.read_bytes()[:-30])
    cut = typed(store, "import", str(file))
    assert cut.exit_code == 0
    assert f"{file}, byte 0: it is cut" in cut.stderr


def test_exchanges_only_is_for_archives(store: SqlStore, tmp_path):
    (tmp_path / "manifest.jsonl").write_text("")
    assert isinstance(typed(store, "import", "--exchanges-only", str(tmp_path)).exception, ConfigurationError)
    file = tmp_path / "a.warc"
    file.write_bytes(page(HOME, DAY))
    assert "0 snapshots imported, 1 other" in typed(store, "import", "--exchanges-only", str(file)).stderr
    assert store.page_by_url(HOME) is None


def test_another_file_is_refused_as_before(store: SqlStore, tmp_path):
    (tmp_path / "x.txt").write_text("nothing of the kind")
    assert isinstance(typed(store, "import", str(tmp_path / "x.txt")).exception, ConfigurationError)
    assert isinstance(typed(store, "import", str(tmp_path / "missing.warc")).exception, ConfigurationError)
