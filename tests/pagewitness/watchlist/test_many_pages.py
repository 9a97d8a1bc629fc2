"""Settings of many pages: several URLs in one table, files of URLs, tags, hosts and defaults."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.host_patterns import MAX_GLOBS, HostPatterns, glob_matches, host_pattern
from monitor.model import RequestSettings, Schedule, Selection
from pagewitness.watchlist import page_entries
from pagewitness.watchlist.errors import WatchlistError
from pagewitness.watchlist.layers import Layer, inherit
from pagewitness.watchlist.loader import load, parse
from pagewitness.watchlist.page_tables import PageSettings
from storage.watched.declarations import DeclaredPage
from tests.pagewitness.watchlist.written import PAGE, problems, the_problem

HOUR = timedelta(hours=1)


def pages(text: str) -> dict[str, DeclaredPage]:
    """The pages of a watchlist by URL."""
    return {page.url: page for page in parse(text, "list.toml").pages}


def the_page(text: str) -> DeclaredPage:
    (page,) = parse(text, "list.toml").pages
    return page


# --- several addresses in one table


def test_several_urls_have_the_settings_of_their_table():
    found = pages('[[page]]\nurls = ["https://a.example/x", "HTTPS://B.example"]\nlabel = "Both"\nevery = "1h"\n')
    assert list(found) == ["https://a.example/x", "https://b.example/"]
    assert {(page.label, page.schedule) for page in found.values()} == {("Both", Schedule(every=HOUR))}


def test_a_rule_selects_all_pages_of_a_label_or_one_by_its_url():
    text = (
        '[[page]]\nurls = ["https://a.example/", "https://b.example/"]\nlabel = "Both"\n'
        '[[channel]]\nname = "h"\ntype = "webhook"\nurl = "https://example.org/"\n'
        '[[rule]]\nname = "r"\nevents = ["text_changed"]\nto = ["h"]\npages = ["Both"]\n'
        '[[rule]]\nname = "s"\nevents = ["text_changed"]\nto = ["h"]\npages = ["https://b.example"]\n'
    )
    both, one = parse(text, "list.toml").rules
    assert (both.pages, one.pages) == (("https://a.example/", "https://b.example/"), ("https://b.example/",))


def test_an_invalid_url_of_several_is_named_by_its_place():
    problem = the_problem('[[page]]\nevery = "1h"\nurls = ["https://a.example/", "nowhere"]\n')
    assert problem.startswith("list.toml:3: page[1] urls[2]: ")


def test_a_private_url_of_several_must_be_allowed():
    text = '[[page]]\nurls = ["https://a.example/", "http://127.0.0.1/"]\n'
    assert "list.toml:2: page[1] urls[2]: http://127.0.0.1/ is on a private or loopback" in the_problem(text)
    assert len(pages(text + "allow_private = true\n")) == 2


@pytest.mark.parametrize(
    ("keys", "found"),
    [("", "none"), ('url = "https://a.example/"\nurls = ["https://b.example/"]', "url and urls")],
)
def test_a_page_has_exactly_one_kind_of_address(keys, found):
    problem = the_problem(f"[[page]]\n{keys}\n")
    assert f"found {found} of url, urls and urls_file; exactly one is needed" in problem


def test_the_same_page_in_two_tables_is_named_with_both_places():
    text = PAGE + '[[page]]\nurls = ["https://b.example/", "https://example.org"]\n'
    assert "list.toml:4: page[2] urls[2]: page[1] (https://example.org/) is the same page" in the_problem(text)


# --- files of addresses


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    watchlist = folder / "list.toml"
    watchlist.write_text('[[page]]\nevery = "1h"\nurls_file = "pages.txt"\n', encoding="utf-8")
    return watchlist


def test_a_file_has_one_address_a_line_with_comments(tmp_path: Path):
    text = (
        "\ufeff# ministries\n\nhttps://a.example/x#part\r\n  https://b.example/   # the second\n#https://c.example/\n"
    )
    found = load(write(tmp_path, pages=text)).pages
    assert [page.url for page in found] == ["https://a.example/x", "https://b.example/"]
    assert {page.schedule.every for page in found} == {HOUR}


def test_errors_in_a_file_name_its_lines(tmp_path: Path):
    watchlist = write(tmp_path, pages="https://a.example/\nnowhere\nhttp://10.0.0.1/\nhttps://a.example\n")
    with pytest.raises(WatchlistError) as refused:
        load(watchlist)
    places = [problem.partition("urls_file: ")[2].partition(": ")[0] for problem in refused.value.problems]
    assert places == [f"{tmp_path}/pages.txt:{line}" for line in (2, 3, 4)]
    assert f"{tmp_path}/pages.txt:1 is the same page" in refused.value.problems[2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# nothing\n\n", "it has no address"),
        (b"https://a.example/\xff\n", "not UTF-8"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, message: str):
    watchlist = write(tmp_path)
    if content is not None:
        (tmp_path / "pages.txt").write_bytes(content)
    with pytest.raises(WatchlistError, match=message) as refused:
        load(watchlist)
    assert f"list.toml:3: page[1] urls_file: {tmp_path}/pages.txt: " in str(refused.value)


def test_all_files_together_have_a_maximum_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pagewitness.watchlist.bounds.MAX_BYTES", 100)
    (tmp_path / "pages.txt").write_text("https://a.example/" + "x" * 50)
    text = '[[page]]\nurls_file = "pages.txt"\n' * 2
    with pytest.raises(WatchlistError, match="it is longer than 32 bytes"):
        parse(text, "list.toml", tmp_path)


# --- tags


def test_tags_are_kept_once_and_in_order():
    assert the_page(PAGE + 'tags = ["Berlin", "press  office", "Berlin"]\n').tags == ("Berlin", "press office")


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "–", "x" * 101])
def test_a_text_that_is_no_tag_is_refused(tag):
    assert "tags[1]: found" in the_problem(PAGE + f"tags = [{json.dumps(tag)}]\n")


def test_a_page_has_at_most_fifty_tags():
    tags = json.dumps([f"t{number}" for number in range(51)])
    assert "it may have at most 50 entries" in the_problem(PAGE + f"tags = {tags}\n")


# --- inheritance


LAYERS = """
[defaults]
every = "12h"
timezone = "Europe/Berlin"
jitter = "5m"
mute = ["Weather", "Poll"]
tags = ["all"]

[[host]]
match = "*.example.org"
every = "2h"
interval = "10s"
robots = "ignore"

[[host]]
match = "www.example.org"
tags = ["press"]
"""


def test_a_page_takes_each_setting_from_the_nearest_table_that_has_it():
    page = the_page(LAYERS + '[[page]]\nurl = "https://www.example.org/"\nalways_report = ["Poll"]\n')
    assert page.schedule == Schedule(every=2 * HOUR, jitter=timedelta(minutes=5))
    assert (page.tags, page.mute, page.always_report) == (("press",), ("Weather",), ("Poll",))
    assert (page.obey_robots, page.request.interval) == (False, timedelta(seconds=10))
    assert dict(page.inherited) == {
        "every": "host *.example.org",
        "jitter": "defaults",
        "tags": "host www.example.org",
        "robots": "host *.example.org",
        "mute": "defaults",
        "interval": "host *.example.org",
    }


def test_the_pause_of_alerts_is_declared_on_pages_hosts_and_as_default():
    moment = "2026-12-27T08:00:00+01:00"
    declared = f"paused_until = {moment}\n"
    url = 'url = "https://www.example.org/"\n'
    for text in (
        f"[[page]]\n{url}{declared}",
        f"[defaults]\n{declared}[[page]]\n{url}",
        f'[[host]]\nmatch = "www.example.org"\n{declared}[[page]]\n{url}',
    ):
        page = the_page(text)
        assert page.paused_until == datetime(2026, 12, 27, 7, tzinfo=UTC)
        assert not page.paused, "its checks go on"
    assert the_page(PAGE).paused_until is None
    assert "time zone is missing" in the_problem(f"[[page]]\n{url}paused_until = 2026-12-27T08:00:00\n")
    assert "without quotes" in the_problem(f'[[page]]\n{url}paused_until = "{moment}"\n')


def test_a_pattern_of_subdomains_does_not_match_the_domain_itself():
    page = the_page(LAYERS + '[[page]]\nurl = "https://example.org/"\n')
    assert (page.schedule.every, page.request.interval) == (12 * HOUR, None)


def test_own_settings_are_not_listed_as_inherited():
    page = the_page(
        LAYERS + '[[page]]\nurl = "https://a.example/"\nevery = "1h"\ntags = []\nmute = []\njitter = "1m"\n'
    )
    assert (page.tags, page.mute, page.inherited) == ((), (), ())


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ('cron = "0 6 * * *"', Schedule(cron="0 6 * * *", timezone="Europe/Berlin")),
        ('every = "1h"', Schedule(every=HOUR, timezone="Europe/Berlin", windows=("mon-fri",))),
        ("windows = []", Schedule(every=6 * HOUR, adaptive=(2 * HOUR, 24 * HOUR))),
    ],
)
def test_every_cron_and_adaptive_are_inherited_as_one_setting(own, expected):
    defaults = '[defaults]\nadaptive = { min = "2h", max = "1d" }\nwindows = ["mon-fri"]\ntimezone = "Europe/Berlin"\n'
    assert the_page(f"{defaults}{PAGE}{own}\n").schedule == expected


def test_an_inherited_cron_line_is_dropped_by_windows_of_the_page():
    page = the_page(f'[defaults]\ncron = "0 6 * * *"\n{PAGE}windows = ["mon-fri"]\n')
    assert page.schedule == Schedule(every=6 * HOUR, windows=("mon-fri",))


settings = st.fixed_dictionaries(
    {},
    optional={
        "every": st.sampled_from(["1h", "3h"]),
        "timezone": st.sampled_from(["UTC", "Europe/Berlin"]),
        "jitter": st.just("1m"),
        "windows": st.sampled_from([[], ["mon-fri"]]),
        "tags": st.lists(st.sampled_from("abc")),
        "mute": st.sampled_from([[], ["Weather"]]),
    },
).flatmap(
    lambda base: st.sampled_from(
        [
            base,
            {key: value for key, value in base.items() if key not in {"every", "windows"}} | {"cron": "0 6 * * *"},
            {key: value for key, value in base.items() if key != "every"} | {"adaptive": {"min": "2h", "max": "1d"}},
            {key: value for key, value in base.items() if key != "mute"} | {"always_report": ["Weather"]},
        ]
    )
)


@given(settings, st.lists(settings, max_size=3))
def test_tables_that_are_valid_by_themselves_are_valid_together(own, behind):
    """The one exception is a page's own timezone, which needs times of its own."""
    merged, origins = inherit(own, [Layer(str(number), raw) for number, raw in enumerate(behind)])
    if own.get("timezone", "UTC") == "UTC":
        PageSettings.model_validate(merged)
    assert {key: merged[key] for key in own} == own
    assert origins.keys() == merged.keys() - own.keys()


def test_what_is_wrong_in_defaults_and_hosts_is_named_there():
    text = '[defaults]\nevry = "1h"\nfacts = ["x"]\n[[host]]\nmatch = "https://a.example/"\n' + PAGE
    assert [problem.partition(";")[0] for problem in problems(text)] == [
        'list.toml:2: defaults evry: there is no such key (did you mean "every"?)',
        'list.toml:5: host[1] (https://a.example/) match: found "https://a.example/"',
    ]


def test_unknown_facts_of_defaults_and_hosts_are_named_once():
    text = '[defaults]\nfacts = ["x"]\n[[host]]\nmatch = "a.example"\nfacts = ["y"]\n' + PAGE
    assert [problem.partition(" (did")[0].partition(";")[0] for problem in problems(text)] == [
        'list.toml:2: defaults facts[1]: there is no fact "x"',
        'list.toml:5: host[1] (a.example) facts[1]: there is no fact "y"',
    ]


@pytest.mark.parametrize("written", ["defaults = 1\n", "[[defaults]]\n"])
def test_defaults_is_one_table(written):
    assert "write [defaults] with one bracket on each side" in "\n".join(problems(written + PAGE))


def test_site_is_reserved():
    assert "[[site]] is reserved for crawling" in the_problem(PAGE + "[[site]]\n")


def test_an_interval_that_a_visit_would_not_wait_for_is_refused():
    text = f'[[host]]\nmatch = "a.example"\ninterval = "61s"\n{PAGE}'
    assert 'interval: found "61s"; the longest interval between two requests to a host is "1m"' in the_problem(text)


def test_settings_that_many_pages_share_do_not_outgrow_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page_entries, "MAX_TOTAL", 10_000)
    urls = json.dumps([f"https://a.example/{number}" for number in range(100)])
    text = f'[defaults]\nmute = ["{"x" * 300}"]\n[[page]]\nurls = {urls}\n'
    assert "more than 10,000 characters of settings" in the_problem(text)


# --- patterns of hosts


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("example.org", ["https://example.org/", "http://example.org:8080/"], ["https://www.example.org/"]),
        ("Example.ORG:8080", ["http://example.org:8080/"], ["https://example.org/"]),
        ("example.org:443", ["https://example.org/"], ["http://example.org/"]),
        ("*.example.org", ["https://a.example.org/", "https://a.b.example.org/"], ["https://badexample.org/"]),
        ("*.bücher.example", ["https://www.xn--bcher-kva.example/"], ["https://www.bucher.example/"]),
        ("news-*.example.*", ["https://news-1.example.org/"], ["https://example.org/"]),
        ("*.org", ["https://a.b.org/"], ["https://a.orga/"]),
        ("[::1]:8000", ["http://[::1]:8000/"], ["http://[::1]/"]),
        ("[::1]", ["http://[::1]:8000/"], ["http://[::2]/"]),
        ("*:8080", ["http://a.example:8080/"], ["http://a.example/"]),
    ],
)
def test_patterns_match_hosts(pattern, matching, other):
    parsed = host_pattern(pattern)
    patterns = HostPatterns([parsed])
    assert [url for url in [*matching, *other] if patterns.matching(url)] == matching
    assert [url for url in [*matching, *other] if parsed.matches(url)] == matching
    assert host_pattern(str(parsed)) == parsed


def test_the_most_specific_pattern_comes_first():
    names = ["*.org", "a*.example.org", "*.example.org", "a.example.org", "*.example.org:443", "a.example.org:443"]
    patterns = HostPatterns([host_pattern(name) for name in names])
    found = [names[index] for index in patterns.matching("https://a.example.org/")]
    assert found == [
        "a.example.org:443",
        "a.example.org",
        "*.example.org:443",
        "a*.example.org",
        "*.example.org",
        "*.org",
    ]


@pytest.mark.parametrize("text", ["", "a b", "https://a.example", "a.example/x", "a.example:0", "a.example:99999", "-"])
def test_a_text_that_is_no_pattern_is_refused(text):
    with pytest.raises(ValueError, match="found"):
        host_pattern(text)


def test_settings_of_every_host_are_those_of_defaults():
    text = '[[host]]\nmatch = "*"\n[[page]]\nurl = "https://example.org/"\n'
    assert 'found "*", which is every host; write [defaults] instead' in the_problem(text)


def test_the_same_hosts_in_two_tables_are_refused():
    text = '[[host]]\nmatch = "a.example"\n[[host]]\nmatch = "A.example"\n' + PAGE
    assert "list.toml:4: host[2] (A.example) match: host[1] (a.example) matches the same hosts" in the_problem(text)


def test_patterns_that_each_host_is_compared_with_are_limited():
    text = "".join(f'[[host]]\nmatch = "a*{number}.example"\n' for number in range(MAX_GLOBS + 1)) + PAGE
    assert "more than 100 patterns" in the_problem(text)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_glob_matches_as_its_definition_says(pattern, name):
    def matches(pattern: str, name: str) -> bool:
        if not pattern:
            return not name
        if pattern[0] == "*":
            return matches(pattern[1:], name) or bool(name and matches(pattern, name[1:]))
        return bool(name) and pattern[0] == name[0] and matches(pattern[1:], name[1:])

    assert glob_matches(pattern, name) == matches(pattern, name)


# --- header fields, cookies and passwords


REQUEST = """
[[host]]
match = "*.example.org"
proxy = "http://proxy.example.org:3128"
headers = { X-Api = "env:KEY" }

[[page]]
url = "https://www.example.org/"
cookies = { session = "file:/run/secrets/session", lang = "de" }
basic_auth = { user = "monitor", password = "env:PW" }
"""


def test_a_page_has_header_fields_cookies_and_a_password_as_written():
    page = the_page(REQUEST)
    assert page.request == RequestSettings(
        proxy="http://proxy.example.org:3128",
        headers=(("X-Api", "env:KEY"),),
        cookies=(("session", "file:/run/secrets/session"), ("lang", "de")),
        basic_auth=("monitor", "env:PW"),
    )
    assert dict(page.inherited) == {"headers": "host *.example.org", "proxy": "host *.example.org"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('headers = { "X Api" = "v" }', 'found "X Api"; it takes the name of a header field'),
        ('headers = { Host = "v" }', "Host cannot be set; it belongs to the connection"),
        ('headers = { If-None-Match = "v" }', "If-None-Match cannot be set"),
        ('headers = { User-Agent = "v" }', "see PAGEWITNESS_CONTACT"),
        ('headers = { cookie = "v" }', 'write cookies = { name = "env:NAME" }'),
        ('headers = { X = "hunter2\\n" }', "cannot be sent in a header field"),
        ('headers = { X = "hunter2 " }', "cannot be sent in a header field"),
        ('headers = { X = "env:" }', '"env:" names nothing'),
        ("headers = { X = 1 }", "it takes a text in quotes"),
        ('headers = { X = "a", x = "b" }', "headers has the field x twice"),
        ('headers = { Authorization = "v" }\nbasic_auth = { user = "u", password = "p" }', "are both given; keep one"),
        ('headers = "hunter2"', "it takes a table of keys"),
        ('cookies = { "a b" = "v" }', 'found "a b"; it takes the name of a cookie'),
        ('cookies = { a = "hunter2; b" }', "no cookie can have this value"),
        ('basic_auth = { user = "u:hunter2", password = "p" }', "no user name can contain a colon"),
        ('basic_auth = { user = "u" }', "basic_auth[password]: missing"),
        ('basic_auth = "hunter2"', "it takes a table of keys"),
        ('basic_auth = { usr = "u", password = "p" }', 'did you mean "user"'),
    ],
)
def test_wrong_settings_of_requests_are_explained_without_their_values(line, message):
    found = "\n".join(problems(PAGE + line + "\n"))
    assert message in found
    assert "hunter2" not in found


@pytest.mark.parametrize("proxy", ["socks5://p:1080", "p:3128", "http://u:hunter2@p:3128", "http://p:0"])
def test_a_proxy_that_cannot_be_used_is_refused(proxy):
    problem = the_problem(f'[[host]]\nmatch = "a.example"\nproxy = "{proxy}"\n{PAGE}')
    assert "proxy: " in problem
    assert "hunter2" not in problem


def test_a_password_over_plain_http_is_a_warning():
    text = '[[page]]\nurl = "http://{}/"\nallow_private = {}\nbasic_auth = {{ user = "u", password = "env:P" }}\n'
    warning = "http://a.example/ sends its credentials unencrypted"
    assert warning in parse(text.format("a.example", "false"), "list.toml").warnings
    assert not any("unencrypted" in line for line in parse(text.format("127.0.0.1", "true"), "list.toml").warnings)


# --- the part of a page


def test_a_page_is_limited_to_elements_and_without_others():
    text = '[defaults]\nwithout = [".ads"]\n' + PAGE + 'only = ["main", "#figures", "main"]\n'
    assert the_page(text).selection == Selection(("main", "#figures"), (".ads",))


@pytest.mark.parametrize(
    "line", ['only = ["p["]', 'only = ["$.a["]', 'without = ["//p"]', 'only = "main"', f"only = {['p'] * 21}"]
)
def test_what_is_no_selector_is_refused(line):
    assert re.match(r"list.toml:3: page\[1\] \(https://example.org/\) (only|without)", the_problem(f"{PAGE}{line}\n"))


def test_a_page_of_json_is_limited_to_values_by_paths():
    assert the_page(PAGE + "only = [\"$.homes[*]['net fee']\"]\n").selection == Selection(("$.homes[*]['net fee']",))
