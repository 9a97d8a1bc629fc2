"""Discord channel: a webhook.

https://docs.discord.com/developers/resources/webhook#execute-webhook; 204 accepts a message, 400 refuses it, 404 means that the webhook was deleted.
https://docs.discord.com/developers/topics/rate-limits: 429 states the wait in JSON, "retry_after" in seconds with a fraction.
"""

from __future__ import annotations

from alerts.channels.http_post import HttpReply
from alerts.channels.http_sender import UrlSender, json_object, seconds


class DiscordSender(UrlSender):
    """Posts each body to the webhook."""

    def _retry_after(self, reply: HttpReply) -> float | None:
        stated = seconds(json_object(reply.body).get("retry_after")) if reply.status == 429 else None
        return reply.retry_after if stated is None else max(stated, reply.retry_after or 0.0)
