"""The demo as people run it: all of it comes true, and each thing broken on purpose is noticed and named."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from email.message import EmailMessage

import pytest
import requests

from monitor.model import EventKind
from pagewitness.demo.judge import ReportedEvent, as_mailed, differences, expected, from_mail, states
from pagewitness.demo.years import EXPECTED, MOMENTS
from tests.support.patience import PATIENCE_SECONDS

COMMAND = [sys.executable, "-m", "pagewitness.demo"]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PAGEWITNESS_")}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "--exit", *options],
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=280,
    )


def test_the_demo_reports_what_the_script_expects_and_nothing_else():
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    report, verdict = done.stdout.rstrip().rsplit("\n", 1)
    assert verdict.startswith("As the script expects")
    for line in (
        "2014-12-03  Coalition home           60  Sixty partners",
        "87 PARTNERS UNITED",  # one side of the contradiction
        "the Coalition’s 86 members",  # and the other
        "Coalition mission · member_count agrees again: 87 (was both 87 and 86)",  # a subject in the mailbox
        '"type": "pagewitness.event"',  # the webhook's body
        "/replay/20260113090000/http://127.0.0.1:",
        "48 mails, 48 signed webhooks",
    ):
        assert line in report


@pytest.mark.parametrize(
    ("mutant", "named"),
    [
        ("serves-94-for-84", "changes --json: not expected: 2021-12-07 fact_changed 83 → 94"),
        ("no-rule", "mailbox: missing: 2015-12-07 fact_changed 60 → 65"),
        ("block-page-moves", "webhook: not expected: 2016-05-17 fact_changed 65 → 48"),
    ],
)
def test_a_deliberate_fault_is_detected_and_named(mutant: str, named: str):
    done = run("--mutant", mutant)
    assert done.returncode == 1
    assert done.stderr.startswith("Not as the script expects:\n")
    assert named in done.stderr
    assert "All as" not in done.stdout


@pytest.mark.slow
def test_the_demo_succeeds_on_any_database(empty_database_url: str):
    done = run("--db", empty_database_url)
    assert (done.returncode, done.stderr) == (0, "")
    again = run("--db", empty_database_url)
    assert again.returncode == 1
    assert "holds pages already" in again.stderr


@pytest.mark.slow
def test_the_web_stays_up_until_ctrl_c_which_ends_it_cleanly():
    with subprocess.Popen(
        COMMAND, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as demo:
        try:
            assert demo.stdout is not None
            assert demo.stderr is not None
            url = next(
                found[1] for line in demo.stdout if (found := re.match(r"The archive is at (http\S+) until", line))
            )
            page = requests.get(url, timeout=PATIENCE_SECONDS)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(PATIENCE_SECONDS) == 0
            assert demo.stderr.read() == ""
        finally:
            demo.kill()
    assert page.status_code == 200
    assert "Coalition home" in page.text


# --- the judge by itself


def test_an_event_reported_twice_is_as_wrong_as_a_missing_one():
    wanted = expected(EXPECTED[:2], "http://site{}".format)
    assert differences("here", wanted, wanted) == []
    assert differences("here", wanted, wanted[:1]) == [
        "here: missing: 2016-01-12 fact_changed 60 → 65 http://site/en/mission/"
    ]
    assert differences("here", wanted, [*wanted, wanted[0]]) == [
        "here: twice: 2015-12-07 fact_changed 60 → 65 http://site/en/"
    ]


def mail(*changes: tuple[str, str], subject: str = "Home · 2 changes", page: str = "http://site/en/") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    now, before = (f"http://web/replay/{day}090000/{page}" for day in ("20141203", "20141101"))
    message.set_content(
        "".join(f"{heading}\n{line}\n\nNow\n  {now}\nBefore\n  {before}\n" for heading, line in changes)
    )
    return message


@pytest.mark.parametrize(
    ("heading", "line", "kind", "before", "after"),
    [
        ("A key fact changed", "member_count Sixty → 65 (+5)", EventKind.FACT_CHANGED, 60, 65),
        ("A key fact is no longer stated", "member_count 80 → no longer stated", EventKind.FACT_LOST, 80, None),
        ("A key fact is stated again", "member_count back, 80 → 81 (+1)", EventKind.FACT_FOUND, 80, 81),
        (
            "The page contradicts itself",
            "member_count: this page says both 87 and 86",
            EventKind.FACT_CONTRADICTION,
            None,
            (87, 86),
        ),
        ("The page agrees with itself again", "member_count agrees again: 87", EventKind.FACT_AGREED, None, 87),
    ],
)
def test_an_event_is_extracted_from_the_visible_text_of_a_mail(heading, line, kind, before, after):
    reported = ReportedEvent(MOMENTS[0].at, "http://site/en/", kind, before, after)
    assert from_mail(mail((heading, line))) == [as_mailed(reported)]


def test_all_changes_of_a_mail_are_extracted_each_with_the_pages_that_it_lists():
    first, second = (
        ("A key fact changed", "member_count 79 → 80 (+1)"),
        ("A key fact changed", "member_count 80 → 81 (+1)"),
    )
    listed = (second[0], f"{second[1]}\n\nAlso on: Mission\n  http://web/replay/20141203090000/http://site/en/mission/")
    found = from_mail(mail(first, listed))
    assert [(event.page, event.before, event.after) for event in found] == [
        ("http://site/en/", 79, 80),
        ("http://site/en/mission/", 80, 81),
        ("http://site/en/", 80, 81),
    ]


def test_a_mail_of_something_else_is_refused():
    with pytest.raises(ValueError, match="tells of no event: Lunch"):
        from_mail(mail(("Soup today", "none"), subject="Lunch"))


def test_a_sentence_is_found_through_markup_and_white_space_but_not_where_it_is_not():
    body = "<p>The Coalition’s <b>86</b>\n members</p><p>agree.</p>".encode()
    assert states(body, "The Coalition’s 86 members")
    assert not states(body, "The Coalition’s 87 members")
