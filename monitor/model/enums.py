"""Enumerations of the data model, and aliases of plain values."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

Number = int | float
JsonValue = (
    Any  # as json.dumps accepts it: a number for count, percent and money facts; a list for lists; a string for text
)
Headers = tuple[tuple[str, str], ...]
"""Header fields in the order received, duplicates kept; values are latin-1 text, byte for byte."""


class Outcome(StrEnum):
    """Outcome of a check."""

    FULL = "full"
    SAME_BODY = "same_body"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


class ExchangeRole(StrEnum):
    """What an exchange was requested for. NAVIGATION: a page, its redirects included; DOCUMENT: a document that a page links to or shows in a frame."""

    NAVIGATION = "navigation"
    DOCUMENT = "document"
    REQUISITE = "requisite"
    ROBOTS = "robots"


class Verdict(StrEnum):
    """Classification of a page at a check. Only OK changes fact states and provides validators. SOFT_ERROR: an error page with status 200 (soft 404)."""

    OK = "ok"
    BLOCKED = "blocked"
    SOFT_ERROR = "soft_error"
    CONSENT_WALL = "consent_wall"
    LOGIN_WALL = "login_wall"
    EMPTY = "empty"
    PARTIAL = "partial"
    GONE = "gone"
    MOVED = "moved"
    OTHER_LANGUAGE = "other_language"
    ERROR = "error"
    UNREADABLE = "unreadable"


class FailureKind(StrEnum):
    """Why there was no response."""

    BAD_URL = "bad_url"
    DNS = "dns"
    REFUSED_ADDRESS = "refused_address"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    CREDENTIALS = "credentials"


class Truncation(StrEnum):
    """Why a body ends early; the values of WARC-Truncated."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


class BlockKind(StrEnum):
    """Role of a block on its page."""

    CONTENT = "content"
    HEADING = "heading"
    ROW = "row"
    FEED = "feed"
    NAVIGATION = "navigation"
    CONSENT = "consent"
    CONTROL = "control"
    FOOTER = "footer"
    METADATA = "metadata"
    IMAGE = "image"
    STRUCK = "struck"


READING_KINDS = frozenset({BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW})
"""The kinds that form a page's text, and from which facts and number changes are extracted."""
BESIDE_TEXT = frozenset({BlockKind.METADATA, BlockKind.IMAGE, BlockKind.STRUCK})
"""The kinds of what a page states beside its text: title, description and structured data; alternative texts of images; struck-out text. Their changes
are reported if no text reports them. METADATA and STRUCK state a fact only where a scope names them, IMAGE only if nothing else states it."""


class MentionType(StrEnum):
    """Type of a number, date or amount in a sentence. `monitor.diff.mention_changes.LOUD` are the types whose changes are reported as number changes.

    Three types occur in readings only: TEXT states a text fact, NAME is one name of a list, COUNTED is the heading of a list whose names were counted.
    """

    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"
    ORDINAL = "ordinal"
    DATE = "date"
    YEAR = "year"
    TIME = "time"
    DURATION = "duration"
    IDENTIFIER = "identifier"
    VOLATILE = "volatile"
    TEXT = "text"
    NAME = "name"
    COUNTED = "counted"


class FactKind(StrEnum):
    """How a declared fact is extracted."""

    COUNT_OF = "count_of"
    PERCENT_OF = "percent_of"
    MONEY_OF = "money_of"
    DATE_OF = "date_of"
    TEXT = "text"
    LIST = "list"


class EventKind(StrEnum):
    """Kinds of events. A closed list: rules refer to these names."""

    FACT_CHANGED = "fact_changed"
    FACT_CONTRADICTION = "fact_contradiction"
    FACT_AGREED = "fact_agreed"
    FACT_LOST = "fact_lost"
    FACT_FOUND = "fact_found"
    FACT_DRIFTED = "fact_drifted"
    FACT_FLAPPING = "fact_flapping"
    NUMBER_CHANGED = "number_changed"
    TEXT_CHANGED = "text_changed"
    PAGE_GONE = "page_gone"
    PAGE_MOVED = "page_moved"
    PAGE_BLOCKED = "page_blocked"
    PAGE_BACK = "page_back"
    PAGE_STALE = "page_stale"
    PAGE_NEW = "page_new"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CHANNEL_FAILING = "channel_failing"
    PAGE_UNREADABLE = "page_unreadable"


FACT_KINDS = frozenset(kind for kind in EventKind if kind.value.startswith("fact_"))
"""Kinds of events about a declared fact."""


class Level(StrEnum):
    """Importance of an event, most important first."""

    FACT = "fact"
    NUMBER = "number"
    TEXT = "text"
    HEALTH = "health"
    NOISE = "noise"


class Origin(StrEnum):
    """Where a snapshot came from. Only LIVE snapshots cause alerts."""

    LIVE = "live"
    IMPORT = "import"
    BACKFILL = "backfill"


class Cause(StrEnum):
    """Cause of a change: the page itself, the watchlist's rules, or a newer parser version."""

    PAGE = "page"
    RULES = "rules"
    CODE = "code"


class PageState(StrEnum):
    """Whether a page is checked. A retired page keeps its history."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class HealthStatus(StrEnum):
    """Status of a page, as last reported."""

    OK = "ok"
    GONE = "gone"
    MOVED = "moved"
    BLOCKED = "blocked"
    UNREADABLE = "unreadable"


class DefinitionSource(StrEnum):
    """Where a fact, channel or rule was declared; `apply` retires only those of a watchlist."""

    WATCHLIST = "watchlist"
    WEB = "web"


class PageSource(StrEnum):
    """How a page was added; `apply` retires only pages from a watchlist."""

    WATCHLIST = "watchlist"
    ADDED = "added"
    IMPORTED = "imported"
    WEB = "web"
