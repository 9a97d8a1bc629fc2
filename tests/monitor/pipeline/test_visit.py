"""A visit goes from page to page, whatever happens on one of them."""

from __future__ import annotations

import pytest

from monitor.errors import BodyCorrupt, DatabaseFull, DerivedDataCorrupt
from monitor.pipeline.archive import CheckResult
from monitor.pipeline.visit import visit


class Recorder:
    def __init__(self):
        self.calls = []

    def checked(self, page, checked):
        self.calls.append(("checked", page))

    def on_disallowed(self, page, reason):
        self.calls.append(("disallowed", page, reason))

    def on_error(self, page, error):
        self.calls.append(("error", page, str(error)))


def outcome(page):
    if page == "bad":
        raise ValueError("a parser gave up")
    if page == "full":
        raise DatabaseFull("the disk is full")
    return {"good": CheckResult(None, None, ()), "forbidden": "robots.txt forbids it", "ended": None}[page]


def test_each_page_is_reported_and_only_checks_are_counted():
    recorder = Recorder()
    assert visit(["good", "bad", "forbidden", "ended", "good"], check=outcome, observer=recorder) == 3
    assert recorder.calls == [
        ("checked", "good"),
        ("error", "bad", "a parser gave up"),
        ("disallowed", "forbidden", "robots.txt forbids it"),
        ("checked", "good"),
    ]


@pytest.mark.parametrize("error", [BodyCorrupt, DerivedDataCorrupt])
def test_a_page_whose_stored_data_is_damaged_does_not_end_the_visit(error):
    def check(page):
        if page == "damaged":
            raise error("it does not match its SHA-256")
        return outcome(page)

    recorder = Recorder()
    assert visit(["good", "damaged", "good"], check=check, observer=recorder) == 3
    assert [what for what, *_ in recorder.calls] == ["checked", "error", "checked"]


def test_a_database_that_cannot_record_ends_the_visit():
    recorder = Recorder()
    with pytest.raises(DatabaseFull):
        visit(["good", "full", "good"], check=outcome, observer=recorder)
    assert recorder.calls == [("checked", "good")]
