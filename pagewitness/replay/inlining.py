"""Inserts into rewritten content the parts that a browser does not load in a sandbox with an opaque origin: masks of style sheets, and external SVG sprites.

Both are requested with CORS, for which images would have to be readable by any website. Nothing is inserted with a separate origin of replay, where both
are of the same origin.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from html import unescape

from monitor.urls import normalise
from pagewitness.replay.address import moment
from pagewitness.replay.headers import media_type, shown_type
from pagewitness.replay.rewrite import RewrittenPage
from storage.queries.exchange_lookup import ArchivedExchange
from storage.queries.history import History

_MASK = re.compile(
    rb"(?<![\w\-])(?:(?:-webkit-)?mask(?:-image|-border(?:-source)?|-box-image(?:-source)?)?|shape-outside)\s{0,9}:",
    re.IGNORECASE,
)
_MASK_NAMES, _VENDOR = (b"mask", b"shape-outside"), b"-webkit-"
# As `rewrite` writes it, in a style sheet or a style attribute, with what may be before it in a declaration.
_MASK_URL = re.compile(
    rb"[^;{}\"'&]{0,200}?url\([ \t]{0,9}(\"|&quot;)/replay/(?:~[\w-]{1,80}/)?(\d{14,20})im_/([^\"\s<>\\]{1,2000}?)\1[ \t]{0,9}\)",
    re.IGNORECASE,
)
_SPRITE = re.compile(
    rb"(<use\b[^<>]{0,500}?\s(?:xlink:)?href=\")/replay/(?:~[\w-]{1,80}/)?(\d{14,20})oe_/([^\"#\s<>]{1,2000})(#[^\"\s<>]{1,200}\")"
)
_SVG = "image/svg+xml"
# With `contain`, no element of a sprite gets out of it, whatever its position.
_HIDDEN = b'<div aria-hidden="true" style="position:absolute;width:0;height:0;overflow:hidden;contain:strict">%s</div>'
_MASKS, _MASK_BYTES, _INSERTED_BYTES = 50, 64 * 1024, 1024 * 1024
"""Maximum number of different masks, bytes of one, and bytes of what is inserted, in one response."""
_SPRITES, _SPRITE_BYTES = 5, 512 * 1024
"""Maximum number of sprites, and bytes of one, in one page."""


class Inliner:
    """Inserts the parts of one response.

    Attributes:
        history: The archive, in which the parts are found.
        rewrite_drawing: Rewrites an SVG document as a page.
    """

    def __init__(self, history: History, rewrite_drawing: Callable[[ArchivedExchange, bytes], bytes]) -> None:
        self.history = history
        self.rewrite_drawing = rewrite_drawing
        self._masks: dict[tuple[bytes, bytes], bytes | None] = {}
        self._left = _INSERTED_BYTES

    def style_sheet(self, css: bytes) -> bytes:
        """Return a rewritten style sheet, or page, with masks as data: URLs; those that are not archived or too long stay as they are."""
        made, end = [], 0
        for declaration in _masks(css):
            place = declaration.end()
            while place >= end and (found := _MASK_URL.match(css, place)) is not None:
                data = self._mask(found[2], found[3])
                if data is not None and len(data) <= self._left:
                    self._left -= len(data)
                    made += [css[end : found.end(1)], data, found[1] + b")"]
                    end = found.end()
                place = found.end()
        return b"".join([*made, css[end:]])

    def page(self, page: RewrittenPage) -> RewrittenPage:
        """Return a rewritten page with masks as data: URLs, and with the external SVG sprites that it uses at its end, below the banner."""
        content = self.style_sheet(page.content)
        if page.banner_at is None:
            return page._replace(content=content)
        sprites: dict[bytes, bytes | None] = {}

        def point(use: re.Match[bytes]) -> bytes:
            url = use[3]
            if url not in sprites:
                sprites[url] = self._sprite(use[2], url) if len(sprites) < _SPRITES else None
            return use[1] + use[4] if sprites[url] is not None else use[0]

        content = _SPRITE.sub(point, content)
        inserted = b"".join(filter(None, sprites.values()))
        end = len(content) - (len(page.content) - page.banner_at)
        content = b"".join((content[:end], _HIDDEN % inserted if inserted else b"", content[end:]))
        return page._replace(content=content, banner_at=len(content) - (len(page.content) - page.banner_at))

    def _mask(self, when: bytes, url: bytes) -> bytes | None:
        """Return an image as a data: URL; None if it cannot be inserted."""
        key = (when, url)
        if key not in self._masks:
            found = self._found(when, url, _MASK_BYTES) if len(self._masks) < _MASKS else None
            kind = shown_type(found[0].exchange.header("Content-Type"))[0] if found is not None else ""
            is_image = found is not None and kind.startswith("image/")
            self._masks[key] = (
                f"data:{kind};base64,".encode() + base64.b64encode(found[1]) if found and is_image else None
            )
        return self._masks[key]

    def _sprite(self, when: bytes, url: bytes) -> bytes | None:
        """Return the elements of an SVG document; None if it cannot be inserted. Its style sheets would apply to the page."""
        found = self._found(when, url, _SPRITE_BYTES)
        if found is None or media_type(found[0].exchange.header("Content-Type")) != _SVG:
            return None
        drawing = self.rewrite_drawing(*found).partition(b"<body>")[2].rpartition(b"</body>")[0]
        return drawing if drawing.startswith(b"<svg") and b"<style" not in drawing else None

    def _found(self, when: bytes, url: bytes, most: int) -> tuple[ArchivedExchange, bytes] | None:
        """Return an exchange with its body, if it was successful and the body is not longer than `most`."""
        try:
            address = normalise(unescape(url.decode("ascii")))
            found = self.history.nearest_exchange(address, moment(when.decode("ascii").ljust(20, "0")))
        except ValueError:
            return None
        if found is None or found.exchange.status != 200 or found.body_sha256 is None:
            return None
        if self.history.body_length(found.body_sha256) > most:
            return None
        return found, self.history.body(found.body_sha256)


def _masks(css: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the matches of `_MASK` in order. It is tried at its names only: searching a page for it takes twenty times as long."""
    lowered = css.lower()
    places: list[int] = []
    for name in _MASK_NAMES:
        place = lowered.find(name)
        while place >= 0:
            is_vendors = lowered.startswith(_VENDOR, place - len(_VENDOR)) if place >= len(_VENDOR) else False
            places.append(place - len(_VENDOR) if is_vendors else place)
            place = lowered.find(name, place + len(name))
    for place in sorted(places):
        if (found := _MASK.match(css, place)) is not None:
            yield found
