"""Errors of deliveries."""

from __future__ import annotations

from monitor.errors import PagewitnessError


class DeliveryError(PagewitnessError):
    """One attempt to send a delivery failed. The message is one line with the response of the receiver.

    Attributes:
        permanent: Whether a retry cannot succeed (an unknown recipient, a 410 from a webhook).
        retry_after: Seconds to wait as requested by the receiver; None where it requested none.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
