"""The pages of a watchlist: one for each URL of each `[[page]]`, with its own settings and the inherited ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from monitor.host_patterns import MAX_GLOBS, host_pattern
from monitor.urls import usable
from pagewitness.files import Unreadable, read_regular
from pagewitness.watchlist import bounds
from pagewitness.watchlist.errors import Entry, ErrorCollector
from pagewitness.watchlist.fields import refuse_private
from pagewitness.watchlist.layers import Layer, SharedSettings, inherit
from pagewitness.watchlist.page_tables import HostTable, PageSettings, PageTable

MAX_TOTAL = 64 * 1024 * 1024
"""Maximum size of all pages with their settings, in characters of JSON: a few lines could otherwise declare more than memory holds."""


class Address(NamedTuple):
    """A URL of a `[[page]]` and where it is written.

    Attributes:
        url: Normalised.
        key: The key, such as "url" or "urls[2]".
        place: File and line of an address in a file of its own; "" in the watchlist.
    """

    url: str
    key: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of a watchlist.

    Attributes:
        entry: Its table.
        address: Its URL, and where it is written.
        table: Its table, validated.
        settings: Its settings, the inherited ones included.
        inherited: The settings that are not its own, each with the table that it comes from.
    """

    entry: Entry
    address: Address
    table: PageTable
    settings: PageSettings
    inherited: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        """Its normalised URL."""
        return self.address.url


class PageReader:
    """Reads the pages of a watchlist from its tables.

    Attributes:
        shared: The tables that pages take settings from.
    """

    def __init__(
        self,
        defaults: Mapping[str, Any],
        hosts: Sequence[tuple[Entry, HostTable]],
        folder: Path,
        errors: ErrorCollector,
    ) -> None:
        """Store the tables that pages take settings from.

        Args:
            defaults: The `[defaults]` table as written, valid by itself.
            hosts: The `[[host]]` tables.
            folder: The folder of the watchlist.
            errors: Where errors are added.
        """
        self._folder = folder
        self._errors = errors
        self.shared = SharedSettings(defaults, [(table.match, entry.raw) for entry, table in hosts])
        self._unread = bounds.MAX_BYTES
        self._room = MAX_TOTAL
        self._check_hosts(hosts)

    def pages(self, tables: Iterable[tuple[Entry, PageTable]]) -> list[ListedPage]:
        """Return the pages of all `[[page]]` tables, each URL once."""
        first_by_url: dict[str, ListedPage] = {}
        for entry, table in tables:
            for page in self._pages_of(entry, table):
                first = first_by_url.setdefault(page.url, page)
                if first is not page:
                    where = first.address.place or first.entry.title
                    self._add(page.entry, page.address, f"{where} is the same page, {page.url}; remove one")
        return list(first_by_url.values())

    def _check_hosts(self, hosts: Sequence[tuple[Entry, HostTable]]) -> None:
        first_by_pattern: dict[tuple[str, int | None], Entry] = {}
        globs = 0
        for entry, table in hosts:
            pattern = host_pattern(table.match)
            globs += pattern.is_glob
            first = first_by_pattern.setdefault(pattern, entry)
            if first is not entry:
                self._errors.add_to_entry(entry, "match", f"{first.title} matches the same hosts; keep one")
            elif pattern.is_glob and globs > MAX_GLOBS:
                message = f"more than {MAX_GLOBS} patterns have a * elsewhere than as the first label; write the names"
                self._errors.add_to_entry(entry, "match", message)

    def _pages_of(self, entry: Entry, table: PageTable) -> Iterator[ListedPage]:
        settings: dict[tuple[int, ...], tuple[PageSettings, tuple[tuple[str, str], ...], int] | None] = {}
        for address in self._addresses(entry, table):
            hosts = self.shared.hosts_of(address.url)
            if hosts not in settings:
                settings[hosts] = self._settings(entry, self.shared.layers(hosts))
            found = settings[hosts]
            if found is None:
                return  # its error is reported once, not for each URL
            self._room -= len(address.url) + found[2]
            if self._room < 0:
                message = f"the pages up to here have more than {MAX_TOTAL:,} characters of settings; shorten those that many pages share"
                self._errors.add_to_entry(entry, None, message)
                raise self._errors.error()
            yield ListedPage(entry, address, table, found[0], found[1])

    def _settings(
        self, entry: Entry, layers: Sequence[Layer]
    ) -> tuple[PageSettings, tuple[tuple[str, str], ...], int] | None:
        """Return the settings of a page, those that are inherited, and the size of both; None if they are inconsistent."""
        merged, origins = inherit(entry.raw, layers)
        try:
            settings = PageSettings.model_validate(merged)
        except ValidationError as error:
            named = ", ".join(f"{key} from {origin}" for key, origin in origins.items())
            for detail in error.errors():
                note = f" (inherited: {named})" if named else ""
                self._errors.add_validation_error(entry, detail, PageTable, note=note)
            return None
        return settings, tuple(origins.items()), len(json.dumps([merged, origins], default=str))

    # --- addresses

    def _addresses(self, entry: Entry, table: PageTable) -> Iterator[Address]:
        if table.url is not None:
            yield Address(table.url, "url")
        elif table.urls is not None:
            yield from self._allowed(
                entry, table, (Address(url, f"urls[{place}]") for place, url in enumerate(table.urls, start=1))
            )
        elif table.urls_file is not None:
            yield from self._allowed(entry, table, self._addresses_in(entry, table.urls_file))

    def _allowed(self, entry: Entry, table: PageTable, addresses: Iterable[Address]) -> Iterator[Address]:
        for address in addresses:
            try:
                if not table.allow_private:
                    refuse_private(address.url)
            except ValueError as error:
                self._add(entry, address, str(error))
            else:
                yield address

    def _addresses_in(self, entry: Entry, name: str) -> Iterator[Address]:
        """Yield the addresses of a file, one a line; blank lines and what follows a # at the start of a word are skipped."""
        path = self._folder / name
        try:
            content = read_regular(path, self._unread)
            self._unread -= len(content)
            text = content.decode("utf-8-sig")
        except Unreadable as error:
            self._errors.add_to_entry(entry, "urls_file", f"{path}: {error}")
            return
        except UnicodeDecodeError:
            self._errors.add_to_entry(entry, "urls_file", f"{path}: this is not UTF-8 text; save the file as UTF-8")
            return
        is_empty = True
        for number, line in enumerate(text.split("\n"), start=1):
            address = without_comment(line)
            if not address:
                continue
            is_empty = False
            place = f"{path}:{number}"
            try:
                yield Address(usable(address), "urls_file", place)
            except ValueError as error:
                self._errors.add_to_entry(entry, "urls_file", f"{place}: {error}")
        if is_empty:
            self._errors.add_to_entry(entry, "urls_file", f"{path}: it has no address; write one on each line")

    def _add(self, entry: Entry, address: Address, message: str) -> None:
        self._errors.add_to_entry(entry, address.key, f"{address.place}: {message}" if address.place else message)


def without_comment(line: str) -> str:
    """Return a line without surrounding white space and without a comment: a # at its start or after white space."""
    if line.lstrip().startswith("#"):
        return ""
    return line.partition(" #")[0].partition("\t#")[0].strip()
