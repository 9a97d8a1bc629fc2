"""Locates the mentions that state a version's declared facts, so that their changes are not reported again as number or text changes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from monitor.model import Mention, MentionType, Version
from monitor.sentences import Sentence


class Stated:
    """The locations at which one version states its declared facts.

    Attributes:
        mentions: The readable mentions that state a fact, including contradicting ones.
        spans: For each block, in order: start, end and fact of each mention. A counted value (the length of a list) has no location.
    """

    __slots__ = ("mentions", "spans")

    def __init__(self, version: Version) -> None:
        stating = [
            (mention, reading.fact)
            for reading in version.readings
            if not reading.unreadable
            for mention in (*reading.mentions, *reading.contradicts)
        ]
        self.mentions: frozenset[Mention] = frozenset(mention for mention, _ in stating)
        self.spans: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
        for mention, fact in stating:
            if mention.type is not MentionType.COUNTED:
                self.spans[mention.block].append((mention.start, mention.end, fact))
        for spans in self.spans.values():
            spans.sort()

    def states(self, mention: Mention) -> bool:
        """Return whether a mention states a declared fact. The reading of a date has another value than its mention."""
        if mention in self.mentions:
            return True
        spans = self.spans.get(mention.block, [])
        last = bisect_left(spans, (mention.start + 1,)) - 1
        return last >= 0 and mention.end <= spans[last][1]


def differ_in_facts_alone(old: Sentence | None, new: Sentence | None, before: Stated, after: Stated) -> bool:
    """Return whether two sentences differ only in what states declared facts: a date, a text, a name of a list.

    Args:
        old: The earlier sentence; None if the later one is new.
        new: The later sentence; None if the earlier one was removed.
        before: The fact locations of the earlier version.
        after: The fact locations of the later version.
    """
    # See tests/monitor/diff/test_compare.py::test_what_states_a_declared_fact_is_left_to_the_fact.
    if not before.spans and not after.spans:
        return False
    if old is not None and new is not None:
        return _without_facts(old, before) == _without_facts(new, after)
    sentence, stated = (old, before) if old is not None else (new, after)
    # The sentence is a single name that was added to a list or removed from it.
    return sentence is not None and not _without_facts(sentence, stated)[1].strip("\x00 ,;.")


def _without_facts(sentence: Sentence, stated: Stated) -> tuple[tuple[str, ...], str]:
    """Return the facts that a sentence states, in order, and the rest of its text."""
    end = sentence.start + len(sentence.text)
    spans = stated.spans.get(sentence.block, [])
    begun = spans[bisect_left(spans, (sentence.start,)) : bisect_left(spans, (end + 1,))]
    within = [span for span in begun if span[1] <= end]
    rest, at = [], 0
    for start, stop, _ in within:
        rest.append(sentence.text[at : max(start - sentence.start, at)])
        at = max(at, stop - sentence.start)
    return tuple(fact for *_, fact in within), "\x00".join([*rest, sentence.text[at:]]) if within else sentence.text
