"""Errors that callers may catch. A failed fetch is not among them: it is a value (`monitor.model.Failure`) and is archived.

PagewitnessError            the root; str(error) is one line with the problem, its place and the remedy
├─ ConfigurationError       wrong usage or configuration; the command line exits with 2
├─ StorageError             the database operation failed; its transaction was rolled back
│  ├─ DatabaseUnavailable   the database cannot be reached or opened
│  ├─ DatabaseLocked        another writer held the database longer than the busy timeout; transient
│  ├─ DatabaseFull          the disk or quota is full, or the file is read-only
│  └─ SchemaMismatch        another schema version wrote the database; run `pagewitness migrate`
├─ PageDamaged              stored data of one page is unusable; other pages are not affected
│  ├─ BodyCorrupt           a stored body does not match its SHA-256
│  └─ DerivedDataCorrupt    a stored version, fact state or event cannot be decoded; it can be derived again
├─ ClaimLost                another process has claimed the page; nothing was stored
└─ UnknownName              no page, fact or channel has the given name
"""

from __future__ import annotations

__all__ = [
    "BodyCorrupt",
    "ClaimLost",
    "ConfigurationError",
    "DatabaseFull",
    "DatabaseLocked",
    "DatabaseUnavailable",
    "DerivedDataCorrupt",
    "PageDamaged",
    "PagewitnessError",
    "SchemaMismatch",
    "StorageError",
    "UnknownName",
]


class PagewitnessError(Exception):
    """Base class of all errors that Pagewitness raises deliberately."""


class ConfigurationError(PagewitnessError):
    """Wrong usage or configuration: it must be corrected before the operation can succeed."""


class StorageError(PagewitnessError):
    """A database operation failed. The whole transaction was rolled back.

    Attributes:
        transient: Whether the same call may succeed later without intervention.
    """

    transient = False


class DatabaseUnavailable(StorageError):
    """The database cannot be reached or opened."""

    transient = True


class DatabaseLocked(StorageError):
    """Another writer held the database longer than the busy timeout."""

    transient = True


class DatabaseFull(StorageError):
    """The disk or quota is full, or the database file cannot be written."""


class SchemaMismatch(StorageError):
    """Another schema version wrote the database."""


class PageDamaged(PagewitnessError):
    """Stored data of one page is unusable. The database itself works, so other pages can be processed."""


class BodyCorrupt(PageDamaged):
    """A stored body does not match its SHA-256, so it must not be shown as evidence."""


class ClaimLost(PagewitnessError):
    """Another process has claimed the page: results for its snapshot are not stored here; the other process derives them again."""


class DerivedDataCorrupt(PageDamaged):
    """Data derived from a stored body cannot be decoded: it is treated as absent and can be derived again."""


class UnknownName(PagewitnessError):
    """No page, fact or channel has that name."""
