"""The places of a page at which something changes, each by a digest: what is learned of noise is learned by place.

A number's place is its anchored fact: the headings above it, its sentence with the digits masked, and which of the sentence's mentions it is. So it is
the same place at the next look, whatever the number is then.
"""

from __future__ import annotations

import hashlib

from monitor.aligning import ChangedSentence
from monitor.model import Mention, Version
from monitor.sentences import Sentence

_DIGEST_BYTES = 8


def of_number(version: Version, sentence: Sentence, mention: Mention) -> str:
    """The place of a mention in its sentence."""
    return _digest("number", version, sentence, *sentence.words, str(sentence.mentions.index(mention)))


def of_text(old: Version, new: Version, unit: ChangedSentence) -> str:
    """The place of a sentence that changed.

    One that came or went has no place but its section, where others come and go: teasers, posts. One that was reworded is known by how it begins.
    """
    if unit.new is None or unit.old is None:
        version, sentence = (new, unit.new) if unit.new is not None else (old, unit.old)
        assert sentence is not None
        return _digest("item", version, sentence)
    if unit.old.masked == unit.new.masked:
        return _digest("stamp", new, unit.new, *unit.new.words)
    return _digest("text", new, unit.new, *unit.new.words[:2])


def _digest(what: str, version: Version, sentence: Sentence, *words: str) -> str:
    parts = [what, *version.blocks[sentence.block].anchor, sentence.kind.value, "", *words]
    return hashlib.blake2s("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
