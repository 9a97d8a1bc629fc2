"""Content of the entries of a feed: what happened, what the page stated before and states now, and links, as HTML and as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from monitor.model import Change, Event, Level
from rendering.event_text import ADVICE, Side, heading, interval_sentence, sentence_below_heading, side_before, side_now
from rendering.links import Links
from rendering.noise_reasons import noise_reason
from rendering.statements import URL_LIMIT, Statement
from rendering.text_safety import one_line

_REASON_LIMIT = 200
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")


def content_html(event: Event, url: str | None, name: str, links: Links) -> str:
    """Return the whole content as HTML, in which every text of a page is escaped.

    Args:
        event: The event.
        url: The page's normalised URL; None for an event without a page.
        name: The page's name; "" without a page.
        links: Links to the replay.
    """
    return safe_text("\n".join(_html(event, url, name, links)))


def content_text(event: Event, url: str | None, links: Links) -> str:
    """Return the whole content as text; for the arguments see `content_html`."""
    return safe_text("\n".join(_text(event, url, links)).strip())


def safe_text(text: str) -> str:
    """Return a text with every character that XML 1.0 forbids replaced by U+FFFD: control characters, lone surrogates and non-characters."""
    return _FORBIDDEN.sub("\ufffd", text)


def uri(url: str) -> str:
    """Return a normalised URL as a URI of RFC 3986. The URL Standard leaves square brackets and stray percent signs in paths and queries unencoded."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority}{slash}{_NOT_IN_URI.sub(_percent_encoded, path)}"


def _percent_encoded(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="replace")


def _sides(event: Event, url: str | None, links: Links) -> Iterator[Side]:
    yield side_now(event, url, links)
    before = side_before(event, url, links)
    if before is not None:
        yield before


def _heading_line(change: Change) -> tuple[str, str]:
    """Return what kind of change it is, and its sentence with the interval."""
    texts = (sentence_below_heading(change), interval_sentence(change))
    return heading(change.kind), " · ".join(text for text in texts if text)


def _notes(change: Change) -> Iterator[str]:
    if change.kind in ADVICE:
        yield ADVICE[change.kind]
    reason = noise_reason(change)
    if reason is not None:
        lowered = "Classified as noise" if change.level is Level.NOISE else "Level lowered"
        yield f"{lowered}: {one_line(reason, _REASON_LIMIT)}."


def _html(event: Event, url: str | None, name: str, links: Links) -> Iterator[str]:
    kind, text = _heading_line(event.change)
    yield f"<p><strong>{escape(kind)}</strong>: {escape(text)}</p>"
    for side in _sides(event, url, links):
        yield f"<p>{escape(_side_title(side))}</p>"
        for statement in side.statements:
            yield f"<blockquote><p>{_statement_html(statement)}</p></blockquote>"
        if side.link is not None:
            yield f'<p><a href="{escape(uri(side.link))}">Archived page</a></p>'
    comparison = links.comparison(event, url)
    if comparison is not None:
        yield f'<p><a href="{escape(uri(comparison))}">Compare both pages</a></p>'
    for note in _notes(event.change):
        yield f"<p>{escape(note)}</p>"
    if url is not None:
        yield f'<p>Page: <a href="{escape(uri(url))}">{escape(name)}</a></p>'


def _text(event: Event, url: str | None, links: Links) -> Iterator[str]:
    kind, text = _heading_line(event.change)
    yield f"{kind}: {text}"
    for side in _sides(event, url, links):
        yield ""
        yield _side_title(side)
        for statement in side.statements:
            passage = statement.passage
            value = "" if statement.value is None else f"{statement.value}: "
            yield f"> {value}{passage.lead}{passage.mark}{passage.tail}"
        if side.link is not None:
            yield f"Archived page: {uri(side.link)}"
    yield ""
    comparison = links.comparison(event, url)
    if comparison is not None:
        yield f"Compare both pages: {uri(comparison)}"
    yield from _notes(event.change)
    if url is not None:
        yield f"Page: {one_line(url, URL_LIMIT)}"


def _side_title(side: Side) -> str:
    return f"{side.title} ({side.seen} {side.time})" if side.seen else f"{side.title} ({side.time})"


def _statement_html(statement: Statement) -> str:
    value = "" if statement.value is None else f"<strong>{escape(statement.value)}</strong>: "
    # Readers that remove <mark> keep <strong>.
    parts = (
        f"<mark><strong>{escape(text)}</strong></mark>" if is_marked else escape(text)
        for text, is_marked in statement.parts
    )
    return f"{value}{''.join(parts)}"
