"""What the soak's pages say and how their hosts misbehave, second by second. Pure: the same seed gives the same script."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

WRONG = 1
"""The number that misbehaving hosts state. No page's script has it, so that an event which tells it was made of what should not be believed."""


class Mode(StrEnum):
    """How a host behaves for a while."""

    WELL = "well"
    SLOW_HEADERS = "slow headers"
    SLOW_BODY = "slow body"
    SILENT = "silent"
    RESET = "reset"
    RESET_BODY = "reset in the body"
    GARBAGE = "garbage"
    ERROR = "500"
    BUSY = "503"
    LOOP = "redirect loop"
    HUGE_HEADERS = "huge headers"
    TRUNCATED = "truncated"
    DOWN = "down"
    EXPIRED = "certificate expired"
    UNTRUSTED = "certificate untrusted"
    WRONG_HOST = "certificate of another host"
    HANDSHAKE_CUT = "handshake cut"


OF_TLS = (Mode.EXPIRED, Mode.UNTRUSTED, Mode.WRONG_HOST, Mode.HANDSHAKE_CUT)


@dataclass(frozen=True)
class Spell:
    """A mode and how long it lasts, in seconds."""

    mode: Mode
    seconds: float


def spells(seed: str, *, tls: bool) -> Iterator[Spell]:
    """Every kind of trouble in turn, good times in between, for ever."""
    chance = random.Random(seed)
    troubles = [mode for mode in Mode if mode is not Mode.WELL and (tls or mode not in OF_TLS)]
    if tls:
        troubles += OF_TLS  # twice as often as the others, which plain hosts show too
    while True:
        chance.shuffle(troubles)
        for mode in troubles:
            yield Spell(Mode.WELL, chance.uniform(6, 12))
            yield Spell(mode, chance.uniform(3, 8))


@dataclass(frozen=True)
class Story:
    """The numbers a page states one after the other, none of them twice.

    Attributes:
        values: The numbers.
        starts: When each begins to be stated, in seconds from the beginning; the last one stays.
    """

    values: tuple[int, ...]
    starts: tuple[float, ...]

    def index_at(self, seconds: float) -> int:
        """Which of the numbers is stated at a moment."""
        return max(bisect_right(self.starts, seconds) - 1, 0)

    def spans(self) -> Iterator[tuple[int, float, float]]:
        """Each number's index, beginning and end, the last one left out, which has no end."""
        for index, (begin, end) in enumerate(zip(self.starts, self.starts[1:], strict=False)):
            yield index, begin, end


def story(seed: str, seconds: float) -> Story:
    """Numbers that stand for 10 to 50 s, one in six of them only for a moment, until `seconds` are over."""
    chance = random.Random(seed)
    lasting: list[float] = []
    while sum(lasting) < seconds:
        lasting.append(chance.uniform(0.3, 3) if chance.random() < 1 / 6 else chance.uniform(10, 50))
    starts = (0.0, *accumulate(lasting[:-1]))
    return Story(tuple(chance.sample(range(20, 9_000), len(starts))), starts)


_WORDS = (
    "partner council border market school harbour valley report winter meeting court office village region engineer "
    "teacher doctor convoy bridge river station library forum family village garden agreement minister letter"
).split()


def page(path: str, number: int, mark: str = "") -> str:
    """A page of some kilobytes that states one number; `mark` is hidden in it."""
    chance = random.Random(path)
    text = "".join(f"<p>{_sentence(chance)} {_sentence(chance)} {_sentence(chance)}</p>" for _ in range(30))
    hidden = f"<!-- {mark} -->" if mark else ""
    return (
        f'<!doctype html><html lang="en"><title>The Coalition</title><body>{hidden}<main><h1>The Coalition</h1>'
        f"<p>Today the Coalition has {number:,} members.</p>{text}</main></body></html>"
    )


def _sentence(chance: random.Random) -> str:
    words = " ".join(chance.choices(_WORDS, k=12))
    return f"The {words} was there."
