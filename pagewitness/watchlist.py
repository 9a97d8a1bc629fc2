"""The watchlist: a TOML file read into nouns, or refused with everything that is wrong with it.

The tables by themselves are checked by `pagewitness.watchlist_model`; here it is seen to that they agree with one another.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from alerts.model import ChannelConfig, Rule
from monitor.model import FactDefinition
from monitor.urls import normalise
from pagewitness.watchlist_errors import Complaints, WatchlistError, title, unknown_name, unknown_type
from pagewitness.watchlist_facts import FactTable
from pagewitness.watchlist_model import EmailTable, PageTable, RuleTable, WatchlistFile, WebhookTable
from pagewitness.watchlist_nouns import channel_noun, fact_noun, page_noun, rule_noun, warnings
from pagewitness.watchlist_table import Table
from pagewitness.wording import near, shown
from storage.declared import DeclaredPage

__all__ = ["Watchlist", "WatchlistError", "load", "parse"]

_KINDS = tuple(WatchlistFile.model_fields)
_CHANNEL_TYPES: dict[str, type[EmailTable | WebhookTable]] = {"email": EmailTable, "webhook": WebhookTable}
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

AnyTable = TypeVar("AnyTable", bound=Table)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """What to watch, which facts matter, and whom to tell.

    Attributes:
        source: The file's name, for messages.
        pages: In the file's order, each URL once.
        facts: In the file's order.
        channels: In the file's order.
        rules: In the file's order; pages are named by normalised URL.
        warnings: What is allowed but probably not meant, one line each.
    """

    source: str
    pages: tuple[DeclaredPage, ...]
    facts: tuple[FactDefinition, ...]
    channels: tuple[ChannelConfig, ...]
    rules: tuple[Rule, ...]
    warnings: tuple[str, ...]


def load(path: Path) -> Watchlist:
    """Read a watchlist file.

    Raises:
        WatchlistError: It can not be read, or something in it is wrong.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # editors on Windows like to begin with a mark
    except FileNotFoundError:
        raise WatchlistError([f"{path}: there is no such file"]) from None
    except IsADirectoryError:
        raise WatchlistError([f"{path}: this is a directory; name the watchlist file in it"]) from None
    except OSError as error:
        raise WatchlistError([f"{path}: it can not be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WatchlistError([f"{path}:{line}: this is not UTF-8 text; save the file as UTF-8"]) from None
    return parse(text, str(path))


def parse(text: str, source: str) -> Watchlist:
    """Read a watchlist.

    Args:
        text: TOML.
        source: What messages call it: the file's name.

    Raises:
        WatchlistError: Something is wrong. `problems` has a line for everything that is.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WatchlistError([_not_toml(str(error), text, source)]) from None
    return _Reader(raw, source, Complaints(source, text)).read()


def _not_toml(message: str, text: str, source: str) -> str:
    at = _AT.search(message)
    line, column = (at[1], at[2]) if at and at[1] else (str(text.count("\n") + 1), None)
    what = _AT.sub("", message)
    return f"{source}:{line}: this is not TOML: {what}" + (
        f" (column {column})" if column else " (at the end of the file)"
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One table as written: its place among its kind, from 0, and its keys."""

    kind: str
    index: int
    raw: Mapping[str, Any]

    @property
    def title(self) -> str:
        return title(self.kind, self.index, self.raw)


class _Reader:
    """Reads one watchlist: first each table by itself, then what they say of one another."""

    def __init__(self, raw: Mapping[str, Any], source: str, complaints: Complaints) -> None:
        self._source = source
        self._complaints = complaints
        self._check_top(raw)
        self._entries = {kind: self._listed(raw, kind) for kind in _KINDS}
        # Names as written, also of tables that are wrong otherwise: they are not to be called unknown on top of it.
        self._names = {kind: _names(self._entries[kind]) for kind in ("fact", "channel", "rule")}

    def read(self) -> Watchlist:
        """The watchlist.

        Raises:
            WatchlistError: Something is wrong.
        """
        pages = self._valid("page", PageTable)
        tables_of_facts = self._valid("fact", FactTable)
        facts = [table for _, table in tables_of_facts]
        channels = [table for _, table in self._channels()]
        rules = self._valid("rule", RuleTable)
        self._check_unique()
        self._check_urls(pages)
        for entry, page in pages:
            self._check_names(entry, "facts", page.facts, "fact")
        lists = {fact.name: fact for fact in facts if fact.names is not None}
        for entry, fact in tables_of_facts:
            self._check_against(entry, fact, lists)
        tables = [page for _, page in pages]
        limits = [self._check_rule(entry, rule, tables) for entry, rule in rules]
        if self._complaints:
            raise self._complaints.error()
        return Watchlist(
            source=self._source,
            pages=tuple(page_noun(page) for page in tables),
            facts=tuple(fact_noun(fact, lists, [rule for _, rule in rules]) for fact in facts),
            channels=tuple(channel_noun(channel) for channel in channels),
            rules=tuple(rule_noun(rule, urls) for (_, rule), urls in zip(rules, limits, strict=True)),
            warnings=tuple(warnings(tables, facts, channels, [rule for _, rule in rules])),
        )

    # --- each table by itself

    def _check_top(self, raw: Mapping[str, Any]) -> None:
        for key in raw:
            if key not in _KINDS:
                kinds = ", ".join(f"[[{kind}]]" for kind in _KINDS)
                self._complaints.about_file(
                    f"there is no such key as {key}{near(key, _KINDS)}; a watchlist takes {kinds}", key
                )
        if raw.get("page", []) == []:
            self._complaints.about_file(
                'there is nothing to watch; add a page: [[page]] and below it url = "https://…"'
            )

    def _listed(self, raw: Mapping[str, Any], kind: str) -> list[_Entry]:
        tables = raw.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            hint = f"write [[{kind}]] with two brackets on each side, once for each {kind}"
            self._complaints.about_file(f"{kind}: {hint}", kind)
            return []
        return [_Entry(kind, index, table) for index, table in enumerate(tables)]

    def _valid(self, kind: str, model: type[AnyTable]) -> list[tuple[_Entry, AnyTable]]:
        """The entries of a kind that are right by themselves."""
        tables = ((entry, self._table(entry, model)) for entry in self._entries[kind])
        return [(entry, table) for entry, table in tables if table is not None]

    def _channels(self) -> Iterator[tuple[_Entry, EmailTable | WebhookTable]]:
        for entry in self._entries["channel"]:
            found = entry.raw.get("type")
            model = _CHANNEL_TYPES.get(found) if isinstance(found, str) else None
            if model is None:
                self._complain(entry, "type", unknown_type(found, tuple(_CHANNEL_TYPES)))
            elif (table := self._table(entry, model)) is not None:
                yield entry, table

    def _table(self, entry: _Entry, model: type[AnyTable]) -> AnyTable | None:
        try:
            return model.model_validate(entry.raw)
        except ValidationError as error:
            for detail in error.errors():
                self._complaints.about_shape(entry.kind, entry.index, entry.raw, detail, model)
            return None

    # --- what they say of one another

    def _check_unique(self) -> None:
        for kind in self._names:
            seen: dict[str, _Entry] = {}
            for entry in self._entries[kind]:
                name = entry.raw.get("name")
                if isinstance(name, str) and (first := seen.setdefault(name, entry)) is not entry:
                    self._complain(
                        entry, "name", f"{kind}[{first.index + 1}] has the same name; each {kind} needs one of its own"
                    )

    def _check_urls(self, pages: list[tuple[_Entry, PageTable]]) -> None:
        seen: dict[str, _Entry] = {}
        for entry, page in pages:
            first = seen.setdefault(page.url, entry)
            if first is not entry:
                self._complain(entry, "url", f"{first.title} is the same page, {page.url}; remove one")

    def _check_names(self, entry: _Entry, key: str, names: list[str], kind: str) -> None:
        for place, name in enumerate(names, start=1):
            if name not in self._names[kind]:
                self._complain(entry, f"{key}[{place}]", unknown_name(kind, name, self._names[kind]))

    def _check_against(self, entry: _Entry, fact: FactTable, lists: Mapping[str, FactTable]) -> None:
        if fact.against is None or fact.against in lists:
            return
        written = next((other for other in self._entries["fact"] if other.raw.get("name") == fact.against), None)
        if written is None:
            self._complain(entry, "against", unknown_name("fact", fact.against, self._names["fact"]))
        elif "list" not in written.raw:
            message = f'{written.title} is no list; it takes the name of a fact with list = {{ heading = "…" }}'
            self._complain(entry, "against", message)

    def _check_rule(self, entry: _Entry, rule: RuleTable, pages: list[PageTable]) -> tuple[str, ...]:
        """The URLs of the pages that a rule is limited to."""
        self._check_names(entry, "to", rule.to, "channel")
        self._check_names(entry, "facts", rule.facts, "fact")
        urls: list[str] = []
        for place, name in enumerate(rule.pages, start=1):
            found = _named(name, pages)
            urls += found
            if not found and not self._is_written(name):
                known = [page.label or page.url for page in pages]
                message = f"no page has the URL or label {shown(name)}{near(name, known)}"
                self._complain(entry, f"pages[{place}]", message)
        return tuple(dict.fromkeys(urls))

    def _is_written(self, name: str) -> bool:
        """Whether a page that is wrong by itself carries this URL or label."""
        return any(name in {entry.raw.get("url"), entry.raw.get("label")} for entry in self._entries["page"])

    def _complain(self, entry: _Entry, key: str, message: str) -> None:
        self._complaints.about(entry.kind, entry.index, entry.raw, key, message)


def _names(entries: list[_Entry]) -> list[str]:
    return [name for entry in entries if isinstance(name := entry.raw.get("name"), str)]


def _named(name: str, pages: list[PageTable]) -> list[str]:
    """URLs of the pages that a rule means by a URL or a label."""
    labelled = [page.url for page in pages if page.label and page.label == name]
    if labelled:
        return labelled
    try:
        url = normalise(name)
    except ValueError:
        return []
    return [page.url for page in pages if page.url == url]
