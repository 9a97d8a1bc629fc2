"""When two values of a fact are the same to a reader: formats are no change, nor is another order of a list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from monitor.model import JsonValue

# What editors and converters swap for one another: quotes, dashes, spaces. Soft hyphens and joiners are dropped.
_SWAPPED = str.maketrans(
    dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", "")
)
_DOTS = re.compile(r"…")
_BEFORE_MARK = re.compile(r" (?=[,.;:!?)\]])|(?<=[(\[]) ")
"""French sets a space before some marks, and editors leave one before others. In folded text, which has one space at a time."""


def plain(text: str) -> str:
    """A text as it is held against another: composed (Unicode NFC), white space folded, quotes, dashes and dots in one form."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join(_DOTS.sub("...", composed.translate(_SWAPPED)).split())


def key(name: str) -> str:
    """What two spellings of one name share: small and capital letters are the same, and marks at the edges do not count."""
    return _tight(name).casefold().strip(" .,;:*•·-|")


def same(before: JsonValue, after: JsonValue) -> bool:
    """Whether two values of a fact say the same; lists do where they hold the same names."""
    if isinstance(before, list) and isinstance(after, list):
        return {key(str(name)) for name in before} == {key(str(name)) for name in after}
    if isinstance(before, str) and isinstance(after, str):
        return _tight(before) == _tight(after)
    return bool(before == after)


def missing(names: Sequence[JsonValue], others: Sequence[JsonValue]) -> list[str]:
    """Those of `names` that `others` do not hold, in their order."""
    known = {key(str(name)) for name in others}
    return [str(name) for name in names if key(str(name)) not in known]


def _tight(text: str) -> str:
    return _BEFORE_MARK.sub("", plain(text))
