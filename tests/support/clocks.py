"""A clock that moves only when it is advanced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


class Clock:
    """Callable like the service's clock; starts on 1 March 2021 12:00 UTC."""

    def __init__(self) -> None:
        self.now = datetime(2021, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
