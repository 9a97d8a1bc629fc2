"""The blob of a version: all its data that no query filters by. Pure; no SQL and no compression.

Format 1, a JSON object, begins with "{": each block has the headings above it written out. Format 2 begins with the byte 2, followed by JSON: headings,
anchors (lists of indexes of headings) and reasons are listed once each, and blocks refer to them by index, so that a blob grows no faster than its page.
Any other first byte is a format of a later release, or damage. `encode` writes the current format; `decode` reads every format.

JSON is written and read by msgspec where it does so exactly like the standard library's json, which does the rest: lone surrogates, floats with an
exponent, infinity, the old format, and damaged blobs, whose faults it names.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, NamedTuple

import msgspec

from monitor.model import Block, BlockKind, Document, Image, Link, Mention, MentionType, Version

FORMAT = 2
"""The format that `encode` writes."""
MAX_BYTES = 512 * 1024 * 1024
"""Maximum length of a blob: the most that the limits on a version (`monitor.limits`) allow, in UTF-8."""

_OLDEST = ord("{")
_FORMATS = 32
"""First bytes below this are format numbers."""

# Pages have hundreds of blocks and mentions: calling the enum for each would be measurably slower.
_MENTION_TYPES = {word.value: word for word in MentionType}
_BLOCK_KINDS = {word.value: word for word in BlockKind}
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode

# Python writes the other floats with an exponent, and msgspec in another notation.
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e16

Groups = Sequence[Sequence[Any]]
"""The mentions that state a reading, and the mentions that contradict it: each an index into the version's mentions, or a mention written out."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The content of a blob; fields as in `Version`, but `readings` has one `Groups` each."""

    blocks: tuple[Block, ...]
    mentions: tuple[Mention, ...]
    readings: Sequence[Groups]
    base: str = ""
    document: Document | None = None
    images: tuple[Image, ...] = ()

    def mentions_of(self, reading: int) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """Return the mentions that state a reading, and the mentions that contradict it."""
        stated, contradicts = (
            tuple(self.mentions[place] if isinstance(place, int) else place for place in group)
            for group in self.readings[reading]
        )
        return stated, contradicts


_Position = Annotated[int, msgspec.Meta(ge=0)]


class _Mention(NamedTuple):
    """A mention as stored: the fields of `Mention`, all of them required."""

    type: MentionType
    value: int | float | str | bool | None
    unit: str | None
    quote: str
    hedge: str | None
    block: _Position
    start: int
    end: int
    sentence_start: int
    sentence_end: int
    upper: int | float | bool | None


class _Block(NamedTuple):
    """A block as stored: `why` and `anchor` are indexes."""

    kind: BlockKind
    text: str
    why: _Position
    anchor: _Position
    links: tuple[Link, ...] = ()


class _Blob(msgspec.Struct):
    """The JSON object of format 2."""

    headings: list[str]
    anchors: list[list[_Position]]
    reasons: list[str]
    blocks: list[_Block]
    mentions: list[_Mention]
    readings: list[tuple[list[_Position | _Mention], list[_Position | _Mention]]]
    base: str = ""
    document: tuple[str, _Position, str] | msgspec.UnsetType = msgspec.UNSET
    images: list[tuple[str, str, _Position]] = []


_decoder = msgspec.json.Decoder(_Blob)
_encoder = msgspec.json.Encoder()


class _Table:
    """Distinct values in order of first occurrence, with their indexes."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))


def blob_of(version: Version) -> bytes:
    """Return a version's blob. Equal versions have equal blobs."""
    place = _Places(version.mentions)
    readings = [
        [[place(mention) for mention in group] for group in (reading.mentions, reading.contradicts)]
        for reading in version.readings
    ]
    return encode(Parts(version.blocks, version.mentions, readings, version.base, version.document, version.images))


def encode(parts: Parts) -> bytes:
    """Return a blob in the current format."""
    headings, anchors, reasons = _Table(), _Table(), _Table()
    blocks = [
        [block.kind, block.text, reasons(block.why), anchors(block.anchor), *([block.links] if block.links else [])]
        for block in parts.blocks
    ]
    value: dict[str, Any] = {
        "anchors": [[headings(heading) for heading in anchor] for anchor in anchors.places],
        "headings": list(headings.places),
        "reasons": list(reasons.places),
        "blocks": blocks,
        "mentions": parts.mentions,
        "readings": parts.readings,
    }
    if parts.base:
        value["base"] = parts.base
    if parts.document is not None:
        value["document"] = parts.document
    if parts.images:
        value["images"] = parts.images
    return bytes([FORMAT]) + _json_of(value, parts)


def _json_of(value: Mapping[str, Any], parts: Parts) -> bytes:
    """Return a value as the standard library's json encodes it."""
    written_out = [item for groups in parts.readings for group in groups for item in group if type(item) is not int]
    numbers = [number for mention in chain(parts.mentions, written_out) for number in (mention.value, mention.upper)]
    if all(_PLAIN_FROM <= abs(number) < _PLAIN_BELOW for number in numbers if type(number) is float and number != 0):
        try:
            return _encoder.encode(value)
        except UnicodeEncodeError:
            # A lone surrogate.
            pass
    return _to_json(value).encode("utf-8", "surrogatepass")


def decode(blob: bytes) -> Parts:
    """Decode a blob of any format.

    Raises:
        ValueError: It cannot be decoded; the message says why.
    """
    try:
        return _decoded(blob)
    except (ArithmeticError, AttributeError, KeyError, IndexError, RecursionError, TypeError) as error:
        raise ValueError(f"it is not of the shape of a version ({type(error).__name__}: {error})") from error


def _decoded(blob: bytes) -> Parts:
    form = blob[0] if blob else _FORMATS
    if form not in (_OLDEST, FORMAT):
        newer = f"its format is {form}, this program reads up to {FORMAT}: a newer one wrote it"
        raise ValueError(newer if FORMAT < form < _FORMATS else "it does not begin like one")
    typed = _decoded_by_type(blob) if form == FORMAT else None
    return _decoded_by_json(blob) if typed is None else typed


def _decoded_by_type(blob: bytes) -> Parts | None:
    """Decode a blob of format 2; None if msgspec does not read it, or an index is out of range."""
    try:
        value = _decoder.decode(memoryview(blob)[1:])
        anchors = [tuple([value.headings[place] for place in anchor]) for anchor in value.anchors]
        blocks = tuple(
            [Block(kind, text, value.reasons[why], anchors[at], links) for kind, text, why, at, links in value.blocks]
        )
    except (msgspec.MsgspecError, IndexError, RecursionError, UnicodeError):
        return None
    mentions = tuple(map(Mention._make, value.mentions))
    readings = [
        [[item if isinstance(item, int) else Mention._make(item) for item in group] for group in groups]
        for groups in value.readings
    ]
    in_readings = [item for groups in readings for group in groups for item in group]
    if any(item >= len(mentions) if isinstance(item, int) else item.block >= len(blocks) for item in in_readings):
        return None
    if any(mention.block >= len(blocks) for mention in mentions):
        return None
    document = None if isinstance(value.document, msgspec.UnsetType) else Document(*value.document)
    return Parts(blocks, mentions, readings, value.base, document, tuple(map(Image._make, value.images)))


def _decoded_by_json(blob: bytes) -> Parts:
    form = blob[0]
    value = json.loads(blob[form != _OLDEST :].decode("utf-8", "surrogatepass"))
    blocks = _old_blocks(value["blocks"]) if form == _OLDEST else _blocks(value)
    mentions = tuple(_mention(item, len(blocks)) for item in value["mentions"])
    return Parts(
        blocks,
        mentions,
        [_groups(groups, len(mentions), len(blocks)) for groups in value["readings"]],
        _text(value.get("base", "")),
        _document(value["document"]) if "document" in value else None,
        tuple(
            Image(_text(name), _text(alternative), _index(block))
            for name, alternative, block in value.get("images", ())
        ),
    )


def _old_blocks(items: Iterable[Sequence[Any]]) -> tuple[Block, ...]:
    anchors: dict[tuple[str, ...], tuple[str, ...]] = {}
    blocks = []
    for kind, text, why, written, *links in items:
        anchor = tuple(map(_text, written))
        anchor = anchors.setdefault(anchor, anchor)
        blocks.append(Block(_BLOCK_KINDS[kind], _text(text), _text(why), anchor, *map(_links, links)))
    return tuple(blocks)


def _blocks(value: Mapping[str, Any]) -> tuple[Block, ...]:
    headings, reasons = list(map(_text, value["headings"])), list(map(_text, value["reasons"]))
    anchors = [tuple(headings[_index(place)] for place in anchor) for anchor in value["anchors"]]
    return tuple(
        Block(_BLOCK_KINDS[kind], _text(text), reasons[_index(why)], anchors[_index(anchor)], *map(_links, links))
        for kind, text, why, anchor, *links in value["blocks"]
    )


def _links(items: Iterable[Sequence[Any]]) -> tuple[Link, ...]:
    return tuple(Link(_int(start), _int(end), _text(target)) for start, end, target in items)


def _groups(groups: Groups, mentions: int, blocks: int) -> Groups:
    stated, contradicts = (
        [_index(item, mentions) if type(item) is int else _mention(item, blocks) for item in group] for group in groups
    )
    return [stated, contradicts]


def _mention(item: Sequence[Any], blocks: int) -> Mention:
    kind, value, unit, quote, hedge, block, start, end, sentence_start, sentence_end, upper = item
    if isinstance(value, dict | list) or isinstance(upper, str | dict | list):
        raise TypeError("a mention without a value")
    for place in (start, end, sentence_start, sentence_end):
        _int(place)
    if not ((unit is None or type(unit) is str) and (hedge is None or type(hedge) is str)):
        raise TypeError("a mention without a unit")
    return Mention(
        _MENTION_TYPES[kind], value, unit, _text(quote), hedge, _index(block, blocks),
        start, end, sentence_start, sentence_end, upper,
    )  # fmt: skip


def _document(item: Sequence[Any]) -> Document:
    what, length, digest = item
    return Document(_text(what), _index(length), _text(digest))


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{type(value).__name__} in place of a text")
    return value


def _int(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} in place of a whole number")
    return value


def _index(value: Any, end: int | None = None) -> int:
    """Return a number from 0 up to (not including) `end`; None for no end."""
    if _int(value) < 0:
        raise IndexError(f"{value} is no index")
    if end is not None and value >= end:
        raise IndexError(f"{value} of {end}")
    return _int(value)


class _Places:
    """Maps each mention to its index among the version's mentions."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._mentions = mentions
        self._by_identity = {id(mention): place for place, mention in enumerate(mentions)}
        self._found: Mapping[tuple[int, int], Sequence[int]] | None = None

    def __call__(self, mention: Mention) -> int | Mention:
        """Return the mention's index; the mention itself if it is not in the version."""
        place = self._by_identity.get(id(mention))
        if place is not None:
            return place
        # Whole mentions are compared last: that takes a hundred times as long.
        alike = self._standing_there().get((mention.block, mention.start), ())
        return next((place for place in alike if self._mentions[place] == mention), mention)

    def _standing_there(self) -> Mapping[tuple[int, int], Sequence[int]]:
        if self._found is None:
            found: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
            for place, mention in enumerate(self._mentions):
                found[mention.block, mention.start].append(place)
            self._found = found
        return self._found
