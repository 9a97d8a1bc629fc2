"""Hostile SVG documents, and fonts."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from tests.pagewitness.replay.hostile_web.traps import File, HostilePage, Traps

_SVG = "image/svg+xml"
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:h="http://www.w3.org/1999/xhtml"'
_WOFF = Path(__file__).parents[1] / "fidelity/sites/cdn.example/fonts/pixel.woff"


def _svg(content: str, attributes: str = "") -> str:
    return f'<svg {_NAMESPACES} width="90" height="90" {attributes}>{content}</svg>'


def drawings() -> HostilePage:
    """Return SVG documents that are opened, framed, embedded and used as images."""
    traps = Traps()
    url, script = traps.url, traps.script
    files = {
        "/script.svg": File(_svg(f"<title>Quiet</title><script>{script('svg-script')}</script>"), _SVG),
        "/load.svg": File(_svg("<title>Quiet</title>", f'onload="{script("svg-onload")}"'), _SVG),
        "/foreign.svg": File(
            _svg(
                f'<foreignObject width="90" height="90"><h:iframe src="{url("foreign-frame", "x.html")}"/><h:img src="{url("foreign-image", "x.html")}" onerror="{script("foreign-onerror")}"/>'
                f"<h:script>{script('foreign-script')}</h:script><h:link rel=\"stylesheet\" href=\"{url('foreign-link', 'x.css')}\"/></foreignObject>"
            ),
            _SVG,
        ),
        "/styles.svg": File(
            f'<?xml-stylesheet href="{url("xml-stylesheet", "x.css")}" type="text/css"?>'
            + _svg(
                f"<style>@import '{url('svg-import', 'x.css')}';@font-face{{font-family:f;src:url({url('svg-font', 'f.woff')})}}text{{font-family:f}}"
                f"rect{{filter:url({url('svg-css-filter', 'x.svg#a', inert=True)})}}</style><text y='20'>A</text><rect width='9' height='9' fill='url({url('svg-fill', 'x.svg#a')})'/>"
                f"<image width='9' height='9' href='{url('svg-image')}'/><image width='9' height='9' xlink:href='{url('svg-xlink')}'/>"
                f"<filter id='f'><feImage href='{url('fe-image')}'/></filter><rect width='9' height='9' filter='url(#f)'/>"
                f"<use href='{url('use-of-other-host', 'x.svg#a', inert=True)}'/>"
            ),
            _SVG,
        ),
        "/animate.svg": File(
            _svg(
                f"<a><set attributeName='href' to=\"javascript:{script('set-href')}\"/><text y='20'>A</text></a>"
                f"<animate attributeName='x' dur='1ms' onend=\"{script('onend')}\" onbegin=\"{script('onbegin')}\"/>"
                f"<image width='9' height='9'><set attributeName='href' to='{url('set-image')}'/></image>"
            ),
            _SVG,
        ),
        "/animate-link.svg": File(
            _svg(
                f"<a href='#x'><animate attributeName='href' values=\"javascript:{script('animate-href')}\" begin='0s' dur='99s'/><text y='40'>A</text></a>"
            ),
            _SVG,
        ),
        "/xlink.svg": File(_svg(f"<a xlink:href=\"javascript:{script('xlink-javascript')}\"><text y='60'>A</text></a>"), _SVG),
        "/bomb.svg": File(
            '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
            + "".join(f'<!ENTITY {name} "{f"&{prior};" * 20}">' for prior, name in zip("abcdefgh", "bcdefghi", strict=True))
            + f"<!ENTITY x SYSTEM \"{url('external-entity', 'x', inert=True)}\"><!ENTITY s '<script xmlns=\"http://www.w3.org/2000/svg\">{script('entity-script', inert=True).replace(chr(39), '&#34;')}</script>'>]>"
            + _svg("<text>&i;&x;&s;</text>"),
            _SVG,
        ),
        "/entity.svg": File(
            f"<!DOCTYPE svg [<!ENTITY s '<script>{script('small-entity').replace(chr(39), '&#34;')}</script>'>]>" + _svg("&s;<title>Quiet</title>"),
            _SVG,
        ),
        "/xslt.xml": File(
            '<?xml-stylesheet type="text/xsl" href="sheet.xsl"?><a/>', "text/xml"
        ),
        "/sheet.xsl": File(
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html><body>'
            f"<img src=\"{url('xslt', inert=True)}\"/><script>{script('xslt-script', inert=True)}</script></body></html></xsl:template></xsl:stylesheet>",
            "text/xsl",
        ),
    }  # fmt: skip
    documents = tuple(path for path in files if path != "/sheet.xsl")
    embedded = "".join(
        f"<iframe src={path}></iframe><object data={path}></object><embed src={path}><img src={path}>"
        for path in documents
    )
    return traps.page("drawings", {"/": File(embedded), **files}, ("/", *documents), clicks="a")


def sprites() -> HostilePage:
    """Return a page whose masks and sprites, which replay inserts into it, are hostile."""
    traps = Traps()
    url, script = traps.url, traps.script
    symbol = (
        f'<symbol id="cart" onload="{script("sprite-symbol", inert=True)}"><image href="{url("sprite-image")}" width="9" height="9" onerror="{script("sprite-onerror", inert=True)}"/>'
        f'<a href="javascript:{script("sprite-link", inert=True)}"><rect width="90" height="90" style="fill:url({url("sprite-style", "x.svg#a")})"/></a>'
        f'<set attributeName="href" to="javascript:{script("sprite-set", inert=True)}"/></symbol>'
    )
    sprite = _svg(
        f"<script>{script('sprite-script', inert=True)}</script>{symbol}</svg></div></body><img src=\"{url('sprite-breakout', inert=True)}\"/>"
        .replace("</svg></div></body>", "<desc><![CDATA[</svg></div></body>]]></desc>")
        + f"<foreignObject><h:iframe src=\"{url('sprite-frame', 'x.html', inert=True)}\"/></foreignObject>",
        'id="top" style="position:fixed!important;inset:0"',
    )  # fmt: skip
    styled = _svg(f"<style>body{{background:url({url('sprite-css', inert=True)})}}</style><g id='s'/>")
    prefixed = (
        f'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:style>p{{background:url({url("prefixed-css", inert=True)})}}</s:style>'
        f'<s:g id="s"/><s:script>{script("prefixed-script", inert=True)}</s:script></s:svg>'
    )
    mask = _svg(
        f"<script>{script('mask-script', inert=True)}</script><image href='{url('mask-image', inert=True)}'/><rect width='9' height='9'/>"
    )
    files = {
        "/": File(
            "<!doctype html><title>Quiet</title><style>i{display:block;width:40px;height:40px;background:#000}"
            ".a{mask:url(mask.svg)}.b{-webkit-mask-image:url(html-mask.svg)}.c{mask:url(type.svg)}</style><i class=a></i><i class=b></i><i class=c></i>"
            "<svg width=40 height=40><use href=sprite.svg#cart></use></svg><svg><use href=styled.svg#s /></svg><svg><use href=prefixed.svg#s /></svg>"
            "<svg><use href=html.svg#s /></svg><svg><use xlink:href='sprite.svg#top'/></svg>"
        ),
        "/sprite.svg": File(sprite, _SVG),
        "/styled.svg": File(styled, _SVG),
        "/prefixed.svg": File(prefixed, _SVG),
        "/html.svg": File(
            f"<body><svg id=s></svg></body><script>{script('html-sprite', inert=True)}</script><img src={url('html-sprite-image', inert=True)}>",
            _SVG,
        ),
        "/mask.svg": File(mask, _SVG),
        "/html-mask.svg": File(f"<script>{script('html-mask', inert=True)}</script>", "text/html"),
        "/type.svg": File(mask, f'image/svg+xml");background:url({url("type-breakout", inert=True)}'),
        "/open.svg": File(_svg(f"<script>{script('opened-sprite')}</script>"), _SVG),
    }
    return traps.page("sprites", files, ("/", "/open.svg"), clicks="a")


def fonts() -> HostilePage:
    """Return a page with fonts of which one has SVG glyphs with a script, and others are no fonts. The controls are the requests for the fonts themselves."""
    traps = Traps()
    glyph = _svg(f"<script>{traps.script('glyph-script', inert=True)}</script><image href='{traps.url('glyph-image', inert=True)}'/>", 'id="glyph1"')  # fmt: skip
    sfnt = with_svg_table(_WOFF.read_bytes(), glyph.encode())
    html = f"<script>{traps.script('html-font', inert=True)}</script>"
    fields = (("Access-Control-Allow-Origin", "*"), ("Link", f"<{traps.url('link-of-font')}>; rel=preload; as=image"))
    files = {
        "svg.otf": File(sfnt, "font/otf", fields),
        "cut.woff": File(_WOFF.read_bytes()[:200], "font/woff", fields),
        "bomb.woff": File(_bomb(_WOFF.read_bytes()), "font/woff", fields),
        "html.woff2": File(html, "text/html", fields),
        "font.svg": File(_svg(f"<font id='f'><font-face/></font><script>{traps.script('font-as-svg', inert=True)}</script>"), _SVG, fields),
    }  # fmt: skip
    faces = "".join(
        f"@font-face{{font-family:f{n};src:url({name})}}.f{n}{{font-family:f{n}}}" for n, name in enumerate(files)
    )
    text = "".join(f"<p class=f{n}>ABC abc</p>" for n in range(len(files)))
    page = File(f"<!doctype html><title>Quiet</title><style>{faces}</style>{text}<img src={traps.url('beside-fonts')}>")
    return traps.page("fonts", {"/": page, **{f"/{name}": file for name, file in files.items()}})


def with_svg_table(woff: bytes, document: bytes) -> bytes:
    """Return a WOFF font as OpenType with a table of SVG glyphs, which shows `document` for the first 200 glyphs."""
    tables = _tables(woff)
    entry = struct.pack(">HHII", 0, 199, 12 + 2, len(document))
    tables[b"SVG "] = struct.pack(">HII", 0, 10, 0) + struct.pack(">H", 1) + entry + document
    directory, data = b"", b""
    begin = 12 + 16 * len(tables)
    for tag, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += tag + struct.pack(">III", checksum, begin + len(data), len(table))
        data += padded
    power = 1 << (len(tables).bit_length() - 1)
    head = struct.pack(">HHHH", len(tables), power * 16, power.bit_length() - 1, (len(tables) - power) * 16)
    return woff[4:8] + head + directory + data


def _tables(woff: bytes) -> dict[bytes, bytes]:
    """Return the tables of a WOFF font by tag (WOFF File Format 1.0 §4)."""
    tables = {}
    for place in range(44, 44 + 20 * struct.unpack_from(">H", woff, 12)[0], 20):
        tag, offset, packed, length, _ = struct.unpack_from(">4sIIII", woff, place)
        data = woff[offset : offset + packed]
        tables[tag] = zlib.decompress(data) if packed < length else data
    return tables


def _bomb(woff: bytes) -> bytes:
    """Return the font with the header of a font of 4 GB."""
    return woff[:16] + b"\xff\xff\xff\xff" + woff[20:]
