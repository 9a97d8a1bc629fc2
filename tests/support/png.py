"""Pixels of a PNG that a browser wrote: 8 bits for each channel, RGB or RGBA, not interlaced (PNG Specification §9.2)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path


class Picture:
    """A decoded picture.

    Attributes:
        width: In pixels.
        height: In pixels.
    """

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        packed, place = b"", 8
        while place < len(data):
            (length,) = struct.unpack_from(">I", data, place)
            kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", content)
                assert (depth, interlaced) == (8, 0)
                self._channels = {2: 3, 6: 4}[colour]
            elif kind == b"IDAT":
                packed += content
            place += length + 12
        self._rows = self._unfiltered(zlib.decompress(packed))

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Return red, green and blue of a pixel."""
        begin = x * self._channels
        red, green, blue = self._rows[y][begin : begin + 3]
        return red, green, blue

    def _unfiltered(self, raw: bytes) -> list[bytearray]:
        length, before = self.width * self._channels, bytearray(self.width * self._channels)
        rows = []
        for start in range(0, len(raw), length + 1):
            kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + length])
            for index in range(length if kind else 0):
                left = row[index - self._channels] if index >= self._channels else 0
                corner = before[index - self._channels] if index >= self._channels else 0
                row[index] = (row[index] + _predicted(kind, left, before[index], corner)) & 0xFF
            rows.append(row)
            before = row
        return rows


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        nearest = left + above - corner
        return min((left, above, corner), key=lambda one: abs(nearest - one))
    return (0, left, above, (left + above) // 2)[kind]
