"""The demo's proof: compares the events received by a script, by mail and by webhook with those that the script of years expects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urljoin

import requests

from monitor.model import JsonValue, Level
from pagewitness.composition import AppContext
from pagewitness.demo.judge import (
    ReportedEvent,
    as_mailed,
    differences,
    expected,
    from_event,
    from_mail,
    from_webhook,
    states,
)
from pagewitness.demo.watching import Stage
from pagewitness.demo.years import EXPECTED
from pagewitness.replay.address import digits
from pagewitness.settings import PREFIX

_LONGEST_SECONDS = 60


def prove(stage: Stage) -> list[str]:
    """Return one line for each deviation from the script; empty if there is none."""
    changes = [row for row in _changes(stage.app) if row["level"] == Level.FACT.value]
    expected_events = expected(EXPECTED, stage.site.url)
    return [
        *differences("changes --json", expected_events, map(from_event, changes)),
        *_mails(stage, [as_mailed(reported) for reported in expected_events]),
        *differences(
            "webhook",
            expected_events,
            (event for message in stage.hooks.messages for event in from_webhook(message.body)),
        ),
        *(f"webhook: refused: {reason}" for reason in stage.hooks.refused),
        *_repeated("webhook", [message.headers["webhook-id"] for message in stage.hooks.messages]),
        *(problem for row in changes for problem in _replays(stage, row)),
    ]


def _changes(app: AppContext) -> list[dict[str, JsonValue]]:
    """Return the rows of `changes --json`, run as a subprocess as any script would."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    completed = subprocess.run(  # noqa: S603 — our own command line
        [sys.executable, "-m", "pagewitness", "changes", "--json", "--db", app.settings.database_url],
        env=environ,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        timeout=_LONGEST_SECONDS,
    )
    return [json.loads(line) for line in completed.stdout.splitlines()]


def _mails(stage: Stage, expected_events: list[ReportedEvent]) -> list[str]:
    reported: list[ReportedEvent] = []
    problems: list[str] = []
    for message in stage.mailbox.messages:
        try:
            reported.extend(from_mail(message))
        except ValueError as error:
            problems.append(f"mailbox: {error}")
    ids = [str(message["Message-ID"]) for message in stage.mailbox.messages]
    return [*differences("mailbox", expected_events, reported), *problems, *_repeated("mailbox", ids)]


def _repeated(where: str, ids: list[str]) -> list[str]:
    return [f"{where}: {count} times the id {name}" for name, count in Counter(ids).items() if count > 1]


def _replays(stage: Stage, event: Mapping[str, JsonValue]) -> list[str]:
    """Return one line for each side of an event whose replay lacks the quoted sentence."""
    problems = []
    for time, sentence in ((event["from_at"], event["sentence_before"]), (event["at"], event["sentence_after"])):
        if sentence is None:
            continue
        address = urljoin(stage.web.url, f"replay/{digits(datetime.fromisoformat(time))}id_/{event['url']}")
        response = requests.get(address, timeout=_LONGEST_SECONDS)
        if response.status_code != 200 or not states(response.content, sentence):
            problems.append(f"replay: {address} ({response.status_code}) does not say: {sentence}")
    return problems
