"""Recognises sentences about the page itself: when it was written or updated, and how long the server took. Dates and numbers in them are volatile."""

from __future__ import annotations

import re

from monitor.lexicon import alternatives
from monitor.model import MentionType
from monitor.sentences import Sentence

_MOST_WORDS = 14
_LONGEST = 60
"""Seconds that a server takes to generate a page, at most."""
_GENERATED = re.compile(alternatives("updates.generation"), re.IGNORECASE)
_STAMP = re.compile(rf"\b{alternatives('updates.stamps')}", re.IGNORECASE)


def is_stamp(sentence: str) -> bool:
    """Return whether a sentence states when the page was updated, and little else: "Last updated: 5 January 2021, 08:30"."""
    # See tests/monitor/diff/test_compare.py::test_the_pages_own_stamp_is_noise.
    return len(sentence.split()) <= _MOST_WORDS and _STAMP.search(sentence) is not None


def is_generation_note(sentence: Sentence) -> bool:
    """Return whether a sentence states how long the server took to generate the page: "Page generated in 0.123 seconds with 27 queries".

    See tests/monitor/diff/test_day_counters.py::test_how_long_the_server_took_is_noise.
    """
    times = [mention.value for mention in sentence.mentions if mention.type is MentionType.DURATION]
    takes = any(isinstance(value, int | float) and value <= _LONGEST for value in times)
    return takes and len(sentence.words) <= _MOST_WORDS and _GENERATED.search(sentence.text) is not None
