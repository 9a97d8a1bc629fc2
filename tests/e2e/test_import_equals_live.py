"""A history checked live and the same history imported give the same events, at the same times."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pagewitness.composition import open_app
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from tests.e2e.command import html, pagewitness
from tests.support.clocks import Clock
from tests.support.services import stepped
from tests.support.sites import Site
from tests.support.watchlists import FACT, page

SAVED = "https://coalition.example/"
OFFICES = "It keeps 12 offices in the region."


@dataclass(frozen=True)
class SavedVersion:
    day: str
    body: str
    status: int = 200

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.day).replace(hour=9, tzinfo=UTC)


def members(count: int, *more: str) -> str:
    return html(f"The Coalition has {count} members.", OFFICES, *more)


def noisy(count: int, seed: int) -> str:
    """The same to a reader, and other bytes each time."""
    noise = f'<script nonce="{seed}">t({seed})</script><footer><p>Seen {seed * 37} times. Updated {seed} days ago.</p></footer>'
    return members(count) + noise


HISTORY = [
    SavedVersion("2021-01-04", members(83)),
    SavedVersion("2021-01-11", members(83)),  # the very same
    SavedVersion("2021-01-18", noisy(83, 3)),
    SavedVersion("2021-02-01", noisy(85, 4)),
    SavedVersion("2021-02-08", html("We will be back soon.", title="503 Service Unavailable"), 503),
    SavedVersion("2021-02-15", members(85, "Its next meeting is in Rome.")),
    SavedVersion("2021-03-01", html("Access denied. You have been blocked.", title="Access denied"), 403),
    SavedVersion("2021-03-08", members(85, "Its next meeting is in Lisbon.")),
    SavedVersion("2021-04-05", members(85, "Its next meeting is in Lisbon.").replace("12 offices", "14 offices")),
    SavedVersion("2021-05-03", html("The Coalition goes on.", OFFICES)),
    SavedVersion("2021-05-10", html("The Coalition goes on.", OFFICES)),
    SavedVersion("2021-05-17", html("The Coalition goes on with its work.", OFFICES)),
    SavedVersion("2021-06-07", members(87, "Help is paid for by the 86 members of the Coalition.")),
    SavedVersion("2021-07-05", members(87)),
    SavedVersion("2021-08-02", members(83)),  # as in the beginning
]
FACTS = [
    ("fact_changed", 83, 85, "2021-02-01"),
    ("fact_lost", 85, None, "2021-05-03"),
    ("fact_found", 85, 87, "2021-06-07"),
    ("fact_contradiction", None, [87, 86], "2021-06-07"),
    ("fact_agreed", [87, 86], 87, "2021-07-05"),
    ("fact_changed", 87, 83, "2021-08-02"),
]


def save(folder: Path, saved: list[SavedVersion], url: str = SAVED) -> Path:
    """A folder to import."""
    folder.mkdir(exist_ok=True)
    lines = []
    for number, saved_version in enumerate(saved):
        name = f"{len(list(folder.glob('*.html')))}-{number}.html"
        (folder / name).write_text(saved_version.body, encoding="utf-8")
        lines.append(
            json.dumps({"url": url, "date": saved_version.at.isoformat(), "file": name, "status": saved_version.status})
        )
    with (folder / "manifest.jsonl").open("a", encoding="utf-8") as manifest:
        manifest.write("".join(f"{line}\n" for line in lines))
    return folder


def watch_live(db: str, site: Site, clock: Clock) -> str:
    """Check the history one version after the other, over HTTP, each at its own time; return the page's URL."""
    url = site.url("/")
    declared = loader.parse(page(url) + FACT, "watchlist.toml")
    with open_app(Settings(database_url=db)) as app:
        app.store.apply_declared(declared.pages, declared.facts, (), (), now=HISTORY[0].at)
        with stepped(app, clock) as service:
            for saved_version in HISTORY:
                site.serve("/", saved_version.body, status=saved_version.status)
                clock.now = saved_version.at
                app.store.clear_host_pauses()  # a pause that the outage requested runs on real time, and is over by the next month
                assert service.tick() == 1
                service.settle()
    return url


def reported(db: str, url: str) -> list[tuple[str, object, object, str]]:
    rows = pagewitness("changes", url, "--json", db=db).rows
    expected = ("fact_", "number_changed", "text_changed")
    return [(row["kind"], row["before"], row["after"], row["at"]) for row in rows if row["kind"].startswith(expected)]


def reported_facts(db: str, url: str) -> list[tuple[str, object, object, str]]:
    return [(kind, before, after, at[:10]) for kind, before, after, at in reported(db, url) if kind.startswith("fact_")]


def test_a_history_is_the_same_live_and_imported(database_url: str, tmp_path: Path, site: Site, clock: Clock):
    url = watch_live(database_url, site, clock)
    imported = pagewitness("import", save(tmp_path / "saved", HISTORY), db=database_url)
    assert (imported.code, imported.out) == (0, "")
    assert imported.err.startswith(f"{len(HISTORY)} snapshots imported")

    live, saved = reported(database_url, url), reported(database_url, SAVED)
    assert live == saved
    assert reported_facts(database_url, url) == FACTS
    assert {kind for kind, *_ in live if not kind.startswith("fact_")} == {"number_changed", "text_changed"}
    assert ("number_changed", 12, 14, "2021-04-05T09:00:00.000000Z") in live
    assert {row["at"] for row in pagewitness("history", SAVED, "--json", db=database_url).rows} == {
        f"{saved_version.day}T09:00:00.000000Z" for saved_version in HISTORY
    }


def test_importing_twice_takes_nothing_new(database_url: str, tmp_path: Path):
    folder = save(tmp_path / "saved", HISTORY[:4])
    pagewitness("apply", watchlist_of(tmp_path), db=database_url)
    assert pagewitness("import", folder, db=database_url).message.startswith("4 snapshots imported, ")
    before = reported(database_url, SAVED)
    again = pagewitness("import", folder, folder, db=database_url)
    assert (again.code, again.message) == (0, "0 snapshots imported, 0 events, 4 already imported")
    assert reported(database_url, SAVED) == before
    save(folder, [SavedVersion("2020-01-01", members(82)), *HISTORY[4:6]])
    more = pagewitness("import", folder, db=database_url)
    assert more.message.startswith("3 snapshots imported, ")
    assert "4 already imported, 1 between others" in more.message
    facts = reported_facts(database_url, SAVED)
    assert facts[0] == ("fact_changed", 82, 83, "2021-01-04")


def watchlist_of(folder: Path) -> Path:
    """Declares the fact that imported pages follow."""
    path = folder / "watchlist.toml"
    path.write_text('[[page]]\nurl = "https://elsewhere.example/"\n' + FACT)
    return path


def test_four_saved_pages_and_an_article_are_extracted_as_people_read_them(database_url: str, tmp_path: Path):
    """In our own words, shaped as the pages were from which the first watchlist comes."""
    mission = [
        SavedVersion("2020-06-10", html("Our 82 members have pledged to see Daesh defeated.", title="Our mission")),
        SavedVersion("2021-03-15", html("Our 83 members have pledged to see Daesh defeated.", title="Our mission")),
        SavedVersion("2023-01-20", html("The 85 members of the Coalition stand together.", title="Our mission")),
        SavedVersion(
            "2024-10-02",
            html(
                "<b>87 partners</b> united against Daesh",
                "The 87 members of the Coalition stand together.",
                "Money is a line of work of its own: 86 members share what they know of it.",
                title="Our mission",
            ),
        ),
    ]
    article = SavedVersion(
        "2017-07-12",
        html(
            "The alliance against Daesh has grown to 75 member countries, its envoy said.",
            "A leaflet from the spring still speaks of 68 members.",
            title="Who fights Daesh?",
        ),
    )
    folder = save(tmp_path / "saved", mission)
    save(folder, [article], "https://news.example/who")
    pagewitness("apply", watchlist_of(tmp_path), db=database_url)
    done = pagewitness("import", folder, db=database_url)
    assert (done.code, done.out) == (0, "")
    assert reported_facts(database_url, SAVED) == [
        ("fact_changed", 82, 83, "2021-03-15"),
        ("fact_changed", 83, 85, "2023-01-20"),
        ("fact_changed", 85, 87, "2024-10-02"),
        ("fact_contradiction", None, [87, 86], "2024-10-02"),
    ]
    assert reported_facts(database_url, "https://news.example/who") == [
        ("fact_contradiction", None, [75, 68], "2017-07-12"),
    ]
    assert pagewitness("alerts", "--json", db=database_url).rows == [], "imports alert nobody"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "this is not JSON: Expecting property name"),
        (
            '{"url": "https://a.example/", "date": "some day", "file": "ok.html"}',
            '"some day" is no time; write it like',
        ),
        ('{"url": "https://a.example/", "date": "2020-01-01"}', '"file" is missing'),
        (
            '{"url": "https://a.example/", "date": "2020-01-01", "file": "gone.html"}',
            'the file "gone.html": there is no such file',
        ),
        ('{"url": "https://a.example/", "date": "2020-01-01", "file": "../ok.html"}', "lies outside the folder"),
        ('{"url": "https://a.example/", "date": "2020-01-01", "file": "/etc/passwd"}', "lies outside the folder"),
        ('{"url": "ftp://a.example/", "date": "2020-01-01", "file": "ok.html"}', "ftp"),
        ('["a", "list"]', "a line is one object"),
        ('{"url": "https://a.example/", "date": 5, "file": "ok.html"}', '"date" takes text, not 5'),
        (
            '{"url": "https://a.example/", "date": "2020-01-01", "file": "ok.html", "status": "fine"}',
            '"status" takes a number',
        ),
    ],
)
def test_an_invalid_manifest_is_refused_with_its_line_numbers_and_nothing_is_imported(
    tmp_path: Path, line: str, message: str
):
    folder, db = save(tmp_path / "saved", HISTORY[:1]), f"sqlite:///{tmp_path}/none.db"
    (tmp_path / "ok.html").write_text("outside")
    (folder / "ok.html").write_text("<p>fine</p>")
    with (folder / "manifest.jsonl").open("a") as manifest:
        manifest.write(f"\n{line}\n")
    done = pagewitness("import", folder, db=db)
    assert done.code == 2
    assert f"{folder / 'manifest.jsonl'}:3: " in done.message
    assert message in done.message
    assert pagewitness("pages", "--json", db=db).rows == []


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path):
    done = pagewitness("import", tmp_path, db=f"sqlite:///{tmp_path}/none.db")
    assert done.code == 2
    assert "manifest.jsonl: there is no such file" in done.message
