"""Facts, channels and rules that users declare in the web application. They stay in force beside those of a watchlist, until it declares the same name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeVar

from sqlalchemy import Connection, Table, Text, func, insert, select, type_coerce, update

from alerts.model import BrokenDeclaration, ChannelConfig, Rule
from monitor.errors import ConfigurationError, UnknownName
from monitor.model import DefinitionSource, FactDefinition
from storage.outbox.holds import revise_holds
from storage.outbox.sending import begin_anew
from storage.schema import channels, facts, rules
from storage.watched.declarations import Definition, channel_to_json, fact_to_json, rule_to_json
from storage.watched.pages import lock_watching
from storage.watched.stored_definitions import channel_of, definition_of, rule_of

T = TypeVar("T")

_AFTER_THE_WATCHLIST = 1_000_000
"""Position of the first definition of the web application: those of a watchlist come first."""


class DefinitionKind(Enum):
    """What is declared, with its table."""

    FACT = facts
    CHANNEL = channels
    RULE = rules

    @property
    def table(self) -> Table:
        """The table of these definitions."""
        table = self.value
        assert isinstance(table, Table)
        return table


def declare(connection: Connection, declared: FactDefinition | ChannelConfig | Rule, now: datetime) -> None:
    """Declare a fact, channel or rule for a user of the web application, or change one that was declared there.

    Raises:
        ConfigurationError: The watchlist declares this name, and differently.
    """
    kind, definition = _definition(declared)
    table = kind.table
    lock_watching(connection)
    as_kept = select(table.c.retired_at, table.c.source, type_coerce(table.c.definition, Text).label("definition"))
    row = connection.execute(as_kept.where(table.c.name == declared.name)).first()
    if row is not None and row.retired_at is None:
        if definition_of(row.definition) == definition:
            return
        if row.source is DefinitionSource.WATCHLIST:
            raise _belongs_to_watchlist(kind, declared.name)
    values = {"definition": definition, "applied_at": now, "retired_at": None, "source": DefinitionSource.WEB}
    if row is None:
        last = connection.execute(select(func.max(table.c.position))).scalar()
        position = max(_AFTER_THE_WATCHLIST, (last or 0) + 1)
        connection.execute(insert(table).values(name=declared.name, position=position, **values))
    else:
        connection.execute(update(table).where(table.c.name == declared.name).values(values))
    _follow(connection, kind, declared.name, now)


def withdraw(connection: Connection, kind: DefinitionKind, name: str, now: datetime) -> None:
    """Retire a fact, channel or rule that was declared in the web application. Its history is kept.

    Raises:
        UnknownName: None of this name is in force.
        ConfigurationError: The watchlist declares it.
    """
    table = kind.table
    lock_watching(connection)
    row = connection.execute(select(table.c.retired_at, table.c.source).where(table.c.name == name)).first()
    if row is None or row.retired_at is not None:
        raise UnknownName(f"no {_word(kind)} {name} is declared")
    if row.source is DefinitionSource.WATCHLIST:
        raise _belongs_to_watchlist(kind, name)
    connection.execute(update(table).where(table.c.name == name).values(retired_at=now))
    _follow(connection, kind, name, now)


def source_of(connection: Connection, kind: DefinitionKind, name: str) -> DefinitionSource | None:
    """Return where a definition in force was declared; None if there is none of this name."""
    table = kind.table
    query = select(table.c.source).where(table.c.name == name, table.c.retired_at.is_(None))
    return connection.execute(query).scalar()


def in_force(connection: Connection, table: Table, read: Callable[[str, object], T]) -> list[T]:
    """Return the definitions of a table that are in force, those of the watchlist first."""
    # Selected as text, so that a damaged definition does not fail the whole query.
    as_kept = select(table.c.name, type_coerce(table.c.definition, Text).label("definition"))
    query = as_kept.where(table.c.retired_at.is_(None)).order_by(table.c.position, table.c.name)
    return [read(row.name, row.definition) for row in connection.execute(query)]


def rules_in_force(connection: Connection) -> Sequence[Rule | BrokenDeclaration]:
    return in_force(connection, rules, rule_of)


def channels_in_force(connection: Connection) -> Sequence[ChannelConfig | BrokenDeclaration]:
    return in_force(connection, channels, channel_of)


def revise_all_holds(connection: Connection, now: datetime) -> None:
    """Change until when alerts are held, by the rules and channels in force."""
    declared = {rule.name: rule for rule in rules_in_force(connection) if isinstance(rule, Rule)}
    policies = {
        channel.name: channel.policy
        for channel in channels_in_force(connection)
        if not isinstance(channel, BrokenDeclaration)
    }
    revise_holds(connection, declared, policies, now)


def _follow(connection: Connection, kind: DefinitionKind, name: str, now: datetime) -> None:
    if kind is DefinitionKind.CHANNEL:
        begin_anew(connection, name)
    if kind is not DefinitionKind.FACT:
        revise_all_holds(connection, now)


def _definition(declared: FactDefinition | ChannelConfig | Rule) -> tuple[DefinitionKind, Definition]:
    if isinstance(declared, FactDefinition):
        return DefinitionKind.FACT, fact_to_json(declared)
    if isinstance(declared, Rule):
        return DefinitionKind.RULE, rule_to_json(declared)
    return DefinitionKind.CHANNEL, channel_to_json(declared)


def _belongs_to_watchlist(kind: DefinitionKind, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"the watchlist declares the {_word(kind)} {name}; change it there, or choose another name"
    )


def _word(kind: DefinitionKind) -> str:
    return kind.name.lower()
