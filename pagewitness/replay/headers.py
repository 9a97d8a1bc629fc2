"""What every answer with archived content carries, so that a browser does nothing with it but show it.

Measured in Chromium: without `sandbox` a page still follows <meta refresh>; in a sandbox 'self' still matches, no cookies are sent, and fonts need
Access-Control-Allow-Origin. An iframe or a preconnect that was not rewritten opens a connection to the live host whatever the policy says: so
documents are only ever *shown* rewritten, and as received they come as downloads. Cross-Origin-Opener-Policy is left to our own pages: the HTML
Standard lets a browser refuse it on a sandboxed one, where there is no script that could make use of an opener anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from monitor.model import Headers

HeaderList = list[tuple[str, str]]

_SOURCES = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; media-src 'self'; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'"
)
POLICY = f"sandbox; {_SOURCES}"
# A click on "as received" in the banner is a download, which a sandbox forbids unless told otherwise. Frames inside stay without it.
POLICY_WITH_BANNER = f"sandbox allow-downloads; {_SOURCES}"

OUR_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""For pages of ours: no script, and nothing of anybody else's."""

_FEATURES = (
    "accelerometer autoplay bluetooth browsing-topics camera clipboard-read clipboard-write display-capture encrypted-media fullscreen "
    "geolocation gyroscope hid identity-credentials-get idle-detection local-fonts magnetometer microphone midi payment "
    "picture-in-picture publickey-credentials-get screen-wake-lock serial storage-access usb window-management xr-spatial-tracking"
).split()
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in _FEATURES)

_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Shown as they are: nothing in them can run or load.
_PASSIVE = frozenset(
    {"text/plain", "text/csv", "text/css", "application/json", "application/ld+json", "application/vtt", "text/vtt"}
)
_PASSIVE_IMAGES = frozenset(
    f"image/{name}" for name in ("png jpeg gif webp avif apng bmp tiff x-icon vnd.microsoft.icon".split())
)
_FONTS = frozenset(
    {"application/font-woff", "application/font-woff2", "application/vnd.ms-fontobject", "application/x-font-ttf"}
)
# Known, but a browser would run, style or fetch by them: only ever downloaded, or shown as text.
_ACTIVE = frozenset(
    "image/svg+xml application/pdf text/xml application/xml application/rss+xml application/atom+xml application/rdf+xml text/javascript "
    "application/javascript application/x-javascript text/markdown text/calendar text/vcard application/zip application/gzip".split()
)
_SHOWN_AS_TEXT = re.compile(r"text/.+|application/(?:.+\+)?xml|application/(?:x-)?javascript|application/.+\+json")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-z0-9_.:\-]{1,40})", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,80}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_MAX_ORIGINAL_BYTES = 16 * 1024
# Python's http.client refuses an answer with more than 100 fields, of which some 15 are ours.
_MAX_ORIGINALS = 80
# RFC 9110 §8.3.1: two tokens. What a server sent may hold a line break, a NUL byte or letters that no header field can carry.
_NO_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9a-z/]")
_MEDIA_TYPE = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]{1,100}/[!#$%&'*+\-.^_`|~0-9a-z]{1,100}")
# Answers under these have no body (RFC 9110 §15.3.5, .6, §15.4.5), or would be a part of one (§15.3.7).
_NO_WHOLE_BODY = frozenset({204, 205, 206, 304})
# These must say how to go on (§15.5.2, .6, .8, .22), which an archive cannot; browsers even refuse 407 from what is no proxy.
_NEED_A_FIELD = frozenset({401, 405, 407, 426})


def replayed_status(status: int | None) -> int:
    """The status to answer with for an archived one: the same, unless no complete answer with a body is valid under it.

    One that means no body, or is none of HTTP's final ones (200 to 599), becomes 200; one that needs a field that is not replayed, such as
    WWW-Authenticate, becomes 403.
    """
    if status is None or not 200 <= status <= 599 or status in _NO_WHOLE_BODY:
        return 200
    return 403 if status in _NEED_A_FIELD else status


def media_type(content_type: str | None) -> str:
    """The bare type of a Content-Type field, lower case, without what no header field can carry; "" where there is none."""
    kind = _NO_TOKEN.sub("", (content_type or "").split(";")[0].lower())
    return kind if _MEDIA_TYPE.fullmatch(kind) else ""


def is_html(content_type: str | None) -> bool:
    return media_type(content_type) in _HTML


def shown_type(content_type: str | None) -> tuple[str, bool]:
    """How a body that is not rewritten is shown: the Content-Type to send, and whether as a download."""
    kind = media_type(content_type)
    if kind in _PASSIVE | _PASSIVE_IMAGES | _FONTS or kind.startswith(("audio/", "video/", "font/")):
        return _with_charset(kind, content_type), False
    if kind == "image/svg+xml":
        return kind, True  # an <img> does not mind; as a document of its own it could load
    if _SHOWN_AS_TEXT.fullmatch(kind):
        return _with_charset("text/plain", content_type), False
    return (kind if kind in _ACTIVE else "application/octet-stream"), True


def received_type(content_type: str | None) -> tuple[str, bool]:
    """The same for a body as received (`id_`): the type it came with, and a download for everything that a browser would act on."""
    kind = media_type(content_type)
    if kind in _HTML | _ACTIVE:
        return _with_charset(kind, content_type), True
    shown, download = shown_type(content_type)
    return (
        (shown, download) if shown.startswith(kind or "?") else (_with_charset("application/octet-stream", None), True)
    )


def archive_headers(
    url: str,
    taken_at: datetime,
    originals: Iterable[tuple[str, str]],
    *,
    content_type: str,
    download: bool = False,
    banner: bool = False,
) -> HeaderList:
    """All headers of an answer with archived content.

    Args:
        url: The page's original URL.
        taken_at: When it was captured.
        originals: The response headers as archived; passed on under other names only.
        content_type: What to send it as.
        download: Whether a browser is to save it.
        banner: Whether it is a page with our banner.
    """
    kind = media_type(content_type)
    embedded = kind not in _HTML and not kind.startswith("text/plain")
    fields = [
        ("Content-Type", content_type),
        ("Content-Security-Policy", POLICY_WITH_BANNER if banner else POLICY),
        *common_headers(),
        # A sandboxed page is of no origin, not even ours, so what it embeds must be open to any. Pages themselves are not.
        ("Cross-Origin-Resource-Policy", "cross-origin" if embedded else "same-origin"),
        ("Memento-Datetime", format_datetime(taken_at.replace(microsecond=0), usegmt=True)),
        ("Link", f'<{url}>; rel="original"'),
    ]
    if kind.startswith("font/") or kind in _FONTS:
        fields.append(("Access-Control-Allow-Origin", "*"))
    if download:
        fields.append(("Content-Disposition", "attachment"))
    return [*fields, *renamed(tuple(originals))]


def our_headers() -> HeaderList:
    """All headers of an answer under /replay/ that is ours: a redirect, or a page that says why there is nothing."""
    return [("Content-Security-Policy", OUR_POLICY), *common_headers()]


def missing_part_headers() -> HeaderList:
    """The same for a part of an archived page, which may be a frame in it."""
    return [("Content-Security-Policy", POLICY), *common_headers()]


def common_headers() -> HeaderList:
    """What every answer under /replay/ carries, archived or ours."""
    return [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", _PERMISSIONS),
        ("X-Robots-Tag", "noindex, nofollow, noarchive"),
        ("X-DNS-Prefetch-Control", "off"),
        ("Cache-Control", "no-cache"),
    ]


def renamed(originals: Headers | Sequence[tuple[str, str]]) -> HeaderList:
    """The archived headers as X-Archive-Orig-*; those that cannot be sent, and what exceeds 16 KiB or 80 fields, left out."""
    fields: HeaderList = []
    room = _MAX_ORIGINAL_BYTES
    for name, value in originals:
        stripped = value.strip(" \t")
        room -= len(name) + len(stripped)
        if room >= 0 and len(fields) < _MAX_ORIGINALS and _NAME.fullmatch(name) and _VALUE.fullmatch(stripped):
            fields.append((f"X-Archive-Orig-{name}", stripped))
    return fields


def _with_charset(kind: str, content_type: str | None) -> str:
    found = _CHARSET.search(content_type or "")
    return (
        f"{kind}; charset={found.group(1)}"
        if found and (kind.startswith("text/") or "json" in kind or "xml" in kind)
        else kind
    )
