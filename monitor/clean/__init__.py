"""A body to blocks: what a careful person sees on the page, each piece with the part it plays and why.

Total: any bytes give a result within limits that hold before the parser starts. Pure: the same bytes give the same blocks in any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from monitor.clean.charset import decode
from monitor.clean.declared import is_declared
from monitor.clean.depth import too_much
from monitor.clean.parse import bare_text, parse
from monitor.clean.settle import settle
from monitor.clean.walk import gather
from monitor.model import Block, BlockKind

__all__ = ["Cleaned", "clean", "decode"]

_HTML = ("text/html", "application/xhtml+xml", "text/xml", "application/xml")
_PLAIN = ("text/", "application/json", "application/ld+json")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page as blocks.

    Attributes:
        title: Of the title element; "" where there is none.
        language: As declared on the html element, lower case; None where it is not.
        blocks: In reading order.
        readable: Whether the body is of a kind that has text at all; where it is not, there are no blocks.
    """

    title: str
    language: str | None
    blocks: tuple[Block, ...]
    readable: bool = True


def clean(body: bytes, content_type: str | None) -> Cleaned:
    """The page's blocks.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None where there was none (then the bytes decide).
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    if b"\0" in body[:1024] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Cleaned("", None, (), readable=False)
    if kind and not kind.startswith(_HTML + _PLAIN):
        return Cleaned("", None, (), readable=False)
    text = decode(body, content_type)
    if kind.startswith(_PLAIN) and not kind.startswith(_HTML):
        return Cleaned("", None, _plain(text, "plain text"))
    excess = too_much(text)
    if excess is not None:
        return Cleaned("", None, _plain(bare_text(text), f"not parsed: {excess}"))
    tree = parse(text)
    title = tree.css_first("head > title") or tree.css_first("title")
    root = tree.root
    declared = (root.attributes.get("lang") or "").strip().lower() if root is not None else ""
    return Cleaned(
        " ".join(title.text().split()) if title is not None else "", declared or None, _blocks(tree.body, text)
    )


def _blocks(body: LexborNode | None, text: str) -> tuple[Block, ...]:
    if body is None:
        return ()
    raw, places = gather(body)
    return settle(raw, places, declared=is_declared(text, body.attributes.get("class") or ""))


def _plain(text: str, why: str) -> tuple[Block, ...]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(Block(BlockKind.CONTENT, line, why) for line in lines if line)
