"""Plain text to blocks: paragraphs between empty lines, whose lines were broken to fit a screen; headings as Markdown marks them; all other lines by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.model import Block, BlockKind

_WRAPPED = 55
"""Characters from which a line that does not end a sentence goes on in the next: shorter ones are rows, addresses, verses."""
_ITEM = re.compile(r"(?:[-*+•·‣–—]|\(?\d{1,3}[.)]|\(?[a-z]\))\s|[|#>]|[^\s:]{1,30}:\s")
_MAX_LEVEL = 6
_UNDERLINE = re.compile(r"(={3,}|-{3,})")


def read(text: str, why: str = "plain text") -> tuple[Block, ...]:
    """The blocks of a text; `why` is the reason they carry."""
    blocks: list[Block] = []
    above: list[tuple[int, str]] = []
    for level, said in _pieces(text.splitlines()):
        if level:
            while above and above[-1][0] >= level:
                above.pop()
        anchor = tuple(heading for _, heading in above)
        if level:
            blocks.append(Block(BlockKind.HEADING, said, f"{why}, marked as a heading", anchor))
            above.append((level, said))
        else:
            blocks.append(Block(BlockKind.CONTENT, said, why, anchor))
    return tuple(blocks)


def lines(text: str, why: str) -> tuple[Block, ...]:
    """Each line a block, for text whose paragraphs are lost."""
    folded = (" ".join(line.split()) for line in text.splitlines())
    return tuple(Block(BlockKind.CONTENT, line, why) for line in folded if line)


def _pieces(rows: list[str]) -> Iterator[tuple[int, str]]:
    """Headings with their level (1 to 6) and paragraphs with level 0."""
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
    """Level and text of a heading as Markdown marks it, "## Members ##", in a line whose white space is folded; the text is "" where it is none."""
    marks, _, text = line.partition(" ")
    level = len(marks)
    return (level, text.rstrip("#").rstrip()) if level <= _MAX_LEVEL and marks == "#" * level else (0, "")


def _ended(gathered: list[str]) -> Iterator[tuple[int, str]]:
    if gathered and any(map(str.isalnum, said := " ".join(gathered))):
        yield 0, said
    gathered.clear()


def _goes_on(line: str, following: str) -> bool:
    return len(line) >= _WRAPPED and not _ITEM.match(following)
