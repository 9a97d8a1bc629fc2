"""The commands that list rules and count what they would have sent, and the default rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.command import html, pagewitness
from tests.support.receivers import Mailbox
from tests.support.sites import Site
from tests.support.watchlists import FACT, alert_tables, page

TEXTS = (
    html("The Coalition has 83 members.", "It was founded in 2014."),
    html("The Coalition has 85 members.", "It was founded in 2014."),
    html("The Coalition has 87 members.", "It was founded in 2014.", "It meets in Rome this year."),
)


@dataclass(frozen=True)
class Watched:
    """A database in which one page was checked three times, and the path of its file."""

    db: str
    file: Path
    url: str
    watchlist: Path
    mailbox: Mailbox


def watch(folder: Path, rules: bool, stack: ExitStack) -> Watched:
    """Check a page three times; with `rules` False the watchlist declares a channel only."""
    file, watchlist = folder / "watched.db", folder / "watchlist.toml"
    db = f"sqlite:///{file}"
    site, mailbox = stack.enter_context(Site()), Mailbox()
    mailbox.start()
    stack.callback(mailbox.close)
    url = site.serve("/", TEXTS[0])
    tables = alert_tables(mailbox.port)
    watchlist.write_text(page(url, label="Home") + FACT + (tables if rules else tables.partition("[[rule]]")[0]))
    applied = pagewitness("apply", watchlist, db=db)
    assert applied.code == 0
    assert ("added rule default" in applied.err, "there is no rule, so" in applied.err) == (not rules, not rules)
    for text in TEXTS:
        site.serve("/", text)
        assert pagewitness("check", db=db).code == 0
    return Watched(db, file, url, watchlist, mailbox)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with ExitStack() as stack:
        yield watch(tmp_path_factory.mktemp("watched"), rules=True, stack=stack)


def test_without_a_rule_every_change_is_sent_by_the_default_rule(tmp_path: Path):
    with ExitStack() as stack:
        watched = watch(tmp_path, rules=False, stack=stack)
        (rule,) = pagewitness("rules", "list", "--json", db=watched.db).rows
        assert (rule["rule"], rule["to"], rule["pages"]) == ("default", ["desk"], [])
        assert "page_new" not in rule["events"]
        alerts = pagewitness("alerts", "--json", db=watched.db).rows
        assert {row["rule"] for row in alerts} == {"default"}
        assert len(alerts) == len(pagewitness("changes", "--json", db=watched.db).rows) == 3
        assert watched.mailbox.messages
        assert "all but page_new" in pagewitness("rules", "list", db=watched.db).out


def test_rules_are_listed_with_their_limits(watched: Watched, tmp_path: Path):
    shown = pagewitness("rules", "list", db=watched.db)
    assert (shown.code, shown.err) == (0, "")
    assert "key facts" in shown.out
    limited, db = tmp_path / "limited.toml", f"sqlite:///{tmp_path}/limited.db"
    text = watched.watchlist.read_text()
    limits = 'step = "5 %"\nabove = 80\nunder = ["Members"]\nhosts = ["127.0.0.1"]\nlevels = ["fact"]\npages = ["Home"]\ndigest = "daily 08:00"\ndelay_facts = true\n'
    limited.write_text(text + limits)
    assert pagewitness("apply", limited, db=db).code == 0
    (row,) = pagewitness("rules", "list", "--json", db=db).rows
    assert {name: row[name] for name in ("step", "above", "under", "hosts", "levels", "pages")} == {
        "step": "5 %",
        "above": 80,
        "under": ["members"],
        "hosts": ["127.0.0.1"],
        "levels": ["fact"],
        "pages": [watched.url],
    }
    assert (row["digest"], row["delay_facts"], row["debounce_seconds"], row["paused_until"]) == (
        "daily 08:00",
        True,
        None,
        None,
    )
    line = pagewitness("rules", "list", db=db).out
    assert "levels fact; " in line
    assert "digest daily 08:00; facts delayed, too" in line
    assert "under members; step 5 %; above 80" in line


def test_what_rules_would_have_sent_is_counted_per_week_and_nothing_is_stored(watched: Watched):
    before = hashlib.sha256(watched.file.read_bytes()).hexdigest()
    mails = len(watched.mailbox.messages)
    tested = pagewitness("rules", "test", "--json", db=watched.db)
    assert tested.code == 0
    assert sum(row["events"] for row in tested.rows) == 2
    assert {(row["rule"], row["channel"]) for row in tested.rows} == {("key facts", "desk")}
    examples = [example["summary"] for row in tested.rows for example in row["examples"]]
    assert examples == ["member_count 83 → 85 (+2)", "member_count 85 → 87 (+2)"]
    assert tested.err == "3 events; 1 rule would have planned 2 alerts in 2 messages; nothing was sent\n"
    shown = pagewitness("rules", "test", db=watched.db)
    assert "member_count 83 → 85 (+2)" in shown.out
    assert hashlib.sha256(watched.file.read_bytes()).hexdigest() == before
    assert len(watched.mailbox.messages) == mails


def test_the_rules_of_a_watchlist_that_is_not_applied_are_tested(watched: Watched, tmp_path: Path):
    other = tmp_path / "other.toml"
    text = watched.watchlist.read_text()
    other.write_text(
        text.replace('to = ["desk"]', 'to = ["desk"]\nabove = 86')
        + '[[rule]]\nname = "texts"\nevents = ["text_changed"]\nto = ["desk"]\n'
    )
    before = watched.file.read_bytes()
    rows = pagewitness("rules", "test", other, "--json", db=watched.db).rows
    assert {row["rule"]: row["events"] for row in rows} == {"key facts": 1, "texts": 1}
    only = pagewitness("rules", "test", other, "--rule", "texts", "--json", db=watched.db).rows
    assert [row["rule"] for row in only] == ["texts"]
    later = pagewitness("rules", "test", other, "--since", "2999-01-01", db=watched.db)
    assert (later.code, later.out) == (0, "")
    assert later.err.splitlines() == [
        "no rule would have sent anything",
        "0 events since 2999-01-01 00:00 UTC; 2 rules would have planned 0 alerts in 0 messages; nothing was sent",
    ]
    assert watched.file.read_bytes() == before
    assert [row["rule"] for row in pagewitness("rules", "list", "--json", db=watched.db).rows] == ["key facts"]


def test_rules_of_a_file_are_tested_with_the_tags_of_its_pages_and_others_with_those_applied(
    watched: Watched, tmp_path: Path
):
    tagged = tmp_path / "tagged.toml"
    text = watched.watchlist.read_text().replace('to = ["desk"]\n', 'to = ["desk"]\ntags = ["partners"]\n')
    assert text.count('tags = ["partners"]') == 1
    tagged.write_text(text)
    assert pagewitness("rules", "test", tagged, "--json", db=watched.db).rows == []
    tagged.write_text(text.replace("allow_private = true", 'allow_private = true\ntags = ["partners"]', 1))
    rows = pagewitness("rules", "test", tagged, "--json", db=watched.db).rows
    assert sum(row["events"] for row in rows) == 2
    copy = tmp_path / "copy.db"
    copy.write_bytes(watched.file.read_bytes())
    db = f"sqlite:///{copy}"
    assert pagewitness("apply", tagged, db=db).code == 0
    rows = pagewitness("rules", "test", "--json", db=db).rows
    assert sum(row["events"] for row in rows) == 2, "the tags that are applied are those of stored events, too"


def test_the_changes_of_one_check_are_one_message(watched: Watched, tmp_path: Path):
    everything = tmp_path / "everything.toml"
    everything.write_text(watched.watchlist.read_text().partition("[[rule]]")[0])
    rows = pagewitness("rules", "test", everything, "--json", db=watched.db).rows
    assert {row["rule"] for row in rows} == {"default"}
    assert (sum(row["events"] for row in rows), sum(row["messages"] for row in rows)) == (3, 2)


def test_a_rule_may_depend_on_the_text_of_the_page(watched: Watched, tmp_path: Path):
    conditional = tmp_path / "conditional.toml"
    text = watched.watchlist.read_text()
    for condition, sent in (
        ('{ present = "(?i)meets in rome" }', ["member_count 85 → 87 (+2)"]),
        ('{ absent = "(?i)meets in rome" }', ["member_count 83 → 85 (+2)"]),
        (
            '{ present = "founded in 2014", absent = "Paris" }',
            ["member_count 83 → 85 (+2)", "member_count 85 → 87 (+2)"],
        ),
    ):
        conditional.write_text(text + f"when_text = {condition}\n")
        rows = pagewitness("rules", "test", conditional, "--json", db=watched.db).rows
        assert [example["summary"] for row in rows for example in row["examples"]] == sent
        what_if = pagewitness("reprocess", "--what-if", conditional, "--json", db=watched.db).rows
        assert [row["summary"] for row in what_if] == sent


def test_what_no_rule_selects_is_archived_all_the_same(watched: Watched, tmp_path: Path):
    silent, db = tmp_path / "silent.toml", f"sqlite:///{tmp_path}/silent.db"
    with ExitStack() as stack:
        site, mailbox = stack.enter_context(Site()), Mailbox()
        mailbox.start()
        stack.callback(mailbox.close)
        url = site.serve("/", TEXTS[0])
        unselective = alert_tables(mailbox.port) + 'under = ["Budget"]\nhosts = ["elsewhere.example"]\n'
        silent.write_text(page(url) + FACT + unselective)
        assert pagewitness("apply", silent, db=db).code == 0
        for text in TEXTS:
            site.serve("/", text)
            assert pagewitness("check", db=db).code == 0
        assert mailbox.messages == []
        assert pagewitness("alerts", "--json", db=db).rows == []
    (row,) = pagewitness("pages", "--json", db=db).rows
    assert (row["snapshots"], row["versions"]) == (3, 3)
    assert len(pagewitness("changes", "--json", db=db).rows) == 3
    sentences = [change["why"]["sentence"] for change in pagewitness("changes", "--why", "--json", db=db).rows]
    assert all("it is limited to other hosts than 127.0.0.1" in text or "does not select" in text for text in sentences)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["test", "--rule", "key fact"],
            "there is no rule 'key fact' (did you mean \"key facts\"?); declared: key facts",
        ),
        (["test", "--since", "yesterday"], "yesterday"),
        (["test", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_wrong_usage_is_named(watched: Watched, arguments: list[str], message: str):
    done = pagewitness("rules", *arguments, db=watched.db)
    assert done.code == 2
    assert message in done.message


def test_a_database_without_rules_has_none_to_test(tmp_path: Path):
    db = f"sqlite:///{tmp_path}/empty.db"
    assert pagewitness("migrate", db=db).code == 0
    assert pagewitness("rules", "list", db=db).err == "no rule is declared\n"
    done = pagewitness("rules", "test", db=db)
    assert (done.code, done.message[:35]) == (2, "pagewitness: no rule is declared; `"[:35])
