"""Failures that concern a whole channel."""

from __future__ import annotations

from alerts.errors import DeliveryError


class ChannelUnreachable(DeliveryError):
    """The channel could not be reached at all, before any message was offered: no other delivery need try it just now. Never permanent."""


class ChannelTimedOut(DeliveryError):
    """The channel was reached and gave no answer in time. The other side may have taken the message. Never permanent."""
