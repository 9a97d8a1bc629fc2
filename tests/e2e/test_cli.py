"""The commands as people and scripts use them: text for eyes, JSON lines for scripts, the promised exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database.engine import open_database
from storage.store import SqlStore
from tests.e2e.command import BASE, Done, environment, html, pagewitness
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Mailbox, Receiver
from tests.support.sites import Answer, Site
from tests.support.watchlists import FACT, alert_tables, page

BEFORE = html("The Coalition has 83 members.", "It was founded in 2014.")
AFTER = html("The Coalition has 85 members.", "It was founded in 2014.", "It meets in Rome this year.")


@dataclass(frozen=True)
class Watched:
    """A database in which one page was checked twice, and its watchlist.

    Attributes:
        checks: The output of `check --json` and then of `check`.
    """

    db: str
    url: str
    watchlist: Path
    mailbox: Mailbox
    receiver: Receiver
    checks: tuple[Done, Done]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    db, watchlist = f"sqlite:///{folder}/watched.db", folder / "watchlist.toml"
    with Site() as site, ExitStack() as stack:
        mailbox, receiver = Mailbox(), Receiver()
        for server in (mailbox, receiver):
            server.start()
            stack.callback(server.close)
        url = site.serve("/", BEFORE)
        watchlist.write_text(page(url, label="Home") + FACT + alert_tables(mailbox.port, receiver.url))
        assert pagewitness("apply", watchlist, db=db).code == 0
        first = pagewitness("check", "--json", db=db)
        site.serve("/", AFTER)
        second = pagewitness("check", url, db=db)
        yield Watched(db, url, watchlist, mailbox, receiver, (first, second))


def test_check_prints_its_results_and_sends_alerts(watched: Watched):
    first, second = watched.checks
    (row,) = first.rows
    assert (first.code, first.err) == (0, "")
    assert row.pop("at").endswith("Z")
    assert row.pop("reason")
    assert row == {"url": watched.url, "outcome": "full", "status": 200, "verdict": "ok", "events": 0}
    assert (second.code, second.err) == (0, "")
    assert "full" in second.out
    (mail,), (call,) = watched.mailbox.messages[:1], watched.receiver.calls[:1]
    assert mail["Subject"] == "Home · members 83 → 85 (+2)"
    assert json.loads(call.body)["event"]["after"] == 85


def test_pages(watched: Watched):
    (row,) = pagewitness("pages", "--json", db=watched.db).rows
    assert (row["url"], row["label"], row["state"], row["source"]) == (watched.url, "Home", "active", "watchlist")
    assert (row["facts"], row["snapshots"], row["versions"], row["unprocessed"]) == (["member_count"], 2, 2, 0)
    assert (row["last_outcome"], row["last_verdict"]) == ("full", "ok")
    assert row["last_at"] == row["last_ok_at"] < row["next_check_at"]
    rendered = pagewitness("pages", db=watched.db)
    assert (rendered.code, rendered.err) == (0, "")
    assert "Home" in rendered.out


def test_pages_by_tag_and_where_their_settings_come_from(tmp_path: Path):
    db, watchlist = f"sqlite:///{tmp_path}/many.db", tmp_path / "watchlist.toml"
    (tmp_path / "pages.txt").write_text("# two\nhttps://a.example/x\nhttps://a.example/y\n")
    watchlist.write_text(
        '[defaults]\nevery = "12h"\ntags = ["all"]\n[[host]]\nmatch = "*.example"\ninterval = "5s"\n'
        '[[page]]\nurls_file = "pages.txt"\ntags = ["press"]\n[[page]]\nurl = "https://b.test/"\nlabel = "B"\n'
    )
    assert pagewitness("apply", watchlist, db=db).code == 0
    rows = pagewitness("pages", "--tag", "press", "--json", db=db).rows
    assert [(row["url"], row["tags"]) for row in rows] == [
        ("https://a.example/x", ["press"]),
        ("https://a.example/y", ["press"]),
    ]
    missing = pagewitness("pages", "--tag", "none", db=db)
    assert (missing.code, missing.message) == (0, "no page has the tag none")
    origins = {
        row["setting"]: (row["value"], row["from"])
        for row in pagewitness("pages", "https://a.example/x", "--why", "--json", db=db).rows
    }
    assert origins["every"] == ("12 h", "defaults")
    assert origins["tags"] == (["press"], "page")
    assert origins["interval"] == ("5 s", "host *.example")
    assert origins["mute"] == ([], "built-in")
    assert "defaults" in pagewitness("pages", "B", "--why", db=db).out


def test_a_page_behind_a_login_is_checked_and_its_secrets_are_nowhere(tmp_path: Path, site: Site):
    db, watchlist = f"sqlite:///{tmp_path}/portal.db", tmp_path / "watchlist.toml"
    secrets = {"X-Api": "k-9f3e", "Cookie": "session=s-9f3e", "Authorization": "Basic bW9uaXRvcjpwLTlmM2U="}

    def portal(request):
        known = all(request.header(name) == value for name, value in secrets.items())
        return Answer(AFTER) if known else Answer("Please log in", status=401)

    site.route("/", portal)
    site.serve("/robots.txt", "", content_type="text/plain")
    (tmp_path / "session").write_text("s-9f3e\n")
    watchlist.write_text(
        f'[[host]]\nmatch = "{site.host}:{site.port}"\nheaders = {{ X-Api = "env:PAGEWITNESS_PORTAL_KEY" }}\n'
        f'[[page]]\nurl = "{site.url("/")}"\nallow_private = true\n'
        f'cookies = {{ session = "file:{tmp_path}/session" }}\n'
        'basic_auth = { user = "monitor", password = "env:PAGEWITNESS_PORTAL_PASSWORD" }\n'
    )
    assert pagewitness("apply", watchlist, db=db).code == 0
    missing = pagewitness("check", "--json", db=db)
    assert (missing.code, missing.rows[0]["outcome"]) == (1, "failed")
    assert "the environment variable PAGEWITNESS_PORTAL_KEY is not set" in missing.rows[0]["reason"]
    assert site.requests_for("/") == []
    known = {"portal_key": "k-9f3e", "portal_password": "p-9f3e", "log_level": "debug"}
    checked = pagewitness("check", "--json", db=db, **known)
    assert (checked.code, checked.rows[0]["verdict"]) == (0, "ok")
    assert all(site.requests_for("/robots.txt")[0].header(name) is None for name in secrets)
    why = pagewitness("pages", site.url("/"), "--why", "--json", db=db).rows
    assert {
        "setting": "headers",
        "value": {"X-Api": "env:PAGEWITNESS_PORTAL_KEY"},
        "from": f"host {site.host}:{site.port}",
        "url": site.url("/"),
    } in why
    assert pagewitness("verify", db=db).code == 0
    printed = "".join(done.out + done.err for done in (missing, checked, pagewitness("show", site.url("/"), db=db)))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("portal.db*"))
    for secret in ("9f3e", "bW9uaXRvcjpwLTlmM2U"):
        assert secret not in printed
        assert secret.encode() not in stored


def test_a_change_outside_the_selected_elements_is_archived_and_not_reported(tmp_path: Path, site: Site):
    db, watchlist = f"sqlite:///{tmp_path}/part.db", tmp_path / "watchlist.toml"
    text = "<html lang=en><title>Fees</title><main><p>The fee is {} euros for every visitor of the town.</p></main><p class=more>Our town has {} shops on its streets.</p></html>"
    url = site.serve("/", text.format(37, 120))
    declared = f'[[page]]\nurl = "{url}"\nallow_private = true\n'

    def check(selection: str, page: str) -> dict:
        watchlist.write_text(declared + selection)
        assert pagewitness("apply", watchlist, db=db).code == 0
        site.serve("/", page)
        return pagewitness("check", "--json", db=db).rows[0]

    assert check('without = [".more"]\n', text.format(37, 120))["verdict"] == "ok"
    assert check('without = [".more"]\n', text.format(37, 150))["events"] == 0
    assert check('only = ["main"]\n', text.format(37, 180))["events"] == 0
    assert check('only = ["main"]\n', text.format(43, 180))["events"] == 1
    missing = check('only = ["#gone"]\n', text.format(43, 190))
    assert (missing["verdict"], missing["events"]) == ("empty", 0)
    assert "not on the page: #gone (nothing matches)" in missing["reason"]
    assert "190 shops" in pagewitness("show", url, "--raw", db=db).out
    assert pagewitness("reprocess", "--all", db=db).code == 0
    assert pagewitness("verify", db=db).code == 0


def test_history_newest_first(watched: Watched):
    rows = pagewitness("history", watched.url, "--json", db=watched.db).rows
    assert [
        (row["seq"], row["origin"], row["outcome"], row["status"], row["verdict"], row["read"]) for row in rows
    ] == [
        (2, "live", "full", 200, "ok", True),
        (1, "live", "full", 200, "ok", True),
    ]
    assert len({row["sha256"] for row in rows}) == 2
    assert rows[0]["sha256"][:12] in pagewitness("history", watched.url, db=watched.db).out


def test_facts_prints_the_fact_history(watched: Watched):
    rows = pagewitness("facts", "--json", db=watched.db).rows
    assert [(row["fact"], row["url"], row["value"], row["quote"], row["contradicts"]) for row in rows] == [
        ("member_count", watched.url, 83, "83", []),
        ("member_count", watched.url, 85, "85", []),
    ]
    assert rows[1]["sentence"] == "The Coalition has 85 members."
    rendered = pagewitness("facts", "member_count", db=watched.db)
    assert (rendered.code, rendered.err) == (0, "")
    assert "The Coalition has 85 members." in " ".join(rendered.out.split())


def test_changes_has_the_promised_keys(watched: Watched):
    (row,) = [row for row in pagewitness("changes", "--json", db=watched.db).rows if row["level"] == "fact"]
    assert (
        list(row)
        == (
            "at from_at url kind level fact before after quote_before quote_after sentence_before sentence_after summary origin "
            "reason cause held"
        ).split()
    )
    assert row["from_at"] < row["at"]
    assert len(row["at"]) == len("2024-10-01T00:00:00.000000Z")
    assert {name: row[name] for name in ("kind", "fact", "before", "after", "quote_after", "origin")} == {
        "kind": "fact_changed",
        "fact": "member_count",
        "before": 83,
        "after": 85,
        "quote_after": "85",
        "origin": "live",
    }
    rendered = pagewitness("changes", watched.url, db=watched.db)
    assert (rendered.code, rendered.err) == (0, "")
    assert "member_count 83 → 85 (+2)" in rendered.out


def test_alerts_lists_messages_and_their_delivery(watched: Watched):
    rows = pagewitness("alerts", "--json", db=watched.db).rows
    assert {(row["channel"], row["state"], row["attempts"], row["summary"]) for row in rows} == {
        ("desk", "sent", 1, "member_count 83 → 85 (+2)"),
        ("hook", "sent", 1, "member_count 83 → 85 (+2)"),
    }
    (mailed,) = [row["id"] for row in rows if row["channel"] == "desk"]
    assert mailed in watched.mailbox.messages[0]["Message-ID"]
    rendered = pagewitness("alerts", "--limit", 1, db=watched.db)
    assert (rendered.code, rendered.err) == (0, "")
    assert "hook" in rendered.out or "desk" in rendered.out


def test_limits_keep_the_newest(watched: Watched):
    everything = pagewitness("changes", "--json", db=watched.db).rows
    assert len(everything) > 1
    assert pagewitness("changes", "--limit", 1, "--json", db=watched.db).rows == everything[-1:]


def test_diff_exits_1_where_something_differs(watched: Watched):
    rendered = pagewitness("diff", watched.url, db=watched.db)
    assert (rendered.code, rendered.err) == (1, "")
    assert "-The Coalition has 83 members." in rendered.out
    assert "+The Coalition has 85 members." in rendered.out
    rows = pagewitness("diff", watched.url, "--json", db=watched.db).rows
    assert ("fact_changed", 83, 85) in {(row["kind"], row["before"], row["after"]) for row in rows}
    newest = pagewitness("history", watched.url, "--json", db=watched.db).rows[0]["at"]
    same = pagewitness("diff", watched.url, newest, newest, "--json", db=watched.db)
    assert (same.code, same.out) == (0, "")


def test_show_gives_the_text_then_and_now_and_the_very_bytes(watched: Watched):
    first = pagewitness("history", watched.url, "--json", db=watched.db).rows[-1]["at"]
    assert "85 members" in pagewitness("show", watched.url, db=watched.db).out
    then = pagewitness("show", watched.url, "--at", first, db=watched.db)
    assert "83 members" in then.out
    assert first[:10] in then.err
    assert pagewitness("show", watched.url, "--raw", db=watched.db).out == AFTER


def test_channels_test_reaches_a_channel_by_name(watched: Watched):
    taken = len(watched.mailbox.messages)
    done = pagewitness("channels", "test", "desk", db=watched.db)
    assert done.code == 0
    assert len(watched.mailbox.messages) == taken + 1
    listed = pagewitness("channels", "list", db=watched.db)
    assert "desk@example.org" in listed.out
    assert "key=of-the-path" not in listed.out, "a webhook's URL is often a secret itself"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["facts", "members"], "no fact is called 'members'; declared are: member_count"),
        (["history", "http://127.0.0.1:9/"], "is not watched here"),
        (["changes", "http://127.0.0.1:9/"], "is not watched here"),
        (["check", "http://127.0.0.1:9/"], "is not watched here"),
        (["show", "http://127.0.0.1:9/"], "is not watched here"),
        (["history", "http://user:secret@example.org/"], "user"),
        (["show", "URL", "--at", "yesterday"], "is no time; write it like"),
        (["show", "URL", "--at", "2001-01-01"], "nothing was archived at or before 2001-01-01"),
        (["show", "URL", "--raw", "--text"], "--raw or --text, not both"),
        (["channels", "test", "pigeon"], "no channel is called 'pigeon'; declared are: desk, hook"),
        (["add", "http://127.0.0.1/"], "--allow-private"),
        (["add", "https://example.org/", "--every", "often"], '--every: found "often"'),
        (["add", "https://example.org/", "--fact", "members"], "no fact is called 'members'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_exits_2_with_one_line_of_advice(watched: Watched, arguments: list[str], message: str):
    done = pagewitness(*(watched.url if argument == "URL" else argument for argument in arguments), db=watched.db)
    assert done.code == 2
    assert message in done.message


def test_progress_is_drawn_on_stderr_alone(watched: Watched):
    """On a terminal there is a bar; standard output stays JSON."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def drain() -> None:
        try:
            while read := os.read(ours, 65536):
                seen.append(read)
        except OSError:
            pass  # how Linux reports that the other end is closed

    reader = threading.Thread(target=drain)
    reader.start()
    try:
        done = subprocess.run(
            [*BASE, "check", "--json", "--no-send", "--db", watched.db],
            env=environment() | {"TERM": "xterm-256color"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    finally:
        os.close(theirs)
        reader.join(PATIENCE_SECONDS)
        os.close(ours)
    assert [json.loads(line)["url"] for line in done.stdout.splitlines()] == [watched.url]
    assert b"checking" in b"".join(seen)


def test_added_pages_stay_when_a_watchlist_is_applied(watched: Watched, tmp_path: Path, site: Site):
    db = f"sqlite:///{tmp_path}/added.db"
    assert pagewitness("apply", watched.watchlist, db=db).code == 0
    url = site.serve("/more", BEFORE)
    added = pagewitness("add", url, "--allow-private", "--every", "2h", "--label", "More", db=db)
    assert added.message == f"watching {url}"
    assert "nothing to do" in pagewitness("apply", watched.watchlist, db=db).err
    states = {row["label"]: (row["state"], row["source"]) for row in pagewitness("pages", "--json", db=db).rows}
    assert states == {"Home": ("active", "watchlist"), "More": ("active", "added")}


def test_lists_of_pages_are_added_as_a_whole(tmp_path: Path):
    db = f"sqlite:///{tmp_path}/added.db"
    (tmp_path / "pages.csv").write_text('url,label,tags,every\nhttps://a.example/,A,"x,y",1h\nhttps://b.example/,,,\n')
    (tmp_path / "bookmarks.html").write_text(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><H3>News</H3>\n<DL><p>\n"
        '<DT><A HREF="https://a.example/">Again</A>\n<DT><A HREF="about:blank">Empty</A>\n<DT><A HREF="https://c.example/">C</A>\n</DL><p>\n</DL>\n'
    )
    (tmp_path / "wrong.txt").write_text("https://d.example/\nno url\n")
    refused = pagewitness("add", "https://e.example/", "wrong.txt", db=db, cwd=tmp_path)
    assert (refused.code, "wrong.txt:2: " in refused.message) == (2, True)
    added = pagewitness("add", "pages.csv", "--tag", "mine", db=db, cwd=tmp_path)
    assert (added.code, added.message) == (0, "watching 2 more pages")
    again = pagewitness("add", "bookmarks.html", "https://c.example/", db=db, cwd=tmp_path)
    assert again.code == 0
    assert again.err.splitlines() == [
        "watching 1 more page",
        "https://a.example/ was watched already; its settings stay as they are",
        "skipped bookmarks.html:6: no web page: about:blank",
        "1 of the entries name a page a second time",
    ]
    rows = {
        row["url"]: (row["label"], row["tags"], row["source"]) for row in pagewitness("pages", "--json", db=db).rows
    }
    assert rows == {
        "https://a.example/": ("A", ["x", "y"], "added"),
        "https://b.example/": ("", ["mine"], "added"),
        "https://c.example/": ("C", ["News"], "added"),
    }
    done = subprocess.run(
        [*BASE, "add", "-", "--db", db],
        input=b"# piped\nhttps://f.example/\n",
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"watching https://f.example/\n")


def test_the_jobs_of_another_tool_become_a_watchlist(tmp_path: Path):
    db = f"sqlite:///{tmp_path}/moved.db"
    (tmp_path / "urls.yaml").write_text(
        "name: Press\nurl: https://a.example/\nfilter: xpath://h1\n---\ncommand: date\n---\nurl: https://b.example/\nenabled: false\n"
    )
    written = pagewitness("import", "--from", "urlwatch", "urls.yaml", "-o", "list.toml", cwd=tmp_path)
    assert (written.code, written.out) == (0, "")
    assert written.err.splitlines() == [
        'urls.yaml:1 (Press): not carried over: filter xpath: "//h1" (there are no XPath filters here)',
        'urls.yaml:5: left out: it runs a command; command: "date"',
        "pages: 2, of which 1 have parts that do not carry over; jobs left out: 1",
    ]
    assert pagewitness("apply", "list.toml", db=db, cwd=tmp_path).code == 0
    assert (
        pagewitness("import", "--from", "urlwatch", "urls.yaml", cwd=tmp_path).out
        == (tmp_path / "list.toml").read_text()
    )
    again = pagewitness("import", "--from", "urlwatch", "urls.yaml", "--add", db=db, cwd=tmp_path)
    assert "watched already, with settings that stay as they are: 2" in again.err
    rows = {row["url"]: (row["label"], row["state"]) for row in pagewitness("pages", "--json", db=db).rows}
    assert rows == {"https://a.example/": ("Press", "active"), "https://b.example/": ("", "paused")}
    for arguments, message in (
        (["--from", "urlwach", "urls.yaml"], 'did you mean "urlwatch"'),
        (["--from", "distill", "urls.yaml"], "urls.yaml:1: this is no JSON"),
        (["--from", "urlwatch", "urls.yaml", "-o", "list.toml"], "list.toml is there already"),
        (["--add", "urls.yaml"], "--output and --add belong to --from"),
    ):
        refused = pagewitness("import", *arguments, cwd=tmp_path)
        assert (refused.code, message in refused.message) == (2, True)


def test_an_added_page_may_have_what_a_declared_one_has(tmp_path: Path, site: Site):
    db = f"sqlite:///{tmp_path}/added.db"
    url = site.serve("/office", BEFORE)
    expected = ("--cron", "0 6 * * 1-5", "--timezone", "Europe/Berlin", "--ignore-robots", "--allow-private")
    assert pagewitness("add", url, *expected, db=db).code == 0
    with closing(open_database(db)) as database:
        page = SqlStore(database).page_by_url(url)
    assert page is not None
    assert (page.schedule.cron, page.schedule.timezone, page.obey_robots) == ("0 6 * * 1-5", "Europe/Berlin", False)


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        (("--every", "soon"), "--every: "),
        (("--cron", "0 6 * * 9"), "--cron: "),
        (("--every", "1h", "--cron", "0 6 * * 1"), "keep one"),
        (("--window", "someday"), "--window: "),
        (("--timezone", "Europe/Berlyn", "--cron", "0 6 * * *"), "--timezone: "),
    ],
)
def test_a_wrong_option_of_add_is_named(tmp_path: Path, requested: tuple[str, ...], message: str):
    done = pagewitness("add", "https://example.org/", *requested, db=f"sqlite:///{tmp_path}/added.db")
    assert (done.code, done.out) == (2, "")
    assert message in done.message


def test_pages_give_the_reason_of_a_delayed_check(tmp_path: Path, site: Site):
    db = f"sqlite:///{tmp_path}/down.db"
    url = site.serve("/down", BEFORE)
    assert pagewitness("add", url, "--allow-private", db=db).code == 0
    site.route("/down", lambda _: Answer(status=503))
    assert pagewitness("check", db=db).code == 0
    (row,) = pagewitness("pages", "--json", db=db).rows
    assert row["schedule_reason"].startswith("1 check failed")


# --- apply


def test_applying_twice_changes_nothing_and_retired_pages_keep_their_history(
    tmp_path: Path, empty_database_url: str, site: Site
):
    kept, dropped = site.serve("/kept", BEFORE), site.serve("/dropped", BEFORE)
    both, one, broken = (tmp_path / f"{name}.toml" for name in ("both", "one", "broken"))
    both.write_text(page(kept) + page(dropped) + FACT)
    one.write_text(page(kept) + FACT)
    broken.write_text(
        page(kept) + '[[page]]\nurl = "ftp://example.org"\n[[rule]]\nname = "r"\nevents = ["fact"]\nto = ["x"]\n'
    )

    applied = pagewitness("apply", both, db=empty_database_url)
    assert (applied.code, applied.out) == (0, "")
    warned, *added = applied.err.splitlines()
    assert "there is no channel" in warned
    assert added == [f"added page {kept}", f"added page {dropped}", "added fact member_count"]
    assert pagewitness("check", db=empty_database_url).code == 0
    before = pagewitness("pages", "--json", db=empty_database_url)
    again = pagewitness("apply", both, db=empty_database_url)
    assert again.err.splitlines() == [warned, "nothing to do: 3 entries are as declared"]

    refused = pagewitness("apply", broken, db=empty_database_url)
    assert (refused.code, refused.out) == (2, "")
    for line in ("broken.toml:9: ", "broken.toml:12: "):
        assert line in refused.err, refused.err
    assert "Traceback" not in refused.err
    assert pagewitness("pages", "--json", db=empty_database_url) == before

    assert pagewitness("apply", one, db=empty_database_url).err.splitlines() == [warned, f"retired page {dropped}"]
    states = {row["url"]: row["state"] for row in pagewitness("pages", "--json", db=empty_database_url).rows}
    assert states == {kept: "active", dropped: "retired"}
    assert len(pagewitness("history", dropped, "--json", db=empty_database_url).rows) == 1


def test_help_and_unknown_commands():
    rendered = pagewitness("--help")
    assert rendered.code == 0
    for (
        command
    ) in "run apply check add pages history facts changes alerts channels diff show inspect compare import".split():
        assert f" {command} " in rendered.out
    assert pagewitness("frobnicate").code == 2
    assert pagewitness("pages", "--frobnicate").code == 2


def test_a_closed_output_pipe_causes_no_traceback(watched: Watched):
    command = f'"{sys.executable}" -m pagewitness changes --json --db "{watched.db}" | head -c 1'
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.stderr == ""


def test_facts_now_shows_whether_pages_agree_and_which_was_first(tmp_path: Path, site: Site):
    db, urls = f"sqlite:///{tmp_path}/two.db", [site.serve(path, BEFORE) for path in ("/home", "/about")]
    (tmp_path / "two.toml").write_text("".join(map(page, urls)) + FACT)
    assert pagewitness("apply", tmp_path / "two.toml", db=db).code == 0
    pagewitness("check", db=db)
    (agreed,) = pagewitness("facts", "--now", "--json", db=db).rows
    assert (agreed["agree"], [position["value"] for position in agreed["positions"]]) == (True, [83])
    site.serve("/about", AFTER)
    pagewitness("check", db=db)
    (apart,) = pagewitness("facts", "member_count", "--now", "--json", db=db).rows
    assert apart["agree"] is False
    assert [(position["value"], position["first"]["url"]) for position in apart["positions"]] == [
        (85, urls[1]),
        (83, agreed["positions"][0]["first"]["url"]),
    ]
    assert "1 of 2" in pagewitness("facts", "--now", db=db).out
