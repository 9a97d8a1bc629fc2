"""Rows of tables and definition lists: what belongs together is one block, its parts set apart by bars."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from monitor.clean.text import folded, visible

_CELLS = frozenset({"td", "th"})
# A cell that holds these lays out the page; it is no cell of a data row.
_LAYOUT = "p,div,h1,h2,h3,h4,h5,h6,table,ul,ol,article,section,form,nav"


def is_row(row: LexborNode) -> bool:
    """Whether a table row holds data, rather than laying out the page."""
    cells = [cell for cell in row.iter() if cell.tag in _CELLS]
    return len(cells) > 1 and not any(cell.css_first(_LAYOUT) is not None and len(cell.text()) > 200 for cell in cells)


def row(node: LexborNode) -> Iterator[str]:
    """The one text of a table row."""
    cells = [folded(visible(cell)) for cell in node.iter() if cell.tag in _CELLS]
    yield " | ".join(cell for cell in cells if cell)


def is_pairs(node: LexborNode) -> bool:
    """Whether a dl is a list of short terms with what is said of each."""
    return all(child.tag in ("dt", "dd") for child in _terms(node)) and len(node.text()) < 4000


def _terms(node: LexborNode) -> Iterator[LexborNode]:
    """The children of a definition list; a group of them may stand in a div of its own."""
    for child in node.iter():
        if child.tag == "div":
            yield from child.iter()
        else:
            yield child


def pairs(node: LexborNode) -> Iterator[str]:
    """Each term of a definition list with what is said of it, as one text."""
    said = ""
    for child in _terms(node):
        text = folded(visible(child))
        if child.tag == "dt":
            yield said
            said = text
        elif text:
            said = f"{said} | {text}" if said else text
    yield said
