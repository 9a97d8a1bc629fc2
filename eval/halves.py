"""Two halves of a set, assigned by a hash for good: the code is tuned while looking at the first; the second is only scored."""

from __future__ import annotations

import hashlib

TUNE, HELD = "tune", "held"
HALVES = (TUNE, HELD)


def half_of(name: str) -> str:
    """The half that a case of others belongs to, by its name or text. By the second byte: a set may have been divided by the first before."""
    return HALVES[hashlib.sha256(name.encode()).digest()[1] % 2]
