"""What a response of another tool's file was requested for: as a page, or as part of one. Pure.

The first statement that is present decides: WARC-Resource-Type (browsertrix-crawler), the request's Sec-Fetch-Dest (browsers), hopsFromSeed (Heritrix). Without
any, as in files of wget and ARC files, a document is what has the content type of one: an HTML page in a frame counts as a page then.
"""

from __future__ import annotations

import mimetypes
from urllib.parse import urlsplit

from monitor.model import Exchange, ExchangeRole, Headers

_DOCUMENTS = frozenset({"text/html", "application/xhtml+xml", "application/pdf"})
_PARTS = ("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript")
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_OF_A_PAGE = frozenset("EIXP")
"""Last hop in Heritrix' path: embedded, inferred (favicon), found in a script, prerequisite. L is a link, R a redirect, and an empty path a seed."""


def role_of(exchange: Exchange, resource_type: str | None, hops: str | None) -> ExchangeRole:
    """Return the role of an exchange with a response: NAVIGATION, REQUISITE or ROBOTS.

    Args:
        exchange: With the headers of its request, if they are known.
        resource_type: Value of WARC-Resource-Type; None without the field.
        hops: Heritrix' path from the seed; None if it is not known.
    """
    if urlsplit(exchange.url).path == "/robots.txt":
        return ExchangeRole.ROBOTS
    destination = _header(exchange.request_headers, "sec-fetch-dest")
    if destination is not None and destination.lower() in _FRAMES:
        return ExchangeRole.REQUISITE
    if resource_type is not None:
        return _navigation_if(resource_type.lower() == "document")
    if destination is not None:
        return _navigation_if(destination.lower() == "document")
    path = None if hops is None else hops.rstrip("R")
    if path is not None and path[-1:] in _OF_A_PAGE:
        return ExchangeRole.REQUISITE
    return _navigation_if(_is_document(exchange))


def _navigation_if(condition: bool) -> ExchangeRole:
    return ExchangeRole.NAVIGATION if condition else ExchangeRole.REQUISITE


def _is_document(exchange: Exchange) -> bool:
    """Return whether a response is that of a document: by its type, and for what is not 200, also by the extension of its URL: a missing image is answered by HTML."""
    media_type = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    is_redirect = exchange.status in range(300, 400)
    if media_type not in _DOCUMENTS and not (is_redirect and not media_type):
        return is_redirect and not _has_extension_of_a_part(exchange.url)
    return exchange.status in range(200, 300) or not _has_extension_of_a_part(exchange.url)


def _has_extension_of_a_part(url: str) -> bool:
    guessed = mimetypes.guess_type(urlsplit(url).path, strict=True)[0] or ""
    return guessed.startswith(_PARTS)


def _header(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name), None)
