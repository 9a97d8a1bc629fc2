"""Column types that behave the same on SQLite and PostgreSQL: keys, enumerations, text, JSON and UTC times."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Integer, LargeBinary, String, Text, TextClause
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from monitor.errors import DerivedDataCorrupt
from monitor.model import JsonValue

# A BigInteger identity key fails on SQLite, whose INTEGER PRIMARY KEY is 64 bits wide anyway.
Key = BigInteger().with_variant(Integer, "sqlite")
"""A database key."""

SortKey = Text(collation="C").with_variant(Text(), "sqlite")
"""ASCII text that is sorted by its bytes on both databases."""


DIGEST_BYTES = 32
"""Length of a SHA-256."""


class BinarySha256(TypeDecorator[str]):
    """SHA-256 in 32 bytes; 64 hex digits in lower case outside the database.

    Text is returned unchanged: an SQLite file of a schema before 0026 holds these digits, and its bodies can be verified.

    Raises:
        ValueError: A value to store or to compare with is not hexadecimal.
    """

    impl = LargeBinary(DIGEST_BYTES)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value.hex() if isinstance(value, bytes) else value


_to_json = json.JSONEncoder(separators=(",", ":")).encode
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime with microseconds on both databases.

    Raises:
        ValueError: The value is a naive datetime, which does not identify a moment.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} is naive; times are aware and in UTC")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Prose(TypeDecorator[str]):
    """Text. Characters that PostgreSQL cannot store (U+0000, lone surrogates) become U+FFFD on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Return a text as a column of type `Prose` stores it."""
    return _UNSTORABLE.sub("\ufffd", text)


class JsonText(TypeDecorator[JsonValue]):
    """A JSON value as compact ASCII text, which preserves every character on both databases; NULL for None."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonValue, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> JsonValue:  # noqa: ARG002
        return None if value is None else json.loads(value)


@dataclass(frozen=True, slots=True)
class Damaged:
    """Replaces a stored value that cannot be decoded.

    Attributes:
        why: What is wrong with it.
    """

    why: str


class DerivedJson(JsonText):
    """A JSON value that can be derived again. Invalid stored JSON loads as `Damaged`, so that one row does not fail a whole query."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> JsonValue:
        try:
            return super().process_result_value(value, dialect)
        except (ValueError, RecursionError) as error:
            return Damaged(f"no JSON: {error}")


class Closed(TypeDecorator[StrEnum]):
    """A word from a closed list, which the table's CHECK constraint (see `closed`) enforces."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        try:
            return None if value is None else self.words(value)
        except ValueError:
            raise DerivedDataCorrupt(
                f"the database holds {value!r:.40}, which is no {self.words.__name__} that this program knows; use the release that wrote it"
            ) from None


def closed(
    name: str, words: type[StrEnum], *, comment: str, nullable: bool = False, server_default: TextClause | None = None
) -> tuple[Column[Any], CheckConstraint]:
    """Return a column of `words` and the CHECK constraint that enforces them."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    column = Column[Any](name, Closed(words), nullable=nullable, server_default=server_default, comment=comment)
    return column, CheckConstraint(f"{name} IN ({listed})", name=name)
