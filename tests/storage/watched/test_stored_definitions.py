"""Definitions of channels and rules as a restored file may hold them: what is wrong with one is said, and the others go on."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, text
from typer.testing import CliRunner

from alerts.dispatch import dispatch_once
from alerts.model import BrokenDeclaration, Direction, EmailChannel, Rule, Security, TextCondition, WebhookChannel
from alerts.plan import plan_once
from monitor.model import EventKind, Level, Threshold
from pagewitness.cli import app
from pagewitness.service.liveness import HealthReporter
from rendering.links import Links
from storage import schema
from storage.database.engine import Database
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore
from storage.watched.declarations import channel_to_json, rule_to_json
from storage.watched.stored_definitions import channel_of, rule_of
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok

DESK = EmailChannel("desk", "mail.example", 25, Security.NONE, "Watch <monitor@example.org>", ("a@example.org",))
SAFE = EmailChannel("safe", "mail.example", 465, Security.TLS, "m@example.org", ("a@example.org",), "me", "env:PW")
HOOK = WebhookChannel("hook", "https://hook.example/x?key=secret", "whsec_QUJD", allow_private=True)
RULES = [
    Rule("all", frozenset(EventKind), ("desk", "hook")),
    Rule("some", frozenset({EventKind.FACT_LOST}), ("desk",), ("https://a.example/",), ("members",)),
    Rule("steps", frozenset({EventKind.FACT_CHANGED}), ("desk",), step=Threshold(5, percent=True), above=90, below=1.5),
    Rule(
        "parts",
        frozenset(EventKind),
        ("desk",),
        levels=frozenset({Level.FACT, Level.NUMBER}),
        hosts=("example.org", "*.example.org"),
        under=("our partners",),
        tags=("press", "Berlin"),
        when_text=TextCondition(absent="closed"),
    ),
    Rule("down", frozenset({EventKind.FACT_CHANGED}), ("desk",), direction=Direction.DOWN),
]
MAIL, POST, RULE = channel_to_json(DESK), channel_to_json(HOOK), rule_to_json(RULES[0])


@pytest.mark.parametrize("channel", [DESK, SAFE, HOOK], ids=lambda channel: channel.name)
def test_a_channel_comes_back_as_it_was_declared(channel):
    assert channel_of(channel.name, json.dumps(channel_to_json(channel))) == channel


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_comes_back_as_it_was_declared(rule):
    back = rule_of(rule.name, json.dumps(rule_to_json(rule)))
    assert back == rule
    assert repr(back.step) == repr(rule.step), "5 stays 5, not 5.0"


@pytest.mark.parametrize(
    "kept",
    [
        *("", "x", "null", "[]", "3", '"email"', "{", "{" * 100_000, "[" * 100_000, '{"a":' * 5000, "9" * 10_000),
        *(None, b"{}", 7, '{"type": "email"' + " " * 4_000_000 + "}"),
    ],
    ids=lambda kept: str(kept)[:12],
)
@pytest.mark.parametrize("read", [channel_of, rule_of])
def test_an_unparsable_definition_is_reported(read, kept):
    broken = read("desk", kept)
    assert isinstance(broken, BrokenDeclaration)
    assert broken.problem.startswith("its definition is no ")


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ({**MAIL, "type": "pigeon"}, "type: it takes one of email, slack, "),
        ({**MAIL, "type": ["email"]}, "type: it takes"),
        ({**MAIL, "type": {}}, "type: it takes"),
        ({"type": "email"}, "host: Field required"),
        ({**MAIL, "port": "25"}, "port: Input should be a valid integer"),
        ({**MAIL, "port": 10**30}, "port: Input should be less than or equal to 65535"),
        ({**MAIL, "port": True}, "port: "),
        ({**MAIL, "security": "ssl"}, "security: "),
        ({**MAIL, "host": "a\r\nb"}, "host: Value error, control characters"),
        ({**MAIL, "sender": ["x"]}, "sender: Input should be a valid string"),
        ({**MAIL, "to": "a@example.org"}, "to: "),
        ({**MAIL, "to": []}, "to: "),
        ({**MAIL, "to": ["a@example.org", 7]}, "to.1: "),
        ({**MAIL, "retries": 5}, "retries: Extra inputs are not permitted"),
        ({**MAIL, "e\x1b[2J\u202evil" * 100: 5}, "e\\u001b[2J\\u202evil"),
        ({**POST, "url": "javascript:alert(1)"}, "url: Value error, an http or https URL"),
        ({**POST, "url": "https://user:hunter2@hook.example/"}, "url: Value error, an http or https URL"),
        ({**POST, "url": "http://[bad/"}, "url: Value error, an http or https URL"),
        ({**POST, "url": "h" * 10_000}, "url: String should have at most"),
        ({**POST, "secret": 5}, "secret"),
        ({**POST, "allow_private": "yes"}, "allow_private: "),
    ],
)
def test_an_invalid_channel_is_reported_by_field_and_not_by_value(definition, problem):
    broken = channel_of("desk", json.dumps(definition))
    assert (broken.kind, broken.name) == ("channel", "desk")
    assert problem in broken.problem
    assert len(broken.problem) <= 200
    assert "hunter2" not in broken.problem


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ({**RULE, "events": ["fact_renamed"]}, "events.0: "),
        ({**RULE, "events": "fact_changed"}, "events: "),
        ({**RULE, "to": None}, "to: "),
        ({**RULE, "step": {"amount": "5", "percent": True}}, "step.amount"),
        ({**RULE, "step": {"amount": 5}}, "step.percent: Field required"),
        ({**RULE, "above": [1]}, "above"),
        ({**RULE, "direction": "sideways"}, "direction: "),
        ({**RULE, "mute": []}, "mute: Extra inputs"),
    ],
)
def test_an_invalid_rule_is_reported_by_field(definition, problem):
    broken = rule_of("all", json.dumps(definition))
    assert (broken.kind, broken.name) == ("rule", "all")
    assert problem in broken.problem


def test_numbers_that_are_none_are_refused():
    assert "above" in rule_of("all", json.dumps({**RULE, "above": float("nan")})).problem
    assert "hosts" in rule_of("all", json.dumps({**RULE, "hosts": ["https://a.example/"]})).problem
    assert "below" in rule_of("all", '{"events": [], "to": [], "below": 1e999}').problem


# --- in a database


@pytest.fixture
def damaged(store: SqlStore, database: Database, clock) -> SqlOutbox:
    """Two channels and two rules, of which one each is damaged."""
    rule = Rule("all", frozenset({EventKind.FACT_CHANGED}), ("desk", "hook"))
    bad_rule = Rule("old", frozenset({EventKind.FACT_CHANGED}), ("desk",))
    store.apply_declared([], [], [DESK, HOOK], [rule, bad_rule], now=clock())
    with database.begin() as connection:
        connection.execute(text("UPDATE channels SET definition = '{\"type\": \"webhook\"}' WHERE name = 'hook'"))
        connection.execute(text("UPDATE rules SET definition = :deep WHERE name = 'old'"), {"deep": "[" * 50_000})
    return SqlOutbox(database)


def test_the_others_go_on_and_what_is_wrong_is_known(damaged: SqlOutbox):
    assert [channel.name for channel in damaged.channels()] == ["desk"]
    assert [rule.name for rule in damaged.rules()] == ["all"]
    assert damaged.broken() == [
        BrokenDeclaration("channel", "hook", "url: Field required"),
        BrokenDeclaration("rule", "old", "its definition is no JSON"),
    ]


def test_what_a_damaged_channel_should_carry_waits_and_goes_out_once_the_watchlist_is_applied(
    damaged: SqlOutbox, store: SqlStore, clock, receiver
):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"body"), clock())
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=clock())
    uids = iter(("msg_desk", "msg_hook"))
    assert plan_once(damaged, Links(None), clock(), lambda: next(uids)) == 2

    sent = []

    class Taking:
        def __init__(self, name):
            self.name = name

        def send(self, delivery):
            sent.append((self.name, delivery.uid, "body" in delivery.payload))
            return "taken"

    report = dispatch_once(damaged, lambda config: Taking(config.name), "me")
    assert (report.sent, report.retried) == (1, 1)
    assert report.problems == (
        "hook: msg_hook: the channel's stored definition cannot be used: url: Field required; apply the watchlist again",
    )
    assert sent == [("desk", "msg_desk", False)]

    store.apply_declared([], [], [DESK, HOOK], [], now=clock())
    assert damaged.broken() == []
    assert dispatch_once(damaged, lambda config: Taking(config.name), "me").sent == 1
    assert sent[-1] == ("hook", "msg_hook", True)


@pytest.mark.parametrize("kept", ["", "nonsense", "[" * 50_000, "9" * 10_000, '{"type": 5}'])
def test_applying_a_watchlist_replaces_whatever_was_there(
    store: SqlStore, database: Database, outbox: SqlOutbox, clock, kept: str
):
    with database.begin() as connection:
        for table in (schema.channels, schema.rules, schema.facts):
            connection.execute(insert(table), {"name": "desk", "definition": {}, "position": 0, "applied_at": clock()})
            connection.execute(text(f"UPDATE {table.name} SET definition = :kept"), {"kept": kept})
    report = store.apply_declared([], [], [DESK], [], now=clock())
    assert (report.changed, report.retired) == (("channel desk",), ("fact desk", "rule desk"))
    assert (outbox.channels(), outbox.broken()) == ([DESK], [])


def test_commands_and_the_web_say_what_is_wrong_and_go_on(damaged: SqlOutbox, database: Database, database_url: str):
    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*words, "--db", database_url])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())

    code, message = run("channels", "list")
    assert code == 0
    assert "desk email a@example.org" in message
    assert "hook unusable url: Field required" in message
    code, message = run("status")
    assert code == 1
    assert "channel hook cannot be used: url: Field required; apply the watchlist again" in message
    assert "rule old cannot be used: its definition is no JSON; apply the watchlist again" in message
    assert HealthReporter(database, None, None).unready() == []  # type: ignore[arg-type]
