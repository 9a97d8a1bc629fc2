"""Builds the MIME message of a mail from a delivery's stored payload; subject and texts are made in `payloads.mail`. Pure."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from alerts.errors import DeliveryError
from alerts.model import Delivery, EmailChannel
from rendering.text_safety import one_line


def compose(delivery: Delivery, config: EmailChannel) -> EmailMessage:
    """Return the message, identical for every attempt: its id and date are the delivery's.

    Raises:
        DeliveryError: The payload is damaged, or was written for a channel of another type.
    """
    payload = delivery.payload
    if not payload:
        raise DeliveryError(f"the stored message for channel {config.name} is damaged; it cannot be sent")
    if "html" not in payload:
        raise DeliveryError(
            f"channel {config.name} sends mail now; this message was written for another type of channel"
        )
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(payload["subject"])
    message["From"] = config.sender
    message["To"] = ", ".join(config.to)
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.uid}@pagewitness>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
    message["X-Pagewitness-Delivery"] = delivery.uid
    # Seven bits and short lines, so that no relay needs to rewrite the message.
    message.set_content(payload["text"], cte="quoted-printable")
    message.add_alternative(payload["html"], subtype="html", cte="quoted-printable")
    return message
