"""URL rules: http or https only, normalisation (canonicalisation) for a page's identity, and the host as the unit of politeness.

The query belongs to the identity. Tracking parameters are removed from the targets of links only: `monitor.extraction.link_targets`.
"""

from __future__ import annotations

import ipaddress
import re
import string
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import ada_url

_CARRIES_USERINFO = "the URL carries a user name or password; those would be archived, so they are refused"
_LONGEST_QUOTED = 200
LONGEST = 2000
"""Maximum characters of a URL to watch: within a PostgreSQL index entry (2,704 bytes), and slightly below the limit that browsers had for a long time."""
_LONGEST_NAMED = 60

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986 reserved and unreserved characters, and "%", so that existing escapes stay as they are.
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"
# The part before the authority of an absolute or network-path reference, with the superfluous slashes and white space that browsers accept.
_BEFORE_AUTHORITY = re.compile(r"[\x00-\x20]*+(?:https?:[/\\]*+|(?:[a-z][a-z0-9+.-]*+:)?[/\\]{2,}+)", re.IGNORECASE)
_AFTER_AUTHORITY = re.compile(r"[/\\?#]")
# Userinfo of a URL inside other text. Possessive, and only at the first slash of a run, so that matching takes linear time.
_USERINFO_WITHIN = re.compile(r"(?<![^:<=\"'\s,;])([/\\]{2,}+)[^/\\?#<>\s]*@")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
# Written with or without percent-encoding by browsers, libraries and users (RFC 3986 §2.3; the URL Standard's query percent-encode set; `encodeURIComponent`).
_WRITTEN_EITHER_WAY = frozenset(string.ascii_letters + string.digits + "-._~" + "!'()*[]")
_REMOVED_AS_BROWSERS_DO = str.maketrans("", "", "\t\r\n")
# RFC 1123 labels, and the underscore that some host names in use contain.
_HOST_NAME = re.compile(
    r"(?=.{1,253}\.?$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)


def normalise(url: str) -> str:
    """Return the one form in which a URL is stored and compared.

    Scheme and host in lower case, host in IDNA, default port and fragment dropped, an empty path made "/", a backslash before the query
    made a slash (as browsers do), characters not allowed in a URL percent-encoded. Dot segments, the case of escapes, the query and
    a trailing slash stay as given, because servers distinguish them.

    Raises:
        ValueError: Not an absolute http or https URL, or one that contains a user name or password. The message says which.
    """
    address, mark, query = url.strip().partition("?")
    split = _split(address.replace("\\", "/") + mark + query)
    host = ascii_host(split.hostname or "")
    netloc = f"[{host}]" if ":" in host else host
    port = split.port
    if port is not None and port != DEFAULT_PORTS[split.scheme.lower()]:
        netloc = f"{netloc}:{port}"
    path = quote(split.path, safe=_SAFE) or "/"
    return urlunsplit((split.scheme.lower(), netloc, path, quote(split.query, safe=_SAFE), ""))


def usable(url: str) -> str:
    """Return a URL given by a user (to watch, show or post to), normalised and short enough for every component.

    Raises:
        ValueError: As for `normalise`; or the URL is too long, or contains a lone surrogate.
    """
    if len(url) > LONGEST:
        raise ValueError(f"the URL {url[:_LONGEST_NAMED]!r}… has {len(url):,} characters; it may have {LONGEST:,}")
    try:
        normal = normalise(url)
    except UnicodeEncodeError:
        raise ValueError(f"{url!r} holds half a character (a lone surrogate), which no URL can") from None
    if len(normal) > LONGEST:
        raise ValueError(
            f"{normal[:_LONGEST_NAMED]!r}… has {len(normal):,} characters once escaped; it may have {LONGEST:,}"
        )
    return normal


def resolve(base: str, reference: str) -> str:
    """Return the absolute URL that a reference on a page at `base` refers to, as browsers resolve it (URL Standard §4.4).

    Unlike `normalise`, this removes dot segments. The result can have any scheme.

    Raises:
        ValueError: The result is no URL, or `base` is none.
    """
    try:
        return ada_url.join_url(base, reference)
    except ValueError:
        raise ValueError(f"{_quoted(reference)} is no URL") from None


def document_base(url: str, href: str) -> str:
    """Return the URL against which a page's links are resolved, from its own URL and the `href` of its base element; its own URL if `href` is no reference."""
    try:
        return urljoin(url, href)
    except ValueError:
        return url


def join(base: str, target: str) -> str:
    """Return the normalised URL that the value of a Location field refers to, resolved as by `resolve`.

    Raises:
        ValueError: As for `normalise` and `resolve`.
    """
    if without_userinfo(target) != target.translate(_REMOVED_AS_BROWSERS_DO):
        raise ValueError(_CARRIES_USERINFO)
    if re.fullmatch(r"https?:/*", target.strip(), re.IGNORECASE):
        raise ValueError(f"{_quoted(target)} names no host")
    return normalise(resolve(base, target))


def without_userinfo(url: str, mark: str = "") -> str:
    """Return a URL or reference without its user name and password (RFC 3986 §3.2.1), in any spelling that browsers accept.

    Args:
        url: The text as given; it need not be a valid URL.
        mark: Replacement, "@" included; "" inserts nothing.
    """
    plain = url.translate(_REMOVED_AS_BROWSERS_DO)
    start = _BEFORE_AUTHORITY.match(plain)
    if start is None or "@" not in plain:
        return plain
    end = _AFTER_AUTHORITY.search(plain, start.end())
    at = plain.rfind("@", start.end(), end.start() if end else len(plain))
    if at < 0 and _has_bad_port(plain):
        # The password contains an unescaped slash: the supposed port is the beginning of the password.
        at = plain.rfind("@")
    return plain if at < 0 else f"{plain[: start.end()]}{mark}{plain[at + 1 :]}"


def without_userinfo_within(text: str, mark: str = "") -> str:
    """Return a text, such as the value of a Link field, without the user names and passwords of its URLs; see `without_userinfo`."""
    return _USERINFO_WITHIN.sub(lambda match: f"{match[1]}{mark}", text) if "@" in text else text


def comparable(url: str) -> str:
    """Return a comparison form of a normalised URL, which ignores the percent-encoding of harmless characters and the case of escapes.

    A browser sends "?n=it's" as "?n=it%27s". Delimiters of URL components are never decoded.
    """
    return _ESCAPE.sub(_unescaped, url)


def ascii_host(host: str) -> str:
    """Return the host name in lower-case ASCII (IDNA 2003, which every resolver accepts), an IPv6 address in its short form.

    Raises:
        ValueError: Not a valid host name.
    """
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValueError(f"{host!r} is no host name: {error}") from None
    if not _HOST_NAME.fullmatch(name):
        raise ValueError(f"{host!r} is no host name")
    return name


def host_of(url: str) -> str:
    """Return `host` or `host:port` of a normalised URL: the unit of politeness and of leases."""
    return urlsplit(url).netloc


def bare_host(host: str | None) -> str:
    """Return a host name without "www.", which rarely distinguishes two sites; "" for None."""
    return (host or "").removeprefix("www.")


def endpoint(url: str) -> tuple[str, int]:
    """Return the host name and port that a normalised URL connects to."""
    split = urlsplit(url)
    return split.hostname or "", split.port or DEFAULT_PORTS[split.scheme]


def _split(url: str) -> SplitResult:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        # An invalid port may be part of a password, so it is not quoted.
        raise ValueError(f"{_quoted(url)} is no URL" + ("" if "@" in url else f": {error}")) from None
    if split.scheme.lower() not in DEFAULT_PORTS:
        raise ValueError(f"{_quoted(url)} is no http:// or https:// URL")
    if not split.hostname:
        raise ValueError(f"{_quoted(url)} names no host")
    if split.username is not None or split.password is not None:
        raise ValueError(_CARRIES_USERINFO)
    if port == 0:
        raise ValueError(f"{_quoted(url)} names port 0")
    return split


def _has_bad_port(url: str) -> bool:
    try:
        _ = urlsplit(url.replace("\\", "/")).port
    except ValueError:
        return True
    return False


def _unescaped(escape: re.Match[str]) -> str:
    sign = chr(int(escape[1], 16))
    return sign if sign in _WRITTEN_EITHER_WAY else escape.group().upper()


def _quoted(url: str) -> str:
    """Return a URL for use in a message: without secrets, at most `_LONGEST_QUOTED` characters."""
    plain = without_userinfo(url)
    return repr(plain if len(plain) <= _LONGEST_QUOTED else f"{plain[:_LONGEST_QUOTED]}…")
