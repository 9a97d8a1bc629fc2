"""Shares in two numbers, which count nothing."""

from __future__ import annotations

import pytest

from monitor.facts.fact_reader import read
from monitor.model import MentionType
from tests.support.heart import MEMBERS, content, mentions


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "One in four members left last year.", 0.25),
        ("en", "3 out of 4 members agree.", 0.75),
        ("en", "1 in 5,000 members agree.", 0.0002),
        ("fr", "Trois sur cinq membres ont voté.", 0.6),
        ("es", "Uno de cada ocho miembros votó.", 0.125),
        ("it", "Due su cinque membri hanno votato.", 0.4),
        ("pt", "Um em cada quatro membros votou.", 0.25),
        ("nl", "Een op de twintig leden stemde.", 0.05),
        ("de", "Drei von vier Mitgliedern stimmten zu.", 0.75),
        ("sv", "Tre av fyra medlemmar röstade.", 0.75),
    ],
)
def test_a_share_is_no_count(language, text, value):
    (mention,) = mentions(text, language)

    assert (mention.type, mention.value, mention.unit) == (MentionType.COUNT, value, None)


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "87 out of 193 states signed.", [87, 193]),
        ("en", "They won 3 in 2019.", [3, 2019]),
        ("en", "Membership rose by 3 in 10 years.", [3, 10]),
        ("en", "There are 12 in 4 rooms.", [12, 4]),
        ("de", "Sie ist eine von neun Organisationen.", [9]),
        ("sv", "Den är en av sju föreningar.", [7]),
        ("de", "31 von 60 Sitzen gingen an Frauen.", [31, 60]),
    ],
)
def test_two_counts_are_no_share(language, text, values):
    assert [mention.value for mention in mentions(text, language)] == values


@pytest.mark.parametrize("text", ["One in four members left.", "3 out of 4 members agree.", "¾ of members agree."])
def test_a_share_states_no_fact(text):
    blocks = content(text)

    assert read(MEMBERS, blocks, mentions(text)).value is None
