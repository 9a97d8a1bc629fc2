"""Compares values of a fact: formatting and list order are ignored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from monitor.model import JsonValue

# Characters that editors and converters replace with one another: quotes, dashes, spaces. Soft hyphens and joiners are dropped.
_SWAPPED = str.maketrans(
    dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", "")
)
_DOTS = re.compile(r"…")
_BEFORE_MARK = re.compile(r" (?=[,.;:!?)\]])|(?<=[(\[]) ")
"""Spaces that French, and some editors, put before punctuation marks. Applied to text with single spaces."""


def plain(text: str) -> str:
    """Normalise a text for comparison: Unicode NFC, single spaces, and one form of quotes, dashes and dots."""
    # See tests/monitor/facts/test_fact_kinds.py::test_one_text_in_two_formats_is_one_value.
    composed = unicodedata.normalize("NFC", text)
    return " ".join(_DOTS.sub("...", composed.translate(_SWAPPED)).split())


def key(name: str) -> str:
    """Return the comparison key of a name: case and punctuation at the edges are ignored."""
    return _tight(name).casefold().strip(" .,;:*•·-|")


def same(before: JsonValue, after: JsonValue) -> bool:
    """Return whether two values of a fact are equal; lists are equal if they contain the same names."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_list_in_another_order_or_spelling_is_the_same.
    if isinstance(before, list) and isinstance(after, list):
        return {key(str(name)) for name in before} == {key(str(name)) for name in after}
    if isinstance(before, str) and isinstance(after, str):
        return _tight(before) == _tight(after)
    return bool(before == after)


def missing(names: Sequence[JsonValue], others: Sequence[JsonValue]) -> list[str]:
    """Return the names in `names` that are not in `others`, in order."""
    known = {key(str(name)) for name in others}
    return [str(name) for name in names if key(str(name)) not in known]


def _tight(text: str) -> str:
    return _BEFORE_MARK.sub("", plain(text))
