"""Rules of a watchlist: what limits them, what is refused, and what is reported as a probable mistake."""

from __future__ import annotations

import pytest

from monitor.model import EventKind, Level
from pagewitness.watchlist.loader import WatchlistError, parse

HEAD = """
[[page]]
url = "https://www.example.org/"

[[channel]]
name = "desk"
type = "webhook"
url = "https://hooks.example/desk"

[[rule]]
name = "r"
to = ["desk"]
"""


def rule_with(*lines: str):
    """The rule of a watchlist with these further lines."""
    kinds = [] if any(line.startswith("events") for line in lines) else ['events = ["fact_changed"]']
    return parse(HEAD + "\n".join([*kinds, *lines]), "list.toml").rules[0]


def test_a_rule_may_be_limited_to_levels_and_hosts():
    rule = rule_with('levels = ["number", "fact", "number"]', 'hosts = ["WWW.Example.org", "*.bücher.example"]')
    assert rule.levels == {Level.FACT, Level.NUMBER}
    assert rule.hosts == ("www.example.org", "*.xn--bcher-kva.example")
    assert rule.events == {EventKind.FACT_CHANGED}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('levels = ["noise"]', "levels[1]: found \"noise\"; it takes 'fact', 'number', 'text' or 'health'"),
        ('hosts = ["https://example.org/"]', 'hosts[1]: found "https://example.org/"; it takes the name of a host'),
    ],
)
def test_wrong_limits_are_refused_with_what_is_allowed(line, message):
    with pytest.raises(WatchlistError) as raised:
        rule_with(line)
    (problem,) = raised.value.problems
    assert problem.startswith(f"list.toml:14: rule[1] (r) {message}")


def test_a_host_without_a_page_is_reported():
    text = HEAD + 'events = ["fact_changed"]\nhosts = ["*.example.org", "*.example.net"]\n'
    assert parse(text, "x").warnings == (
        'no page of the watchlist is on a host that matches "*.example.net", which a rule names',
    )
