"""Builds the MIME message of a mail from a delivery's stored payload, which `alerts.messages.mail` makes. Pure."""

from __future__ import annotations

import hashlib
import re
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from alerts.errors import DeliveryError
from alerts.model import Delivery, EmailChannel
from rendering.text_safety import one_line

_LINE_CHARS = 76  # RFC 2047, section 2
_UNFOLDED = 1_000_000
_OWN_FIELDS = frozenset({"subject", "in-reply-to", "references", "list-id", "list-unsubscribe"})
_NO_LABEL = re.compile("[^a-z0-9]+")
_LABEL_CHARS = 40
_URL_CHARS = 950  # a header line has at most 998 characters (RFC 5322, section 2.1.1)


class _Policy(EmailPolicy):
    """The policy of `email.policy.SMTP`, with subjects, message ids and addresses that arrive as they were written.

    The standard one loses a space between two encoded words ("83 → ü") and begins some subjects with an empty line (Python 3.11 to 3.13). It also makes
    encoded words of long addresses, which are none to their readers (RFC 2047, section 5).
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the field as it is sent."""
        if name.lower() == "subject":
            return _subject(str(value), self.linesep)
        if name.lower() in _OWN_FIELDS:
            return _verbatim(name, str(value), self.linesep)
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the field as it is sent, in bytes."""
        if name.lower() in _OWN_FIELDS:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep)


def _subject(text: str, linesep: str) -> str:
    """Return the Subject field: as it is, if it is short ASCII that looks like no encoded word; otherwise as encoded words, which contain the spaces."""
    text = " ".join(text.splitlines())
    field = f"Subject: {text}"
    if len(field) > _LINE_CHARS or not text.isascii() or "=?" in text:
        field = (
            f"Subject: {Header(text, 'utf-8', maxlinelen=_LINE_CHARS, header_name='Subject').encode(linesep=linesep)}"
        )
    return field + linesep


def _verbatim(name: str, text: str, linesep: str) -> str:
    """Return a field of one ASCII word, on one line."""
    return f"{name}: {''.join(character for character in text if '!' <= character <= '~')}{linesep}"


def _list_id(channel: str) -> str:
    """Return the list id of a channel (RFC 2919). A name that cannot be used as it is, is followed by a digest of it, so that ids differ as names do."""
    label = _NO_LABEL.sub("-", channel.lower()).strip("-")[:_LABEL_CHARS].rstrip("-")
    if label != channel:
        digest = hashlib.sha256(channel.encode("utf-8", "replace")).hexdigest()[:8]
        label = f"{label}-{digest}".lstrip("-")
    return f"<{label}.pagewitness>"


def _unsubscribe_url(web: str, channel: str) -> str:
    """Return the address of the screen that says how to end or pause the mails of a channel; without its name where a header line could not contain it."""
    screen = f"{web.rstrip('/')}/notifications"
    named = f"{screen}?{urlencode({'channel': channel}, errors='replace')}"
    return named if len(named) <= _URL_CHARS else screen


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
    message = EmailMessage(policy=_POLICY)
    # Encoded, because text that looks like an encoded word would be decoded here: a page could name a subject of several lines.
    message["Subject"] = Header(one_line(payload["subject"]), "utf-8", maxlinelen=_UNFOLDED).encode()
    message["From"] = config.sender
    message["To"] = ", ".join(config.to)
    if config.reply_to is not None:
        message["Reply-To"] = config.reply_to
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.uid}@pagewitness>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
    message["X-Pagewitness-Delivery"] = delivery.uid
    message["List-Id"] = _list_id(config.name)
    # Payloads that were planned before these keys existed have none of them.
    if "web" in payload:
        message["List-Unsubscribe"] = f"<{_unsubscribe_url(payload['web'], config.name)}>"
    if "thread" in payload:
        # The id of no message: mail programs group by it what belongs to one page.
        message["In-Reply-To"] = message["References"] = f"<thread-{payload['thread']}@pagewitness>"
    message.set_content(payload["text"], cte=_encoding(payload["text"]))
    message.add_alternative(payload["html"], subtype="html", cte=_encoding(payload["html"]))
    return message


def _encoding(text: str) -> str:
    """Return the shorter encoding with seven bits and short lines, so that no relay needs to rewrite the message: one byte becomes 4/3, or 3 if not ASCII."""
    size = len(text.encode("utf-8", "replace"))
    return "base64" if 6 * (size - sum(map(str.isascii, text))) > size else "quoted-printable"
