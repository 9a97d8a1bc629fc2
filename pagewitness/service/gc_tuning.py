"""Tunes Python's cyclic garbage collector, which frees only reference cycles; reference counting frees everything else at once."""

from __future__ import annotations

import gc

_YOUNG = 10_000
_OLDER = 20


def collect_seldom() -> None:
    """Run the cyclic garbage collector less often than by default.

    A check creates thousands of blocks and mentions, which reference counting frees, and almost no cycles. With Python's defaults (700 and 10) the collector
    scans them several times for each page, which takes up to a tenth of the check's time.
    """
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)
