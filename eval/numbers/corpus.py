"""The sentences with known numbers: the content of a row of the tables.

One table per language, `TAG.tsv`; `mixed.tsv` holds sentences of pages in an unknown language. A row is `kind TAB sentence TAB mentions`,
a line that begins with # is a remark. The mentions are in the sentence's order, parted by " ; ", each written

    quote = type value unit ~ hedge

with `quote` as in the sentence; `value` a number, `low..high`, a date (`2016-03-14`, or `2009-10` for any day of that month) or `?` where
no value is required; `unit` the noun phrase in lower case (a * before its main noun where that is neither the last word of a Germanic
phrase nor the first of another) or a currency's code; both unit and hedge may be left out. {nbsp} and {nnbsp} denote the two spaces that are invisible.

A row belongs to one of two halves for good, by the SHA-256 of its sentence: the reader is tuned on one and judged on the other.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from eval.halves import HALVES
from monitor.model import MentionType

MIXED = "mixed"

_SPACES = {"{nbsp}": "\u00a0", "{nnbsp}": "\u202f"}
_HEAD_LAST = {"en", "de", "nl", MIXED}
_EXPECTED = re.compile(r"(?P<quote>.+?) = (?P<type>[a-z]+) (?P<value>\S+)(?: (?P<unit>[^~]+?))?(?: ~ (?P<hedge>.+))?")


@dataclass(frozen=True, slots=True)
class Expected:
    """A mention that a careful reader finds.

    Attributes:
        quote: The sentence's own characters.
        start: Where the quote begins in the sentence, in characters.
        type: What it is.
        value: As the table writes it; "?" where none is required.
        unit: None where none is required.
        head: The unit's main noun; None where there is no unit.
        hedge: None where there must be none.
    """

    quote: str
    start: int
    type: MentionType
    value: str
    unit: str | None
    head: str | None
    hedge: str | None

    @property
    def end(self) -> int:
        """Where the quote ends (exclusive)."""
        return self.start + len(self.quote)


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence and what it states.

    Attributes:
        language: BCP 47 tag to hand to the reader; None where the page's language is not known.
        table: The table's name, "en".
        kind: What the sentence tries, "range".
        sentence: As a block would hold it.
        expected: In the sentence's order; empty where nothing may be claimed.
    """

    language: str | None
    table: str
    kind: str
    sentence: str
    expected: tuple[Expected, ...]

    @property
    def half(self) -> str:
        """The half it belongs to, for good."""
        return HALVES[hashlib.sha256(self.sentence.encode()).digest()[0] % 2]


def rows(folder: Path = Path(__file__).parent) -> list[Row]:
    """Every row of every table, tables by name.

    Raises:
        ValueError: A row that does not have what the tables' format requires, with its table and line.
    """
    return [row for path in sorted(folder.glob("*.tsv")) for row in _table(path)]


def _table(path: Path) -> list[Row]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            found.append(_row(path.stem, line))
        except ValueError as error:
            raise ValueError(f"{path.name}:{number}: {error}") from error
    return found


def _row(table: str, line: str) -> Row:
    for name, space in _SPACES.items():
        line = line.replace(name, space)
    kind, sentence, mentions = line.split("\t")
    expected: list[Expected] = []
    for text in filter(None, mentions.split(" ; ")):
        expected.append(_expected(text, table, sentence, expected[-1].end if expected else 0))
    return Row(None if table == MIXED else table, table, kind, sentence, tuple(expected))


def _expected(text: str, table: str, sentence: str, after: int) -> Expected:
    match = _EXPECTED.fullmatch(text.strip(" "))
    if match is None:
        raise ValueError(f"not a mention: {text}")
    start = sentence.find(match["quote"], after)
    if start < 0:
        raise ValueError(f"not in the sentence, or not in its order: {match['quote']}")
    unit, head = _unit(match["unit"], table)
    return Expected(match["quote"], start, MentionType(match["type"]), match["value"], unit, head, match["hedge"])


def _unit(text: str | None, table: str) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    words = text.split()
    starred = [word for word in words if word.startswith("*")]
    head = starred[0] if starred else words[-1 if table in _HEAD_LAST else 0]
    return text.replace("*", ""), head.removeprefix("*")
