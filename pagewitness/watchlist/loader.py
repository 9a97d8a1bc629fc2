"""Loading of a watchlist: parses a TOML file into model objects, or raises one error that lists every problem.

`pagewitness.watchlist.tables` validates each table by itself; this module validates the references between tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from alerts.channel_types import inline_secrets
from alerts.model import ChannelConfig, Rule
from monitor.model import FactDefinition
from monitor.urls import usable
from pagewitness.files import Unreadable, read_regular
from pagewitness.validation_messages import escaped_line, inline_secret_warning, near, render_value
from pagewitness.watchlist import bounds
from pagewitness.watchlist.channel_tables import CHANNEL_TABLES, AnyChannelTable
from pagewitness.watchlist.errors import Entry, ErrorCollector, WatchlistError, unknown_name, unknown_type
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.layers import NOTHING_SHARED, SharedSettings
from pagewitness.watchlist.page_entries import ListedPage, PageReader
from pagewitness.watchlist.page_tables import DefaultsTable, HostTable, PageTable
from pagewitness.watchlist.rule_tables import RuleTable
from pagewitness.watchlist.table import Table
from pagewitness.watchlist.tables import WatchlistFile
from pagewitness.watchlist.to_model import Steps, to_channel, to_fact, to_page, to_rules, warnings
from pagewitness.watchlist.toml import tables
from storage.watched.declarations import DeclaredPage

__all__ = ["Watchlist", "WatchlistError", "load", "parse"]

_KINDS = tuple(WatchlistFile.model_fields)
_DEFAULTS = "defaults"
_RESERVED = {
    "site": "[[site]] is reserved for crawling, which this version does not do; [[host]] has the settings of a host"
}
AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The monitored pages, the facts, the channels and the rules.

    Attributes:
        source: The file's name, for messages.
        pages: In the file's order, each URL once.
        facts: In the file's order.
        channels: In the file's order.
        rules: In the file's order; pages are named by normalised URL. Without any, the default rule to all channels.
        warnings: One line for each declaration that is allowed but probably a mistake.
        shared: Its `[defaults]` and `[[host]]` tables.
    """

    source: str
    pages: tuple[DeclaredPage, ...]
    facts: tuple[FactDefinition, ...]
    channels: tuple[ChannelConfig, ...]
    rules: tuple[Rule, ...]
    warnings: tuple[str, ...]
    shared: SharedSettings = field(default=NOTHING_SHARED, compare=False, repr=False)


def load(path: Path) -> Watchlist:
    """Load a watchlist file.

    Raises:
        WatchlistError: The file cannot be read, or contains an error.
    """
    try:
        text = read_regular(path, bounds.MAX_BYTES).decode("utf-8-sig")  # editors on Windows write a byte order mark
    except Unreadable as error:
        raise WatchlistError([escaped_line(f"{path}: {error}")]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WatchlistError([escaped_line(f"{path}:{line}: this is not UTF-8 text; save the file as UTF-8")]) from None
    return parse(text, str(path), path.parent)


def parse(text: str, source: str, folder: Path = Path()) -> Watchlist:
    """Parse a watchlist.

    Args:
        text: TOML.
        source: The name used in messages: the file's name.
        folder: The folder that names of files in it are relative to.

    Raises:
        WatchlistError: The watchlist has errors. `problems` has one line for each.
    """
    raw = tables(text, source)
    errors = ErrorCollector(source, text)
    for path, fault in bounds.out_of_bounds(raw):
        errors.add_to_value(raw, path, fault)
    if errors:
        raise errors.error()
    return _Reader(raw, source, folder, errors).read()


class _Reader:
    """Parses one watchlist: first each table by itself, then the references between them."""

    def __init__(self, raw: Mapping[str, Any], source: str, folder: Path, errors: ErrorCollector) -> None:
        self._source = source
        self._folder = folder
        self._errors = errors
        self._check_top(raw)
        self._entries = {kind: self._entries_of(raw, kind) for kind in _KINDS if kind != _DEFAULTS}
        self._defaults = self._defaults_of(raw)
        # Names as written, including those of invalid tables, so that a reference to one is not reported as unknown as well.
        self._names = {kind: dict.fromkeys(_names(self._entries[kind])) for kind in ("fact", "channel", "rule")}
        self._facts = {name: fact for fact in self._entries["fact"] if isinstance(name := fact.raw.get("name"), str)}
        self._written = {
            text
            for entry in self._entries["page"]
            for text in (entry.raw.get("url"), entry.raw.get("label"), *_texts(entry.raw.get("urls")))
            if isinstance(text, str)
        }

    def read(self) -> Watchlist:
        """Return the watchlist.

        Raises:
            WatchlistError: The watchlist has errors.
        """
        pages, shared = self._pages()
        tables_of_facts = self._valid("fact", FactTable)
        facts = [table for _, table in tables_of_facts]
        tables_of_channels = list(self._channels())
        channels = [table for _, table in tables_of_channels]
        rules = self._valid("rule", RuleTable)
        self._check_unique()
        lists = {fact.name: fact for fact in facts if fact.names is not None}
        for entry, fact in tables_of_facts:
            self._check_against(entry, fact, lists)
        page_names = _PageNames(pages)
        limits = [self._check_rule(entry, rule, page_names) for entry, rule in rules]
        if self._errors:
            raise self._errors.error()
        steps = Steps([rule for _, rule in rules])
        configs = [(entry, to_channel(table)) for entry, table in tables_of_channels]
        return Watchlist(
            source=self._source,
            pages=tuple(to_page(page) for page in pages),
            facts=tuple(to_fact(fact, lists, steps) for fact in facts),
            channels=tuple(config for _, config in configs),
            rules=to_rules(list(zip([rule for _, rule in rules], limits, strict=True)), channels),
            warnings=(
                *warnings(pages, facts, channels, [rule for _, rule in rules]),
                *self._secret_warnings(configs),
            ),
            shared=shared,
        )

    def _secret_warnings(self, configs: Sequence[tuple[Entry, ChannelConfig]]) -> Iterator[str]:
        for entry, config in configs:
            keys = inline_secrets(config)
            if keys:
                yield escaped_line(f"{self._errors.place(entry, keys[0])}: {inline_secret_warning(config.name, keys)}")

    # --- each table by itself

    def _check_top(self, raw: Mapping[str, Any]) -> None:
        for key in raw:
            if key not in _KINDS:
                kinds = ", ".join(f"[{kind}]" if kind == _DEFAULTS else f"[[{kind}]]" for kind in _KINDS)
                fault = _RESERVED.get(key) or f"there is no such key as {key}{near(key, _KINDS)}"
                self._errors.add_to_file(f"{fault}; a watchlist takes {kinds}", key)
        if raw.get("page", []) == []:
            self._errors.add_to_file('there is nothing to watch; add a page: [[page]] and below it url = "https://…"')

    def _entries_of(self, raw: Mapping[str, Any], kind: str) -> list[Entry]:
        tables = raw.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            hint = f"write [[{kind}]] with two brackets on each side, once for each {kind}"
            self._errors.add_to_file(f"{kind}: {hint}", kind)
            return []
        return [Entry(kind, index, table) for index, table in enumerate(tables)]

    def _defaults_of(self, raw: Mapping[str, Any]) -> Entry | None:
        """Return the `[defaults]` table if there is one and it is valid."""
        table = raw.get(_DEFAULTS)
        if table is None:
            return None
        if not isinstance(table, dict):
            self._errors.add_to_file("defaults: write [defaults] with one bracket on each side, once", _DEFAULTS)
            return None
        entry = Entry(_DEFAULTS, 0, table)
        return None if self._table(entry, DefaultsTable) is None else entry

    def _pages(self) -> tuple[list[ListedPage], SharedSettings]:
        hosts = self._valid("host", HostTable)
        tables = self._valid("page", PageTable)
        with_settings = [*([self._defaults] if self._defaults else []), *(entry for entry, _ in (*hosts, *tables))]
        for entry in with_settings:
            self._check_names(entry, "facts", entry.raw.get("facts", []), "fact")
        defaults = {} if self._defaults is None else self._defaults.raw
        reader = PageReader(defaults, hosts, self._folder, self._errors)
        return reader.pages(tables), reader.shared

    def _valid(self, kind: str, model: type[AnyTable]) -> list[tuple[Entry, AnyTable]]:
        """Return the entries of a kind that are valid by themselves."""
        tables = ((entry, self._table(entry, model)) for entry in self._entries[kind])
        return [(entry, table) for entry, table in tables if table is not None]

    def _channels(self) -> Iterator[tuple[Entry, AnyChannelTable]]:
        for entry in self._entries["channel"]:
            type_name = entry.raw.get("type")
            model = CHANNEL_TABLES.get(type_name) if isinstance(type_name, str) else None
            if model is None:
                self._add_error(entry, "type", unknown_type(type_name, tuple(CHANNEL_TABLES)))
            elif (table := self._table(entry, model)) is not None:
                yield entry, table

    def _table(self, entry: Entry, model: type[AnyTable]) -> AnyTable | None:
        try:
            return model.model_validate(entry.raw)
        except ValidationError as error:
            for detail in error.errors():
                self._errors.add_validation_error(entry, detail, model)
            return None

    # --- references between tables

    def _check_unique(self) -> None:
        for kind in self._names:
            first_by_name: dict[str, Entry] = {}
            for entry in self._entries[kind]:
                name = entry.raw.get("name")
                if isinstance(name, str) and (first := first_by_name.setdefault(name, entry)) is not entry:
                    self._add_error(
                        entry, "name", f"{kind}[{first.index + 1}] has the same name; each {kind} needs one of its own"
                    )

    def _check_names(self, entry: Entry, key: str, names: list[str], kind: str) -> None:
        for place, name in enumerate(names, start=1):
            if name not in self._names[kind]:
                self._add_error(entry, f"{key}[{place}]", unknown_name(kind, name, self._names[kind]))

    def _check_against(self, entry: Entry, fact: FactTable, lists: Mapping[str, FactTable]) -> None:
        if fact.against is None or fact.against in lists:
            return
        written = self._facts.get(fact.against)
        if written is None:
            self._add_error(entry, "against", unknown_name("fact", fact.against, self._names["fact"]))
        elif "list" not in written.raw:
            message = f'{written.title} is no list; it takes the name of a fact with list = {{ heading = "…" }}'
            self._add_error(entry, "against", message)

    def _check_rule(self, entry: Entry, rule: RuleTable, pages: _PageNames) -> tuple[str, ...]:
        """Validate a rule's references and return the URLs of the pages that it is limited to."""
        self._check_names(entry, "to", rule.to, "channel")
        self._check_names(entry, "facts", rule.facts, "fact")
        urls: list[str] = []
        for place, name in enumerate(rule.pages, start=1):
            matching = pages.urls(name)
            urls += matching
            if not matching and name not in self._written:  # an invalid page may have that URL or label
                message = f"no page has the URL or label {render_value(name)}{near(name, pages.known)}"
                self._add_error(entry, f"pages[{place}]", message)
        return tuple(dict.fromkeys(urls))

    def _add_error(self, entry: Entry, key: str, message: str) -> None:
        self._errors.add_to_entry(entry, key, message)


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _names(entries: list[Entry]) -> list[str]:
    return [name for entry in entries if isinstance(name := entry.raw.get("name"), str)]


class _PageNames:
    """Index of the pages that rules can name, by URL and label.

    Attributes:
        known: The label, or else the URL, of each page.
    """

    def __init__(self, pages: Sequence[ListedPage]) -> None:
        self.known = list(dict.fromkeys(page.table.label or page.url for page in pages))
        self._urls = {page.url for page in pages}
        self._labelled: defaultdict[str, list[str]] = defaultdict(list)
        for page in pages:
            if page.table.label:
                self._labelled[page.table.label].append(page.url)

    def urls(self, name: str) -> list[str]:
        """Return the URLs of the pages with that URL or label."""
        if name in self._labelled:
            return self._labelled[name]
        try:
            url = usable(name)
        except ValueError:
            return []
        return [url] if url in self._urls else []
