"""The cookies of sessions and forms. Over TLS their names start with `__Host-`, with which a browser accepts them from this host and path only (RFC 6265bis §4.1.3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

SESSION_LENGTH = timedelta(days=30)
"""A session ends after this time, however much it is used."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cookies:
    """Reads and writes the cookies.

    Attributes:
        is_https: Whether browsers reach the web application over TLS.
    """

    is_https: bool

    def session(self, request: Request) -> str:
        """Return the token of the request's session cookie; "" if there is none."""
        return request.cookies.get(self._name("session"), "")[:_LONGEST]

    def form(self, request: Request) -> str | None:
        """Return the secret of the browser's forms; None if there is none."""
        return request.cookies.get(self._name("form"), "")[:_LONGEST] or None

    def set_session(self, response: Response, token: str) -> None:
        """Set the session cookie, and remove that of the forms before the login."""
        self._set(response, "session", token, int(SESSION_LENGTH.total_seconds()))
        self._set(response, "form", "", 0)

    def end_session(self, response: Response) -> None:
        """Remove the session cookie."""
        self._set(response, "session", "", 0)

    def set_form(self, response: Response, secret: str) -> None:
        """Set the secret of the browser's forms, until the browser is closed."""
        self._set(response, "form", secret, None)

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(
            self._name(name), value, max_age=seconds, path="/", secure=self.is_https, httponly=True, samesite="lax"
        )

    def _name(self, name: str) -> str:
        return f"__Host-pagewitness-{name}" if self.is_https else f"pagewitness-{name}"
