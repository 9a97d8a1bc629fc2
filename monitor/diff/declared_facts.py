"""What states a version's declared facts: the facts tell it, so that it is not told once more as numbers and texts."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from monitor.model import Mention, MentionType, Version
from monitor.sentences import Sentence


class Stated:
    """Where one version states its declared facts.

    Attributes:
        mentions: What states a fact, whatever its value.
        spans: By block, in order: where that begins and ends, and the fact. What was counted, a list's length, stands nowhere.
    """

    __slots__ = ("mentions", "spans")

    def __init__(self, version: Version) -> None:
        said = [
            (mention, reading.fact)
            for reading in version.readings
            for mention in (*reading.mentions, *reading.contradicts)
        ]
        self.mentions: frozenset[Mention] = frozenset(mention for mention, _ in said)
        self.spans: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
        for mention, fact in said:
            if mention.type is not MentionType.COUNTED:
                self.spans[mention.block].append((mention.start, mention.end, fact))
        for spans in self.spans.values():
            spans.sort()


def differ_in_facts_alone(old: Sentence | None, new: Sentence | None, before: Stated, after: Stated) -> bool:
    """Whether nothing differs between two sentences but what states declared facts: a date, a text, a name of a list.

    Args:
        old: The earlier sentence; None where the later one is new.
        new: The later one; None where the earlier one is gone.
        before: What the earlier version states.
        after: What the later one does.
    """
    if not before.spans and not after.spans:
        return False
    if old is not None and new is not None:
        return _without_facts(old, before) == _without_facts(new, after)
    said, stated = (old, before) if old is not None else (new, after)
    # A name alone came to a list, or left it.
    return said is not None and not _without_facts(said, stated)[1].strip("\x00 ,;.")


def _without_facts(said: Sentence, stated: Stated) -> tuple[tuple[str, ...], str]:
    """The facts that a sentence states, in order, and what it says besides."""
    end = said.start + len(said.text)
    spans = stated.spans.get(said.block, [])
    begun = spans[bisect_left(spans, (said.start,)) : bisect_left(spans, (end + 1,))]
    within = [span for span in begun if span[1] <= end]
    rest, at = [], 0
    for start, stop, _ in within:
        rest.append(said.text[at : max(start - said.start, at)])
        at = max(at, stop - said.start)
    return tuple(fact for *_, fact in within), "\x00".join([*rest, said.text[at:]]) if within else said.text
