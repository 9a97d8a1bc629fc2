"""The closed lists that the nouns are typed with, and aliases of plain values."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

Number = int | float
JsonValue = (
    Any  # what json.dumps takes: a number for count, percent and money facts; a list for lists; a string for text
)
Headers = tuple[tuple[str, str], ...]
"""Header fields in the order received, duplicates kept; values are latin-1 text, byte for byte."""


class Outcome(StrEnum):
    """How a look went."""

    FULL = "full"
    SAME_BODY = "same_body"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


class Verdict(StrEnum):
    """What the page was when looked at. Only OK moves facts and sends validators."""

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
    """Why no response came."""

    BAD_URL = "bad_url"
    DNS = "dns"
    REFUSED_ADDRESS = "refused_address"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_MANY_REDIRECTS = "too_many_redirects"


class Truncation(StrEnum):
    """Why a body ends early; the words of WARC-Truncated."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


class BlockKind(StrEnum):
    """What part a block of visible text plays on its page."""

    CONTENT = "content"
    HEADING = "heading"
    ROW = "row"
    FEED = "feed"
    NAVIGATION = "navigation"
    CONSENT = "consent"
    CONTROL = "control"
    FOOTER = "footer"


READING_KINDS = frozenset({BlockKind.CONTENT, BlockKind.HEADING, BlockKind.ROW})
"""The kinds that make up a page's text, and in which facts and loud number changes are read."""


class MentionType(StrEnum):
    """What a number, date or amount in a sentence is. Of them only COUNT, PERCENT and MONEY can be loud changes.

    Three stand in readings only: TEXT states a text fact, NAME is one name of a list, COUNTED is the heading of a list whose names were counted.
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
    """How a declared fact is read."""

    COUNT_OF = "count_of"
    PERCENT_OF = "percent_of"
    MONEY_OF = "money_of"
    DATE_OF = "date_of"
    TEXT = "text"
    LIST = "list"


class EventKind(StrEnum):
    """What may be told. A closed list: rules name these."""

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


class Level(StrEnum):
    """How much an event matters, loudest first."""

    FACT = "fact"
    NUMBER = "number"
    TEXT = "text"
    HEALTH = "health"
    NOISE = "noise"


class Origin(StrEnum):
    """Where a snapshot came from. Only LIVE alerts."""

    LIVE = "live"
    IMPORT = "import"
    BACKFILL = "backfill"


class Cause(StrEnum):
    """What made a change: the page itself, the watchlist's rules, or a newer reader."""

    PAGE = "page"
    RULES = "rules"
    CODE = "code"


class PageState(StrEnum):
    """Whether a page is looked at. A retired page keeps its history."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class HealthStatus(StrEnum):
    """How a page stands with us, as last told."""

    OK = "ok"
    GONE = "gone"
    MOVED = "moved"
    BLOCKED = "blocked"
    UNREADABLE = "unreadable"


class PageSource(StrEnum):
    """Who asked for a page; `apply` retires only those that came from a watchlist."""

    WATCHLIST = "watchlist"
    ADDED = "added"
    IMPORTED = "imported"


# --- what is watched -------------------------------------------------------------------------------------------------
