"""Facts of every kind, declared in one watchlist, from pages to commands and mail: imported, checked live, and lost."""

from __future__ import annotations

from pathlib import Path

from pagewitness.composition import open_app
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from tests.e2e.command import html, pagewitness
from tests.e2e.test_import_equals_live import SavedVersion, save
from tests.support.clocks import Clock
from tests.support.receivers import Mailbox, Receiver
from tests.support.services import stepped
from tests.support.sites import Site
from tests.support.watchlists import alert_tables

SAVED = "https://pact.example/"
FACTS = """
[[fact]]
name = "partner_count"
count_of = ["partners"]
under = ["pact"]
against = "partner_list"

[[fact]]
name = "freed"
percent_of = ["territory"]

[[fact]]
name = "given"
money_of = ["fund"]
near = ["donors"]

[[fact]]
name = "last_meeting"
date_of = ["last meeting"]

[[fact]]
name = "head"
text = { pattern = 'Secretary General: (?P<name>[^.,]+)' }

[[fact]]
name = "state"
text = { selector = "#state" }

[[fact]]
name = "partner_list"
list = { heading = "Our partners" }
"""
NAMES = ["partner_count", "freed", "given", "last_meeting", "head", "state", "partner_list"]


def pact(
    partners: int, *names: str, freed: str = "98%", given: str = "$81 million", met: str = "3 May 2021",
    head: str = "Ada Brook", state: str = "open",
) -> str:  # fmt: skip
    items = "".join(f"<li>{name}</li>" for name in names)
    return html(
        f"Our {partners} partners stand together. Of the territory, {freed} is free again.",
        f"Donors gave {given} to the fund. The last meeting was on {met}.",
        f"Secretary General: {head}, at her desk.",
        f'The border is <b id="state">{state}</b>.</p><h2>Our partners</h2><ul>{items}</ul><p>That is all.',
        title="The pact",
    )


HISTORY = [
    SavedVersion("2021-06-01", pact(2, "Benin", "Chad")),
    SavedVersion(
        "2021-07-01", pact(2, "CHAD", "Benin", freed="98 percent", given="81 million dollars", met="2021-05-03")
    ),  # other formats
    SavedVersion(
        "2021-08-01",
        pact(3, "Chad", "Togo", "Mali", freed="99%", given="$90 million", met="4 June 2021", head="Cy Dale", state="shut"),
    ),
    SavedVersion("2021-09-01", pact(3, "Chad", "Togo", "Mali", "Niger", freed="99%", given="$90 million", met="4 June 2021", head="Cy Dale", state="shut")),
    *(SavedVersion(f"2021-1{n}-01", html("The pact goes on.", title="The pact")) for n in range(3)),
]  # fmt: skip
REPORTED = [
    ("fact_changed", "partner_count", 2, 3, "2021-08-01"),
    ("fact_changed", "freed", 98, 99, "2021-08-01"),
    ("fact_changed", "given", 81_000_000, 90_000_000, "2021-08-01"),
    ("fact_changed", "last_meeting", "2021-05-03", "2021-06-04", "2021-08-01"),
    ("fact_changed", "head", "Ada Brook", "Cy Dale", "2021-08-01"),
    ("fact_changed", "state", "open", "shut", "2021-08-01"),
    ("fact_changed", "partner_list", ["CHAD", "Benin"], ["Chad", "Togo", "Mali"], "2021-08-01"),
    ("fact_contradiction", "partner_count", None, [3, 4], "2021-09-01"),
    ("fact_changed", "partner_list", ["Chad", "Togo", "Mali"], ["Chad", "Togo", "Mali", "Niger"], "2021-09-01"),
    ("fact_lost", "partner_count", 3, None, "2021-10-01"),
    ("fact_lost", "freed", 99, None, "2021-10-01"),
    ("fact_lost", "given", 90_000_000, None, "2021-10-01"),
    ("fact_lost", "last_meeting", "2021-06-04", None, "2021-10-01"),
    ("fact_lost", "head", "Cy Dale", None, "2021-10-01"),
    ("fact_lost", "state", "shut", None, "2021-10-01"),
    ("fact_lost", "partner_list", ["Chad", "Togo", "Mali", "Niger"], None, "2021-10-01"),
]


def page(url: str) -> str:
    return f'[[page]]\nurl = "{url}"\nlabel = "Pact"\nevery = "1h"\nallow_private = true\nfacts = {NAMES!r}\n'.replace(
        "'", '"'
    )


def reported(db: str, url: str) -> list[tuple[object, ...]]:
    rows = pagewitness("changes", url, "--json", db=db).rows
    return [
        (row["kind"], row["fact"], row["before"], row["after"], row["at"][:10])
        for row in rows
        if row["kind"].startswith("fact_")
    ]


def test_a_history_of_every_kind_is_the_same_live_and_imported(
    database_url: str, tmp_path: Path, site: Site, clock: Clock, mailbox: Mailbox, receiver: Receiver
):
    url = site.url("/")
    rules = alert_tables(mailbox.port, receiver.url, events=("fact_changed", "fact_contradiction", "fact_lost"))
    declared = loader.parse(page(url) + FACTS + rules, "watchlist.toml")
    with open_app(Settings(database_url=database_url)) as app:
        app.store.apply_declared(declared.pages, declared.facts, declared.channels, declared.rules, now=HISTORY[0].at)
        assert tuple(app.store.all_facts()) == declared.facts
        with stepped(app, clock) as service:
            for saved_page in HISTORY:
                site.serve("/", saved_page.body, status=saved_page.status)
                clock.now = saved_page.at
                app.store.clear_host_pauses()
                assert service.tick() == 1
                service.settle()
    done = pagewitness("import", save(tmp_path / "saved", HISTORY, SAVED), db=database_url)
    assert done.code == 0, done.err
    assert reported(database_url, url) == REPORTED
    assert reported(database_url, SAVED) == REPORTED


def test_a_changed_list_is_reported_by_mail_and_on_the_command_line(
    database_url: str, tmp_path: Path, site: Site, mailbox: Mailbox, receiver: Receiver
):
    url = site.serve("/", HISTORY[0].body)
    file = tmp_path / "watchlist.toml"
    file.write_text(page(url) + FACTS + alert_tables(mailbox.port, receiver.url, events=("fact_changed",)))
    pagewitness("apply", file, db=database_url)
    assert pagewitness("check", url, db=database_url).code == 0
    site.serve("/", pact(2, "Benin", "Togo"))
    assert pagewitness("check", url, db=database_url).code == 0
    (mail,) = mailbox.messages
    assert mail["Subject"] == "Pact · partner_list + Togo, − Chad (2 names)"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "  + Togo\n  − Chad\n  2 names: Benin, Togo\n" in text
    assert "  2 names: Benin, Chad\n" in text
    history = pagewitness("facts", "partner_list", db=database_url).out
    assert "2: Benin, Chad" in history
    assert "2: Benin, Togo" in history
    assert "partner_list + Togo, − Chad (2 names)" in pagewitness("changes", db=database_url).out
    (row,) = [row for row in pagewitness("facts", "state", "--json", db=database_url).rows if row["value"] == "open"]
    assert (row["quote"], row["sentence"]) == ("open", "The border is open.")
    assert [row["value"] for row in pagewitness("facts", "partner_list", "--json", db=database_url).rows] == [
        ["Benin", "Chad"],
        ["Benin", "Togo"],
    ]


def test_inspect_and_compare_show_every_kind_without_a_database(tmp_path: Path):
    file = tmp_path / "watchlist.toml"
    file.write_text(page(SAVED) + FACTS)
    old, new = tmp_path / "old.html", tmp_path / "new.html"
    old.write_text(HISTORY[0].body)
    new.write_text(HISTORY[3].body)
    (seen,) = pagewitness("inspect", new, "--json", "--watchlist", file).rows
    values = {fact["name"]: fact["value"] for fact in seen["facts"]}
    assert values["partner_list"] == ["Chad", "Togo", "Mali", "Niger"]
    assert (values["state"], values["last_meeting"]) == ("shut", "2021-06-04")
    (count,) = [fact for fact in seen["facts"] if fact["name"] == "partner_count"]
    assert [(mention["type"], mention["value"], mention["quote"]) for mention in count["contradicts"]] == [
        ("counted", 4, "Our partners")
    ]
    rendered = pagewitness("inspect", new, "--watchlist", file)
    assert "Chad, Togo, Mali, Niger" in rendered.out
    compared = pagewitness("compare", old, new, "--watchlist", file)
    assert compared.code == 1
    assert "partner_list + Togo, + Mali, + Niger, − Benin (2 → 4 names)" in compared.out
