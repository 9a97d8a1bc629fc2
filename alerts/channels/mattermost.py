"""Mattermost channel: an incoming webhook.

https://developers.mattermost.com/integrate/webhooks/incoming/; a message that is too long or has no text is refused with 400, a deleted webhook with 400
or 404 and an error id that names the webhook.
"""

from __future__ import annotations

from alerts.channels.http_post import HttpReply
from alerts.channels.http_sender import UrlSender

_UNKNOWN = b"web.incoming_webhook.invalid"


class MattermostSender(UrlSender):
    """Posts each body to the webhook."""

    def _is_misconfigured(self, reply: HttpReply) -> bool:
        return super()._is_misconfigured(reply) or _UNKNOWN in reply.body
