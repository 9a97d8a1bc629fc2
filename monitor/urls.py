"""What a URL is to us: http or https, one normal form, and the host that politeness is owed to."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986 reserved and unreserved characters, and "%": what is escaped already stays as it is.
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"


def normalise(url: str) -> str:
    """The one form in which a URL is stored and compared (RFC 3986 §6.2.2–3, without reordering or trimming anything).

    Scheme and host in lower case, host in IDNA, default port and fragment dropped, an empty path made "/", characters that may not
    stand in a URL percent-encoded. Path, query and trailing slash stay: servers tell them apart.

    Raises:
        ValueError: Not an absolute http or https URL, or one that carries a user name or password. The message says which.
    """
    parts = _split(url.strip())
    host = ascii_host(parts.hostname or "")
    shown = f"[{host}]" if ":" in host else host
    port = parts.port
    if port is not None and port != DEFAULT_PORTS[parts.scheme.lower()]:
        shown = f"{shown}:{port}"
    path = quote(parts.path, safe=_SAFE) or "/"
    return urlunsplit((parts.scheme.lower(), shown, path, quote(parts.query, safe=_SAFE), ""))


def join(base: str, target: str) -> str:
    """The normalised URL that `target` names on a page at `base`, as a Location or href does.

    Raises:
        ValueError: As `normalise`.
    """
    return normalise(urljoin(base, target.strip()))


def ascii_host(host: str) -> str:
    """The host name in lower-case ASCII (IDNA 2003, which every resolver takes).

    Raises:
        ValueError: No such host name can exist.
    """
    try:
        return host.encode("ascii").decode().lower()
    except UnicodeError:
        pass
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValueError(f"{host!r} is no host name: {error}") from None


def host_of(url: str) -> str:
    """`host` or `host:port` of a normalised URL: the unit of politeness and of leases."""
    return urlsplit(url).netloc


def endpoint(url: str) -> tuple[str, int]:
    """Host name and port that a normalised URL connects to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from None
    if parts.scheme.lower() not in DEFAULT_PORTS:
        raise ValueError(f"{url!r} is no http:// or https:// URL")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL carries a user name or password; those would be archived, so they are refused")
    if port == 0:
        raise ValueError(f"{url!r} names port 0")
    return parts
