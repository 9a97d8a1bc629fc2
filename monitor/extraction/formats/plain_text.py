"""Convert plain text to blocks: paragraphs, headings in Markdown syntax, and single lines.

Paragraphs are separated by empty lines; lines wrapped to fit a screen are joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.limits import above
from monitor.model import Block, BlockKind

_WRAPPED = 55
"""Minimum length in characters of a wrapped line, which continues in the next one; shorter lines are rows, addresses, verses."""
_ITEM = re.compile(r"(?:[-*+•·‣–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s|[|#>]|[^\s:]{1,30}:\s")
_MAX_LEVEL = 6
_UNDERLINE = re.compile(r"(={3,}|-{3,})")
# The separators of str.splitlines(). A text of millions of lines is not split at once, because only a limited number become blocks.
_LINE = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*+(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\\Z)")


def read(text: str, why: str = "plain text") -> Iterator[Block]:
    """Yield the blocks of a text; `why` is the reason stored in each block."""
    path: list[tuple[int, str]] = []
    anchor: tuple[str, ...] = ()
    heading = f"{why}, marked as a heading"
    for level, piece in _pieces(lines_of(text)):
        if not level:
            yield Block(BlockKind.CONTENT, piece, why, anchor)
            continue
        while path and path[-1][0] >= level:
            path.pop()
        yield Block(BlockKind.HEADING, piece, heading, above([name for _, name in path]))
        path.append((level, piece))
        anchor = above([name for _, name in path])


def lines(text: str, why: str) -> Iterator[Block]:
    """Yield each line as a block, for text without paragraphs."""
    folded = (" ".join(line.split()) for line in lines_of(text))
    return (Block(BlockKind.CONTENT, line, why) for line in folded if line)


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends."""
    return (match.group() for match in _LINE.finditer(text))


def _pieces(rows: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield headings with their level (1 to 6) and paragraphs with level 0."""
    gathered: list[str] = []
    for raw in rows:
        line = " ".join(raw.split())
        level, heading = _heading(line)
        if heading:
            yield from _ended(gathered)
            yield level, heading
        elif len(gathered) == 1 and _UNDERLINE.fullmatch(line):
            yield (1 if line.startswith("=") else 2), gathered.pop()
        elif not line:
            yield from _ended(gathered)
        else:
            if gathered and not _goes_on(gathered[-1], line):
                yield from _ended(gathered)
            gathered.append(line)
    yield from _ended(gathered)


def _heading(line: str) -> tuple[int, str]:
    """Return the level and text of a Markdown heading, "## Members ##", in a line with folded white space; the text is "" if it is not a heading."""
    marks, _, text = line.partition(" ")
    level = len(marks)
    return (level, text.rstrip("#").rstrip()) if level <= _MAX_LEVEL and marks == "#" * level else (0, "")


def _ended(gathered: list[str]) -> Iterator[tuple[int, str]]:
    if gathered and any(map(str.isalnum, piece := " ".join(gathered))):
        yield 0, piece
    gathered.clear()


def _goes_on(line: str, following: str) -> bool:
    return len(line) >= _WRAPPED and not _ITEM.match(following)
