"""Byte ranges of a response (RFC 9110 §14), which media players need to seek."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes[ \t]*=[ \t,]*(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))[ \t,]*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """The requested range is outside of the content; the response is 416."""


def requested_range(field: str, length: int) -> tuple[int, int] | None:
    """Return the begin and end (exclusive) of a requested range; None requests the whole content.

    A list of several ranges and an invalid field request the whole, as §14.2 permits.

    Args:
        field: The Range field.
        length: Length of the content in bytes.

    Raises:
        Unsatisfiable: The range is outside of the content.
    """
    found = _ONE_RANGE.fullmatch(field)
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        begin, end = max(length - int(suffix), 0), length
    else:
        begin, end = int(first), min(int(last) + 1, length) if last else length
        if last and int(last) < begin:
            return None
    if begin >= end:
        raise Unsatisfiable
    return begin, end
