"""Progress as maintenance operations report it while they run."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the current step, the amount done and the total amount; both numbers count the same unit (rows, pages of a file, bodies and versions)."""


def ignore_progress(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""
