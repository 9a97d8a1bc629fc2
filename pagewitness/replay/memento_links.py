"""Links and times of the Memento protocol (RFC 7089), written in the form of Link fields (RFC 8288). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from pagewitness.replay.mementos import Around, Memento
from pagewitness.replay.replayed import PREFIX

LINK_FORMAT = "application/link-format"

# RFC 7089 §2.1.1 allows one form of RFC 1123 only, and the time zone GMT.
_DATETIME = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d):(\d\d):(\d\d) GMT"
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the endpoints for a URL.

    Attributes:
        base: The origin that serves archived pages, without a slash at the end.
        url: The original URL.
    """

    base: str
    url: str

    @property
    def time_gate(self) -> str:
        """The TimeGate."""
        return f"{self.base}{PREFIX}{self.url}"

    def time_map(self, form: str = "link", page: int = 1) -> str:
        """Return the address of a page of the TimeMap in a format."""
        return f"{self.base}/timemap/{form}/{f'{page}/' if page > 1 else ''}{self.url}"

    def of(self, memento: Memento) -> str:
        """Return the address of a memento."""
        return f"{self.base}{memento.path}"


def link(target: str, relation: str, **attributes: str) -> str:
    """Return a link-value of RFC 8288."""
    values = {"rel": relation, **attributes}
    return "; ".join([f"<{ascii_url(target)}>", *(f'{name}="{value}"' for name, value in values.items())])


def memento_links(addresses: Addresses, around: Around, current: Memento) -> str:
    """Return the Link field of a memento, or of the TimeGate that leads to it.

    Args:
        addresses: The endpoints of its URL.
        around: The mementos around it.
        current: The memento.
    """
    # Each relation has a link of its own, as at the Internet Archive: clients look for "prev memento", not for "first prev memento".
    relations = (
        ("first memento", around.first),
        ("prev memento", around.previous),
        ("memento", current),
        ("next memento", around.following),
        ("last memento", around.last),
    )
    return ", ".join(
        [
            link(addresses.url, "original"),
            link(addresses.time_gate, "timegate"),
            link(addresses.time_map(), "timemap", type=LINK_FORMAT),
            *(
                link(addresses.of(memento), relation, datetime=http_date(memento.at))
                for relation, memento in relations
                if memento is not None
            ),
        ]
    )


def read_datetime(written: str) -> datetime:
    """Parse the Accept-Datetime field.

    Raises:
        ValueError: It is invalid; the message says so.
    """
    found = _DATETIME.fullmatch(written.strip())
    try:
        if found is not None:
            day, month, year, hour, minute, second = found.groups()
            numbers = int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second)
            return datetime(*numbers, tzinfo=UTC)
    except ValueError:
        pass
    raise ValueError(
        f"Accept-Datetime {written[:60]!r} is not a date as in HTTP, such as 'Mon, 01 Mar 2021 12:00:00 GMT'"
    )


def http_date(moment: datetime) -> str:
    """Format a time for a header field, in whole seconds."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def ascii_url(url: str) -> str:
    """Return a URL in which everything that cannot be in a link or a header field is percent-encoded."""
    return quote(url, safe=_SAFE)
