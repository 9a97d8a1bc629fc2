"""Convert superscripts and note references to text, so that they are not concatenated with the number before them.

A superscript is a reference to a note, which is not part of the statement and is omitted ("87" with note 12 is 87); an exponent or a unit ("10⁶",
"m²"), written with the superscript characters of Unicode; the cents of a price ("15.99"); or a part of a word ("21st", "M<sup>me</sup>"), which stays as
it is. Evidence, in this order: a link to a fragment, a currency, the base, and what follows.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

_UP = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_DOWN = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# `monitor.extraction.selector_locator` puts these characters around texts; they are not part of a text.
_LOCATOR_MARKS = dict.fromkeys(range(0x0E, 0x18))
CONTEXT = 48
"""Number of characters before and after a superscript that are examined."""
_LONGEST = 24
"""Maximum length in characters of a reference to notes: "[12, 13]"."""
_MOST_NODES = 24
_MOST_MARKED = 200
_DIMENSIONS = frozenset("23")

_ONE = r"(?:\d{1,3}|[*†‡§¶#]{1,3})"
_NUMBERED = re.compile(rf"[\[(]?{_ONE}[\])]?(?:\s?[,;–-]?\s?[\[(]?{_ONE}[\])]?){{0,5}}")
"""References by number or by sign: "12", "[1][2]", "1–3", "*"."""
_LETTERED = re.compile(r"[\[(](?:[a-z]|[ivx]{1,5}|(?:note|nb|n|fn)\.? ?\d{1,3})[\])]|[a-z]|[ivx]{1,5}", re.IGNORECASE)
"""References by letter, which without a link or brackets may be part of a word."""
_SIGNED = re.compile(r"[+−–-]\d{1,3}")
_CENTS = re.compile(r"\d\d")
_PRICE = re.compile(r"[$€£¥₹₽₩₺₴₫₱฿₪]\s?\d[\d.,'’\s]*$|\b[A-Z]{2,3}\$?\s?\d[\d.,'’]*$")
_CURRENCY_FOLLOWS = re.compile(r"\s?(?:[$€£¥₹₽₩₺₴₫₱฿₪]|[A-Z]{3}\b|zł|kr\b|Kč|Ft\b|лв|грн|руб)")
_POWER_OF_TEN = re.compile(r"(?<!\d)10$")
_SHORT_WORD = re.compile(r"(?:^|[\W\d_])[^\W\d_]{1,2}$")
_FORMULA_BEFORE = re.compile(r"[=+×·*/^<>≤≥≈−]\s?\d+$")
_FORMULA_BEHIND = re.compile(r"\s?[=+×·*^<>≤≥≈−]")
_FRACTION = re.compile(r"\s?[/⁄]\s?\d")
_NOTE_NAME = re.compile(r"(?:foot|end|side)[_-]?note|note[_-]?ref|fn[_-]?ref", re.IGNORECASE)
_REFERENCE_NAME = re.compile(
    rf"{_NOTE_NAME.pattern}|(?<![^\s_-])(?:cite|note|ref|reference)s?(?![^\s_-])", re.IGNORECASE
)
_NAME_CHARS = 200


def superscript(node: LexborNode, preceding: str) -> str | None:
    """Return the text of a superscript element in its context: "" for a reference to a note, None for one that is read as any inline element.

    tests/monitor/extraction/test_superscripts.py

    Args:
        node: The element.
        preceding: The text of the block before it, or at least its last `CONTEXT` characters; "" at the beginning of a block.
    """
    text = brief_text(node)
    if text is None or not (plain := text.translate(_LOCATOR_MARKS).strip()):
        return None
    before = preceding[-CONTEXT:].translate(_LOCATOR_MARKS)
    numbered = _NUMBERED.fullmatch(plain) is not None
    if (numbered or _LETTERED.fullmatch(plain)) and _is_reference(node):
        return ""
    if _SIGNED.fullmatch(plain):
        return text.translate(_UP)
    if not numbered:
        return None
    return _numeric(text, plain, before.rstrip(), _following(node)) if plain.isdecimal() or not before.strip() else ""


def subscript(node: LexborNode, preceding: str) -> str | None:
    """Return the text of a subscript element after a digit, in subscript characters ("log 2₁₀"); None for one that is read as any inline element."""
    text = brief_text(node) if preceding[-CONTEXT:].translate(_LOCATOR_MARKS)[-1:].isdecimal() else None
    return None if text is None else text.translate(_DOWN)


def may_refer(attributes: dict[str, str | None]) -> bool:
    """Return whether an inline element that is no superscript may be a reference to a note: a link to a fragment, or an element named so."""
    target = attributes.get("href") or ""
    if target.startswith("#") and len(target) > 1:
        return True
    return ("class" in attributes or "role" in attributes) and _NOTE_NAME.search(_names(attributes)) is not None


def is_note_reference(node: LexborNode, attributes: dict[str, str | None], preceding: str) -> bool:
    """Return whether an inline element that may refer to a note does: a link "1" to "#n1" directly after a word or a number.

    tests/monitor/extraction/test_superscripts.py::test_a_link_to_a_note_is_no_digit_of_the_number_before_it

    Args:
        node: An element for which `may_refer` is true.
        attributes: Its attributes.
        preceding: The text of the block before it.
    """
    last = preceding[-CONTEXT:].translate(_LOCATOR_MARKS)[-1:]
    text = brief_text(node) if last else None
    plain = (text or "").translate(_LOCATOR_MARKS).strip()
    # After white space, a number is one of its own: "see section 2".
    if not _NUMBERED.fullmatch(plain) or (last.isspace() and plain[0] != "["):
        return False
    target = attributes.get("href") or ""
    before = node.prev
    if target.startswith("#") and len(target) > 1:
        # Links in a row are a list of pages or sections.
        return before is None or before.tag != "a"
    return _NOTE_NAME.search(_names(attributes)) is not None


def is_raised(attributes: dict[str, str | None]) -> bool:
    """Return whether the inline style of an element makes it a superscript."""
    style = attributes.get("style") or ""
    return "super" in style and "vertical-align:super" in style.replace(" ", "").lower()


def brief_text(node: LexborNode) -> str | None:
    """Return the text of an element with at most a few characters and nodes; None if it has more."""
    pieces: list[str] = []
    size, visited, stack = 0, 0, [node.iter(include_text=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        visited += 1
        if visited > _MOST_NODES:
            return None
        if child.tag == "-text":
            piece = child.text_content or ""
            size += len(piece.translate(_LOCATOR_MARKS)) if len(piece) <= _MOST_MARKED else _LONGEST + 1
            if size > _LONGEST:
                return None
            pieces.append(piece)
        elif child.tag != "-comment":
            stack.append(child.iter(include_text=True))
    return "".join(pieces)


def _numeric(text: str, plain: str, before: str, behind: str) -> str:
    """Return the text of a superscript that is a number or a sign, without a link."""
    last = before[-1:]
    if _FRACTION.match(behind):
        return f" {text}" if last.isdecimal() else text
    if not before:
        return text.translate(_UP)
    price = _PRICE.search(before) or _CURRENCY_FOLLOWS.match(behind)
    if last in ".,":
        # "15,<sup>99</sup>"; after a sentence it is a reference.
        return text if price and before[-2:-1].isdecimal() else ""
    if last.isdecimal():
        if price and _CENTS.fullmatch(plain):
            return f"{',' if '.' in before.rsplit(maxsplit=1)[-1] else '.'}{text.strip()}"
        power = _POWER_OF_TEN.search(before) or _FORMULA_BEFORE.search(before) or _FORMULA_BEHIND.match(behind)
        return text.translate(_UP) if power else ""
    unit = last == ")" or (plain in _DIMENSIONS and _SHORT_WORD.search(before))
    return text.translate(_UP) if unit else ""


def _is_reference(node: LexborNode) -> bool:
    """Return whether a superscript is in or around a link to a fragment, or is named as a reference."""
    parent = node.parent
    link = parent if parent is not None and parent.tag == "a" else node.css_first("a[href]")
    if link is not None and (link.attributes.get("href") or "").partition("#")[2]:
        return True
    return _REFERENCE_NAME.search(_names(node.attributes)) is not None


def _names(attributes: dict[str, str | None]) -> str:
    return " ".join((attributes.get(name) or "")[:_NAME_CHARS] for name in ("class", "role", "epub:type"))


def _following(node: LexborNode) -> str:
    """Return the beginning of the text after an element, within its parent."""
    text, after = "", node.next
    for _ in range(_MOST_NODES):
        if after is None or len(text) >= CONTEXT:
            break
        text += ((after.text_content or "")[:CONTEXT] if after.tag == "-text" else brief_text(after) or "").translate(
            _LOCATOR_MARKS
        )
        after = after.next
    return text
