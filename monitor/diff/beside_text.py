"""Compares what two versions state beside their text: metadata, alternative texts of images, struck-out text (`BESIDE_TEXT`).

Most of these changes accompany a change of the text: a new headline and title, a struck price. Only a difference that no change of the text reports
becomes a change of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from monitor.diff import location_keys, number_matching
from monitor.limits import QUOTE_CHARS, cut
from monitor.model import (
    BESIDE_TEXT,
    READING_KINDS,
    Block,
    BlockKind,
    Change,
    EventKind,
    JsonValue,
    Level,
    Mention,
    MentionType,
    Reason,
    Version,
)

_NUMBERS = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY})
"""Mention types whose change in metadata has the level number."""
_LABEL_WORDS = 4
"""Number of words from which the alternative text of an added or removed image is a statement; shorter ones name what it shows."""
_LEAST_NAME, _MOST_NAME = 2, 5
_VALUES = ("price | ", "availability | ", "published_time | ")
_SOURCES = {BlockKind.IMAGE: "alternative text", BlockKind.STRUCK: "struck-out text"}
_SPOT_CHARS = 200

_Part = tuple[int, Block]
"""A block with its index."""


class _Reported(NamedTuple):
    """The words of one reported change, before and after."""

    before: frozenset[str]
    after: frozenset[str]


def compare(old: Version, new: Version, reported: Sequence[Change]) -> list[Change]:
    """Return the differences that the changes of the text and of the facts do not report, in reading order of the new version.

    tests/monitor/diff/test_beside_text.py

    Args:
        old: The earlier version.
        new: The later version.
        reported: The changes of the text.
    """
    before, after = _parts(old), _parts(new)
    if [block[:3] for _, block in before] == [block[:3] for _, block in after]:
        return []
    gone, come = _without(before, after), _without(after, before)
    pairs = list(_paired(gone, come))
    known = _reported(old, new, reported) if pairs else []
    texts = _text(old), _text(new)
    changes: list[Change] = []
    for previous, current in pairs:
        if not _is_known(previous, current, known) and not _says_nothing_new(previous, current, texts):
            changes.append(_change(old, new, previous, current))
    return changes


def _parts(version: Version) -> list[_Part]:
    # Blocks beside the text follow it.
    return [(index, block) for index, block in enumerate(version.blocks) if block.kind in BESIDE_TEXT]


def _text(version: Version) -> str:
    return "\n".join(block.text for block in version.blocks if block.kind in READING_KINDS)


def _without(parts: Sequence[_Part], others: Sequence[_Part]) -> list[_Part]:
    """Return the parts whose text the other version does not have in the same kind."""
    left = Counter((block.kind, block.text) for _, block in others)
    kept: list[_Part] = []
    for part in parts:
        key = (part[1].kind, part[1].text)
        if left[key]:
            left[key] -= 1
        else:
            kept.append(part)
    return kept


def _paired(gone: Sequence[_Part], come: Sequence[_Part]) -> Iterator[tuple[_Part | None, _Part | None]]:
    """Yield the corresponding parts, those from the same source in their order; None for the missing side of an added or removed one."""
    by_source: defaultdict[object, list[_Part]] = defaultdict(list)
    for part in reversed(gone):
        by_source[_source_key(part[1])].append(part)
    for part in come:
        several = by_source[_source_key(part[1])]
        yield (several.pop() if several else None), part
    for several in by_source.values():
        yield from ((part, None) for part in reversed(several))


def _source_key(block: Block) -> object:
    return block.kind, block.why, block.anchor


def _reported(old: Version, new: Version, reported: Iterable[Change]) -> list[_Reported]:
    """Return the words of the changes that are reported: those of the text, and those of facts."""
    sides = [(change.sentence_before or "", change.sentence_after or "") for change in reported]
    earlier = {reading.fact: reading for reading in old.readings}
    for reading in new.readings:
        before = earlier.get(reading.fact)
        if before is not None and before.value != reading.value:
            sides.append(
                (" ".join(map(old.sentence, before.mentions[:1])), " ".join(map(new.sentence, reading.mentions[:1])))
            )
    return [_Reported(*(frozenset(number_matching.words(text)) for text in side)) for side in sides]


def _is_known(previous: _Part | None, current: _Part | None, reported: Iterable[_Reported]) -> bool:
    """Return whether one reported change has all words in which two parts differ."""
    before, after = (
        Counter(number_matching.words(part[1].text) if part is not None else ()) for part in (previous, current)
    )
    removed, added = frozenset(before - after), frozenset(after - before)
    if previous is None or current is None:
        # What was struck out is reported as removed from the text, and what is valid again as added.
        return any(removed | added <= known.before or removed | added <= known.after for known in reported)
    mirrored = current[1].kind is BlockKind.STRUCK
    return any(
        (removed <= known.before and added <= known.after)
        or (mirrored and removed <= known.after and added <= known.before)
        for known in reported
    )


def _says_nothing_new(previous: _Part | None, current: _Part | None, texts: tuple[str, str]) -> bool:
    """Return whether a difference says nothing that a reader does not see.

    An added or removed description belongs to the template, as does other metadata without a number; what repeats the text says nothing new; images that
    are named after what they show, such as logos, take turns.

    See tests/monitor/diff/test_beside_text.py::test_metadata_that_only_appears_or_disappears_is_no_change.
    """
    parts = [part for part in (previous, current) if part is not None]
    if all(part[1].kind is BlockKind.IMAGE and _is_name(part[1].text) for part in parts):
        return True
    if len(parts) == 2:
        return False
    block = parts[0][1]
    described = " in " not in block.why and not block.text.startswith(_VALUES)
    of_template = block.kind is BlockKind.METADATA and (described or not any(map(str.isdecimal, block.text)))
    return of_template or _names_only(block) or block.text in texts[0 if previous is not None else 1]


def _names_only(block: Block) -> bool:
    short = len(block.text.split()) < _LABEL_WORDS and not any(map(str.isdigit, block.text))
    return block.kind is BlockKind.IMAGE and short


def _is_name(text: str) -> bool:
    """Return whether a text is a name: all words are capitalised, but for the last of several ("Old Mill logo") or those between ("Ann van der Lee")."""
    words = text.split()
    capitals = [word[0].isupper() or not word[0].isalpha() for word in words]
    logo = len(words) > _LEAST_NAME and all(capitals[:-1])
    particles = len(words) <= _MOST_NAME and capitals[0] and capitals[-1]
    return not any(map(str.isdigit, text)) and (all(capitals) or logo or particles)


def _change(old: Version, new: Version, previous: _Part | None, current: _Part | None) -> Change:
    part = current if current is not None else previous
    assert part is not None
    block = part[1]
    source = _SOURCES.get(block.kind, block.why)
    detail = {
        "source": source,
        "anchor": list(block.anchor),
        "spots": [cut(location_keys.masked(" ".join((block.kind.value, *block.anchor, block.why))), _SPOT_CHARS)],
    }
    if previous is not None and current is not None and block.kind is BlockKind.METADATA:
        numbers = _only_number(old, new, previous, current)
        if numbers is not None:
            return _number_change(previous, current, *numbers, detail)
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.TEXT_ADDED
        if previous is None
        else Reason.TEXT_REMOVED
        if current is None
        else Reason.TEXT_CHANGED,
        sentence_before=None if previous is None else cut(previous[1].text, QUOTE_CHARS),
        sentence_after=None if current is None else cut(current[1].text, QUOTE_CHARS),
        block_kind=block.kind,
        detail=detail,
    )


def _only_number(old: Version, new: Version, previous: _Part, current: _Part) -> tuple[Mention, Mention] | None:
    """Return the only mentions in which two parts differ, if they are numbers that can be compared; otherwise None."""
    before = [mention for mention in old.mentions if mention.block == previous[0]]
    after = [mention for mention in new.mentions if mention.block == current[0]]
    differing = [pair for pair in zip(before, after, strict=False) if pair[0].value != pair[1].value]
    if len(before) != len(after) or len(differing) != 1:
        return None
    one, other = differing[0]
    texts = previous[1].text, current[1].text
    around = (texts[0][: one.start], texts[0][one.end :]), (texts[1][: other.start], texts[1][other.end :])
    numeric = one.type in _NUMBERS and other.type in _NUMBERS and number_matching.comparable(one, other)
    return differing[0] if numeric and around[0] == around[1] else None


def _number_change(
    previous: _Part, current: _Part, before: Mention, after: Mention, detail: dict[str, JsonValue]
) -> Change:
    return Change(
        kind=EventKind.NUMBER_CHANGED,
        level=Level.NUMBER,
        reason=Reason.NUMBER_CHANGED,
        before=before.value,
        after=after.value,
        quote_before=before.quote,
        quote_after=after.quote,
        sentence_before=cut(previous[1].text, QUOTE_CHARS),
        sentence_after=cut(current[1].text, QUOTE_CHARS),
        block_kind=current[1].kind,
        detail={"unit": after.unit or before.unit, "type": after.type.value, "row": detail["source"], **detail},
    )
