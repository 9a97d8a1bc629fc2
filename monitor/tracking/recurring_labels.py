"""Learns which short labels of a page come and go: "Live", "On air", "Open now" beside the site's name. Pure.

Such a label stands alone above the first heading of the page, so nothing says what it is about. It is reported until it appears for the third time; from then on its
changes are noise, until it was calm for a hundred days. A label under a heading, a label with a number and a sentence are never concerned.

tests/monitor/tracking/test_recurring_labels.py
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta

from monitor.model import BlockKind, Change, Level, Reason, RecurringLabel

APPEARANCES = 3
"""Appearances from which a label is known to come and go."""
REMEMBERED = timedelta(days=100)
"""Time without a change after which a label is forgotten; as for other noise."""
_MOST_WORDS = 3
_MOST_CHARS = 24
_MOST_LABELS = 50
"""Maximum number of labels remembered per page; those that changed last are kept."""
_DIGEST_BYTES = 8
_REASONS = frozenset({Reason.TEXT_ADDED, Reason.TEXT_REMOVED, Reason.TEXT_CHANGED})


def learned(
    known: Mapping[str, RecurringLabel], changes: Iterable[Change], seconds: int
) -> Mapping[str, RecurringLabel]:
    """Return the labels remembered after a check; `known` itself if the check changed none.

    Args:
        known: The labels remembered before.
        changes: The changes of the check.
        seconds: Time of the check, in seconds since 1970-01-01 UTC.
    """
    labels = dict(known)
    for change in changes:
        if not _is_of_labels(change):
            continue
        for text, appears in ((change.sentence_before, 0), (change.sentence_after, 1)):
            if text is not None:
                key = _key(text)
                labels[key] = RecurringLabel(_appearances(labels.get(key), seconds) + appears, seconds)
    if labels == known:
        return known
    last = sorted(labels.items(), key=lambda item: (-item[1].time, item[0]))
    return dict(sorted(item for item in last[:_MOST_LABELS] if not _is_forgotten(item[1], seconds)))


def comes_and_goes(change: Change, labels: Mapping[str, RecurringLabel]) -> bool:
    """Return whether a change only shows, hides or exchanges labels that are known to come and go."""
    if not _is_of_labels(change):
        return False
    known = [labels.get(_key(text)) for text in (change.sentence_before, change.sentence_after) if text is not None]
    return all(label is not None and label.appearances >= APPEARANCES for label in known)


def _is_of_labels(change: Change) -> bool:
    if change.level is Level.NOISE or change.reason not in _REASONS or change.block_kind is not BlockKind.CONTENT:
        return False
    texts = [text for text in (change.sentence_before, change.sentence_after) if text is not None]
    return bool(texts) and change.detail.get("anchor") == [] and all(map(_is_label, texts))


def _is_label(text: str) -> bool:
    return len(text) <= _MOST_CHARS and len(text.split()) <= _MOST_WORDS and not any(map(str.isnumeric, text))


def _appearances(label: RecurringLabel | None, seconds: int) -> int:
    return 0 if label is None or _is_forgotten(label, seconds) else label.appearances


def _is_forgotten(label: RecurringLabel, seconds: int) -> bool:
    return seconds - label.time >= REMEMBERED.total_seconds()


def _key(text: str) -> str:
    folded = " ".join(text.split()).casefold()
    return hashlib.blake2s(folded.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
