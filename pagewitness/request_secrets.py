"""Requests of pages with the secrets that their settings refer to, resolved when they are made, so that a corrected one is used at the next check."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from alerts.secret_references import is_reference
from monitor.errors import ConfigurationError
from monitor.fetching.conditional import is_field_value
from monitor.model import FetchRequest, Headers, Page, Validators
from pagewitness.files import Unreadable, read_regular

_LONGEST = 64 * 1024  # bytes that are read of a secret
_LONGEST_HEADERS = 16_000
"""Maximum characters of all header fields of a page. Servers accept about 8,000 bytes."""
# Negotiation, not secrets: their values are recorded if they are written in the watchlist itself.
_RECORDED = frozenset({"accept", "accept-language"})
# RFC 6265 §4.1.1, and the characters above ASCII that servers accept.
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e\x80-\xff]+")


class SecretMissing(ConfigurationError):
    """A secret of a request cannot be read. The message names where it should be, never a value."""


def is_cookie_value(text: str) -> bool:
    """Return whether a text can be the value of a cookie."""
    return _COOKIE_VALUE.fullmatch(text) is not None


def is_proxy(url: str) -> bool:
    """Return whether a text is the http or https URL of a proxy."""
    try:
        split = urlsplit(url)
        return split.scheme in {"http", "https"} and bool(split.hostname) and (split.port is None or split.port > 0)
    except ValueError:
        return False


def request_for(page: Page, validators: Validators | None, environ: Mapping[str, str]) -> FetchRequest:
    """Return the request for a page.

    Raises:
        SecretMissing: A secret that it refers to is missing, or cannot be sent.
    """
    settings = page.request
    headers = tuple(_headers(page, environ))
    if sum(len(name) + len(value) + 4 for name, value in headers) > _LONGEST_HEADERS:
        raise SecretMissing(f"the header fields of the request have more than {_LONGEST_HEADERS:,} characters")
    open_names = {name for name, value in settings.headers if name.lower() in _RECORDED and not is_reference(value)}
    secret = frozenset(name.lower() for name, _ in headers if name not in open_names)
    return FetchRequest(page.url, page.allow_private, validators, headers, secret, proxy_of(page, environ))


def proxy_of(page: Page, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for a page's requests; None for that of the service, if any.

    Raises:
        SecretMissing: It is declared by reference, and the reference leads nowhere.
    """
    written = page.request.proxy
    if written is None:
        return None
    url = _resolve(written, "proxy", environ)
    if not is_proxy(url):
        raise SecretMissing(f"what {written} contains is no URL of a proxy, such as http://HOST:PORT")
    return url


def _headers(page: Page, environ: Mapping[str, str]) -> Headers:
    settings = page.request
    fields = [(name, _resolve(value, f"header {name}", environ)) for name, value in settings.headers]
    cookies = [(name, _resolve(value, f"cookie {name}", environ)) for name, value in settings.cookies]
    if cookies:
        _refuse_unsendable(((f"cookie {name}", value) for name, value in cookies), is_cookie_value)
        fields.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
    if settings.basic_auth is not None:
        user, password = (_resolve(value, "basic_auth", environ) for value in settings.basic_auth)
        token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        fields.append(("Authorization", f"Basic {token}"))
    _refuse_unsendable(((f"header {name}", value) for name, value in fields), is_field_value)
    return tuple(fields)


def _refuse_unsendable(values: Iterator[tuple[str, str]], is_sendable: Callable[[str], bool]) -> None:
    for what, value in values:
        if not is_sendable(value):
            raise SecretMissing(f"the value of {what} cannot be sent; it takes one line without control characters")


def _resolve(written: str, what: str, environ: Mapping[str, str]) -> str:
    scheme, _, rest = written.partition(":")
    if scheme == "env":
        found = environ.get(rest, "")
        if not found:
            raise SecretMissing(f"{what}: the environment variable {rest} is not set")
        return found
    if scheme != "file":
        return written
    try:
        found = read_regular(rest, _LONGEST).decode().removesuffix("\n").removesuffix("\r")
    except Unreadable as error:
        raise SecretMissing(f"{what}: the file {rest}: {error}") from None
    except UnicodeDecodeError:
        raise SecretMissing(f"{what}: the file {rest} is no UTF-8 text") from None
    if not found:
        raise SecretMissing(f"{what}: the file {rest} is empty")
    return found
