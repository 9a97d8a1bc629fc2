"""Convert rows of tables and definition lists to text: one row is one block, its cells separated by bars."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from monitor.extraction.link_targets import Label, target_of
from monitor.extraction.text import folded, visible

_CELLS = frozenset({"td", "th"})
_LONGEST_LIST = 4_000
"""Length in characters above which a definition list is a text in sections."""
# A cell that contains one of these is part of a layout table, not of a data row.
_LAYOUT = "p,div,h1,h2,h3,h4,h5,h6,table,ul,ol,article,section,form,nav"


Row = tuple[str, list[Label]]
"""The text of a row, and its links in order."""


def row(node: LexborNode) -> list[Row] | None:
    """Return the text of a table row as the only row; None if the table is used for layout."""
    cells = [cell for cell in node.iter() if cell.tag in _CELLS]
    if len(cells) < 2 or any(cell.css_first(_LAYOUT) is not None and len(cell.text()) > 200 for cell in cells):
        return None
    texts = [folded(visible(cell)) for cell in cells]
    return [(" | ".join(text for text in texts if text), _links(node))]


def pairs(node: LexborNode) -> list[Row] | None:
    """Return one row for each term of a definition list, with its definitions; None if it is not a list of short terms."""
    if any(child.tag not in ("dt", "dd") for child in _terms(node)) or len(node.text()) > _LONGEST_LIST:
        return None
    rows: list[Row] = [("", [])]
    for child in _terms(node):
        text, links = folded(visible(child)), _links(child)
        if child.tag == "dt":
            rows.append((text, links))
        elif text:
            texts, linked = rows[-1]
            rows[-1] = (f"{texts} | {text}" if texts else text, linked + links)
    return rows


def _links(node: LexborNode) -> list[Label]:
    found = [("", link.text(), link.attributes["href"] or "") for link in node.css("a[href]")]
    return [label for label in found if target_of(label[2])]


def _terms(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the children of a definition list; groups of them may be wrapped in a div."""
    for child in node.iter():
        if child.tag == "div":
            yield from child.iter()
        else:
            yield child
