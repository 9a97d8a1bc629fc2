"""Conversion of watchlist tables to the model objects of the other packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerts.apprise_urls import is_unencrypted
from alerts.channel_types import CHANNEL_TYPES
from alerts.delivery_policy import parse_digest
from alerts.model import ChannelConfig, Rule, Security, TextCondition
from alerts.rules import DEFAULT_RULE, default_rule
from monitor.host_patterns import MAX_GLOBS, HostPatterns, host_pattern
from monitor.model import Drift, EventKind, FactDefinition, Level, Lookup, RequisiteMode, Scope, Selection
from pagewitness.validation_messages import near, render_value
from pagewitness.watchlist.channel_tables import (
    DEFAULT_PORTS,
    POLICY_KEYS,
    AnyChannelTable,
    AppriseTable,
    EmailTable,
    WebhookTable,
)
from pagewitness.watchlist.fact_tables import MEASURED, FactTable
from pagewitness.watchlist.fields import duration, once, secret_bytes, threshold
from pagewitness.watchlist.page_entries import ListedPage
from pagewitness.watchlist.page_tables import PageSettings, PageTable
from pagewitness.watchlist.rule_tables import RuleTable
from storage.watched.declarations import DeclaredPage

_MOST_UNKNOWN = 20
_SHORT_KEY_BYTES = 24  # the minimum that Standard Webhooks requires of a secret


def to_page(page: ListedPage) -> DeclaredPage:
    """Return the page declaration for storage."""
    return declared_page(page.url, page.table, page.settings, once(page.settings.facts), page.inherited)


def declared_page(
    url: str,
    table: PageTable,
    settings: PageSettings,
    facts: tuple[str, ...],
    inherited: tuple[tuple[str, str], ...] = (),
) -> DeclaredPage:
    """Return the declaration of a page, in a watchlist or added by a user.

    Args:
        url: Its normalised URL.
        table: Its table.
        settings: Its settings, the inherited ones included.
        facts: Names of the facts tracked on it, without duplicates.
        inherited: The settings that are not its own, each with the table that it comes from.
    """
    return DeclaredPage(
        url=url,
        label=table.label,
        schedule=settings.schedule,
        facts=facts,
        allow_private=table.allow_private,
        paused=table.paused,
        obey_robots=settings.robots == "obey",
        mute=once(settings.mute),
        always_report=once(settings.always_report),
        tags=once(settings.tags),
        selection=Selection(once(settings.only), once(settings.without)),
        request=settings.request,
        requisites=RequisiteMode(settings.requisites),
        inherited=inherited,
        paused_until=settings.paused_until,
    )


class Steps:
    """For each fact, the `step` of the first rule that selects its changes."""

    def __init__(self, rules: Sequence[RuleTable]) -> None:
        self._named: dict[str, str | float] = {}
        self._any: str | float | None = None
        for rule in rules:
            if rule.step is None or EventKind.FACT_CHANGED not in rule.kinds:
                continue
            if not rule.facts:
                self._any = rule.step
                break
            for name in rule.facts:
                self._named.setdefault(name, rule.step)

    def of(self, fact: str) -> str | float | None:
        """Return the step for a fact; None if no rule has one."""
        return self._named.get(fact, self._any)


def to_fact(table: FactTable, lists: Mapping[str, FactTable], steps: Steps | None = None) -> FactDefinition:
    """Return the definition of a fact.

    Args:
        table: The table as written.
        lists: The facts that are lists, by name: `against` refers to one of them.
        steps: The steps of the rules, one of which is the drift of a fact that declares none.
    """
    pattern, source = None, None
    if table.text is not None:
        pattern = table.text.pattern
        source = None if table.text.selector is None else Lookup(table.text.selector)
    elif table.names is not None:
        pattern = table.names.pattern
        source = Lookup(table.names.selector, table.names.heading, table.names.column)
    scope = Scope(once(table.under), table.inside, tuple(sorted(dict.fromkeys(table.kinds or ()))), once(table.near))
    against = None if table.against is None else to_fact(lists[table.against], lists)
    return FactDefinition(table.name, table.kind, table.terms, pattern, source, scope, against, _drift(table, steps))


def _drift(table: FactTable, steps: Steps | None) -> Drift | None:
    if table.drift is not None:
        base = duration(table.baseline) if isinstance(table.baseline, str) else table.baseline
        return Drift(threshold(table.drift), base)
    step = None if steps is None else steps.of(table.name)
    return Drift(threshold(step)) if step is not None and table.kind in MEASURED else None


def to_channel(table: AnyChannelTable) -> ChannelConfig:
    """Return the configuration of a channel, with the default port filled in."""
    fields = {name: _frozen(value) for name, value in table if name != "type" and name not in POLICY_KEYS}
    if isinstance(table, EmailTable) and table.port is None:
        fields["port"] = DEFAULT_PORTS[table.security]
    config: ChannelConfig = CHANNEL_TYPES[table.type](**fields, policy=table.policy)
    return config


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value


def to_rule(table: RuleTable, urls: tuple[str, ...]) -> Rule:
    """Return the rule, limited to the pages at `urls`; empty means every page."""
    return Rule(
        table.name,
        table.kinds,
        tuple(dict.fromkeys(table.to)),
        urls,
        tuple(dict.fromkeys(table.facts)),
        step=None if table.step is None else threshold(table.step),
        direction=table.direction,
        above=table.above,
        below=table.below,
        levels=frozenset(map(Level, table.levels)),
        hosts=tuple(dict.fromkeys(table.hosts)),
        under=once(table.under),
        tags=once(table.tags),
        when_text=None if table.when_text is None else TextCondition(table.when_text.present, table.when_text.absent),
        digest=None if table.digest is None else parse_digest(table.digest),
        debounce=None if table.debounce is None else duration(table.debounce),
        delay_facts=table.delay_facts,
        paused_until=table.paused_until,
    )


def to_rules(
    rules: Sequence[tuple[RuleTable, tuple[str, ...]]], channels: Sequence[AnyChannelTable]
) -> tuple[Rule, ...]:
    """Return the rules, each with the URLs of its pages; if there is none, the default rule to all channels, if there is a channel."""
    if rules or not channels:
        return tuple(to_rule(table, urls) for table, urls in rules)
    return (default_rule([channel.name for channel in channels]),)


def warnings(
    pages: Sequence[ListedPage],
    facts: Sequence[FactTable],
    channels: Sequence[AnyChannelTable],
    rules: Sequence[RuleTable],
) -> Iterator[str]:
    """Yield one line for each declaration that is allowed but probably a mistake."""
    followed = {name for page in pages for name in page.settings.facts}
    followed |= {fact.against for fact in facts if fact.against is not None and fact.name in followed}
    used = {name for rule in rules for name in rule.to}
    yield from (f'fact "{fact.name}" is followed on no page' for fact in facts if fact.name not in followed)
    yield from (f"{page.url} ignores robots.txt" for page in pages if page.settings.robots == "ignore")
    yield from (f"{page.url} sends its credentials unencrypted" for page in pages if _is_exposed(page))
    if rules:
        yield from (f'channel "{channel.name}" is used by no rule' for channel in channels if channel.name not in used)
    elif channels:
        names = ", ".join(channel.name for channel in channels)
        yield f'there is no rule, so rule "{DEFAULT_RULE}" sends changes of facts, numbers and texts, and page health, to {names}'
    if not channels:
        yield "there is no channel, so no alert is sent"
    yield from _hosts_without_page(pages, rules)
    yield from _tags_without_page(pages, rules)
    yield from _channel_warnings(channels)


def _is_exposed(page: ListedPage) -> bool:
    request = page.settings.request
    return (
        page.url.startswith("http:")
        and not page.table.allow_private
        and bool(request.headers or request.cookies or request.basic_auth)
    )


def _hosts_without_page(pages: Sequence[ListedPage], rules: Sequence[RuleTable]) -> Iterator[str]:
    named = [host_pattern(host) for host in dict.fromkeys(host for rule in rules for host in rule.hosts)]
    # Each glob is compared with each host, so that only so many are checked.
    globs = [pattern for pattern in named if pattern.is_glob]
    checked = [*(pattern for pattern in named if not pattern.is_glob), *globs[:MAX_GLOBS]]
    patterns = HostPatterns(checked)
    matching = {index for page in pages for index in patterns.matching(page.url)} if checked else set()
    for index, pattern in enumerate(checked):
        if index not in matching:
            yield f'no page of the watchlist is on a host that matches "{pattern}", which a rule names'


def _tags_without_page(pages: Sequence[ListedPage], rules: Sequence[RuleTable]) -> Iterator[str]:
    tags = dict.fromkeys(tag for page in pages for tag in page.settings.tags)
    unknown = [tag for tag in dict.fromkeys(tag for rule in rules for tag in rule.tags) if tag not in tags]
    for tag in unknown[:_MOST_UNKNOWN]:
        yield f"no page of the watchlist has the tag {render_value(tag)}, which a rule names{near(tag, tags)}"
    if len(unknown) > _MOST_UNKNOWN:
        yield f"no page of the watchlist has {len(unknown) - _MOST_UNKNOWN:,} more tags that rules name"


def _channel_warnings(channels: Sequence[AnyChannelTable]) -> Iterator[str]:
    for channel in channels:
        if isinstance(channel, EmailTable) and channel.username is not None and channel.security is Security.NONE:
            secret = "password" if channel.oauth2_token_command is None else "access token"
            yield f'channel "{channel.name}" sends its {secret} unencrypted (security = "none")'
        if _is_plain_http(channel):
            yield f'channel "{channel.name}" sends its messages and secrets unencrypted (http)'
        if isinstance(channel, WebhookTable) and any(map(_is_short, _secrets(channel))):
            yield f'channel "{channel.name}" has a secret of less than {_SHORT_KEY_BYTES} bytes, which is easy to guess'


def _is_plain_http(table: AnyChannelTable) -> bool:
    """Return whether a channel's URL or token crosses a network unencrypted."""
    if isinstance(table, EmailTable):
        return False
    if isinstance(table, AppriseTable):
        return any(map(is_unencrypted, table.urls)) and not table.allow_private
    address = str(getattr(table, "url", getattr(table, "server", "")))
    return address.startswith("http:") and not table.allow_private


def _secrets(table: WebhookTable) -> list[str]:
    return [table.secret] if isinstance(table.secret, str) else table.secret or []


def _is_short(secret: str) -> bool:
    key = secret_bytes(secret)
    return key is not None and len(key) < _SHORT_KEY_BYTES
