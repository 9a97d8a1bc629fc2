"""Telegram channel: the method sendMessage of a bot.

https://core.telegram.org/bots/api#sendmessage. The token is part of the path. Errors have "error_code" and "description"; 429 states the wait in
"parameters": {"retry_after"}, in seconds: https://core.telegram.org/bots/api#responseparameters. Telegram has no key for repeated requests, so a
message whose response was lost arrives twice.
"""

from __future__ import annotations

from alerts.channel_configs import TelegramChannel
from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions, HttpReply, HttpRequest, resolved_url
from alerts.channels.http_sender import JSON, HttpSender, json_object, seconds, with_fields
from alerts.model import Delivery

_ABOUT_THE_CHAT = (
    b"chat not found",
    b"upgraded to a supergroup",
    b"not enough rights",
    b"have no rights",
    b"need administrator rights",
    b"PEER_ID_INVALID",
)
"""Descriptions of errors 400 that a corrected watchlist, or the chat's administrator, can end."""


class TelegramSender(HttpSender):
    """Sends each body to the chat."""

    def __init__(self, config: TelegramChannel, options: HttpOptions) -> None:
        """Create a channel to the chat that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:  # noqa: ARG002
        environ = self._options.environ
        server = resolved_url(self._config.server, environ, self._config.name)
        token = resolve(self._config.token, environ)
        url = resolved_url(f"{server.rstrip('/')}/bot{token}/sendMessage", environ, self._config.name)
        content = with_fields(body, chat_id=self._config.chat)
        return HttpRequest(url, content, JSON, self._config.allow_private, secrets=(token,))

    def _is_misconfigured(self, reply: HttpReply) -> bool:
        about_the_chat = reply.status == 400 and any(words in reply.body for words in _ABOUT_THE_CHAT)
        return super()._is_misconfigured(reply) or about_the_chat

    def _retry_after(self, reply: HttpReply) -> float | None:
        parameters = json_object(reply.body).get("parameters")
        stated = seconds(parameters.get("retry_after")) if isinstance(parameters, dict) else None
        return reply.retry_after if stated is None else stated
