"""Watchlists beyond all use, and files that are none: each is refused in a few lines, quickly, with the place and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pagewitness.watchlist import bounds
from pagewitness.watchlist.channel_tables import CHANNEL_TABLES
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.loader import WatchlistError, load, parse
from pagewitness.watchlist.page_tables import HostTable, PageTable
from pagewitness.watchlist.rule_tables import RuleTable
from tests.support.pace import cheapest

PAGE = '[[page]]\nurl = "https://example.org/"\n'
HOOK = '[[channel]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.org/hook"\n'
SERVER = '"https://server.example/"'
WHOLE = {
    "host": ("match", '"example.org"'),
    "page": ("url", '"https://example.org/"'),
    "fact": ("name", '"member_count"', "count_of", '["members"]'),
    "email": ("name", '"desk"', "type", '"email"', "host", '"h"', "from", '"a@b.c"', "to", '["a@b.c"]'),
    **{
        kind: ("name", '"hook"', "type", f'"{kind}"', "url", '"https://example.org/"')
        for kind in ("slack", "teams", "discord", "mattermost", "webhook")
    },
    "telegram": ("name", '"chat"', "type", '"telegram"', "chat", '"-100"', "server", SERVER, "token", '"env:T"'),
    "matrix": ("name", '"room"', "type", '"matrix"', "server", SERVER, "room", '"!a:b.example"', "token", '"env:T"'),
    "ntfy": ("name", '"push"', "type", '"ntfy"', "topic", '"alerts"', "server", SERVER),
    "gotify": ("name", '"push"', "type", '"gotify"', "server", SERVER, "token", '"env:T"'),
    "apprise": ("name", '"push"', "type", '"apprise"', "urls", '["env:U"]'),
    "rule": ("name", '"r"', "events", '["fact_lost"]', "to", '["hook"]'),
}
MODELS = {"page": PageTable, "host": HostTable, "fact": FactTable, **CHANNEL_TABLES, "rule": RuleTable}
KEYS = [(kind, field.alias or name) for kind, model in MODELS.items() for name, field in model.model_fields.items()]
# What no key takes, and what some keys take in another form.
VALUES = {
    "nested arrays": "[[[[[[[[[[1]]]]]]]]]]",
    "nested tables": "{a={b={c={d={e={f={g={h={i=1}}}}}}}}}",
    "mixed array": '[1, "a", [], {}, 1979-05-27]',
    "array of tables": "[{a = 1}]",
    "digits": "9" * 10_000,
    "hexadecimal digits": "0x" + "f" * 20_000,
    "nan": "nan",
    "infinity": "-inf",
    "overflow": "1e999999",
    "date": "1979-05-27",
    "time": "1979-05-27T07:32:00Z",
    "control character": r'"\u009b31m"',
    "NUL": r'"a\u0000b"',
    "long text": '"' + "x" * 100_000 + '"',
    "long interval": '"' + "9" * 100 + 's"',
    "weeks": '"999999w99999d"',
    "wrong port": '"http://example.org:99999999999/"',
    "half an address": '"http://[::1"',
}
# Keys that take any text.
FREE = {
    ("page", "label"),
    ("email", "host"),
    ("email", "username"),
    *((kind, key) for kind in CHANNEL_TABLES for key in ("name", "token")),
    ("rule", "name"),
}
TAKEN = {
    ("ntfy", "topic"): {"weeks"},
    **{(kind, "paused_until"): {"time"} for kind in (*CHANNEL_TABLES, "rule", "page", "host", "defaults")},
}
TEXTS = {"long interval", "weeks", "wrong port", "half an address"}


def problems(text):
    with pytest.raises(WatchlistError) as caught:
        parse(text, "list.toml")
    assert len(caught.value.problems) <= 101
    assert all(len(problem) <= 2000 and problem.isprintable() for problem in caught.value.problems)
    return caught.value.problems


def table(kind, key, value):
    """A table whose key has this value, and all else that it needs."""
    pairs = dict(zip(WHOLE[kind][::2], WHOLE[kind][1::2], strict=True)) | {key: value}
    header = "channel" if kind in CHANNEL_TABLES else kind
    return f"[[{header}]]\n" + "".join(f"{name} = {text}\n" for name, text in pairs.items())


@pytest.mark.parametrize(("kind", "key"), KEYS)
def test_every_key_refuses_what_it_does_not_take_and_names_the_line(kind: str, key: str):
    before = ("" if kind == "page" else PAGE) + (HOOK if kind == "rule" else "")
    header = before.count("\n") + 1
    for name, value in VALUES.items():
        written = table(kind, key, value)
        if (kind, key) in FREE and name in TEXTS:
            parse(before + written + ('password = "x"' if key == "username" else ""), "list.toml")
            continue
        if (kind, key, name) == ("host", "match", "weeks"):
            continue  # a host can have this name
        if name in TAKEN.get((kind, key), ()):
            continue
        line = header + written[: written.index(f"\n{key} = ")].count("\n") + 1
        expected = f"list.toml:{line}: ", f"list.toml:{header}: "  # of what two keys say together, that of their table
        assert any(problem.startswith(expected) for problem in problems(before + written)), name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE + "x = " + "[" * 50_000, "list.toml:3: arrays or inline tables are nested too deep"),
        (PAGE + "x = " + "{a = " * 50_000, "list.toml:3: arrays or inline tables are nested too deep"),
        (PAGE + "x = [" + "\n[" * 50_000, "list.toml:19: arrays or inline tables are nested too deep"),
        (PAGE + "a." * 300_000 + "b = 1", "list.toml:3: a key has many parts"),
        (PAGE + '"a" . ' * 100_000 + "b = 1", "list.toml:3: a key has many parts"),
        (PAGE + "x = { b = 1, " + "a." * 300_000 + "b = 1 }", "list.toml:3: a key has many parts"),
        (PAGE + "[page." + "a." * 300_000 + "b]", "list.toml:3: a key has many parts"),
        (PAGE + "a." * 12 + "b = 1", "this is nested more than 8 deep"),
        (PAGE + "x = -" + "9" * 10_000, "list.toml:3: a number has too many digits"),
        (PAGE + "x = 10_000_000_000_000_000", "list.toml:3: page[1] (https://example.org/) x: this number is out of bounds"),
        (PAGE + "k" * 100_000 + " = 1", "there is no such key; keys have letters, digits and underscores"),
        (PAGE + '"\\u009b" = 1', "there is no such key; keys have letters, digits and underscores"),
        (PAGE + "label = 1\nlabel = 2", "list.toml:4: label is given twice in this table, first in line 3; keep one"),
        (PAGE + "x = \x9b31m", "list.toml:3: this is not TOML: Invalid value"),
        (PAGE + "windows = [" + '"mon",' * 20_000 + "]", "windows: this has 20,000 entries; it may have 10,000"),
        (PAGE + HOOK + '[[rule]]\nname = "r"\nevents = ["fact_lost"]\nto = ["hook"]\npages = ["x"]\n'
         '[[page]]\nurl = "https://example.org/b"\nlabel = ["x"]\n', 'label: found ["x"]; it takes a text'),
        ('[[page]]\nurl = "https://example.org/' + "x" * 2000 + '"', "it may have 2,000"),
        ('[[page]]\nurl = "https://example.org/' + "é" * 1500 + '"', "characters once escaped; it may have 2,000"),
        ("x = 0x" + "f" * 50_000, "list.toml:1: x: this number is out of bounds"),
    ],
)  # fmt: skip
def test_what_no_watchlist_needs_is_refused_before_it_costs_anything(text: str, message: str):
    assert message in "\n".join(problems(text))


def test_line_numbers_count_the_line_breaks_that_toml_knows():
    text = '[[page]]\nurl = "https://example.org/"  # \u2028 \x85 one line\nevery = "never"\n'
    assert problems(text)[0].startswith("list.toml:3: ")


def test_only_the_first_hundred_problems_are_listed_and_long_lists_of_names_are_cut():
    facts = "".join(f'[[fact]]\nname = "fact_{number}"\ncount_of = ["a"]\n' for number in range(500))
    pages = "".join(f'[[page]]\nurl = "https://example.org/{n}"\nfacts = ["nothing_{n}"]\n' for n in range(5000))
    found = problems(pages + facts)
    assert (len(found), found[-1]) == (101, "list.toml: only the first 100 problems are listed; there may be more")
    assert "fact_19 and 480 more" in found[0]


def test_the_time_grows_with_the_size_also_where_tables_name_one_another():
    def listed(count: int) -> str:
        pages = "".join(f'[[page]]\nurl = "https://example.org/{n}"\nlabel = "p{n}"\n' for n in range(count))
        facts = "".join(f'[[fact]]\nname = "f{n}"\ncount_of = ["a{n}"]\n' for n in range(count))
        rules = "".join(
            f'[[rule]]\nname = "r{n}"\nevents = ["fact_changed"]\nto = ["hook"]\nstep = 3\nfacts = ["f{n}"]\npages = ["p{n}"]\n'
            for n in range(count)
        )
        return pages + facts + HOOK + rules

    small, large = listed(100), listed(800)
    cost_small, cost_large = (cheapest(lambda text=text: parse(text, "list.toml"), times=2) for text in (small, large))
    assert cost_large < 24 * cost_small  # 64 times, were it the square


@pytest.mark.parametrize("kind", ["fifo", "device", "directory", "long name", "binary", "utf-16", "socket name"])
def test_a_watchlist_that_is_no_text_file_is_refused_at_once(kind: str, tmp_path: Path):
    place, message = made(kind, tmp_path)
    with pytest.raises(WatchlistError) as caught:
        load(place)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def made(kind: str, folder: Path) -> tuple[Path, str]:
    place = folder / "w.toml"
    if kind == "fifo":
        os.mkfifo(place)
        return place, "this is a FIFO; name a regular file"
    if kind == "device":
        return Path("/dev/zero"), "this is a device; name a regular file"
    if kind == "directory":
        return folder, "this is a directory; name a file in it"
    if kind == "long name":
        return folder / ("x" * 300), "it can not be read: File name too long"
    if kind == "binary":
        place.write_bytes(bytes(range(256)))
        return place, "this is not UTF-8 text"
    if kind == "utf-16":
        place.write_text("[[page]]", encoding="utf-16")
        return place, "this is not UTF-8 text; save the file as UTF-8"
    return folder / "a\0b", "no file can have this name"


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds, "MAX_BYTES", 1000)
    (tmp_path / "w.toml").write_text(PAGE + "#" * 1000)
    with pytest.raises(WatchlistError, match="it is longer than 1,000 bytes"):
        load(tmp_path / "w.toml")
