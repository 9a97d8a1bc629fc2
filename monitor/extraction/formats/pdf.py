"""Extract the lines of a PDF document, with their positions and font sizes, by PDFium (docs/decisions/0036-pdf-by-pdfium.md).

`monitor.extraction.formats.pdf_layout` makes blocks of them. PDFium runs in the limited process of the extraction, as the HTML parser does.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from math import hypot
from typing import Any, NamedTuple

MAX_PAGES = 2_000
"""Maximum number of pages that are read."""
MAX_PAGE_CHARS = 1_000_000
"""Maximum number of characters of one page."""
_GAP = 1.4
"""Width of a gap between two words, in font sizes, from which they are cells of a table or lines of columns; a justified line has gaps of up to 1."""
_LARGEST = 10_000
_HYPHENS = "\u00ad\ufffe\x02"
"""What PDFium puts in place of the hyphen and the break where a word is divided at the end of a line."""
_LINE_END = re.compile(f"[\r\n{_HYPHENS}]")
_LOCK = threading.Lock()
"""PDFium is not safe between threads."""


class Segment(NamedTuple):
    """A piece of a line without a wide gap.

    Attributes:
        text: Its text; "\u00ad" at its end for a hyphen that divides a word.
        left: Left edge, in points from the left of the page.
        right: Right edge.
        bottom: Baseline or lower edge, in points from the bottom of the page.
        size: Font size in points.
    """

    text: str
    left: float
    right: float
    bottom: float
    size: float


Line = list[Segment]
"""The segments of a line, from left to right."""


class Page(NamedTuple):
    """One page.

    Attributes:
        lines: Its lines in reading order.
        has_images: Whether it has an image.
    """

    lines: list[Line]
    has_images: bool


class PdfDocument(NamedTuple):
    """The content of a PDF document.

    Attributes:
        title: The title in its metadata; "" if there is none.
        pages: The pages that were read.
        number_of_pages: The number of all its pages.
    """

    title: str
    pages: list[Page]
    number_of_pages: int


class PdfError(Exception):
    """The document cannot be read; the message says why, as the end of "the body is …"."""


def read(body: bytes) -> PdfDocument:
    """Return the content of a PDF document.

    Raises:
        PdfError: It is encrypted or damaged.
    """
    # Loaded only where a PDF document is extracted: the library takes several megabytes of memory.
    import pypdfium2  # noqa: PLC0415

    with _LOCK:
        document: Any = None
        try:
            document = pypdfium2.PdfDocument(body)
            number = len(document)
            pages = [_page(document, index) for index in range(min(number, MAX_PAGES))]
            title = str(document.get_metadata_value("Title") or "")
            return PdfDocument(" ".join(title.replace("\0", "").split()), pages, number)
        except pypdfium2.PdfiumError as error:
            raise PdfError(_reason(str(error))) from None
        finally:
            if document is not None:
                document.close()


def _reason(error: str) -> str:
    if "password" in error.lower() or "security" in error.lower():
        return "a PDF document with a password"
    return "a damaged PDF document"


def _page(document: Any, index: int) -> Page:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            lines = list(_lines(text_page))
        finally:
            text_page.close()
        return Page(lines, not lines and _has_image(page))
    finally:
        page.close()


def _has_image(page: Any) -> bool:
    from pypdfium2 import raw  # noqa: PLC0415

    return next(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None


def _lines(text_page: Any) -> Iterator[Line]:
    """Yield the lines of a page, in the order of the document, which is the reading order in nearly all of them."""
    count = min(text_page.count_chars(), MAX_PAGE_CHARS)
    text = _text(text_page, count)
    start = 0
    while start < len(text):
        found = _LINE_END.search(text, start)
        end = found.start() if found is not None else len(text)
        line = list(_segments(text_page, text, start, end))
        if line and found is not None and found.group() in _HYPHENS:
            line[-1] = line[-1]._replace(text=f"{line[-1].text}\u00ad")
        if line:
            yield line
        start = end + 1


def _text(text_page: Any, count: int) -> str:
    """Return the characters of a page, one for each index of PDFium."""
    from pypdfium2 import raw  # noqa: PLC0415

    text: str = text_page.get_text_range(0, count) if count else ""
    if len(text) == count:
        return text
    return "".join(map(_character, (raw.FPDFText_GetUnicode(text_page.raw, index) for index in range(count))))


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _segments(text_page: Any, text: str, start: int, end: int) -> Iterator[Segment]:
    """Yield the pieces of a line between wide gaps."""
    first = previous_end = start
    last_right: float | None = None
    left_edge = bottom = size = 0.0
    for begin, stop in _words(text, start, end):
        left, low, *_ = text_page.get_charbox(begin, loose=True)
        right = text_page.get_charbox(stop - 1, loose=True)[2]
        if last_right is None or not -size <= left - last_right <= _GAP * size:
            if last_right is not None:
                yield _segment(text[first:previous_end], left_edge, last_right, bottom, size)
            first, left_edge, bottom, size = begin, left, low, _size(text_page, begin)
        last_right, previous_end = right, stop
    if last_right is not None:
        yield _segment(text[first:previous_end], left_edge, last_right, bottom, size)


def _segment(text: str, left: float, right: float, bottom: float, size: float) -> Segment:
    plain = "".join(char if char.isprintable() or char.isspace() else " " for char in text)
    return Segment(" ".join(plain.split()), left, right, bottom, size)


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = None
    for at in range(start, end + 1):
        if at == end or text[at].isspace():
            if begin is not None:
                yield begin, at
            begin = None
        elif begin is None:
            begin = at


def _size(text_page: Any, index: int) -> float:
    """Return the font size of a character as shown: the nominal size, scaled by the text matrix."""
    from pypdfium2 import raw  # noqa: PLC0415

    nominal = float(raw.FPDFText_GetFontSize(text_page.raw, index))
    matrix = raw.FS_MATRIX()
    scaled = raw.FPDFText_GetMatrix(text_page.raw, index, matrix)
    size = nominal * (hypot(matrix.c, matrix.d) if scaled else 1.0)
    return round(size, 1) if 0 < size < _LARGEST else 1.0
