"""Extract the values that a page declares for machines as blocks: descriptions, and the prices, availability and dates of its structured data.

Sources: the title and description (HTML Standard §4.2.2, §4.2.5.1), Open Graph, and schema.org as JSON-LD or as microdata in `meta` elements. Values
that change without the page ("modified at", ratings, numbers of views) are omitted: they would make a new version of each check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from monitor.extraction.text import folded
from monitor.limits import above, cut
from monitor.model import Block, BlockKind

_DESCRIPTIONS = ("description", "og:title", "og:description", "twitter:title", "twitter:description")
_AMOUNTS = {"product:price:amount": "product:price:currency", "og:price:amount": "og:price:currency"}
_STATED = ("product:availability", "og:availability", "article:published_time")
_PRICES = ("price", "lowPrice", "highPrice")
_OTHERS = frozenset(
    "availability datePublished startDate endDate datePosted validThrough eventStatus doorTime foundingDate".split()
)
_ITEMS = frozenset({*_PRICES, *_OTHERS, "priceCurrency"})
_WANTED = frozenset({*_DESCRIPTIONS, *_AMOUNTS, *_AMOUNTS.values(), *_STATED})
_PRICED = frozenset({*_AMOUNTS, *(f"{name} in {where}" for name in _PRICES for where in ("JSON-LD", "microdata"))})
_MOST_VALUES = 200
"""Maximum number of values of structured data of a page."""
_MOST_NODES = 5_000
_MOST_CHARS = 500_000
"""Maximum number of characters of JSON-LD of a page; more is not parsed."""
_VALUE_CHARS = 500
_TEXT_CHARS = 5_000

_Value = tuple[str, tuple[str, ...], str]
"""The reason for a block, the names above it, and its text."""


class Declarations:
    """The declarations of a page, collected in document order.

    Attributes:
        properties: The first content of each meta element by name or property, lower case.
        items: Names and contents of microdata in meta elements.
        json_ld: The texts of JSON-LD scripts.
    """

    __slots__ = ("items", "json_ld", "properties")

    def __init__(self) -> None:
        self.properties: dict[str, str] = {}
        self.items: list[tuple[str, str]] = []
        self.json_ld: list[str] = []

    def add(self, attributes: Mapping[str, str | None]) -> None:
        """Add a meta element."""
        content = attributes.get("content")
        if not content:
            return
        name = (attributes.get("property") or attributes.get("name") or "").lower()
        if name in _WANTED and name not in self.properties:
            self.properties[name] = content
        item = attributes.get("itemprop") or ""
        if item in _ITEMS and len(self.items) < _MOST_VALUES:
            self.items.append((item, content))

    def blocks(self, title: str) -> list[Block]:
        """Return the declared values as blocks of kind metadata; a text that repeats an earlier one is omitted.

        tests/monitor/extraction/test_structured_data.py

        Args:
            title: The page's title; "" if there is none.
        """
        found: dict[str, Block] = {}
        for why, anchor, text in self._values(title):
            plain = folded(text[:_TEXT_CHARS])
            if len(found) < _MOST_VALUES and plain not in found and any(map(str.isalnum, plain)):
                found[plain] = Block(BlockKind.METADATA, plain, why, above(anchor))
        return list(found.values())

    def _values(self, title: str) -> Iterator[_Value]:
        yield "title", (), title
        for name in _DESCRIPTIONS:
            yield name, (), self.properties.get(name, "")
        for name, currency in _AMOUNTS.items():
            if name in self.properties:
                yield name, (), _row("price", f"{self.properties[name]} {self.properties.get(currency, '')}")
        for name in _STATED:
            if name in self.properties:
                yield name, (), _row(name.rpartition(":")[2], _last_part(self.properties[name]))
        yield from self._of_items()
        nodes, chars = 0, 0
        for text in self.json_ld:
            chars += len(text)
            if chars > _MOST_CHARS:
                return
            for value in _of_json(text):
                if nodes == _MOST_NODES:
                    return
                nodes += 1
                yield value

    def _of_items(self) -> Iterator[_Value]:
        currency = dict(reversed(self.items)).get("priceCurrency", "")
        for name, content in self.items:
            if name in _PRICES:
                yield f"{name} in microdata", (), _row(name, f"{content} {currency}")
            elif name in _OTHERS:
                yield f"{name} in microdata", (), _row(name, _last_part(content))


def has_price(declared: Iterable[Block]) -> bool:
    """Return whether the blocks of a page's declarations include a price: the page offers something."""
    return any(block.why in _PRICED for block in declared)


def _of_json(text: str) -> Iterator[_Value]:
    """Yield the prices, availability and dates of a JSON-LD document, under the names of the things that have them; nothing if it is not valid JSON."""
    try:
        document = json.loads(text.strip().removesuffix(";"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return
    stack: list[tuple[tuple[str, ...], str, Any]] = [((), "", document)]
    for _ in range(_MOST_NODES):
        if not stack:
            return
        names, key, node = stack.pop()
        if isinstance(node, list):
            stack.extend((names, key, inner) for inner in reversed(node[:_MOST_NODES]))
        elif isinstance(node, dict):
            name = node.get("name")
            inside = (*names, folded(name[:_VALUE_CHARS])) if isinstance(name, str) and name.strip() else names
            yield from _of_thing(node, inside)
            stack.extend(
                (inside, inner, node[inner]) for inner in reversed(node) if isinstance(node[inner], (dict, list))
            )


def _of_thing(thing: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[_Value]:
    currency = thing.get("priceCurrency")
    for key, value in thing.items():
        if not isinstance(value, str) or not value:
            continue
        if key in _PRICES:
            yield f"{key} in JSON-LD", names, _row(key, f"{value} {currency if isinstance(currency, str) else ''}")
        elif key in _OTHERS:
            yield f"{key} in JSON-LD", names, _row(key, _last_part(value))


def _row(name: str, value: str) -> str:
    return f"{name} | {cut(value.strip(), _VALUE_CHARS)}"


def _last_part(value: str) -> str:
    """Return a value of a schema.org enumeration without its address: "https://schema.org/InStock" is InStock."""
    return value.rstrip("/").rpartition("/")[2] if "schema.org/" in value else value
