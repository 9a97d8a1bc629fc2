"""Messages of the default rule over real page histories: how many a year, and how many of them are right.

Each history is imported into a new database, snapshot by snapshot; the planner makes the messages of each check as if it were live. A message is right
if an analyst who monitors the content of the page would want it: at least one of its changes is a true change of the content. It is wrong if all its
changes are boilerplate, rotation, layout, unstable extraction or wrongly stated values. The labels were made by hand: `eval.message_labels`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from alerts.grouping import group
from alerts.model import EmailChannel, RecordedEvent, Security, StoryEvent
from alerts.plan import Recipients, plan
from alerts.rules import default_rule
from eval.files import history_names, json_lines, moment, unpacked
from eval.message_labels import MessageLabels, item_digest
from eval.telling import reported_by_import
from monitor.model import Change
from rendering.event_text import sentence_with_units
from rendering.links import Links

Row = dict[str, Any]

HALVES = ("first", "second")
"""The halves of a history, by its snapshots in order of time: causes are looked for in the first only."""
TEXT = "ota_text"
"""What the ground truth calls a change of the text."""
TRUTH_ERRORS = 1
"""Changes of numbers that the ground truth names and no page states: it gives 31 for 31,114."""
_CHANNEL = EmailChannel("desk", "mail.example", 587, Security.STARTTLS, "watch@mail.example", ("desk@mail.example",))
_YEAR = timedelta(days=365.25)
_SHOWN = 300
"""Characters of a sentence that a listing prints."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that the default rule would have sent.

    Attributes:
        at: Time of the snapshot that caused it, to the second, UTC.
        subject: Its subject.
        changes: Its changes, the most important first.
    """

    at: datetime
    subject: str
    changes: tuple[Change, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """What labels call its changes."""
        return tuple(map(item_digest, self.changes))


@dataclass(frozen=True, slots=True)
class MessageScore:
    """Messages of one half of a history.

    Attributes:
        history: Its name.
        half: One of `HALVES`.
        years: From the first snapshot of the half to the last.
        right: Number of messages labelled right.
        announced: Number of those that are right only because of an announcement in a bar above the navigation.
        wrong: For each reason, the number of messages labelled wrong.
        unlabelled: Messages without a label.
        true_changes: Number of true changes that the ground truth names.
        unsent: Those of them that no message of their step states, one line each.
        unsent_numbers: Number of those that are changes of a number.
    """

    history: str
    half: str
    years: float
    right: int
    announced: int
    wrong: dict[str, int]
    unlabelled: tuple[SentMessage, ...]
    true_changes: int
    unsent: tuple[str, ...]
    unsent_numbers: int

    @property
    def messages(self) -> int:
        """Number of messages."""
        return self.right + sum(self.wrong.values()) + len(self.unlabelled)


def run(folder: Path, names: list[str], *, listing: Path | None = None, workers: int = 2) -> list[MessageScore]:
    """Score histories, several at a time, and print the tables.

    Args:
        folder: Folder of histories.
        names: Only these; empty: all.
        listing: File to which every message is written, one per line, with its changes indented below; None writes none.
        workers: Number of processes.
    """
    chosen = names or history_names(folder)
    scores: list[MessageScore] = []
    lines: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        for number, (halves, printed) in enumerate(pool.map(partial(_named, folder), chosen), 1):
            print(f"{number} of {len(chosen)} histories", file=sys.stderr)
            scores += halves
            lines += printed
    if listing is not None:
        listing.write_text("".join(f"{line}\n" for line in lines))
    console = Console(width=140)
    console.print(_table("Messages", scores, by_half=False))
    console.print(_table("Messages by half", scores, by_half=True))
    for half in HALVES:
        reasons: Counter[str] = Counter()
        for one in scores:
            if one.half == half:
                reasons.update(one.wrong)
        print(
            f"wrong, {half} halves: {', '.join(f'{reason} {count}' for reason, count in reasons.most_common()) or 'none'}"
        )
    for score in scores:
        for line in score.unsent:
            print(f"unsent      {score.history}  {line}")
        for message in score.unlabelled:
            print(f"unlabelled  {score.history}  {message.at:%Y-%m-%dT%H:%M:%SZ}  {message.subject}")
    return scores


def holds(scores: Sequence[MessageScore]) -> bool:
    """Return whether every message has a label, and the true changes of numbers were sent."""
    return (
        not any(score.unlabelled for score in scores) and sum(score.unsent_numbers for score in scores) <= TRUTH_ERRORS
    )


def messages_of(events: Sequence[RecordedEvent]) -> Iterator[SentMessage]:
    """Yield the messages that the default rule sends for these events, each visit planned as when it is live, without a limit of messages an hour."""
    visits: defaultdict[Hashable, list[RecordedEvent]] = defaultdict(list)
    for recorded in events:
        visits[recorded.visit_id or ("event", recorded.id)].append(recorded)
    rules = (default_rule([_CHANNEL.name]),)
    for visit in visits.values():
        by_id = {recorded.id: recorded for recorded in visit}
        at = visit[0].event.snapshot.taken_at
        uids = (f"msg_{number:032x}" for number in range(len(visit)))
        recipients = Recipients({_CHANNEL.name: _CHANNEL}, Links(None), partial(next, uids))
        for delivery in plan(visit, rules, recipients, at).deliveries:
            (story,) = group([StoryEvent(by_id[alert.event_id], alert.rule) for alert in delivery.alerts])
            changes = tuple(item.shown.event.change for item in story.items)
            yield SentMessage(at.replace(microsecond=0), str(delivery.payload["subject"]), changes)


def _named(folder: Path, name: str) -> tuple[list[MessageScore], list[str]]:
    with unpacked(folder, name) as history:
        if history is None:
            raise SystemExit(f"{folder} has no history called {name}")
        return _scored(history, MessageLabels.of(name))


def _scored(folder: Path, labels: MessageLabels) -> tuple[list[MessageScore], list[str]]:
    times = sorted(moment(row["date"]) for row in json_lines(folder / "manifest.jsonl"))
    sent = list(messages_of(reported_by_import(folder).events))
    truths = [row for row in json_lines(folder / "transitions.jsonl") if row.get("page_change", True)]
    middle = len(times) // 2
    bounds = zip(HALVES, (times[: middle + 1], times[middle:]), strict=True)
    scores = [
        score(
            folder.name,
            half,
            part,
            [message for message in sent if half_at(message.at, times) == half],
            [truth for truth in truths if half_at(moment(truth["to_date"]), times) == half],
            labels,
        )
        for half, part in bounds
    ]
    return scores, [line for message in sent for line in _listed(folder.name, message, labels, times)]


def half_at(at: datetime, times: Sequence[datetime]) -> str:
    """Return the half of a history that a time belongs to; `times` are those of its snapshots, in order."""
    return HALVES[at > times[len(times) // 2]]


def score(
    history: str,
    half: str,
    times: Sequence[datetime],
    sent: Sequence[SentMessage],
    truths: Sequence[Row],
    labels: MessageLabels,
) -> MessageScore:
    """Return the score of one half: its messages by their labels, and the true changes that none of them states."""
    right = announced = 0
    wrong: defaultdict[str, int] = defaultdict(int)
    unlabelled = []
    for message in sent:
        label = labels.judge(message.at, message.digests)
        if label is None:
            unlabelled.append(message)
        elif label.right:
            right += 1
            announced += label.announced
        else:
            wrong[label.reason] += 1
    unsent = [truth for truth in truths if not any(states(message, truth) for message in sent)]
    lines = tuple(f"{truth['to_date']}  {truth['fact']}: {truth.get('old')} → {truth.get('new')}" for truth in unsent)
    numbers = sum(truth["fact"] != TEXT for truth in unsent)
    years = (times[-1] - times[0]) / _YEAR
    return MessageScore(
        history, half, years, right, announced, dict(wrong), tuple(unlabelled), len(truths), lines, numbers
    )


def states(message: SentMessage, truth: Row) -> bool:
    """Return whether a message states a true change: it is of its step, and, for a change of a number, one change of the message states the new value."""
    if message.at != moment(truth["to_date"]):
        return False
    if truth["fact"] == TEXT or truth.get("new") is None:
        return True
    wanted = re.compile(rf"(?<![\d.]){re.escape(_bare(str(truth['new'])))}(?!\d)")
    return any(
        wanted.search(_bare(" ".join(map(str, (change.after, change.quote_after, change.sentence_after)))))
        for change in message.changes
    )


def _bare(text: str) -> str:
    return text.replace(",", "").casefold()


def _listed(history: str, message: SentMessage, labels: MessageLabels, times: Sequence[datetime]) -> Iterator[str]:
    label = labels.judge(message.at, message.digests)
    verdict = "unlabelled" if label is None else "right" if label.right else f"wrong ({label.reason})"
    half = half_at(message.at, times)
    yield f"{history}  {half}  {message.at:%Y-%m-%dT%H:%M:%SZ}  {verdict}  {message.subject}"
    for change in message.changes:
        before, after = (
            (text or "–")[:_SHOWN].replace("\n", " ") for text in (change.sentence_before, change.sentence_after)
        )
        summary = sentence_with_units(change)
        yield f"    {item_digest(change)}  {change.kind} {change.level}  {summary}  |  {before}  →  {after}"


def _table(title: str, scores: Sequence[MessageScore], *, by_half: bool) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("history")
    names = (
        "messages",
        "years",
        "a year",
        "right",
        "announced",
        "wrong",
        "unlabelled",
        "precision",
        "true changes",
        "unsent",
    )
    for name in names:
        table.add_column(name, justify="right")
    groups: defaultdict[str, list[MessageScore]] = defaultdict(list)
    for one in scores:
        groups[f"{one.history}, {one.half}" if by_half else one.history].append(one)
    for name, parts in groups.items():
        table.add_row(name, *_cells(parts))
    table.add_section()
    for half in HALVES if by_half else ():
        table.add_row(f"all, {half}", *_cells([one for one in scores if one.half == half]))
    if not by_half:
        table.add_row("all", *_cells(scores))
    return table


def _cells(scores: Sequence[MessageScore]) -> Iterator[str]:
    messages, right = sum(one.messages for one in scores), sum(one.right for one in scores)
    wrong, unlabelled = (
        sum(sum(one.wrong.values()) for one in scores),
        sum(len(one.unlabelled) for one in scores),
    )
    years = sum(one.years for one in scores)
    yield str(messages)
    yield f"{years:.1f}"
    yield f"{messages / years:.1f}" if years else "–"
    yield from map(str, (right, sum(one.announced for one in scores), wrong, unlabelled))
    # A message without a label counts as wrong.
    yield f"{right / messages:.3f}" if messages else "–"
    yield str(sum(one.true_changes for one in scores))
    yield str(sum(len(one.unsent) for one in scores))
