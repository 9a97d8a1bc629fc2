"""Collect images and graphics: their alternative texts, which a screen reader says, and the names of their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from monitor.extraction.elements import ElementContext
from monitor.extraction.image_sources import name_of, source_of
from monitor.extraction.text import folded
from monitor.limits import cut
from monitor.model import Block, BlockKind, Image

MOST = 500
"""Maximum number of images of a page."""
_MOST_CHARS = 2_000
_LEAST_SIGNS = 6
"""Minimum number of letters of an alternative text in one piece that is not a name or a symbol ("logo"): Chinese and Japanese write no spaces."""
_FILE_NAME = re.compile(r"\S{1,200}\.(?:avif|bmp|gif|jpe?g|png|svg|tiff?|webp)", re.IGNORECASE)
_TINY = frozenset({"0", "1", "1px"})

_NAME_CHARS = 200


class ImageElement(NamedTuple):
    """An image or graphic as the walk finds it.

    Attributes:
        place: The element that contains it.
        alternative: Its alternative text as written; None if it is decorative or has none.
        attributes: Its attributes, if it may have a source; None for a graphic. They are evaluated only for an image of the text.
        block: Index of the block that contains it, or that follows it.
    """

    place: ElementContext
    alternative: str | None
    attributes: Mapping[str, str | None] | None
    block: int


def element(place: ElementContext, tag: str, attributes: Mapping[str, str | None], block: int) -> ImageElement | None:
    """Return an image or graphic as the walk finds it; None for a graphic without an alternative text."""
    text, is_image = alternative(tag, attributes), tag == "img"
    return ImageElement(place, text, attributes if is_image else None, block) if is_image or text is not None else None


def alternative(tag: str, attributes: Mapping[str, str | None]) -> str | None:
    """Return the alternative text of an image or graphic as written; None if it is decorative or has none.

    Args:
        tag: Its tag name.
        attributes: Its attributes.
    """
    text = attributes.get("aria-label") or (attributes.get("alt") if tag in ("img", "area") else None)
    if not text or attributes.get("role") in ("presentation", "none") or attributes.get("aria-hidden") == "true":
        return None
    if attributes.get("width") in _TINY or attributes.get("height") in _TINY:
        return None
    return text


def blocks_of(images: Iterable[ImageElement], text: Sequence[Block]) -> list[Block]:
    """Return the alternative texts that say something which the page's text does not.

    tests/monitor/extraction/test_images.py

    Args:
        images: The images in reading order, after the classification of the elements that contain them.
        text: The page's blocks. An image in navigation, a footer or the like has the purpose of a link or an ornament.
    """
    stated = "\n".join(block.text for block in text)
    found: dict[str, Block] = {}
    for place, written, _, _ in images:
        if written is None or _is_beside_text(place):
            continue
        plain = folded(written[:_MOST_CHARS])
        if plain and plain not in found and _states_something(plain) and plain not in stated:
            found[plain] = Block(BlockKind.IMAGE, plain, "alternative text of an image")
    return list(found.values())


def content_images(images: Iterable[ImageElement]) -> tuple[Image, ...]:
    """Return the images of the page's text with the names of their files, in reading order. An image without a name of its own is left out.

    tests/monitor/extraction/test_image_sources.py

    Args:
        images: The images in reading order, after the classification of the elements that contain them.
    """
    return tuple(
        Image(name, cut(folded((written or "")[:_MOST_CHARS]), _NAME_CHARS), block)
        for place, written, attributes, block in images
        if attributes is not None and not _is_beside_text(place) and (name := name_of(source_of(attributes)))
    )


def _is_beside_text(place: ElementContext | None) -> bool:
    """Return whether an element, or one that contains it, is no part of the text. An element without blocks has no kind, only a hint."""
    while place is not None and not hasattr(place, "kind"):
        if place.hint is not None:
            return True
        place = place.above
    return place is not None and (place.kind is not None or place.beside is not None)


def _states_something(text: str) -> bool:
    if _FILE_NAME.fullmatch(text) or not any(map(str.isalpha, text)):
        return False
    return len(text.split()) > 1 or (not text.isascii() and len(text) >= _LEAST_SIGNS) or any(map(str.isdecimal, text))
