"""The places of a page at which something changes, each by a digest: what is learned of noise is learned by place.

A number's place is its anchored fact: the headings above it, its sentence with the digits masked, and which of the sentence's mentions it is. So it is
the same place at the next look, whatever the number is then.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property

from monitor.diff import number_matching
from monitor.diff.sentence_alignment import ChangedSentence
from monitor.model import Block, Change, Mention, Version
from monitor.sentences import Sentence

_DIGEST_BYTES = 8
_NEAR_CHARS = 60
_DIGITS = re.compile(r"\d[\d.,\u00a0\u202f]*")


class OfNumbers:
    """The places of a sentence's mentions. What they share is digested once, however many they are."""

    def __init__(self, version: Version, sentence: Sentence) -> None:
        self._version = version
        self._sentence = sentence

    def of(self, mention: Mention) -> str:
        """The place of one of them."""
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
    """A mention by the words right around it alone, whatever section and sentence they stand in: what a redesign leaves."""
    return _folded(_around(version, mention))


def is_only(version: Version, change: Change) -> bool:
    """Whether no other mention of the version stands between the same words as the one that changed."""
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
    """The place of a sentence that changed.

    One that came or went has no place but its section, where others come and go: teasers, posts. One that was reworded is known by how it begins.
    """
    if unit.new is None or unit.old is None:
        version, sentence = (new, unit.new) if unit.new is not None else (old, unit.old)
        assert sentence is not None
        return _digest("item", version.blocks[sentence.block])
    block = new.blocks[unit.new.block]
    if unit.old.masked == unit.new.masked:
        return _digest("stamp", block, *number_matching.alike(unit.new.words))
    return _digest("text", block, *number_matching.alike(unit.new.words[:2]))


def of_link(block: Block, label: str) -> str:
    """The place of a link in a block: its section, and what it says."""
    return _digest("link", block, label)


def masked(text: str) -> str:
    """A text with every number in it alike, for what is the same whatever its numbers are."""
    return _DIGITS.sub("#", text)


def _digest(what: str, block: Block, *words: str) -> str:
    return _folded(_parts(what, block, *words))


def _parts(what: str, block: Block, *words: str) -> tuple[str, ...]:
    return (what, *map(masked, block.anchor), block.kind.value, "", *words)


def _folded(parts: tuple[str, ...]) -> str:
    return _hashed(parts).hexdigest()


def _hashed(parts: tuple[str, ...]) -> hashlib.blake2s:
    return hashlib.blake2s("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
