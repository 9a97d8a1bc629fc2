"""Decides how a changed mention is reported: as a number, as text, or as noise of a kind that is known by its type. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from monitor.diff import elapsed, equal_texts, timestamps
from monitor.diff.elapsed import SnapshotTimes
from monitor.diff.sentence_alignment import masked_text
from monitor.diff.tables import BAR
from monitor.model import BlockKind, Mention, MentionType, NoiseReason, Version
from monitor.sentences import READING_TIME, Sentence

LOUD = frozenset({MentionType.COUNT, MentionType.ORDINAL, MentionType.PERCENT, MentionType.MONEY, MentionType.DURATION})
"""Mention types whose change has the level number."""
WITHOUT_VALUE = frozenset({MentionType.TIME, MentionType.IDENTIFIER, MentionType.VOLATILE})
"""Mention types that are compared by their text, because they may have no value."""
_DATES = frozenset({MentionType.DATE, MentionType.YEAR})
_READ_AS = frozenset({MentionType.COUNT, MentionType.IDENTIFIER})
"""Types other than DURATION of a reading time: "article 4 min"."""
_LAYOUT = re.compile(r"[\s()\u2010-\u2015-]+")
_ENUMERATOR_CHARS = 2
"""Characters before the number of a clause: "(7)", "§ 7"."""
_PROSE_WORDS = 4
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।")
_COPYRIGHT = ("©", "(c)", "copyright")


class Report(NamedTuple):
    """How a changed mention is reported.

    Attributes:
        is_number: Whether it is a change of a number; otherwise it is part of the text.
        noise: The reason why it is noise; None if it is not.
    """

    is_number: bool
    noise: NoiseReason | None = None


class Sides:
    """What the decision depends on besides the two mentions: the versions, the pairs of sentences that differ, and the times."""

    def __init__(
        self, old: Version, new: Version, times: SnapshotTimes | None, pairs: Sequence[tuple[Sentence, Sentence]] = ()
    ) -> None:
        self._old = old
        self._new = new
        self._pairs = pairs
        self.times = times

    def are_renumbered(self, previous: Mention, current: Mention, old: Sentence, new: Sentence) -> bool:
        """Return whether two numbers are those of a clause before and after another clause was inserted or removed.

        See tests/monitor/diff/test_equal_texts.py::test_a_renumbered_clause_is_no_change.
        """
        return self._number_clauses(previous, current, old, new) and (old.text, new.text) not in self._exchanged

    def are_exchanged(self, previous: Mention, current: Mention, old: Sentence, new: Sentence) -> bool:
        """Return whether two numbers are those of a clause before and after it changed places with another one: "2) Birch" and "1) Birch".

        See tests/monitor/diff/test_equal_texts.py::test_ranks_that_change_places_are_a_change.
        """
        return (old.text, new.text) in self._exchanged and self._number_clauses(previous, current, old, new)

    def _number_clauses(self, previous: Mention, current: Mention, old: Sentence, new: Sentence) -> bool:
        starts = previous.start - old.start, current.start - new.start
        if max(starts) > _ENUMERATOR_CHARS or equal_texts.enumerator(new.text) is None:
            return False
        return self._is_renumbered(old, new)

    def _is_renumbered(self, old: Sentence, new: Sentence) -> bool:
        return equal_texts.is_renumbered(old.text, new.text, self._enumerators)

    @cached_property
    def _exchanged(self) -> frozenset[tuple[str, str]]:
        """The clauses that changed places: "1) Alder 52 m" and "2) Birch 50 m"."""
        clauses = [(old.text, new.text) for old, new in self._pairs if self._is_renumbered(old, new)]
        return frozenset(itertools.compress(clauses, equal_texts.inverted(clauses)))

    @cached_property
    def _enumerators(self) -> tuple[frozenset[str], frozenset[str]]:
        return equal_texts.enumerators(self._old), equal_texts.enumerators(self._new)

    @cached_property
    def dated_forms(self) -> Mapping[str, int]:
        """The number of sentences with dates that have the same words, by these words."""
        dated = {(mention.block, mention.sentence_start) for mention in self._new.mentions if mention.type in _DATES}
        within: dict[tuple[int, int], list[Mention]] = {key: [] for key in dated}
        for mention in self._new.mentions:
            if (mention.block, mention.sentence_start) in within:
                within[mention.block, mention.sentence_start].append(mention)
        return Counter(
            masked_text(self._new.blocks[block].text, start, mentions[0].sentence_end, sorted(mentions, key=_start))
            for (block, start), mentions in within.items()
        )


def differ(previous: Mention, current: Mention) -> bool:
    """Return whether two corresponding mentions differ to a reader: in their value, or in their text if they have none.

    An amount of money differs in its currency too.

    See tests/monitor/diff/test_compare.py::test_another_currency_is_a_change.
    """
    if (previous.value, previous.upper) != (current.value, current.upper):
        return True
    if previous.type is current.type is MentionType.MONEY:
        return previous.unit != current.unit
    return current.type in WITHOUT_VALUE and _text(previous) != _text(current)


def _text(mention: Mention) -> str:
    """Return the characters of an identifier or time that matter: "030-123 45" is "030 12345", and "10.00 Uhr" is "10:00 Uhr"."""
    text = _LAYOUT.sub("", mention.quote).lower()
    return text.replace(".", ":") if mention.type is MentionType.TIME else text


def report(
    previous: Mention, current: Mention, sentence: Sentence, sides: Sides, *, steady: bool, heading: str | None
) -> Report:
    """Return how a changed mention is reported.

    Args:
        previous: The earlier mention.
        current: The later one.
        sentence: The later sentence.
        sides: The later version and the times of both.
        steady: Whether the sentences differ in their mentions only.
        heading: The row label and column heading of the later mention; None outside tables.
    """
    kinds = {previous.type, current.type}
    if MentionType.VOLATILE in kinds or timestamps.is_generation_note(sentence):
        return Report(True, NoiseReason.OWN_COUNT)
    if _is_reading_time(current, sentence):
        return Report(True, NoiseReason.READING_TIME)
    if not kinds.isdisjoint(LOUD):
        elapses = elapsed.counts_time_since(
            previous, current, sentence.mentions, sides.times, heading
        ) and not elapsed.states_a_term(sentence.text)
        elapses = elapses or elapsed.counts_down(previous, current, sentence.text, sides.times)
        return Report(True, NoiseReason.ELAPSED_TIME if elapses else None)
    if timestamps.is_stamp(sentence, current, sides.times):
        return Report(False, NoiseReason.PAGE_UPDATED)
    if kinds <= _DATES:
        return Report(steady and _is_dated_statement(previous, current, sentence, sides))
    is_quiet = (current.type is MentionType.TIME and elapsed.is_clock(previous, current, sides.times)) or (
        current.type is MentionType.IDENTIFIER and _is_note_reference(current, sentence)
    )
    return Report(False, NoiseReason.CLOCK_OR_IDENTIFIER if is_quiet else None)


def _is_reading_time(mention: Mention, sentence: Sentence) -> bool:
    """Return whether a mention is the estimated time that reading or hearing the text takes: "Listen to this article 4 min".

    See tests/monitor/diff/test_day_counters.py::test_the_time_that_reading_takes_is_noise.
    """
    if mention.type is MentionType.DURATION:
        return READING_TIME.search(sentence.text) is not None
    start = mention.start - sentence.start
    return mention.type in _READ_AS and any(
        match.start() <= start < match.end() for match in READING_TIME.finditer(sentence.text)
    )


def _is_dated_statement(previous: Mention, current: Mention, sentence: Sentence, sides: Sides) -> bool:
    """Return whether a date is what a sentence or row states: "by 2030", "Deadline | 1 May 2027".

    Not the date of the page itself, nor that of one entry among several of the same form, as in a list of news.

    See tests/monitor/diff/test_dates_and_identifiers.py::test_a_date_in_a_steady_sentence_is_reported_with_both_dates_and_the_difference and
    tests/monitor/diff/test_dates_and_identifiers.py::test_the_date_of_one_entry_among_several_is_a_text_change.
    """
    text = sentence.text.lower()
    if any(mark in text for mark in _COPYRIGHT) or elapsed.is_date_of_fetch(previous, current, sides.times):
        return False
    words = sum("\x00" not in word and any(map(str.isalpha, word)) for word in sentence.words)
    if sentence.kind is BlockKind.ROW:
        # A row of two cells names what the date is of; in a longer one it is often the date of the row.
        return words > 0 and text.count(BAR) == 1
    # "Fair 2026" is the name of an event; "Deadline: 1 May" and "It ends in 2030." are statements.
    states = words >= _PROSE_WORDS or (words and (":" in text or text.endswith(_SENTENCE_ENDS)))
    return bool(states) and sides.dated_forms.get(sentence.masked, 0) <= 1


def _is_note_reference(mention: Mention, sentence: Sentence) -> bool:
    """Return whether an identifier is a note reference: "[41]".

    See tests/monitor/diff/test_compare.py::test_what_only_ticks_is_noise_with_its_reason.
    """
    start, end = mention.start - sentence.start, mention.end - sentence.start
    return sentence.text[start - 1 : start] == "[" and sentence.text[end : end + 1] == "]"


def _start(mention: Mention) -> int:
    return mention.start
