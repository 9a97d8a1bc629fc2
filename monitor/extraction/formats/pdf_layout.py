"""Convert the lines of a PDF document to blocks: paragraphs, headings by font size, rows of tables. Pure.

A PDF document contains positions, not paragraphs. Lines of one size at a regular distance are a paragraph; a larger size is a heading; lines with wide
gaps between short pieces are rows of a table, and between long ones lines of two columns. What repeats at the edges of the pages is their header and
footer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from monitor.extraction.formats.pdf import Line, Page, PdfDocument, Segment
from monitor.limits import above
from monitor.model import Block, BlockKind

_LARGER = 1.12
"""Ratio of a size to that of the text from which it is that of headings."""
_HEADING_CHARS = 200
"""Maximum length of a heading; larger print that is longer is a text."""
_LEVELS = 6
_SPACING = 1.75
"""Maximum distance between the lines of a paragraph, in font sizes."""
_SHORT_OF_MARGIN = 0.82
"""Share of the width of the text up to which a line ends a paragraph: its next word would have fitted."""
_INDENT = 0.8
"""Indentation in font sizes from which a line begins a paragraph."""
_PROSE = 28
"""Mean length in characters of pieces from which they are lines of columns, not cells."""
_COLUMN_LINES = 4
_ALIGNED = 6.0
"""Distance in points up to which left edges are equal."""
_EDGE_LINES = 2
"""Number of lines at the top and the bottom of a page that may be its header and footer."""
_SHORT_PAGE = 6
_REPEATED_ON = 3
_REPEATED_SHARE = 0.5
_BULLETS = ("•", "–", "-", "·", "▪", "■", "◦", "‣", "*", "○", "●")


class _Text(NamedTuple):
    """A line of a page, or a row of a table.

    Attributes:
        text: Its text; the cells of a row are separated by bars.
        first: Its first segment.
        right: Its right edge.
        cells: Number of its cells.
        page: Index of its page.
        repeated: Whether it repeats on other pages.
    """

    text: str
    first: Segment
    right: float
    cells: int
    page: int
    repeated: bool


def blocks(document: PdfDocument) -> Iterator[Block]:
    """Yield the blocks of a document in reading order, then its title and its number of pages as metadata.

    tests/monitor/extraction/test_pdf.py
    """
    texts = list(_texts(document.pages))
    levels = _heading_levels(texts)
    path: list[tuple[int, str]] = []
    for kind, level, text in _merged(texts, levels):
        if kind is BlockKind.HEADING:
            while path and path[-1][0] >= level:
                path.pop()
            yield Block(kind, text, f"larger print, level {level}", above([name for _, name in path]))
            path.append((level, text))
        elif kind is BlockKind.FOOTER:
            yield Block(kind, text, "repeated on other pages")
        else:
            why = "aligned pieces of a line" if kind is BlockKind.ROW else "PDF text"
            yield Block(kind, text, why, above([name for _, name in path]))
    if document.title:
        yield Block(BlockKind.METADATA, document.title, "title")
    pages = f"{document.number_of_pages} page{'s' * (document.number_of_pages != 1)}"
    yield Block(BlockKind.METADATA, pages, "number of pages")


def title(document: PdfDocument) -> str:
    """Return the title in the metadata, or the first heading of the highest level on the first page; "" if there is none."""
    if document.title:
        return document.title
    first = list(_texts(document.pages[:1]))
    levels = _heading_levels(first)
    return next((text for kind, level, text in _merged(first, levels) if kind is BlockKind.HEADING and level == 1), "")


def _texts(pages: Sequence[Page]) -> Iterator[_Text]:
    repeated = _repeated(pages)
    for index, page in enumerate(pages):
        lines = _ordered(page.lines)
        edge = _edge(lines)
        texts: list[_Text] = []
        for place, line in enumerate(lines):
            at_edge = place < edge or place >= len(lines) - edge
            text = " | ".join(segment.text for segment in line if segment.text)
            if any(map(str.isalnum, text)):
                is_repeated = at_edge and _masked(text) in repeated
                texts.append(_Text(text, line[0], line[-1].right, len(line), index, is_repeated))
        if all(text.repeated for text in texts):
            # Header and footer surround a text: a page that only says "Members: 87" has neither.
            # See tests/monitor/extraction/test_pdf.py::test_pages_that_consist_of_similar_lines_have_neither_header_nor_footer.
            texts = [text._replace(repeated=False) for text in texts]
        yield from texts


def _repeated(pages: Sequence[Page]) -> frozenset[str]:
    """Return the lines at the edges of pages, with their digits masked, that several pages have."""
    counts = Counter[str]()
    for page in pages:
        edge = _edge(page.lines)
        edges = [*page.lines[:edge], *page.lines[-edge:]]
        counts.update({_masked(" | ".join(segment.text for segment in line)) for line in edges})
    least = max(_REPEATED_ON, _REPEATED_SHARE * len(pages))
    return frozenset(text for text, count in counts.items() if count >= least)


def _edge(lines: Sequence[Line]) -> int:
    return _EDGE_LINES if len(lines) > _SHORT_PAGE else 1


def _masked(text: str) -> str:
    return "".join("0" if char.isdigit() else char for char in text)


def _ordered(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page in reading order: lines that consist of two long pieces with a common left edge are those of two columns."""
    ordered: list[Line] = []
    run: list[Line] = []
    for line in lines:
        if len(line) == 2 and (not run or abs(line[1].left - run[0][1].left) <= _ALIGNED):
            run.append(line)
            continue
        ordered += _columns(run)
        run = [line] if len(line) == 2 else []
        if len(line) != 2:
            ordered.append(line)
    return ordered + _columns(run)


def _columns(run: list[Line]) -> list[Line]:
    chars = [sum(len(line[side].text) for line in run) for side in (0, 1)]
    if len(run) < _COLUMN_LINES or min(chars) < _PROSE * len(run):
        return run
    return [[line[0]] for line in run] + [[line[1]] for line in run]


def _heading_levels(texts: Iterable[_Text]) -> dict[float, int]:
    """Return the level of each font size that is larger than that of the text, the largest first."""
    sizes = Counter[float]()
    for text in texts:
        sizes[text.first.size] += len(text.text)
    if not sizes:
        return {}
    common = max(sizes, key=lambda size: (sizes[size], -size))
    larger = sorted((size for size in sizes if size >= _LARGER * common), reverse=True)
    return {size: min(level, _LEVELS) for level, size in enumerate(larger, 1)}


def _merged(texts: Sequence[_Text], levels: dict[float, int]) -> Iterator[tuple[BlockKind, int, str]]:
    """Yield the kind, level and text of each block: lines of one heading and of one paragraph are joined, also over the end of a page."""
    width = max((text.right for text in texts), default=0.0)
    pending: list[_Text] = []
    held: list[tuple[BlockKind, int, str]] = []
    for text in texts:
        if text.repeated:
            held.append((BlockKind.FOOTER, 0, _joined([text])))
            continue
        if pending and not _continues(pending[-1], text, width):
            yield _block(pending, levels)
            pending = []
            yield from held
            held.clear()
        pending.append(text)
    if pending:
        yield _block(pending, levels)
    yield from held


def _continues(last: _Text, text: _Text, width: float) -> bool:
    """Return whether a line continues the paragraph or heading of the line before it."""
    size = last.first.size
    if last.cells > 1 or text.cells > 1 or text.first.size != size or text.text.startswith(_BULLETS):
        return False
    if last.text.endswith("\u00ad"):
        return True
    if last.page != text.page:
        return (
            last.right >= _SHORT_OF_MARGIN * width
            and not last.text.endswith((".", ":", "!", "?"))
            and text.text[:1].islower()
        )
    distance = last.first.bottom - text.first.bottom
    below = 0 < distance <= _SPACING * size
    # The top of the next column.
    beside = distance < 0 and text.first.left > last.first.right
    if not below and not beside:
        return False
    if below and text.first.left - last.first.left > _INDENT * size and not last.text.startswith(_BULLETS):
        return False
    return last.right - last.first.left >= _SHORT_OF_MARGIN * max(text.right - text.first.left, 1.0)


def _block(lines: Sequence[_Text], levels: dict[float, int]) -> tuple[BlockKind, int, str]:
    text = _joined(lines)
    level = levels.get(lines[0].first.size)
    if lines[0].cells > 1:
        return BlockKind.ROW, 0, text
    if level is not None and len(text) <= _HEADING_CHARS:
        return BlockKind.HEADING, level, text
    return BlockKind.CONTENT, 0, text


def _joined(lines: Sequence[_Text]) -> str:
    """Return the text of lines; a word that is divided at the end of a line is put together."""
    pieces: list[str] = []
    for line in lines:
        if pieces and pieces[-1].endswith("\u00ad"):
            pieces[-1] = pieces[-1][:-1] if line.text[:1].islower() else f"{pieces[-1][:-1]}-"
        elif pieces:
            pieces.append(" ")
        pieces.append(line.text)
    return "".join(pieces).replace("\u00ad", "-")
