"""References to secrets, as a watchlist contains them: "env:NAME", "file:PATH". Pure; `alerts.channels.credentials` and `pagewitness.request_secrets` resolve them."""

from __future__ import annotations


def is_reference(value: str) -> bool:
    """Return whether a value of the watchlist is not the secret itself but names where it comes from."""
    return value.startswith(("env:", "file:"))
