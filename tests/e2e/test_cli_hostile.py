"""Hostile arguments, files and settings: each command reports in a line or two what is wrong, at once, and never with a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pagewitness.settings import Settings
from tests.e2e.command import Done, pagewitness

PAGE = '[[page]]\nurl = "https://example.org/"\n'
OBEYED = "\x1b\x7f\x9b\u202e"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "w.toml").write_text(PAGE)
    url = f"sqlite:///{folder}/a.db"
    assert pagewitness("apply", folder / "w.toml", db=url).code == 0
    return url


def refused(done: Done, code: int = 2) -> str:
    """What a command complains of, which is short and clean."""
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert not set(done.err + done.out) & set(OBEYED)
    assert 0 < len(done.err) <= 4000
    return done.err


@pytest.mark.parametrize("command", ["history", "show", "add", "inspect"])
def test_urls_that_are_none(command: str, db: str):
    urls = [
        "http://[::1",
        "https://\u202e.org/",
        "https://exa\x9bmple.org/",
        "http://a:99999/",
        "https://example.org/" + "x" * 5000,
        "https://" + "é." * 900,
        "://",
        "javascript://alert(1)",
        "http://user:hunter2@example.org/",
    ]
    for url in urls:
        message = refused(pagewitness(command, url, db=None if command == "inspect" else db))
        assert "hunter2" not in message


@pytest.mark.parametrize("command", [["show", "https://example.org/", "--at"], ["diff", "https://example.org/"]])
def test_times_that_are_none(command: list[str], db: str):
    times = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9" * 5000, "NaN", "2024-13-01", "\x9b"]
    for time in times:
        assert "write it like 2024-10-01" in refused(pagewitness(*command, time, db=db))


@pytest.mark.parametrize(
    "command",
    [["apply"], ["import"], ["restore"], ["inspect"], ["inspect", "--json"], ["compare", "{page}"], ["inspect", "{page}", "--watchlist"]],
)  # fmt: skip
def test_files_that_are_none_are_refused_at_once(command: list[str], tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>85 members</p>")
    os.mkfifo(tmp_path / "fifo")
    long = tmp_path / "long"
    long.touch()
    os.truncate(long, 10**12)
    places = ["/dev/zero", tmp_path / "fifo", long, tmp_path / ("x" * 300), tmp_path / "gone"]
    places += [] if command[0] in ("import", "restore") else [tmp_path]
    arguments = [part.format(page=tmp_path / "page.html") for part in command]
    database = f"sqlite:///{tmp_path}/new.db" if command[0] in ("apply", "import", "restore") else None
    for place in places:
        if command == ["restore"] and place == long:
            continue  # a backup may be as long as it likes
        assert str(place) in refused(pagewitness(*arguments, place, db=database)).replace("\n", "")


def test_a_page_from_stdin_has_a_maximum_length(tmp_path: Path):
    """stdin of a test is empty."""
    done = pagewitness("inspect", "-", "--json")
    assert (done.code, done.rows[0]["verdict"]) == (1, "empty")


@pytest.mark.parametrize(
    "place",
    [
        "sqlite://",
        "sqlite:////dev/zero",
        "sqlite:///{fifo}",
        "sqlite:///" + "x" * 300,
        "sqlite:///" + "x/" * 3000 + "a.db",
        "sqlite:///\x1b[31m/a.db",
        "postgresql://h:abc/x",
        "postgresql://[::1/x",
        "postgresql://127.0.0.1:99999999/x",
        "postgresql://127.0.0.1:1/x?connect_timeout=abc",
        "postgresql://127.0.0.1:1/x?bad=1",
        "oracle://x",
    ],
)
def test_databases_that_are_none(place: str, tmp_path: Path):
    os.mkfifo(tmp_path / "fifo")
    done = pagewitness("pages", db=place.format(fifo=tmp_path / "fifo"))
    refused(done, done.code)
    assert done.code in (1, 2)


def test_settings_that_are_none_name_their_variable(db: str):
    numbers = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]
    assert len(numbers) > 10
    for value in ("1" + "0" * 30, "nan", "-1", "9" * 5000, "1e400", "\x9b31m"):
        message = refused(pagewitness("pages", db=db, **dict.fromkeys(numbers, value)))
        assert [name for name in numbers if f"PAGEWITNESS_{name.upper()}: " not in message] == []


def test_other_settings_that_are_none(db: str, tmp_path: Path):
    for name, value in {
        "ca_bundle": "/dev/zero",
        "database_url_file": "/dev/zero",
        "base_url": "http://[::1",
        "replay_origin": "https://x/" + "y" * 10_000,
        "proxy": "javascript:1",
        "log_level": "x" * 10_000,
        "user_agent": "a\x9bb",
        "contact": "a\nb: c",
    }.items():
        assert f"PAGEWITNESS_{name.upper()}" in refused(
            pagewitness("pages", db=None if "database" in name else db, **{name: value})
        )


def test_a_setting_that_is_no_text_is_named(db: str):
    message = refused(pagewitness("pages", db=db, base_url="http://\udcff/"))
    assert "PAGEWITNESS_BASE_URL: its bytes are not UTF-8 text" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ["changes", "--limit", "9" * 30],
        ["facts", "\x1b[31m"],
        ["channels", "test", "\x9b"],
        ["add", "https://e.example/", "--every", "9" * 5000 + "s"],
        ["add", "https://e.example/", "--cron", "* * * * " + "9" * 5000],
        ["add", "https://e.example/", "--window", "x" * 5000],
        ["add", "https://e.example/", "--timezone", "../../etc/passwd"],
        ["add", "https://e.example/", "--fact", "\x9b"],
    ],
)
def test_other_arguments_that_are_none(arguments: list[str], db: str):
    refused(pagewitness(*arguments, db=db))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the machine has no /dev/full")
def test_a_full_disk_is_reported_in_one_line(db: str, tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>85 members</p>")
    message = refused(pagewitness("inspect", tmp_path / "page.html", "--html", "-o", "/dev/full"))
    assert "No space left on device" in message
