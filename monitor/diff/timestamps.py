"""Recognises sentences that state when the page itself was written or updated; a date in them is volatile."""

from __future__ import annotations

import re

from monitor.lexicon import alternatives

_MOST_WORDS = 14
_STAMP = re.compile(rf"\b{alternatives('updates.stamps')}", re.IGNORECASE)


def is_stamp(sentence: str) -> bool:
    """Return whether a sentence states when the page was updated, and little else: "Last updated: 5 January 2021, 08:30"."""
    return len(sentence.split()) <= _MOST_WORDS and _STAMP.search(sentence) is not None
