"""The blob of a version: JSON as the standard library writes it, whichever program wrote it, and decoded by either to the same parts."""

from __future__ import annotations

import json
import math
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.model import Block, BlockKind, Document, Link, Mention, MentionType
from storage.archive import version_blob
from storage.archive.version_blob import Parts, decode, encode

any_text = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["", '\x00\x1f\x7f\u2028"\\/\b\f\n\r\t', "Ø 東京 😀", "lone \ud800 surrogate", "\udfff", "</script>"]
)
integers = st.integers() | st.integers(-(2**70), 2**70) | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**30])
floats = st.floats() | st.sampled_from([-0.0, 1e16, 1e-4, 9.99e-5, 9999999999999998.0, 5e-324, 1e22, 0.1])
numbers = integers | floats
positions = st.integers(0, 2**40)
blocks = st.builds(
    Block,
    st.sampled_from(BlockKind),
    any_text,
    any_text,
    st.lists(any_text, max_size=2).map(tuple),
    st.lists(st.builds(Link, integers, integers, any_text), max_size=2).map(tuple),
)
mentions = st.builds(
    Mention,
    st.sampled_from(MentionType),
    st.none() | st.booleans() | numbers | any_text,
    st.none() | any_text,
    any_text,
    st.none() | any_text,
    st.just(0),
    *[integers] * 4,
    st.none() | numbers,
)
groups = st.lists(mentions | st.just(0), max_size=2)
contents = st.builds(
    Parts,
    st.lists(blocks, min_size=1, max_size=3).map(tuple),
    st.lists(mentions, min_size=1, max_size=3).map(tuple),
    st.lists(st.tuples(groups, groups).map(list), max_size=2),
    any_text,
    st.none() | st.builds(Document, any_text, positions, any_text),
)

BLOCK = Block(BlockKind.CONTENT, "We have 83 members.", "p element")
MENTION = Mention(MentionType.COUNT, 83, "members", "83", None, 0, 8, 10, 0, 19)


def with_number(value: float) -> Parts:
    return Parts((BLOCK,), (MENTION._replace(value=value),), [])


@given(contents)
@example(with_number(1e16))
@example(with_number(1e-5))
@example(with_number(math.inf))
@example(with_number(math.nan))
@settings(max_examples=100, deadline=None)
def test_a_blob_has_the_bytes_of_the_standard_librarys_json_and_decodes_to_its_parts(parts: Parts):
    blob = encode(parts)
    text = blob[1:].decode("utf-8", "surrogatepass")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    # As text, because not a number is not equal to itself, and 1 equals 1.0.
    assert repr(decode(blob)) == repr(parts)


def outcome(blob: bytes) -> str:
    try:
        return repr(decode(blob))
    except ValueError as error:
        return f"{type(error).__name__}: {error}"


def by_json(blob: bytes) -> str:
    with patch.object(version_blob, "_decoded_by_type", return_value=None):
        return outcome(blob)


@given(contents, st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_blob_decodes_as_by_the_standard_librarys_json(parts: Parts, data: st.DataObject):
    value = json.loads(encode(parts)[1:].decode("utf-8", "surrogatepass"))
    # Replace one value at any depth by another, or leave it out.
    inner, key = value, data.draw(st.sampled_from(sorted(value)))
    while isinstance(inner[key], list | dict) and inner[key] and data.draw(st.booleans()):
        inner = inner[key]
        key = data.draw(st.integers(0, len(inner) - 1))
    if data.draw(st.booleans()):
        inner[key] = data.draw(
            st.sampled_from(["", 0, 1, -1, 1.0, 0.5, True, None, [], {}, [0], [[]], 2**64, "count", "content"])
        )
    elif isinstance(inner, list) and data.draw(st.booleans()):
        inner.append(inner[key])
    else:
        del inner[key]
    blob = b"\x02" + json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert outcome(blob) == by_json(blob)


@given(contents, st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_bytes_decode_as_by_the_standard_librarys_json(parts: Parts, data: st.DataObject):
    blob = bytearray(encode(parts))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(1, len(blob) - 1))
        blob[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b"0", b"-", b"e9", b"1e999", b'"', b"\\", b"\\ud800", b"\xed\xa0\x80", b"\xff", b"[", b"NaN", b",", b" ", b"\t", b"\x0b"])
        )  # fmt: skip
        if len(blob) < 2:
            break
    assert outcome(bytes(blob)) == by_json(bytes(blob))


@pytest.mark.parametrize("item", [83, 8.0, True, 2**70, 1.5, "2026-11-30", None])
def test_a_value_keeps_its_type(item: object):
    blob = encode(Parts((BLOCK,), (MENTION._replace(value=item),), []))  # type: ignore[arg-type]
    assert repr(decode(blob).mentions[0].value) == repr(item)


def test_ordinary_blobs_need_no_second_decoder():
    blob = encode(Parts((BLOCK,), (MENTION,), [[[0], [MENTION]]], "https://a.example/", Document("a file", 3, "ab")))
    with patch.object(version_blob, "_decoded_by_json", side_effect=AssertionError):
        assert decode(blob).mentions == (MENTION,)
