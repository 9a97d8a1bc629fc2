"""Neutral layout of a message for chat and push services: lines of styled texts, one group for each change. Pure.

Renderers turn lines into the markup of their service (`alerts.messages.markup`) or into its structured elements. Only http and https addresses become links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alerts.messages.message import Message, MessageItem, MessageKind, PageReference, passages
from monitor.model import Level
from rendering.event_text import Side

PAGE_LIMIT = 10
"""Number of further pages of a change that are listed by name."""


class Style(StrEnum):
    """How a text is shown. QUOTE is what the page states, MARK the changed part of it, LABEL secondary text."""

    PLAIN = "plain"
    STRONG = "strong"
    QUOTE = "quote"
    MARK = "mark"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Span:
    """A text in one style; with `url`, a link."""

    text: str
    style: Style = Style.PLAIN
    url: str | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A message in lines.

    Attributes:
        head: What precedes the changes; empty for a message about one change.
        groups: The lines of each change; the first line is its summary.
        foot: What follows them: the number of further changes, the link to all, and why the message was sent.
    """

    head: tuple[Line, ...]
    groups: tuple[tuple[Line, ...], ...]
    foot: tuple[Line, ...]


def layout(message: Message) -> Layout:
    """Return the lines of a message."""
    several = len(message.items) > 1 or message.kind is not MessageKind.CHECK
    head = [(Span(message.subject, Style.STRONG),)] if several and message.subject else []
    if message.intro:
        head.append((Span(message.intro),))
    return Layout(tuple(head), tuple(tuple(_item(item)) for item in message.items), tuple(_foot(message)))


def without_subject(content: Layout, message: Message) -> Layout:
    """Return a layout without the line of the subject, for services that show it as a title."""
    return replace(content, head=tuple(line for line in content.head if line[0].text != message.subject))


def is_quote(line: Line) -> bool:
    """Return whether a line is what the page states."""
    return any(span.style in (Style.QUOTE, Style.MARK) for span in line)


def web_url(url: str | None) -> str | None:
    """Return an http or https address as it is; None for anything else."""
    return url if url is not None and url.startswith(("http://", "https://")) and url.isascii() else None


def more_line(count: int, message: Message) -> Line:
    """Return the line for changes that a message does not show."""
    return (Span(f"And {count:,} more {'change' if count == 1 else 'changes'}: pagewitness alerts show {message.uid}"),)


def priority_of(message: Message) -> Level:
    """Return the highest level of a message's changes."""
    order = (Level.FACT, Level.HEALTH, Level.NUMBER, Level.TEXT)
    levels = {item.level for item in message.items}
    return next((level for level in order if level in levels), Level.NOISE)


def _item(item: MessageItem) -> Iterator[Line]:
    yield (Span(item.summary, Style.STRONG),)
    heading = Span(item.heading, Style.LABEL)
    yield (heading,) if item.page is None else (heading, Span(" · "), _page(item.page))
    if item.also_on:
        yield (Span("Also on ", Style.LABEL), *_pages(item.also_on))
    if item.interval:
        yield (Span(item.interval, Style.LABEL),)
    yield from _side(item.now)
    if item.before:
        yield from _side(item.before)
    if item.advice:
        yield (Span(item.advice),)


def _page(page: PageReference) -> Span:
    return Span(page.name or page.url_shown, url=web_url(page.url))


def _pages(pages: Sequence[PageReference]) -> Iterator[Span]:
    for index, page in enumerate(pages[:PAGE_LIMIT]):
        if index:
            yield Span(", ")
        yield _page(page)
    if len(pages) > PAGE_LIMIT:
        yield Span(f" and {len(pages) - PAGE_LIMIT:,} more pages")


def _side(side: Side) -> Iterator[Line]:
    title = f"{side.title}, {side.seen} " if side.seen else f"{side.title} "
    yield (Span(title, Style.LABEL), Span(side.time, Style.LABEL, web_url(side.link)))
    for value, parts in passages(side):
        stated = () if value is None else (Span(f"{value}: ", Style.QUOTE),)
        shown = (*stated, *(Span(text, Style.MARK if is_marked else Style.QUOTE) for text, is_marked in parts))
        if shown:
            yield shown


def _foot(message: Message) -> Iterator[Line]:
    if message.more:
        yield more_line(message.more, message)
    if web_url(message.link):
        yield (Span(message.link_label, url=web_url(message.link)),)
    for reason in message.why:
        yield (Span(reason, Style.LABEL),)
