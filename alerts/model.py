"""The nouns of telling: rules, channels, alerts and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model import Event, EventKind, JsonValue, Threshold


class Security(StrEnum):
    """How an SMTP connection is secured. Certificates are verified in both secure ways."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class DeliveryState(StrEnum):
    """Where a delivery stands. DEAD was refused for good and waits for a person; nothing is ever dropped."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """Where and how mail goes.

    Attributes:
        name: Unique in a watchlist.
        host: The SMTP server.
        port: Its port.
        security: How the connection is secured.
        sender: The From address.
        to: The recipients.
        username: For SMTP AUTH; None logs nobody in.
        password: For SMTP AUTH, as written in the watchlist ("env:NAME" and "file:PATH" are resolved when sending); None with no user name.
    """

    name: str
    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Where a webhook goes.

    Attributes:
        name: Unique in a watchlist.
        url: An http or https URL.
        secret: Signs each message (Standard Webhooks), as written in the watchlist; None signs nothing.
        allow_private: Whether the URL's own host and port may be a private or loopback address.
    """

    name: str
    url: str
    secret: str | None = field(default=None, repr=False)
    allow_private: bool = False


ChannelConfig = EmailChannel | WebhookChannel


class Direction(StrEnum):
    """Which way a number moves."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which events are told through which channels.

    Attributes:
        name: Unique in a watchlist.
        events: The kinds it selects.
        to: Names of channels.
        pages: Normalised URLs it is limited to; empty means every page.
        facts: Fact names it is limited to; empty means every event, of a fact or not.
        step: How far a number must move to be told; None: any step.
        direction: Whether only rises or only falls are told; None: both.
        above: Told only where the number is above this, or below `below`; None: no such bound.
        below: Told only where the number is below this, or above `above`; None: no such bound.
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


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as the database holds it.

    Attributes:
        id: The database's key.
        page_id: None for channel_failing.
        page_url: None for channel_failing.
        page_label: "" where nobody named the page, or there is none.
        event: What happened.
        recorded_at: When it was recorded, on the observing clock.
    """

    id: int
    page_id: int | None
    page_url: str | None
    page_label: str
    event: Event
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """An event that a rule selected for one channel, with the payload that all its tries will carry.

    Attributes:
        event_id: The event.
        rule: The rule's name.
        channel: The channel's name.
        delivery_uid: "msg_" and 32 hex digits; stays the same through all tries (Message-ID, webhook-id).
        payload: JSON-ready: for email {"subject","text","html"}, for a webhook {"body"} with the exact text to sign and send.
    """

    event_id: int
    rule: str
    channel: str
    delivery_uid: str
    payload: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Outage:
    """A channel that took nothing since a delivery was planned for it. All times are real time.

    Attributes:
        channel: Its name.
        since: When the first of the deliveries was planned that were tried in vain since it last took one.
        tries: How often the one of them was tried that was tried most, how many were refused for good, or how many sends in a row failed because of
            the channel itself: the largest of these.
        refused: Whether the other side refused any of them for good.
        last_error: Why the newest of them failed.
        told: Whether the outage was told already.
        now: When this was found.
    """

    channel: str
    since: datetime
    tries: int
    refused: bool
    last_error: str
    told: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class BrokenDeclaration:
    """A channel or rule in force whose stored definition cannot be used: damaged, or written by another version.

    Attributes:
        kind: "channel" or "rule".
        name: Its name.
        problem: The field and what is wrong with it, in one line; never a value, which may be a secret.
    """

    kind: str
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class DueChannel:
    """A channel with a delivery that is due, through which nobody is sending and which is not paused.

    Attributes:
        name: Its name; it need not be in force any more.
        failures: Sends in a row that failed because of the channel itself; 0 since it last took a delivery.
    """

    name: str
    failures: int = 0


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """What a failed send says about the channel as a whole, not about one delivery.

    Attributes:
        pause: How long nothing is sent through the channel.
        timed_out: Whether it gave no answer in time. One message may be the cause, so the delivery with the fewest attempts is tried next.
    """

    pause: timedelta
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A payload on its way through one channel.

    Attributes:
        id: The database's key.
        uid: See `PlannedAlert.delivery_uid`.
        channel: The channel's name.
        payload: See `PlannedAlert.payload`.
        state: Where it stands.
        attempts: Tries begun so far, the present one included.
        created_at: When it was planned, real time.
        next_try_at: Not before this, real time; None once SENT or DEAD.
        sent_at: When the other side took it, real time; None before.
        receipt: What the other side answered, in one line; "" before.
        last_error: Why the last try failed; "" where none did.
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
