"""Rows of tables and definition lists: what belongs together is one block, its parts set apart by bars."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from monitor.extraction.link_targets import Label, target_of
from monitor.extraction.text import folded, visible

_CELLS = frozenset({"td", "th"})
_LONGEST_LIST = 4_000
"""Characters from which a definition list is a text in sections."""
# A cell that holds these lays out the page; it is no cell of a data row.
_LAYOUT = "p,div,h1,h2,h3,h4,h5,h6,table,ul,ol,article,section,form,nav"


Row = tuple[str, list[Label]]
"""The text of a row, and its links in order."""


def row(node: LexborNode) -> list[Row] | None:
    """The one text of a table row; None where it lays out the page."""
    cells = [cell for cell in node.iter() if cell.tag in _CELLS]
    if len(cells) < 2 or any(cell.css_first(_LAYOUT) is not None and len(cell.text()) > 200 for cell in cells):
        return None
    said = [folded(visible(cell)) for cell in cells]
    return [(" | ".join(text for text in said if text), _links(node))]


def pairs(node: LexborNode) -> list[Row] | None:
    """Each term of a definition list with what is said of it, as one text; None where it is no list of short terms."""
    if any(child.tag not in ("dt", "dd") for child in _terms(node)) or len(node.text()) > _LONGEST_LIST:
        return None
    rows: list[Row] = [("", [])]
    for child in _terms(node):
        text, links = folded(visible(child)), _links(child)
        if child.tag == "dt":
            rows.append((text, links))
        elif text:
            said, linked = rows[-1]
            rows[-1] = (f"{said} | {text}" if said else text, linked + links)
    return rows


def _links(node: LexborNode) -> list[Label]:
    found = [("", link.text(), link.attributes["href"] or "") for link in node.css("a[href]")]
    return [label for label in found if target_of(label[2])]


def _terms(node: LexborNode) -> Iterator[LexborNode]:
    """The children of a definition list; a group of them may stand in a div of its own."""
    for child in node.iter():
        if child.tag == "div":
            yield from child.iter()
        else:
            yield child
