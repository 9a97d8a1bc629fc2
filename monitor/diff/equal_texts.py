"""Recognises texts that are equal to a reader although their characters differ, and texts that state nothing. Pure.

tests/monitor/diff/test_equal_texts.py has an example of each rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

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
    }
)
_ENUMERATOR = re.compile(
    r"(?:§ ?)?(?:\((?P<bracketed>\d{1,3}|[a-z])\)|(?P<plain>\d{1,3}(?:\.\d{1,3}){1,4}|\d{1,3}(?=[.)])|[a-z](?=\)))[.)]?)(?:\s+|$)"
)
_PROTECTED = re.compile(r"\[email[\s\u00a0]protected\]")
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PLACEHOLDER = re.compile(rf"{alternatives('updates.placeholders')}[.…\s]*", re.IGNORECASE)
_PLACEHOLDER_CHARS = 40
_CHAIN = re.compile(r" ?[›»>→] ?| / ")
_CHAIN_CHARS = 200
_TITLE = re.compile(r" [|·–—:-] ")


def folded(text: str) -> str:
    """Return a text in NFC, with typographic quotation marks, apostrophes, dashes and ellipses replaced by those of a typewriter."""
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
    removed, added = _unequal(gone, come, lambda part: squeezed(part.text))
    removed, added = _without_protected(gone, come, removed, added)
    removed, added = _without_renumbered(gone, come, removed, added, (old, new))
    removed = [n for n in removed if not _states_nothing(gone[n], old)]
    added = [m for m in added if not _states_nothing(come[m], new)]
    chains = ([n for n in removed if _is_breadcrumb(gone[n], old)], [m for m in added if _is_breadcrumb(come[m], new)])
    if bool(chains[0]) != bool(chains[1]):
        # A breadcrumb that is shown or hidden; one that changed is reported.
        removed = [n for n in removed if n not in chains[0]]
        added = [m for m in added if m not in chains[1]]
    return removed, added


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


def _without_protected(
    gone: Sequence[Part], come: Sequence[Part], removed: list[int], added: list[int]
) -> tuple[list[int], list[int]]:
    """Leave out the pairs of which one side shows an address of e-mail and the other the placeholder of its protection."""
    for here, there, left, right in ((gone, come, removed, added), (come, gone, added, removed)):
        hidden = [n for n in left if "[email" in here[n].text and _PROTECTED.search(here[n].text)]
        shown = {_ADDRESS.sub("@", there[m].text): m for m in right if "@" in there[m].text} if hidden else {}
        for n in hidden:
            m = shown.pop(_PROTECTED.sub("@", here[n].text), None)
            if m is not None:
                left.remove(n)
                right.remove(m)
    return removed, added


def _without_renumbered(
    gone: Sequence[Part], come: Sequence[Part], removed: list[int], added: list[int], versions: tuple[Version, Version]
) -> tuple[list[int], list[int]]:
    """Leave out the clauses that were only renumbered, because another one was inserted or removed."""
    numbered: dict[str, list[int]] = {}
    for m in added:
        if enumerator(come[m].text):
            numbered.setdefault(_unnumbered(come[m].text), []).append(m)
    if not numbered:
        return removed, added
    used = enumerators(versions[0]), enumerators(versions[1])
    for n in list(removed):
        several = numbered.get(_unnumbered(gone[n].text)) if enumerator(gone[n].text) else None
        if several and is_renumbered(gone[n].text, come[several[0]].text, used):
            removed.remove(n)
            added.remove(several.pop(0))
    return removed, added


def enumerator(text: str) -> str | None:
    """Return the number or letter of a clause with which a text begins: "7.2", "3", "b"; None without one. A number alone before a noun is a count."""
    match = _ENUMERATOR.match(text)
    return (match["bracketed"] or match["plain"]) if match is not None else None


def _unnumbered(text: str) -> str:
    return squeezed(_ENUMERATOR.sub("", text, count=1))


def enumerators(version: Version) -> frozenset[str]:
    """Return the numbers of all clauses of a version."""
    found = (enumerator(block.text) for block in version.blocks if block.kind in READING_KINDS)
    return frozenset(number for number in found if number is not None)


def is_renumbered(old: str, new: str, used: tuple[Collection[str], Collection[str]]) -> bool:
    """Return whether a clause has another number because another clause has its former one now, or had the new one before.

    Args:
        old: The earlier clause.
        new: The later clause.
        used: The numbers of all clauses of the earlier version, and those of the later one.
    """
    before, after = enumerator(old), enumerator(new)
    return before is not None and after is not None and before != after and (before in used[1] or after in used[0])


def _states_nothing(part: Part, version: Version) -> bool:
    """Return whether a sentence is the placeholder of content that is loaded later, or only the number of the clause behind it."""
    if len(part.text) <= _PLACEHOLDER_CHARS and _PLACEHOLDER.fullmatch(part.text) is not None:
        return True
    if part.start or len(part.text) == len(version.blocks[part.block].text) or not _ENUMERATOR.fullmatch(part.text):
        return False
    head, dot, last = (enumerator(part.text) or "").rpartition(".")
    # "87. So many members it has.": only a number in a sequence numbers a clause.
    return last.isdecimal() and not enumerators(version).isdisjoint(
        f"{head}{dot}{int(last) + step}" for step in (-1, 1)
    )


def _is_breadcrumb(part: Part, version: Version) -> bool:
    """Return whether a sentence is a chain of names that ends with the page's own: "Home › Harbour › Boats"."""
    block = version.blocks[part.block]
    if len(part.text) > _CHAIN_CHARS or block.kind is not BlockKind.CONTENT or part.text != block.text:
        return False
    names = [name.casefold() for name in _CHAIN.split(part.text.strip("›»>→ "))]
    return len(names) > 1 and all(names) and names[-1] in _own_names(version)


def _own_names(version: Version) -> frozenset[str]:
    headings: Iterable[str] = (block.text for block in version.blocks if block.kind is BlockKind.HEADING)
    return frozenset(name.casefold() for name in (*headings, version.title, *_TITLE.split(version.title)))
