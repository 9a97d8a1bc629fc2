"""Texts that a pattern may read again and again: each of its repetitions in turn pumped up, behind what leads there and before what it cannot end with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Text = tuple[str, str, str]
"""The prefix, the repeated text, and the suffix."""

GENERIC = (
    " ", "\n", "\xa0", "\t ", "a", "A", "1", "1,", "1.", "1 ", "1-", "1/", "12 345 ", "a ", "A ", "Ab ", "a.", "a, ", "a-", "'", '"', "''", '"a" ', "-", "--", "_", "é", "ß ",
    "<", "<!--a-->", "<!--", "<?x?>", "<a ", "<a>", "</a>", "<a b=c>", "<a b='c'", "<meta ", "<!doctype ", "<![CDATA[", "<script", "&amp;", "(", ")", "[", "{", ";", ":", "|", "…", ". ",
    "/*", "*/", "\\", "\\a", "url(", "u", "url('", "@import ", "http://", "https:/", "www.", "@", "#", "a@b.", "%", "$", "+1 ", "may ", "1 may ", "from ", "from 1 to 2 ", "\0",
)  # fmt: skip
_ENDINGS = ("", "\0", "!x", "\n")
_BRANCHES = 8
_TEXTS = 150
_SIGNS = "a1 -A.,\n\"'<>/\0é"


def inputs(pattern: re.Pattern[Any]) -> list[Text]:
    """What to pump a pattern up with, each once."""
    made: dict[Text, None] = {}
    tree = parser.parse(
        _text(pattern), pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    for before, body in _repeats(tree.data, "", {}):
        for ending in _ENDINGS:
            made[before, body, ending] = None
        made["", before + body, ""] = None
        made["", before + body, "\0"] = None
        made[before, body + " ", "\0"] = None
    whole = _sample(tree.data, {}, 0)
    made["", whole, ""] = made["", whole, "\0"] = None
    made[whole, whole[-1:], "\0"] = None
    texts = [text for text in made if text[1]][:_TEXTS]
    return texts + [("", pump, "\0") for pump in GENERIC]


def _text(pattern: re.Pattern[Any]) -> str:
    return pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern


def _repeats(items: Sequence[Any], before: str, groups: dict[int, str]) -> Iterator[tuple[str, str]]:
    """Each repetition, inner ones too, as (a text that leads to it, one that it repeats)."""
    for place, (kind, value) in enumerate(items):
        for inner in _inner(kind, value):
            yield from _repeats(inner, before, groups)
        if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            for body in _variants(value[2], groups):
                yield before, body
                # What follows may repeat the same: "\s*,?\s*".
                following = _sample(items[place + 1 : place + 3], groups, 1)
                if following:
                    yield before, body + following
        before += _sample([(kind, value)], groups, 0)


def _inner(kind: Any, value: Any) -> list[Any]:
    if kind is constants.BRANCH:
        return list(value[1])
    if kind is constants.SUBPATTERN:
        return [value[3]]
    if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is constants.ATOMIC_GROUP:
        return [value]
    if kind in (constants.ASSERT, constants.ASSERT_NOT):
        return [value[1]]
    return []


def _variants(items: Sequence[Any], groups: dict[int, str]) -> list[str]:
    """Samples of a body that take its alternatives in turn."""
    texts = [_sample(items, groups, 0), _sample(items, groups, 1)]
    for kind, value in items:
        for inner in (
            _inner(kind, value) if kind in (constants.BRANCH, constants.SUBPATTERN, constants.ATOMIC_GROUP) else []
        ):
            texts += _variants(inner, groups)[:_BRANCHES]
        if kind is constants.BRANCH:
            texts += [_sample(branch, groups, 1) for branch in value[1][:_BRANCHES]]
        if kind is constants.IN:
            texts += list(_members(value))[:4]
    return list(dict.fromkeys(text for text in texts if text))[: 2 * _BRANCHES]


def _sample(items: Sequence[Any], groups: dict[int, str], least: int) -> str:
    """A short text that the items match, assertions apart; optional parts occur `least` times."""
    return "".join(_one(kind, value, groups, least) for kind, value in items)


def _one(kind: Any, value: Any, groups: dict[int, str], least: int) -> str:
    if kind is constants.LITERAL:
        return chr(value)
    if kind is constants.NOT_LITERAL:
        return next(sign for sign in _SIGNS if ord(sign) != value)
    if kind is constants.ANY:
        return "a"
    if kind is constants.IN:
        return next(_members(value), "")
    if kind is constants.BRANCH:
        return _sample(value[1][0], groups, least)
    if kind is constants.SUBPATTERN:
        text = _sample(value[3], groups, least)
        if value[0] is not None:
            groups[value[0]] = text
        return text
    if kind is constants.ATOMIC_GROUP:
        return _sample(value, groups, least)
    if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
        return _sample(value[2], groups, least) * max(int(value[0]), least if int(value[1]) else 0)
    if kind is constants.GROUPREF:
        return groups.get(value, "")
    return ""


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    constants.CATEGORY_DIGIT: str.isdigit,
    constants.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdigit(),
    constants.CATEGORY_SPACE: str.isspace,
    constants.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    constants.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
    constants.CATEGORY_NOT_WORD: lambda sign: not (sign.isalnum() or sign == "_"),
}


def _members(items: Sequence[Any]) -> Iterator[str]:
    """A few signs of a set."""
    if items and items[0][0] is constants.NEGATE:
        yield from (sign for sign in _SIGNS if not any(_holds(item, sign) for item in items[1:]))
        return
    for kind, value in items:
        if kind is constants.LITERAL:
            yield chr(value)
        elif kind is constants.RANGE:
            yield chr(value[0])
        elif kind is constants.CATEGORY:
            yield next(sign for sign in _SIGNS if _CATEGORIES[value](sign))


def _holds(item: Any, sign: str) -> bool:
    kind, value = item
    if kind is constants.LITERAL:
        return ord(sign) == int(value)
    if kind is constants.RANGE:
        return int(value[0]) <= ord(sign) <= int(value[1])
    return kind is constants.CATEGORY and _CATEGORIES[value](sign)
