"""Gotify channel: POST /message with an application's token: https://gotify.net/docs/pushmsg."""

from __future__ import annotations

from alerts.channel_configs import GotifyChannel
from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions, HttpRequest, resolved_url
from alerts.channels.http_sender import JSON, HttpSender
from alerts.model import Delivery


class GotifySender(HttpSender):
    """Posts each body as the application."""

    def __init__(self, config: GotifyChannel, options: HttpOptions) -> None:
        """Create a channel to the server that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:  # noqa: ARG002
        environ = self._options.environ
        server = resolved_url(self._config.server, environ, self._config.name)
        token = resolve(self._config.token, environ)
        url = f"{server.rstrip('/')}/message"
        return HttpRequest(
            url, body.encode(), {**JSON, "X-Gotify-Key": token}, self._config.allow_private, secrets=(token,)
        )
