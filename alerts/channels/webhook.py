"""Webhook channel, signed according to Standard Webhooks: https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import ClassVar

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions, HttpRequest, resolved_url
from alerts.channels.http_sender import HttpSender, with_fields
from alerts.channels.unreachable import ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import Delivery, WebhookChannel


class WebhookSender(HttpSender):
    """Posts the body of each delivery. Only 410 (Gone) refuses one permanently: any other status may be a receiver's temporary mistake."""

    MISCONFIGURED: ClassVar[frozenset[int]] = frozenset()
    REFUSED: ClassVar[frozenset[int]] = frozenset({410})

    def __init__(self, config: WebhookChannel, options: HttpOptions) -> None:
        """Create a channel to the URL that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _bodies(self, delivery: Delivery) -> Sequence[str]:
        if not delivery.payload:
            raise DeliveryError(f"the stored message for channel {self._config.name} is damaged; it cannot be sent")
        if "body" not in delivery.payload:
            raise DeliveryError(
                f"channel {self._config.name} is a webhook now; this message was written for another type of channel"
            )
        return [delivery.payload["body"]]

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:  # noqa: ARG002
        config, environ = self._config, self._options.environ
        added = {name: resolve(value, environ) for name, value in config.fields}
        content = with_fields(body, **added) if added else body.encode()
        given = {name: self._header(name, resolve(value, environ)) for name, value in config.headers}
        return HttpRequest(
            resolved_url(config.url, environ, config.name),
            content,
            {"Content-Type": config.content_type, **given, **self._signed(delivery.uid, content.decode())},
            config.allow_private,
            secrets=(*added.values(), *given.values()),
        )

    def _header(self, name: str, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ChannelUnreachable(
                f"the header field {name} of channel {self._config.name} must be one line of ASCII characters; it is not"
            )
        return value

    def _signed(self, uid: str, body: str) -> dict[str, str]:
        now = self._options.now().astimezone(UTC)
        headers = {"webhook-id": uid, "webhook-timestamp": str(int(now.timestamp()))}
        secret = self._config.secret
        secrets = (secret,) if isinstance(secret, str) else secret or ()
        if secrets:
            # Several signatures are separated by spaces: a receiver accepts the message if one of them verifies.
            headers["webhook-signature"] = " ".join(self._signer(one).sign(uid, now, body) for one in secrets)
        return headers

    def _signer(self, secret: str) -> Webhook:
        """Decode the secret strictly: the library would skip characters that are not base64 and sign with the rest."""
        text = resolve(secret, self._options.environ).removeprefix("whsec_")
        try:
            return Webhook(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        except (ValueError, EmptyWebhookSecretError):
            name = self._config.name
            raise ChannelUnreachable(f'the secret of channel {name} must be "whsec_" and base64; it is not') from None
