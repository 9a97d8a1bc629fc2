"""What moves on real pages without meaning anything: counters, clocks, weather, feeds, teasers, nonces."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from eval.generated.model import Page, Words, words_of

Ambience = dict[str, Any]

LEARNABLE = ("weather", "rate")
"""Shown on restless pages only, where they move at every check: what they are can be learned, but not reported at first sight."""
BYLINED = ("article", "news")
"""Kinds of pages that say when they were posted and how they are liked."""
KINDS = ("visits", "online", "likes", "ago", "updated", "year", "feed", "related", "vendors", "nonce", *LEARNABLE)
"""Each can move alone; nonce shows in no text."""


def begin(dice: Random, language: str) -> Ambience:
    """The pieces around a page at its first snapshot."""
    words = words_of(language)
    return {
        "live": False,
        "visits": dice.randint(10_000, 900_000),
        "online": dice.randint(3, 400),
        "likes": dice.randint(10, 3_000),
        "ago": dice.randint(2, 6),
        "updated": datetime(2021, 1, 4, 8, dice.randint(0, 59)),
        "year": 2021,
        "weather": dice.randint(2, 30),
        "place": dice.choice(words["places"]),
        "rate": dice.randint(10_500, 12_500),
        "feed": _feed(dice, words),
        "related": _related(dice, words),
        "vendors": dice.randint(120, 1_700),
        "nonce": dice.getrandbits(64),
    }


def moved(ambience: Ambience, kinds: frozenset[str], dice: Random, language: str) -> Ambience:
    """The pieces one check later, those of `kinds` moved on."""
    words = words_of(language)
    steps = {
        "visits": lambda: ambience["visits"] + dice.randint(1, 900),
        "online": lambda: _other(dice, 3, 400, ambience["online"]),
        "likes": lambda: ambience["likes"] + dice.randint(1, 40),
        "ago": lambda: ambience["ago"] + 1,
        "updated": lambda: ambience["updated"] + timedelta(days=1, minutes=dice.randint(1, 300)),
        "year": lambda: ambience["year"] + 1,
        "weather": lambda: _other(dice, 2, 30, ambience["weather"]),
        "rate": lambda: _other(dice, 10_500, 12_500, ambience["rate"]),
        "feed": lambda: (*_feed(dice, words)[:2], *ambience["feed"][:-2]),
        "related": lambda: _related(dice, words),
        "vendors": lambda: _other(dice, 120, 1_700, ambience["vendors"]),
        "nonce": lambda: dice.getrandbits(64),
    }
    return {**ambience, **{kind: steps[kind]() for kind in sorted(kinds)}}


def written(page: Page) -> dict[str, list[str]]:
    """The pieces as they are on the page, by kind."""
    text, words, around = page.words["page"], page.words, page.ambience
    months = words["months"].split()
    date = words["date"].format(
        day=around["updated"].day, month=months[around["updated"].month - 1], year=around["updated"].year
    )
    grouped = f"{around['visits']:,}".replace(",", words["grouping"])
    signed = page.kind in BYLINED
    rate = f"{around['rate'] / 10_000:.4f}".replace(".", words["decimal"])
    return {
        "visits": [text["visits"].format(n=grouped)],
        "online": [text["online"].format(n=around["online"])],
        "likes": [text["likes"].format(n=around["likes"]) if signed else ""],
        "ago": [text["ago"].format(n=around["ago"]) if signed else ""],
        "updated": [text["updated"].format(date=date, time=f"{around['updated']:%H:%M}")],
        "year": [text["copyright"].format(year=around["year"], org=page.org)],
        "weather": [text["weather"].format(place=around["place"], n=around["weather"]) if around["live"] else ""],
        "rate": [text["rate"].format(n=rate) if around["live"] else ""],
        "feed": list(around["feed"]),
        "related": list(around["related"]),
        "vendors": [text["consent"].format(n=around["vendors"])],
    }


def _other(dice: Random, low: int, high: int, but: int) -> int:
    value = dice.randint(low, high - 1)
    return value if value < but else value + 1


def _feed(dice: Random, words: Words) -> tuple[str, ...]:
    people = dice.sample(words["people"], 5)
    return tuple(words["page"]["feed_item"].format(person=who, place=dice.choice(words["places"])) for who in people)


def _related(dice: Random, words: Words) -> tuple[str, ...]:
    return tuple(words["page"]["teaser"].format(place=place) for place in dice.sample(words["places"], 4))
