"""Parse what is typed into a search: words, "phrases", prefix*, -word, and filters by page, tag, host and time.

Nothing of the text reaches the database's query language: it becomes terms (`monitor.search.tokens`) and values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.search.tokens import Phrase, phrase_of

LONGEST_QUERY = 500
"""Characters of a query."""
MOST_PHRASES = 20
"""Words and phrases of a query."""
MOST_TERMS = 100
"""Terms of all of them."""
SHORTEST_PREFIX = 2
"""Letters before a `*`: with fewer, most of the index would be read."""


class QueryError(ValueError):
    """A query that cannot be run; the message says how to correct it."""


@dataclass(frozen=True, slots=True)
class Period:
    """A range of time.

    Attributes:
        start: Its first moment; None: from the beginning.
        end: The first moment after it; None: without end.
    """

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to search for; a block is found if it satisfies everything.

    Attributes:
        required: Words and phrases that it contains.
        excluded: Words and phrases that it does not contain; only given with `required`.
        pages: URL or label of its page, one of these; empty: any.
        tags: Tags of its page, all of these.
        hosts: Hosts of its page, one of these; empty: any.
        present: When it was on the page; None: at any time.
        added: When it appeared, for the first time or again; None: at any time.
        removed: When it disappeared; None: at any time, or never.
    """

    required: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    pages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    present: Period | None = None
    added: Period | None = None
    removed: Period | None = None


# Quotation marks that keyboards and editors put in place of ".
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PART = re.compile(r'\s*(?P<minus>-?)(?:(?P<name>[a-z]+):)?(?:"(?P<quoted>[^"]*)(?P<closed>"?)|(?P<plain>[^\s"]*))(?P<star>\*?)', re.IGNORECASE)  # fmt: skip
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_NAMES = ("page", "tag", "host", "after", "before", "added", "removed")
_MEANT = {
    "url": "page",
    "pages": "page",
    "tags": "tag",
    "site": "host",
    "domain": "host",
    "hosts": "host",
    "since": "after",
    "from": "after",
    "until": "before",
    "to": "before",
    "deleted": "removed",
    "gone": "removed",
}


def parse(text: str) -> SearchQuery:
    """Parse a query.

    Args:
        text: As typed.

    Returns:
        The query; one without `required` has at least one filter.

    Raises:
        QueryError: It is empty, too long or malformed.
    """
    if len(text) > LONGEST_QUERY:
        raise QueryError(f"The search has {len(text):,} characters; shorten it to at most {LONGEST_QUERY}.")
    builder = _Builder()
    typed = text.translate(_QUOTES)
    at = 0
    while at < len(typed) and (match := _PART.match(typed, at)) and match.end() > at:
        at = match.end()
        if match["quoted"] is not None and not match["closed"]:
            raise QueryError('A quotation mark is not closed; add " at the end of the phrase.')
        builder.add(match)
    return builder.query()


def without(text: str, names: Collection[str]) -> str:
    """Return a query without the filters of these names, its other parts as typed."""
    kept, at, typed = [], 0, text.translate(_QUOTES)
    while at < len(typed) and (match := _PART.match(typed, at)) and match.end() > at:
        if (match["name"] or "").lower() not in names:
            kept.append(text[at : match.end()])
        at = match.end()
    return "".join(kept).strip()


class _Builder:
    """Collects the parts of a query."""

    def __init__(self) -> None:
        self.required: list[Phrase] = []
        self.excluded: list[Phrase] = []
        self.values: dict[str, list[str]] = {name: [] for name in _NAMES}

    def add(self, part: re.Match[str]) -> None:
        name = (part["name"] or "").lower()
        quoted = part["quoted"] is not None
        value = part["quoted"] if quoted else part["plain"]
        if name in _NAMES:
            if part["minus"]:
                raise QueryError(f"-{name}: is not possible; only words and phrases can be excluded.")
            self.values[name].append(value.strip())
            return
        if name in _MEANT and not value.startswith("//"):
            raise QueryError(f"There is no filter {name}:; write {_MEANT[name]}:{value or '…'}")
        words = f"{name}:{value}" if name else value
        if quoted or words:
            self._add_words(words, quoted=quoted, is_prefix=bool(part["star"]), is_excluded=bool(part["minus"]))

    def _add_words(self, words: str, *, quoted: bool, is_prefix: bool, is_excluded: bool) -> None:
        is_prefix = is_prefix or (not quoted and words.endswith("*"))
        phrase = phrase_of(words, is_prefix=is_prefix)
        if phrase is None:
            raise QueryError(f"“{words or '-'}” has no letters or digits to search for; remove it or write a word.")
        last = phrase.terms[-1]
        if is_prefix and phrase.is_prefix and len(last) < SHORTEST_PREFIX and last.isascii():
            raise QueryError(f"“{words}” is too short; write at least {SHORTEST_PREFIX} letters before *.")
        (self.excluded if is_excluded else self.required).append(phrase)

    def query(self) -> SearchQuery:
        """Return the query.

        Raises:
            QueryError: It is empty, or has too many words.
        """
        self._check_amounts()
        values = self.values
        for name in ("page", "tag", "host"):
            if "" in values[name]:
                raise QueryError(f"{name}: needs a value, for example {_EXAMPLES[name]}")
        present = _present(values)
        return SearchQuery(
            required=tuple(dict.fromkeys(self.required)),
            excluded=tuple(dict.fromkeys(self.excluded)),
            pages=tuple(dict.fromkeys(values["page"])),
            tags=tuple(dict.fromkeys(values["tag"])),
            hosts=tuple(dict.fromkeys(host.lower() for host in values["host"])),
            # With added: or removed:, the range says when that happened, not when the text was on the page.
            present=None if values["added"] or values["removed"] else present,
            added=_happened("added", values["added"], present),
            removed=_happened("removed", values["removed"], present),
        )

    def _check_amounts(self) -> None:
        phrases = [*self.required, *self.excluded]
        if not phrases and not any(self.values.values()):
            raise QueryError('Write a word, a "phrase", or a filter such as removed:2024')
        if self.excluded and not self.required:
            raise QueryError("Only excluded words are given; add a word to search for.")
        if len(phrases) > MOST_PHRASES or sum(len(phrase.terms) for phrase in phrases) > MOST_TERMS:
            raise QueryError(f"The search has too many words; use at most {MOST_PHRASES} words and phrases.")


_EXAMPLES: Mapping[str, str] = {
    "page": "page:https://example.org/",
    "tag": "tag:press",
    "host": "host:example.org",
}


def _present(values: Mapping[str, list[str]]) -> Period | None:
    """Return the range that after: and before: give; None without them."""
    starts = [_single(text, "after")[0] for text in values["after"]]
    ends = [_single(text, "before")[0] for text in values["before"]]
    if not starts and not ends:
        return None
    return _ordered(Period(max(starts, default=None), min(ends, default=None)), "after: and before:")


def _happened(name: str, texts: list[str], within: Period | None) -> Period | None:
    """Return when something happened: in all of the given periods, and in the range of after: and before:."""
    if not texts:
        return None
    periods = [within or Period(), *(_period(text, name) for text in texts if text)]
    starts = [period.start for period in periods if period.start is not None]
    ends = [period.end for period in periods if period.end is not None]
    return _ordered(Period(max(starts, default=None), min(ends, default=None)), f"{name}: and the other times")


def _ordered(period: Period, what: str) -> Period:
    if period.start is not None and period.end is not None and period.start >= period.end:
        raise QueryError(f"No time satisfies {what}; change one of the dates.")
    return period


def _period(text: str, name: str) -> Period:
    """Parse `2024`, `2024-05`, `2024-05-12`, or two of them with `..` between, either of which may be missing."""
    first, dots, last = text.partition("..")
    if not dots:
        return Period(*_single(text, name))
    if not first and not last:
        raise _bad_date(text, name)
    start = _single(first, name)[0] if first else None
    end = _single(last, name)[1] if last else None
    return _ordered(Period(start, end), f"{name}:{text}")


def _single(text: str, name: str) -> tuple[datetime, datetime]:
    """Return the first moment of a year, month or day in UTC, and the first one after it."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise _bad_date(text, name)
    year, month, day = (None if part is None else int(part) for part in match.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            return start, start + timedelta(days=1)
        if month is not None:
            following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
            return start, following
        return start, start.replace(year=start.year + 1)
    except (ValueError, OverflowError):
        raise _bad_date(text, name) from None


def _bad_date(text: str, name: str) -> QueryError:
    return QueryError(f"“{text}” after {name}: is not a date; write 2024, 2024-05 or 2024-05-12.")
