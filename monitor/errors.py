"""Errors that callers may catch. A failed fetch is not among them: it is a value (`monitor.model.Failure`) and is archived.

PagewitnessError            the root; str(error) is one line that says what was wrong, where, and what to do
├─ ConfigurationError       wrong usage or configuration; the command line exits with 2
├─ StorageError             the database could not do what was asked; nothing was half-written
│  ├─ DatabaseUnavailable   cannot be reached or opened
│  ├─ DatabaseLocked        another writer held it longer than the busy timeout; transient
│  ├─ DatabaseFull          the disk or quota is full, or the file is read-only
│  └─ SchemaMismatch        written by another schema version; run `pagewitness migrate`
├─ PageDamaged              what is stored of one page cannot be used; other pages can go on
│  ├─ BodyCorrupt           a stored body does not match its SHA-256
│  └─ DerivedDataCorrupt    a stored version, fact state or event cannot be decoded; it can be derived again
├─ ClaimLost                another process has taken over the page; nothing was stored
└─ UnknownName              no page, fact or channel of that name
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
    """The root of all errors that Pagewitness raises on purpose."""


class ConfigurationError(PagewitnessError):
    """Wrong usage or configuration: the user must change something before it can work."""


class StorageError(PagewitnessError):
    """The database could not do what was asked. The transaction was rolled back as a whole.

    Attributes:
        transient: Whether the same call may succeed later without anybody's help.
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
    """The database was written by another schema version."""


class PageDamaged(PagewitnessError):
    """What is stored of one page cannot be used. The database as such works: other pages can go on."""


class BodyCorrupt(PageDamaged):
    """A stored body does not match its SHA-256: it must not be shown as evidence."""


class ClaimLost(PagewitnessError):
    """The claim on a page was lost to another process: what was derived from its snapshot is not stored, and the other one derives it again."""


class DerivedDataCorrupt(PageDamaged):
    """What was derived from a stored body cannot be decoded: it counts as absent, and can be derived again."""


class UnknownName(PagewitnessError):
    """No page, fact or channel has that name."""
