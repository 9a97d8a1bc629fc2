"""Steps from one value to another: "rose from 82 to 85", "stieg von 82 auf 85", "compared with 82 last year". What a step comes from is no longer so.

Where a sentence names what it counts once, "the number of members rose from 82 to 85", that is what both ends count.
"""

from __future__ import annotations

import re

_GROWTH = (
    r"(?:grow[ns]?|grew|growing|rose|risen|rises?|rising|increas\w+|expand\w*|up|fell|fallen|falls?|drop\w*|declin\w+|decreas\w+|down|"
    r"jump\w*|shr[aiu]nk\w*|augment\w+|progress\w+|baiss\w+|recul\w+|subi\w+|baj\w+|aument\w+|caiu|caí\w*|ca[ey]\w*|salit\w+|salgono|sces\w+|cresci\w+|crebb\w+|crec\w+|"
    r"gestiegen|gesunken|gewachsen|stieg\w*|steig\w+|sank\w*|sink\w+|wuchs\w*|wächst|erhöh\w+|gestegen|gedaald|gegroeid|steeg|stegen|daalde\w*|groei\w+|"
    r"ارتفع\w*|زاد\w*|ازداد\w*|انخفض\w*|تراجع\w*|نم[اىت]\w*|قفز\w*|هبط\w*)"
)
_MOVES = r"(?:went|gone|chang\w+|rais\w+|cut|mov\w+|pass[éeéaoò]\w*|pas[oó])"
"""What leads from one value to another, and may be followed by "by" in another sense: "raised by 82 members"."""
_FORMER = re.compile(
    rf"\b(?:{_GROWTH}|{_MOVES})\b.{{0,60}}\b(?:from|de|d['’]|da|dai|dalle|von|van|من)\s*$|"
    r"\b(?:compared (?:with|to)|as opposed to|instead of|previously|formerly|vs\.?|versus|gegenüber|im vergleich zu|statt|bisher|zuvor|par rapport à|"
    r"frente a|en comparación con|rispetto a[il]?|anziché|em comparação com|face a|vergeleken met|tegenover|in plaats van|مقارنة ب\w*|بدلا من)\s*$|"
    r"[,;(–—-] ?(?:against|contre|contra|ante|contro|tegen)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT = re.compile(
    rf"(?P<subject>[^\W\d_][^\d,;:()]{{1,40}}?)\s(?:{_GROWTH}|{_MOVES})\b[^\d,;:]{{0,30}}$", re.IGNORECASE
)
_BY = re.compile(
    rf"\b{_GROWTH}\b.{{0,20}}\b(?:by|um|met|en|di|em|بنسبة|بمقدار)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LAST = frozenset(
    "from de da dai dalle von van من with to of previously formerly vs vs. versus gegenüber zu statt bisher zuvor à a con ai al anziché com met tegenover "
    "plaats مقارنة against contre contra ante contro tegen by um en di em بنسبة بمقدار".split()
)
"""What those end with: behind nearly all words no step begins."""
_ON = re.compile(
    r"(?: [^\W\d_]+){0,3}? (?:to|auf|à|a|ad|para|naar|إلى)(?: (?:about|around|nearly|almost|some|over|more than|rund|etwa|fast|über|mehr als|près de|environ|plus de|"
    r"casi|más de|unos|quasi|circa|oltre|più di|quase|cerca de|mais de|bijna|ruim|meer dan|حوالي|نحو|أكثر من))? ",
    re.IGNORECASE,
)
_FIRST_END = re.compile(
    r"\d[\d.,'’\u00a0]*(?:\s?[%٪]|[ -][^\W\d_]+){0,3}?\s(?:to|auf|à|a|ad|para|naar|إلى)(?:\s[^\W\d_]+){0,3}\s$",
    re.IGNORECASE,
)
_ON_WORDS = frozenset("to auf à a ad para naar إلى".split())
_LONGEST = 60
_REACH = 128
_SUBJECT_WORDS = 4
_TOTAL = 3
"""How many times as much as what it grew by a total is at the least: "rose by 5 to 10 members" is a range, "by 12 to 98" none."""


def is_former(before: str, tail: list[str]) -> bool:
    """Whether a number is what something was before, or what it is held against.

    Args:
        before: What stands in front of it in its sentence.
        tail: The words of that, lower case.
    """
    return _may_begin(tail) and _FORMER.search(before, max(len(before) - _REACH, 0)) is not None


def is_difference(before: str, tail: list[str]) -> bool:
    """Whether a number is by how much something grew: "rose by 12 members"."""
    return _may_begin(tail) and _BY.search(before, max(len(before) - _REACH, 0)) is not None


def is_apart(before: str, tail: list[str], low: float, high: float) -> bool:
    """Whether two numbers with "to" between them are the ends of a step rather than of a range; the arguments as before, of the first."""
    if is_former(before, tail):
        return True
    return high >= _TOTAL * low and is_difference(before, tail)


def leads_on(between: str) -> bool:
    """Whether what stands between two numbers can be the middle of a step: "to", "members to nearly"."""
    if not 3 <= len(between) <= _LONGEST or _ON_WORDS.isdisjoint(between.lower().split()):
        return False
    return _ON.fullmatch(between.replace("\u00a0", " ")) is not None


def before_step(before: str) -> str:
    """What stands in front of a number, without what its step came from: "the share fell from" of "the share fell from 40% to"."""
    found = _FIRST_END.search(before, max(len(before) - _LONGEST, 0))
    if found is None:
        return before
    front = before[: found.start()]
    return front if is_former(front, front[-_LONGEST:].lower().split()) else before


def subject(before: str) -> str | None:
    """What a sentence that begins with a step says it is of, as written: "Membership" of "Membership rose from"; None where it begins otherwise."""
    found = _SUBJECT.fullmatch(before.rstrip())
    return found["subject"] if found is not None and len(found["subject"].split()) <= _SUBJECT_WORDS else None


def _may_begin(tail: list[str]) -> bool:
    if not tail:
        return False
    word = tail[-1]
    return word in _LAST or word.lstrip(",;(–—-") in _LAST or word.startswith(("d'", "d’", "بال"))
