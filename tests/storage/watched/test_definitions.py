"""Facts, channels and rules that are declared in the web application, beside those of a watchlist; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.model import Rule, WebhookChannel
from monitor.errors import ConfigurationError, UnknownName
from monitor.model import DefinitionSource, EventKind, FactDefinition, FactKind
from storage.accounts.model import AuditEntry
from storage.database.connection import Database
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore
from storage.watched.definitions import DefinitionKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ENTRY = AuditEntry(NOW, None, "", "test")
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))
PARTNERS = FactDefinition("partner_count", FactKind.COUNT_OF, ("partners",))
HOOK = WebhookChannel("hook", "https://hook.example/", secret="env:SECRET")
DESK = WebhookChannel("desk", "https://desk.example/", secret="env:SECRET")
FACTS = Rule("facts", frozenset({EventKind.FACT_CHANGED}), ("hook",))
PAGES = Rule("pages", frozenset({EventKind.PAGE_GONE}), ("desk",))


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


def apply(store: SqlStore, *, facts=(), channels=(), rules=(), now=NOW):
    return store.apply_declared([], facts, channels, rules, now=now)


def names(store: SqlStore) -> tuple[list[str], list[str], list[str]]:
    outbox = SqlOutbox(store.database)
    declared = store.all_facts(), outbox.channels(), outbox.rules()
    return tuple([each.name for each in found] for found in declared)


def declare(store: SqlStore, *declared, now=NOW) -> None:
    for each in declared:
        store.declare(each, now=now, entry=ENTRY)


def test_what_users_declare_stays_when_a_watchlist_is_applied(store: SqlStore):
    declare(store, PARTNERS, DESK, PAGES)
    report = apply(store, facts=[MEMBERS], channels=[HOOK], rules=[FACTS])
    assert report.retired == ()
    assert names(store) == (["member_count", "partner_count"], ["hook", "desk"], ["facts", "pages"])
    report = apply(store, now=LATER)
    assert set(report.retired) == {"fact member_count", "channel hook", "rule facts"}
    assert names(store) == (["partner_count"], ["desk"], ["pages"])


def test_a_watchlist_takes_over_what_it_declares(store: SqlStore):
    declare(store, MEMBERS, HOOK, FACTS)
    other = replace(MEMBERS, terms=("states",))
    report = apply(store, facts=[other], channels=[HOOK], rules=[FACTS])
    assert report.changed == ("fact member_count",)
    assert report.unchanged == ("channel hook", "rule facts")
    for kind, name in ((DefinitionKind.FACT, "member_count"), (DefinitionKind.RULE, "facts")):
        assert store.definition_source(kind, name) is DefinitionSource.WATCHLIST
    apply(store, now=LATER)
    assert names(store) == ([], [], [])


def test_a_definition_of_the_watchlist_is_changed_there_only(store: SqlStore):
    apply(store, facts=[MEMBERS], channels=[HOOK], rules=[FACTS])
    declare(store, MEMBERS)
    assert store.definition_source(DefinitionKind.FACT, "member_count") is DefinitionSource.WATCHLIST
    for changed in (
        replace(MEMBERS, terms=("states",)),
        replace(HOOK, url="https://other.example/"),
        replace(FACTS, to=("desk",)),
    ):
        with pytest.raises(ConfigurationError, match="watchlist declares"):
            store.declare(changed, now=LATER, entry=ENTRY)
    with pytest.raises(ConfigurationError, match="watchlist declares"):
        store.withdraw(DefinitionKind.CHANNEL, "hook", now=LATER, entry=ENTRY)
    assert store.all_facts() == [MEMBERS]


def test_a_definition_is_changed_and_withdrawn(store: SqlStore):
    declare(store, MEMBERS, FACTS)
    other = replace(MEMBERS, terms=("members", "states"))
    declare(store, other, now=LATER)
    assert store.all_facts() == [other]
    store.withdraw(DefinitionKind.RULE, "facts", now=LATER, entry=ENTRY)
    assert SqlOutbox(store.database).rules() == []
    for kind, name in ((DefinitionKind.RULE, "facts"), (DefinitionKind.FACT, "unknown")):
        with pytest.raises(UnknownName, match=name):
            store.withdraw(kind, name, now=LATER, entry=ENTRY)
    declare(store, FACTS, now=LATER)
    assert SqlOutbox(store.database).rules() == [FACTS]


def test_definitions_of_users_keep_the_order_in_which_they_were_declared(store: SqlStore):
    apply(store, facts=[FactDefinition(f"listed_{n}", FactKind.COUNT_OF, ("x",)) for n in range(3)])
    declare(store, PARTNERS, MEMBERS)
    assert [fact.name for fact in store.all_facts()] == [
        *(f"listed_{n}" for n in range(3)),
        "partner_count",
        "member_count",
    ]
