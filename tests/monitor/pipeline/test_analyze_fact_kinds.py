"""What is told of dates, texts, lists and counts held against a list, look after look."""

from __future__ import annotations

import pytest

from monitor.model import EventKind, FactDefinition, FactKind, Lookup
from rendering import sentences
from tests.monitor.pipeline.test_analyze import Page, kinds

DATE = FactDefinition("founded", FactKind.DATE_OF, ("founded",))
TEXT = FactDefinition("head", FactKind.TEXT, pattern=r"Secretary General: (?P<name>[^.,;]+)")
STATUS = FactDefinition("status", FactKind.TEXT, source=Lookup("#status"))
LIST = FactDefinition("partner_list", FactKind.LIST, source=Lookup(None, "Our partners"))
COUNT = FactDefinition("partner_count", FactKind.COUNT_OF, ("partners",), against=LIST)


def listed(*names):
    return f"<h2>Our partners</h2><ul>{''.join(f'<li>{name}</li>' for name in names)}</ul>"


def facts_told(result):
    return [event.change for event in result.events if event.change.kind.startswith("fact_")]


@pytest.mark.parametrize(
    ("fact", "before", "after", "values", "summary"),
    [
        (
            DATE,
            "Founded on 10 September 2014.",
            "Founded on 11 September 2014.",
            ("2014-09-10", "2014-09-11"),
            "founded 10 September 2014 → 11 September 2014",
        ),
        (
            TEXT,
            "Secretary General: Ada Brook.",
            "Secretary General: Cy Dale.",
            ("Ada Brook", "Cy Dale"),
            "head Ada Brook → Cy Dale",
        ),
        (STATUS, '<b id="status">Open</b>', '<b id="status">Shut</b>', ("Open", "Shut"), "status Open → Shut"),
        (
            LIST,
            listed("Arland", "Borvia"),
            listed("Borvia", "Cestia"),
            (["Arland", "Borvia"], ["Borvia", "Cestia"]),
            "partner_list + Cestia, − Arland (2 names)",
        ),
    ],
)
def test_another_value_is_a_change(fact, before, after, values, summary):
    page = Page(fact)
    assert page.read("The pact goes on.", before).events == ()
    (change,) = facts_told(page.read("The pact goes on.", after))
    assert (change.kind, change.before, change.after) == (EventKind.FACT_CHANGED, *values)
    assert sentences.summary(change) == summary


@pytest.mark.parametrize(
    ("fact", "before", "after"),
    [
        (DATE, "Founded on 10 September 2014.", "Founded: 2014-09-10"),
        (TEXT, "Secretary General: Ada O'Brook.", "Secretary General:\u00a0 Ada  O’Brook."),
        (LIST, listed("Arland", "Borvia"), listed("BORVIA", " Arland;")),
        (LIST, listed("Brook, Ada", "Dale (Cy)"), listed("Brook , Ada", "Dale ( Cy )")),
        (STATUS, '<b id="status">Open: yes!</b>', '<b id="status">Open : yes !</b>'),
        (STATUS, '<b id="status">Open - now</b>', '<div id="status"><p>Open –</p><p>now</p></div>'),
    ],
)
def test_the_same_value_in_another_format_is_no_change(fact, before, after):
    page = Page(fact)
    page.read("The pact goes on.", before)
    assert facts_told(page.read("The pact goes on.", after)) == []


@pytest.mark.parametrize(
    ("fact", "stated", "lost", "found"),
    [
        (DATE, "Founded on 10 September 2014.", "10 September 2014", "10 September 2014"),
        (TEXT, "Secretary General: Ada Brook.", "Ada Brook", "Ada Brook"),
        (STATUS, '<b id="status">Open</b>', "Open", "Open"),
        (LIST, listed("Arland", "Borvia"), "2 names", "2 names"),
    ],
)
def test_what_stops_matching_is_a_lost_fact(fact, stated, lost, found):
    page = Page(fact)
    page.read("The pact goes on.", stated)
    answers = [facts_told(page.read("The pact goes on.")) for _ in range(4)]
    assert [len(answer) for answer in answers] == [0, 0, 1, 0]
    (change,) = answers[2]
    assert (change.kind, sentences.summary(change)) == (EventKind.FACT_LOST, f"{fact.name} {lost} → no longer stated")
    assert change.before is not None
    (back,) = facts_told(page.read("The pact goes on.", stated))
    assert back.kind is EventKind.FACT_FOUND
    assert sentences.summary(back).endswith(f"→ {found}" if fact is not LIST else found)


def test_the_summary_of_a_list_names_added_and_removed_names():
    page = Page(LIST)
    page.read("The pact goes on.", listed("Arland", "Borvia", "Cestia"))
    (change,) = facts_told(page.read("The pact goes on.", listed("Arland", *(f"N{n}" for n in range(7)), "Cestia")))
    assert sentences.summary(change) == "partner_list + N0, + N1, + N2, + N3, + N4, + 2 more, − Borvia (3 → 9 names)"
    assert change.detail["joined"] == ["N0", "N1", "N2", "N3", "N4", "N5", "N6"]
    assert change.detail["left"] == ["Borvia"]
    assert (change.quote_before, change.quote_after) == ("Borvia", "N0, N1, N2, N3, N4, N5, N6")


def test_a_long_text_is_shortened_in_the_summary_only():
    page = Page(STATUS)
    page.read('<b id="status">Open</b>')
    (change,) = facts_told(page.read(f'<b id="status">{"x" * 500}</b>'))
    assert sentences.summary(change) == f"status Open → {'x' * 79}…"
    assert len(change.after) == 500


def test_stated_against_counted_opens_and_closes_as_a_contradiction():
    page = Page(COUNT)
    assert page.read("The pact has 2 partners.", listed("Arland", "Borvia")).events == ()
    (opened,) = facts_told(page.read("The pact has 2 partners.", listed("Arland", "Borvia", "Cestia")))
    assert (opened.kind, opened.after) == (EventKind.FACT_CONTRADICTION, [2, 3])
    assert sentences.summary(opened) == "partner_count: this page says both 2 and 3 names in partner_list"
    assert [(quote["value"], quote["quote"], quote["sentence"]) for quote in opened.detail["quotes"]] == [
        (2, "2", "The pact has 2 partners."),
        (3, "Our partners", "Our partners"),
    ]
    told = facts_told(page.read("The pact has 3 partners.", listed("Arland", "Borvia", "Cestia")))
    assert [change.kind for change in told] == [EventKind.FACT_CHANGED, EventKind.FACT_AGREED]


def test_a_first_check_reports_a_count_that_its_list_contradicts():
    assert kinds(Page(COUNT).read("The pact has 5 partners.", listed("Arland"))) == [EventKind.FACT_CONTRADICTION]


def test_texts_that_disagree_are_a_contradiction_with_both_quotes():
    page = Page(TEXT)
    page.read("Secretary General: Ada Brook.")
    result = page.read("Secretary General: Ada Brook.", "Secretary General: Cy Dale.")
    (change,) = facts_told(result)
    assert (change.kind, change.after) == (EventKind.FACT_CONTRADICTION, ["Ada Brook", "Cy Dale"])
    assert [quote["quote"] for quote in change.detail["quotes"]] == ["Ada Brook", "Cy Dale"]


def test_a_changed_definition_produces_no_event():
    page = Page(LIST)
    page.read("The pact goes on.", listed("Arland (x)", "Borvia (y)"))
    named = FactDefinition("partner_list", FactKind.LIST, pattern=r"^(?P<n>\w+)", source=LIST.source)
    result = page.read("The pact goes on.", listed("Arland (x)", "Borvia (y)"), facts=(named,))
    assert result.events == ()
    assert page.known.states["partner_list"].value == ["Arland", "Borvia"]


def test_a_fact_that_becomes_a_list_starts_anew_even_where_the_list_comes_later():
    was = FactDefinition("partner_list", FactKind.COUNT_OF, ("partners",))
    page = Page(was)
    page.read("The pact has 87 partners.")
    assert page.read("The pact has 87 partners.", facts=(LIST,)).events == ()
    (change,) = facts_told(page.read("The pact has 87 partners.", listed("Arland"), facts=(LIST,)))
    assert (change.kind, change.after, sentences.summary(change)) == (
        EventKind.FACT_CHANGED,
        ["Arland"],
        "partner_list 87 → 1 name",
    )
