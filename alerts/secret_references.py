"""References to secrets, as a watchlist contains them: "env:NAME", "file:PATH". Pure; `alerts.channels.credentials` and `pagewitness.request_secrets` resolve them."""

from __future__ import annotations

import re

_WORDS = frozenset(
    "token key secret password passwd pwd sig signature auth authorization apikey jwt credential credentials".split()
)
_ENDS = ("token", "secret", "password", "apikey", "signature")


def is_reference(value: str) -> bool:
    """Return whether a value of the watchlist is not the secret itself but names where it comes from."""
    return value.startswith(("env:", "file:"))


def is_secret_name(name: str) -> bool:
    """Return whether the value of a field, or of a parameter of a URL, of this name is probably a secret: "access_token", "X-Api-Key", "sig", "clientSecret"."""
    lower = name.lower()
    return lower.endswith(_ENDS) or not _WORDS.isdisjoint(re.split(r"[^a-z]+", lower))
