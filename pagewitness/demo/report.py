"""The demo's final report: the fact history, the contradictions, the mails and webhooks received, and figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from sqlalchemy import func, select

from alerts.model import RecordedEvent
from monitor.model import EventKind
from monitor.tracking.fact_history import statement_changes
from pagewitness.demo.watching import LABELS, Stage
from pagewitness.web.links import replay_link
from rendering.text_safety import excerpt, one_line
from storage.queries.history import FactHistoryRow
from storage.schema import bodies

WIDTH = 120
"""Columns if stdout is not a terminal."""

_LABEL_WIDTH = max(map(len, LABELS.values()))


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals of the demo run.

    Attributes:
        checks: Checks, failed ones included.
        versions: The number of times that a page's extracted content changed.
        bodies: Distinct bodies stored.
        raw_bytes: Their total length.
        stored_bytes: Their size in the database.
        seconds: Real seconds from the first check to the last alert.
    """

    checks: int
    versions: int
    bodies: int
    raw_bytes: int
    stored_bytes: int
    seconds: float


def figures(stage: Stage, seconds: float) -> Figures:
    """Compute the totals from the database."""
    pages = stage.app.history.pages()
    sums = select(
        func.count(),
        func.coalesce(func.sum(bodies.c.length_bytes), 0),
        func.coalesce(func.sum(func.length(bodies.c.data)), 0),
    )
    with stage.app.database.read() as connection:
        count, raw, stored = connection.execute(sums).one()
    checks, versions = sum(page.snapshots for page in pages), sum(page.versions for page in pages)
    return Figures(checks, versions, count, raw, stored, seconds)


def show(console: Console, stage: Stage, counted: Figures) -> None:
    """Print the report."""
    fact_history = list(statement_changes(stage.app.history.stream_statements()))
    for title, content in (
        ("What the pages stated, and since when", _fact_history(stage, fact_history)),
        ("Pages that contradicted themselves", Group(*_contradictions(stage))),
        ("The mailbox", _subjects(stage.mailbox.messages)),
        ("The last mail in full", _mail(stage.mailbox.messages)),
        ("The last webhook", _last_webhook(stage)),
        ("In figures", _figures(stage, counted)),
    ):
        console.print(Rule(Text(title, style="bold"), align="left", style="dim"))
        console.print(content)
        console.print()


def _fact_history(stage: Stage, rows: Sequence[FactHistoryRow]) -> Group:
    """Return two lines for each row: the statement cut to the width, and its replay link."""
    return Group(*(line for row in rows for line in (_statement(row), _replay(stage, row))))


def _statement(row: FactHistoryRow) -> Text:
    other_values = "".join(f" / {statement['value']}" for statement in _other_statements(row))
    count = "—" if row.value is None else f"{row.value}{other_values}"
    text = _sentence(row.sentence, row.quote) if row.value is not None else Text("no longer stated", style="yellow")
    line = Text.assemble(
        (f"{row.at:%Y-%m-%d}  ", "cyan"),
        f"{row.page_label:<{_LABEL_WIDTH}}  ",
        (f"{count:>7}  ", "bold red" if other_values else "bold"),
        text,
    )
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _replay(stage: Stage, row: FactHistoryRow) -> Text:
    path = replay_link(row.page_url, stage.app.history.snapshot(row.snapshot_id)) or "/"
    return Text(f"{'':12}{stage.web.url.rstrip('/')}{path}", style="dim", overflow="fold")


def _other_statements(row: FactHistoryRow) -> list[dict[str, object]]:
    """Return one statement for each other value."""
    return list({statement["value"]: dict(statement) for statement in row.contradicts}.values())


def _contradictions(stage: Stage) -> Iterator[RenderableType]:
    for recorded in stage.app.history.events():
        if recorded.event.change.kind is EventKind.FACT_CONTRADICTION:
            yield _contradiction(stage, recorded)


def _contradiction(stage: Stage, recorded: RecordedEvent) -> Panel:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for statement in recorded.event.change.detail["quotes"]:
        text = _sentence(statement["sentence"], statement["quote"])
        table.add_row(Text(str(statement["value"]), style="bold red"), text)
    link = stage.app.links().after(recorded.event, recorded.page_url) or ""
    title = f"{recorded.event.snapshot.taken_at:%Y-%m-%d}  {recorded.page_label}"
    return Panel(Group(table, Text(link, style="dim")), title=title, title_align="left", border_style="red")


def _subjects(messages: Sequence[EmailMessage]) -> RenderableType:
    if not messages:
        return Text("It is empty.", style="yellow")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for number, message in enumerate(messages, 1):
        table.add_row(Text(str(number), style="dim"), Text(one_line(str(message["Subject"]))))
    return table


def _mail(messages: Sequence[EmailMessage]) -> RenderableType:
    if not messages:
        return Text("There is none.", style="yellow")
    mail = messages[-1]
    body = mail.get_body(("plain",))
    headers = "\n".join(
        f"{name}: {one_line(str(mail[name]))}" for name in ("From", "To", "Subject", "Date", "Message-ID")
    )
    text = body.get_content() if body is not None else ""
    return Panel(Group(Text(headers, style="dim"), "", Text(text.strip())), border_style="cyan")


def _last_webhook(stage: Stage) -> RenderableType:
    if not stage.hooks.messages:
        return Text("There is none.", style="yellow")
    last = stage.hooks.messages[-1]
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = "\n".join(f"{name}: {one_line(last.headers[name])}" for name in names)
    body = json.dumps(last.body, indent=2, ensure_ascii=False)
    return Panel(Group(Text(headers, style="dim"), "", Text(body)), border_style="cyan")


def _figures(stage: Stage, counted: Figures) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    ratio = counted.raw_bytes / max(counted.stored_bytes, 1)
    milliseconds = 1000 * counted.seconds / max(counted.checks, 1)
    for name, text in (
        ("checks", f"{counted.checks} at {len(stage.app.history.pages())} pages, {counted.versions} versions"),
        ("time", f"{counted.seconds:.1f} s, {milliseconds:.0f} ms per check from request to alert"),
        (
            "archived",
            f"{counted.bodies} different bodies, {_size(counted.raw_bytes)} kept in {_size(counted.stored_bytes)} (1 : {ratio:.0f})",
        ),
        ("sent", f"{len(stage.mailbox.messages)} mails, {len(stage.hooks.messages)} signed webhooks"),
    ):
        table.add_row(Text(name, style="dim"), Text(text))
    return table


def _sentence(sentence: str | None, quote: str | None) -> Text:
    passage = excerpt(sentence, quote)
    return Text.assemble(passage.lead, (passage.mark, "bold"), passage.tail) if passage else Text("")


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"
