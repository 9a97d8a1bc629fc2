"""A visit goes from page to page, whatever happens on one of them."""

from __future__ import annotations

import pytest

from monitor.errors import BodyCorrupt, DatabaseFull, DerivedDataCorrupt
from monitor.pipeline.archive import CheckResult
from monitor.pipeline.visit import visit


class Heard:
    def __init__(self):
        self.said = []

    def checked(self, page, checked):
        self.said.append(("checked", page))

    def on_disallowed(self, page, why):
        self.said.append(("kept out", page, why))

    def on_error(self, page, error):
        self.said.append(("faulted", page, str(error)))


def outcome(page):
    if page == "bad":
        raise ValueError("a parser gave up")
    if page == "full":
        raise DatabaseFull("the disk is full")
    return {"good": CheckResult(None, None, ()), "forbidden": "robots.txt forbids it", "ended": None}[page]


def test_each_page_is_told_and_only_looks_are_counted():
    heard = Heard()
    assert visit(["good", "bad", "forbidden", "ended", "good"], check=outcome, told=heard) == 3
    assert heard.said == [
        ("checked", "good"),
        ("faulted", "bad", "a parser gave up"),
        ("kept out", "forbidden", "robots.txt forbids it"),
        ("checked", "good"),
    ]


@pytest.mark.parametrize("error", [BodyCorrupt, DerivedDataCorrupt])
def test_a_page_whose_stored_data_is_damaged_does_not_end_the_visit(error):
    def check(page):
        if page == "damaged":
            raise error("it does not match its SHA-256")
        return outcome(page)

    heard = Heard()
    assert visit(["good", "damaged", "good"], check=check, told=heard) == 3
    assert [what for what, *_ in heard.said] == ["checked", "faulted", "checked"]


def test_a_database_that_cannot_record_ends_the_visit():
    heard = Heard()
    with pytest.raises(DatabaseFull):
        visit(["good", "full", "good"], check=outcome, told=heard)
    assert heard.said == [("checked", "good")]
