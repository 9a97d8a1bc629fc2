"""A webhook receiver that goes down, errs, asks for patience and comes back, always on the same port."""

from __future__ import annotations

import socket
import struct
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.ports import keep_port

HOST = "127.0.0.1"


class Hook:
    """The receiver.

    Attributes:
        port: Where it listens.
        taken: The bodies that it said yes to, by webhook-id; more than one where it was told twice.
        trouble: What it does now: "" takes everything; "down", "error" (500), "busy" (503) and "reset" take nothing.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken: defaultdict[str, list[bytes]] = defaultdict(list)
        self.trouble = ""
        self._kept: socket.socket | None = None
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    def start(self) -> None:
        hook = self
        if self._kept is None:
            self._kept = keep_port(HOST)
            self.port = self._kept.getsockname()[1]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook._take(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, self.port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._thread.join(10)
            self._server.server_close()
            self._server = None

    def close(self) -> None:
        """Stop for good, and give the port back."""
        self.stop()
        if self._kept is not None:
            self._kept.close()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if self.trouble == "reset":
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.connection.close()
            return
        status = {"error": 500, "busy": 503}.get(self.trouble, 200)
        if status == 200:
            self.taken[request.headers["webhook-id"]].append(body)
        request.send_response(status)
        if status == 503:
            request.send_header("Retry-After", "4")
        request.send_header("Content-Length", "0")
        request.end_headers()
