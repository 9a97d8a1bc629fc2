r"""Makes untrusted text safe to display: one line, no hidden characters, bounded length, with its quote located. Pure.

Watched pages are hostile. HTML escaping is done by the templates; the rules here also protect subjects and plain text:

- white space of every kind becomes one space, so that no text can begin a line (or a header) of its own;
- invisible marks without meaning for a reader (zero-width space, direction marks, soft hyphen) are removed;
- control characters, direction overrides and isolates, tag characters and lone surrogates are written as \u202e. Joiners stay: Persian and
  emoji need them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache

from monitor.model import JsonValue

SENTENCE_LIMIT = 600
_QUOTE_LIMIT = 200
_CONTEXT = 100  # characters beside a quote that are compared with its selector; selectors are shorter
_ELLIPSIS = "…"

_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]")
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` on one line without hidden characters, at most `limit` characters, the ellipsis included; None does not cut."""
    spaced = _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()
    plain = _HIDDEN.sub(lambda found: _spelt_out(found[0]), spaced)
    return plain if limit is None else _head(plain, limit)


def inline(text: str) -> str:
    """Return a part of a line: as `one_line`, but with the white space at its ends, which separates it from its neighbours."""
    return _HIDDEN.sub(lambda found: _spelt_out(found[0]), _SPACE.sub(" ", _INVISIBLE.sub("", text)))


def visible(text: str) -> str:
    """Return `text` with every character escaped that a terminal would interpret or a reader would not see; line breaks and tabs stay."""
    return _UNSEEN.sub(lambda found: _spelt_out(found[0]), text)


def escaped_json(document: str) -> str:
    r"""Return a JSON document with the characters that `visible` escapes as \u escapes: parsers get the same value, and a terminal is safe.

    Outside of strings JSON is ASCII without control characters, so each of these characters is in a string.
    """
    return _UNSEEN.sub(lambda found: _escape_of(found[0]), document)


@cache  # one entry for each character of _UNSEEN at most; a document may have millions of them
def _escape_of(character: str) -> str:
    return json.dumps(character)[1:-1]


def render_value(value: JsonValue) -> str:
    """Return a fact's value for display: numbers with thousands separators, lists with commas, long texts cut."""
    if isinstance(value, bool | None):
        return str(value)
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return _head(", ".join(render_value(part) for part in value), SENTENCE_LIMIT)
    return one_line(str(value), _QUOTE_LIMIT)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A sentence for display, in three consecutive parts; `mark` is the quote, "" where it was not found in the sentence."""

    lead: str
    mark: str
    tail: str


def excerpt(sentence: str | None, quote: str | None, place: JsonValue = None) -> Excerpt | None:
    """Return the sentence with its quote located, cut around it to about `SENTENCE_LIMIT` characters; None where there is nothing to show.

    Args:
        sentence: The page's text; None shows the quote alone.
        quote: Text to mark in it; None marks nothing.
        place: A W3C TextQuoteSelector {"exact","prefix","suffix"} that distinguishes occurrences of the quote; None where there is none.
    """
    text, mark = one_line(sentence or ""), one_line(quote or "")
    if not text:
        return Excerpt("", _head(mark, _QUOTE_LIMIT), "") if mark else None
    start = _locate(text, mark, place) if mark else None
    if start is None:
        return Excerpt(_head(text, SENTENCE_LIMIT), "", "")
    return _around(text[:start], mark, text[start + len(mark) :])


def window(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of a text that is shown: about `SENTENCE_LIMIT` characters around start to end; the whole text if it is not longer."""
    if len(text) <= SENTENCE_LIMIT:
        return 0, len(text)
    room = max(SENTENCE_LIMIT - (end - start), 0)
    begin = max(min(start, len(text)) - max(room // 2, room - max(len(text) - end, 0)), 0)
    return begin, min(begin + SENTENCE_LIMIT, len(text))


def _locate(text: str, quote: str, place: JsonValue) -> int | None:
    """Return the position of the quote: the occurrence that best fits its context, then one that is not part of a longer word or number."""
    context = place if isinstance(place, dict) else {}
    prefix, suffix = one_line(str(context.get("prefix", ""))), one_line(str(context.get("suffix", "")))
    found = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]

    def fit(start: int) -> tuple[int, bool]:
        end = start + len(quote)
        before, after = text[max(start - _CONTEXT, 0) : start].rstrip(), text[end : end + _CONTEXT].lstrip()
        return _common(before[::-1], prefix[::-1]) + _common(after, suffix), _stands_alone(text, start, end)

    return max(found, key=fit, default=None)


def _common(one: str, other: str) -> int:
    """Return the length of the common prefix."""
    for index, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return index
    return min(len(one), len(other))


def _stands_alone(text: str, start: int, end: int) -> bool:
    neighbours = text[max(start - 1, 0) : start] + text[end : end + 1]
    return not any(character.isalnum() for character in neighbours)


def _around(lead: str, mark: str, tail: str) -> Excerpt:
    """Return an excerpt that fits the limit; space that one side does not need goes to the other."""
    mark = _head(mark, _QUOTE_LIMIT)
    room = max(SENTENCE_LIMIT - len(mark), 0)
    for_lead = min(len(lead), max(room // 2, room - len(tail)))
    return Excerpt(_tail(lead, for_lead), mark, _head(tail, room - for_lead))


def _head(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


def _tail(text: str, limit: int) -> str:
    return text if len(text) <= limit else _ELLIPSIS + text[len(text) - limit + 1 :].lstrip()


def _spelt_out(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\u{{{code:x}}}"
