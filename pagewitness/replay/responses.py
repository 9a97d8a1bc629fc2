"""Responses with archived content: valid HTTP whatever was archived, and in memory only until they are sent."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from monitor.model import Exchange, Page, Snapshot
from pagewitness.replay.headers import archive_headers, replayed_status

_CHUNK_BYTES = 256 * 1024  # so that the socket's buffer holds no second copy of a long body


class ArchivedResponse(Response):
    """A response with archived content.

    Attributes:
        when_sent: Called once, when the response was sent or the connection was lost.
    """

    def __init__(
        self,
        page: Page,
        snapshot: Snapshot,
        exchanges: tuple[Exchange, ...],
        content: bytes,
        content_type: str,
        *,
        download: bool = False,
        banner: bool = False,
    ) -> None:
        super().__init__(content, replayed_status(snapshot.status))
        self.when_sent: Callable[[], None] = lambda: None
        originals = exchanges[-1].response_headers if exchanges else ()
        fields = archive_headers(
            page.url, snapshot.taken_at, originals, content_type=content_type, download=download, banner=banner
        )
        length = [(name, value) for name, value in self.raw_headers if name == b"content-length"]
        self.raw_headers = length + [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's signature)
        """Send the response in chunks, then call `when_sent`."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for begin in range(0, len(self.body), _CHUNK_BYTES):
                chunk = bytes(self.body[begin : begin + _CHUNK_BYTES])
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.when_sent()
