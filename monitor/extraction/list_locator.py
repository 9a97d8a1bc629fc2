"""Locate a list on a page by its heading or column: "the list under Our partners", "the column Country of the table below Members".

A heading is matched by its whole text first, then by words in it; its section extends to the next heading of its rank. The items are the innermost
items
of lists; if the section has none, the first cells of the rows of its tables, then the terms of definition lists. Header rows and totals are not items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from selectolax.lexbor import LexborNode

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_WEAK = 7
"""The rank of a title that is not a heading: a caption, a line in bold type. It belongs to one list only."""
_TITLES = "h1,h2,h3,h4,h5,h6,[role=heading],caption,summary,legend,figcaption,dt,p,strong,b"
_CONTAINERS = frozenset("main article section aside details fieldset figure table td body header hgroup div dl".split())
_LISTS = frozenset({"ul", "ol", "table", "dl"})
_PASSED_OVER = frozenset("nav footer form button menu dialog -text -comment".split())
_CELLS = frozenset({"td", "th"})
_LONGEST_TITLE = 200
_TOTALS = frozenset("total totals sum all gesamt insgesamt summe totale total:".split())
_MOST_TITLES = 200
"""Maximum number of matching titles that are tried; each of them may have no list."""
_MOST_NODES = 100_000
"""Maximum number of nodes visited between titles and their lists, on one page."""
_WIDEST = 1_000  # maximum colspan and rowspan


def listed(body: LexborNode, heading: str | None, column: str | None) -> tuple[LexborNode | None, list[LexborNode]]:
    """Return the title of a list and its items in reading order; None and no items if no heading matches.

    Args:
        body: The body element of the page.
        heading: Words of the heading or caption; None selects the first table with that column.
        column: Words of a column header; None selects lists and first columns.
    """
    if heading is None:
        tables = [node for node in body.css("table") if column is not None]
        return _first_column(tables, column or "")
    first, steps = None, iter(range(_MOST_NODES))
    for title in islice(_titles(body, heading), _MOST_TITLES):
        first = first or title
        found = _under(title, column, steps)
        if found:
            return title, found
    return first, []


def _titles(body: LexborNode, words: str) -> Iterator[LexborNode]:
    """Yield the titles that match, best first: the words "Our partners" match the heading "Our 87 partners"."""
    wanted = _plain(words)
    numbered = any(map(str.isdigit, wanted))
    titles = [
        (node, plain)
        for node in body.css(_TITLES)
        if (text := _short_text(node)) is not None and wanted in (plain := _plain(text, numbers=numbered))
    ]
    yield from (node for node, plain in titles if plain == wanted)
    yield from (
        node for node, plain in titles if plain != wanted and _rank(node) < _WEAK and f" {wanted} " in f" {plain} "
    )


def _rank(node: LexborNode) -> int:
    tag = node.tag or ""
    if tag in _HEADINGS:
        return _HEADINGS[tag]
    if node.attributes.get("role") == "heading":
        level = node.attributes.get("aria-level") or ""
        return int(level) if level.isdigit() and len(level) == 1 else 2
    return _WEAK


def _under(title: LexborNode, column: str | None, steps: Iterator[int]) -> list[LexborNode]:
    """Return the items of the section below a title, from the nearest enclosing element that has any."""
    rank = _rank(title)
    container = title.parent
    while container is not None:
        if container.tag in _CONTAINERS:
            lists = list(_lists(title, container, rank, steps))
            found = _items(lists, column)
            if found:
                return found
        container = container.parent
    return []


def _lists(title: LexborNode, container: LexborNode, rank: int, steps: Iterator[int]) -> Iterator[LexborNode]:
    """Yield the outermost lists and tables after a title in its container, up to the next heading of its rank or the end of `steps`."""
    if container.tag in _LISTS and title.parent is not None and title.parent.mem_id == container.mem_id:
        yield container  # a caption belongs to its own table
        return
    node = _after(title, container)
    while node is not None and next(steps, None) is not None:
        tag = node.tag or ""
        if _HEADINGS.get(tag, _WEAK) <= min(rank, _WEAK - 1):
            return
        if tag in _LISTS:
            yield node
            if rank == _WEAK:
                return
        inner = None if tag in _LISTS or tag in _PASSED_OVER or _is_menu(node) else node.child
        node = inner or _after(node, container)


def _is_menu(node: LexborNode) -> bool:
    return node.attributes.get("role") in ("navigation", "menu", "menubar", "contentinfo")


def _after(node: LexborNode, container: LexborNode) -> LexborNode | None:
    """Return the next node in reading order that is not inside `node`; None at the end of the container."""
    here: LexborNode | None = node
    while here is not None and here.mem_id != container.mem_id:
        if here.next is not None:
            return here.next
        here = here.parent
    return None


def _items(lists: Sequence[LexborNode], column: str | None) -> list[LexborNode]:
    tables = [table for node in lists for table in ([node] if node.tag == "table" else [])]
    if column is not None:
        return _first_column(tables, column)[1]
    points = [item for node in lists if node.tag in ("ul", "ol") for item in _points(node)]
    cells = [row[0] for table in tables for row in _rows(table) if row[0] is not None and not _is_head(row)]
    terms = [term for node in lists if node.tag == "dl" for term in node.css("dt")]
    return points or [cell for cell in cells if not _is_total(cell)] or terms


def _points(node: LexborNode) -> list[LexborNode]:
    """Return the items of a list that contain no list themselves."""
    return [item for item in node.css("li") if not any(inner.mem_id != item.mem_id for inner in item.css("li"))]


def _first_column(tables: Sequence[LexborNode], words: str) -> tuple[LexborNode | None, list[LexborNode]]:
    """Return the header of the first column with that name, in whole or in part, and the cells below it."""
    wanted = _plain(words)
    grids = [list(_rows(table)) for table in tables]
    for whole in (True, False):
        for grid in grids:
            for number, row in enumerate(grid):
                for place, cell in enumerate(row):
                    plain = "" if cell is None else _plain(_short_text(cell) or "")
                    if plain == wanted if whole else f" {wanted} " in f" {plain} ":
                        below = [cells for cells in grid[number + 1 :] if not _is_head(cells)]
                        return cell, [
                            named
                            for cells in below
                            if place < len(cells) and (named := cells[place]) is not None and not _is_total(cells[0])
                        ]
                if whole is False and not _is_head(row):
                    break
    return None, []


def _rows(table: LexborNode) -> Iterator[list[LexborNode | None]]:
    """Yield the rows of a table by column, never empty; None where a cell of an earlier row or column spans the position."""
    reaching: dict[int, int] = {}
    for row in table.css("tr"):
        cells: list[LexborNode | None] = []
        for cell in (node for node in row.iter() if node.tag in _CELLS):
            _pass_over(cells, reaching)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            for place in range(len(cells), len(cells) + wide):
                if high > 1:
                    reaching[place] = high - 1
            cells += [cell, *[None] * (wide - 1)]
        _pass_over(cells, reaching)
        if cells:
            yield cells


def _pass_over(cells: list[LexborNode | None], reaching: dict[int, int]) -> None:
    while reaching.get(len(cells), 0) > 0:
        reaching[len(cells)] -= 1
        cells.append(None)


def _span(cell: LexborNode, name: str) -> int:
    plain = cell.attributes.get(name) or ""
    return min(max(int(plain), 1), _WIDEST) if plain.isascii() and plain.isdigit() and len(plain) <= 6 else 1


def _is_head(row: Sequence[LexborNode | None]) -> bool:
    return all(cell is None or cell.tag == "th" for cell in row) and len(row) > 1


def _is_total(cell: LexborNode | None) -> bool:
    return cell is not None and _plain(_short_text(cell) or "") in _TOTALS


def _short_text(node: LexborNode) -> str | None:
    """Return the text of an element; None if it is longer than any title of a list."""
    pieces: list[str] = []
    left = _LONGEST_TITLE
    stack = [node.iter(include_text=True)]
    for _ in range(_LONGEST_TITLE):
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            if not stack:
                return "".join(pieces)
        elif child.tag == "-text":
            pieces.append(child.text_content or "")
            left -= len(pieces[-1].strip())
            if left < 0:
                return None
        else:
            stack.append(child.iter(include_text=True))
    return None


def _plain(text: str, *, numbers: bool = True) -> str:
    """Return words in lower case with single spaces, without punctuation at their edges; `numbers=False` also drops words without letters."""
    words = (word.strip(".,:;!?()[]\"'“”‘’«»–—-|*") for word in text.casefold().split())
    return " ".join(word for word in words if word and (numbers or any(map(str.isalpha, word))))
