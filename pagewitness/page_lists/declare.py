"""Validates the entries of lists like the pages of a watchlist. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.limits import cut
from pagewitness.page_lists.model import PageEntry
from pagewitness.validation_messages import escaped_line, explain
from pagewitness.watchlist.bounds import text_fault
from pagewitness.watchlist.layers import NOTHING_SHARED, SharedSettings, inherit
from pagewitness.watchlist.page_entries import MAX_TOTAL
from pagewitness.watchlist.page_tables import PageSettings, PageTable
from pagewitness.watchlist.to_model import declared_page
from storage.watched.declarations import DeclaredPage

_MAX_ERRORS = 100
_MAX_MESSAGE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Declared:
    """The pages of lists.

    Attributes:
        pages: Each URL once, in order.
        problems: One line for each invalid entry, at most 100 and one that says so.
        repeated: Number of entries whose URL occurred before.
    """

    pages: tuple[DeclaredPage, ...]
    problems: tuple[str, ...]
    repeated: int


def declare(
    entries: Iterable[PageEntry],
    options: Mapping[str, Any],
    facts: Sequence[str] | None,
    *,
    allow_private: bool,
    shared: SharedSettings = NOTHING_SHARED,
    all_facts: Sequence[str] = (),
) -> Declared:
    """Return the pages that entries declare.

    Args:
        entries: The entries.
        options: Settings of all entries that do not have them, by watchlist key, valid by themselves.
        facts: Names of the facts to track on each; None: those that `shared` names for it, otherwise `all_facts`.
        allow_private: Whether they may be on private addresses.
        shared: The tables of a watchlist that they take settings from.
        all_facts: Names of all declared facts.
    """
    pages: dict[str, DeclaredPage] = {}
    problems: list[str] = []
    repeated = 0
    room = MAX_TOTAL
    for entry in entries:
        page = _page(entry, options, facts, allow_private, problems, shared, all_facts)
        if len(problems) >= _MAX_ERRORS:
            problems.append(f"only the first {_MAX_ERRORS} problems are listed; there may be more")
            break
        if page is not None:
            room -= len(page.url) + len(page.label) + sum(map(len, page.tags)) + shared.size(shared.hosts_of(page.url))
        if room < 0:
            problems.append(
                _line(entry, f"the pages up to here have more than {MAX_TOTAL:,} characters; split the list")
            )
            break
        if page is not None and pages.setdefault(page.url, page) is not page:
            repeated += 1
    return Declared(tuple(pages.values()), tuple(problems), repeated)


def _page(
    entry: PageEntry,
    options: Mapping[str, Any],
    facts: Sequence[str] | None,
    allow_private: bool,
    problems: list[str],
    shared: SharedSettings,
    all_facts: Sequence[str],
) -> DeclaredPage | None:
    url = entry.url if "://" in entry.url else f"https://{entry.url}"
    raw = {**_options_beside(entry.settings, options), **entry.settings, "allow_private": allow_private}
    try:
        table = PageTable.model_validate({**raw, "url": url})
        assert table.url is not None
        own = raw if facts is None else {**raw, "facts": list(facts)}
        merged, origins = inherit(own, shared.layers(shared.hosts_of(table.url)))
        settings = PageSettings.model_validate(merged)
    except ValidationError as error:
        problems.extend(_problem(entry, fault) for fault in error.errors())
        return None
    fault = text_fault(table.label)
    if fault is not None:
        problems.append(_line(entry, f"label: {fault}"))
        return None
    tracked = tuple(settings.facts) if "facts" in merged else tuple(all_facts)
    return declared_page(table.url, table, settings, tracked, tuple(origins.items()))


def _options_beside(own: Mapping[str, object], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options that apply to an entry. One with `every` takes no cron line, and no time zone without windows."""
    if "every" not in own:
        return options
    left_out = {"cron"} if options.get("windows") else {"cron", "timezone"}
    return {key: value for key, value in options.items() if key not in left_out}


def _problem(entry: PageEntry, fault: ErrorDetails) -> str:
    key = fault["loc"][0] if fault["loc"] else None
    named = "" if key in {None, "url", "allow_private"} else f"{key}: "
    return _line(entry, named + explain(fault))


def _line(entry: PageEntry, message: str) -> str:
    text = cut(message, _MAX_MESSAGE_LENGTH)
    return escaped_line(f"{entry.place}: {text}" if entry.place else text)
