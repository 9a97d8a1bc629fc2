"""Sort-friendly URLs (SURT): the lookup key under which web archives index a URL.

`https://www.Example.org:443/News/?b=2&a=1` has the key `org,example)/news?a=1&b=2`. URLs with the same key are treated as one address: scheme, "www.",
letter case, default port, session identifiers, the order of query parameters and a trailing slash do not distinguish them. The rules are
those of the Internet Archive's URL canonicalisation, so that a CDX index of ours sorts and joins like those of other archives.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from monitor.urls import DEFAULT_PORTS

LONGEST = 1_000
"""Maximum characters of a key; a longer one ends with a digest of the whole, so that distinct URLs keep distinct keys."""

_WWW = re.compile(r"www\d*\.")
# Session identifiers in paths (`;jsessionid=…`, `/(S(…))/`) and queries, as the Internet Archive's canonicalisation strips them.
_PATH_SESSION = re.compile(r";jsessionid=[0-9a-z]{32}(?:\.[^/?]*+)?+|/\((?:[a-z]\([0-9a-z]{24}\))++\)(?=/)")
_QUERY_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cf(?:id|token)=[^&]*+"
)
_SAFE = "!$&'()*+,;=:@/-._~|"
_DIGEST_CHARACTERS = 16


def surt(url: str) -> str:
    """Return the SURT key of a normalised http or https URL, ASCII, at most `LONGEST` characters; of any other text, the text percent-encoded."""
    try:
        parts = urlsplit(url.lower())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        # The target of a redirect is archived as received, whatever it is.
        return _shortened(quote(url, safe=_SAFE, errors="replace"))
    labels = _WWW.sub("", host, count=1) if _WWW.match(host) else host
    key = ",".join(reversed(labels.split("."))) if ":" not in host and not host.replace(".", "").isdigit() else host
    if parts.port is not None and parts.port != DEFAULT_PORTS.get(parts.scheme):
        key += f":{parts.port}"
    path = _PATH_SESSION.sub("", _escaped(parts.path))
    if path.endswith("/"):
        path = path.rstrip("/")
    key += f"){path or '/'}"
    parameters = sorted(
        part for part in _escaped(parts.query).split("&") if part and not _QUERY_SESSION.fullmatch(part)
    )
    if parameters:
        key += "?" + "&".join(parameters)
    return _shortened(key if key.isascii() else quote(key, safe=_SAFE + "%?)", errors="replace"))


def prefix_of(url: str) -> str:
    """Return the prefix of the keys of all URLs below a normalised URL: its own key, without the slash of an empty path."""
    key = surt(url)
    return key.removesuffix("/") if key.endswith(")/") else key


def number_of(key: str) -> int:
    """Return the first 64 bits of the key's SHA-256 as a signed integer: a short index key. Different keys may share it."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)


def _escaped(text: str) -> str:
    """Return a path or query in one spelling of its percent-encoding: decoded as far as it stays ASCII text that cannot be mistaken for a delimiter."""
    if "%" not in text:
        return quote(text, safe=_SAFE + "%?", errors="replace")
    plain = unquote_to_bytes(text)
    return quote(plain, safe=_SAFE).lower()


def _shortened(key: str) -> str:
    if len(key) <= LONGEST:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{key[: LONGEST - _DIGEST_CHARACTERS - 1]}~{digest}"
