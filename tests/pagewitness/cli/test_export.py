"""The command `export`."""

from __future__ import annotations

import gzip
import stat
from datetime import UTC, datetime

import pytest

from monitor.errors import ConfigurationError
from storage.schema import pages
from storage.store import SqlStore
from tests.pagewitness.cli.typed import typed
from tests.storage.snapshots import URL, add_page, archive, full

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _archive(store: SqlStore) -> None:
    page = add_page(store, NOW)
    with store.database.begin() as connection:
        connection.execute(pages.update().values(tags=["law"]))
    archive(store, page, full(NOW, b"<p>83 members</p>"), NOW)
    archive(store, add_page(store, NOW, "https://b.example/"), full(NOW, b"other", "https://b.example/"), NOW)


def test_a_file_is_private_and_complete_before_it_gets_its_name(store: SqlStore, tmp_path):
    file = tmp_path / "all.warc.gz"
    result = typed(store, "export", "--warc", str(file))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert "2 responses, 0 revisits" in result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert gzip.decompress(file.read_bytes()).count(b"WARC-Type: response") == 2
    assert [entry.name for entry in tmp_path.glob("*warc*")] == ["all.warc.gz"]


def test_an_existing_file_is_replaced_only_with_force(store: SqlStore, tmp_path):
    file = tmp_path / "all.warc"
    file.write_text("mine")
    refused = typed(store, "export", "--warc", str(file))
    assert isinstance(refused.exception, ConfigurationError)
    assert file.read_text() == "mine"
    assert typed(store, "export", "--warc", str(file), "--force").exit_code == 0
    assert file.read_bytes().startswith(b"WARC/1.1\r\n")


def test_pages_and_tags_select(store: SqlStore, tmp_path):
    for name, chosen, expected in (
        ("url", [URL], 1),
        ("tag", ["--tag", "law"], 1),
        ("none", ["--since", "2022-01-01"], 0),
    ):
        file = tmp_path / f"{name}.warc"
        assert typed(store, "export", *chosen, "--warc", str(file)).exit_code == 0
        content = file.read_bytes()
        assert content.count(b"WARC-Type: response") == expected
        assert b"description: exchanges archived: " in content
        assert b"b.example" not in content


def test_a_tag_of_no_page_is_refused_and_no_file_is_left(store: SqlStore, tmp_path):
    result = typed(store, "export", "--tag", "nothing", "--warc", str(tmp_path / "x.warc"))
    assert isinstance(result.exception, ConfigurationError)
    assert list(tmp_path.glob("x.warc*")) == []


def test_without_a_file_the_usage_is_named(store: SqlStore):
    result = typed(store, "export")
    assert isinstance(result.exception, ConfigurationError)
    assert "--warc FILE" in str(result.exception)


def test_dash_writes_to_stdout(store: SqlStore):
    result = typed(store, "export", "--warc", "-")
    assert result.exit_code == 0, result.exception
    assert gzip.decompress(result.stdout_bytes).startswith(b"WARC/1.1\r\n")
