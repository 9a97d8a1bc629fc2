"""Converts the URLs of an archived page to replay addresses: decides for each whether it is kept, rewritten or removed."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from monitor.urls import resolve

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_EDGES = "".join(map(chr, range(0x21)))  # C0 controls and space, which browsers strip (URL Standard §4.4)
_INSIDE = str.maketrans("", "", "\t\n\r")
_UNSAFE = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")
_SAFE = "!#$%&'()*+,-./:;=?@[]_~"
# Matches about 90 % of URLs, which need no parsing by the URL Standard's rules.
_PLAIN_URL = re.compile(r"https?://[a-zA-Z0-9.\-]+(?::[0-9]+)?/[!$%&'()*+,\-.0-9:;=?@A-Z_a-z~/#]*")
_PLAIN_PATH = re.compile(r"/[!$%&'()*+,\-.0-9:;=?@A-Z_a-z~][!$%&'()*+,\-.0-9:;=?@A-Z_a-z~/#]*")
_KEPT_SCHEMES = frozenset({"mailto", "tel", "sms", "xmpp", "geo"})
_DATA = {
    "im_": re.compile(r"data:\s*(image|font|application/(x-)?font)", re.IGNORECASE),
    "oe_": re.compile(r"data:\s*(audio|video)/", re.IGNORECASE),
}


class Targets:
    """Converts the URLs of one page to replay addresses.

    Attributes:
        base: The absolute URL against which relative URLs are resolved.
        when: The digits of the snapshot's time; links lead to the same time.
        prefix: Path prefix of replay, with both slashes.
    """

    def __init__(self, base: str, when: str, prefix: str) -> None:
        self.set_base(base)
        self.when = when
        self.prefix = prefix
        self._made: set[str] = set()

    def set_base(self, base: str) -> None:
        """Resolve relative URLs against `base` from now on."""
        self.base = base
        self._known: dict[tuple[str, str], str | None] = {}
        parts = urlsplit(base)
        self._site = f"{parts.scheme}://{parts.netloc}"

    def inside(self) -> Targets:
        """Return a copy for a page embedded in this one, which may have its own base."""
        inner = Targets(self.base, self.when, self.prefix)
        inner._made = self._made
        return inner

    def link(self, raw: str) -> str | None:
        """Return the new value of a link; None if it must be removed (scripts, data, local files, unknown schemes)."""
        return self._to(raw, "")

    def embedded(self, raw: str, kind: str) -> str | None:
        """Return the new URL of an embedded image ("im_"), style sheet ("cs_"), frame ("if_") or other part ("oe_"); None if it must not be loaded."""
        if (data := _DATA.get(kind)) is not None and data.match(_stripped(raw)):
            return raw
        return self._to(raw, kind)

    def absolute(self, raw: str) -> str | None:
        """Return the absolute http or https URL of `raw` on this page, percent-encoded; None if it is not one."""
        return self._absolute(_stripped(raw))

    def _absolute(self, text: str) -> str | None:
        if "/." not in text:
            if _PLAIN_PATH.fullmatch(text):
                return self._site + text
            if _PLAIN_URL.fullmatch(text):
                return text
        scheme = _SCHEME.match(text)
        if scheme is not None and scheme.group(1).lower() not in ("http", "https"):
            return None
        try:
            url = resolve(self.base, text)
        except ValueError:
            return None
        if not url.startswith(("http://", "https://")) or "@" in url.split("/", 3)[2]:
            return None
        return quote(url, safe=_SAFE) if _UNSAFE.search(url) else url

    def _to(self, raw: str, kind: str) -> str | None:
        found = self._known.get((raw, kind), "")
        if found == "":
            found = self._known[raw, kind] = self._made_of(raw, kind)
        return found

    def _made_of(self, raw: str, kind: str) -> str | None:
        text = _stripped(raw)
        if not text or text[0] == "#" or raw in self._made or text.lower() == "about:blank":
            return raw
        url = self._absolute(text)
        if url is None:
            scheme = _SCHEME.match(text)
            return raw if scheme is not None and scheme.group(1).lower() in _KEPT_SCHEMES and not kind else None
        made = f"{self.prefix}{self.when}{kind}/{url}"
        self._made.add(made)
        return made


def _stripped(raw: str) -> str:
    """Return a URL without the characters that browsers remove from it."""
    if raw.isprintable() and " " not in (raw[:1], raw[-1:]):
        return raw  # faster by far
    return raw.strip(_EDGES).translate(_INSIDE)
