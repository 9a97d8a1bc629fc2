"""Extract the visible blocks of a response body, each with its kind and the reason for it.

Total: any bytes give a result, within limits that are checked before the parser starts. Pure: the same bytes give the same blocks in any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from urllib.parse import urljoin

from monitor.extraction import (
    counters,
    language,
    no_script,
    selector_locator,
    struck,
    structured_data,
    threads,
    visibility,
)
from monitor.extraction.block_parser import ROWS, parse_blocks
from monitor.extraction.charset import decode, decoded
from monitor.extraction.classifier import classify
from monitor.extraction.formats import (
    delimited,
    detection,
    json_text,
    mhtml,
    pdf,
    pdf_layout,
    plain_text,
    xhtml,
    xml_text,
)
from monitor.extraction.formats import feed as feed_format
from monitor.extraction.formats.detection import Format, Unreadable
from monitor.extraction.html_parser import bare_text, parse
from monitor.extraction.images import ImageElement, content_images
from monitor.extraction.images import blocks_of as alternative_texts
from monitor.extraction.metadata import is_declared, metadata_of
from monitor.extraction.parse_limits import too_much
from monitor.extraction.refresh import Refresh
from monitor.extraction.text import UNSEEN
from monitor.limits import MAX_BLOCKS, MAX_CHARS, REASON_CHARS, cut
from monitor.model import READING_KINDS, Block, Found, Image, Lookup

__all__ = ["ExtractedPage", "decode", "extract"]

_BLANK_CHARS = 100
"""Number of characters of text below which a page is read with its hidden elements: a title, a loading message."""
_REVEALED_CHARS = 500
"""Minimum number of characters of text that this must give: hidden messages and dialogs are shorter."""
_MAY_BE_JSON = frozenset({Format.HTML, Format.PLAIN})
_NOTHING_FOUND: Mapping[Lookup, Found] = {}


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """The extracted content of a page.

    Attributes:
        title: Text of the title element; "" if there is none.
        language: BCP 47 tag, lower case: the declared language unless the text contradicts it, else the detected one; None if neither is certain.
        blocks: Blocks in reading order.
        readable: Whether the format of the body contains text; if False, there are no blocks.
        found: The result of each lookup; empty if the page is not HTML or is not parsed.
        why: Description of an unreadable body, as the end of "the body is …"; "" if it is readable.
        base: The href of the base element, against which links are resolved; "" if there is none.
        document: Whether the body is a published file (a PDF without text, an image, an office document) and not a page.
        refresh: The declared meta refresh; None if there is none.
        cut: The limit at which the page was truncated, as "more than 500,000 blocks"; "" if it is complete.
        images: The images of its text, in reading order.
    """

    title: str
    language: str | None
    blocks: tuple[Block, ...]
    readable: bool = True
    found: Mapping[Lookup, Found] = field(default_factory=dict)
    why: str = ""
    base: str = ""
    document: bool = False
    refresh: Refresh | None = None
    cut: str = ""
    images: tuple[Image, ...] = ()


def extract(body: bytes, content_type: str | None, lookups: Sequence[Lookup] = ()) -> ExtractedPage:
    """Extract the blocks and metadata of a page.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None if it is missing (the bytes then decide).
        lookups: Elements to locate on the page; they do not change the blocks.

    Returns:
        The extracted page.
    """
    header = mhtml.header_of(body, content_type)
    return _clean(body, content_type, lookups) if header is None else _saved(body, header, lookups)


def _saved(body: bytes, header: Message, lookups: Sequence[Lookup]) -> ExtractedPage:
    """Extract the page of an MHTML archive; its links are resolved against the URL it was saved from."""
    page = mhtml.page_of(body, header)
    if page is None:
        return ExtractedPage("", None, (), readable=False, why="an MHTML archive without a page in it")
    cleaned = _clean(page.body, page.content_type, lookups)
    try:
        return replace(cleaned, base=urljoin(page.location, cleaned.base))
    except ValueError:
        return cleaned


def _clean(body: bytes, content_type: str | None, lookups: Sequence[Lookup]) -> ExtractedPage:
    found = detection.format_from_type(body, content_type)
    if isinstance(found, Unreadable):
        return ExtractedPage("", None, (), readable=False, why=found.why, document=found.document)
    if found is Format.PDF:
        return _pdf(body)
    text, is_utf8 = decoded(body, content_type)
    found = found or detection.format_from_text(text, content_type)
    if isinstance(found, Unreadable):
        return ExtractedPage("", None, (), readable=False, why=found.why, document=found.document)
    if found is not Format.HTML:
        # The HTML parser drops or replaces NULs as the HTML Standard requires; no other format allows them.
        text = text.replace("\0", "")
    if found in _MAY_BE_JSON and text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        # JSON that is sent as a page or as text.
        values = json_text.read(text, _fragment, lookups)
        if values is not None:
            return _worded("", (), values.blocks, values.found)
    if found is Format.DELIMITED or (found is Format.PLAIN and delimited.is_delimited(text)):
        return _worded("", (), delimited.read(text) or plain_text.read(text))
    if found is Format.PLAIN:
        return _worded("", (), plain_text.read(text))
    if found is Format.JSON:
        values = json_text.read(text, _fragment, lookups)
        if values is None or not values.blocks:
            return _worded("", (), plain_text.lines(text, "JSON that is not read value by value"))
        return _worded("", (), values.blocks, values.found)
    if found is Format.FEED:
        feed = feed_format.read(text, _fragment)
        return _worded(feed.title, (feed.language,), feed.blocks)
    if found is Format.XML:
        return _xml(text)
    if found is Format.XHTML:
        return _html(xhtml.as_html(text), lookups)
    return _html(text, lookups, body if is_utf8 else None)


def _html(
    text: str, lookups: Sequence[Lookup] = (), utf8: bytes | None = None, *, fallback: bool = True
) -> ExtractedPage:
    """Extract an HTML page; `utf8` is the same text encoded as UTF-8, None if it is not available.

    A page without text of its own is read as clients without scripts and frames show it, if `fallback` is set.
    """
    excess = too_much(text)
    if excess is not None:
        return _worded("", (), plain_text.lines(bare_text(text.replace("\0", "")), f"not parsed: {excess}"))
    tree = parse(text if utf8 is None else utf8)
    metadata = metadata_of(tree)
    visibility.apply_styles(tree)
    visibility.open_controlled(tree, text)
    visibility.open_main_text(tree)
    beside = metadata.declared.blocks(metadata.title)
    offer = structured_data.has_price(beside)
    if tree.body is None:
        # A document of frames.
        shown, found = _fallback(text, lookups) if fallback else ((), {})
        page = _worded(metadata.title, metadata.languages, (*shown, *beside), found, metadata.base)
        return replace(page, refresh=metadata.refresh)
    beside += struck.separate(tree)
    if lookups or tree.css_first(ROWS) is not None:
        # Table rows and selectors use an element's whole text; the walk itself skips invisible elements.
        tree.strip_tags(UNSEEN)
    counters.show_targets(tree, text.encode("utf-8", "surrogatepass") if utf8 is None else utf8)
    declared = is_declared(text, tree.body.attributes.get("class") or "")
    thread = threads.declared(text)
    images: list[ImageElement] = []
    raw, places = parse_blocks(tree.body, images)
    blocks = classify(raw, places, declared=declared, thread=thread, offer=offer)
    if _chars(blocks) < _BLANK_CHARS and visibility.reveal(tree):
        revealed, places = parse_blocks(tree.body)
        read = classify(revealed, places, declared=declared, thread=thread, offer=offer)
        if _chars(read) >= _REVEALED_CHARS:
            raw, blocks, images = revealed, read, []
    found = selector_locator.find(tree, lookups, [block.text for block in raw]) if lookups else {}
    if fallback and no_script.is_blank(blocks):
        shown, instead = _fallback(text, lookups)
        if shown:
            blocks, found, images = (*shown, *blocks), instead, []
    # What is beside the text follows it, so that the positions of blocks in the text do not depend on it.
    beside += alternative_texts(images, blocks)
    page = _worded(metadata.title, metadata.languages, (*blocks, *beside), found, metadata.base)
    return replace(page, refresh=metadata.refresh, images=content_images(images))


def _fallback(text: str, lookups: Sequence[Lookup]) -> tuple[tuple[Block, ...], Mapping[Lookup, Found]]:
    """Return the blocks that clients without scripts and frames show, and the results of lookups in them; no blocks if there is no text for them."""
    inner = no_script.content(text)
    if inner is None:
        return (), {}
    page = _html(inner, lookups, fallback=False)
    why = "for clients without scripts or frames"
    return tuple(block._replace(why=f"{block.why}, {why}") for block in page.blocks), page.found


def _chars(blocks: Iterable[Block]) -> int:
    """Return the number of characters of text to read."""
    return sum(len(block.text) for block in blocks if block.kind in READING_KINDS)


def _pdf(body: bytes) -> ExtractedPage:
    try:
        document = pdf.read(body)
    except pdf.PdfError as error:
        return ExtractedPage("", None, (), readable=False, why=str(error), document=True)
    blocks = list(pdf_layout.blocks(document))
    if not any(block.kind in READING_KINDS for block in blocks):
        scanned = "scanned " if any(page.has_images for page in document.pages) else ""
        why = f"a {scanned}PDF document without text"
        return ExtractedPage("", None, (), readable=False, why=why, document=True)
    page = _worded(pdf_layout.title(document), (), blocks)
    if document.number_of_pages > len(document.pages):
        page = replace(page, cut=f"more than {len(document.pages):,} pages")
    return page


def _xml(text: str) -> ExtractedPage:
    document = xml_text.read(text, _fragment)
    if document is None:
        lines = plain_text.lines(xml_text.bare_text(text), "XML that is not read value by value")
        return _worded("", (), lines)
    if not document.blocks and document.drawing:
        return ExtractedPage("", None, (), readable=False, why="a picture", document=True)
    return _worded("", (document.language,), document.blocks)


def _fragment(markup: str) -> tuple[Block, ...]:
    """Return the blocks of an HTML fragment embedded in another format."""
    return _html(markup).blocks


def _worded(
    title: str,
    declared: Iterable[str | None],
    blocks: Iterable[Block],
    found: Mapping[Lookup, Found] = _NOTHING_FOUND,
    base: str = "",
) -> ExtractedPage:
    kept, excess = _bounded(blocks)
    text = "\n".join(block.text for block in kept if block.kind in READING_KINDS)
    return ExtractedPage(title, language.language_of(declared, text), kept, found=found, base=base, cut=excess)


def _bounded(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], str]:
    """Return the blocks up to the limits of a version, and the limit that was exceeded ("" if none).

    Equal anchors become one object, which the storage of versions relies on.
    """
    kept: list[Block] = []
    anchors: dict[tuple[str, ...], tuple[str, ...]] = {}
    chars = 0
    for block in blocks:
        chars += len(block.text)
        if len(kept) == MAX_BLOCKS:
            return tuple(kept), f"more than {MAX_BLOCKS:,} blocks"
        if chars > MAX_CHARS:
            return tuple(kept), f"more than {MAX_CHARS:,} characters of text"
        anchor = anchors.setdefault(block.anchor, block.anchor) if block.anchor else ()
        if anchor is not block.anchor or len(block.why) > REASON_CHARS:
            block = block._replace(anchor=anchor, why=cut(block.why, REASON_CHARS))  # noqa: PLW2901
        kept.append(block)
    return tuple(kept), ""
