"""Time zones by IANA name."""

from __future__ import annotations

from zoneinfo import ZoneInfo


def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        ValueError: No time zone has that name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # an unknown key, a path outside the database, a directory in it
        raise ValueError(
            f'{name!r} is no known time zone; write an IANA name such as "Europe/Berlin" or "UTC"'
        ) from None
