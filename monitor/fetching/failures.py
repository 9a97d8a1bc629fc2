"""Network errors as `Failure` values, classified by the types of exceptions, never by their messages."""

from __future__ import annotations

import http.client
import socket
import ssl

import requests
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as PoolTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from monitor.model import Failure, FailureKind
from monitor.transport.session import HandshakeBroken, RefusedAddress, causes

FAULTS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)
"""All exceptions that requests, urllib3, http.client and the socket may raise for errors of a server or network."""

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
# OpenSSL's X509_V_ERR_… numbers.
_CERTIFICATE_FAULTS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "comes from an authority that is not trusted",
    20: "comes from an authority that is not trusted, or its intermediate certificate is missing",
    21: "cannot be checked: an intermediate certificate is missing",
    23: "was revoked",
    62: "is for another host name",
    64: "is for another address",
}


def failure_of(error: BaseException, host: str, *, timed_out: bool) -> Failure:
    """Return the failure for an exception raised before there was a response.

    Args:
        error: The exception.
        host: The host as displayed, for the message.
        timed_out: Whether the fetch's deadline is over: it is then the cause of the exception.
    """
    chain = list(causes(error))
    return (
        _refusal(chain)
        or (
            Failure(FailureKind.TIMEOUT, f"{host} did not answer in the time allowed", transient=True)
            if timed_out
            else None
        )
        or _name(chain, host)
        or _tls(chain, host)
        or _connection(chain, host)
        or Failure(FailureKind.PROTOCOL, f"{host} sent what is no HTTP response: {_line(chain[-1])}", transient=False)
    )


def was_timeout(error: BaseException) -> bool:
    """Return whether a timeout caused an error."""
    return any(isinstance(item, (TimeoutError, requests.Timeout)) or _is_pool_timeout(item) for item in causes(error))


def hung_up(error: BaseException) -> bool:
    """Return whether the server closed or reset the connection before it answered."""
    return any(isinstance(item, (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)) for item in causes(error))


def _refusal(chain: list[BaseException]) -> Failure | None:
    refusal = next((item for item in chain if isinstance(item, RefusedAddress)), None)
    return Failure(FailureKind.REFUSED_ADDRESS, str(refusal), transient=False) if refusal else None


def _name(chain: list[BaseException], host: str) -> Failure | None:
    for item in chain:
        if isinstance(item, socket.gaierror):
            known_missing = item.errno in _NO_SUCH_NAME
            return Failure(
                FailureKind.DNS, f"{host} could not be looked up: {item.strerror}", transient=not known_missing
            )
    if any(isinstance(item, (UnicodeError, requests.exceptions.InvalidURL)) for item in chain):
        return Failure(FailureKind.BAD_URL, f"{host} is no host name that can be asked for", transient=False)
    return None


def _tls(chain: list[BaseException], host: str) -> Failure | None:
    for item in chain:
        if isinstance(item, ssl.SSLCertVerificationError):
            what = _CERTIFICATE_FAULTS.get(item.verify_code, f"was refused: {item.verify_message}")
            return Failure(FailureKind.TLS, f"the certificate of {host} {what}", transient=False)
        if isinstance(item, CertificateError):
            return Failure(FailureKind.TLS, f"the certificate of {host} is for another host name", transient=False)
        if isinstance(item, (HandshakeBroken, ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return Failure(FailureKind.TLS, f"{host} broke off the TLS connection", transient=True)
    broken = next((item for item in chain if isinstance(item, ssl.SSLError)), None)
    if broken is not None:
        return Failure(
            FailureKind.TLS, f"no TLS connection with {host}: {broken.reason or _line(broken)}", transient=False
        )
    return None


def _connection(chain: list[BaseException], host: str) -> Failure | None:
    # The kernel's own connection error is checked first: urllib3 classifies it as a timeout.
    if any(isinstance(item, NewConnectionError) for item in chain):
        return Failure(FailureKind.CONNECT, f"{host} could not be connected to: {_line(chain[-1])}", transient=True)
    if was_timeout(chain[0]):
        return Failure(FailureKind.TIMEOUT, f"{host} did not answer in the time allowed", transient=True)
    if any(isinstance(item, ConnectionError) for item in chain):
        return Failure(FailureKind.PROTOCOL, f"{host} closed the connection without an answer", transient=True)
    if any(isinstance(item, http.client.IncompleteRead) for item in chain):
        return Failure(
            FailureKind.PROTOCOL, f"{host} closed the connection in the middle of its headers", transient=True
        )
    return None


def _is_pool_timeout(item: BaseException) -> bool:
    return isinstance(item, PoolTimeoutError) and not isinstance(item, NewConnectionError)


def _line(error: BaseException) -> str:
    """Return an error in one printable line of at most 200 characters: it may quote data from a server, NUL included."""
    printable = "".join(character if character.isprintable() else " " for character in str(error))
    return " ".join(printable.split())[:200] or type(error).__name__
