"""Data model of alerts: rules, channels, alerts and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.channel_configs import ServiceChannel
from monitor.model import Event, EventKind, JsonValue, Level, Threshold


class Security(StrEnum):
    """How an SMTP connection is secured. Both secure modes verify certificates."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


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
    """

    name: str
    url: str = field(repr=False)
    secret: str | tuple[str, ...] | None = field(default=None, repr=False)
    allow_private: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    template: str | None = None
    content_type: str = "application/json"


ChannelConfig = EmailChannel | WebhookChannel | ServiceChannel


class Direction(StrEnum):
    """Direction in which a number changes."""

    UP = "up"
    DOWN = "down"


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
        hosts: Texts that `monitor.host_patterns.host_pattern` parses; one of them matches the page's host. Empty means every host.
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
    """

    id: int
    page_id: int | None
    page_url: str | None
    page_label: str
    event: Event
    recorded_at: datetime
    page_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """An event that a rule selected for one channel, with the payload of all attempts.

    Attributes:
        event_id: The event.
        rule: The rule's name.
        channel: The channel's name.
        delivery_uid: "msg_" and 32 hex digits; constant over all attempts (Message-ID, webhook-id).
        payload: JSON-ready: for email {"subject","text","html"}, for a webhook {"body"} with the exact text to sign and send.
    """

    event_id: int
    rule: str
    channel: str
    delivery_uid: str
    payload: Mapping[str, JsonValue]


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
        uid: See `PlannedAlert.delivery_uid`.
        channel: The channel's name.
        payload: See `PlannedAlert.payload`.
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
