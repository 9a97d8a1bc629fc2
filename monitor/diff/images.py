"""Compares the images of two versions: images in place of which another one is shown.

An image is identified by the name of its file, so that another size, host, folder or query is no change. An image that is added or removed with the text
around it belongs to the text change and is not reported here. Contents of image files are not compared: a new picture under the same name is not found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from monitor.diff import location_keys
from monitor.limits import QUOTE_CHARS, cut
from monitor.model import READING_KINDS, Change, EventKind, Image, Level, Reason, Version

_ENDING = re.compile(r"\.[a-z]{3,5}$", re.IGNORECASE)
_MAX_SEPARATE = 3
"""Images reported one by one; more are reported as one change: a gallery, or the pictures of a redesign."""
_NEAR_CHARS = 200

_Context = tuple[str, str]
"""The texts before and after an image, with numbers masked; "" at the start and end of the page."""


class _Placed(NamedTuple):
    """An image with its context, and the index of the block before it (-1 at the start)."""

    image: Image
    context: _Context
    behind: int


class _Pair(NamedTuple):
    """An image, and the one that is shown in its place."""

    old: _Placed
    new: _Placed


def compare(old: Version, new: Version) -> list[Change]:
    """Return the changes for images that were replaced, in reading order of the new version.

    An image replaces another one that stood between the same texts, or that had the same alternative text.

    tests/monitor/diff/test_images.py
    """
    if not old.images or not new.images:
        return []
    here, there = set(map(_identity, old.images)), set(map(_identity, new.images))
    # An image that is repeated a different number of times, or elsewhere, is a change of the layout.
    gone, come = _placed(old, here - there), _placed(new, there - here)
    pairs = sorted(_pairs(gone, come), key=lambda pair: (pair.new.image.block, pair.new.image.name))
    if not pairs:
        return []
    groups = _groups(pairs) if len(pairs) <= _MAX_SEPARATE else [pairs]
    return [_change(new, group[0]) if len(group) == 1 else _all_of(new, group) for group in groups]


def _identity(image: Image) -> str:
    """Return what identifies a picture: the name of its file without its ending, in lower case."""
    return _ENDING.sub("", image.name).casefold()


def _placed(version: Version, identities: AbstractSet[str]) -> list[_Placed]:
    """Return the images with one of these identities, in reading order."""
    images = [image for image in version.images if _identity(image) in identities] if identities else []
    if not images:
        return []
    before, after = _neighbours(version)
    last = len(version.blocks)
    placed = []
    for image in images:
        at = min(image.block, last)
        context = _text(version, before[at]), _text(version, after[at])
        placed.append(_Placed(image, context, before[at]))
    return placed


def _neighbours(version: Version) -> tuple[list[int], list[int]]:
    """For each index of a block, return the index of the last block of text before it, and of the first at or after it; -1 if there is none."""
    last, before = -1, []
    for index, block in enumerate(version.blocks):
        before.append(last)
        last = index if block.kind in READING_KINDS else last
    before.append(last)
    following, after = -1, [-1]
    for index in range(len(version.blocks) - 1, -1, -1):
        following = index if version.blocks[index].kind in READING_KINDS else following
        after.append(following)
    return before, after[::-1]


def _text(version: Version, index: int) -> str:
    return "" if index < 0 else location_keys.masked(version.blocks[index].text)[:_NEAR_CHARS]


def _pairs(gone: Sequence[_Placed], come: Sequence[_Placed]) -> Iterator[_Pair]:
    by_context: defaultdict[_Context, tuple[list[_Placed], list[_Placed]]] = defaultdict(lambda: ([], []))
    for side, images in enumerate((gone, come)):
        for placed in images:
            by_context[placed.context][side].append(placed)
    left: tuple[list[_Placed], list[_Placed]] = ([], [])
    for before, after in by_context.values():
        if len(before) == len(after):
            yield from map(_Pair, before, after)
        else:
            left[0].extend(before)
            left[1].extend(after)
    named = _by_alternative(left[0]), _by_alternative(left[1])
    yield from (_Pair(named[0][text], named[1][text]) for text in named[0].keys() & named[1].keys())


def _by_alternative(images: Iterable[_Placed]) -> dict[str, _Placed]:
    """Return the images by their alternative text, if it is the only one of its kind."""
    found: defaultdict[str, list[_Placed]] = defaultdict(list)
    for placed in images:
        if placed.image.alternative:
            found[placed.image.alternative].append(placed)
    return {text: several[0] for text, several in found.items() if len(several) == 1}


def _groups(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """Group the images that stand between the same texts: a gallery."""
    groups: defaultdict[_Context, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.new.context].append(pair)
    return list(groups.values())


def _change(new: Version, pair: _Pair) -> Change:
    before, after = pair.old.image, pair.new.image
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.IMAGE_REPLACED,
        before=before.name,
        after=after.name,
        sentence_before=before.alternative or before.name,
        sentence_after=after.alternative or after.name,
        detail={
            "image": after.alternative or before.alternative,
            "anchor": list(_anchor(new, pair)),
            "spots": [_spot(new, pair)],
        },
    )


def _all_of(new: Version, pairs: Sequence[_Pair]) -> Change:
    """Return one change for several images."""
    first = pairs[0]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.IMAGES_REPLACED,
        sentence_before=_lines(pair.old.image for pair in pairs),
        sentence_after=_lines(pair.new.image for pair in pairs),
        detail={
            "images": len(pairs),
            "first_image": {
                "alternative": first.new.image.alternative or first.old.image.alternative,
                "before": first.old.image.name,
                "after": first.new.image.name,
            },
            "anchor": list(_anchor(new, first)),
            "spots": sorted({_spot(new, pair) for pair in pairs}),
        },
    )


def _lines(images: Iterable[Image]) -> str:
    return cut("\n".join(f"{image.name} {image.alternative}".strip() for image in images), QUOTE_CHARS)


def _anchor(new: Version, pair: _Pair) -> tuple[str, ...]:
    """Return the headings above an image, in the form of `Block.anchor`."""
    if pair.new.behind < 0:
        return ()
    block = new.blocks[pair.new.behind]
    return block.anchor


def _spot(new: Version, pair: _Pair) -> str:
    return location_keys.of_image(_anchor(new, pair), pair.new.context)
