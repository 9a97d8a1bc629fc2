"""Learns which locations of a page change at nearly every check, and lowers the level of their changes until the location is calm again.

The learned state is an argument and a return value; the module keeps no state. A noise change is still recorded, with its reason. Lowering a level never hides
what a page counts (tests/monitor/tracking/test_noise.py::test_a_count_with_its_own_noun_is_never_silenced):

- declared facts, which are handled elsewhere, numbers in a sentence of prose, totals, and whole numbers with a noun or label keep their level;
- amounts, percentages and measurements with a noun or label are lowered to level text;
- texts, dates, bare numbers and temperatures become noise.

Short labels that come and go are learned by `monitor.tracking.recurring_labels`.

Volatility is measured in the usual time between two checks of the page, so a page that is checked weekly behaves as one that is checked daily, and several checks
within one interval count once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.diff import location_keys, number_matching
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
from monitor.tracking import recurring_labels

NOISE_VERSION = "2"
"""Raised when the location keys change; state learned under another version is discarded. State without times is still usable."""
WINDOW = 8
"""Number of intervals for which it is remembered whether a location changed."""
SINKS = 5
"""Changes within the last `_LATELY` intervals from which a location is noise."""
_LATELY = 6
SINKS_AGAIN = 2
"""Changes within the last `_JUST_NOW` intervals from which a former noise location is noise again: exchange rates, for example, pause at night and at weekends.
See tests/monitor/tracking/test_noise.py::test_what_was_noise_before_is_noise_again_at_its_second_change."""
_JUST_NOW = 4
_REMEMBERED = timedelta(days=100)
"""Calm time after which a former noise location is forgotten, however often the page is checked."""
STAYS = 4
"""Minimum number of changes within the window for a location to remain noise."""
_UNCHECKED_SHARE = 4
"""A location decays this many times more slowly during intervals without a check than during checked ones: archives have irregular gaps. See
tests/monitor/tracking/test_noise.py::test_volatility_decays_with_time_also_without_checks."""
_LEAST_INTERVAL = 60
"""Minimum of the usual time between two checks, in seconds."""
_TURNS = 2
"""Changes of direction from which a number counts as fluctuating."""
_MOST_SPOTS = 400
"""Maximum number of locations remembered per page; those that changed most recently are kept."""
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।")
_PROSE_WORDS = 4
_MASK = (1 << WINDOW) - 1
_TEMPERATURES = frozenset({"°c", "°f", "℃", "℉", "°"})
_OF_TIME = frozenset({MentionType.DURATION, MentionType.DATE, MentionType.YEAR})
_COUNTS = frozenset({MentionType.COUNT, MentionType.ORDINAL})
_AMOUNTS = frozenset(
    {MentionType.COUNT, MentionType.ORDINAL, MentionType.MONEY, MentionType.PERCENT, MentionType.DURATION}
)


@dataclass(frozen=True, slots=True)
class CheckTime:
    """The time of a check, in relation to the checks before it.

    Attributes:
        taken_at: Time of the check.
        last_ok: Time of the last ok check before it; None if there was none.
        number: Its number among the page's checks, in chronological order.
        missed: Checks since the last ok check that were not ok.
    """

    taken_at: datetime
    last_ok: datetime | None
    number: int
    missed: int = 0

    @property
    def seconds(self) -> int:
        """Time of the check in seconds since 1970-01-01 UTC."""
        return max(int(self.taken_at.timestamp()), 0)

    @property
    def interval(self) -> int:
        """Average time between the checks since the last ok check, in seconds; 0 if unknown."""
        if self.last_ok is None or self.taken_at <= self.last_ok:
            return 0
        return max(round((self.taken_at - self.last_ok).total_seconds() / (self.missed + 1)), _LEAST_INTERVAL)


def update(
    changes: Sequence[Change],
    known: LearnedNoise | None,
    new: Version,
    check: CheckTime,
    *,
    mute: Sequence[str] = (),
    always_report: Sequence[str] = (),
) -> tuple[tuple[Change, ...], LearnedNoise | None]:
    """Assign the level of each change on this page, and update the learned noise.

    Args:
        changes: The changes that `monitor.diff.compare` returned.
        known: The noise learned so far; None if there is none.
        new: The version that contains the changes.
        check: The time of the check that found the changes.
        mute: The `mute` entries of the watchlist: headings, or words of a sentence.
        always_report: The `always_report` entries of the watchlist, which are never noise; takes precedence over `mute`.

    Returns:
        The changes, in order, and the learned noise (`known` itself if unchanged).
    """
    if known is not None and known.code != NOISE_VERSION:
        known = None
    churn = known or LearnedNoise(NOISE_VERSION)
    if check.missed and churn.spots:
        churn = replace(churn, missed=churn.missed + check.missed)
    missed = churn.missed if churn.spots else churn.missed + check.missed
    clock = _Clock(check.number - missed, check.seconds, _usual_interval(churn.interval, check.interval))
    changed_locations = _touched(changes, churn, new, clock)
    if changed_locations:
        spots = _kept({**churn.spots, **changed_locations}, clock)
        labels = recurring_labels.learned(churn.labels, changes, clock.seconds)
        churn = replace(churn, missed=missed, spots=spots, interval=clock.interval, labels=labels)
    settled = tuple(_settled(change, new, churn, mute, always_report) for change in changes)
    return settled, (known if churn == known or not churn.spots else churn)


@dataclass(frozen=True, slots=True)
class _Clock:
    """Measures the time since a location changed in intervals between checks.

    Attributes:
        at: Number of the check among the ok ones.
        seconds: Time of the check, in seconds since 1970-01-01 UTC.
        interval: Usual time between two checks of the page, in seconds; 0 if unknown.
    """

    at: int
    seconds: int
    interval: int

    def since(self, spot: ChangeFrequency) -> int:
        """Return the intervals since the last change of a location: 0 within the same one, less than 0 if the check is not after it."""
        checks = self.at - spot.at
        if checks <= 0:
            return -1
        if not self.interval or not spot.time:
            return checks
        elapsed = round(max(self.seconds - spot.time, 0) / self.interval)
        return elapsed if elapsed <= checks else checks + (elapsed - checks) // _UNCHECKED_SHARE

    def forgets(self, spot: ChangeFrequency) -> bool:
        """Return whether a location has been calm for so long that nothing of it is remembered."""
        if not spot.known:
            return self.since(spot) >= WINDOW
        if not spot.time:
            return self.since(spot) >= _REMEMBERED.days
        return self.seconds - spot.time >= _REMEMBERED.total_seconds()


def _usual_interval(usual: int, latest: int) -> int:
    """Return the usual interval after one more: their weighted geometric mean, so that one gap changes it little and a new schedule is adopted soon."""
    if not usual or not latest:
        return usual or latest
    return max(round(math.sqrt(math.sqrt(usual * usual * usual * latest))), _LEAST_INTERVAL)


def _touched(changes: Iterable[Change], churn: LearnedNoise, new: Version, clock: _Clock) -> dict[str, ChangeFrequency]:
    changed_locations: dict[str, ChangeFrequency] = {}
    for change in changes:
        close = change.detail.get("near")
        for key in change.detail.get("spots", ()):
            if key not in changed_locations:
                previous = churn.spots.get(key) or _relocated(churn.spots.get(close or ""), change, new)
                changed_locations[key] = _moved(previous, change, clock)
        if close is not None and close not in changed_locations:
            changed_locations[close] = _moved(churn.spots.get(close), change, clock)
    return changed_locations


def _relocated(near: ChangeFrequency | None, change: Change, new: Version) -> ChangeFrequency | None:
    """Return what was learned of a number that has moved on the page: the noise between the same words, if they enclose no other mention.

    See tests/monitor/tracking/test_noise.py::test_noise_learned_is_kept_through_a_redesign.
    """
    return near if near is not None and (near.noisy or near.known) and location_keys.is_only(new, change) else None


def _moved(spot: ChangeFrequency | None, change: Change, clock: _Clock) -> ChangeFrequency:
    """Record one more change of a location. A new record is started if the check is not after the recorded one, or too long after it."""
    since = clock.since(spot) if spot is not None else -1
    previous = spot if spot is not None and since >= 0 and not clock.forgets(spot) else ChangeFrequency(clock.at, 0)
    since = min(max(since, 0), WINDOW)
    is_number = change.kind is EventKind.NUMBER_CHANGED
    rises = is_number and change.after > change.before
    # A second change within one interval replaces the direction of the first.
    changed = (previous.changed << since | 1) & _MASK
    rose = ((previous.rose << since & ~1) | rises) & _MASK
    stays = previous.noisy and changed.bit_count() >= STAYS
    sinks_again = previous.known and is_number and _lately(changed, _JUST_NOW) >= SINKS_AGAIN and not _is_prose(change)
    sinks = not previous.noisy and _lately(changed, _LATELY) >= SINKS and _may_sink(change, changed, rose)
    noisy = stays or sinks_again or sinks
    return ChangeFrequency(clock.at, changed, rose, noisy, known=noisy or previous.known, time=clock.seconds)


def _lately(changed: int, checks: int) -> int:
    return (changed & ((1 << checks) - 1)).bit_count()


def _may_sink(change: Change, changed: int, rose: int) -> bool:
    """Return whether a location that changes often may become noise: a text, or a number outside prose that rises and falls.

    See tests/monitor/tracking/test_noise.py::test_totals_and_numbers_in_prose_never_sink.
    """
    if change.kind is not EventKind.NUMBER_CHANGED:
        return True
    if _is_prose(change):
        return False
    # A duration or date that moves in one direction only states the time.
    return change.detail.get("type") in _OF_TIME or _turns(changed, rose) >= _TURNS


def _is_prose(change: Change) -> bool:
    """Return whether a number is in a sentence: a complete one, or one with many more words than numbers."""
    # See tests/monitor/tracking/test_noise.py::test_daily_figures_in_prose_never_sink_though_they_go_up_and_down.
    text = (change.sentence_after or "").rstrip("\"'”’»)")
    numbers = sum(any(map(str.isdigit, word)) for word in text.split())
    words = sum(any(map(str.isalpha, word)) for word in text.split())
    enough = _PROSE_WORDS if text.endswith(_SENTENCE_ENDS) else max(2, numbers) * _PROSE_WORDS
    return change.block_kind is BlockKind.CONTENT and words >= enough


def _turns(changed: int, rose: int) -> int:
    """Count the changes of direction of a number over the checks that changed it."""
    ways = [bool(rose >> n & 1) for n in range(WINDOW) if changed >> n & 1]
    return sum(a is not b for a, b in pairwise(ways))


def _kept(spots: Mapping[str, ChangeFrequency], clock: _Clock) -> dict[str, ChangeFrequency]:
    """Return the locations that changed within the window or were noise recently enough; if there are too many, those that changed last."""
    # See tests/monitor/tracking/test_noise.py::test_what_was_learned_stays_small_and_changes_only_where_something_changed.
    alive = [(key, spot) for key, spot in spots.items() if not clock.forgets(spot)]
    if len(alive) > _MOST_SPOTS:
        alive = sorted(alive, key=lambda item: (-item[1].at, item[0]))[:_MOST_SPOTS]
    return dict(sorted(alive))


def _settled(
    change: Change,
    new: Version,
    churn: LearnedNoise,
    mute: Sequence[str],
    always_report: Sequence[str],
) -> Change:
    if _names(always_report, change):
        return _loud(change)
    if change.level is Level.NOISE:
        return change
    if _names(mute, change):
        return _sunk(change, NoiseReason.MUTED)
    if recurring_labels.comes_and_goes(change, churn.labels):
        return _sunk(change, NoiseReason.COMES_AND_GOES)
    spots = churn.spots
    keys = change.detail.get("spots", ())
    if keys and all(key in spots and spots[key].noisy for key in keys):
        often = min(spots[key].changed.bit_count() for key in keys)
        level = _volatile_level(change, new)
        return (
            change
            if level is change.level
            else _sunk(change, NoiseReason.CHANGES_OFTEN, level, noise_checks=often, noise_window=WINDOW)
        )
    return change


def _volatile_level(change: Change, new: Version) -> Level:
    """Return the level of a change at a location that changes at nearly every check.

    See tests/monitor/tracking/test_noise.py::test_a_count_with_its_own_noun_is_never_silenced and
    tests/monitor/tracking/test_noise.py::test_volatile_amounts_and_percentages_are_lowered_and_not_silenced.
    """
    if change.kind is not EventKind.NUMBER_CHANGED or change.detail.get("type") not in _AMOUNTS:
        return Level.NOISE
    unit = str(change.detail.get("unit") or "").split(" ")[0].rstrip(",")
    if unit in _TEMPERATURES or not _is_labelled(change, new):
        return Level.NOISE
    whole = isinstance(change.before, int) and isinstance(change.after, int)
    counts = change.detail.get("type") in _COUNTS and whole and not number_matching.is_measure(unit)
    return change.level if counts else Level.TEXT


def _is_labelled(change: Change, new: Version) -> bool:
    """Return whether a number has a noun or label: a unit, a row label, or words in its sentence. "1 EUR = 1.0834 USD" has none."""
    if change.detail.get("row") or (change.detail.get("unit") and change.detail.get("type") != MentionType.MONEY):
        return True
    place = change.detail.get("place_after")
    if place is None:
        return True
    (block, start), words, at = (place["block"], place["start"]), [], None
    sentence = [
        mention
        for mention in new.mentions
        if mention.block == block and mention.sentence_start <= start < mention.sentence_end
    ]
    for mention in sorted(sentence, key=lambda mention: mention.start):
        words.append(new.blocks[block].text[mention.sentence_start if at is None else at : mention.start])
        at = mention.end
    rest = new.blocks[block].text[at : sentence[0].sentence_end] if sentence else ""
    return any(any(map(str.isalpha, part)) for part in (*words, rest))


def _sunk(change: Change, reason: NoiseReason, level: Level = Level.NOISE, **values: int) -> Change:
    return replace(change, level=level, detail={**change.detail, "noise": reason.value, **values})


def _loud(change: Change) -> Change:
    """Return the change at the default level of its kind, without a noise reason."""
    if change.level is not Level.NOISE:
        return change
    level = Level.NUMBER if change.kind is EventKind.NUMBER_CHANGED else Level.TEXT
    return replace(change, level=level, detail={key: item for key, item in change.detail.items() if key != "noise"})


def _names(named: Sequence[str], change: Change) -> bool:
    """Return whether one of the names is a heading above the change, or is contained in its sentence on either side."""
    # See tests/monitor/tracking/test_noise.py::test_the_watchlist_overrules_both_ways.
    if not named:
        return False
    headings = {heading.casefold() for heading in change.detail.get("anchor", ())}
    texts = [text.casefold() for text in (change.sentence_before, change.sentence_after) if text]
    return any(
        cut(name, HEADING_CHARS).casefold() in headings or any(name.casefold() in text for text in texts)
        for name in named
    )
