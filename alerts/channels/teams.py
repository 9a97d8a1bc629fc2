"""Microsoft Teams channel: a workflow with the trigger "When a Teams webhook request is received", which answers 202.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

from __future__ import annotations

from alerts.channels.http_post import HttpReply
from alerts.channels.http_sender import UrlSender

_SWITCHED_OFF = b"WorkflowTriggerIsNotEnabled"


class TeamsSender(UrlSender):
    """Posts each body to the workflow's webhook."""

    def _is_misconfigured(self, reply: HttpReply) -> bool:
        # A workflow that was switched off answers 400, like a message that it refuses.
        return super()._is_misconfigured(reply) or _SWITCHED_OFF in reply.body
