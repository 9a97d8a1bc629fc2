"""Signed paths of replay, for where reading needs a login.

A browser sends no cookie with the images and style sheets of a page in an opaque sandbox, nor to a separate origin of replay (measured in Chromium 150). So a user who is
logged in is redirected to `/replay/~TOKEN/…`: the token allows reading archived content for an hour, and all addresses in the page contain it. When it has
ended, a browser is sent to the address without it, where its session is verified and a new token made.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from pagewitness.replay.replayed import PREFIX
from pagewitness.replay.request_path import PREFIX_STATE, raw_path
from pagewitness.web.access.tokens import new_key
from storage.account_store import AccountStore

LENGTH = timedelta(hours=1)
"""How long a token can be used."""

_KEY_NAME = "replay"
_KEY_KEPT = timedelta(seconds=10)
_MARK = "~"
SIGNED = PREFIX + _MARK
"""Beginning of signed paths."""
_SIGNED = "replay_signed"
_TIME_BYTES, _DIGEST_BYTES = 5, 16


class SignedPaths:
    """Makes and verifies the tokens in paths of replay."""

    def __init__(self, accounts: AccountStore, clock: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._key: tuple[bytes, datetime] | None = None

    def prefix(self) -> str:
        """Return a new signed prefix, with both slashes."""
        until = int((self._clock() + LENGTH).timestamp()).to_bytes(_TIME_BYTES, "big")
        token = base64.urlsafe_b64encode(until + self._digest(until)).decode().rstrip("=")
        return f"{SIGNED}{token}/"

    def is_valid(self, token: str) -> bool:
        """Return whether a token was made here and has not ended."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (ValueError, binascii.Error):
            return False
        until, digest = raw[:_TIME_BYTES], raw[_TIME_BYTES:]
        if len(raw) != _TIME_BYTES + _DIGEST_BYTES or not hmac.compare_digest(digest, self._digest(until)):
            return False
        return int.from_bytes(until, "big") > self._clock().timestamp()

    def opened(self, scope: Scope) -> Scope:
        """Return the scope of a request without the token in its path, and with whether it is valid in its state; of any other request, the scope itself."""
        start = SIGNED
        if not scope["path"].startswith(start):
            return scope
        token = scope["path"][len(start) :].partition("/")[0]
        raw = raw_path(Request(scope))
        path, written = (text.removeprefix(f"{start}{token}/") for text in (scope["path"], raw))
        if len(written) == len(raw) or not token.isascii():  # not as this program writes it
            return scope
        is_valid = len(token) < 80 and self.is_valid(token)
        state = {**scope.get("state", {}), _SIGNED: is_valid}
        if is_valid:
            state[PREFIX_STATE] = f"{start}{token}/"
        return {**scope, "path": PREFIX + path, "raw_path": (PREFIX + written).encode(), "state": state}

    def redirect(self, request: Request, origin: str) -> Response:
        """Return the redirect of a user who is logged in to the signed path of the same archived page.

        Args:
            request: The request for the path without token.
            origin: The separate origin of replay, or "" for this one.
        """
        target = self.prefix() + raw_path(request).removeprefix(PREFIX)
        query = f"?{request.url.query}" if request.url.query else ""
        location = origin + quote(target + query, safe="%/:?#[]@!$&'()*+,;=-._~")
        return Response(status_code=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _digest(self, until: bytes) -> bytes:
        now = self._clock()
        if self._key is None or abs(now - self._key[1]) >= _KEY_KEPT:
            self._key = (self._accounts.signing_key(_KEY_NAME, new_key(), now), now)
        key, _ = self._key
        return hmac.new(key, until, "sha256").digest()[:_DIGEST_BYTES]


def is_signed(request: Request) -> bool:
    """Return whether the path of a request had a valid token."""
    return bool(request.scope.get("state", {}).get(_SIGNED, False))
