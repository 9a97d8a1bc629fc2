"""Formats of TimeMaps (RFC 7089 §5): link-format (RFC 6690), and the JSON and CDXJ that Memento aggregators use. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pagewitness.replay.address import digits
from pagewitness.replay.memento_links import LINK_FORMAT, Addresses, ascii_url, http_date, link
from pagewitness.replay.mementos import Memento


@dataclass(frozen=True, slots=True)
class TimeMap:
    """A page of a TimeMap.

    Attributes:
        addresses: The endpoints of its URL.
        page: Its number, from 1.
        mementos: Its mementos in order of time, at least one.
        following: The first memento of the next page; None if this is the last page.
    """

    addresses: Addresses
    page: int
    mementos: Sequence[Memento]
    following: Memento | None

    def relation_of(self, place: int) -> str:
        """Return the relation of the memento at a place: the first and the last of all mementos are marked."""
        is_first = place == 0 and self.page == 1
        is_last = place == len(self.mementos) - 1 and self.following is None
        return f"{'first ' if is_first else ''}{'last ' if is_last else ''}memento"

    def adjacent(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the numbers of the previous and the next page, each with the limits of its times that are known."""
        if self.page > 1:
            yield self.page - 1, {"until": http_date(self.mementos[0].at)}
        if self.following is not None:
            yield self.page + 1, {"from": http_date(self.following.at)}


class Form(StrEnum):
    """A format; its value names it in addresses."""

    LINK = "link"
    JSON = "json"
    CDXJ = "cdxj"

    @property
    def media_type(self) -> str:
        """The Content-Type."""
        return {Form.LINK: LINK_FORMAT, Form.JSON: "application/json", Form.CDXJ: "application/cdxj+ors"}[self]

    def render(self, time_map: TimeMap) -> str:
        """Return a page of a TimeMap in this format."""
        return {Form.LINK: _link_format, Form.JSON: _json, Form.CDXJ: _cdxj}[self](time_map)


FORMS = {**{form.value: form for form in Form}, "*": Form.LINK}
"""The formats by their names in addresses."""


def _link_format(time_map: TimeMap) -> str:
    addresses, first, last = time_map.addresses, time_map.mementos[0], time_map.mementos[-1]
    period = {"from": http_date(first.at), "until": http_date(last.at)}
    links = [
        link(addresses.url, "original"),
        link(addresses.time_map("link", time_map.page), "self", type=LINK_FORMAT, **period),
        link(addresses.time_gate, "timegate"),
        *(
            link(addresses.time_map("link", page), "timemap", type=LINK_FORMAT, **limits)
            for page, limits in time_map.adjacent()
        ),
        *(
            link(addresses.of(memento), time_map.relation_of(place), datetime=http_date(memento.at))
            for place, memento in enumerate(time_map.mementos)
        ),
    ]
    return ",\n".join(links) + "\n"


def _json(time_map: TimeMap) -> str:
    """Write the JSON of the Time Travel service and MemGator."""
    addresses = time_map.addresses
    listed = [_json_memento(time_map, memento) for memento in time_map.mementos]
    found = {
        "original_uri": addresses.url,
        "self": ascii_url(addresses.time_map("json", time_map.page)),
        "timegate_uri": ascii_url(addresses.time_gate),
        "timemap_uri": _time_map_uris(addresses, time_map.page),
        "mementos": {
            "list": listed,
            **({"first": listed[0]} if time_map.page == 1 else {}),
            **({"last": listed[-1]} if time_map.following is None else {}),
        },
        "pages": [
            {"uri": ascii_url(addresses.time_map("json", page)), **limits} for page, limits in time_map.adjacent()
        ],
    }
    return json.dumps(found, indent=1) + "\n"


def _json_memento(time_map: TimeMap, memento: Memento) -> dict[str, str]:
    return {
        "datetime": f"{memento.at:%Y-%m-%dT%H:%M:%SZ}",
        "uri": ascii_url(time_map.addresses.of(memento)),
    }


def _cdxj(time_map: TimeMap) -> str:
    """Write the CDXJ of MemGator: lines of metadata, then one for each memento."""
    addresses = time_map.addresses
    meta = [
        {"original_uri": addresses.url},
        {"timegate_uri": ascii_url(addresses.time_gate)},
        {"timemap_uri": _time_map_uris(addresses, time_map.page)},
        *({"page_uri": ascii_url(addresses.time_map("cdxj", page)), **limits} for page, limits in time_map.adjacent()),
    ]
    lines = [
        '!context ["http://tools.ietf.org/html/rfc7089"]',
        f"!id {json.dumps({'uri': ascii_url(addresses.time_map('cdxj', time_map.page))})}",
        '!keys ["memento_datetime_YYYYMMDDhhmmss"]',
        *(f"!meta {json.dumps(values)}" for values in meta),
    ]
    for place, memento in enumerate(time_map.mementos):
        values = {
            "uri": ascii_url(addresses.of(memento)),
            "rel": time_map.relation_of(place),
            "datetime": http_date(memento.at),
        }
        lines.append(f"{digits(memento.at)} {json.dumps(values)}")
    return "\n".join(lines) + "\n"


def _time_map_uris(addresses: Addresses, page: int) -> dict[str, str]:
    names = {Form.LINK: "link_format", Form.JSON: "json_format", Form.CDXJ: "cdxj_format"}
    return {name: ascii_url(addresses.time_map(form.value, page)) for form, name in names.items()}
