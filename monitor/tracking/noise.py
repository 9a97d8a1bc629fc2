"""Learns which locations of a page change at nearly every check: their changes sink to level noise, and rise again when the location is calm.

The learned state is an argument and a return value; the module keeps no state. A noise change is still recorded, with its reason.
Never noise: declared facts, which are handled elsewhere; numbers in a sentence of prose; a number that moves in one direction only, as totals do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from monitor.diff import location_keys
from monitor.limits import HEADING_CHARS, cut
from monitor.model import (
    BlockKind,
    Change,
    ChangeFrequency,
    EventKind,
    LearnedNoise,
    Level,
    MentionType,
    NoiseReason,
    Version,
)

NOISE_VERSION = "2"
"""Raised when the location keys change; state learned under another version is discarded."""
WINDOW = 8
"""Number of checks for which it is remembered whether a location changed."""
SINKS = 5
"""Changes within the last `_LATELY` checks from which a location is noise."""
_LATELY = 6
SINKS_AGAIN = 2
"""Changes within the last `_JUST_NOW` checks from which a former noise location is noise again: exchange rates, for example, pause at night and at weekends."""
_JUST_NOW = 4
_REMEMBERED = 100
"""Calm checks after which a former noise location is forgotten."""
STAYS = 4
"""Minimum number of changes within the window for a location to remain noise."""
_TURNS = 2
"""Changes of direction from which a number counts as fluctuating."""
_MOST_SPOTS = 400
"""Maximum number of locations remembered per page; those that changed most recently are kept."""
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
    """Assign the level of each change on this page, and update the learned noise.

    Args:
        changes: The changes that `monitor.diff.compare` returned.
        known: The noise learned so far; None if there is none.
        new: The version that contains the changes.
        look: The number of the check among the page's checks, in chronological order.
        missed: Checks since the last ok check that were not ok, by verdict.
        mute: The `mute` entries of the watchlist: headings, or words of a sentence.
        always_report: The `always_report` entries of the watchlist, which are never noise; takes precedence over `mute`.

    Returns:
        The changes, in order, and the learned noise (`known` itself if unchanged).
    """
    if known is not None and known.code != NOISE_VERSION:
        known = None
    churn = known or LearnedNoise(NOISE_VERSION)
    lost = sum(missed.values())
    if lost and churn.spots:
        churn = replace(churn, missed=churn.missed + lost)
    at = look - churn.missed - (0 if churn.spots else lost)
    changed_locations = _touched(changes, churn, new, at)
    if changed_locations:
        missed_so_far = churn.missed if churn.spots else churn.missed + lost
        churn = replace(churn, missed=missed_so_far, spots=_kept({**churn.spots, **changed_locations}, at))
    settled = tuple(_settled(change, churn.spots, mute, always_report) for change in changes)
    return settled, (known if churn == known or not churn.spots else churn)


def _touched(changes: Iterable[Change], churn: LearnedNoise, new: Version, at: int) -> dict[str, ChangeFrequency]:
    changed_locations: dict[str, ChangeFrequency] = {}
    for change in changes:
        close = change.detail.get("near")
        for key in change.detail.get("spots", ()):
            if key not in changed_locations:
                previous = churn.spots.get(key) or _relocated(churn.spots.get(close or ""), change, new)
                changed_locations[key] = _moved(previous, change, at)
        if close is not None and close not in changed_locations:
            changed_locations[close] = _moved(churn.spots.get(close), change, at)
    return changed_locations


def _relocated(near: ChangeFrequency | None, change: Change, new: Version) -> ChangeFrequency | None:
    """Return what was learned of a number that has moved on the page: the noise between the same words, if they enclose no other mention."""
    return near if near is not None and (near.noisy or near.known) and location_keys.is_only(new, change) else None


def _moved(spot: ChangeFrequency | None, change: Change, at: int) -> ChangeFrequency:
    """Record one more change of a location. A new record is started if the check is not after the recorded one, or too long after it."""
    since = at - spot.at if spot is not None else 0
    previous = spot if spot is not None and 0 < since < _REMEMBERED else ChangeFrequency(at, 0)
    since = min(since, WINDOW)
    is_number = change.kind is EventKind.NUMBER_CHANGED
    changed = (previous.changed << since | 1) & _MASK
    rose = (previous.rose << since | (is_number and change.after > change.before)) & _MASK
    stays = previous.noisy and changed.bit_count() >= STAYS
    sinks_again = previous.known and is_number and _lately(changed, _JUST_NOW) >= SINKS_AGAIN and not _is_prose(change)
    sinks = not previous.noisy and _lately(changed, _LATELY) >= SINKS and _may_sink(change, changed, rose)
    noisy = stays or sinks_again or sinks
    return ChangeFrequency(at, changed, rose, noisy, known=noisy or previous.known)


def _lately(changed: int, checks: int) -> int:
    return (changed & ((1 << checks) - 1)).bit_count()


def _may_sink(change: Change, changed: int, rose: int) -> bool:
    if change.kind is not EventKind.NUMBER_CHANGED:
        return True
    if _is_prose(change):
        return False
    # "Day 312" moves in one direction and only states the date.
    return change.detail.get("type") == MentionType.DURATION.value or _turns(changed, rose) >= _TURNS


def _is_prose(change: Change) -> bool:
    """Return whether a number is in a sentence: a complete one, or one with many more words than numbers."""
    text = (change.sentence_after or "").rstrip("\"'”’»)")
    numbers = sum(any(map(str.isdigit, word)) for word in text.split())
    words = sum(any(map(str.isalpha, word)) for word in text.split())
    enough = _PROSE_WORDS if text.endswith(_SENTENCE_ENDS) else max(2, numbers) * _PROSE_WORDS
    return change.block_kind is BlockKind.CONTENT and words >= enough


def _turns(changed: int, rose: int) -> int:
    """Count the changes of direction of a number over the checks that changed it."""
    ways = [bool(rose >> n & 1) for n in range(WINDOW) if changed >> n & 1]
    return sum(a is not b for a, b in pairwise(ways))


def _kept(spots: Mapping[str, ChangeFrequency], at: int) -> dict[str, ChangeFrequency]:
    """Return the locations that changed within the window or were noise recently enough; if there are too many, those that changed last."""
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
        return _sunk(change, NoiseReason.MUTED)
    keys = change.detail.get("spots", ())
    if keys and all(key in spots and spots[key].noisy for key in keys):
        often = min(spots[key].changed.bit_count() for key in keys)
        return _sunk(change, NoiseReason.CHANGES_OFTEN, noise_checks=often, noise_window=WINDOW)
    return change


def _sunk(change: Change, reason: NoiseReason, **values: int) -> Change:
    return replace(change, level=Level.NOISE, detail={**change.detail, "noise": reason.value, **values})


def _loud(change: Change) -> Change:
    """Return the change at the default level of its kind, without a noise reason."""
    if change.level is not Level.NOISE:
        return change
    level = Level.NUMBER if change.kind is EventKind.NUMBER_CHANGED else Level.TEXT
    return replace(change, level=level, detail={key: item for key, item in change.detail.items() if key != "noise"})


def _names(named: Sequence[str], change: Change) -> bool:
    """Return whether one of the names is a heading above the change, or is contained in its sentence on either side."""
    if not named:
        return False
    headings = {heading.casefold() for heading in change.detail.get("anchor", ())}
    texts = [text.casefold() for text in (change.sentence_before, change.sentence_after) if text]
    return any(
        cut(name, HEADING_CHARS).casefold() in headings or any(name.casefold() in text for text in texts)
        for name in named
    )
