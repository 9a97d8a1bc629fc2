"""The authored sites of this folder, all behind one proxy that records what is requested of any host."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.servers import Answer, Received
from tests.support.sites import Site

_SITES = Path(__file__).parent / "sites"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
# Legacy encodings, declared by the page or by @charset only: by file, its encoding and its Content-Type.
_ENCODED = {
    "http://wiki.example/index.html": ("windows-1251", "text/html"),
    "http://wiki.example/skin.css": ("windows-1251", "text/css"),
    "http://hospital.example/index.html": ("gb18030", "text/html"),
    "http://ministry.example/index.html": ("shift_jis", "text/html"),
    "http://ministry.example/css/base.css": ("shift_jis", "text/css"),
}
_COMPRESSED = frozenset({"http://council.example/index.html", "http://council.example/typo3temp/merged.css"})
_REDIRECTS = {
    "http://council.example/fileadmin/mayor.png": "http://cdn.example/moved/mayor-300x200.png",
    "http://cdn.example/moved/mayor-300x200.png": "/final/mayor-300x200.png",
}
_WITHOUT_TYPE = frozenset({"http://cdn.example/fonts/pixel.woff"})
_IMAGE = re.compile(r"([a-z]+)-(\d{1,4})x(\d{1,4})\.(?:png|jpg|webp|gif|avif)$")
_BROWSER_ITSELF = re.compile(r"(?:^|\.)(?:google|googleapis|gstatic|gvt1)\.com$")


class Internet(Site):
    """A proxy that serves `sites/HOST/PATH` for each host, without any connection to others.

    Attributes:
        is_open: Whether requests are answered; if not, they are only recorded.
    """

    is_open = True

    @property
    def proxy(self) -> str:
        """The address of the proxy."""
        return self.url("").rstrip("/")

    def hosts(self) -> set[str]:
        """Return the hosts of all requests so far. Those of the browser itself, for its updates and its clock, are left out: no page refers to them."""
        hosts = {_host(request.path) for request in self.requests}
        return {host for host in hosts if not _BROWSER_ITSELF.search(host)}

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Answer nothing within the block, and forget the requests before it."""
        self.requests.clear()
        self.is_open = False
        try:
            yield
        finally:
            self.is_open = True

    def answer(self, request: Received) -> Answer | None:
        self.requests.append(request)
        if not self.is_open or request.method not in ("GET", "HEAD"):
            return Answer("refused", status=502, content_type="text/plain")
        return answer_for(request.path)


def answer_for(url: str) -> Answer:
    """Return the response for a URL."""
    parts = urlsplit(url)
    if parts.path == "/_next/image":
        return answer_for(f"http://{parts.netloc}{_parameter(parts.query, 'url')}")
    if parts.path == "/load.php":
        return answer_for(f"http://{parts.netloc}/{_parameter(parts.query, 'modules')}.css")
    plain = f"http://{parts.netloc}{parts.path}" + ("index.html" if parts.path.endswith("/") else "")
    if plain in _REDIRECTS:
        return Answer(status=302, headers=[("Location", _REDIRECTS[plain])], content_type=None)
    if drawn := _IMAGE.search(parts.path):
        # All are PNG images: browsers go by the beginning of an image, whatever image type is declared.
        kind = "avif" if parts.path.endswith(".avif") else "png"
        return Answer(draw(drawn[1], int(drawn[2]), int(drawn[3])), content_type=f"image/{kind}")
    path = _SITES / plain.removeprefix("http://")
    path = path if path.is_file() or path.suffix != ".html" else path.with_suffix(".xhtml")
    if not path.is_file() or ".." in path.parts:
        return Answer("Not found", status=404)
    body, content_type = path.read_bytes(), _TYPES[path.suffix]
    if plain in _ENCODED:
        encoding, content_type = _ENCODED[plain]
        body = body.decode().encode(encoding)
    if plain in _COMPRESSED:
        return Answer(gzip.compress(body), headers=[("Content-Encoding", "gzip")], content_type=content_type)
    # Browsers load a font of another origin only with this field.
    fields = [("Access-Control-Allow-Origin", "*")] if path.suffix in (".woff", ".woff2") else []
    return Answer(body, headers=fields, content_type=None if plain in _WITHOUT_TYPE else content_type)


def draw(name: str, width: int, height: int) -> bytes:
    """Return a PNG image of diagonal stripes, whose colours and width depend on the name; sizes of one image look alike."""
    seed = zlib.crc32(name.encode())
    colours = [bytes(64 + (seed >> shift) % 160 for shift in (start, start + 5, start + 11)) for start in (0, 9)]
    stripe = max(width // 12, 2)
    stripes = b"".join(colours[place // stripe % 2] for place in range(width + 2 * stripe))
    lines = (b"\0" + stripes[(skip := y % (2 * stripe) * 3) : skip + width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def pages() -> list[str]:
    """Return the URLs of the authored pages, by host."""
    return sorted(f"http://{folder.name}/" for folder in _SITES.iterdir() if list(folder.glob("index.*html")))


def _parameter(query: str, name: str) -> str:
    return parse_qs(query)[name][0]


def _host(target: str) -> str:
    """Return the host of a request target at a proxy: an absolute URL, or HOST:PORT of CONNECT."""
    return urlsplit(target).hostname or target.rpartition(":")[0]
