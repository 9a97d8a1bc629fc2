"""What a watchlist declares, as values to apply, and the JSON form of its definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from alerts.channel_types import type_of
from alerts.delivery_policy import PER_HOUR, DeliveryPolicy
from alerts.model import ChannelConfig, Rule
from monitor.model import (
    WHOLE_PAGE,
    BlockKind,
    Drift,
    FactDefinition,
    FactKind,
    JsonValue,
    Lookup,
    RequestSettings,
    RequisiteMode,
    Schedule,
    Scope,
    Selection,
    Threshold,
)
from monitor.times import iso_utc

Definition = Mapping[str, JsonValue]
"""A definition without its name, ready for JSON."""

PLAIN_REQUEST = RequestSettings()
"""A page that is requested as all pages are."""


@dataclass(frozen=True, slots=True)
class DeclaredPage:
    """A page as declared in a watchlist.

    Attributes:
        url: Normalised by `monitor.urls.normalise`.
        label: Its display name; "" if it has none.
        schedule: When it is due.
        facts: Names of the facts tracked on it, in order.
        allow_private: Whether the URL's own host and port may be a private or loopback address.
        paused: Whether its checks are paused.
        obey_robots: Whether checks obey robots.txt.
        mute: See `monitor.model.Page.mute`.
        always_report: See `monitor.model.Page.always_report`.
        tags: See `monitor.model.Page.tags`.
        selection: The part of it that is monitored.
        request: How it is requested.
        requisites: When its requisites are archived.
        inherited: See `monitor.model.Page.inherited`.
        paused_until: See `monitor.model.Page.paused_until`.
    """

    url: str
    label: str
    schedule: Schedule
    facts: tuple[str, ...]
    allow_private: bool
    paused: bool = False
    obey_robots: bool = True
    mute: tuple[str, ...] = ()
    always_report: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    selection: Selection = WHOLE_PAGE
    request: RequestSettings = PLAIN_REQUEST
    requisites: RequisiteMode = RequisiteMode.ON_CHANGE
    inherited: tuple[tuple[str, str], ...] = ()
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddReport:
    """The result of adding pages.

    Attributes:
        added: URLs of the new pages, and of retired ones that are active again.
        known: URLs of the pages that were watched already; they are unchanged.
    """

    added: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """The result of applying a watchlist, as "page URL", "fact NAME", "channel NAME" and "rule NAME", pages first, in the watchlist's order.

    Attributes:
        added: New, or declared again after having been retired.
        changed: Declared differently than before.
        retired: No longer declared. Their history is kept.
        unchanged: Declared as before.
        forgotten: Declared, but left out because erased: "page URL, removed on DATE (REASON)".
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()


def fact_to_json(fact: FactDefinition) -> Definition:
    """Return a fact as JSON. Optional fields are left out where not set, so that definitions stored by older watchlists still compare equal."""
    scope = fact.scope
    more: dict[str, JsonValue] = {
        "pattern": fact.pattern,
        "source": None if fact.source is None else _given(fact.source._asdict()),
        "under": list(scope.under),
        "inside": scope.inside,
        "kinds": [kind.value for kind in scope.kinds],
        "near": list(scope.near),
        "against": None if fact.against is None else {"name": fact.against.name, **fact_to_json(fact.against)},
    }
    drift = {} if fact.drift is None else {"drift": _drift_to_json(fact.drift)}
    return {"kind": fact.kind.value, "terms": list(fact.terms), **_given(more), **drift}


def _drift_to_json(drift: Drift) -> Definition:
    """Return a drift as JSON. A baseline duration becomes {"seconds"}, which distinguishes it from a number."""
    base = drift.baseline
    return {
        "amount": drift.threshold.amount,
        "percent": drift.threshold.percent,
        "baseline": {"seconds": base.total_seconds()} if isinstance(base, timedelta) else base,
    }


def _drift_from_json(value: Definition) -> Drift:
    base = value["baseline"]
    since = timedelta(seconds=base["seconds"]) if isinstance(base, dict) else base
    return Drift(Threshold(value["amount"], value["percent"]), since)


def fact_from_json(name: str, value: Definition) -> FactDefinition:
    against = value.get("against")
    return FactDefinition(
        name,
        FactKind(value["kind"]),
        tuple(value["terms"]),
        pattern=value.get("pattern"),
        source=Lookup(**value["source"]) if "source" in value else None,
        scope=Scope(
            under=tuple(value.get("under", ())),
            inside=value.get("inside"),
            kinds=tuple(map(BlockKind, value.get("kinds", ()))),
            near=tuple(value.get("near", ())),
        ),
        against=None if against is None else fact_from_json(against["name"], against),
        drift=_drift_from_json(value["drift"]) if "drift" in value else None,
    )


def request_to_json(request: RequestSettings) -> Definition:
    """Return how a page is requested as JSON; empty if nothing is set."""
    return _given(
        {
            "interval": None if request.interval is None else request.interval.total_seconds(),
            "proxy": request.proxy,
            "headers": dict(request.headers),
            "cookies": dict(request.cookies),
            "basic_auth": None if request.basic_auth is None else list(request.basic_auth),
        }
    )


def request_from_json(value: Definition) -> RequestSettings:
    if not value:
        return PLAIN_REQUEST
    interval, login = value.get("interval"), value.get("basic_auth")
    return RequestSettings(
        interval=None if interval is None else timedelta(seconds=interval),
        proxy=value.get("proxy"),
        headers=tuple(value.get("headers", {}).items()),
        cookies=tuple(value.get("cookies", {}).items()),
        basic_auth=None if login is None else (login[0], login[1]),
    )


def _given(fields: Definition) -> dict[str, JsonValue]:
    return {key: value for key, value in fields.items() if value}


_ALWAYS_STORED = frozenset({"username", "password", "secret", "allow_private"})


def channel_to_json(channel: ChannelConfig) -> Definition:
    """Return a channel as JSON. Secrets stay as written in the watchlist ("env:NAME")."""
    # Left out where not set: the stored value must equal the same value declared again, and rows of earlier versions lack the newer keys.
    values = {
        field.name: getattr(channel, field.name)
        for field in fields(channel)
        if field.name in _ALWAYS_STORED or getattr(channel, field.name) != field.default
    }
    for name in ("name", "policy"):
        values.pop(name, None)
    stored = {name: _as_json(value) for name, value in values.items()}
    return {"type": type_of(channel), **stored, **policy_to_json(channel.policy)}


def _as_json(value: JsonValue) -> JsonValue:
    """Return tuples as lists, which is what JSON makes of them."""
    return [_as_json(part) for part in value] if isinstance(value, tuple) else value


def policy_to_json(policy: DeliveryPolicy) -> Definition:
    """Return {"policy": …} with what differs from the default; empty where nothing does, as in definitions stored before schema 0019."""
    given = {
        "digest": None if policy.digest is None else str(policy.digest),
        "quiet_hours": list(policy.quiet_hours),
        "timezone": policy.timezone,
        "per_hour": policy.per_hour,
        "paused_until": None if policy.paused_until is None else iso_utc(policy.paused_until),
    }
    default: Definition = {
        "digest": None,
        "quiet_hours": [],
        "timezone": "UTC",
        "per_hour": PER_HOUR,
        "paused_until": None,
    }
    different = {name: value for name, value in given.items() if value != default[name]}
    return {"policy": different} if different else {}


def rule_to_json(rule: Rule) -> Definition:
    return {
        "events": sorted(kind.value for kind in rule.events),
        "to": list(rule.to),
        "pages": list(rule.pages),
        "facts": list(rule.facts),
        # Left out where not set: the stored value must equal the same value declared again, and earlier rows lack these keys.
        **({} if rule.step is None else {"step": {"amount": rule.step.amount, "percent": rule.step.percent}}),
        **({} if rule.direction is None else {"direction": rule.direction.value}),
        **({} if rule.above is None else {"above": rule.above}),
        **({} if rule.below is None else {"below": rule.below}),
        **_given({"levels": sorted(level.value for level in rule.levels), "hosts": list(rule.hosts)}),
        **_given({"under": list(rule.under), "tags": list(rule.tags)}),
        **({} if rule.when_text is None else {"when_text": _given(asdict(rule.when_text))}),
        **({} if rule.digest is None else {"digest": str(rule.digest)}),
        **({} if rule.debounce is None else {"debounce_seconds": rule.debounce.total_seconds()}),
        **({"delay_facts": True} if rule.delay_facts else {}),
        **({} if rule.paused_until is None else {"paused_until": iso_utc(rule.paused_until)}),
    }
