"""The `[[channel]]` tables of a watchlist file, one class for each type of channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, field_validator, model_validator

from alerts.delivery_policy import PER_HOUR, DeliveryPolicy, parse_digest
from alerts.messages.webhook_template import JSON_TYPE, TemplateProblem, check, render_template
from alerts.model import Security
from alerts.sample_message import sample_story
from monitor.time_windows import cover_the_week
from pagewitness.validation_messages import render_value
from pagewitness.watchlist.fields import (
    Address,
    AllowPrivate,
    AllowPrivateServices,
    AppriseUrl,
    ChatId,
    CommandName,
    ContentType,
    DigestText,
    HookUrl,
    Moment,
    Name,
    Password,
    RoomId,
    Secrets,
    Topic,
    Url,
    WebhookHeaderName,
    WebhookHeaderValue,
    WindowText,
    Zone,
)
from pagewitness.watchlist.table import Table

DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class NamedTable(Table):
    """A channel."""

    name: Annotated[Name, Field(examples=["desk"])]
    """The name by which rules refer to the channel; unique."""
    digest: DigestText | None = Field(default=None, examples=["daily 08:00"])
    """Collects all alerts and sends them at these times, in one message with a table of contents: `"1h"`, `"daily 08:00"` or `"weekly mon 08:00"`, if wanted with
    a time zone (`"daily 08:00 Europe/Berlin"`). Nothing is sent if there is none. Not given: alerts are sent at once."""
    quiet_hours: Annotated[list[WindowText], Field(examples=[["22:00-07:00", "sat,sun"]])] = []
    """When only changes of facts are sent; the rest follows afterwards, in one message. Days without hours (`"sat,sun"`) are whole days; some of the week has to remain."""
    per_hour: Annotated[StrictInt, Field(ge=0)] = PER_HOUR
    """The maximum number of messages in an hour. The rest is sent in one message when the hour is over; changes of facts do not wait. 0: no limit."""
    timezone: Annotated[Zone, Field(examples=["Europe/Berlin"])] = "UTC"
    """The IANA time zone of `digest` and `quiet_hours`, and of the times in messages."""
    paused_until: Moment | None = Field(default=None, examples=["2026-12-27T08:00:00+01:00"])
    """Sends nothing before this time; what waits is sent then, in one message."""

    @field_validator("quiet_hours")
    @classmethod
    def _check_quiet_hours(cls, windows: list[str]) -> list[str]:
        if windows and cover_the_week(windows):
            raise ValueError(
                f"found {render_value(windows)}, which is the whole week, so that only changes of facts would be sent; "
                'add hours, as in "mon-sun 22:00-07:00", or write a digest, or paused_until, or events in the rules'
            )
        return windows

    @property
    def policy(self) -> DeliveryPolicy:
        """When the channel's messages are sent."""
        return DeliveryPolicy(
            digest=None if self.digest is None else parse_digest(self.digest),
            quiet_hours=tuple(self.quiet_hours),
            timezone=self.timezone,
            per_hour=self.per_hour or None,
            paused_until=self.paused_until,
        )


POLICY_KEYS = frozenset({"digest", "quiet_hours", "per_hour", "timezone", "paused_until"})
"""Keys of every channel that are its `policy`."""


class EmailTable(NamedTable):
    """A channel that sends mail through an SMTP server."""

    type: Literal["email"]
    """`"email"`."""
    host: Annotated[str, Field(min_length=1, examples=["smtp.example.org"])]
    """The SMTP server."""
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] | None = None
    """The port of the server. Not given: 587 for starttls, 465 for tls, 25 for none."""
    security: Security = Security.STARTTLS
    """How the connection is secured: `"starttls"`, `"tls"` or `"none"`. Certificates are verified."""
    sender: Annotated[Address, Field(alias="from", examples=["monitor@example.org"])]
    """The sender's address."""
    to: Annotated[list[Address], Field(min_length=1, examples=[["desk@example.org"]])]
    """The recipients' addresses."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """The user name, for servers that require a login."""
    password: Password | None = Field(default=None, examples=["env:PAGEWITNESS_SMTP_PASSWORD"])
    """The password, for servers that require a login: `"env:NAME"`, `"file:PATH"`, or the password itself."""
    reply_to: Address | None = Field(default=None, examples=["desk@example.org"])
    """The address for answers. Not given: the sender's."""
    oauth2_token_command: CommandName | None = Field(default=None, examples=["env:PAGEWITNESS_TOKEN_COMMAND"])
    """For servers that require OAuth 2.0, in place of the password: `"env:NAME"`, the variable that contains a command which prints an access token. The name
    ends in `_COMMAND`."""

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if self.password is not None and self.oauth2_token_command is not None:
            raise ValueError("password and oauth2_token_command are both given; keep one")
        if self.oauth2_token_command is not None and self.username is None:
            raise ValueError("oauth2_token_command is given without username; give both")
        if self.oauth2_token_command is None and (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; give both or neither")
        return self


class SlackTable(NamedTable):
    """A channel that posts to Slack through an incoming webhook."""

    type: Literal["slack"]
    """`"slack"`."""
    url: Annotated[HookUrl, Field(examples=["env:PAGEWITNESS_SLACK_SECRET"])]
    """The URL of the incoming webhook, which is a secret: `"env:NAME"`, `"file:PATH"`, or the URL itself."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""


class TeamsTable(NamedTable):
    """A channel that posts to Microsoft Teams through a workflow."""

    type: Literal["teams"]
    """`"teams"`."""
    url: Annotated[HookUrl, Field(examples=["env:PAGEWITNESS_TEAMS_SECRET"])]
    """The URL of the workflow's webhook, which is a secret: `"env:NAME"`, `"file:PATH"`, or the URL itself."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""


class DiscordTable(NamedTable):
    """A channel that posts to Discord through a webhook."""

    type: Literal["discord"]
    """`"discord"`."""
    url: Annotated[HookUrl, Field(examples=["env:PAGEWITNESS_DISCORD_SECRET"])]
    """The URL of the webhook, which is a secret: `"env:NAME"`, `"file:PATH"`, or the URL itself."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""


class TelegramTable(NamedTable):
    """A channel that sends to a Telegram chat through a bot."""

    type: Literal["telegram"]
    """`"telegram"`."""
    chat: Annotated[ChatId, Field(examples=["-1001234567890"])]
    """The identifier of the chat, or the `"@name"` of a public channel."""
    token: Annotated[Password, Field(examples=["env:PAGEWITNESS_TELEGRAM_TOKEN"])]
    """The bot's token: `"env:NAME"`, `"file:PATH"`, or the token itself."""
    server: Annotated[Url, Field(examples=["https://api.telegram.org"])] = "https://api.telegram.org"
    """The Bot API server."""
    allow_private: AllowPrivate = False
    """Allows the server to be on a private or loopback address."""


class MatrixTable(NamedTable):
    """A channel that sends to a Matrix room."""

    type: Literal["matrix"]
    """`"matrix"`."""
    server: Annotated[Url, Field(examples=["https://matrix.example.org"])]
    """The homeserver of the sending account."""
    room: Annotated[RoomId, Field(examples=["!opaque:example.org"])]
    """The internal id of the room; the account must have joined it. Rooms with encryption cannot be used."""
    token: Annotated[Password, Field(examples=["env:PAGEWITNESS_MATRIX_TOKEN"])]
    """The access token of the sending account: `"env:NAME"`, `"file:PATH"`, or the token itself."""
    allow_private: AllowPrivate = False
    """Allows the server to be on a private or loopback address."""


class MattermostTable(NamedTable):
    """A channel that posts to Mattermost through an incoming webhook."""

    type: Literal["mattermost"]
    """`"mattermost"`."""
    url: Annotated[HookUrl, Field(examples=["env:PAGEWITNESS_MATTERMOST_SECRET"])]
    """The URL of the incoming webhook, which is a secret: `"env:NAME"`, `"file:PATH"`, or the URL itself."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""


class NtfyTable(NamedTable):
    """A channel that publishes to an ntfy topic."""

    type: Literal["ntfy"]
    """`"ntfy"`."""
    topic: Annotated[Topic, Field(examples=["env:PAGEWITNESS_NTFY_SECRET"])]
    """The topic. Where anyone may subscribe it is a secret: `"env:NAME"`, `"file:PATH"`, or the topic itself."""
    server: Annotated[Url, Field(examples=["https://ntfy.example.org"])] = "https://ntfy.sh"
    """The ntfy server."""
    token: Password | None = Field(default=None, examples=["env:PAGEWITNESS_NTFY_TOKEN"])
    """An access token, for topics that need one: `"env:NAME"`, `"file:PATH"`, or the token itself."""
    allow_private: AllowPrivate = False
    """Allows the server to be on a private or loopback address."""


class GotifyTable(NamedTable):
    """A channel that sends to a Gotify server."""

    type: Literal["gotify"]
    """`"gotify"`."""
    server: Annotated[Url, Field(examples=["https://gotify.example.org"])]
    """The Gotify server."""
    token: Annotated[Password, Field(examples=["env:PAGEWITNESS_GOTIFY_TOKEN"])]
    """The token of the application: `"env:NAME"`, `"file:PATH"`, or the token itself."""
    allow_private: AllowPrivate = False
    """Allows the server to be on a private or loopback address."""


class AppriseTable(NamedTable):
    """A channel that sends by Apprise to services that have no type of their own. `PAGEWITNESS_ALLOW_APPRISE` must allow it."""

    type: Literal["apprise"]
    """`"apprise"`."""
    urls: Annotated[
        list[AppriseUrl], Field(min_length=1, max_length=20, examples=[["env:PAGEWITNESS_PUSHOVER_SECRET"]])
    ]
    """Apprise URLs, which are secrets: `"env:NAME"`, `"file:PATH"`, or the URL itself. Only services that Apprise sends to over HTTP alone can be used."""
    allow_private: AllowPrivateServices = False
    """Allows the hosts of the URLs to be on private or loopback addresses."""


class WebhookTable(NamedTable):
    """A channel that posts JSON to a URL, signed according to Standard Webhooks."""

    type: Literal["webhook"]
    """`"webhook"`."""
    url: Annotated[HookUrl, Field(examples=["https://example.org/hooks/pagewitness"])]
    """The http or https address to post to: `"env:NAME"`, `"file:PATH"`, or the URL itself."""
    secret: Secrets | None = Field(default=None, examples=["env:PAGEWITNESS_HOOK_SECRET"])
    """The key that signs each message: `"env:NAME"`, `"file:PATH"`, or `"whsec_"` and a key in base64. Two keys, `[new, old]`, sign with both while the receiver
    changes over. Not given: messages are not signed."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""
    headers: dict[WebhookHeaderName, WebhookHeaderValue] = Field(
        default_factory=dict, max_length=20, examples=[{"Authorization": "env:PAGEWITNESS_HOOK_TOKEN"}]
    )
    """Further header fields. Values may be `"env:NAME"` or `"file:PATH"`."""
    fields: dict[str, Password] = Field(
        default_factory=dict, max_length=20, examples=[{"routing_key": "env:PAGEWITNESS_PAGERDUTY_KEY"}]
    )
    """Keys that are added to the body, a JSON object, when it is sent: for services that expect a secret there. Values may be `"env:NAME"` or `"file:PATH"`."""
    template: str | None = Field(default=None, examples=['{"text": "{{ subject }}"}'])
    """A template of the body, for services that expect another form; see [templates](webhook.md#templates)."""
    content_type: ContentType = "application/json"
    """The media type of the body that `template` makes."""

    @model_validator(mode="after")
    def _check_template(self) -> Self:
        if self.template is None:
            if self.content_type != JSON_TYPE:
                raise ValueError("content_type is given without template; the standard body is JSON")
            return self
        if self.fields and self.content_type != JSON_TYPE:
            raise ValueError(f'fields are added to JSON, and content_type is "{self.content_type}"; remove one')
        try:
            check(self.template, self.content_type)
            render_template(self.template, self.content_type, sample_story())
        except TemplateProblem as problem:
            raise ValueError(f"template: {problem}") from None
        return self


AnyChannelTable = (
    EmailTable
    | SlackTable
    | TeamsTable
    | DiscordTable
    | TelegramTable
    | MatrixTable
    | MattermostTable
    | NtfyTable
    | GotifyTable
    | AppriseTable
    | WebhookTable
)
ChannelTable = Annotated[AnyChannelTable, Field(discriminator="type")]

CHANNEL_TABLES: Mapping[str, type[AnyChannelTable]] = {
    "email": EmailTable,
    "slack": SlackTable,
    "teams": TeamsTable,
    "discord": DiscordTable,
    "telegram": TelegramTable,
    "matrix": MatrixTable,
    "mattermost": MattermostTable,
    "ntfy": NtfyTable,
    "gotify": GotifyTable,
    "apprise": AppriseTable,
    "webhook": WebhookTable,
}
"""The table of each channel type, in the order of the documentation."""
