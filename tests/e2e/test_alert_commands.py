"""The commands that explain alerts and send dead deliveries again, as people and scripts use them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.command import html, pagewitness
from tests.support.receivers import Mailbox
from tests.support.sites import Site
from tests.support.watchlists import FACT, alert_tables, page

BEFORE = html("The Coalition has 83 members.", "It was founded in 2014.")
AFTER = html("The Coalition has 85 members.", "It was founded in 2014.", "It meets in Rome this year.")


@dataclass(frozen=True)
class Refused:
    """A page that was checked twice, and whose alert the mail server refused for good.

    Attributes:
        id: The delivery's id.
    """

    db: str
    url: str
    watchlist: Path
    mailbox: Mailbox
    site: Site
    id: str


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[Refused]:
    db, watchlist = f"sqlite:///{tmp_path}/refused.db", tmp_path / "watchlist.toml"
    with Site() as site, ExitStack() as stack:
        mailbox = Mailbox()
        mailbox.start()
        stack.callback(mailbox.close)
        url = site.serve("/", BEFORE)
        watchlist.write_text(page(url, label="Home") + FACT + alert_tables(mailbox.port))
        assert pagewitness("apply", watchlist, db=db).code == 0
        assert pagewitness("check", db=db).code == 0
        site.serve("/", AFTER)
        mailbox.will_answer("RCPT", "550 no such user")
        assert pagewitness("check", db=db).code == 0
        (alert,) = pagewitness("alerts", "--json", db=db).rows
        assert (alert["state"], mailbox.messages) == ("dead", [])
        yield Refused(db, url, watchlist, mailbox, site, alert["id"])


def test_everything_about_an_alert_is_shown(refused: Refused):
    (row,) = pagewitness("alerts", "show", refused.id, "--json", db=refused.db).rows
    assert row["rule"] == "key facts"
    assert row["selection"] == {
        "rule_is": "as planned",
        "selected": True,
        "reason": "selected",
        "values": {"kind": "fact_changed"},
        "sentence": "it selects fact_changed",
    }
    assert (row["event"]["before"], row["event"]["after"], row["headings"]) == (83, 85, ["The Coalition"])
    assert row["snapshot"]["verdict"] == "ok"
    assert row["snapshot_before"]["id"] < row["snapshot"]["id"]
    assert row["reading"]["place_after"]["exact"] == "85"
    assert {key: row["delivery"][key] for key in ("id", "channel", "state", "attempts", "alerts")} == {
        "id": refused.id,
        "channel": "desk",
        "state": "dead",
        "attempts": 1,
        "alerts": 1,
    }
    assert "550" in row["delivery"]["last_error"]
    shown = pagewitness("alerts", "show", row["alert"], db=refused.db)
    assert (shown.code, shown.err) == (0, "")
    for part in (
        f"delivery   {refused.id}, 1 alert",
        "state      dead, 1 attempt",
        "member_count 83 → 85 (+2)",
        "rule       “key facts”: it selects fact_changed",
        "section    The Coalition",
        "The Coalition has 85 members.",
        "The Coalition has 83 members.",
    ):
        assert part in shown.out, shown.out


def test_a_held_alert_is_shown_with_the_reason(refused: Refused):
    text = refused.watchlist.read_text()
    refused.watchlist.write_text(text.replace('to = ["desk"]', 'to = ["desk"]\npaused_until = 2999-01-01T00:00:00Z'))
    assert pagewitness("apply", refused.watchlist, db=refused.db).code == 0
    refused.site.serve("/", AFTER.replace("85", "87"))
    assert pagewitness("check", db=refused.db).code == 0
    (waiting,) = [row for row in pagewitness("alerts", "--json", db=refused.db).rows if row["state"] == "held"]
    (row,) = pagewitness("alerts", "show", waiting["alert"], "--json", db=refused.db).rows
    assert row["held"] == {"channel": "desk", "hold": "paused", "until": "2999-01-01T00:00:00.000000Z"}
    assert (row["delivery"], row["event"]["after"]) == (None, 87)
    shown = pagewitness("alerts", "show", waiting["alert"], db=refused.db).out
    assert "state      held until 1 January 2999 00:00 UTC (paused)" in shown
    assert "rule       “key facts”: it selects fact_changed" in shown
    assert "has no delivery yet" in pagewitness("alerts", "retry", waiting["alert"], db=refused.db).message


def test_an_alert_says_that_its_rule_was_changed_or_removed_since(refused: Refused):
    text = refused.watchlist.read_text()
    refused.watchlist.write_text(text.replace('to = ["desk"]', 'to = ["desk"]\nstep = 5'))
    assert pagewitness("apply", refused.watchlist, db=refused.db).code == 0
    shown = pagewitness("alerts", "show", refused.id, db=refused.db).out
    assert "“key facts” (declared differently since): 83 → 85 (+2) is less than its step of 5" in shown
    refused.watchlist.write_text(text.replace('name = "key facts"', 'name = "other"'))
    assert pagewitness("apply", refused.watchlist, db=refused.db).code == 0
    assert "“key facts” (no longer declared)" in pagewitness("alerts", "show", refused.id, db=refused.db).out


def test_a_dead_delivery_is_listed_and_sent_again_with_its_id(refused: Refused):
    (dead,) = pagewitness("alerts", "dead", "--json", db=refused.db).rows
    assert (dead["id"], dead["alerts"], dead["summary"]) == (refused.id, 1, "member_count 83 → 85 (+2)")
    assert refused.id in pagewitness("alerts", "dead", db=refused.db).out
    retried = pagewitness("alerts", "retry", "--all", db=refused.db)
    assert (retried.code, retried.out, retried.err) == (0, "", "1 delivery will be sent again\n")
    assert pagewitness("alerts", "dead", db=refused.db).err == "no delivery is dead\n"
    assert pagewitness("check", db=refused.db).code == 0
    assert [refused.id in message["Message-ID"] for message in refused.mailbox.messages] == [True]
    again = pagewitness("alerts", "retry", refused.id, db=refused.db)
    assert (again.code, again.err) == (
        0,
        f"{refused.id} is sent, not dead\n0 deliveries will be sent again\n",
    )


def test_every_change_says_what_became_of_it(refused: Refused):
    rows = {row["kind"]: row["why"] for row in pagewitness("changes", "--why", "--json", db=refused.db).rows}
    assert rows.keys() == {"fact_changed", "text_changed"}
    fact, text = rows["fact_changed"], rows["text_changed"]
    assert (fact["outcome"], text["outcome"]) == ("alerted", "not_selected")
    (alert,) = fact["alerts"]
    assert (alert["id"], alert["rule"], alert["channel"], alert["state"]) == (refused.id, "key facts", "desk", "dead")
    assert text["alerts"] == []
    assert text["rules"] == [
        {
            "rule": "key facts",
            "selected": False,
            "reason": "kind_not_named",
            "values": {"kind": "text_changed"},
            "sentence": "it does not select text_changed",
        }
    ]
    assert text["sentence"] == "no rule selects it (“key facts”: it does not select text_changed)"
    shown = pagewitness("changes", refused.url, "--why", db=refused.db)
    assert f"“key facts” → desk: dead, alert {alert['alert']}" in shown.out
    assert text["sentence"] in shown.out


def test_changes_say_which_rule_would_send_them_now(refused: Refused):
    text = refused.watchlist.read_text()
    refused.watchlist.write_text(text + '[[rule]]\nname = "texts"\nevents = ["text_changed"]\nto = ["desk"]\n')
    assert pagewitness("apply", refused.watchlist, db=refused.db).code == 0
    shown = pagewitness("changes", "--why", db=refused.db).out
    assert (
        "no rule selected it when it was planned; a rule applied since would (“texts”: it selects text_changed)"
        in shown
    )
    refused.watchlist.write_text(page(refused.url, label="Home") + FACT)
    assert pagewitness("apply", refused.watchlist, db=refused.db).code == 0
    assert "no rule is declared" in pagewitness("changes", "--why", db=refused.db).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "msg_9"], "no alert or delivery has the id 'msg_9'"),
        (["show", "999"], "no alert or delivery has the id '999'"),
        (["retry"], "name the deliveries to retry, or --all"),
        (["retry", "--all", "msg_9"], "name the deliveries to retry, or --all"),
        (["retry", "msg_9"], "no alert or delivery has the id 'msg_9'"),
        (["--json", "dead"], "write the options after the command's name: pagewitness alerts dead"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: list[str], message: str):
    db = f"sqlite:///{tmp_path}/empty.db"
    assert pagewitness("migrate", db=db).code == 0
    done = pagewitness("alerts", *arguments, db=db)
    assert done.code == 2
    assert message in done.message
