"""Time-based one-time passwords (RFC 6238): 6 digits, steps of 30 s, one step of tolerance. Pure."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30


def new_secret() -> str:
    """Return a random secret of 160 bits, base32."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, issuer: str) -> str:
    """Return the otpauth: address that an authenticator app reads, usually from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def current_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose one-time password this is: the present one or a neighbour; None if it is none of these."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdecimal() and len(code) == 6):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.HOTP(secret)
    return next(
        (step for step in (present, present - 1, present + 1) if hmac.compare_digest(generator.at(step), code)), None
    )
