"""Every route passes through here: who sends the request, whether the route allows that, and whether a form is one of ours.

A route cannot be registered without saying what access it needs (`Entry`), so what is not declared is not reachable.
"""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.errors import ConfigurationError
from pagewitness.web.access.context import RequestContext
from pagewitness.web.access.cookies import Cookies
from pagewitness.web.access.forms import TOKEN_FIELD, Form, is_ours, own_origins, read_form
from pagewitness.web.access.identity import Access, Identity
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.replay_paths import is_signed
from pagewitness.web.access.tokens import digest, is_form_token
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, User

Answer = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]

_CHALLENGE = 'Basic realm="Pagewitness", charset="UTF-8"'
"""Feed readers and command-line clients know Basic: the user name is ignored, the password is an API token."""
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A route and the access that it needs.

    Attributes:
        path: Its path, as Starlette writes it.
        answer: Answers a request; in a thread of its own unless it is asynchronous.
        access: The access that it needs.
        methods: Its methods; GET includes HEAD.
    """

    path: str
    answer: Answer
    access: Access
    methods: tuple[str, ...] = ("GET",)


class Gate:
    """Identifies the sender of each request, and lets it pass where the route allows it.

    Attributes:
        accounts: Users, sessions and tokens; None: no user can log in.
        policy: The rules of access.
        cookies: The cookies of sessions and forms.
    """

    def __init__(self, accounts: AccountStore | None, policy: AccessPolicy, clock: Callable[[], datetime]) -> None:
        self.accounts = accounts
        self.policy = policy
        self.cookies = Cookies(is_https=policy.is_https)
        self._clock = clock

    def route(self, entry: Entry) -> Route:
        """Return the guarded route of an entry."""
        is_asynchronous = inspect.iscoroutinefunction(entry.answer)

        async def endpoint(request: Request) -> Response:
            changes = request.method not in ("GET", "HEAD")
            form = read_form(request.headers.get("content-type", ""), await request.body()) if changes else None
            if self._is_plain(request):
                refusal = self._admit(request, entry, form)
            else:
                refusal = await run_in_threadpool(self._admit, request, entry, form)
            if refusal is not None:
                return refusal
            if is_asynchronous:
                response = await entry.answer(request)  # type: ignore[misc]
            else:
                response = await run_in_threadpool(entry.answer, request)
            return self._with_cookie(request, response)

        endpoint.access = entry.access  # type: ignore[attr-defined]  # for the test that walks all routes
        return Route(entry.path, endpoint, methods=list(entry.methods))

    def _is_plain(self, request: Request) -> bool:
        """Whether identifying the sender needs no database."""
        named = self.policy.user_header is not None and self.policy.user_header in request.headers
        return not (named or request.cookies or "authorization" in request.headers)

    def _admit(self, request: Request, entry: Entry, form: Form | None) -> Response | None:
        """Store the request's context; return the response of a request that may not pass, or None.

        Raises:
            HTTPException: It may not pass, and logging in would not help.
        """
        address = self._address(request)
        context = RequestContext(self.identify(request, address), self._clock(), address)
        session = context.identity.session
        context.secret = self.cookies.session(request) if session is not None else self.cookies.form(request)
        request.state.context = context
        if not context.may(entry.access):
            return self._refused(request, context, entry)
        if form is not None:
            self._check_form(request, context, form, entry.access)
            context.form = form
        return None

    def identify(self, request: Request, address: str) -> Identity:
        """Return who sends a request: the user of its API token, the one that a trusted proxy names, that of its session, or none.

        Raises:
            HTTPException: 401: its token is invalid; 403: the proxy names a user who may not log in.
        """
        reads = self.policy.anonymous_reads or is_signed(request)
        if self.accounts is None:
            return Identity(reads=reads)
        now = self._clock()
        authorization = request.headers.get("authorization")
        if authorization is not None:
            token = _token_of(authorization)
            found = self.accounts.token(digest(token), now) if token else None
            if found is None:
                raise HTTPException(401, "This API token is unknown, or has ended.", {"WWW-Authenticate": _CHALLENGE})
            return Identity(found.user, scopes=found.scopes, reads=reads)
        header = self.policy.user_header
        if header is not None and self.policy.is_proxy(_peer(request)) and (name := request.headers.get(header)):
            return Identity(self._named(name, address), reads=reads)
        cookie = self.cookies.session(request)
        session = self.accounts.session(digest(cookie), now) if cookie else None
        return Identity(None if session is None else session.user, session=session, reads=reads)

    def _named(self, name: str, address: str) -> User:
        """Return the user that a trusted proxy names; an unknown one is added if the policy allows it."""
        assert self.accounts is not None
        user = self.accounts.user_named(name)
        role = self.policy.user_header_role
        if user is None and role is not None:
            entry = AuditEntry(
                self._clock(), None, "", "user.added", name, {"role": role.value, "by": "proxy"}, address
            )
            try:
                user = self.accounts.add_user(name, role, now=self._clock(), entry=entry)
            except ConfigurationError:  # unusable, or added by another request meanwhile
                user = self.accounts.user_named(name)
        if user is None or not user.is_active:
            raise HTTPException(403, "The proxy names a user who may not use Pagewitness; ask an administrator.")
        return user

    def _refused(self, request: Request, context: RequestContext, entry: Entry) -> Response:
        if context.identity.user is not None:
            raise HTTPException(
                403,
                f"This needs the role {_needed(entry.access)}; yours is {context.identity.user.role.value}. Ask an administrator."
                if context.identity.scopes is None
                else "The scopes of this API token do not allow this.",
            )
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(401, "This needs an API token.", {"WWW-Authenticate": _CHALLENGE})
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(403, "You are not logged in, or your session has ended. Log in and try again.")
        path = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(path, safe='')}", 303)

    def _check_form(self, request: Request, context: RequestContext, form: Form, access: Access) -> None:
        """Check that a request that changes something was sent by one of our forms, or by a program with a token.

        Raises:
            HTTPException: 403: It may come from a page of others.
        """
        if context.identity.scopes is not None and access is not Access.PUBLIC:
            return
        ours = is_ours(request.headers, own_origins(request, self.policy.base_url))
        given = form.text(TOKEN_FIELD) or request.headers.get("x-form-token", "")
        if not ours or context.secret is None or not is_form_token(given, context.secret):
            raise HTTPException(403, "This form has expired, or was not sent by a page of Pagewitness. Load it again.")

    def _with_cookie(self, request: Request, response: Response) -> Response:
        context: RequestContext = request.state.context
        if context.made_secret and context.secret is not None:
            self.cookies.set_form(response, context.secret)
        return response

    def _address(self, request: Request) -> str:
        return self.policy.client_address(_peer(request), request.headers.get("x-forwarded-for", ""))


def _peer(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _needed(access: Access) -> str:
    return {Access.EDIT: "editor", Access.ADMIN: "administrator"}.get(access, access.value)


def _token_of(authorization: str) -> str:
    """Return the token of an Authorization field: of Bearer, or the password of Basic; "" for anything else."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()[:_LONGEST_TOKEN]
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, password = base64.b64decode(value.strip()[:1000], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return (password or name)[:_LONGEST_TOKEN]
