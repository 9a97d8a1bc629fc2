"""Rules of a watchlist: what limits them, what is refused, and what is reported as a probable mistake."""

from __future__ import annotations

import pytest

from alerts.model import TextCondition
from alerts.rules import default_rule, selects
from monitor.model import Drift, EventKind, Level, Threshold
from pagewitness.watchlist.loader import WatchlistError, parse
from tests.alerts.examples import changed

PAGE = """
[[page]]
url = "https://www.example.org/"
"""
DESK, HOOK = (
    f"""
[[channel]]
name = "{name}"
type = "webhook"
url = "https://hooks.example/{name}"
"""
    for name in ("desk", "hook")
)
HEAD = PAGE + DESK + '[[rule]]\nname = "r"\nto = ["desk"]\n'


def rule_with(*lines: str):
    """The rule of a watchlist with these further lines."""
    kinds = [] if any(line.startswith("events") for line in lines) else ['events = ["fact_changed"]']
    return parse(HEAD + "\n".join([*kinds, *lines]), "list.toml").rules[0]


def test_a_rule_may_be_limited_to_levels_and_hosts():
    rule = rule_with('levels = ["number", "fact", "number"]', 'hosts = ["WWW.Example.org", "*.bücher.example"]')
    assert rule.levels == {Level.FACT, Level.NUMBER}
    assert rule.hosts == ("www.example.org", "*.xn--bcher-kva.example")
    assert rule.events == {EventKind.FACT_CHANGED}


def test_a_rule_may_have_a_condition_on_the_text():
    rule = rule_with('when_text = { present = "(?i)red alert", absent = "closed" }')
    assert rule.when_text == TextCondition("(?i)red alert", "closed")
    assert rule_with().when_text is None


def test_words_of_headings_are_compared_in_lower_case():
    assert rule_with('under = ["Our  Partners", "our partners", "Unsere Partner"]').under == (
        "our partners",
        "unsere partner",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('levels = ["noise"]', "levels[1]: found \"noise\"; it takes 'fact', 'number', 'text' or 'health'"),
        ("when_text = {}", "when_text: found neither present nor absent; at least one is needed"),
        ('when_text = "closed"', 'when_text: found "closed"; it takes { present = "…" }, { absent = "…" } or both'),
        ('when_text = { absent = "(" }', 'when_text[absent]: found "("; it is no pattern that RE2 reads'),
        ('hosts = ["https://example.org/"]', 'hosts[1]: found "https://example.org/"; it takes a host name such as'),
    ],
)
def test_wrong_limits_are_refused_with_what_is_allowed(line, message):
    with pytest.raises(WatchlistError) as raised:
        rule_with(line)
    (problem,) = raised.value.problems
    assert problem.startswith(f"list.toml:13: rule[1] (r) {message}")


def test_a_tag_that_no_page_has_is_reported():
    page = PAGE + 'tags = ["ministries"]\n'
    text = HEAD.replace(PAGE, page) + 'tags = ["ministries", "ministry"]\n'
    watchlist = parse(text, "x")
    assert watchlist.rules[0].tags == ("ministries", "ministry")
    assert watchlist.warnings == (
        'no page of the watchlist has the tag "ministry", which a rule names (did you mean "ministries"?)',
    )


def test_many_tags_that_no_page_has_are_reported_in_bounded_time_and_space():
    tags = ", ".join(f'"tag {n}"' for n in range(5000))
    warnings = parse(HEAD + f"tags = [{tags}]\n", "x").warnings
    assert len(warnings) == 21
    assert warnings[-1] == "no page of the watchlist has 4,980 more tags that rules name"


def test_a_host_without_a_page_is_reported():
    text = HEAD + 'events = ["fact_changed"]\nhosts = ["*.example.org", "*.example.net"]\n'
    assert parse(text, "x").warnings == (
        'no page of the watchlist is on a host that matches "*.example.net", which a rule names',
    )


# --- without a rule, and without its kinds


def test_a_rule_that_names_no_events_selects_all_that_happens_to_declared_pages():
    rule = parse(HEAD, "x").rules[0]
    assert rule.events == set(EventKind) - {EventKind.PAGE_NEW}


def test_its_step_is_the_drift_of_facts_as_if_it_named_them():
    text = HEAD.replace('to = ["desk"]', 'to = ["desk"]\nstep = "5 %"')
    fact = '[[fact]]\nname = "members"\ncount_of = ["members"]\n'
    (definition,) = parse(text + fact, "x").facts
    assert definition.drift == Drift(Threshold(5, percent=True))


def test_without_a_rule_the_default_rule_sends_to_every_channel():
    watchlist = parse(PAGE + DESK + HOOK, "x")
    assert watchlist.rules == (default_rule(["desk", "hook"]),)
    assert watchlist.rules[0].to == ("desk", "hook")
    assert watchlist.warnings == (
        'there is no rule, so rule "default" sends changes of facts, numbers and texts, and page health, to desk, hook',
    )


def test_without_a_channel_there_is_no_default_rule():
    watchlist = parse(PAGE, "x")
    assert watchlist.rules == ()
    assert watchlist.warnings == ("there is no channel, so no alert is sent",)


def test_a_declared_rule_replaces_the_default_rule():
    watchlist = parse(HEAD + HOOK, "x")
    assert [rule.name for rule in watchlist.rules] == ["r"]
    assert watchlist.warnings == ('channel "hook" is used by no rule',)


@pytest.mark.parametrize("kind", EventKind)
def test_the_default_rule_selects_every_kind_but_new_pages(kind):
    recorded = changed(kind=kind)
    assert selects(default_rule(["desk"]), recorded) is (kind is not EventKind.PAGE_NEW)
