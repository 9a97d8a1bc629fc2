"""Finds words that make a number's value approximate or a bound: "about", "at least", "plus de", "bis zu"."""

from __future__ import annotations

_HEDGES = (
    # English
    "at least|at most|more than|fewer than|less than|no fewer than|no less than|no more than|not more than|as many as|as few as|up to|close to|just over|just under|"
    "well over|over|under|above|below|about|around|roughly|approximately|approx.|an estimated|estimated|nearly|almost|some|circa|ca.|c.|exceeding|upwards of|a minimum of|"
    "a maximum of|in excess of|north of|~|≈|>|<|≥|≤|"
    # French
    "plus de|moins de|environ|près de|au moins|au plus|jusqu'à|jusqu’à|quelque|quelques|presque|à peine|à peu près|autour de|plus d'|un peu plus de|au maximum|"
    # German
    "mehr als|weniger als|rund|etwa|fast|mindestens|höchstens|bis zu|knapp|gut|über|unter|ungefähr|zirka|circa|nahezu|beinahe|annähernd|gegen|maximal|gerade einmal|"
    # Spanish
    "más de|menos de|unos|unas|casi|al menos|por lo menos|como mínimo|como máximo|hasta|alrededor de|cerca de|aproximadamente|en torno a|apenas|"
    # Italian
    "più di|meno di|oltre|circa|quasi|almeno|fino a|intorno a|all'incirca|al massimo|appena|"
    # Portuguese
    "mais de|menos de|cerca de|quase|pelo menos|ao menos|até|em torno de|aproximadamente|no máximo|no mínimo|"
    # Dutch
    "meer dan|minder dan|ongeveer|bijna|minstens|ten minste|maximaal|minimaal|hooguit|ruim|zo'n|zo’n|circa|rond de|tot wel|"
    # Arabic
    "أكثر من|أقل من|حوالي|نحو|ما لا يقل عن|لا يقل عن|ما يزيد عن|ما يزيد على|قرابة|زهاء|ما يقارب|يقارب|حتى|تقريبا"
).split("|")
_WORDS = frozenset(_HEDGES)
_LAST = frozenset(hedge.rsplit(" ", 1)[-1] for hedge in _HEDGES)
_LONGEST = 4
_ARTICLES = frozenset({"the", "a", "to", "de", "los", "las", "les", "die", "den", "der", "il", "el", "i", "le"})
_FALSE_FRIENDS = frozenset({("nl", "over")})
"""Hedges in one language that are everyday words in another."""
_OPENING = "([\"“«‹'‘"


def before(tail: list[str], code: str) -> str | None:
    """Return the hedge at the end of the words before a number; None if there is none.

    Args:
        tail: The words before the number, in lower case and in order.
        code: The primary subtag of the page's language; "" if unknown.
    """
    # See tests/monitor/facts/test_numbers.py::test_a_hedge_is_noted_and_changes_no_value.
    if not tail:
        return None
    if tail[-1].lstrip(_OPENING) not in _LAST:
        if tail[-1] not in _ARTICLES or len(tail) == 1 or tail[-2].lstrip(_OPENING) not in _LAST:
            return None
        tail = tail[:-1]
    for size in range(min(_LONGEST, len(tail)), 0, -1):
        phrase = " ".join(tail[-size:]).lstrip(_OPENING)
        if phrase in _WORDS:
            return None if (code, phrase) in _FALSE_FRIENDS else phrase
    return None
