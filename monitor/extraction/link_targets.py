"""Normalise link targets: an href without tracking parameters and without parts that change at each check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.extraction.text import folded
from monitor.model import Link

_NOWHERE = re.compile(r"#|javascript:|about:|data:|blob:|void\(", re.IGNORECASE)
# Parameters added by newsletters, advertisers, analytics, sessions, expiring signatures and caches: the response does not depend on them.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source)|mc_[ce]id|_ga|_gl|_hs(?:enc|mi)|gclid|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|igshid"
    r"|phpsessid|jsessionid|aspsessionid\w*|sid|session_?id|nonce|_wpnonce|csrf\w*|__cf_\w+|(?:access_)?token|sig|signature|hmac|expires|key-pair-id|x-amz-[\w-]+"
    r"|_|_t|ts|timestamp|rnd|rand|random|cb|cachebust\w*)=",
    re.IGNORECASE,
)
_SESSION = re.compile(r";jsessionid=[^?#;]*", re.IGNORECASE)
# Cloudflare hides email addresses this way, with a new key in every response: the first byte is the key.
_HIDDEN_MAIL = re.compile(r"/cdn-cgi/l/email-protection#((?:[0-9a-f]{2}){2,})$", re.IGNORECASE)
# Pages saved from a web archive: a 14-digit timestamp, optionally with a replay modifier, before the original URL.
_ARCHIVED = re.compile(
    r"(?:https?:)?(?://[^/]+)?/(?:[\w.-]+/)*\d{14}(?:[a-z]{2}_)?/((?:https?:|mailto:).*)", re.IGNORECASE
)
LONGEST = 2_000
"""Maximum length of a stored target, in characters."""

Label = tuple[str, str, str]
"""A link as written: the text between it and the previous link, its own text, its href."""


def target_of(href: str | None) -> str:
    """Return the normalised target of an href; a relative one stays relative.

    Args:
        href: The attribute as written; None if it is missing.

    Returns:
        The target; "" if it does not lead outside the current page.
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
    """Yield the links of a block that have a text and a target, in order, each at the next occurrence of its text in the block."""
    at, between = 0, ""
    for before, label_text, href in labels:
        between += before
        label, target = folded(label_text), target_of(href)
        if not label or not target:
            between += label_text
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
