"""Data model of alerts: rules, channels, alerts and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.channel_configs import ServiceChannel
from alerts.delivery_policy import DEFAULT_POLICY, DeliveryPolicy, Digest
from monitor.model import Event, EventKind, JsonValue, Level, Threshold


class Security(StrEnum):
    """How an SMTP connection is secured. Both secure modes verify certificates."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Hold(StrEnum):
    """Why an alert waits for a later message. DIGEST: the digest of its rule or channel. DEBOUNCE: further changes of its page. The others delay it."""

    DIGEST = "digest"
    DEBOUNCE = "debounce"
    QUIET_HOURS = "quiet_hours"
    RATE_LIMIT = "rate_limit"
    PAUSED = "paused"


class DeliveryState(StrEnum):
    """State of a delivery. DEAD was refused permanently and needs manual action; no delivery is ever discarded."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """Configuration of an email channel.

    Attributes:
        name: Unique in a watchlist.
        host: The SMTP server.
        port: Its port.
        security: How the connection is secured.
        sender: The From address.
        to: The recipients.
        username: For SMTP AUTH; None sends without authentication.
        password: For SMTP AUTH, as written in the watchlist ("env:NAME" and "file:PATH" are resolved when sending); None without a user name.
        reply_to: The Reply-To address; None leaves answers to the sender.
        oauth2_token_command: "env:NAME": the variable contains a command that prints an access token for XOAUTH2, used in place of a password; None for others.
        policy: When its messages are sent.
    """

    name: str
    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    reply_to: str | None = None
    oauth2_token_command: str | None = None
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Configuration of a webhook channel.

    Attributes:
        name: Unique in a watchlist.
        url: An http or https URL, often a secret itself: "env:NAME" and "file:PATH" are resolved when sending.
        secret: Signs each message (Standard Webhooks), as written in the watchlist; several secrets sign with each, so that one can replace another; None
            sends unsigned messages.
        allow_private: Whether the URL's own host and port may be a private or loopback address.
        headers: Further header fields, names and values; "env:NAME" and "file:PATH" are resolved when sending.
        fields: Keys that are added to the body, a JSON object, when sending: for services that expect a secret in it. Values as in `headers`.
        template: Makes the body when a message is planned; None sends the standard body. See `alerts.messages.webhook_template`.
        content_type: Of the body.
        policy: When its messages are sent.
    """

    name: str
    url: str = field(repr=False)
    secret: str | tuple[str, ...] | None = field(default=None, repr=False)
    allow_private: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    template: str | None = None
    content_type: str = "application/json"
    policy: DeliveryPolicy = DEFAULT_POLICY


ChannelConfig = EmailChannel | WebhookChannel | ServiceChannel


class Direction(StrEnum):
    """Direction in which a number changes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class TextCondition:
    """A condition on the text of a page: RE2 patterns, at least one of them given.

    Attributes:
        present: The text contains a match of this; None: no such condition.
        absent: The text contains no match of this; None: no such condition.
    """

    present: str | None = None
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Which events cause alerts, and through which channels.

    Attributes:
        name: Unique in a watchlist.
        events: The kinds it selects.
        to: Names of channels.
        pages: Normalised URLs it is limited to; empty means every page.
        facts: Fact names it is limited to; empty means every event, of a fact or not.
        step: Minimum change of a number; None: any change.
        direction: Selects only rises or only falls; None: both.
        above: Selects only numbers above this, or below `below`; None: no such bound.
        below: Selects only numbers below this, or above `above`; None: no such bound.
        levels: The levels it is limited to; empty means every level. Noise is never selected.
        under: Words, lower case; a heading above the change, or the changed heading itself, contains one of them. Page health is not limited. Empty: no limit.
        tags: Tags, one of which the page has; empty means every page.
        when_text: Condition on the text of the page that the event's snapshot shows. Page health is not limited. None: no condition.
        hosts: Texts that `monitor.host_patterns.host_pattern` parses; one of them matches the page's host. Empty means every host.
        digest: Collects what it selects until these times; None: the channel's own digest, if it has one.
        debounce: Collects the changes of a page for this long after the first; None sends each check's at once.
        delay_facts: Whether quiet hours and rate limits also delay changes of declared facts.
        paused_until: What it selects is held until then; None: it is not paused.
    """

    name: str
    events: frozenset[EventKind]
    to: tuple[str, ...]
    pages: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    step: Threshold | None = None
    direction: Direction | None = None
    above: float | None = None
    below: float | None = None
    levels: frozenset[Level] = frozenset()
    hosts: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    digest: Digest | None = None
    debounce: timedelta | None = None
    delay_facts: bool = False
    paused_until: datetime | None = None
    when_text: TextCondition | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as stored in the database.

    Attributes:
        id: The database's key.
        page_id: None for channel_failing.
        page_url: None for channel_failing.
        page_label: "" where the page has no label, or there is no page.
        event: The event.
        recorded_at: When it was recorded, on the observing clock.
        page_tags: The page's tags, in the watchlist's order.
        check_id: The snapshot whose processing recorded it; None where none did.
        visit_id: First snapshot of the visit in which it was recorded; None with `check_id`.
        page_title: Title of the page's current version; "" where it has none, or there is no page.
        page_paused_until: The page's alerts are held until then; None where they are not, or there is no page.
    """

    id: int
    page_id: int | None
    page_url: str | None
    page_label: str
    event: Event
    recorded_at: datetime
    page_tags: tuple[str, ...] = ()
    check_id: int | None = None
    visit_id: int | None = None
    page_title: str = ""
    page_paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """An event of a message, with the rule that selected it. Webhooks contain events as JSON; all other channels show the message only."""

    recorded: RecordedEvent
    rule: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A channel that accepted no delivery since a failed one was planned for it. All times are real time.

    Attributes:
        channel: Its name.
        since: When the first delivery was planned whose attempts failed since the channel last accepted one.
        tries: The maximum of: attempts of a single delivery, deliveries refused permanently, and consecutive failures of the channel itself.
        refused: Whether the receiver refused any of them permanently.
        last_error: Why the newest of them failed.
        reported: Whether the outage was already reported.
        now: When the outage was determined.
    """

    channel: str
    since: datetime
    tries: int
    refused: bool
    last_error: str
    reported: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class BrokenDeclaration:
    """An active channel or rule whose stored definition is unusable: damaged, or written by another version.

    Attributes:
        kind: "channel" or "rule".
        name: Its name.
        problem: The field and its problem, in one line; never a value, which may be a secret.
    """

    kind: str
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class DueChannel:
    """A channel with a due delivery that no process is sending through and that is not paused.

    Attributes:
        name: Its name; it may no longer be active.
        failures: Consecutive failures of the channel itself; 0 after it accepted a delivery.
    """

    name: str
    failures: int = 0


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A failed attempt that concerns the whole channel, not one delivery.

    Attributes:
        pause: How long nothing is sent through the channel.
        timed_out: Whether it did not answer in time. One message may be the cause, so the delivery with the fewest attempts is tried next.
    """

    pause: timedelta
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Transmission of a payload through one channel.

    Attributes:
        id: The database's key.
        uid: See `alerts.planned.PlannedDelivery.uid`.
        channel: The channel's name.
        payload: See `alerts.planned.PlannedDelivery.payload`.
        state: Its state.
        attempts: Attempts begun so far, the present one included.
        created_at: When it was planned, real time.
        next_try_at: Earliest time of the next attempt, real time; None once SENT or DEAD.
        sent_at: When the receiver accepted it, real time; None before.
        receipt: Response of the receiver, in one line; "" before.
        last_error: Why the last attempt failed; "" where none did.
    """

    id: int
    uid: str
    channel: str
    payload: Mapping[str, JsonValue]
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    receipt: str
    last_error: str
