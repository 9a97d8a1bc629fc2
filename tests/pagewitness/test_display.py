"""Names, statuses and values with units, as screens and lists show them."""

from __future__ import annotations

import pytest

from monitor.model import FactDefinition, FactKind, HealthStatus
from pagewitness.display import fact_value, page_name, status_word

MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "member countries"))
SHARE = FactDefinition("share", FactKind.PERCENT_OF, ("territory",))
MONEY = FactDefinition("spent", FactKind.MONEY_OF, ("stabilisation",))
DAY = FactDefinition("founded", FactKind.DATE_OF, ("founded",))


@pytest.mark.parametrize(
    ("value", "fact", "quote", "sentence", "shown"),
    [
        (83, MEMBERS, "83", "It has 83 Member Countries.", "83 Member Countries"),
        (83, MEMBERS, "83", "Members met: 83 member countries, of 90 members.", "83 member countries"),
        (1085, MEMBERS, None, None, "1,085 members"),
        (83, None, "83", "83 members", "83"),
        (95, SHARE, "95 percent", "95 percent of territory", "95%"),
        (1_500_000_000, MONEY, "$1.5 billion", "$1.5 billion for stabilisation", "1,500,000,000 ($1.5 billion)"),
        ("2014-09-10", DAY, "10 September 2014", "Founded on 10 September 2014.", "2014-09-10"),
        (["Peru", "Chad"], None, None, None, "2: Peru, Chad"),
        ([], None, None, None, "0"),
        (None, MEMBERS, None, None, ""),
    ],
)
def test_a_value_is_shown_with_its_unit(value, fact, quote, sentence, shown):
    assert fact_value(value, fact, quote=quote, sentence=sentence) == shown


def test_a_page_is_called_by_its_label_title_or_url():
    assert page_name("Home", "Title", "https://x/") == "Home"
    assert page_name("", "A\n\u202etitle", "https://x/") == "A \\u202etitle · x"
    assert page_name("", " \n", "https://x/") == "Home page of x"
    assert page_name("", "", "https://x.example/en/partners/") == "x.example/en/partners"
    assert page_name("", "", None) == ""


@pytest.mark.parametrize("title", ["x.example", "X.Example/", " x.example "])
def test_a_page_is_never_called_by_its_host_alone(title):
    assert page_name("", title, "https://x.example/") == "Home page of x.example"
    assert page_name("", title, "https://x.example/en") == "x.example/en"


def test_a_title_names_no_other_site_and_cannot_be_invisible():
    assert (
        page_name("", "https://bank.example/rates", "https://evil.example/")
        == "https://bank.example/rates · evil.example"
    )
    assert page_name("", "\u200d\u2800", "https://evil.example/") == "Home page of evil.example"
    assert "evil.example" in page_name("", "\u3164", "https://evil.example/"), "a filler that counts as a letter"


def test_a_page_without_an_ok_check_has_no_status_yet():
    assert status_word(None) == "no ok check yet"
    assert {status_word(status) for status in HealthStatus} == {status.value for status in HealthStatus}
