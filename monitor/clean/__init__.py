"""A body to blocks: what a careful person sees on the page, each piece with the part it plays and why.

Total: any bytes give a result within limits that hold before the parser starts. Pure: the same bytes give the same blocks in any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from monitor.clean import feed_text, formats, json_text, language, plain_text, selecting, xhtml
from monitor.clean.charset import decode
from monitor.clean.declared import is_declared
from monitor.clean.depth import too_much
from monitor.clean.formats import Format, Unreadable
from monitor.clean.parse import bare_text, parse
from monitor.clean.settle import settle
from monitor.clean.text import UNSEEN
from monitor.clean.walk import gather
from monitor.model import READING_KINDS, Block, Found, Lookup

__all__ = ["Cleaned", "clean", "decode"]

_NOTHING_FOUND: Mapping[Lookup, Found] = {}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page as blocks.

    Attributes:
        title: Of the title element; "" where there is none.
        language: BCP 47 tag, lower case, as declared where the text does not contradict it, else as detected; None where neither is sure.
        blocks: In reading order.
        readable: Whether the body is of a kind that has text at all; where it is not, there are no blocks.
        found: What each lookup asked for came to; empty where the page is no HTML that is parsed.
        why: What it is instead, as the end of "the body is …"; "" where it is readable.
        base: What its base element says that links start from; "" where it has none.
        document: Whether it is no page but a document that people publish as a file.
    """

    title: str
    language: str | None
    blocks: tuple[Block, ...]
    readable: bool = True
    found: Mapping[Lookup, Found] = field(default_factory=dict)
    why: str = ""
    base: str = ""
    document: bool = False


def clean(body: bytes, content_type: str | None, lookups: Sequence[Lookup] = ()) -> Cleaned:
    """The page's blocks.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None where there was none (then the bytes decide).
        lookups: What to find on the page besides; the blocks are the same without.
    """
    found = formats.told_by_type(body, content_type)
    if isinstance(found, Unreadable):
        return Cleaned("", None, (), readable=False, why=found.why, document=found.document)
    text = decode(body, content_type)
    found = found or formats.told_by_text(text, content_type)
    if isinstance(found, Unreadable):
        return Cleaned("", None, (), readable=False, why=found.why, document=found.document)
    if found is Format.PLAIN:
        return _worded("", (), plain_text.read(text))
    if found is Format.JSON:
        return _worded(
            "", (), json_text.read(text, _fragment) or plain_text.lines(text, "JSON that is not read value by value")
        )
    if found is Format.FEED:
        feed = feed_text.read(text, _fragment)
        return _worded(feed.title, (feed.language,), tuple(feed.blocks))
    return _html(xhtml.as_html(text) if found is Format.XHTML else text, lookups)


def _html(text: str, lookups: Sequence[Lookup] = ()) -> Cleaned:
    excess = too_much(text)
    if excess is not None:
        return _worded("", (), plain_text.lines(bare_text(text), f"not parsed: {excess}"))
    tree = parse(text)
    title = tree.css_first("head > title") or tree.css_first("title")
    declared = language.declared_by(tree)
    if tree.body is None:
        return _worded(_title(title), declared, ())
    tree.strip_tags(UNSEEN)
    raw, places = gather(tree.body)
    blocks = settle(raw, places, declared=is_declared(text, tree.body.attributes.get("class") or ""))
    found = selecting.find(tree, lookups, [block.text for block in raw]) if lookups else {}
    base = tree.css_first("base[href]")
    return _worded(_title(title), declared, blocks, found, (base.attributes["href"] or "") if base is not None else "")


def _title(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""


def _fragment(markup: str) -> tuple[Block, ...]:
    """The blocks of a piece of HTML that stands in another format."""
    return _html(markup).blocks


def _worded(
    title: str,
    declared: Iterable[str | None],
    blocks: tuple[Block, ...],
    found: Mapping[Lookup, Found] = _NOTHING_FOUND,
    base: str = "",
) -> Cleaned:
    text = "\n".join(block.text for block in blocks if block.kind in READING_KINDS)
    return Cleaned(title, language.language_of(declared, text), blocks, found=found, base=base)
