"""Redirects that are no 3xx: a meta refresh or Refresh field on a page with hardly any text makes it moved, to where it leads; nothing is followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.extraction.refresh import Refresh, destination, parse
from monitor.model import CurrentVersion, EventKind, PageHealth, PageMemory, Verdict
from monitor.pipeline.analyze import EvaluationPolicy, analyze, evaluate
from rendering import sentences
from tests.support.heart import MEMBERS, snapshot

URL = "https://pact.example/members/"
SENTENCE = "The pact has 87 members in 12 valleys, and each of them has one vote at the yearly meeting."


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        ("0; url=/new", Refresh(0, "/new")),
        ("0;URL='/a b'", Refresh(0, "/a b")),
        ('5;url="/new"; and more', Refresh(5, "/new")),
        ("0, url=/new", Refresh(0, "/new")),
        ("0 url=/new", Refresh(0, "/new")),
        ("\n 0 ;\t Url \n=  '/new", Refresh(0, "/new")),
        ("0;/new", Refresh(0, "/new")),
        ("0;'/new'", Refresh(0, "/new")),
        ("2.75;url=/new", Refresh(2, "/new")),
        (".5;url=/new", Refresh(0, "/new")),
        ("0;urls/new", Refresh(0, "urls/new")),
        ("300", Refresh(300)),
        ("300;", Refresh(300)),
        ("0;url=", Refresh(0)),
        ("9" * 5000 + ";url=/new", Refresh(10**9)),
        ("", None),
        ("url=/new", None),
        ("-1;url=/new", None),
        ("0x;url=/new", None),
        ("soon", None),
    ],
)
def test_a_refresh_is_parsed_as_browsers_do(value: str, declared: Refresh | None):
    assert parse(value) == declared


@pytest.mark.parametrize(
    ("target", "base", "leads_to"),
    [
        ("/new", URL, "https://pact.example/new"),
        ("new?a=1", URL, "https://pact.example/members/new?a=1"),
        ("//other.example", URL, "https://other.example"),
        ("\\\\other.example\\x", URL, "https://other.example/x"),
        ("https://me:secret@other.example/", URL, "https://other.example/"),
        ("/n\new", URL, "https://pact.example/new"),
        ("javascript:go()", URL, None),
        ("mailto:a@pact.example", URL, None),
        ("https://[broken", URL, None),
        ("", URL, None),
    ],
)
def test_a_refresh_leads_to_an_absolute_url_without_secrets_or_nowhere(target: str, base: str, leads_to: str | None):
    assert destination(Refresh(0, target), base) == leads_to


def judged(markup: str, field: str | None = None):
    return analyze(markup.encode(), replace(snapshot(), final_url=URL, refresh=field), (MEMBERS,))


@pytest.mark.parametrize(
    ("markup", "leads_to"),
    [
        ("<meta http-equiv=refresh content='0; URL=/new'><p>This page has moved. You will be taken there.", "https://pact.example/new"),
        ("<META HTTP-EQUIV=Refresh CONTENT=\"0;URL='/new?a=1&amp;b=2'\">", "https://pact.example/new?a=1&b=2"),
        ("<base href=/sub/><meta http-equiv=refresh content='3, url=new'><p>One moment.", "https://pact.example/sub/new"),
        ("<title>Object moved</title><meta http-equiv=refresh content='0;https://other.example/'><h1>Object moved</h1>", "https://other.example/"),
        ("<title>Redirecting</title><meta http-equiv=refresh content='5;url=https://other.example/'><p>You are being redirected.", "https://other.example/"),
        ("<meta http-equiv=refresh content=soon><meta http-equiv=refresh content='0;url=/new'>", "https://pact.example/new"),
        ("<p>Our new address is near.<meta http-equiv=refresh content='10;url=/new'>", "https://pact.example/new"),
        ("<meta http-equiv=refresh content='0;url=?lang=en'>", "https://pact.example/members/?lang=en"),
        ("<meta http-equiv=refresh content='0;url=http://pact.example/members/'>", "http://pact.example/members/"),
        ("<nav><a href=/>Home</a><a href=/a>About</a></nav><meta http-equiv=refresh content='0;url=/new'>", "https://pact.example/new"),
    ],
)  # fmt: skip
def test_a_page_with_hardly_any_text_that_sends_its_visitors_on_has_moved(markup: str, leads_to: str):
    says = judged(markup)
    assert (says.verdict, says.moved_to) == (Verdict.MOVED, leads_to)
    assert leads_to in says.reason


@pytest.mark.parametrize(
    ("markup", "verdict"),
    [
        (f"<meta http-equiv=refresh content='300;url=/new'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='5'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='5;url={URL}#top'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='5;url=http://www.pact.example/members?t=1'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='0;url=#top'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='0;url=javascript:go()'><p>{SENTENCE}", Verdict.OK),
        (f"<noscript><meta http-equiv=refresh content='0;url=/without-scripts'></noscript><p>{SENTENCE}", Verdict.OK),
        (f"<template><meta http-equiv=refresh content='0;url=/new'></template><p>{SENTENCE}", Verdict.OK),
        (f"<!-- <meta http-equiv=refresh content='0;url=/new'> --><p>{SENTENCE}", Verdict.OK),
        (f"<meta name=refresh content='0;url=/new'><p>{SENTENCE}", Verdict.OK),
        (f"<meta http-equiv=refresh content='0;url=/new'>{f'<p>{SENTENCE}</p>' * 6}", Verdict.OK),
        (f"<meta http-equiv=refresh content='20;url=/next'>{f'<p>{SENTENCE}</p>' * 3}", Verdict.OK),
        ("<title>Page not found</title><h1>Page not found</h1><meta http-equiv=refresh content='5;url=/'>", Verdict.SOFT_ERROR),
        ("<meta http-equiv=refresh content='0;url=/?bm-verify=AAQAAAA'><script>bm-verify=</script>", Verdict.BLOCKED),
        ("<noscript><meta http-equiv=refresh content='0;url=/new'></noscript>", Verdict.SOFT_ERROR),
    ],
)  # fmt: skip
def test_other_pages_with_a_refresh_have_not_moved(markup: str, verdict: Verdict):
    says = judged(markup)
    assert (says.verdict, says.moved_to) == (verdict, "")


def test_a_refresh_field_counts_like_the_element_and_before_it():
    waiting = "<p>Please wait, we bring you to the new page of the pact."
    assert judged(waiting).verdict is Verdict.OK
    assert judged(waiting, "0; url=/new").moved_to == "https://pact.example/new"
    assert judged(waiting, "not a refresh").verdict is Verdict.OK
    both = f"{waiting}<meta http-equiv=refresh content='0;url=/element'>"
    assert judged(both, "0;url=/field").moved_to == "https://pact.example/field"


@pytest.mark.parametrize(
    "script", ["location.href = '/new'", "location.replace('/new')", "window.location = '/new'", "location='/new'"]
)
def test_a_page_that_only_a_script_leaves_is_not_ok(script: str):
    for text in ("", "<p>Redirecting…</p>", "<p>Please wait</p>"):
        assert judged(f"<title>The pact</title>{text}<script>{script}</script>").verdict is not Verdict.OK


def test_two_looks_at_a_page_that_sends_its_visitors_on_tell_that_it_moved_and_where_to():
    good = analyze(f"<h1>The pact</h1><p>{SENTENCE}".encode(), replace(snapshot(1), final_url=URL), (MEMBERS,))
    first = evaluate(replace(snapshot(1), final_url=URL), good, PageMemory(), None, EvaluationPolicy(URL))
    assert first.version is not None
    states = {state.fact: state for state in first.states}
    known = PageMemory(CurrentVersion(1, first.version, replace(snapshot(1), final_url=URL)), states=states)
    health = PageHealth()
    told = []
    for number in (2, 3, 4):
        seen = replace(snapshot(number), final_url=URL, refresh="0; url=/new")
        says = analyze(b"<p>Please wait, we bring you to the new page.", seen, (MEMBERS,))
        result = evaluate(seen, says, replace(known, health=health), first.version, EvaluationPolicy(URL))
        assert (result.verdict, result.version, result.states) == (Verdict.MOVED, None, ())
        health = result.health or health
        told.extend(event.change for event in result.events)
    assert [(change.kind, change.before, change.after) for change in told] == [
        (EventKind.PAGE_MOVED, URL, "https://pact.example/new")
    ]
    assert sentences.summary(told[0]) == "moved to https://pact.example/new since 2 March 2024"
