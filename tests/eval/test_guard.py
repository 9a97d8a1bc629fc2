"""The guard of the evaluation: what of the measured pages stands in the heart is found, and common words are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval import guard

_PAGES = {
    "harbour.example": '<div id="pact-tally-box" class="entry-content zkrstl">The tally and its entry, the content and a post box</div><a href="https://ice.example/a">Ice</a><a href="https://shared.example/">S</a>',
    "museum.example": '<div class="entry-content post-box">Entry and content of a post in a box</div><a href="https://shared.example/">S</a>',
    "ferry.example": '<div id="cookie-law-xyz" class="post-content entry-box privacidade">Entry, content, post, box. Privacidade.</div>',
    "lighthouse.example": '<p class="post">Content of an entry in a box</p>',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "data" / "segments" / "pages"
    pages.mkdir(parents=True)
    truth = {}
    for site, body in _PAGES.items():
        (pages / f"{site}.html").write_text(f"<!doctype html><meta charset=utf-8><body>{body}</body>", encoding="utf-8")
        truth[f"{site}.html"] = {
            "url": f"https://www.{site}/news",
            "with": ["1.347 Schiffe", "12,000 tonnes in 2019"],
            "without": [],
        }
    (pages.parent / "truth.json").write_text(json.dumps(truth))
    history = tmp_path / "data" / "histories" / "council"
    history.mkdir(parents=True)
    (history / "one.html").write_text("<body class=council-roll>Roll</body>")
    row = {
        "url": "https://council.example/",
        "file": "one.html",
        "date": "2020-01-01T00:00:00+00:00",
        "facts": {"seats": 63, "votes": 4711},
    }
    (history / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    change = {"fact": "seats", "old": "117", "new": "118", "to_date": row["date"]}
    (history / "transitions.jsonl").write_text(json.dumps(change) + "\n")
    (tmp_path / "data" / "coalition-counts.jsonl").write_text('{"count": 118}\n')
    return tmp_path / "data"


def found(folder: Path, tmp_path: Path, code: str) -> list[str]:
    heart = tmp_path / "heart"
    heart.mkdir()
    (heart / "reader.py").write_text(
        f'"""Says 4711 and pact-tally-box, which a docstring may."""\n{code}\n', encoding="utf-8"
    )
    return [str(finding) for finding in guard.search(heart, guard.collect(folder))]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ('SITE = "harbour.example"', "the host harbour.example is found on one site only (harbour.example)"),
        ('SITE = "https://www.harbour.example/x"', "the host harbour.example is found on one site only (harbour.example)"),
        (r'SITE = re.compile(r"ice\.example")', "the host ice.example is found on one site only (harbour.example)"),
        ('SITE = f"{scheme}://council.example"', "the host council.example is found on one site only (council.example)"),
        ('NAMES = "nav pact-tally-box menu".split()', "the id or class pact-tally-box is found on one site only (harbour.example)"),
        ('NAMES = re.compile(rb"#pact-tally-box|nav")', "the id or class pact-tally-box is found on one site only (harbour.example)"),
        ('NAME = ".zkrstl"', "the id or class zkrstl is found on one site only (harbour.example)"),
        ('NAME = "council-roll"', "the id or class council-roll is found on one site only (council.example)"),
        ("VOTES = 4711", "4711 is a true figure (a fact of council)"),
        ("VOTES = {'votes': '4,711'}", "4,711 is a true figure (a fact of council)"),
        ("SEATS = 117", "117 is a true figure (a transition of council)"),
        ('SHIPS = "1,347 ships"', "1,347 is a true figure (the true text of segments/harbour.example.html)"),
        ('TONNES = "12 000" or "12.000"', "12.000 is a true figure (the true text of segments/harbour.example.html)"),
    ],
)  # fmt: skip
def test_what_one_site_has_to_itself_is_found(folder, tmp_path, code, what):
    assert [line.split(": ", 1)[1] for line in found(folder, tmp_path, code)] == [what]


@pytest.mark.parametrize(
    "code",
    [
        'SITE = "shared.example"',  # on two sites
        'SITE = "nowhere.example"',
        'NAMES = "entry-content post-box post-content entry-box"',  # of words that all sites use
        'NAME = "cookie-law-xyz"',  # a consent tool's
        'WORD = "privacidade"',  # a word of the page's language
        'NAME = "roll"',
        "LIMIT = 12_000",  # round
        "YEAR = 2019",
        "SEATS = 63",  # two digits mean nothing
        "MEMBERS = 118",  # what was said of the coalition
        'PATTERN = r"[a-z]{0,117}"',  # a quantifier
        'ADDRESS = "11.7.0.0"',
        'class A:\n    x = 1\n    """pact-tally-box, 4711: an attribute\'s docstring."""',
        "# pact-tally-box 4711\nPASS = None",
    ],
)
def test_common_words_and_numbers_are_left_alone(folder, tmp_path, code):
    assert found(folder, tmp_path, code) == []


def test_entries_of_the_lexicon_are_searched_and_its_comments_are_not(folder, tmp_path):
    heart = tmp_path / "heart"
    heart.mkdir()
    (heart / "en.toml").write_text("# pact-tally-box\n[posts]\n# 4711\nnetworks = '''\ntwitter\npact-tally-box\n'''\n")
    assert [str(finding) for finding in guard.search(heart, guard.collect(folder))] == [
        "heart/en.toml:6: the id or class pact-tally-box is found on one site only (harbour.example)"
    ]


def test_it_fails_where_anything_is_found_and_says_where(folder, tmp_path, capsys):
    heart = tmp_path / "heart"
    heart.mkdir()
    (heart / "reader.py").write_text('X = 1\nNAME = "pact-tally-box"\n')
    assert guard.run(folder, heart) == 1
    assert "heart/reader.py:2: the id or class pact-tally-box" in capsys.readouterr().err
    (heart / "reader.py").write_text("X = 1\n")
    assert guard.run(folder, heart) == 0
    assert capsys.readouterr().out.startswith("guard: 0 of ")
