"""Files of two formats, wrong content types, legacy encodings, and PDF documents with actions."""

from __future__ import annotations

from tests.pagewitness.replay.hostile_web.traps import File, HostilePage, Traps

_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def _jis(script: str) -> bytes:
    """Return HTML in whose second title a script is markup if the escape sequences are those of ISO-2022-JP."""
    handler = script.replace("new Image", "new/**/Image").encode()
    return (
        b'<title>Quiet</title><p title="\x1b$B">\x1b(B<p title="><img src=/none onerror=' + handler + b'>">85 members'
    )


def polyglots() -> HostilePage:
    """Return documents that are HTML, or scripts, under another name, opened by themselves and used as images, scripts and frames."""
    traps = Traps()

    def html(name: str, *, inert: bool = False) -> str:
        return f"<html><title>Quiet</title><script>{traps.script(name, inert=inert)}</script><p>85 members"

    xhtml = f"<r><html {_XHTML}><script>{{}}</script></html></r>"
    script = traps.script("gif-as-script")
    files = {
        "/no-type": File(html("html-without-type"), None),
        "/odd-type": File(html("html-of-unknown-type"), "unknown/unknown"),
        "/any-type": File(html("html-of-any-type"), "*/*"),
        "/broken-type": File(html("html-of-broken-type"), "text"),
        "/image.png": File(html("html-as-png", inert=True), "image/png"),
        "/text.txt": File(html("html-as-text", inert=True), "text/plain"),
        "/data.json": File('{"name":"' + html("html-in-json", inert=True) + '"}', "application/json"),
        "/data": File('{"name":"' + html("json-as-html") + '"}', "text/html"),
        "/data.js": File(html("html-as-script", inert=True), "text/javascript"),
        "/style": File(f"p{{content:'{html('css-as-html')}'}}", "text/html"),
        "/a.pdf": File("%PDF-1.7\n" + html("pdf-as-html"), "text/html"),
        "/b.pdf": File("%PDF-1.7\n" + html("html-in-pdf-without-type", inert=True), None),
        "/page.gif": File(b"GIF89a/*" + html("gif-as-html").encode() + b"*/", "text/html"),
        "/script.gif": File(b"GIF89a/*\x01\x00\x01\x00\x80*/=1;" + script.encode(), None),
        "/a.xml": File(xhtml.format(traps.script("xhtml-in-xml")), "text/xml"),
        "/a.rss": File(xhtml.format(traps.script("xhtml-in-rss", inert=True)), "application/rss+xml"),
        "/a.odd": File(xhtml.format(traps.script("xhtml-in-odd-xml", inert=True)), "application/x-odd+xml"),
        "/xhtml": File(f"<?xml version='1.0'?><html {_XHTML}><head><title>Quiet</title></head><body onload=\"{traps.script('xhtml-handler')}\"/></html>", "application/xhtml+xml"),
        "/mixed": File("--b\r\nContent-Type: text/html\r\n\r\n" + html("multipart", inert=True) + "\r\n--b--", "multipart/x-mixed-replace; boundary=b"),
        "/a.mht": File("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" + html("mhtml", inert=True) + "\r\n--b--", "multipart/related"),
        "/utf16": File(html("utf-16-html").encode("utf-16"), "text/html"),
        "/utf7": File(f"<meta charset=utf-7><p>+ADw-script+AD4-{traps.script('utf-7-html', inert=True)}+ADw-/script+AD4-", "text/html; charset=utf-7"),
        # Where no encoding is declared, Chromium detects ISO-2022-JP from its escape sequences: the first title then ends where the second begins.
        "/jis": File(
            _jis(traps.script("iso-2022-jp-detected", inert=True)), "text/html"
        ),
        "/jis-declared": File(_jis(traps.script("iso-2022-jp-declared")), "text/html; charset=iso-2022-jp"),
        "/sjis": File(b'<title>Quiet</title><p title="\x83"><p title=" onmouseover=1><script>' + traps.script("shift-jis-html", inert=True).encode() + b"</script>", "text/html; charset=shift_jis"),
        "/head": File(html("html-of-404"), "text/html", (), 404),
        "/attachment": File(html("attachment", inert=True), "text/html", (("Content-Disposition", "attachment"),)),
    }  # fmt: skip
    embedded = "".join(
        f"<img src={path}><script src={path}></script><iframe src={path}></iframe><link rel=stylesheet href={path}>"
        for path in files
        if path not in ("/attachment", "/mixed", "/a.mht")
    )
    # A download is no page.
    entries = tuple(path for path in files if path not in ("/attachment", "/b.pdf", "/mixed", "/a.mht", "/a.odd"))
    return traps.page("polyglots", {"/": File(embedded), **files}, ("/", *entries))


def documents() -> HostilePage:
    """Return a page that links and embeds PDF documents with actions. The controls are an image, and that the documents are requested."""
    traps = Traps()
    action = (
        f"<</S/JavaScript/JS({traps.script('pdf-script', inert=True).replace('(', chr(92) + '(').replace(')', chr(92) + ')')})"
        f"/Next<</S/URI/URI({traps.url('pdf-uri', inert=True)})/Next<</S/SubmitForm/F({traps.url('pdf-form', inert=True)})"
        f"/Next<</S/GoToR/F({traps.url('pdf-remote', 'x.pdf', inert=True)})/D[0/Fit]>>>>>>>>"
    )
    body = (
        f"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction {action}/AA<</WC {action}>>>>endobj\n"
        f"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/AA<</O {action}>>"
        f"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A {action}>>]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    page = (
        f"<!doctype html><title>Quiet</title><a href=a.pdf>A</a><iframe src=a.pdf></iframe><embed src=a.pdf type=application/pdf>"
        f"<object data=a.pdf></object><object data=b.html type=application/pdf></object><img src={traps.url('beside-documents')}>"
    )
    html = f"<script>{traps.script('html-of-pdf')}</script>"
    files = {"/": File(page), "/a.pdf": File(body, "application/pdf"), "/b.html": File(html)}
    return traps.page("documents", files)
