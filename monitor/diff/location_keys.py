"""Computes a digest for each location of a page at which something changes. Noise is learned per location.

The location of a number consists of the headings above it, its sentence with the digits masked, and its index among the sentence's mentions. It is
therefore the same at the next check, whatever the number is then.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.diff import number_matching
from monitor.model import Block, Change, Mention, Version
from monitor.sentences import Sentence

if TYPE_CHECKING:
    from monitor.diff.sentence_alignment import ChangedSentence

_DIGEST_BYTES = 8
_NEAR_CHARS = 60
_DIGITS = re.compile(r"\d[\d.,\u00a0\u202f]*")


class OfNumbers:
    """The location keys of a sentence's mentions. Their common prefix is hashed only once."""

    def __init__(self, version: Version, sentence: Sentence) -> None:
        self._version = version
        self._sentence = sentence

    def of(self, mention: Mention) -> str:
        """Return the location key of one of the mentions."""
        digest = self._shared.copy()
        digest.update(f"\x1f{self._index[mention]}".encode())
        return digest.hexdigest()

    @cached_property
    def _shared(self) -> hashlib.blake2s:
        block = self._version.blocks[self._sentence.block]
        return _hashed(_parts("number", block, *number_matching.alike(self._sentence.words)))

    @cached_property
    def _index(self) -> dict[Mention, int]:
        return {mention: n for n, mention in reversed(list(enumerate(self._sentence.mentions)))}


def near(version: Version, mention: Mention) -> str:
    """Return a key of the words directly around a mention, without section and sentence: the part that survives a redesign."""
    # See tests/monitor/tracking/test_noise.py::test_noise_learned_is_kept_through_a_redesign.
    return _folded(_around(version, mention))


def is_only(version: Version, change: Change) -> bool:
    """Return whether the changed mention is the only one in the version between its adjacent words."""
    place = change.detail["place_after"]
    found = [
        mention for mention in version.mentions if (mention.block, mention.start) == (place["block"], place["start"])
    ]
    words = [_around(version, mention) for mention in found]
    return len(words) == 1 and sum(_around(version, mention) == words[0] for mention in version.mentions) == 1


def _around(version: Version, mention: Mention) -> tuple[str, ...]:
    text = version.blocks[mention.block].text
    before = number_matching.words(text[max(mention.start - _NEAR_CHARS, 0) : mention.start])
    behind = number_matching.words(text[mention.end : mention.end + _NEAR_CHARS])[:1]
    return (
        *[word for word in before if not _DIGITS.search(word)][-2:],
        "",
        *[word for word in behind if not _DIGITS.search(word)],
    )


def of_text(old: Version, new: Version, unit: ChangedSentence) -> str:
    """Return the location key of a changed sentence.

    An added or removed sentence has only its section as location, where other sentences are added and removed as well: teasers, posts. A reworded sentence
    is identified by its first words.
    """
    # See tests/monitor/tracking/test_noise.py::test_teasers_that_rotate_sink_and_a_sentence_reworded_beside_them_does_not.
    if unit.new is None or unit.old is None:
        version, sentence = (new, unit.new) if unit.new is not None else (old, unit.old)
        assert sentence is not None
        return _digest("item", version.blocks[sentence.block])
    block = new.blocks[unit.new.block]
    if unit.old.masked == unit.new.masked:
        return _digest("stamp", block, *number_matching.alike(unit.new.words))
    return _digest("text", block, *number_matching.alike(unit.new.words[:2]))


def of_link(block: Block, label: str) -> str:
    """Return the location key of a link: its section and label."""
    return _digest("link", block, label)


def of_image(anchor: Sequence[str], context: Sequence[str]) -> str:
    """Return the location key of an image: its section and the texts around it."""
    return _folded(("image", *map(masked, anchor), "", *context))


def masked(text: str) -> str:
    """Replace each number in a text with "#", for a key that does not depend on the numbers."""
    return _DIGITS.sub("#", text)


def _digest(what: str, block: Block, *words: str) -> str:
    return _folded(_parts(what, block, *words))


def _parts(what: str, block: Block, *words: str) -> tuple[str, ...]:
    return (what, *map(masked, block.anchor), block.kind.value, "", *words)


def _folded(parts: tuple[str, ...]) -> str:
    return _hashed(parts).hexdigest()


def _hashed(parts: tuple[str, ...]) -> hashlib.blake2s:
    return hashlib.blake2s("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
