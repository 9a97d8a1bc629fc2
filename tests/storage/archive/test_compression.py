from __future__ import annotations

import random
import resource
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.archive.compression import KEYFRAME_EVERY, CompressionParameter, ZstdError, base_of, compress, pack, unpack


@given(st.binary(max_size=2000), st.none() | st.binary(max_size=2000))
def test_what_is_packed_is_unpacked(data: bytes, base: bytes | None):
    frame, is_delta = pack(data, base)
    assert unpack(frame, base if is_delta else None, len(data)) == data


@given(st.integers(min_value=0, max_value=100_000))
def test_any_item_is_read_through_at_most_eight_bases(n: int):
    bases = 0
    while (base := base_of(n)) is not None:
        assert base < n
        n, bases = base, bases + 1
    assert n % KEYFRAME_EVERY == 0
    assert bases <= 8


def test_a_lightly_edited_page_costs_next_to_nothing():
    base = random.Random(1).randbytes(100_000)
    frame, is_delta = pack(base[:50_000] + b"86" + base[50_002:], base)
    assert is_delta
    assert len(frame) < 200


def test_an_edit_in_a_large_body_finds_its_base():
    base = random.Random(2).randbytes(3_000_000)
    frame, is_delta = pack(b"a new first line" + base, base)
    assert is_delta
    assert len(frame) < len(base) // 100
    assert unpack(frame, base, len(base) + 16) == b"a new first line" + base


def test_the_largest_body_finds_a_base_as_large():
    base = random.Random(3).randbytes(16 << 20)
    data = base[1000:] + b"x" * 1000
    frame, is_delta = pack(data, base)
    assert is_delta
    assert len(frame) < len(base) // 100
    assert unpack(frame, base, len(data)) == data


def test_a_base_that_does_not_help_is_not_used():
    data = random.Random(40).randbytes(3000)
    frame, is_delta = pack(data, random.Random(4).randbytes(5000))
    assert not is_delta
    assert unpack(frame, None, len(data)) == data


@pytest.mark.parametrize("base", [None, b"", b"short"])
def test_without_a_base_of_some_length_a_keyframe_is_made(base: bytes | None):
    assert pack(b"some body or other", base)[1] is False


def test_a_wrong_base_does_not_decode():
    base = random.Random(5).randbytes(10_000)
    frame, _ = pack(base[:5000] + b"!" + base[5000:], base)
    with pytest.raises(ZstdError):
        unpack(frame, base[:100] + b"?" + base[101:], len(base) + 1)


@pytest.mark.parametrize("recorded", [0, 1, 9_999, 10_001, -1])
def test_a_frame_that_holds_another_length_than_was_recorded_is_refused(recorded: int):
    frame, _ = pack(bytes(10_000), None)
    with pytest.raises(ZstdError):
        unpack(frame, None, recorded)


def test_a_frame_that_would_fill_the_memory_writes_no_more_than_was_recorded():
    frame, _ = pack(bytes(200_000_000), None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ZstdError):
        unpack(frame, None, 1_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_what_follows_a_frame_is_damage():
    frame, _ = pack(b"some body or other", None)
    with pytest.raises(ZstdError):
        unpack(frame + frame, None, 18)


def test_an_empty_item_comes_back_empty():
    frame, _ = pack(b"", None)
    assert unpack(frame, None, 0) == b""


def test_a_frame_is_decoded_only_as_far_as_its_recorded_length():
    bomb, _ = pack(bytes(200_000_000), None)
    assert len(bomb) < 20_000
    # One that hides its size, two in a row, one cut off, one with something behind it, none.
    silent = compress(bytes(200_000_000), options={CompressionParameter.content_size_flag: 0})
    small, _ = pack(bytes(5000), None)
    tracemalloc.start()
    try:
        with pytest.raises(ZstdError, match="200000000 bytes where 5000 are recorded"):
            unpack(bomb, None, 5000)
        for frame in (silent, small + bomb, small[:-8], small + b"more", b""):
            with pytest.raises(ZstdError):
                unpack(frame, None, 5000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_frame_that_states_a_false_size_is_refused_within_it():
    data = random.Random(6).randbytes(3000)
    frame = bytearray(pack(data, None)[0])
    for position in range(4, 12):
        for bit in range(8):
            broken = bytes(frame[:position]) + bytes([frame[position] ^ 1 << bit]) + bytes(frame[position + 1 :])
            for length in (len(data), 3000 ^ 1 << bit):
                try:
                    assert unpack(broken, None, length) == data
                except ZstdError:
                    continue
