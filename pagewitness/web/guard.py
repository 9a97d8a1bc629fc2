"""What every request passes before its route: whether the Host is ours, which origin answers it, and the header fields of our own pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pagewitness.replay.cdx_server import PATH as CDX_PATH
from pagewitness.replay.headers import our_headers
from pagewitness.replay.memento_views import TIME_MAPS
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.replayed import PREFIX
from pagewitness.web.access.context import known_context
from pagewitness.web.access.replay_paths import SIGNED, SignedPaths, is_signed
from pagewitness.web.screens import HEADERS

STYLE = "/style.css"
"""Path of the style sheet."""


class Guard:
    """Middleware that rejects requests with an unknown Host, separates the origin of replay, and adds the security headers to every response but replays."""

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Collection[str] | None,
        origin: ReplayOrigin | None = None,
        signed: SignedPaths | None = None,
    ) -> None:
        self.app = app
        self.origin = origin
        self.signed = signed
        self.allowed = None if allowed_hosts is None else frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.allowed is not None and _host(Headers(scope=scope).get("host", "")) not in self.allowed:
            refusal = PlainTextResponse("This name is not one that Pagewitness answers to.", 421, headers=HEADERS)
            await refusal(scope, receive, send)
            return
        if self.signed is not None and scope["path"].startswith(SIGNED):
            scope = await run_in_threadpool(self.signed.opened, scope)
        elsewhere = self._elsewhere(scope)
        if elsewhere is not None:
            await elsewhere(scope, receive, send)
            return

        # A replayed page has an opaque origin and must be able to load what it embeds, so replay sets its own headers.
        is_archived = scope["path"].startswith(PREFIX) and not scope["path"].startswith(PREFIX + TIME_MAPS[1:])
        ours = {} if is_archived else HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_guarded)

    def _elsewhere(self, scope: Scope) -> Response | None:
        """Return the response to a request that the other origin answers; None for any other request.

        Archived pages are redirected to their origin. Of the web interface, that origin has only the style sheet of its error pages. TimeMaps and
        the CDX API are served on both: a client may request them where it reads either.
        """
        if self.origin is None:
            return None
        is_replay, path = scope["path"].startswith(PREFIX), scope["path"]
        headers = Headers(scope=scope)
        if not self.origin.serves(headers.get("host", "")):
            # Where reading needs a login, the gate verifies it before `SignedReplay` redirects.
            return _redirect(self.origin.origin, scope) if is_replay and self.signed is None else None
        if is_replay and self.signed is not None and not is_signed(Request(scope)) and "authorization" not in headers:
            return self._login(scope)
        if is_replay or path in (STYLE, CDX_PATH) or path.startswith(TIME_MAPS):
            return None
        return PlainTextResponse("Only archived pages are served here.", 404, headers=HEADERS)

    def _login(self, scope: Scope) -> Response:
        """Return the redirect to the web interface, where the user's session is verified."""
        assert self.origin is not None
        if self.origin.home is None:
            return PlainTextResponse("This page is read through the web interface.", 401, headers=HEADERS)
        return _redirect(self.origin.home, scope)


class SignedReplay:
    """Replay where reading needs a login: a user who is logged in is redirected to a signed path, and programs with an API token are answered at once."""

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response]],
        signed: SignedPaths | None,
        origin: ReplayOrigin | None,
    ) -> None:
        self._answer = answer
        self._signed = signed
        self._origin = origin

    async def answer(self, request: Request) -> Response:
        """Answer a request for an archived page, or redirect it."""
        if self._signed is None or is_signed(request):
            return await self._answer(request)
        is_program = known_context(request).identity.scopes is not None
        origin = self._origin
        if origin is None or origin.serves(request.headers.get("host", "")):
            if is_program:
                return await self._answer(request)
            return await run_in_threadpool(self._signed.redirect, request, "")
        return await run_in_threadpool(self._signed.redirect, request, origin.origin)


def _redirect(origin: str, scope: Scope) -> Response:
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).split(b"?", 1)[0]
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    address = origin + quote((path + query).decode("ascii", "replace"), safe="%/:?#[]@!$&'()*+,;=-._~")
    return Response(status_code=302, headers={"Location": address, **dict(our_headers())})


def _host(field: str) -> str:
    """Return the lower-case name in a Host header, without its port."""
    name, colon, port = field.strip().lower().rpartition(":")
    return name.rstrip(".") if colon and (port.isdigit() or not port) else field.strip().lower().rstrip(".")
