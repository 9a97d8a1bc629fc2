"""Convert an XML document other than XHTML or a feed to blocks: each value is a row with its name, under its enclosing elements.

The document is processed as tags and texts, without a DTD: only character references are expanded, nothing is fetched, and broken XML is processed as
far as possible. An element that contains both text and elements is a sentence with inline markup, and one value. Rows are as in `json_text`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor.extraction.text import unescaped
from monitor.model import Block, BlockKind

MAX_VALUES = 20_000
"""Maximum number of values that become rows; a document with more is a database and is processed as plain text."""
MAX_ELEMENTS = 50_000
MAX_DEPTH = 100
"""Maximum number of open elements; deeper ones become text of the element they are in."""
_PATH = 16
"""Maximum number of names kept above a value, innermost last."""
_NAME_CHARS = 60
_PROSE = 80
"""Length in characters above which a value is prose under its name and not a value next to it."""

_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!doctype[^\[>]*+(?:\[.*?(?:\]\s*+>|\Z)|>|\Z)|<![^>]*+>?|"
    r"<(?P<slash>/?)(?P<name>[^\W\d][\w.:-]*+)(?P<rest>[^<>\"']*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^<>\"']*+){0,1000})>|(?P<text>[^<]++|<)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([^\W\d][\w.:-]*+)\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_MARKUP = re.compile(r"</(?:p|div|h[1-6]|li|ul|ol|table|a|b|strong|em|span)>|<br ?/?>", re.IGNORECASE)
# Attributes that concern the document's syntax and its processing, not its content.
_NO_TEXT = ("xmlns", "xml:", "xsi:", "xlink:")
_LABELS = ("name", "key", "label")
_VALUE = "value"
_MACHINE = frozenset({"script", "style"})

Anchor = tuple[str, ...]
Fragment = Callable[[str], tuple[Block, ...]]


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[_Element | str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """The content of an XML document.

    Attributes:
        language: The xml:lang of its root element; None if it is missing.
        blocks: Its values, in document order.
        drawing: Whether it is an SVG drawing; only the texts of a drawing are values.
    """

    language: str | None
    blocks: tuple[Block, ...]
    drawing: bool = False


def read(text: str, fragment: Fragment) -> Document | None:
    """Return the content of a document; None if it has no element, or too many elements or values.

    Args:
        text: The document.
        fragment: Extracts the blocks of an HTML fragment that is a value of the document.
    """
    root = _tree(text)
    if root is None:
        return None
    # A drawing's attributes are shapes, and its element names say nothing about its texts.
    drawn = root.name == "svg"
    blocks: list[Block] = []
    for count, (path, name, value) in enumerate(_values(root, (), with_attributes=not drawn)):
        if count >= MAX_VALUES:
            return None
        blocks.extend(_blocks(path, "" if drawn else name, value, fragment))
    return Document(root.attributes.get("xml:lang"), tuple(blocks), drawn)


def bare_text(text: str) -> str:
    """Return the texts of a document without its tags, one per line."""
    return "\n".join(filter(None, (_text_of(token) for token in _TOKEN.finditer(text))))


def _text_of(token: re.Match[str]) -> str:
    data: str | None = token["data"]
    return unescaped(token["text"] or "") if data is None else data


def _tree(text: str) -> _Element | None:
    root: _Element | None = None
    open_: list[_Element] = []
    names = Counter[str]()
    elements = 0
    for token in _TOKEN.finditer(text):
        name = token["name"]
        if not name:
            if open_ and (piece := _text_of(token)):
                open_[-1].content.append(piece)
        elif token["slash"]:
            # An end tag without a matching start tag is skipped, at constant cost.
            if names[_local(name)]:
                closed = _close(open_, _local(name))
                names.subtract(closed)
                if not open_:
                    return root
        elif len(open_) < MAX_DEPTH:
            elements += 1
            if elements > MAX_ELEMENTS:
                return None
            element = _Element(_local(name), _attributes(token["rest"]))
            if open_:
                open_[-1].content.append(element)
            root = root or element
            if not token["rest"].endswith("/"):
                open_.append(element)
                names[element.name] += 1
            elif element is root:
                return root
    return root


def _close(open_: list[_Element], name: str) -> list[str]:
    """Close the innermost element of that name and all elements inside it; return their names."""
    closed = [open_.pop().name]
    while closed[-1] != name:
        closed.append(open_.pop().name)
    return closed


def _local(name: str) -> str:
    return name.rpartition(":")[2][:_NAME_CHARS]


def _attributes(rest: str) -> dict[str, str]:
    found = {name: _folded(unescaped(one or two)) for name, one, two in _ATTRIBUTE.findall(rest)}
    return {name: value for name, value in found.items() if name == "xml:lang" or not name.startswith(_NO_TEXT)}


def _values(element: _Element, path: Anchor, *, with_attributes: bool) -> Iterator[tuple[Anchor, str, str]]:
    """Yield each value with its enclosing names and its own name."""
    if element.name in _MACHINE:
        return
    attributes = element.attributes if with_attributes else {}
    label_name = next((name for name in _LABELS if attributes.get(name)), None)
    label = attributes[label_name][:_NAME_CHARS] if label_name else None
    inner = (*path, label or element.name)[-_PATH:]
    above = path if label is None else (*path, element.name)[-_PATH:]
    for name, value in attributes.items():
        if value and name != label_name and name != "xml:lang":
            named = label is not None and name == _VALUE
            yield (above, label or "", value) if named else (inner, _local(name), value)
    own = _folded("".join(part for part in element.content if isinstance(part, str)))
    children = [part for part in element.content if isinstance(part, _Element)]
    if any(map(str.isalnum, own)):
        yield above, label or element.name, _folded(_text(element)) if children else own
        return
    for child in children:
        yield from _values(child, inner, with_attributes=with_attributes)


def _text(element: _Element) -> str:
    return "".join(part if isinstance(part, str) else _text(part) for part in element.content)


def _blocks(path: Anchor, name: str, value: str, fragment: Fragment) -> Iterator[Block]:
    named = (*path, name) if name else path
    if _MARKUP.search(value):
        for block in fragment(value):
            yield Block(block.kind, block.text, f"{block.why}, in XML", (*named, *block.anchor))
    elif not name or len(value) > _PROSE:
        yield Block(BlockKind.CONTENT, value, "XML text", named)
    else:
        yield Block(BlockKind.ROW, f"{name} | {value}", "XML value", path)


def _folded(text: str) -> str:
    return " ".join(text.split())
