"""What a person judged of the messages of the default rule: `message_labels.toml`, read and applied.

Changes are named by digests of what they state, so the file contains no text of a page.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Change

FILE = Path(__file__).with_name("message_labels.toml")
WRONG_REASONS: Mapping[str, str] = {
    "boilerplate": "navigation, buttons, captions, errors of the site's template",
    "promotion": "advertising, appeals, and announcements that end or are only repeated in other words",
    "rotation": "a status or teaser that comes and goes, such as whether a broadcast is live",
    "timestamp": "when the page or an entry of it was edited",
    "layout": "the same content in other places or elements",
    "extraction": "content that was extracted from one snapshot and not from the other, though both show it",
    "wording": "the same statement in other words, with other spelling, spaces or punctuation",
    "value": "a wrong value, or two unrelated numbers",
}
"""Why a message is wrong."""


@dataclass(frozen=True, slots=True)
class MessageLabel:
    """What was judged of a message.

    Attributes:
        right: Whether the message is right.
        reason: "" for a right one; otherwise the reason of its first change, one of `WRONG_REASONS`.
        announced: Whether it is right only because of an announcement in a bar above the navigation.
    """

    right: bool
    reason: str = ""
    announced: bool = False


@dataclass(frozen=True, slots=True)
class MessageLabels:
    """The labels of one history.

    Attributes:
        right: Times of snapshots to the second, UTC, each with the digests of changes that are true changes of the content.
        announced: The same for true changes of announcements in a bar above the navigation.
        wrong: The same for changes that are neither, each with its reason.
    """

    right: Mapping[datetime, frozenset[str]]
    announced: Mapping[datetime, frozenset[str]]
    wrong: Mapping[datetime, Mapping[str, str]]

    @classmethod
    def of(cls, history: str, file: Path = FILE) -> MessageLabels:
        """Return those of a history; none if none is labelled.

        Raises:
            ValueError: A reason is not one of `WRONG_REASONS`.
        """
        right: dict[datetime, frozenset[str]] = {}
        announced: dict[datetime, frozenset[str]] = {}
        wrong: dict[datetime, dict[str, str]] = {}
        rows: list[dict[str, Any]] = tomllib.loads(file.read_text()).get(history, [])
        for row in rows:
            at = row["to"].astimezone(UTC)
            right[at] = frozenset(row.get("right", ()))
            announced[at] = frozenset(row.get("announced", ()))
            for reason, digests in row.get("wrong", {}).items():
                if reason not in WRONG_REASONS:
                    raise ValueError(f"{file.name}: {history}, {row['to']}: {reason!r} is not a known reason")
                wrong.setdefault(at, {}).update(dict.fromkeys(digests, reason))
        return cls(right, announced, wrong)

    def judge(self, at: datetime, digests: Sequence[str]) -> MessageLabel | None:
        """Return the label of a message: right if one of its changes is, wrong if all are wrong, None if changes without a label decide."""
        if any(digest in self.right.get(at, ()) for digest in digests):
            return MessageLabel(right=True)
        if any(digest in self.announced.get(at, ()) for digest in digests):
            return MessageLabel(right=True, announced=True)
        reasons = [self.wrong.get(at, {}).get(digest) for digest in digests]
        if not reasons or reasons[0] is None or None in reasons:
            return None
        return MessageLabel(right=False, reason=reasons[0])


def item_digest(change: Change) -> str:
    """Return eight hex digits of what a change states: its kind, values, quotes, sentences, link and image."""
    stated = [change.kind.value, change.fact, change.before, change.after]
    texts = [change.quote_before, change.quote_after, change.sentence_before, change.sentence_after]
    more = [change.detail.get(name) for name in ("link", "image")]
    return hashlib.sha256(json.dumps([*stated, *texts, *more], sort_keys=True).encode()).hexdigest()[:8]
