"""The pure middle as one: bodies in order to versions, states and events."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import (
    BlockKind,
    Cause,
    CurrentVersion,
    EventKind,
    FactDefinition,
    FactKind,
    Origin,
    PageMemory,
    ParserVersion,
    SnapshotRef,
    Truncation,
    Verdict,
)
from monitor.parser_version import PARSER_VERSION, parser_version_of
from monitor.pipeline.analyze import analyze, evaluate
from tests.support.heart import MEMBERS, snapshot

BOATS = FactDefinition("boats", FactKind.COUNT_OF, ("boats",))


def body(*paragraphs):
    return ("<title>The pact</title><main>" + "".join(f"<p>{text}</p>" for text in paragraphs) + "</main>").encode()


class Page:
    """A page read look after look, remembering what T2 would record."""

    def __init__(self, *facts):
        self.facts = facts or (MEMBERS,)
        self.known = PageMemory()
        self.seen = []

    def read(self, *paragraphs, facts=None, status=200, **changes):
        number = len(self.seen) + 1
        taken = replace(snapshot(number, status=status), **changes)
        now = facts or self.facts
        says = analyze(body(*paragraphs), taken, now, like=self.known.version)
        assert says == analyze(body(*paragraphs), taken, now)
        was = self.known.version
        if was is not None and was.reader != says.version.reader:
            was = analyze(self.shown_body, self.known.current.snapshot, now).version
        result = evaluate(taken, says, self.known, was)
        self.seen.append(result)
        if result.verdict is Verdict.OK:
            states = {**self.known.states, **{state.fact: state for state in result.states}}
            here = SnapshotRef(taken.id, taken.taken_at)
            self.known = replace(self.known, states=states, last_ok=here)
            if result.version is not None:
                self.known = replace(self.known, current=CurrentVersion(number, result.version, taken))
                self.shown_body = body(*paragraphs)
        return result


def kinds(result):
    return [event.change.kind for event in result.events]


def test_a_first_version_makes_no_change():
    result = Page().read("The pact has 83 members.")
    assert (result.verdict, result.events, result.settled) == (Verdict.OK, (), True)
    assert result.version.title == "The pact"
    assert [(state.fact, state.value) for state in result.states] == [("member_count", 83)]


def test_a_first_version_reports_an_existing_contradiction():
    result = Page().read("The pact has 86 members.", "All 87 members came.")
    assert kinds(result) == [EventKind.FACT_CONTRADICTION]
    assert result.events[0].before is None


def test_a_changed_fact_is_reported_once_with_both_snapshots():
    page = Page()
    page.read("The pact has 83 members.", "Our 83 members meet in May.")
    result = page.read("The pact has 85 members.", "Our 85 members meet in May.")
    assert kinds(result) == [EventKind.FACT_CHANGED]
    (event,) = result.events
    assert (event.snapshot.id, event.before.id) == (2, 1)
    assert (event.origin, event.cause) == (Origin.LIVE, Cause.PAGE)


def test_facts_come_first_then_numbers_and_texts_in_reading_order():
    page = Page()
    page.read("It is old and it owns 9 boats.", "The pact has 83 members.")
    result = page.read("It is old and it owns 8 boats.", "The pact has 85 members.", "Oxbow has joined.")
    assert kinds(result) == [EventKind.FACT_CHANGED, EventKind.NUMBER_CHANGED, EventKind.TEXT_CHANGED]


def test_the_same_content_is_no_new_version():
    page = Page()
    page.read("The pact has 83 members.")
    again = page.read("The  pact has <b>83</b> members.")
    assert (again.version, again.version_id, again.states, again.events) == (None, 1, (), ())
    assert again.confirmed_by is None
    assert page.read("The pact has 84 members.").version is not None


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"status": 503}, Verdict.ERROR),
        ({"status": 404}, Verdict.GONE),
        ({"status": 403}, Verdict.BLOCKED),
        ({"truncated": Truncation.LENGTH}, Verdict.PARTIAL),
        ({"content_type": "text/css"}, Verdict.ERROR),
    ],
)
def test_a_check_that_is_not_ok_changes_no_state(changes, verdict):
    page = Page()
    page.read("The pact has 83 members.")
    known = page.known
    bad = page.read("The pact has 12 members.", **changes)
    assert (bad.verdict, bad.version, bad.version_id, bad.states, bad.events) == (verdict, None, None, (), ())
    assert page.known == known
    assert page.read("The pact has 83 members.").events == ()


def test_a_maintenance_page_between_two_ok_checks_changes_no_state():
    page = Page()
    page.read("The pact has 83 members.")
    assert page.read("Down for scheduled maintenance, back at 14:00.").verdict is Verdict.SOFT_ERROR
    assert page.read("The pact has 83 members.").events == ()


def test_a_fact_is_lost_after_three_checks_and_dated_at_the_first():
    page = Page()
    page.read("The pact has 83 members.")
    page.read("The pact has 83 members.")
    answers = [page.read("The pact is quiet about it.") for _ in range(3)]
    assert [EventKind.FACT_LOST in kinds(answer) for answer in answers] == [False, False, True]
    assert [answer.settled for answer in answers] == [False, False, True]
    lost = next(event for event in answers[-1].events if event.change.kind is EventKind.FACT_LOST)
    assert (lost.before.id, lost.snapshot.id) == (2, 3)
    found = page.read("The pact has 83 members.")
    assert kinds(found)[0] is EventKind.FACT_FOUND


def test_a_new_fact_on_a_known_page_produces_no_event():
    page = Page(MEMBERS)
    page.read("The pact has 83 members and 9 boats.")
    result = page.read("The pact has 83 members and 9 boats.", facts=(MEMBERS, BOATS))
    assert result.events == ()
    assert {state.fact: state.value for state in page.known.states.values()} == {"member_count": 83, "boats": 9}
    assert result.version is not None, "its readings differ, so it is a version of its own"


def test_a_new_fact_is_compared_with_the_previous_version():
    page = Page(MEMBERS)
    page.read("The pact has 83 members and 9 boats.")
    result = page.read("The pact has 83 members and 8 boats.", facts=(MEMBERS, BOATS))
    assert [(event.change.fact, event.change.before, event.change.after) for event in result.events] == [
        ("boats", 9, 8)
    ]


def test_a_new_parser_version_with_the_same_result_confirms_the_version_without_event():
    page = Page()
    page.read("The pact has 83 members.")
    elder = ParserVersion("0", page.known.version.reader.facts)
    page.known = replace(
        page.known,
        current=replace(page.known.current, version=replace(page.known.version, reader=elder)),
        states={name: replace(state, reader=elder.digest) for name, state in page.known.states.items()},
    )
    result = page.read("The pact has 83 members.")
    assert (result.version, result.version_id, result.events) == (None, 1, ())
    assert result.confirmed_by == parser_version_of(page.facts)
    assert [state.reader for state in result.states] == [parser_version_of(page.facts).digest]


def test_a_new_parser_version_with_another_result_produces_no_event():
    page = Page()
    page.read("The pact has 83 members.")
    elder = ParserVersion("0", page.known.version.reader.facts)
    misread = replace(page.known.version, reader=elder, blocks=(), mentions=(), readings=())
    states = {name: replace(state, reader=elder.digest, value=8) for name, state in page.known.states.items()}
    page.known = replace(page.known, current=replace(page.known.current, version=misread), states=states)
    result = page.read("The pact has 83 members.")
    assert (result.events, result.confirmed_by) == ((), None)
    assert result.version is not None
    assert page.read("The pact has 85 members.").events[0].change.before == 83


def test_a_version_from_before_there_was_metadata_makes_no_event():
    page, described = Page(), "<meta name=description content='{} of members'>"
    page.read(described.format("A pact"), "The pact has 83 members.")
    known = page.known.version
    text = tuple(block for block in known.blocks if block.kind is not BlockKind.METADATA)
    assert len(text) < len(known.blocks)
    elder = replace(known, reader=ParserVersion("0", known.reader.facts), blocks=text)
    page.known = replace(page.known, current=replace(page.known.current, version=elder))
    assert page.read(described.format("A pact"), "The pact has 83 members.").events == ()
    (event,) = page.read(described.format("A league"), "The pact has 83 members.").events
    assert (event.change.sentence_before, event.change.sentence_after) == ("A pact of members", "A league of members")


def test_events_of_an_imported_snapshot_have_its_origin():
    page = Page()
    page.read("The pact has 83 members.", origin=Origin.IMPORT)
    assert page.read("The pact has 85 members.", origin=Origin.IMPORT).events[0].origin is Origin.IMPORT


def test_a_consent_bar_that_counts_its_partners_is_silent():
    bar = '<div id="cookie-law-info-bar">We and our {} partners store data.</div>'
    page = Page(MEMBERS)
    page.read("The pact has 82 partners.", bar.format(1711))
    assert page.read("The pact has 82 partners.", bar.format(1717)).events == ()


def test_the_reader_is_named_by_code_and_facts_whatever_their_order():
    assert parser_version_of((MEMBERS, BOATS)) == parser_version_of((BOATS, MEMBERS))
    assert parser_version_of((MEMBERS,)) != parser_version_of((BOATS,))
    assert parser_version_of(()).code == PARSER_VERSION
    assert ParserVersion.parse(parser_version_of((MEMBERS,)).digest) == parser_version_of((MEMBERS,))
