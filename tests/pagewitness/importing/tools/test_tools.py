"""Configurations of other tools become pages of a watchlist; every part that does not carry over is listed."""

from __future__ import annotations

import json
import os
import re
import stat
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.model import Selection
from pagewitness.cli import app
from pagewitness.importing.tools import reading, yaml_documents
from pagewitness.importing.tools.convert import Converted, convert, to_toml
from pagewitness.importing.tools.model import ExportError, Job, duration_text
from pagewitness.importing.tools.reading import Tool, read_jobs
from pagewitness.importing.tools.yaml_documents import documents
from pagewitness.watchlist.fields import duration
from pagewitness.watchlist.loader import Watchlist, parse

URLWATCH = """\
name: "Ministry: press"
url: "https://ministry.example/press#new"
filter:
  - css: main .list
  - html2text
  - re.sub: '\\s+'
headers:
  X-Api-Key: k1
  User-Agent: Mozilla/5.0
cookies: {session: s1}
tags: [ministries, "Berlin, Mitte"]
max_tries: 3
---
name: Home folder
command: ls -al ~
---
navigate: https://app.example/
filter: xpath://h1,strip
---
url: https://post.example/
data: {a: b}
---
url: https://login.example/
user_visible_url: https://login.example/start
enabled: false
---
url: ftp://files.example/
---
url: https://MINISTRY.example/press
---
url: https://me:p%40ss@secret.example/x
"""


def converted(tool: Tool, path: Path) -> Converted:
    return convert(read_jobs(tool, path))


def watchlist(result: Converted) -> Watchlist:
    return parse(to_toml(result, "a test"), "list.toml")


@pytest.mark.parametrize("tool", [Tool.URLWATCH, Tool.WEBCHANGES])
def test_jobs_in_yaml_documents(tmp_path: Path, tool: Tool):
    file = tmp_path / "urls.yaml"
    file.write_text(URLWATCH)
    result = converted(tool, file)
    pages = {page.url: page for page in watchlist(result).pages}
    assert list(pages) == [
        "https://ministry.example/press",
        "https://app.example/",
        "https://login.example/",
        "https://secret.example/x",
    ]
    ministry = pages["https://ministry.example/press"]
    assert (ministry.label, ministry.tags) == ("Ministry: press", ("ministries", "Berlin Mitte"))
    assert (ministry.request.headers, ministry.request.cookies) == ((("X-Api-Key", "k1"),), (("session", "s1"),))
    assert ministry.selection == Selection(only=("main .list",))
    assert pages["https://login.example/"].paused
    assert pages["https://secret.example/x"].request.basic_auth == ("me", "p@ss")
    report = [line.replace(f"{file}:", "") for line in result.report()]
    assert report == [
        '1 (Ministry: press): not carried over: headers: "User-Agent" (it cannot be set here)',
        "1 (Ministry: press): not carried over: filter html2text: null (not needed here)",
        '1 (Ministry: press): not carried over: filter re.sub: "\\\\s+"',
        "1 (Ministry: press): not carried over: max_tries: 3",
        "17 (https://app.example/): not carried over: navigate: true (rendered by a browser there; here pages are fetched without one)",
        '17 (https://app.example/): not carried over: filter xpath: "//h1" (there are no XPath filters here)',
        "17 (https://app.example/): not carried over: filter strip: null (not needed here)",
        '23 (https://login.example/): not carried over: user_visible_url: "https://login.example/start"',
        '14 (Home folder): left out: it runs a command; command: "ls -al ~"',
        "20 (https://post.example/): left out: it sends data; pages are requested with GET here; data: …",
        "27 (ftp://files.example/): left out: 'ftp://files.example/' is no http:// or https:// URL",
        f"29 (https://MINISTRY.example/press): left out: it is the same page as {file}:1".replace(f"{file}:", ""),
    ]


def cdio_watch(**keys) -> dict:
    """A watch with some of the keys that a new one has."""
    return {
        "fetch_backend": "system", "method": "GET", "processor": "text_json_diff", "include_filters": [], "subtractive_selectors": [],
        "tags": [], "headers": {}, "paused": False, "ignore_text": [], "notification_urls": [], "last_checked": 1700000000, "uuid": "u",
        "filter_text_added": True, "trim_text_whitespace": False, "time_between_check": {"weeks": None, "hours": None},
        "time_between_check_use_default": True, "notification_format": "System default", "conditions": {}, **keys,
    }  # fmt: skip


WATCHES = {
    "a1": cdio_watch(
        url="https://shop.example/",
        title="Shop  prices",
        tags=["t1"],
        tag="old, tag",
        time_between_check={"weeks": 0, "days": 1, "hours": 6, "minutes": 30, "seconds": 0},
        time_between_check_use_default=False,
        subtractive_selectors=[".ads", "//aside"],
        include_filters=["#price", "xpath://h1", "json:$.a", "json:$.a[?@.b]", "jq:.a"],
        ignore_text=["visitors online", "/\\d+ likes/"],
        notification_urls=["mailto://me@example.org"],
        headers={"Accept-Language": "de"},
        fetch_backend="html_webdriver",
        trigger_text=["sold"],
    ),
    "b2": cdio_watch(
        url="https://news.example/",
        paused=True,
        time_schedule_limit={
            "enabled": True,
            "timezone": "Europe/Berlin",
            "monday": {"enabled": True, "start_time": "08:30", "duration": {"hours": "9", "minutes": "15"}},
            "tuesday": {"enabled": True, "start_time": "00:00", "duration": {"hours": "24", "minutes": "00"}},
            "saturday": {"enabled": True, "start_time": "22:00", "duration": {"hours": "4", "minutes": "00"}},
            "sunday": {"enabled": False, "start_time": "00:00", "duration": {"hours": "24", "minutes": "00"}},
        },
    ),
    "c3": cdio_watch(url="https://api.example/", method="POST", body="{}"),
    "d4": cdio_watch(url="http://192.168.1.4/"),
}
GROUPS = {"t1": {"title": "Shops, EU", "uuid": "t1"}}


def cdio_files(folder: Path, layout: str) -> Path:
    """Write the watches as an old data folder, as a new one, or as a backup."""
    if layout == "one file":
        file = folder / "url-watches.json"
        file.write_text(json.dumps({"watching": WATCHES, "settings": {"application": {"tags": GROUPS}}}))
        return file
    files = {"changedetection.json": {"settings": {}}, "t1/tag.json": GROUPS["t1"], **{f"{key}/watch.json": watch for key, watch in WATCHES.items()}}  # fmt: skip
    if layout == "backup":
        with zipfile.ZipFile(folder / "backup.zip", "w") as archive:
            for name, value in files.items():
                archive.writestr(name, json.dumps(value))
            archive.writestr("a1/history.txt", "1,x\n")
        return folder / "backup.zip"
    for name, value in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(value))
    return folder


@pytest.mark.parametrize("layout", ["one file", "folder", "backup"])
def test_watches_of_changedetection(tmp_path: Path, layout: str):
    result = converted(Tool.CHANGEDETECTION, cdio_files(tmp_path, layout))
    shop, news = watchlist(result).pages
    assert (shop.url, shop.label, shop.tags) == ("https://shop.example/", "Shop prices", ("old", "tag", "Shops EU"))
    assert (shop.schedule.every, shop.mute) == (timedelta(days=1, hours=6, minutes=30), ("visitors online",))
    assert shop.request.headers == (("Accept-Language", "de"),)
    assert shop.selection == Selection(only=("#price", "$.a"), without=(".ads",))
    assert news.paused
    assert (news.schedule.windows, news.schedule.timezone) == (
        ("mon 08:30-17:45", "tue", "sat 22:00-02:00"),
        "Europe/Berlin",
    )
    notes = [line.partition(": not carried over: ")[2] for line in result.report() if "Shop prices" in line]
    assert notes == [
        'ignore_text: "/\\\\d+ likes/" (only words carry over, not patterns)',
        'include_filters: "xpath://h1" (there are no XPath filters here)',
        'include_filters: "json:$.a[?@.b]"',
        'include_filters: "jq:.a" (there are no jq filters here)',
        'subtractive_selectors: "//aside" (there are no XPath filters here)',
        'fetch_backend: "html_webdriver" (rendered by a browser there; here pages are fetched without one)',
        'notification_urls: … (declare a [[channel]] and a [[rule]]; type = "apprise" takes such URLs)',
        'trigger_text: ["sold"] (write a [[rule]])',
    ]
    left_out = [line.partition(": left out: ")[2] for line in result.left_out]
    assert left_out[0] == 'it sends data; pages are requested with GET here; method: "POST"; body: …'
    assert len(left_out) == 1
    (router,) = result.private
    assert (
        f"{router.entry.place}: not carried over: http://192.168.1.4/ is on a private or loopback address; "
        "declare it with allow_private = true if that is meant"
    ) in result.report()


def distill(**keys) -> bytes:
    config = {
        "selections": [
            {
                "frames": [
                    {
                        "index": 0,
                        "excludes": [{"type": "css", "expr": ".ads"}],
                        "includes": [{"type": "xpath", "expr": "//main"}],
                    }
                ],
                "dynamic": True,
                "delay": 2,
            }
        ],
        "ignoreEmptyText": True,
        "dataAttr": "text",
    }
    monitor = {
        "name": "Fees | Office", "uri": "https://office.example/fees", "config": json.dumps(config), "tags": ["fees", "office"], "content_type": 2,
        "state": 40, "schedule": json.dumps({"type": "INTERVAL", "params": {"interval": 4447}}), "ts": "2022-03-27T15:51:15.667Z", **keys,
    }  # fmt: skip
    return json.dumps({"client": {"local": 1}, "data": [monitor]}).encode()


def test_monitors_of_distill(tmp_path: Path):
    file = tmp_path / "export.json"
    file.write_bytes(distill())
    result = converted(Tool.DISTILL, file)
    (page,) = watchlist(result).pages
    assert (page.url, page.label, page.tags) == ("https://office.example/fees", "Fees | Office", ("fees", "office"))
    assert page.schedule.every == timedelta(seconds=4447)
    assert page.selection == Selection(without=(".ads",))
    assert [line.partition(": not carried over: ")[2] for line in result.report()] == [
        "dynamic: true (rendered by a browser there; here pages are fetched without one)",
        'includes xpath: "//main" (there are no such filters here)',
    ]


def test_other_schedules_and_states_of_distill_are_listed(tmp_path: Path):
    file = tmp_path / "export.json"
    file.write_bytes(distill(schedule='{"type":"CRON","params":{}}', state=30, rules=["x"]))
    notes = " ".join(converted(Tool.DISTILL, file).report())
    assert all(part in notes for part in ("schedule: ", "state: 30", 'rules: ["x"]'))


@pytest.mark.parametrize(
    ("filters", "selection", "notes"),
    [
        ("[{css: {selector: p, exclude: .ad}}]", Selection(("p",), (".ad",)), 0),
        ("[{css: {selector: p, method: xml}}]", Selection(("p",)), 1),
        (
            "[element-by-id: top, element-by-class: news, element-by-tag: table]",
            Selection(("#top", ".news", "table")),
            0,
        ),
        ("[element-by-id: 'a b', element-by-style: x]", Selection(), 2),
        ("css:div > p,strip", Selection(("div > p",)), 1),
        ("[{css: 'p['}]", Selection(), 1),
        ("[{jsonpath: '$.a[0]'}]", Selection(("$.a[0]",)), 0),
        ("[{jsonpath: {path: '$..b'}}]", Selection(("$..b",)), 0),
        ("[{jsonpath: '$[?@.a]'}]", Selection(), 1),
    ],
)
def test_css_filters_of_urlwatch_become_selections(tmp_path: Path, filters: str, selection: Selection, notes: int):
    file = tmp_path / "urls.yaml"
    file.write_text(f"url: https://a.example/\nfilter: {filters}\n")
    result = converted(Tool.URLWATCH, file)
    assert (watchlist(result).pages[0].selection, len(result.pages[0].notes)) == (selection, notes)


# --- what is wrong


@pytest.mark.parametrize(
    ("tool", "content", "message"),
    [
        (Tool.URLWATCH, "url: [", "export:1: this is not YAML"),
        (Tool.URLWATCH, "url: https://a.example/\n---\njust text\n", "export:3: this is no job"),
        (Tool.URLWATCH, "url: !!python/object/apply:os.system ['true']\n", "export:1: this is not YAML"),
        (Tool.URLWATCH, "a: 2001-99-99\n", "this is not YAML"),
        (Tool.URLWATCH, "a: " + "9" * 5000, "this is not YAML"),
        (Tool.URLWATCH, "[" * 5000, "this is not YAML"),
        (Tool.URLWATCH, "a: \x00", "this is not YAML"),
        (Tool.URLWATCH, b"a: \xff", "export:1: this is not UTF-8"),
        (Tool.DISTILL, "{", "export:1: this is no JSON"),
        (Tool.DISTILL, "[" * 100_000, "this is no JSON"),
        (Tool.DISTILL, "{}", "this is no export of Distill"),
        (Tool.CHANGEDETECTION, "{}", "it has no watch of changedetection.io"),
        (Tool.CHANGEDETECTION, b"PK\x05\x06" + b"\0" * 18, "it has no watch of changedetection.io"),
        (Tool.CHANGEDETECTION, None, "there is no such file"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused(tmp_path: Path, tool: Tool, content: str | bytes | None, message: str):
    file = tmp_path / "export"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ExportError) as refused:
        converted(tool, file)
    assert message in str(refused.value)


def test_settings_that_no_page_can_have_are_listed_and_the_page_kept():
    job = Job("p:1", "https://a.example/")
    job.settings |= {
        "every": "400d",
        "label": "x\x1b[31m",
        "windows": ["never"],
        "cookies": {"a b": "hunter2"},
        "tags": ["ok"],
    }
    result = convert([job])
    (page,) = watchlist(result).pages
    assert (page.tags, page.label) == (("ok",), "")
    notes = "\n".join(result.pages[0].notes)
    assert all(f"{key}: " in notes for key in ("every", "label", "windows", "cookies"))
    assert "hunter2" not in notes


@pytest.mark.parametrize("seconds", [0, -1, 10**12, float("inf"), "soon", None, True])
def test_an_impossible_interval_is_listed(seconds):
    job = Job("p:1", "https://a.example/")
    job.set_every(seconds)
    assert "every" not in job.settings
    assert job.notes


@given(st.integers(1, 366 * 86_400))
def test_intervals_are_written_as_the_watchlist_reads_them(seconds):
    assert duration(duration_text(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


texts = st.text(max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(st.dictionaries(st.sampled_from([*WATCHES["a1"], "watching", "settings"]), values, max_size=8), max_size=3)
)
def test_any_watch_becomes_a_valid_page_or_is_listed(watches):
    from pagewitness.importing.tools import changedetection

    files = [
        (f"{number}.json", json.dumps({"url": "https://a.example/", **watch}).encode())
        for number, watch in enumerate(watches)
    ]
    try:
        result = convert(changedetection.read_files(iter(files), "backup"))
    except ExportError:
        return
    assert all(line.isprintable() for line in result.report())
    if result.pages:
        watchlist(result)


def test_a_cookie_header_becomes_cookies():
    job = Job("p", url="https://shop.example/")
    job.set_headers({"Cookie": "a=1; b=x=y;", "X-Key": "k"})
    job.set_cookies({"c": "3"})
    assert job.settings == {"headers": {"X-Key": "k"}, "cookies": {"a": "1", "b": "x=y", "c": "3"}}
    assert job.notes == []


@pytest.mark.parametrize("key", ["notification_urls", "proxy", "http_proxy", "https_proxy"])
def test_what_holds_passwords_is_noted_without_its_value(key: str):
    job = Job("p")
    job.note(key, ["https://me:hunter2@proxy.example/"])
    assert job.notes == [f"{key}: …"]


# --- bounds


def test_yaml_that_multiplies_itself_is_refused_quickly():
    began = time.monotonic()
    merged = "a0: &a0 {k: v, l: w}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 12))
    with pytest.raises(ExportError, match="more than 1,000 keys"):
        list(documents(merged, "bomb"))
    aliases = "a: &a [x]\nb: [" + ", ".join(["*a"] * 20_000) + "]\n"
    with pytest.raises(ExportError, match="more than 10,000 aliases"):
        list(documents(aliases, "bomb"))
    laughs = (
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)) + "filter: *a59\n"
    )
    with pytest.raises(ExportError, match="aliases expand to more than"):
        list(documents(laughs, "bomb"))
    assert list(documents("a: &a [x, y]\nb: [*a, *a]\n", "few")) == [
        (1, {"a": ["x", "y"], "b": [["x", "y"], ["x", "y"]]})
    ]
    assert [line for line, _ in documents("a: &a [*a]\n", "a list in itself")] == [1]
    assert time.monotonic() - began < 60


def test_yaml_is_limited_in_length(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(yaml_documents, "MAX_CHARACTERS", 10)
    with pytest.raises(ExportError, match="at most 10 are read"):
        list(documents("x" * 11, "long"))


def test_a_backup_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/watch.json", " " * 10_000_000)
    with pytest.raises(ExportError, match="more than 10,000 bytes"):
        converted(Tool.CHANGEDETECTION, tmp_path / "bomb.zip")


def test_a_page_on_a_private_address_is_a_comment_that_can_be_declared():
    settings = {"every": "1h", "label": "Router # 1", "headers": {"X-Key": "k"}, "without": ["p["]}
    result = convert(
        [
            Job("a:1", "http://10.0.0.1/status", dict(settings)),
            Job("a:2", "https://public.example/"),
            Job("a:3", "http://10.0.0.1/status"),
        ]
    )
    assert [page.entry.url for page in result.pages] == ["https://public.example/"]
    assert len(result.left_out) == 1
    text = to_toml(result, "a test")
    assert [page.url for page in parse(text, "list.toml").pages] == ["https://public.example/"]
    allowed = re.sub(r"^# (?=\[\[page\]\]|\w+ = )", "", text, flags=re.MULTILINE)
    page = parse(allowed, "list.toml").pages[1]
    assert (page.url, page.allow_private, page.label) == ("http://10.0.0.1/status", True, "Router # 1")
    assert page.request.headers == (("X-Key", "k"),)


@pytest.mark.parametrize("key", ["data", "body", "json", "api_token", "http_credentials"])
def test_what_a_job_sends_is_not_repeated(key: str):
    job = Job("a:1", "https://a.example/")
    job.note(key, {"user": "me", "pin": "4711"})
    assert job.notes == [f"{key}: …"]


@pytest.mark.parametrize("umask", [0, 0o77])
def test_the_watchlist_is_written_to_a_file_that_only_its_owner_can_read(tmp_path: Path, umask: int):
    source, target = tmp_path / "urls.yaml", tmp_path / "list.toml"
    source.write_text("url: https://a.example/\ncookies: {s: sesame}\n---\nurl: http://192.168.0.1/\n")
    command = ["import", "--from", "urlwatch", str(source), "--output", str(target)]
    before = os.umask(umask)
    try:
        done = CliRunner().invoke(app, command)
    finally:
        os.umask(before)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "sesame" in target.read_text()
    assert "allow_private = true" in done.stderr
    assert "jobs left out: 1; of which on private addresses: 1" in " ".join(done.stderr.split())
    assert CliRunner().invoke(app, command).exit_code != 0, "an existing file is not replaced"
