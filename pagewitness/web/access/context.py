"""What the web application knows about a request: who sends it, its form, and the secret of its browser's forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request

from pagewitness.web.access.forms import Form
from pagewitness.web.access.identity import Access, Identity
from pagewitness.web.access.tokens import form_token, new_token
from storage.accounts.model import AuditEntry, User


@dataclass(slots=True)
class RequestContext:
    """What is known about a request.

    Attributes:
        identity: Who sends it.
        now: When, on the observing clock.
        address: Network address of the client; "" if it is unknown.
        form: The fields of its form.
        secret: Secret of the browser, from which the tokens of its forms are derived; None: it has none yet.
        made_secret: Whether the secret was made for this request, so that the response must set its cookie.
    """

    identity: Identity
    now: datetime
    address: str = ""
    form: Form = field(default_factory=lambda: Form([]))
    secret: str | None = field(default=None, repr=False)
    made_secret: bool = False

    def form_token(self) -> str:
        """Return the token that a form of the response contains."""
        if self.secret is None:
            self.secret, self.made_secret = new_token(), True
        return form_token(self.secret)

    @property
    def user(self) -> User:
        """The user who is logged in; only where the route needs one."""
        assert self.identity.user is not None
        return self.identity.user

    def may(self, access: Access | str) -> bool:
        """Return whether the request's sender may use a route that needs this access."""
        return self.identity.may(Access(access))

    def entry(self, action: str, subject: str = "", **detail: str) -> AuditEntry:
        """Return an entry for the audit log."""
        user = self.identity.user
        return AuditEntry(
            self.now,
            None if user is None else user.id,
            "" if user is None else user.name,
            action,
            subject,
            detail,
            self.address,
        )


def context_of(request: Request) -> RequestContext | None:
    """Return the context of a request; None for one that was answered before it was known, such as one for an unknown path."""
    return getattr(request.state, "context", None)


def known_context(request: Request) -> RequestContext:
    """Return the context of a request to a route."""
    context = context_of(request)
    assert context is not None
    return context
