"""What users do with pages: check now, pause, resume, retire, tag and edit. The web application, the API and the command line call these functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.errors import ConfigurationError
from monitor.limits import cut
from monitor.model import Page
from pagewitness.validation_messages import escaped_line, explain, near
from pagewitness.watchlist.bounds import text_fault
from pagewitness.watchlist.fields import Tag, once
from pagewitness.watchlist.from_model import settings_table
from pagewitness.watchlist.page_tables import MAX_TAGS, PageSettings, PageTable
from pagewitness.watchlist.to_model import declared_page
from storage.accounts.model import AuditEntry
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.page_edits import ActionReport, PageAction, Refusal

__all__ = ["ActionReport", "EditError", "PageAction", "Refusal", "act", "edit", "edited", "refusal_sentence", "tag"]

EDITABLE = frozenset({"label", "allow_private", *PageSettings.model_fields})
"""Keys of a `[[page]]` that `edit` takes. Its address never changes, and pausing is an action of its own."""

_MESSAGE_CHARS = 500
_TAGS = TypeAdapter(list[Tag])
_REFUSED: Mapping[Refusal, str] = {
    Refusal.UNKNOWN: "there is no such page",
    Refusal.WATCHLIST: "a watchlist declares it; change it there",
    Refusal.RETIRED: "it is retired; monitor it again first",
    Refusal.NOT_ACTIVE: "it is paused or retired; resume it first",
    Refusal.IMPORTED: "it was imported and is not monitored; edit it to monitor it",
    Refusal.TOO_MANY_TAGS: f"a page has at most {MAX_TAGS} tags",
}


T = TypeVar("T")


class EditError(ConfigurationError):
    """The settings of a page are invalid.

    Attributes:
        problems: What is wrong with each key; "" is the key of problems that concern several.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" if key else text for key, text in problems.items()))
        self.problems = problems


def act(
    store: SqlStore, action: PageAction, page_ids: Collection[int], *, now: datetime, entry: AuditEntry
) -> ActionReport:
    """Check pages now, pause, resume, retire or restore them; see `storage.page_edit_store.PageEditStore.act_on_pages`."""
    return store.act_on_pages(action, page_ids, now=now, entry=entry)


def tag(
    store: SqlStore,
    page_ids: Collection[int],
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    entry: AuditEntry,
) -> ActionReport:
    """Add tags to pages and remove others.

    Raises:
        EditError: A tag to add is invalid.
    """
    try:
        valid = once(_TAGS.validate_python(list(add)))
    except ValidationError as error:
        raise EditError({"tags": _message(explain(error.errors()[0]))}) from None
    return store.tag_pages(page_ids, add=valid, remove=list(remove), most=MAX_TAGS, entry=entry)


def edit(
    store: SqlStore, page: Page, changes: Mapping[str, Any], *, now: datetime, entry: AuditEntry
) -> tuple[str, ...]:
    """Change settings of a page that no watchlist declares; return the names of the columns that changed.

    Args:
        store: Where pages are stored.
        page: The page.
        changes: The settings to change, by watchlist key (`EDITABLE`), written as in a watchlist; None sets the default.
        now: On the observing clock.
        entry: For the audit log.

    Raises:
        EditError: A setting is invalid.
        ConfigurationError: A watchlist declares the page, or it is retired.
    """
    known = [fact.name for fact in store.all_facts()]
    return store.edit_page(page.id, edited(page, changes, known), now=now, entry=entry)


def edited(page: Page, changes: Mapping[str, Any], known_facts: Collection[str]) -> DeclaredPage:
    """Return the declaration of a page with some settings changed, validated by the code that validates a watchlist. Pure.

    Args:
        page: The page.
        changes: See `edit`.
        known_facts: Names of the declared facts.

    Raises:
        EditError: A setting is invalid.
    """
    unknown = changes.keys() - EDITABLE
    if unknown:
        raise EditError({key: f"there is no such setting{near(key, sorted(EDITABLE))}" for key in sorted(unknown)})
    current = {"label": page.label, "allow_private": page.allow_private, **settings_table(page)}
    raw = {key: value for key, value in {**current, **changes}.items() if value is not None}
    problems: dict[str, str] = {}
    table = _validated(PageTable.model_validate, {**_without_request(raw), "url": page.url}, problems)
    own = {key: value for key, value in raw.items() if key in PageSettings.model_fields}
    settings = _validated(PageSettings.model_validate, own, problems)
    for key, text in _texts(raw):
        fault = text_fault(text)
        if fault is not None:
            problems.setdefault(key, _message(fault))
    missing = [name for name in _list(raw.get("facts")) if name not in known_facts]
    if missing:
        problems.setdefault("facts", _message(f'no fact is called "{missing[0]}"{near(missing[0], known_facts)}'))
    if problems or table is None or settings is None:
        raise EditError(problems)
    before = settings_table(page)
    inherited = tuple(
        (key, origin) for key, origin in page.inherited if key not in changes or changes[key] == before.get(key)
    )
    return declared_page(page.url, table, settings, once(settings.facts), inherited)


def refusal_sentence(url: str, refusal: Refusal) -> str:
    """Return why an action cannot be done with a page."""
    return f"{url}: {_REFUSED[refusal]}"


def _validated(validate: Callable[[Any], T], raw: Mapping[str, Any], problems: dict[str, str]) -> T | None:
    try:
        return validate(raw)
    except ValidationError as error:
        for fault in error.errors():
            key = str(fault["loc"][0]) if fault["loc"] else ""
            is_secret = key in ("headers", "cookies", "basic_auth", "proxy")
            problems.setdefault(key, _message(explain(fault, secret=is_secret)))
        return None


def _without_request(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a page's own table; those of hosts (`interval`, `proxy`) are settings only."""
    return {key: value for key, value in raw.items() if key in PageTable.model_fields}


def _texts(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in raw.items():
        if isinstance(value, str):
            yield key, value
        yield from ((key, text) for text in _list(value))


def _list(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _message(text: str) -> str:
    return cut(escaped_line(text), _MESSAGE_CHARS)
