"""Recognises texts that both versions show, one of them outside the text that is compared: a heading that counts as navigation since a menu was added. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.diff import equal_texts
from monitor.diff.sentence_alignment import ChangedSentence
from monitor.model import READING_KINDS, BlockKind, NoiseReason, Version

_SHOWN_ELSEWHERE = frozenset({BlockKind.NAVIGATION, BlockKind.FEED, BlockKind.FOOTER, BlockKind.CONTROL})
"""The kinds of visible text, besides those that are compared, in which a text counts as still shown."""


class _Shown:
    """How often a version shows each text, by whether it is compared."""

    def __init__(self, version: Version) -> None:
        self.compared: Counter[str] = Counter()
        self.elsewhere: Counter[str] = Counter()
        for block in version.blocks:
            if block.kind in READING_KINDS:
                self.compared[equal_texts.squeezed(block.text)] += 1
            elif block.kind in _SHOWN_ELSEWHERE:
                self.elsewhere[equal_texts.squeezed(block.text)] += 1


def mark(old: Version, new: Version, units: Sequence[ChangedSentence]) -> None:
    """Classify as noise the texts that were added or removed only because their block changed its kind.

    The later version shows such a text as often as the earlier one, but more often or less often in the kinds that are compared. A text that only moves
    among these kinds, and one that was reworded, is not concerned. Texts are compared block by block.

    See tests/monitor/diff/test_reclassified.py.
    """
    found = [unit for unit in units if unit.text_too and (unit.old is None or unit.new is None)]
    if not found:
        return
    before, after = _Shown(old), _Shown(new)
    for unit in found:
        version, sentence = (new, unit.new) if unit.new is not None else (old, unit.old)
        assert sentence is not None
        text = equal_texts.squeezed(version.blocks[sentence.block].text)
        gained = after.compared[text] - before.compared[text]
        if gained and gained == before.elsewhere[text] - after.elsewhere[text]:
            unit.text_too, unit.noise = False, NoiseReason.RECLASSIFIED
