"""Find the number to which a script animates a counter: the static markup contains its start, and an attribute of the element its end.

Libraries name that attribute differently (`data-to-value`, `data-number-value`, `data-count`, `data-target`, `data-end-val`); what they have in common
is a number in an attribute whose name contains one of a few words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NUMBER = re.compile(r"[-−]?\d{1,15}(?:[.,'’ \u00a0\u202f]\d{1,6}){0,6}")
_ZERO = re.compile(r"[-−]?0{1,9}(?:[.,]0{1,9})?")
_STATIC = re.compile(rf"[^\d\-−]{{0,6}}(?P<number>{_NUMBER.pattern})\D{{0,12}}")
_END = r"to|end|stop|final|target|count-?(?:to|up|end)|(?:to|end|target|final)-?(?:value|val|number)"
_VALUE = r"(?:count|counter|number|num|value|val|odometer)(?:-?(?:value|val|number|num|count))?"
_PREFIX = r"data-(?:(?!from|start|begin|min|max|goal|limit|sort|order|total|step|speed|delay|duration|id-|index)[a-z]{1,20}-){0,3}"
# Searched in the bytes, which takes three quarters of the time. A digit or minus sign of another script is no ASCII byte.
_IN_MARKUP = re.compile(rb"data-([A-Za-z-]{2,60})\s{0,9}=\s{0,9}[\"']?\s{0,9}-?[\d\x80-\xff]")
_NAME = re.compile(rf"{_PREFIX}(?:{_END}|{_VALUE})")
_END_NAME = re.compile(rf"{_PREFIX}(?:{_END})")
"""Names that mean the end of the animation; the others may mean any number of the element."""
_COUNTER_NAME = re.compile(r"odometer|(?<![a-z])count(?:er|ers|up|ing)?(?![a-z])", re.IGNORECASE)
_COUNTDOWN = re.compile(r"count-?down|timer", re.IGNORECASE)
"""Names of elements whose number decreases to 0 until an end, which is a time."""
_NO_COUNTERS = frozenset({"td", "th", "tr", "li", "a", "button", "option", "label"})
"""Elements with values that are submitted or sorted by."""
_REACHED_NAME = re.compile(rf"{_PREFIX}(?:to|count-?(?:to|up)|to-?(?:value|val|number))")
"""Names that cannot mean a goal that is not reached yet ("123 signatures", target 500), nor a time."""
_COUNTER_ATTRIBUTE = re.compile(r"(?:to|number|end)-?val(?:ue)?|count-?(?:to|up|end)|odometer")
_START_NAMES = ("data-from-value", "data-from", "data-start", "data-start-value", "data-count-from", "data-begin")
_NAME_CHARS = 300
_AFFIX_CHARS = 12
_MOST_NAMES = 20
_MOST_ATTRIBUTES = 50_000
_MOST_COUNTERS = 5_000
_MOST_NODES = 24
"""Maximum number of nodes inside a counter that are examined."""


def show_targets(tree: LexborHTMLParser, markup: bytes) -> None:
    """Replace the static number of each animated counter by the number to which it counts. Modifies the tree.

    A counter whose static number is not 0 is changed only if its names leave no doubt: a value may also be a key to sort by.

    tests/monitor/extraction/test_counters.py

    Args:
        tree: The parsed page.
        markup: Its markup in UTF-8.
    """
    if b"data-" not in markup:
        return
    written = {match.group(1) for match in islice(_IN_MARKUP.finditer(markup), _MOST_ATTRIBUTES)}
    names = [
        name for name in sorted({f"data-{name.decode('ascii').lower()}" for name in written}) if _NAME.fullmatch(name)
    ]
    if not names or tree.body is None:
        return
    for node in tree.body.css(",".join(f"[{name}]" for name in names[:_MOST_NAMES]))[:_MOST_COUNTERS]:
        attributes = node.attributes
        target, ends = _target(attributes)
        if target is not None:
            _show(node, attributes, target, ends=ends)


def _target(attributes: Mapping[str, str | None]) -> tuple[str | None, bool]:
    """Return the number in the attributes of a counter, as written, and whether its name means the end; None if there is none."""
    value = None
    for name, content in attributes.items():
        plain = (content or "").strip()
        if name.startswith("data-") and _NUMBER.fullmatch(plain):
            if _END_NAME.fullmatch(name):
                return plain, True
            value = value or (plain if _NAME.fullmatch(name) else None)
    return value, False


def _show(node: LexborNode, attributes: Mapping[str, str | None], target: str, *, ends: bool) -> None:
    named = _COUNTER_NAME.search((attributes.get("class") or "")[:_NAME_CHARS]) or _COUNTER_ATTRIBUTE.search(
        " ".join(attributes)[:_NAME_CHARS]
    )
    if (not named and not ends and node.tag in _NO_COUNTERS) or _COUNTDOWN.search(_names(attributes)):
        return
    texts, leaf = _inside(node)
    if texts is None:
        return
    written = [text for text in texts if not (text.text_content or "").isspace()]
    shown = _with_affixes(target, attributes, "".join(text.text_content or "" for text in written))
    with_digits = [text for text in written if any(map(str.isdigit, text.text_content or ""))]
    if not with_digits:
        if named and leaf is not None and not (written and leaf is node):
            leaf.insert_child(shown)
    elif len(with_digits) == 1:
        text = with_digits[0].text_content or ""
        static = _STATIC.fullmatch(text.strip())
        if static is None:
            return
        starts = any(_is_number(attributes.get(name)) for name in _START_NAMES)
        reached = any(_REACHED_NAME.fullmatch(name) for name in attributes)
        if _ZERO.fullmatch(static["number"]) or (ends and (starts or (named and reached))):
            with_digits[0].replace_with(text.replace(static["number"], shown, 1))


def _names(attributes: Mapping[str, str | None]) -> str:
    names = (*attributes, attributes.get("class") or "", attributes.get("id") or "")
    return " ".join(name[:_NAME_CHARS] for name in names)


def _inside(node: LexborNode) -> tuple[list[LexborNode] | None, LexborNode | None]:
    """Return the texts in an element, and the first element in it without a child, which may be the element itself; None if it has many nodes."""
    texts: list[LexborNode] = []
    leaf = node if node.first_child is None else None
    visited, stack = 0, [node.iter(include_text=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        visited += 1
        if visited > _MOST_NODES:
            return None, None
        if child.tag == "-text":
            texts.append(child)
        elif child.tag in ("span", "div", "p", "b", "strong"):
            leaf = leaf or (child if child.first_child is None else None)
            stack.append(child.iter(include_text=True))
        else:
            stack.append(child.iter(include_text=True))
    return texts, leaf


def _with_affixes(target: str, attributes: Mapping[str, str | None], text: str) -> str:
    """Return the number with the prefix and the suffix that the script adds, as far as the static text has none."""
    affixes = [
        next(
            (
                value
                for name in names
                if (value := (attributes.get(name) or "")[:_AFFIX_CHARS]) and value.strip() not in text
            ),
            "",
        )
        for names in (("data-prefix",), ("data-suffix", "data-postfix"))
    ]
    return f"{affixes[0]}{target}{affixes[1]}"


def _is_number(content: str | None) -> bool:
    return content is not None and _NUMBER.fullmatch(content.strip()) is not None
