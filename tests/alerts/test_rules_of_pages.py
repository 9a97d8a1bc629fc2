"""Which pages a rule includes."""

from __future__ import annotations

import pytest

from alerts.model import Rule
from alerts.rules import includes_page
from monitor.model import EventKind

URL = "https://press.example.org/fr/"
KINDS = frozenset({EventKind.FACT_CHANGED})


@pytest.mark.parametrize(
    ("limits", "is_included"),
    [
        ({}, True),
        ({"pages": (URL,)}, True),
        ({"pages": ("https://example.org/",)}, False),
        ({"tags": ("presse", "ministères")}, True),
        ({"tags": ("ministères",)}, False),
        ({"hosts": ("*.example.org",)}, True),
        ({"hosts": ("example.org",)}, False),
        ({"pages": (URL,), "tags": ("ministères",)}, False),
    ],
)
def test_a_rule_includes_a_page_that_none_of_its_limits_excludes(limits, is_included):
    assert includes_page(Rule("rule", KINDS, ("desk",), **limits), URL, ("presse",)) is is_included
