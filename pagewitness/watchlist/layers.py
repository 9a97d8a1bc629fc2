"""Inheritance of settings: a page's own table first, then the tables of its host, the most specific first, then `[defaults]`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from monitor.host_patterns import HostPatterns, host_pattern
from pagewitness.watchlist.page_tables import PageSettings

SETTINGS = frozenset(PageSettings.model_fields)
"""The keys that are inherited."""

_WHEN = frozenset({"every", "cron", "adaptive"})
_OPPOSITE = {"mute": "always_report", "always_report": "mute"}


class Layer(NamedTuple):
    """A table that pages take settings from.

    Attributes:
        name: The table in messages: "defaults", or "host *.example.org".
        raw: Its keys and values as written, valid by themselves.
    """

    name: str
    raw: Mapping[str, Any]


def inherit(own: Mapping[str, Any], layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings of a page, as written, and the table that each inherited one comes from.

    `every`, `cron` and `adaptive` are one setting: a table that has one of them replaces all three of the tables behind it. Text that a nearer table
    has in `mute` is dropped from an inherited `always_report`, and the reverse.

    Args:
        own: The settings of the page's own table.
        layers: The tables behind it, the nearest first.
    """
    found = {key: value for key, value in own.items() if key in SETTINGS}
    origins: dict[str, str] = {}
    for layer in layers:
        offered = {key for key in layer.raw if key in SETTINGS} - found.keys() - _excluded(found)
        found |= {
            key: _without_opposite(key, layer.raw[key], found) for key in PageSettings.model_fields if key in offered
        }
        origins |= dict.fromkeys(offered, layer.name)
    if "timezone" in origins and "cron" not in found and not found.get("windows"):
        del found["timezone"], origins["timezone"]  # there are no times of day that it could apply to
    return found, {key: origins[key] for key in PageSettings.model_fields if key in origins}


def _excluded(found: Mapping[str, Any]) -> set[str]:
    excluded = set(_WHEN) if found.keys() & _WHEN else set()
    if "cron" in found:
        excluded.add("windows")
    if found.get("windows"):
        excluded.add("cron")
    return excluded


def _without_opposite(key: str, value: Any, nearer: Mapping[str, Any]) -> Any:
    opposite = nearer.get(_OPPOSITE.get(key, ""))
    if not isinstance(value, list) or not isinstance(opposite, list):
        return value
    named = {_folded(text) for text in opposite}
    return [text for text in value if _folded(text) not in named]


def _folded(text: object) -> str:
    return " ".join(str(text).split())


class SharedSettings:
    """The tables of a watchlist that pages take settings from."""

    def __init__(self, defaults: Mapping[str, Any], hosts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Store the tables.

        Args:
            defaults: The `[defaults]` table as written, valid by itself; empty if there is none.
            hosts: The `match` of each `[[host]]` table, and the table as written, valid by itself.
        """
        self._defaults = Layer("defaults", defaults)
        self._hosts = [Layer(f"host {match}", raw) for match, raw in hosts]
        self._patterns = HostPatterns([host_pattern(match) for match, _ in hosts])
        self._default_size, *self._host_sizes = (
            len(json.dumps(raw, default=str)) for raw in (defaults, *(raw for _, raw in hosts))
        )

    def hosts_of(self, url: str) -> tuple[int, ...]:
        """Return the `[[host]]` tables of a normalised URL by their index, the most specific first."""
        return self._patterns.matching(url)

    def size(self, hosts: Sequence[int]) -> int:
        """Return the size of the tables that a page with these hosts takes settings from, in characters of JSON."""
        return self._default_size + sum(self._host_sizes[host] for host in hosts)

    def layers(self, hosts: Sequence[int]) -> list[Layer]:
        """Return the tables that a page with these hosts takes settings from, the nearest first."""
        return [*(self._hosts[host] for host in hosts), self._defaults]


NOTHING_SHARED = SharedSettings({}, [])
"""The settings that pages share without a watchlist: none."""
