"""Recognises sentences about the page itself: when it was written or updated, and how long the server took. Dates and numbers in them are volatile."""

from __future__ import annotations

import re

from monitor.diff import elapsed
from monitor.diff.elapsed import SnapshotTimes
from monitor.lexicon import alternatives, words
from monitor.model import Mention, MentionType
from monitor.sentences import Sentence

_MOST_WORDS = 14
_LONGEST = 60
"""Seconds that a server takes to generate a page, at most."""
_GENERATED = re.compile(alternatives("updates.generation"), re.IGNORECASE)
_WORD = re.compile(r"[^\s\d.,:;!?()\[\]|/·•、，：。（）–—-]{1,40}")
_ABOUT_THE_PAGE = words("updates.subjects") | words("detection.function_words") | words("number_words.weekdays")
_AUTHORS = words("updates.authors")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_UNSPACED_CHARS = 4
"""Characters of a word in a language without white space that may belong to the phrase: "最終更新日時"."""
_STAMP = re.compile(rf"\b{alternatives('updates.stamps')}(?![a-z])", re.IGNORECASE)


def is_stamp(sentence: Sentence, current: Mention, times: SnapshotTimes | None) -> bool:
    """Return whether a sentence states when the page was updated, and nothing else: "Last updated: 5 January 2021, 08:30".

    Between the phrase and its date are only words that name the page, its editor, or belong to the date; another noun makes the date a statement
    ("Last revised deadline for claims: 1 May"). No page was updated in the future.

    See tests/monitor/diff/test_timestamps.py.

    Args:
        sentence: The later sentence.
        current: The mention in it that changed.
        times: The times of the snapshots; None if unknown.
    """
    text = sentence.text
    phrase = _STAMP.search(text) if len(text.split()) <= _MOST_WORDS else None
    if phrase is None or elapsed.is_in_the_future(current, times):
        return False
    following = [mention.start - sentence.start for mention in sentence.mentions]
    date = min((start for start in following if start >= phrase.end()), default=phrase.end())
    return _is_about_the_page(text[phrase.end() : date])


def names_an_update(heading: str) -> bool:
    """Return whether the heading of a column names a date or an update, and nothing else that the date could be of: "Date", "Last updated".

    See tests/monitor/diff/test_entry_dates.py::test_a_heading_that_says_what_the_date_is_of_keeps_its_changes.
    """
    text = heading.strip()
    phrase = _STAMP.search(text)
    if phrase is None:
        return any(map(str.isalpha, text)) and _is_about_the_page(text)
    return _is_about_the_page(text[: phrase.start()]) and _is_about_the_page(text[phrase.end() :])


def _is_about_the_page(between: str) -> bool:
    for word in _WORD.findall(between.lower()):
        if word in _AUTHORS:
            return True
        if word not in _ABOUT_THE_PAGE and (word.isascii() or not _UNSPACED.match(word) or len(word) > _UNSPACED_CHARS):
            return False
    return True


def is_generation_note(sentence: Sentence) -> bool:
    """Return whether a sentence states how long the server took to generate the page: "Page generated in 0.123 seconds with 27 queries".

    See tests/monitor/diff/test_day_counters.py::test_how_long_the_server_took_is_noise.
    """
    times = [mention.value for mention in sentence.mentions if mention.type is MentionType.DURATION]
    takes = any(isinstance(value, int | float) and value <= _LONGEST for value in times)
    return takes and len(sentence.words) <= _MOST_WORDS and _GENERATED.search(sentence.text) is not None
