"""Slack channel: an incoming webhook.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks lists the errors: 400 for a payload that Slack refuses (`invalid_payload`,
`no_text`, `invalid_blocks`), 403 `action_prohibited`, 404 `no_service` or `channel_not_found`, 410 `channel_is_archived`. Slack accepts about one message
per second and answers 429 with Retry-After in seconds: https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

from alerts.channels.http_sender import UrlSender


class SlackSender(UrlSender):
    """Posts each body to the webhook."""
