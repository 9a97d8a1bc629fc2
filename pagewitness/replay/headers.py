"""Headers and content types of replay responses, which restrict a browser to displaying archived content.

Measured in Chromium: without `sandbox` a page still follows <meta refresh>; in a sandbox 'self' still matches, no cookies are sent, and fonts need
Access-Control-Allow-Origin. An iframe or a preconnect that was not rewritten opens a connection to the live host whatever the policy says. So documents
are displayed only in rewritten form, and served as received only as downloads. Cross-Origin-Opener-Policy is set only on our own pages: the HTML Standard
lets a browser reject it on a sandboxed page, which has no script that could use an opener.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from monitor.model import Headers

HeaderList = list[tuple[str, str]]

_SOURCES = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; media-src 'self' data:; "
    "frame-src 'self'; form-action 'none'; base-uri 'none'"
)
_SANDBOX = "sandbox"
# On an origin of its own, archived content may have that origin: nothing else is served there, and a login of a proxy, which a browser sends
# to no opaque origin, reaches images and style sheets.
_OWN_ORIGIN = "allow-same-origin"
# The banner's link "as received" is a download, which a sandbox forbids without allow-downloads. Frames inside the page do not get it.
_DOWNLOADS = "allow-downloads"

OUR_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""The policy of our own pages: no scripts and no foreign resources."""

SCREEN_POLICY = OUR_POLICY.replace("form-action 'none'", "form-action 'self'")
"""The policy of screens, which have forms."""

_FEATURES = (
    "accelerometer autoplay bluetooth browsing-topics camera clipboard-read clipboard-write display-capture encrypted-media fullscreen "
    "geolocation gyroscope hid identity-credentials-get idle-detection local-fonts magnetometer microphone midi payment "
    "picture-in-picture publickey-credentials-get screen-wake-lock serial storage-access usb window-management xr-spatial-tracking"
).split()
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in _FEATURES)

_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Displayed unchanged: they cannot run scripts or load resources.
_PASSIVE = frozenset(
    {"text/plain", "text/csv", "text/css", "application/json", "application/ld+json", "application/vtt", "text/vtt"}
)
_PASSIVE_IMAGES = frozenset(
    f"image/{name}" for name in ("png jpeg gif webp avif apng bmp tiff x-icon vnd.microsoft.icon".split())
)
_FONTS = frozenset(
    {"application/font-woff", "application/font-woff2", "application/vnd.ms-fontobject", "application/x-font-ttf"}
)
_ALIASES = {
    **dict.fromkeys(("image/jpg", "image/pjpeg", "image/jpe"), "image/jpeg"),
    **dict.fromkeys(("image/icon", "image/ico", "application/ico"), "image/x-icon"),
    **dict.fromkeys(("image/x-bmp", "image/x-ms-bmp"), "image/bmp"),
    **dict.fromkeys(("application/x-font-woff", "font/x-woff"), "font/woff"),
    "application/x-font-woff2": "font/woff2",
    "application/x-font-opentype": "font/otf",
    "application/x-font-otf": "font/otf",
    "application/x-font-truetype": "font/ttf",
    "application/font-sfnt": "font/sfnt",
    "image/x-png": "image/png",
}
"""Types that are in use but not registered, and the registered one."""
# Known types in which a browser would run scripts, apply styles or fetch resources: only downloaded, or displayed as text.
_ACTIVE = frozenset(
    "image/svg+xml application/pdf text/xml application/xml application/rss+xml application/atom+xml application/rdf+xml text/javascript "
    "application/javascript application/x-javascript text/markdown text/calendar text/vcard application/zip application/gzip".split()
)
_SHOWN_AS_TEXT = re.compile(r"text/.+|application/(?:.+\+)?xml|application/(?:x-)?javascript|application/.+\+json")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-z0-9_.:\-]{1,40})", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,80}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_MAX_ORIGINAL_BYTES = 16 * 1024
# Python's http.client rejects a response with more than 100 fields, of which about 15 are ours.
_MAX_ORIGINALS = 80
# RFC 9110 §8.3.1: two tokens. The archived value may contain a line break, a NUL byte or letters that are invalid in a header field.
_NO_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9a-z/]")
_MEDIA_TYPE = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]{1,100}/[!#$%&'*+\-.^_`|~0-9a-z]{1,100}")
# Responses with these statuses have no body (RFC 9110 §15.3.5, .6, §15.4.5) or only a part of one (§15.3.7).
_NO_WHOLE_BODY = frozenset({204, 205, 206, 304})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# These require a header field on how to proceed (§15.5.2, .6, .8, .22), which an archive cannot provide; browsers also reject 407 from a server that is no proxy.
_NEED_A_FIELD = frozenset({401, 405, 407, 426})


def replayed_status(status: int | None) -> int:
    """Return the response status for an archived status: the same, if a complete response with a body is valid with it.

    A status that allows no body or is not a final one (200 to 599) becomes 200; so does None. A status that requires a field that is not replayed, such
    as WWW-Authenticate, becomes 403.
    """
    if status is None or not 200 <= status <= 599 or status in _NO_WHOLE_BODY:
        return 200
    return 403 if status in _NEED_A_FIELD else status


def is_redirect(status: int | None) -> bool:
    """Return whether a browser follows the Location field of a response with this status (RFC 9110 §15.4)."""
    return status in _REDIRECTS


def media_type(content_type: str | None) -> str:
    """Return the media type of a Content-Type field in lower case, without parameters and invalid characters; "" if there is none."""
    kind = _NO_TOKEN.sub("", (content_type or "").split(";")[0].lower())
    return kind if _MEDIA_TYPE.fullmatch(kind) else ""


def is_html(content_type: str | None) -> bool:
    return media_type(content_type) in _HTML


def shown_type(content_type: str | None) -> tuple[str, bool]:
    """Return the Content-Type to send for a body that is not rewritten, and whether to send it as a download."""
    kind = media_type(content_type)
    kind = _ALIASES.get(kind, kind)
    if kind in _PASSIVE | _PASSIVE_IMAGES | _FONTS or kind.startswith(("audio/", "video/", "font/")):
        return _with_charset(kind, content_type), False
    if kind == "image/svg+xml":
        return kind, True  # an <img> still displays it; as a document it could load resources
    if _SHOWN_AS_TEXT.fullmatch(kind):
        return _with_charset("text/plain", content_type), False
    return (kind if kind in _ACTIVE else "application/octet-stream"), True


def received_type(content_type: str | None) -> tuple[str, bool]:
    """Return the Content-Type to send for a body as received (`id_`), and whether to send it as a download, as active types are."""
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
    location: str | None = None,
    own_origin: bool = False,
) -> HeaderList:
    """Return all headers of a response with archived content.

    Args:
        url: The page's original URL.
        taken_at: Time of the snapshot.
        originals: The archived response headers; sent only under other names, see `renamed`.
        content_type: The Content-Type to send.
        download: Whether to send it as a download.
        banner: Whether the page contains the banner.
        location: Replay address to which an archived redirect leads; None if it is none.
        own_origin: Whether replay has an origin of its own.
    """
    kind = media_type(content_type)
    embedded = kind not in _HTML and not kind.startswith("text/plain")
    fields = [
        ("Content-Type", content_type),
        ("Content-Security-Policy", policy(banner=banner, own_origin=own_origin)),
        *common_headers(),
        # A sandboxed page has an opaque origin, so resources that it embeds must be readable from any origin. Pages must not be.
        ("Cross-Origin-Resource-Policy", "cross-origin" if embedded else "same-origin"),
        ("Memento-Datetime", format_datetime(taken_at.replace(microsecond=0), usegmt=True)),
        ("Link", f'<{url}>; rel="original"'),
    ]
    if kind.startswith("font/") or kind in _FONTS:
        fields.append(("Access-Control-Allow-Origin", "*"))
    if download:
        fields.append(("Content-Disposition", "attachment"))
    if location is not None:
        fields.append(("Location", location))
    return [*fields, *renamed(tuple(originals))]


def policy(*, banner: bool = False, own_origin: bool = False) -> str:
    """Return the Content-Security-Policy of archived content; the arguments are those of `archive_headers`."""
    flags = [_SANDBOX, *([_DOWNLOADS] if banner else []), *([_OWN_ORIGIN] if own_origin else [])]
    return f"{' '.join(flags)}; {_SOURCES}"


def our_headers() -> HeaderList:
    """Return the headers of our own responses under /replay/: redirects and error pages."""
    return [
        ("Content-Security-Policy", OUR_POLICY),
        *common_headers(),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]


def missing_part_headers() -> HeaderList:
    """Return the headers of our own responses for a part of an archived page, which may be a frame in it."""
    return [("Content-Security-Policy", policy()), *common_headers(), ("Cross-Origin-Resource-Policy", "cross-origin")]


def common_headers() -> HeaderList:
    """Return the headers of every response under /replay/, archived or our own."""
    return [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", _PERMISSIONS),
        ("X-Robots-Tag", "noindex, nofollow, noarchive"),
        ("X-DNS-Prefetch-Control", "off"),
        ("Cache-Control", "no-cache"),
    ]


def renamed(originals: Headers | Sequence[tuple[str, str]]) -> HeaderList:
    """Return the archived headers as X-Archive-Orig-*, without invalid fields and without those beyond 16 KiB or 80 fields."""
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
