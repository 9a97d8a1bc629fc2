"""Real mail servers and a real webhook receiver on loopback, each on a port of its own, with scripted answers."""

from __future__ import annotations

import asyncio
import socket
import socketserver
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from alerts.model import Security
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import keep_port

HOST = "127.0.0.1"


class Mailbox:
    """An SMTP server that keeps what it is sent.

    Attributes:
        host, port: Where it listens; the port stays through `stop` and `start`, and no other process gets it in between.
        messages: What it took, parsed, in the order of arrival.
        recipients: The envelope recipients of each message.
        sessions: How many clients introduced themselves.
        on_taken: Called with each message that was kept, before the client hears of it.
    """

    host = HOST

    def __init__(
        self,
        security: Security = Security.NONE,
        login: tuple[str, str] | None = None,
        authority: trustme.CA | None = None,
    ) -> None:
        self.port = 0
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.sessions = 0
        self.on_taken: Callable[[EmailMessage], None] = lambda message: None
        self._security = security
        self._login = login
        self._tls = _server_context(authority) if authority else None
        self._answers: dict[str, deque[str | None]] = defaultdict(deque)
        self._protocols: list[SMTP] = []
        self._kept: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def will_answer(self, command: str, *answers: str | None) -> None:
        """Script the next answers to MAIL, RCPT or DATA: "451 later" refuses, None takes it as usual."""
        self._answers[command].extend(answers)

    def start(self) -> None:
        if self._kept is None:
            self._kept = keep_port(self.host)
            self.port = self._kept.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(PATIENCE_SECONDS), "the mail server did not start"

    def stop(self) -> None:
        """Refuse connections from now on, until `start`."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(PATIENCE_SECONDS)
            self._thread = None

    def close(self) -> None:
        """Stop for good, and give the port back."""
        self.stop()
        if self._kept is not None:
            self._kept.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        implicit = self._tls if self._security is Security.TLS else None
        server = await self._loop.create_server(self._protocol, self.host, self.port, ssl=implicit)
        ready.set()
        await self._end.wait()
        server.close()
        for protocol in self._protocols:
            if protocol.transport is not None:
                # The first releases of Python 3.11 stumble over a TLS connection that is closed already.
                with suppress(AttributeError):
                    protocol.transport.abort()
        self._protocols.clear()
        await asyncio.sleep(0)

    def _protocol(self) -> SMTP:
        starttls = self._security is Security.STARTTLS
        protocol = SMTP(
            self,
            loop=self._loop,
            hostname="mail.test",
            tls_context=self._tls if starttls else None,
            require_starttls=starttls,
            auth_required=self._login is not None,
            authenticator=self._authenticate,
        )
        self._protocols.append(protocol)
        return protocol

    def _authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert self._login is not None
        user, password = self._login
        return AuthResult(success=data == LoginPassword(user.encode(), password.encode()), handled=False)

    def _scripted(self, command: str) -> str | None:
        return self._answers[command].popleft() if self._answers[command] else None

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, answers: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        refusal = self._scripted("MAIL")
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        refusal = self._scripted("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        refusal = self._scripted("DATA")
        if refusal is not None:
            return refusal
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(list(envelope.rcpt_tos))
        self.on_taken(self.messages[-1])
        return f"250 taken as number {len(self.messages)}"


@dataclass(frozen=True)
class Answer:
    """The receiver's answer to one POST."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"


@dataclass(frozen=True)
class Call:
    """One POST as received; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


class _ReceivingServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them

    def server_bind(self) -> None:
        # Not HTTPServer's, which queries the resolver for our name.
        socketserver.TCPServer.server_bind(self)


class Receiver:
    """A webhook receiver that keeps what it is sent.

    Attributes:
        calls: What came, in order, refused ones included.
        url: Where to post.
        on_taken: Called with each call that was kept, before the client hears of it.
        judge: Answers calls for which no answer is scripted; None closes the connection without one.
        connections: How many clients connected.
    """

    def __init__(self, authority: trustme.CA | None = None, *, keep_alive: bool = False) -> None:
        self.calls: list[Call] = []
        self.judge: Callable[[Call], Answer | None] = lambda call: Answer()
        self.connections = 0
        self.on_taken: Callable[[Call], None] = lambda call: None
        self._answers: deque[Answer] = deque()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"
            timeout = PATIENCE_SECONDS

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                receiver._take(self)

            def do_PUT(self) -> None:
                receiver._take(self)

            def do_GET(self) -> None:
                receiver._take(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._kept = keep_port(HOST)
        self.port = self._kept.getsockname()[1]
        self._server = _ReceivingServer((HOST, self.port), Handler)
        self.url = f"{'https' if authority else 'http'}://{HOST}:{self.port}/hook?key=of-the-path"
        if authority:
            context = _server_context(authority)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def will_answer(self, *answers: Answer) -> None:
        """Script the next answers; without any it answers 200."""
        self._answers.extend(answers)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(PATIENCE_SECONDS)
        self._server.server_close()

    def close(self) -> None:
        """Stop, and give the port back."""
        self.stop()
        self._kept.close()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.path, headers, body, request.command)
        self.calls.append(call)
        self.on_taken(call)
        answer = self._answers.popleft() if self._answers else self.judge(call)
        if answer is None:
            request.close_connection = True
            return
        request.send_response_only(answer.status)
        for name, value in {"Server": "receiver", "Date": request.date_time_string()}.items():
            if name not in answer.headers:
                request.send_header(name, value)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def receivers_authority() -> trustme.CA:
    """Who signs the certificates of mail servers and receivers."""
    return trustme.CA()


@pytest.fixture
def new_mailbox(receivers_authority: trustme.CA) -> Iterator[Callable[..., Mailbox]]:
    """Starts mail servers: `new_mailbox(Security.STARTTLS, login=("user", "password"))`."""
    with ExitStack() as stack:

        def start(security: Security = Security.NONE, login: tuple[str, str] | None = None) -> Mailbox:
            mailbox = Mailbox(security, login, None if security is Security.NONE else receivers_authority)
            stack.callback(mailbox.close)
            mailbox.start()
            return mailbox

        yield start


@pytest.fixture
def mailbox(new_mailbox: Callable[..., Mailbox]) -> Mailbox:
    """A mail server without TLS or login."""
    return new_mailbox()


@pytest.fixture
def new_receiver(receivers_authority: trustme.CA) -> Iterator[Callable[..., Receiver]]:
    """Starts webhook receivers: `new_receiver(tls=True)`."""
    with ExitStack() as stack:

        def start(tls: bool = False, *, keep_alive: bool = False) -> Receiver:
            receiver = Receiver(receivers_authority if tls else None, keep_alive=keep_alive)
            stack.callback(receiver.close)
            receiver.start()
            return receiver

        yield start


@pytest.fixture
def receiver(new_receiver: Callable[..., Receiver]) -> Receiver:
    """A webhook receiver over plain HTTP."""
    return new_receiver()
