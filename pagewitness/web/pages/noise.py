"""The noisy places of a page: where changes were recorded as noise, why, and what would mute them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.model import RecordedEvent
from monitor.model import Level
from rendering import noise_reasons, sentences

_WORDS = 3
"""Characters that a heading must have to be muted."""


@dataclass(frozen=True, slots=True)
class NoisyPlace:
    """A place of a page whose changes are noise.

    Attributes:
        heading: The innermost heading above it; "" if none is known.
        reason: Why its changes are noise, a sentence.
        count: Number of changes in it, of those that were considered.
        last_at: Time of the newest one.
        example: The sentence of the newest one.
        mute: What to mute so that all its changes are noise; None where nothing names it, and where it is muted already.
        is_muted: Whether it is muted.
    """

    heading: str
    reason: str
    count: int
    last_at: datetime
    example: str
    mute: str | None
    is_muted: bool


def noisy_places(newest: Iterable[RecordedEvent], muted: Iterable[str], limit: int) -> list[NoisyPlace]:
    """Return the places with the most noise among events, by heading and reason.

    Args:
        newest: Events of one page, the newest first.
        muted: What the page mutes.
        limit: At most so many places.
    """
    groups: dict[tuple[str, str], list[RecordedEvent]] = {}
    for recorded in newest:
        change = recorded.event.change
        if change.level is Level.NOISE:
            reason = noise_reasons.noise_reason(change) or "noise"
            groups.setdefault((_heading(recorded), reason), []).append(recorded)
    quiet = {_folded(text) for text in muted}
    places = [
        NoisyPlace(
            heading,
            reason,
            len(found),
            found[0].event.snapshot.taken_at,
            sentences.summary(found[0].event.change),
            heading if len(heading) >= _WORDS and _folded(heading) not in quiet else None,
            _folded(heading) in quiet,
        )
        for (heading, reason), found in groups.items()
    ]
    return sorted(places, key=lambda place: -place.count)[:limit]


def _heading(recorded: RecordedEvent) -> str:
    anchor = recorded.event.change.detail.get("anchor")
    if isinstance(anchor, list) and anchor and isinstance(anchor[-1], str):
        return anchor[-1]
    return ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
