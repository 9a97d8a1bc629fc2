"""Responses with archived content: valid HTTP whatever was archived, in byte ranges on request, and in memory only until they are sent."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pagewitness.replay.headers import archive_headers, replayed_status
from pagewitness.replay.mementos import NOTHING_AROUND
from pagewitness.replay.ranges import Unsatisfiable, requested_range
from pagewitness.replay.replayed import Replayed

_CHUNK_BYTES = 256 * 1024  # so that the socket's buffer holds no second copy of a long body


class ArchivedResponse(Response):
    """A response with archived content.

    `as_stored` says that the content is the archived body: only then are byte ranges the same at every request.

    Attributes:
        replayed: What it shows.
        around: The mementos around it.
        when_sent: Called once, when the response was sent or the connection was lost.
    """

    def __init__(
        self,
        replayed: Replayed,
        content: bytes,
        content_type: str,
        *,
        download: bool = False,
        banner: bool = False,
        as_stored: bool = False,
        location: str | None = None,
        own_origin: bool = False,
    ) -> None:
        super().__init__(content, replayed_status(replayed.status))
        self.replayed = replayed
        self.around = NOTHING_AROUND
        self.when_sent: Callable[[], None] = lambda: None
        self._tag = f'"{replayed.sha256}"' if as_stored and self.status_code == HTTPStatus.OK else None
        fields = archive_headers(
            replayed.url,
            replayed.taken_at,
            replayed.headers(),
            content_type=content_type,
            download=download,
            banner=banner,
            location=location,
            own_origin=own_origin,
        )
        if self._tag is not None:
            fields += [("ETag", self._tag), ("Accept-Ranges", "bytes")]
        length = [(name, value) for name, value in self.raw_headers if name == b"content-length"]
        self.raw_headers = length + [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's signature)
        """Send the response, or the requested range of it, in chunks, then call `when_sent`. The response to HEAD has no body."""
        first, end = self._select_range(scope)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for begin in range(first, end if scope["method"] != "HEAD" else first, _CHUNK_BYTES):
                chunk = bytes(self.body[begin : min(begin + _CHUNK_BYTES, end)])
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.when_sent()

    def _select_range(self, scope: Scope) -> tuple[int, int]:
        """Return the begin and end of what is sent, and set the status and headers of a part or of an unsatisfiable range."""
        length = len(self.body)
        requested = Headers(scope=scope)
        # A date cannot match, as no Last-Modified is sent (RFC 9110 §13.1.5).
        if self._tag is None or scope["method"] != "GET" or requested.get("if-range", self._tag) != self._tag:
            return 0, length
        try:
            part = requested_range(requested.get("range", ""), length)
        except Unsatisfiable:
            self.status_code = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            self.headers.update({"Content-Range": f"bytes */{length}", "Content-Length": "0"})
            return 0, 0
        if part is not None:
            self.status_code = HTTPStatus.PARTIAL_CONTENT
            first, end = part
            self.headers.update(
                {"Content-Range": f"bytes {first}-{end - 1}/{length}", "Content-Length": str(end - first)}
            )
        return part or (0, length)
