"""Errors that concern a whole channel."""

from __future__ import annotations

from alerts.errors import DeliveryError


class ChannelUnreachable(DeliveryError):
    """The channel could not be reached, before any message was sent: other deliveries would fail as well. Never permanent."""


class ChannelTimedOut(DeliveryError):
    """The channel was reached but did not answer in time. The receiver may have accepted the message. Never permanent."""
