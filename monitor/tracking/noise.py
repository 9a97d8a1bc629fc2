"""Noise: places of a page that change at nearly every look sink, and come back when they are calm.

What was learned is a value handed in and handed back; nothing is hidden here. A change that is noise is recorded all the same, with its reason.
Never noise: declared facts, which do not come this way; numbers in a sentence of prose; a number that goes one way only, as totals do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.diff import location_keys
from monitor.limits import HEADING_CHARS, cut
from monitor.model import BlockKind, Change, ChangeFrequency, EventKind, LearnedNoise, Level, MentionType, Version

NOISE_VERSION = "2"
"""Raised when places are told apart otherwise: what was learned before is then learned anew."""
WINDOW = 8
"""Looks at which a place is remembered to have changed, or not."""
SINKS = 5
"""Changes within the last `_LATELY` looks from which a place is noise."""
_LATELY = 6
SINKS_AGAIN = 2
"""Changes within the last `_JUST_NOW` looks from which a place that was noise before is noise again: rates rest at night and at weekends."""
_JUST_NOW = 4
_REMEMBERED = 100
"""Calm looks after which it is forgotten that a place was noise."""
STAYS = 4
"""Changes within the window down to which it stays noise."""
_TURNS = 2
"""How often a number must have turned round to be one that merely goes up and down."""
_MOST_SPOTS = 400
"""Places remembered of a page at the most; those that changed last are kept."""
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।")
_PROSE_WORDS = 4
_MASK = (1 << WINDOW) - 1


def update(
    changes: Sequence[Change],
    known: LearnedNoise | None,
    new: Version,
    *,
    look: int,
    missed: Mapping[str, int],
    mute: Sequence[str] = (),
    always_report: Sequence[str] = (),
) -> tuple[tuple[Change, ...], LearnedNoise | None]:
    """Changes of a look at the levels that they have on this page, and what is learned from them.

    Args:
        changes: As `monitor.diff.compare` tells them.
        known: What was learned so far; None where nothing was.
        new: The version that shows them.
        look: The look's number among the page's, in the order of time.
        missed: Looks since the last ok one that were not ok.
        mute: What the watchlist mutes: headings, or words of a sentence.
        always_report: What the watchlist never lets be noise; it wins over `mute`.

    Returns:
        The changes, in order, and what is learned now (`known` itself where that is the same).
    """
    if known is not None and known.code != NOISE_VERSION:
        known = None
    churn = known or LearnedNoise(NOISE_VERSION)
    lost = sum(missed.values())
    if lost and churn.spots:
        churn = replace(churn, missed=churn.missed + lost)
    at = look - churn.missed - (0 if churn.spots else lost)
    touched = _touched(changes, churn, new, at)
    if touched:
        missed_so_far = churn.missed if churn.spots else churn.missed + lost
        churn = replace(churn, missed=missed_so_far, spots=_kept({**churn.spots, **touched}, at))
    settled = tuple(_settled(change, churn.spots, mute, always_report) for change in changes)
    return settled, (known if churn == known or not churn.spots else churn)


def _touched(changes: Iterable[Change], churn: LearnedNoise, new: Version, at: int) -> dict[str, ChangeFrequency]:
    touched: dict[str, ChangeFrequency] = {}
    for change in changes:
        close = change.detail.get("near")
        for key in change.detail.get("spots", ()):
            if key not in touched:
                was = churn.spots.get(key) or _moved_house(churn.spots.get(close or ""), change, new)
                touched[key] = _moved(was, change, at)
        if close is not None and close not in touched:
            touched[close] = _moved(churn.spots.get(close), change, at)
    return touched


def _moved_house(near: ChangeFrequency | None, change: Change, new: Version) -> ChangeFrequency | None:
    """What was learned of a number that stands elsewhere now: of noise between the same words, where nothing else stands between them."""
    return near if near is not None and (near.noisy or near.known) and location_keys.is_only(new, change) else None


def _moved(spot: ChangeFrequency | None, change: Change, at: int) -> ChangeFrequency:
    """A place that changed once more. A look told anew that lies before the last one starts afresh."""
    since = at - spot.at if spot is not None else 0
    was = spot if spot is not None and 0 < since < _REMEMBERED else ChangeFrequency(at, 0)
    since = min(since, WINDOW)
    is_number = change.kind is EventKind.NUMBER_CHANGED
    changed = (was.changed << since | 1) & _MASK
    rose = (was.rose << since | (is_number and change.after > change.before)) & _MASK
    stays = was.noisy and changed.bit_count() >= STAYS
    again = was.known and is_number and _lately(changed, _JUST_NOW) >= SINKS_AGAIN and not _is_prose(change)
    sinks = not was.noisy and _lately(changed, _LATELY) >= SINKS and _may_sink(change, changed, rose)
    noisy = stays or again or sinks
    return ChangeFrequency(at, changed, rose, noisy, known=noisy or was.known)


def _lately(changed: int, looks: int) -> int:
    return (changed & ((1 << looks) - 1)).bit_count()


def _may_sink(change: Change, changed: int, rose: int) -> bool:
    if change.kind is not EventKind.NUMBER_CHANGED:
        return True
    if _is_prose(change):
        return False
    # "Day 312" goes one way, and says nothing but what day it is.
    return change.detail.get("type") == MentionType.DURATION.value or _turns(changed, rose) >= _TURNS


def _is_prose(change: Change) -> bool:
    """Whether a number stands in a sentence: a whole one, or one that has many more words than numbers."""
    text = (change.sentence_after or "").rstrip("\"'”’»)")
    numbers = sum(any(map(str.isdigit, word)) for word in text.split())
    words = sum(any(map(str.isalpha, word)) for word in text.split())
    enough = _PROSE_WORDS if text.endswith(_SENTENCE_ENDS) else max(2, numbers) * _PROSE_WORDS
    return change.block_kind is BlockKind.CONTENT and words >= enough


def _turns(changed: int, rose: int) -> int:
    """How often the number turned round at the looks that changed it."""
    ways = [bool(rose >> n & 1) for n in range(WINDOW) if changed >> n & 1]
    return sum(a is not b for a, b in pairwise(ways))


def _kept(spots: Mapping[str, ChangeFrequency], at: int) -> dict[str, ChangeFrequency]:
    """Those that changed within the window, or were noise not too long ago; of too many those that changed last."""
    alive = [(key, spot) for key, spot in spots.items() if at - spot.at < (_REMEMBERED if spot.known else WINDOW)]
    if len(alive) > _MOST_SPOTS:
        alive = sorted(alive, key=lambda item: (-item[1].at, item[0]))[:_MOST_SPOTS]
    return dict(sorted(alive))


def _settled(
    change: Change, spots: Mapping[str, ChangeFrequency], mute: Sequence[str], always_report: Sequence[str]
) -> Change:
    if _names(always_report, change):
        return _loud(change)
    if change.level is Level.NOISE:
        return change
    if _names(mute, change):
        return _sunk(change, "the watchlist mutes it")
    keys = change.detail.get("spots", ())
    if keys and all(key in spots and spots[key].noisy for key in keys):
        often = min(spots[key].changed.bit_count() for key in keys)
        return _sunk(change, f"changes at nearly every check: at {often} of the last {WINDOW}")
    return change


def _sunk(change: Change, why: str) -> Change:
    return replace(change, level=Level.NOISE, detail={**change.detail, "noise": why})


def _loud(change: Change) -> Change:
    """A change at the level that its kind has where nothing speaks against it."""
    if change.level is not Level.NOISE:
        return change
    level = Level.NUMBER if change.kind is EventKind.NUMBER_CHANGED else Level.TEXT
    return replace(change, level=level, detail={key: item for key, item in change.detail.items() if key != "noise"})


def _names(named: Sequence[str], change: Change) -> bool:
    """Whether one of the names is a heading above a change, or stands in its sentence on either side."""
    if not named:
        return False
    headings = {heading.casefold() for heading in change.detail.get("anchor", ())}
    said = [text.casefold() for text in (change.sentence_before, change.sentence_after) if text]
    return any(
        cut(name, HEADING_CHARS).casefold() in headings or any(name.casefold() in text for text in said)
        for name in named
    )
