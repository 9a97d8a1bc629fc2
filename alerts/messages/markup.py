"""Lines of a layout as texts in a service's markup, cut and packed into posts within its limits. Pure.

Text is cut before it is escaped, so that no escape is cut in two and nothing that a page states becomes markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alerts.messages.layout import Layout, Line, Span, Style, more_line
from alerts.messages.message import Message

POST_LIMIT = 20
"""Maximum number of posts of one message; the last one states how many changes are not in them."""
_ELLIPSIS = "…"

_INLINE = re.compile(r"([\\`*_~|<>\[\]&$#@])")
_LINE_START = re.compile(r"^(\s*)([-+=])|^(\s*\d{1,9})([.)])(?=\s|$)")
# Bounded: services name no emoji by more characters.
_SHORTCODE = re.compile(r":(?=(?:(?![\d_]{1,99}:)[\w+-]{1,99}|100|1234):)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Markup:
    """The markup of a service.

    Attributes:
        escape: Returns a text so that the service shows it as it is.
        styles: Returns an escaped text in a style; styles that are missing are shown plain.
        link: Returns an escaped text as a link to an address; None where the markup has no links, so that only lines that are a link show an address.
        size: Returns the length of a text as the service counts it.
        limit: Maximum length of a post.
    """

    escape: Callable[[str], str]
    styles: dict[Style, Callable[[str], str]]
    link: Callable[[str, str], str] | None
    size: Callable[[str], int]
    limit: int

    def line(self, line: Line, limit: int | None = None) -> str:
        """Return a line, cut where it is longer than `limit`; None means the limit of a post."""
        left = self.limit if limit is None else limit
        if self.link is None and len(line) == 1 and line[0].url is not None:
            line = (Span(f"{line[0].text}: {line[0].url}"),)
        text = ""
        for span in line:
            part = self._span(span, left)
            text += part
            left -= self.size(part)
            if left <= 0:
                break
        return text

    def _span(self, span: Span, limit: int) -> str:
        whole = self._styled(span, span.text)
        if self.size(whole) <= limit:
            return whole
        if span.url is not None and self.size(self._styled(span, "")) > limit // 2:
            return self._span(Span(span.text, span.style), limit)
        low, high = 0, len(span.text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.size(self._styled(span, span.text[:middle] + _ELLIPSIS)) <= limit:
                low = middle
            else:
                high = middle - 1
        cut = self._styled(span, span.text[:low].rstrip() + _ELLIPSIS)
        return cut if self.size(cut) <= limit else ""

    def _styled(self, span: Span, text: str) -> str:
        escaped = self.escape(text)
        if text.strip() == text and text and span.style in self.styles:
            escaped = self.styles[span.style](escaped)
        return self.link(escaped, span.url) if span.url is not None and self.link is not None else escaped


def posts(
    content: Layout,
    message: Message,
    markup: Markup,
    *,
    line_end: str = "\n",
    group_end: str = "\n\n",
    most: int = POST_LIMIT,
) -> list[str]:
    """Return a message as posts within the limit. A change is split only where it is too long for a post of its own.

    Args:
        content: The layout.
        message: The message, for the line that counts what does not fit.
        markup: The service's markup.
        line_end: What separates lines.
        group_end: What separates changes.
        most: Maximum number of posts with changes; what follows the changes may need one more.
    """
    packer = _Packer(markup, group_end)
    packer.add(_joined(content.head, markup, line_end))
    for index, group in enumerate(content.groups):
        packer.add(_joined(group, markup, line_end))
        if len(packer.posts) > most:
            packer.cut(most)
            left = len(content.groups) - index + message.more
            rest = tuple(line for line in content.foot[1 if message.more else 0 :])
            packer.add(_joined((more_line(left, message), *rest), markup, line_end))
            return packer.posts
    packer.add(_joined(content.foot, markup, line_end))
    return packer.posts


def markdown(text: str, *, colon: str) -> str:
    r"""Return a text with a backslash before each character that Markdown would interpret (CommonMark §2.4), and no other, for the sake of previews.

    Args:
        text: May be the beginning of a line.
        colon: Replaces a colon that begins the name of an emoji (":tada:").
    """
    escaped = _LINE_START.sub(r"\1\3\\\2\4", _INLINE.sub(r"\\\1", text))
    return _SHORTCODE.sub(lambda _: colon, escaped)


def utf16_units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Return the length of a text in bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


class _Packer:
    """Posts, the last of which may still grow."""

    def __init__(self, markup: Markup, separator: str) -> None:
        self.posts: list[str] = []
        self._markup = markup
        self._separator = separator

    def add(self, parts: Sequence[str]) -> None:
        """Add a group, given in parts that fit into a post each."""
        for index, part in enumerate(parts):
            separator = "\n" if index else self._separator
            grown = f"{self.posts[-1]}{separator}{part}" if self.posts else part
            if self.posts and self._markup.size(grown) <= self._markup.limit:
                self.posts[-1] = grown
            else:
                self.posts.append(part)

    def cut(self, most: int) -> None:
        """Drop the posts beyond the first `most`."""
        del self.posts[most:]


def _joined(lines: Sequence[Line], markup: Markup, line_end: str) -> list[str]:
    """Return lines as one text, or as several where they are longer than a post."""
    texts: list[str] = []
    for line in lines:
        text = markup.line(line)
        if not text:
            continue
        if texts and markup.size(f"{texts[-1]}{line_end}{text}") <= markup.limit:
            texts[-1] += line_end + text
        else:
            texts.append(text)
    return texts
