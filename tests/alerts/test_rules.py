from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.rules import selects
from monitor.model import EventKind
from tests.alerts.examples import RULE, URL, changed, event


def test_a_rule_without_limits_selects_its_kinds_on_every_page():
    assert selects(RULE, event())
    assert not selects(RULE, changed(kind=EventKind.FACT_LOST))


@pytest.mark.parametrize(("pages", "wanted"), [((URL,), True), (("https://elsewhere.example/",), False)])
def test_a_rule_limited_to_pages_selects_only_those(pages, wanted):
    assert selects(replace(RULE, pages=pages), event()) is wanted


@pytest.mark.parametrize(("facts", "wanted"), [(("member_count",), True), (("budget",), False)])
def test_a_rule_limited_to_facts_selects_only_those(facts, wanted):
    assert selects(replace(RULE, facts=facts), event()) is wanted


def test_an_event_of_no_page_or_fact_passes_no_rule_that_is_limited():
    recorded = event(replace(changed().event.change, fact=None), url=None)
    assert selects(RULE, recorded)
    assert not selects(replace(RULE, pages=(URL,)), recorded)
    assert not selects(replace(RULE, facts=("member_count",)), recorded)
