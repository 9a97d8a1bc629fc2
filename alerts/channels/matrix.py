"""Matrix channel: a room, through the client-server API.

https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid: the transaction id makes a repeated request have no
further effect, so it is made from the delivery's id. 429 states the wait in "retry_after_ms" (M_LIMIT_EXCEEDED), since version 1.10 in Retry-After too.
"""

from __future__ import annotations

from urllib.parse import quote

from alerts.channel_configs import MatrixChannel
from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions, HttpReply, HttpRequest, resolved_url
from alerts.channels.http_sender import JSON, HttpSender, json_object, seconds
from alerts.model import Delivery


class MatrixSender(HttpSender):
    """Sends each body to the room."""

    def __init__(self, config: MatrixChannel, options: HttpOptions) -> None:
        """Create a channel to the room that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:
        environ = self._options.environ
        server = resolved_url(self._config.server, environ, self._config.name)
        token = resolve(self._config.token, environ)
        path = f"_matrix/client/v3/rooms/{quote(self._config.room, safe='')}/send/m.room.message/{delivery.uid}-{index}"
        return HttpRequest(
            f"{server.rstrip('/')}/{path}",
            body.encode(),
            {**JSON, "Authorization": f"Bearer {token}"},
            self._config.allow_private,
            method="PUT",
            secrets=(token,),
        )

    def _retry_after(self, reply: HttpReply) -> float | None:
        stated = seconds(json_object(reply.body).get("retry_after_ms"))
        return reply.retry_after if stated is None else stated / 1000
