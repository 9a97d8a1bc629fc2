"""Prefilters, computed from the entries of topics: cheap tests that reject most texts before a pattern is applied.

A prefilter never rejects a text that a pattern of its topics matches; it may accept others. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from monitor.lexicon import TOPICS, phrases

__all__ = ["Fragments", "Openings", "Shape", "fold", "parsed"]

# Letters that `re.IGNORECASE` treats as equal though their lower case differs.
_EQUAL = str.maketrans("İıſµςϐϵϑ\u0345\u1fbeϰϖϱϕẛᲀᲁᲂᲃᲄᲅᲆᲇ", "iisμσβεθιικπρφṡвдосттъѣ")
_FOLDED = re.compile("[İıſµΣςϐϵϑ\u0345\u1fbeϰϖϱϕẛᲀ-ᲇ]")


def fold(text: str) -> str:
    """Return a text of the same length in which letters that patterns treat as equal are equal."""
    if text.isascii() or _FOLDED.search(text) is None:
        return text.lower()
    # Lower case may turn a capital sigma into a final one.
    return text.translate(_EQUAL).lower().translate(_EQUAL)


_Item: TypeAlias = "frozenset[str] | tuple[Shape, ...] | str"
"""The texts that may be at a position, folded; alternative shapes; or, where any text may be, an example of it."""
_EXAMPLES = {"w": "x", "W": ".", "d": "7", "D": "x", "s": " ", "S": "x"}


class Openings:
    """Prefilter for patterns that are matched at the start of a text: the first characters of every possible match."""

    SIZE = 5
    """Number of characters that are compared."""

    __slots__ = ("_by_length", "_first", "_heads")

    def __init__(self, *topics: str, whole: bool = False) -> None:
        """Compute the prefilter.

        Args:
            topics: The topics of the patterns.
            whole: Whether a match must extend to the end of the text.
        """
        by_length: dict[int, set[str]] = {}
        for shape in _shapes(topics):
            for opening, is_end in shape.openings(self.SIZE):
                length = self.SIZE if is_end and whole else len(opening)
                by_length.setdefault(length, set()).add(opening)
        self._by_length = tuple((length, frozenset(found)) for length, found in sorted(by_length.items()))
        # Most texts begin like none of them; that is one lookup in place of one for each length.
        self._first = min(by_length, default=0)
        self._heads = frozenset(opening[: self._first] for found in by_length.values() for opening in found)

    def may_match(self, text: str) -> bool:
        """Return False if no match begins at the start of a text, of any case."""
        start = text[: self.SIZE]
        start = start.lower() if start.isascii() else fold(start)
        if start[: self._first] not in self._heads:
            return False
        for length, found in self._by_length:  # noqa: SIM110 (twice as fast as any())
            if start[:length] in found:
                return True
        return False


class Fragments:
    """Prefilter for patterns that are searched: of these fragments, every possible match contains at least one."""

    __slots__ = ("_fragments",)

    def __init__(self, *topics: str) -> None:
        """Compute the prefilter.

        Raises:
            ValueError: A pattern of the topics matches texts that have no character in common.
        """
        found: set[str] = set()
        for shape in _shapes(topics):
            if shape.fragments is None:
                raise ValueError(f"a pattern of {', '.join(topics)} has no fixed character")
            found |= shape.fragments
        self._fragments = tuple(
            sorted(one for one in found if not any(other in one for other in found if other != one))
        )

    def may_match(self, folded: str) -> bool:
        """Return False if a text, folded by `fold`, contains no match."""
        return any(map(folded.__contains__, self._fragments))


class Shape:
    """What is known of the texts that a pattern matches: its items in order."""

    def __init__(self, items: Sequence[_Item]) -> None:
        self.items = items

    def openings(self, size: int) -> set[tuple[str, bool]]:
        """Return how matches begin, in at most `size` characters, each with whether the match ends there."""
        found: set[tuple[str, bool]] = set()
        growing = {""}
        for item in self.items:
            if isinstance(item, str):
                return found | {(opening, False) for opening in growing}
            grown: set[str] = set()
            for opening in growing:
                for more, is_end in _continued(item, size - len(opening)):
                    longer = opening + more
                    if is_end and len(longer) < size:
                        grown.add(longer)
                    else:
                        found.add((longer[:size], False))
            growing = grown
        return found | {(opening, True) for opening in growing}

    @cached_property
    def fragments(self) -> frozenset[str] | None:
        """Fragments of which every match contains one, the best set of those that are possible; None if there is none."""
        candidates: list[frozenset[str]] = []
        run = ""
        for item in (*self.items, ""):
            if isinstance(item, frozenset) and len(item) == 1:
                run += next(iter(item))
                continue
            if run:
                candidates.append(frozenset({run}))
                run = ""
            if isinstance(item, frozenset):
                candidates.append(item)
            elif not isinstance(item, str):
                of_each = [shape.fragments for shape in item]
                if None not in of_each:
                    candidates.append(frozenset().union(*filter(None, of_each)))
        return max(candidates, key=lambda found: (min(map(len, found)), -len(found)), default=None)

    def texts(self) -> Iterator[str]:
        """Yield examples of the texts that the pattern matches, with each alternative in one at least."""
        columns = [_examples(item) for item in self.items]
        for row in range(max(map(len, columns), default=1)):
            yield "".join(column[row % len(column)] for column in columns)


def parsed(pattern: str) -> Shape:
    """Return the shape of a pattern as the lexicon allows them.

    Raises:
        ValueError: The pattern uses syntax that is not allowed there: look-around, references, named groups, flags.
    """
    return _Parser(pattern).parse()


def _shapes(topics: Iterable[str]) -> Iterator[Shape]:
    for topic in topics:
        assert TOPICS[topic] == "patterns", topic
        yield from map(parsed, phrases(topic))


def _continued(item: frozenset[str] | tuple[Shape, ...], size: int) -> set[tuple[str, bool]]:
    if isinstance(item, frozenset):
        return {(text, True) for text in item}
    return {opening for shape in item for opening in shape.openings(size)}


def _examples(item: _Item) -> list[str]:
    if isinstance(item, str):
        return [item]
    if isinstance(item, frozenset):
        return sorted(item)
    return [text for shape in item for text in shape.texts()]


class _Parser:
    """A parser for regular expressions without look-around, references, named groups and flags."""

    _WIDTHLESS = frozenset("bBAZ")
    _RUN = re.compile(r"[^\\.^$|?*+(){}\[\]]+(?![?*+{])")
    """Literal characters without a quantifier."""
    _REPEAT = re.compile(r"\{(\d{0,3})(,?)(\d{0,3})\}")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def parse(self) -> Shape:
        shape = self.alternatives()
        if self.at < len(self.pattern):
            raise self.error()
        return shape

    def error(self) -> ValueError:
        return ValueError(f"{self.pattern!r}: not allowed in a pattern of the lexicon, at character {self.at + 1}")

    def alternatives(self) -> Shape:
        shapes = [self.sequence()]
        while self.pattern.startswith("|", self.at):
            self.at += 1
            shapes.append(self.sequence())
        return shapes[0] if len(shapes) == 1 else Shape([tuple(shapes)])

    def sequence(self) -> Shape:
        items: list[_Item] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            run = self._RUN.match(self.pattern, self.at)
            if run is not None:
                items.append(frozenset({fold(run.group())}))
                self.at = run.end()
            else:
                items += self.repeated(self.atom())
        return Shape(items)

    def atom(self) -> list[_Item]:
        char = self.pattern[self.at]
        self.at += 1
        if char in "^$":
            return []
        if char == ".":
            return ["x"]
        if char == "[":
            return [self.char_class()]
        if char == "(":
            return [(self.group(),)]
        if char == "\\":
            return self.escaped()
        if char in "?*+{}])":
            self.at -= 1
            raise self.error()
        return [frozenset({fold(char)})]

    def group(self) -> Shape:
        if self.pattern.startswith("?", self.at):
            raise self.error()
        shape = self.alternatives()
        if not self.pattern.startswith(")", self.at):
            raise self.error()
        self.at += 1
        return shape

    def escaped(self) -> list[_Item]:
        char = self.pattern[self.at : self.at + 1]
        if char in self._WIDTHLESS:
            self.at += 1
            return []
        if char in _EXAMPLES:
            self.at += 1
            return [_EXAMPLES[char]]
        return [frozenset({self.escaped_char()})]

    def escaped_char(self) -> str:
        char = self.pattern[self.at : self.at + 1]
        self.at += 1
        if char == "n":
            return "\n"
        if not char or char.isalnum():
            raise self.error()
        return char

    def char_class(self) -> _Item:
        """Return the characters of a class; an example if it is negated or contains a range or another class."""
        chars: set[str] = set()
        is_known = not self.pattern.startswith("^", self.at)
        while not self.pattern.startswith("]", self.at):
            char = self.pattern[self.at : self.at + 1]
            if not char:
                raise self.error()
            self.at += 1
            if char == "\\" and self.pattern[self.at : self.at + 1] in _EXAMPLES:
                self.at += 1
                is_known = False
            elif char == "\\":
                chars.add(self.escaped_char())
            else:
                is_known = is_known and not (char == "-" and chars and not self.pattern.startswith("]", self.at))
                chars.add(fold(char))
        self.at += 1
        return frozenset(chars) if is_known else "x"

    def repeated(self, atom: list[_Item]) -> list[_Item]:
        """Return an atom with its quantifier applied."""
        char = self.pattern[self.at : self.at + 1]
        if not char or char not in "?*+{":
            return atom
        is_any = self.pattern[self.at - 1] == "."
        least, most = {"?": (0, 1), "+": (1, -1)}.get(char, (0, -1))
        if char == "{":
            found = self._REPEAT.match(self.pattern, self.at)
            if found is None:
                raise self.error()
            least = int(found[1] or 0)
            most = int(found[3] or -1) if found[2] else least
            self.at = found.end()
        else:
            self.at += 1
        if self.pattern[self.at : self.at + 1] in ("?", "+"):
            self.at += 1
        if (least, most) == (0, 1):
            return [(Shape(atom), Shape([]))]
        if is_any and least != most:
            # An example that leaves the words before and after it whole.
            return [" x "]
        return [*(atom * least), *([] if least == most else [""])]
