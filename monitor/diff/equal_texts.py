"""Recognises texts that are equal to a reader although their characters differ, and texts that state nothing. Pure.

tests/monitor/diff/test_equal_texts.py has an example of each rule.
"""

from __future__ import annotations

import itertools
import operator
import re
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from monitor.diff.places import Part
from monitor.lexicon import alternatives
from monitor.model import READING_KINDS, BlockKind, Version

_UNSEEN = re.compile(r"(?<!\d)[\s\u00ad\u200b-\u200f\u2060\ufeff]+|[\s\u00ad\u200b-\u200f\u2060\ufeff]+(?!\d)")
_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′´`", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        "…": "...",
        **dict(zip("ﬀﬁﬂﬃﬄﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st"), strict=True)),
    }
)
_ENUMERATOR = re.compile(
    r"(?:§ ?)?(?:\((?P<bracketed>\d{1,3}|[a-z])\)|(?P<plain>\d{1,3}(?:\.\d{1,3}){1,4}|\d{1,3}(?=[.)])|[a-z](?=\)))[.)]?)(?:\s+|$)"
)
_PROTECTED = re.compile(r"\[email[\s\u00a0]protected\]")
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PLACEHOLDER = re.compile(rf"{alternatives('updates.placeholders')}[.…\s]*", re.IGNORECASE)
_PLACEHOLDER_CHARS = 40
_REQUEST_ID = re.compile(rf"{alternatives('updates.request_ids')}\s?:?\s?[\w.-]{{4,64}}", re.IGNORECASE)
_IDENTIFIER_CHARS = 100
_CHAIN = re.compile(r" ?[›»>→] ?| / ")
_CHAIN_CHARS = 200
_TITLE = re.compile(r" [|·–—:-] ")

_Order = tuple[int, ...]


def folded(text: str) -> str:
    """Return a text in NFC, with typographic quotation marks, apostrophes, dashes, ellipses and ligatures replaced by those of a typewriter."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_TYPOGRAPHIC)


def squeezed(text: str) -> str:
    """Return a folded text without white space and invisible characters. White space between digits is kept: "1 525" and "1525" can be different numbers."""
    return _UNSEEN.sub("", folded(text))


def left_over(gone: Sequence[Part], come: Sequence[Part], old: Version, new: Version) -> tuple[list[int], list[int]]:
    """Return the indexes of the sentences that are neither equal to one of the other side to a reader, nor without a statement.

    Args:
        gone: The sentences that only the earlier version contains.
        come: Those that only the later version contains.
        old: The earlier version.
        new: The later version.
    """
    before, after = _Side(old), _Side(new)
    removed, added = _unequal(gone, come, lambda part: squeezed(part.text))
    hidden = _protected(gone, come, removed, added)
    removed, added = _without(removed, hidden[0]), _without(added, hidden[1])
    renumbered = _renumbered(gone, come, removed, added, (before, after))
    removed, added = _without(removed, renumbered[0]), _without(added, renumbered[1])
    removed = [n for n in removed if not _states_nothing(gone[n])]
    added = [m for m in added if not _states_nothing(come[m])]
    chains = (
        {n for n in removed if _is_breadcrumb(gone[n], before)},
        {m for m in added if _is_breadcrumb(come[m], after)},
    )
    if bool(chains[0]) != bool(chains[1]):
        # A breadcrumb that is shown or hidden; one that changed is reported.
        return _without(removed, chains[0]), _without(added, chains[1])
    return removed, added


class _Side:
    """A version, with what is derived from all its blocks, once."""

    def __init__(self, version: Version) -> None:
        self.version = version

    @cached_property
    def enumerators(self) -> frozenset[str]:
        return enumerators(self.version)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The names by which the page calls itself: its headings, its title and the parts of the title."""
        headings = (block.text for block in self.version.blocks if block.kind is BlockKind.HEADING)
        title = self.version.title
        return frozenset(name.casefold() for name in (*headings, title, *_TITLE.split(title)))


def _without(indexes: Sequence[int], others: AbstractSet[int]) -> list[int]:
    return [index for index in indexes if index not in others]


def _unequal(gone: Sequence[Part], come: Sequence[Part], form: Callable[[Part], str]) -> tuple[list[int], list[int]]:
    before, after = [(part.place, form(part)) for part in gone], [(part.place, form(part)) for part in come]
    return missing(before, after), missing(after, before)


def missing(here: Sequence[object], there: Sequence[object]) -> list[int]:
    """Return the indexes of the values of `here` that `there` does not contain. Duplicates are counted, so one of two equal values can be missing."""
    spare = Counter(there)
    indexes = []
    for index, value in enumerate(here):
        if spare[value] > 0:
            spare[value] -= 1
        else:
            indexes.append(index)
    return indexes


def _protected(
    gone: Sequence[Part], come: Sequence[Part], removed: Sequence[int], added: Sequence[int]
) -> tuple[set[int], set[int]]:
    """Return the pairs of which one side shows an address of e-mail and the other the placeholder of its protection."""
    found: tuple[set[int], set[int]] = set(), set()
    for here, there, left, right, side in ((gone, come, removed, added, 0), (come, gone, added, removed, 1)):
        hidden = [n for n in left if "[email" in here[n].text and _PROTECTED.search(here[n].text)]
        shown = {_ADDRESS.sub("@", there[m].text): m for m in right if "@" in there[m].text} if hidden else {}
        for n in hidden:
            m = shown.pop(_PROTECTED.sub("@", here[n].text), None)
            if m is not None:
                found[side].add(n)
                found[1 - side].add(m)
    return found


def _renumbered(
    gone: Sequence[Part],
    come: Sequence[Part],
    removed: Sequence[int],
    added: Sequence[int],
    sides: tuple[_Side, _Side],
) -> tuple[set[int], set[int]]:
    """Return the pairs of clauses that were only renumbered, because another one was inserted or removed."""
    numbered: defaultdict[str, deque[int]] = defaultdict(deque)
    for m in added:
        if enumerator(come[m].text):
            numbered[_unnumbered(come[m].text)].append(m)
    pairs: list[tuple[int, int]] = []
    for n in removed if numbered else ():
        several = numbered.get(_unnumbered(gone[n].text)) if enumerator(gone[n].text) else None
        used = sides[0].enumerators, sides[1].enumerators
        if several and is_renumbered(gone[n].text, come[several[0]].text, used):
            pairs.append((n, several.popleft()))
    exchanged = inverted([(gone[n].text, come[m].text) for n, m in pairs])
    kept = [pair for pair, is_inverted in zip(pairs, exchanged, strict=True) if not is_inverted]
    return {n for n, _ in kept}, {m for _, m in kept}


def inverted(clauses: Sequence[tuple[str, str]]) -> list[bool]:
    """Return for each renumbered clause whether it changed places with another one: an insertion keeps the order of the clauses behind it.

    tests/monitor/diff/test_equal_texts.py::test_ranks_that_change_places_are_a_change

    Args:
        clauses: The earlier and the later text of each clause.
    """
    # The greatest later number among the clauses that had a smaller one, and the smallest among those that had a greater one.
    keys = [(_order(old), _order(new)) for old, new in clauses]
    order = sorted(range(len(keys)), key=lambda index: keys[index])
    flags = [False] * len(keys)
    for ordered, overtakes in ((order, operator.gt), (order[::-1], operator.lt)):
        extreme: _Order | None = None
        for _, group in itertools.groupby(ordered, key=lambda index: keys[index][0]):
            several = list(group)
            for index in several:
                flags[index] |= extreme is not None and overtakes(extreme, keys[index][1])
            numbers = [keys[index][1] for index in several]
            furthest = max(numbers) if overtakes is operator.gt else min(numbers)
            extreme = furthest if extreme is None or overtakes(furthest, extreme) else extreme
    return flags


def _order(clause: str) -> _Order:
    """Return the number or letter of a clause in a form that sorts as the clauses do: 7.10 follows 7.9."""
    number = enumerator(clause) or ""
    return tuple(int(part) for part in number.split(".")) if number[:1].isdecimal() else (ord(number[:1] or "a"),)


def enumerator(text: str) -> str | None:
    """Return the number or letter of a clause with which a text begins: "7.2", "3", "b"; None without one. A number alone before a noun is a count."""
    match = _ENUMERATOR.match(text)
    return (match["bracketed"] or match["plain"]) if match is not None else None


def is_enumerator(text: str) -> bool:
    """Return whether a text is the number or letter of a clause and nothing else."""
    return _ENUMERATOR.fullmatch(text) is not None


def _unnumbered(text: str) -> str:
    return squeezed(_ENUMERATOR.sub("", text, count=1))


def enumerators(version: Version) -> frozenset[str]:
    """Return the numbers of all clauses of a version. Of two blocks that begin with one decimal number, neither is a clause."""
    found = Counter(enumerator(block.text) for block in version.blocks if block.kind in READING_KINDS)
    return frozenset(number for number, times in found.items() if number and (times == 1 or "." not in number))


def is_renumbered(old: str, new: str, used: tuple[Collection[str], Collection[str]]) -> bool:
    """Return whether a clause has another number because another clause has its former one now, or had the new one before.

    Args:
        old: The earlier clause.
        new: The later clause.
        used: The numbers of all clauses of the earlier version, and those of the later one.
    """
    before, after = enumerator(old), enumerator(new)
    if before is None or after is None or before == after or not (before in used[1] or after in used[0]):
        return False
    # "1.5 million boats" beside "1.7 million nets": only numbers in a sequence number clauses.
    return all(
        number in numbers and _is_in_sequence(number, numbers)
        for number, numbers in zip((before, after), used, strict=True)
    )


def _is_in_sequence(number: str, used: Collection[str]) -> bool:
    """Return whether the number or letter before or after that of a clause is one of a clause too."""
    head, dot, last = number.rpartition(".")
    for step in (-1, 1):
        neighbour = str(int(last) + step) if last.isdecimal() else chr(ord(last) + step)
        if f"{head}{dot}{neighbour}" in used:
            return True
    return False


def _states_nothing(part: Part) -> bool:
    """Return whether a sentence is the placeholder of content that is loaded later, or the identifier of a response: "Request ID: 4f2d8a10"."""
    if len(part.text) > _IDENTIFIER_CHARS:
        return False
    placeholder = len(part.text) <= _PLACEHOLDER_CHARS and _PLACEHOLDER.fullmatch(part.text) is not None
    return placeholder or _REQUEST_ID.fullmatch(part.text) is not None


def _is_breadcrumb(part: Part, side: _Side) -> bool:
    """Return whether a sentence is a chain of names that ends with the page's own: "Home › Harbour › Boats"."""
    block = side.version.blocks[part.block]
    if len(part.text) > _CHAIN_CHARS or block.kind is not BlockKind.CONTENT or part.text != block.text:
        return False
    names = [name.casefold() for name in _CHAIN.split(part.text.strip("›»>→ "))]
    return len(names) > 1 and all(names) and names[-1] in side.own_names
