"""Separate struck-out text from the text of a page: a struck value is not the current one."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.extraction.text import IGNORED, INLINE, folded, is_hidden
from monitor.model import Block, BlockKind

_TAGS = ("s", "del", "strike")
_STYLE = '[style*="line-through"]'
_SELECTOR = ", ".join((*_TAGS, _STYLE))
_CLOSING = frozenset(".,;:!?)")
_MOST = 2_000
"""Maximum number of struck texts of a page."""
_MOST_SHARE = 0.8
"""Share of the page's characters from which the text is not separated: an element that was never closed, or a page that is void as a whole."""


def separate(tree: LexborHTMLParser) -> list[Block]:
    """Remove the struck-out texts from the tree, and return them as blocks.

    tests/monitor/extraction/test_struck.py

    Args:
        tree: The parsed page.
    """
    body = tree.body
    if body is None:
        return []
    inside: set[int] = set()
    outermost: list[LexborNode] = []
    blocks: list[Block] = []
    for node in body.css(_SELECTOR)[:_MOST]:
        if node.mem_id in inside:
            continue
        outermost.append(node)
        text = folded(_collect(node, inside))
        if any(map(str.isalnum, text)):
            why = f"{node.tag} element" if node.tag in _TAGS else "struck out by its style"
            blocks.append(Block(BlockKind.STRUCK, text, why))
    if not blocks or sum(len(block.text) for block in blocks) > _MOST_SHARE * len(folded(_collect(body, set()))):
        return []
    for node in outermost:
        _remove(node)
    return blocks


def _remove(node: LexborNode) -> None:
    before, after = node.prev, node.next
    following = (after.text_content or "") if after is not None and after.tag == "-text" else ""
    preceding = (before.text_content or "") if before is not None and before.tag == "-text" else ""
    if _is_between_words(node):
        node.replace_with(" ")
    else:
        node.decompose()
    if before is not None and following[:1] in _CLOSING and preceding[-1:].isspace():
        before.replace_with(preceding.rstrip())


def _is_between_words(node: LexborNode) -> bool:
    """Return whether nothing but the element separates the texts on either side."""
    before, after = node.prev, node.next
    ends = before is not None and (before.tag != "-text" or not (before.text_content or "")[-1:].isspace())
    begins = after is not None and (after.tag != "-text" or (after.text_content or "")[:1].isalnum())
    return ends and begins


def _collect(node: LexborNode, inside: set[int]) -> str:
    """Return the visible text of an element, and add the elements in it to `inside`."""
    pieces: list[str] = []
    stack = [node.iter(include_text=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag or ""
        if tag == "-text":
            pieces.append(child.text_content or "")
            continue
        inside.add(child.mem_id)
        if tag not in IGNORED and not is_hidden(child.attributes):
            if tag not in INLINE:
                pieces.append(" ")
            stack.append(child.iter(include_text=True))
    return "".join(pieces)
