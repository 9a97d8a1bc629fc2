"""A good look against the page's own last good version: what is wrong only against the past, and what is merely new."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, Document, ParserVersion, Verdict, Version
from monitor.page_status.history_checks import ACCEPTED_AFTER, against
from monitor.page_status.rules import Judgement

OK = Judgement(Verdict.OK, "status 200 with text to read")
HOME = "https://pact.example/members"
_SENTENCES = [
    "The harbour pact was founded by nine towns that wanted to keep their harbours open in winter.",
    "It has 83 members today, and each of them has promised to lend its ice breaker to the others.",
    "The office is in the old customs house at the end of the pier, where the ferries used to land.",
    "Whoever wants to join writes to the office, which asks all the members and answers within a month.",
    "Every spring they meet in another town to agree on what the coming winter will need of them.",
    "The minutes of these meetings are kept in the office, and anybody may read them there.",
]
ENGLISH = "".join(f"<p>{text}</p>" for text in _SENTENCES * 2)
GERMAN = "".join(
    f"<p>{text}</p>"
    for text in [
        "Der Hafenbund wurde von neun Städten gegründet, die ihre Häfen auch im Winter offen halten wollten.",
        "Er hat heute 83 Mitglieder, und jedes von ihnen leiht den anderen seinen Eisbrecher, wenn es nötig ist.",
        "Das Büro ist im alten Zollhaus am Ende der Mole, wo früher die Fähren angelegt haben.",
    ]
)


def version(markup, *, title="The harbour pact", language="en"):
    body = (
        f"<html lang={language}><title>{title}</title><nav><a href=/>The way home to the front page</a></nav>{markup}"
    )
    cleaned = extract(body.encode(), "text/html; charset=utf-8")
    return Version(ParserVersion("test", ""), cleaned.title, cleaned.language, cleaned.blocks, (), ())


WAS = version(ENGLISH)
PARKED = version("<p>This name is for whoever wants it, and it costs next to nothing.</p>" * 3, title="Names")


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (version("<p>An error has come up.</p><p>Please try again later.</p>", title="Error"), Verdict.SOFT_ERROR),
        (version("<p>We will be with you shortly.</p>", title="Harbours"), Verdict.OK),  # its menu is still there
        (Version(ParserVersion("test", ""), "Web server", None, extract(b"<p>It is a fine day.</p>", None).blocks, (), ()), Verdict.EMPTY),
        (version("<p>The pact has 85 members.</p>"), Verdict.OK),
        (version("<p>The pact has 85 members.</p>", title="The harbour pact: news"), Verdict.OK),
        (version(ENGLISH.replace("83", "85")), Verdict.OK),
        (version("<p>Nothing here is as it was.</p>" * 9, title="Another look"), Verdict.OK),
    ],
)  # fmt: skip
def test_a_page_suddenly_tiny_is_doubted_only_with_other_signs(new, verdict):
    judged = against(OK, new, WAS)
    assert judged.verdict is verdict
    assert judged.reason


def test_size_alone_is_never_a_verdict():
    one_line = version("<p>The harbour pact has 85 members.</p>")
    assert len(one_line.text) < 0.05 * len(WAS.text)
    assert against(OK, one_line, WAS).verdict is Verdict.OK


def test_a_page_that_was_short_before_cannot_be_suddenly_tiny():
    short = version("<p>The pact has 83 members.</p>")
    assert against(OK, version("<p>Sorry, 1.</p>", title="Error"), short).verdict is Verdict.OK


def test_another_language_is_doubted_and_a_corrected_declaration_is_not():
    german = version(GERMAN, language="de")
    judged = against(OK, german, WAS)
    assert (judged.verdict, judged.reason) == (Verdict.OTHER_LANGUAGE, "in de, where the page was in en")
    assert against(OK, version(GERMAN, language="en"), WAS).verdict is Verdict.OTHER_LANGUAGE
    assert against(OK, version(ENGLISH, language="de"), WAS).verdict is Verdict.OK
    assert against(OK, version("<p>83 Mitglieder</p>", language="de"), WAS).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("new", "url", "verdict"),
    [
        (PARKED, "https://names.example/", Verdict.MOVED),
        (PARKED, "https://www.pact.example/", Verdict.OK),
        (PARKED, "http://pact.example/new", Verdict.OK),
        (version(ENGLISH), "https://harbours.example/pact", Verdict.OK),
        (version(ENGLISH.replace("83", "85")), "https://harbours.example/pact", Verdict.OK),
        (version(ENGLISH), "", Verdict.OK),
    ],
)
def test_another_host_is_doubted_where_it_shows_another_page(new, url, verdict):
    judged = against(
        OK, new, Version(WAS.reader, WAS.title, WAS.language, _content_only(WAS), (), ()), url=url, previous_url=HOME
    )
    assert judged.verdict is verdict


def test_what_is_wrong_only_against_the_past_is_believed_in_the_end():
    german = version(GERMAN, language="de")
    for seen in range(ACCEPTED_AFTER):
        assert against(OK, german, WAS, missed={"other_language": seen, "failed": 9}).verdict is Verdict.OTHER_LANGUAGE
    judged = against(OK, german, WAS, missed={"other_language": ACCEPTED_AFTER})
    assert (judged.verdict, judged.reason) == (
        Verdict.OK,
        "in de, where the page was in en, at 6 checks so far: this is the page",
    )


def test_an_apology_and_another_host_are_never_believed():
    sorry = version("<p>An error has come up.</p><p>Please try again later.</p>", title="Error")
    assert against(OK, sorry, WAS, missed={"soft_error": 99}).verdict is Verdict.SOFT_ERROR
    was = Version(WAS.reader, WAS.title, WAS.language, _content_only(WAS), (), ())
    judged = against(OK, PARKED, was, url="https://names.example/", previous_url=HOME, missed={"moved": 99})
    assert judged.verdict is Verdict.MOVED


def test_the_past_makes_no_page_good():
    blocked = Judgement(Verdict.BLOCKED, "status 403")
    assert against(blocked, WAS, WAS) is blocked


def _content_only(version):
    return tuple(block for block in version.blocks if block.kind in READING_KINDS)


def test_a_file_where_a_page_was_is_doubted_until_it_stays():
    file = Version(ParserVersion("test", ""), "", None, (), (), (), document=Document("a PDF document", 5, "0" * 64))
    judged = against(OK, file, WAS)
    assert (judged.verdict, judged.reason) == (Verdict.ERROR, "a PDF document where there was a page")
    believed = against(OK, file, WAS, missed={"error": ACCEPTED_AFTER})
    assert believed.verdict is Verdict.OK
    assert against(OK, file, file).verdict is Verdict.OK
