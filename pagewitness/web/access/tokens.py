"""Random tokens, their digests, and the tokens of forms. A token is stored and compared as its digest only."""

from __future__ import annotations

import hashlib
import hmac
import secrets

API_TOKEN_PREFIX = "pw_"  # noqa: S105 (no secret: scanners for leaked secrets find tokens by it)


def new_token() -> str:
    """Return a random token of 256 bits, in URL-safe characters."""
    return secrets.token_urlsafe(32)


def new_key() -> bytes:
    """Return a random key of 32 bytes."""
    return secrets.token_bytes(32)


def digest(token: str) -> str:
    """Return the SHA-256 of a token, 64 hex digits. A random token of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def form_token(secret: str) -> str:
    """Return the token of the forms of a browser, derived from the secret in its cookie."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"form", "sha256").hexdigest()


def is_form_token(given: str, secret: str) -> bool:
    """Return whether a form's token is the one of this secret, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), form_token(secret).encode())
