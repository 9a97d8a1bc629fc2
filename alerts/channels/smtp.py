"""Email channel: SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start (RFC 8314)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from email.message import EmailMessage
from io import BufferedReader

from alerts.channels.credentials import resolve
from alerts.channels.token_command import access_token
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.messages.mime_message import compose
from alerts.model import Delivery, EmailChannel, Security
from monitor.transport.session import Deadline
from rendering.text_safety import one_line

Refusals = Mapping[str, tuple[int, bytes]]
_RECEIPT_LIMIT = 300
_ANSWERS_LIMIT = 256 * 1024
"""Maximum bytes of a server's replies to one mail: RFC 5321 limits a line, but not the number of lines of a reply."""
_GOODBYE_SECONDS = 2.0
_OK = 250
_MAILS_PER_SESSION = 50
"""Servers limit the mails of a session, often to 100."""
_TOKEN_SECONDS = 10.0
_AUTHENTICATION_REQUIRED = 530  # RFC 4954 §6: the server refuses this client, not the recipient


class SmtpChannel:
    """Sends each delivery over a separate connection, or over a shared one within `batch`. Used by one thread at a time."""

    def __init__(
        self,
        config: EmailChannel,
        environ: Mapping[str, str],
        *,
        timeout_seconds: float = 20.0,
        connect_seconds: float = 5.0,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """Create a channel to the server that `config` names.

        Args:
            config: Configuration of the channel.
            environ: Environment for a password "env:NAME" or a token command.
            timeout_seconds: Maximum duration of a whole send; the connection is then shut down.
            connect_seconds: Maximum time to connect to one address.
            tls_context: Verifies the server; None means by the machine's own authorities.
        """
        self._config = config
        self._environ = environ
        self._timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        self._tls_context = tls_context or ssl.create_default_context()
        self._keeping = False
        self._kept: _ServerOn | None = None

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Keep the connection open from one send to the next, until the block ends. It is checked before it is used again, and replaced where it broke."""
        self._keeping = True
        try:
            yield
        finally:
            self._keeping = False
            self._leave_kept()

    def send(self, delivery: Delivery) -> str:
        """Send the mail.

        Returns:
            The server's reply to the message, and the recipients that it refused where it accepted others.

        Raises:
            ChannelUnreachable: No session was established: no connection, a certificate that does not verify, a refused login.
            ChannelTimedOut: A session was established, and the time was over before the server accepted or refused the mail.
            DeliveryError: The server did not accept the mail. Permanent where it refused all recipients, or the message itself, permanently (5xx).
        """
        message = compose(delivery, self._config)
        with Deadline(self._timeout_seconds) as deadline:
            server = self._reused(deadline) or self._opened(deadline)
            try:
                with self._faults_as(DeliveryError, deadline):
                    return _hand_over(server, message)
            finally:
                self._kept = server
                if not self._keeping or deadline.expired or server.sock is None or server.mails >= _MAILS_PER_SESSION:
                    self._leave_kept()

    def _reused(self, deadline: Deadline) -> _ServerOn | None:
        """Return the kept session if the server still answers on it; nothing of an earlier mail is left after RSET (RFC 5321 §4.1.1.5)."""
        server, self._kept = self._kept, None
        if server is None or server.sock is None:
            return None
        try:
            deadline.watch(server.sock)
            server.renew_allowance()
            if server.rset()[0] == _OK:
                return server
        except (smtplib.SMTPException, OSError, ValueError):
            pass
        server.close()
        return None

    def _opened(self, deadline: Deadline) -> _ServerOn:
        """Establish a session."""
        secret = self._secret(deadline)
        with self._faults_as(ChannelUnreachable, deadline), ExitStack() as stack:
            sock = self._connect(deadline)
            stack.callback(sock.close)
            deadline.watch(sock)
            secured = self._secured(sock)
            stack.callback(secured.close)
            server = _ServerOn(secured, self._config.host)
            stack.callback(_leave, server)
            self._introduce(server, secret)
            stack.pop_all()
            return server

    def _leave_kept(self) -> None:
        server, self._kept = self._kept, None
        if server is not None:
            _leave(server)

    def _secret(self, deadline: Deadline) -> str:
        """Return the password or the access token."""
        command = self._config.oauth2_token_command
        if command is not None:
            return access_token(command, self._environ, min(_TOKEN_SECONDS, deadline.remaining()))
        return resolve(self._config.password or "", self._environ)

    def _connect(self, deadline: Deadline) -> socket.socket:
        """Connect to the first address that answers. `socket.create_connection` would apply the full timeout to each address again."""
        failed: OSError = OSError("the host name has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self._config.host, self._config.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(min(self._connect_seconds, deadline.remaining()), 0.001))
                sock.connect(address)
                sock.settimeout(self._timeout_seconds)
            except OSError as error:
                sock.close()
                failed = error
                if deadline.expired:
                    break
            else:
                return sock
        raise failed

    def _secured(self, sock: socket.socket) -> socket.socket:
        if self._config.security is not Security.TLS:
            return sock
        return self._tls_context.wrap_socket(sock, server_hostname=self._config.host)

    def _introduce(self, server: smtplib.SMTP, secret: str) -> None:
        server.ehlo_or_helo_if_needed()
        if self._config.security is Security.STARTTLS:
            server.starttls(context=self._tls_context)
            server.ehlo_or_helo_if_needed()
        if self._config.username is not None and self._config.oauth2_token_command is not None:
            # https://developers.google.com/workspace/gmail/imap/xoauth2-protocol; an error is a challenge, which is answered with an empty line.
            answer = f"user={self._config.username}\x01auth=Bearer {secret}\x01\x01"
            server.auth("XOAUTH2", lambda challenge=None: answer if challenge is None else "")
        elif self._config.username is not None:
            server.login(self._config.username, secret)

    @contextmanager
    def _faults_as(self, kind: type[DeliveryError], deadline: Deadline) -> Iterator[None]:
        """Convert exceptions of the network, TLS or smtplib to `kind`, with a one-line message that names the server."""
        try:
            yield
        except (smtplib.SMTPException, OSError, ValueError) as error:
            server = f"mail server {self._config.host}:{self._config.port}"
            if deadline.expired:
                late = ChannelTimedOut if kind is DeliveryError else kind
                raise late(f"{server}: took longer than {self._timeout_seconds:g} s") from error
            raise kind(f"{server}: {_reason(error)}") from error


class _ServerOn(smtplib.SMTP):
    """An smtplib client on an existing connection, so that the deadline covers it from the first byte.

    Attributes:
        mails: Number of mail transactions begun.
    """

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._given = sock
        self._allowance = _Allowance(_ANSWERS_LIMIT)
        self.mails = 0
        # The machine's short host name: smtplib would query the DNS for the full one, without a timeout.
        super().__init__(host, local_hostname=socket.gethostname())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002  # smtplib's hook
        return self._given

    def renew_allowance(self) -> None:
        """Let the server send as much again, for the next mail."""
        self._allowance.left = _ANSWERS_LIMIT

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Answers(self.sock.makefile("rb"), self._allowance)
        return super().getreply()


class _Allowance:
    """Number of bytes that a server may still send in this session."""

    def __init__(self, left: int) -> None:
        self.left = left


class _Answers:
    """Replies of a server, line by line, within the allowance; smtplib collects the lines of a reply without limit."""

    def __init__(self, lines: BufferedReader, allowance: _Allowance) -> None:
        self._lines = lines
        self._allowance = allowance

    def readline(self, limit: int) -> bytes:
        line = self._lines.readline(limit)
        self._allowance.left -= len(line)
        if self._allowance.left < 0:
            raise OSError(f"the server said more than {_ANSWERS_LIMIT} bytes")
        # An incomplete line is not a reply: smtplib would accept "250" followed by the end of the connection as a receipt.
        return line if line.endswith(b"\n") or len(line) >= limit else b""

    def close(self) -> None:
        self._lines.close()


def _hand_over(server: _ServerOn, message: EmailMessage) -> str:
    """Run one mail transaction (RFC 5321 §3.3). smtplib's own `sendmail` drops the reply to DATA, which is the receipt."""
    sender, recipients = _addresses(message, "From"), _addresses(message, "To")
    server.mails += 1
    code, answer = server.mail(sender[0])
    if code != 250:
        raise DeliveryError(f"sender {sender[0]} refused: {_response_text(code, answer)}")
    refused = _refused(server, recipients)
    if len(refused) == len(recipients):
        raise DeliveryError(f"all recipients refused: {_listed(refused)}", permanent=_for_good(refused))
    try:
        code, answer = server.data(message.as_bytes())
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, _bytes(error.smtp_error)
    if code != 250:
        raise DeliveryError(f"message refused: {_response_text(code, answer)}", permanent=code >= 500)
    return one_line(
        _response_text(code, answer) + (f"; refused: {_listed(refused)}" if refused else ""), _RECEIPT_LIMIT
    )


def _addresses(message: EmailMessage, field: str) -> list[str]:
    found = [address.addr_spec for address in message[field].addresses if address.domain]
    if not found:
        raise DeliveryError(f"{field.lower()} {str(message[field])!r} names no mail address; mend it in the watchlist")
    return found


def _refused(server: smtplib.SMTP, recipients: Sequence[str]) -> Refusals:
    answers = {recipient: server.rcpt(recipient) for recipient in recipients}
    return {recipient: answer for recipient, answer in answers.items() if answer[0] not in (250, 251)}


def _for_good(refused: Refusals) -> bool:
    return all(code >= 500 and code != _AUTHENTICATION_REQUIRED for code, _ in refused.values())


def _listed(refused: Refusals) -> str:
    return ", ".join(f"{recipient} ({_response_text(*answer)})" for recipient, answer in refused.items())


def _response_text(code: int, answer: bytes) -> str:
    return one_line(f"{code} {answer.decode('utf-8', 'replace')}", _RECEIPT_LIMIT)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"login refused: {_response_text(error.smtp_code, _bytes(error.smtp_error))}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _response_text(error.smtp_code, _bytes(error.smtp_error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not verify: {error.verify_message}"
    return one_line(str(error), _RECEIPT_LIMIT) or type(error).__name__


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode()


def _leave(server: smtplib.SMTP) -> None:
    """Send QUIT if the connection is still open. The result of the transaction is already known, so the reply is awaited only briefly."""
    with suppress(smtplib.SMTPException, OSError, ValueError):
        if server.sock is not None:
            server.sock.settimeout(_GOODBYE_SECONDS)
        server.quit()
    server.close()
