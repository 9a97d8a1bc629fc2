"""A watchlist that is right becomes nouns; its file and its reference agree with the code."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Direction, EmailChannel, Rule, Security, WebhookChannel
from monitor.model import BlockKind, Drift, EventKind, FactDefinition, FactKind, Lookup, Schedule, Scope, Threshold
from pagewitness import reference
from pagewitness.scheduling.next_check import next_time, phase_of
from pagewitness.watchlist.fields import duration
from pagewitness.watchlist.loader import WatchlistError, load, parse
from pagewitness.watchlist.page_tables import DEFAULT_EVERY
from pagewitness.watchlist.tables import WatchlistFile
from storage.watched.declarations import DeclaredPage

SHIPPED = Path(__file__).parents[3] / "watchlist.toml"

WHOLE = """
[[page]]
url = "HTTPS://Example.org"
label = "Home"
every = "1h30m"
facts = ["member_count", "member_count"]

[[page]]
url = "http://127.0.0.1:8000/a?b=1#c"
cron = "0 6 * * 1-5"
timezone = "Europe/Berlin"
allow_private = true
paused = true

[[fact]]
name = "member_count"
count_of = ["  Member   Countries ", "members", "MEMBERS"]

[[fact]]
name = "freed"
percent_of = ["territory"]

[[channel]]
name = "desk"
type = "email"
host = "smtp.example.org"
security = "tls"
from = "monitor@example.org"
to = ["desk@example.org", "night@example.org"]
username = "monitor"
password = "env:SMTP"

[[channel]]
name = "hook"
type = "webhook"
url = "https://Example.org/hook"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

[[rule]]
name = "key facts"
events = ["fact_changed", "fact_lost"]
to = ["desk", "hook", "desk"]
pages = ["Home", "http://127.0.0.1:8000/a?b=1"]
facts = ["member_count"]
"""


def test_a_page_can_have_windows_and_an_adaptive_interval():
    keys = 'windows = ["Mon-Fri  08:00-18:00", "22:00-02:00"]\ntimezone = "Europe/Berlin"\njitter = "10m"\nrobots = "ignore"\nmute = ["Weather"]\nalways_report = ["Cases"]\n'
    page = '[[page]]\nurl = "https://example.org/"\n' + keys
    found = parse(page + 'adaptive = { min = "1h", max = "3h" }', "list.toml")
    assert found.pages[0].schedule == Schedule(
        every=timedelta(hours=3),
        timezone="Europe/Berlin",
        jitter=timedelta(minutes=10),
        windows=("mon-fri 08:00-18:00", "22:00-02:00"),
        adaptive=(timedelta(hours=1), timedelta(hours=3)),
    )
    assert not found.pages[0].obey_robots
    assert (found.pages[0].mute, found.pages[0].always_report) == (("Weather",), ("Cases",))
    assert "https://example.org/ ignores robots.txt" in found.warnings


def test_a_complete_watchlist_is_converted_to_the_model():
    watchlist = parse(WHOLE, "list.toml")
    assert watchlist.source == "list.toml"
    assert watchlist.pages == (
        DeclaredPage(
            url="https://example.org/",
            label="Home",
            schedule=Schedule(every=timedelta(minutes=90)),
            facts=("member_count",),
            allow_private=False,
            paused=False,
        ),
        DeclaredPage(
            url="http://127.0.0.1:8000/a?b=1",
            label="",
            schedule=Schedule(cron="0 6 * * 1-5", timezone="Europe/Berlin"),
            facts=(),
            allow_private=True,
            paused=True,
        ),
    )
    assert watchlist.facts == (
        FactDefinition("member_count", FactKind.COUNT_OF, ("member countries", "members")),
        FactDefinition("freed", FactKind.PERCENT_OF, ("territory",)),
    )
    assert watchlist.channels == (
        EmailChannel(
            name="desk",
            host="smtp.example.org",
            port=465,
            security=Security.TLS,
            sender="monitor@example.org",
            to=("desk@example.org", "night@example.org"),
            username="monitor",
            password="env:SMTP",
        ),
        WebhookChannel("hook", "https://example.org/hook", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"),
    )
    assert watchlist.rules == (
        Rule(
            name="key facts",
            events=frozenset({EventKind.FACT_CHANGED, EventKind.FACT_LOST}),
            to=("desk", "hook"),
            pages=("https://example.org/", "http://127.0.0.1:8000/a?b=1"),
            facts=("member_count",),
        ),
    )
    assert watchlist.warnings[0] == 'fact "freed" is followed on no page'
    (secret,) = watchlist.warnings[1:]
    assert 'channel "hook" has its secret in secret' in secret


def test_one_page_is_enough_and_is_checked_every_six_hours():
    watchlist = parse('page = [{ url = "https://example.org/" }]', "list.toml")
    assert [page.schedule for page in watchlist.pages] == [Schedule(every=DEFAULT_EVERY)]
    assert watchlist.warnings == ("there is no channel, so no alert is sent",)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_mail_port_follows_from_the_security(security, port):
    text = WHOLE.replace('security = "tls"', f'security = "{security}"')
    assert parse(text, "x").channels[0].port == port
    assert parse(text.replace("security =", "port = 2525\nsecurity ="), "x").channels[0].port == 2525


def test_a_label_selects_every_page_that_has_it():
    text = WHOLE.replace('cron = "0 6', 'label = "Home"\ncron = "0 6').replace(
        'pages = ["Home", "http://127.0.0.1:8000/a?b=1"]', 'pages = ["Home"]'
    )
    assert parse(text, "x").rules[0].pages == ("https://example.org/", "http://127.0.0.1:8000/a?b=1")


def test_what_is_allowed_but_odd_is_a_warning():
    text = (
        WHOLE.replace('security = "tls"', 'security = "none"')
        .replace("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "whsec_YWJj")
        .replace('to = ["desk", "hook", "desk"]', 'to = ["hook"]')
    )
    assert parse(text, "x").warnings == (
        'fact "freed" is followed on no page',
        'channel "desk" is used by no rule',
        'channel "desk" sends its password unencrypted (security = "none")',
        'channel "hook" has a secret of less than 24 bytes, which is easy to guess',
        'x:37: channel "hook" has its secret in secret; write "env:NAME" or "file:PATH", and neither the watchlist nor the database contains it',
    )


def test_files_with_windows_line_ends_and_a_mark_are_read(tmp_path):
    path = tmp_path / "list.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert load(path).pages == parse(WHOLE, "x").pages


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("2s", 2),
        ("30m", 1800),
        ("6h", 21600),
        ("1h30m", 5400),
        ("1d", 86400),
        ("1w", 604800),
        ("366d", 31622400),
    ],
)
def test_lengths_of_time_are_read(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@given(st.integers(1, 366 * 86400))
def test_every_length_of_time_can_be_written(seconds):
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    assert duration(f"{days}d{hours}h{minutes}m{rest}s") == timedelta(seconds=seconds)


# --- the file that is shipped, and its reference


def test_the_shipped_watchlist_loads_with_nothing_set(monkeypatch):
    monkeypatch.delenv("PAGEWITNESS_HOOK_SECRET", raising=False)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    watchlist = load(SHIPPED)
    assert watchlist.warnings == ()
    assert {page.url for page in watchlist.pages} >= {
        "https://theglobalcoalition.org/en/",
        "https://theglobalcoalition.org/en/mission/",
    }
    assert all("member_count" in page.facts for page in watchlist.pages)
    assert all(next_time(page.schedule, now, phase=phase_of(page.url)) > now for page in watchlist.pages)


def test_the_shipped_watchlist_fits_the_schema():
    schema = json.loads((reference.FOLDER / "watchlist.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))
    validator.validate(tomllib.loads(WHOLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('every = "1h30m"', 'evry = "1h30m"'),
        ('every = "1h30m"', 'every = "1h"\ncron = "* * * * *"'),
        ('percent_of = ["territory"]', ""),
        ('percent_of = ["territory"]', 'percent_of = ["a"]\nmoney_of = ["b"]'),
        ('"fact_lost"', '"fact_forgotten"'),
        ('type = "webhook"', 'type = "pigeon"'),
        ('security = "tls"', 'security = "ssl"'),
        ('name = "freed"', 'name = "Freed!"'),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old, new):
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    schema = json.loads(reference.watchlist_schema())
    assert not jsonschema.Draft202012Validator(schema).is_valid(tomllib.loads(text))
    with pytest.raises(WatchlistError):
        parse(text, "x")


def test_the_reference_on_disk_is_up_to_date():
    for path, text in reference.documents().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m pagewitness.reference"


def test_every_key_and_every_event_is_in_the_reference():
    text = (reference.FOLDER / "watchlist.md").read_text(encoding="utf-8")
    for model in reference.TABLES.values():
        for name, field in model.model_fields.items():
            assert field.description
            assert f"| `{field.alias or name}` |" in text
    assert all(f"| `{kind}` |" in text for kind in EventKind)
    assert set(WatchlistFile.model_fields) == {"defaults", "host", "page", "fact", "channel", "rule"}


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ('step = "5 %"', {"step": Threshold(5, percent=True)}),
        ("step = 3", {"step": Threshold(3)}),
        ('step = "2.5%"\ndirection = "down"', {"step": Threshold(2.5, percent=True), "direction": Direction.DOWN}),
        ("above = 90\nbelow = 79.5", {"above": 90, "below": 79.5}),
    ],
)
def test_a_rule_can_have_a_step_and_bounds(keys, limits):
    (rule,) = parse(WHOLE + keys, "list.toml").rules
    assert rule == replace(parse(WHOLE, "list.toml").rules[0], **limits)


KINDS = """
[[page]]
url = "https://pact.example/"
facts = ["count", "day", "head", "state", "named"]

[[fact]]
name = "count"
count_of = ["partners"]
under = ["Our  Pact"]
inside = "main p"
kinds = ["row", "content", "row"]
near = ["since"]
against = "column"

[[fact]]
name = "day"
date_of = ["Founded"]

[[fact]]
name = "head"
text = { pattern = 'Head: (?P<name>[^.]+)' }
near = ["office"]

[[fact]]
name = "state"
text = { selector = "#state" }

[[fact]]
name = "named"
list = { selector = "ul.names > li", pattern = "^(?P<name>[^(]+)" }

[[fact]]
name = "column"
list = { heading = " Our  partners ", column = "Country" }
kinds = ["row"]
"""


def test_facts_of_every_kind_become_definitions():
    column = FactDefinition(
        "column", FactKind.LIST, source=Lookup(None, "Our partners", "Country"), scope=Scope(kinds=(BlockKind.ROW,))
    )
    scope = Scope(("our pact",), "main p", (BlockKind.CONTENT, BlockKind.ROW), ("since",))
    read = parse(KINDS, "list.toml")
    assert read.facts == (
        FactDefinition("count", FactKind.COUNT_OF, ("partners",), scope=scope, against=column),
        FactDefinition("day", FactKind.DATE_OF, ("founded",)),
        FactDefinition("head", FactKind.TEXT, pattern="Head: (?P<name>[^.]+)", scope=Scope(near=("office",))),
        FactDefinition("state", FactKind.TEXT, source=Lookup("#state")),
        FactDefinition("named", FactKind.LIST, pattern="^(?P<name>[^(]+)", source=Lookup("ul.names > li")),
        column,
    )
    assert [warning for warning in read.warnings if "column" in warning] == [], "it is counted"
    jsonschema.validate(tomllib.loads(KINDS), json.loads(reference.watchlist_schema()))


@pytest.mark.parametrize(
    ("keys", "drift"),
    [
        ('drift = "5 %"', Drift(Threshold(5, percent=True))),
        ("drift = 3\nbaseline = 82", Drift(Threshold(3), 82)),
        ('drift = 3\nbaseline = "30d"', Drift(Threshold(3), timedelta(days=30))),
    ],
)
def test_a_fact_can_declare_its_drift(keys, drift):
    fact = '[[fact]]\nname = "member_count"\ncount_of = ["members"]\n'
    (found,) = parse('[[page]]\nurl = "https://example.org/"\n' + fact + keys, "list.toml").facts
    assert found.drift == drift


def test_the_step_of_a_rule_is_the_drift_of_facts_that_declare_none():
    steps = WHOLE + 'step = "5 %"'
    assert [fact.drift for fact in parse(steps, "list.toml").facts] == [Drift(Threshold(5, percent=True)), None]
    assert [fact.drift for fact in parse(WHOLE, "list.toml").facts] == [None, None]
