"""Why a delivery did not go through."""

from __future__ import annotations

from monitor.errors import PagewitnessError


class DeliveryError(PagewitnessError):
    """One try through a channel failed. The message says what the other side did, in one line.

    Attributes:
        permanent: Whether trying the same again cannot help (an unknown recipient, a 410 from a webhook).
        retry_after: Seconds the other side asked us to wait; None where it did not say.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
