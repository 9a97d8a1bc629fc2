"""Where a link leads, as far as a reader would care: an href without what is only there to track who follows it, or drawn anew at each look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.extraction.text import folded
from monitor.model import Link

_NOWHERE = re.compile(r"#|javascript:|about:|data:|blob:|void\(", re.IGNORECASE)
# Added by newsletters, advertisers, analytics, sessions, signatures that run out and caches: servers answer the same, or would without them.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source)|mc_[ce]id|_ga|_gl|_hs(?:enc|mi)|gclid|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|igshid"
    r"|phpsessid|jsessionid|aspsessionid\w*|sid|session_?id|nonce|_wpnonce|csrf\w*|__cf_\w+|(?:access_)?token|sig|signature|hmac|expires|key-pair-id|x-amz-[\w-]+"
    r"|_|_t|ts|timestamp|rnd|rand|random|cb|cachebust\w*)=",
    re.IGNORECASE,
)
_SESSION = re.compile(r";jsessionid=[^?#;]*", re.IGNORECASE)
# Cloudflare hides addresses of mail so, with a key drawn anew for every answer: the first byte is the key.
_HIDDEN_MAIL = re.compile(r"/cdn-cgi/l/email-protection#((?:[0-9a-f]{2}){2,})$", re.IGNORECASE)
# Pages saved from a web archive: a 14-digit time, perhaps with a mark of how to replay, before the address itself.
_ARCHIVED = re.compile(
    r"(?:https?:)?(?://[^/]+)?/(?:[\w.-]+/)*\d{14}(?:[a-z]{2}_)?/((?:https?:|mailto:).*)", re.IGNORECASE
)
LONGEST = 2_000
"""Characters of a target that are kept."""

Label = tuple[str, str, str]
"""A link as written: what stands between it and the one before it, what it says, its href."""


def target_of(href: str | None) -> str:
    """Where an href leads, relative where it is written so.

    Args:
        href: The attribute as written; None where there is none.

    Returns:
        "" where it leads nowhere outside the page as it stands.
    """
    if not href:
        return ""
    target = "".join(href.split()) if "\n" in href or "\t" in href else href.strip()
    if not target or _NOWHERE.match(target):
        return ""
    if "/20" in target and (archived := _ARCHIVED.fullmatch(target)):
        target = archived[1]
    if "?" in target:
        target = _untracked(target)
    if ";" in target:
        target = _SESSION.sub("", target)
    if "cdn-cgi" in target and (hidden := _HIDDEN_MAIL.search(target)):
        target = _mail(bytes.fromhex(hidden[1]))
    return target[:LONGEST]


def placed(text: str, labels: Iterable[Label]) -> Iterator[Link]:
    """The links of a block that say something and lead anywhere, in order, each where what it says stands next in the block's text."""
    at, between = 0, ""
    for before, said, href in labels:
        between += before
        label, target = folded(said), target_of(href)
        if not label or not target:
            between += said
            continue
        start = text.find(label, at + len(folded(between)))
        between = ""
        if start >= 0:
            at = start + len(label)
            yield Link(start, at, target)


def _untracked(target: str) -> str:
    place, _, rest = target.partition("?")
    query, mark, fragment = rest.partition("#")
    kept = "&".join(part for part in query.split("&") if not _TRACKING.match(part))
    return place + (f"?{kept}" if kept else "") + mark + fragment


def _mail(hidden: bytes) -> str:
    key, *letters = hidden
    return f"mailto:{bytes(letter ^ key for letter in letters).decode('utf-8', 'replace')}"
