"""Decode bytes as a browser does (HTML Standard §13.2.3, Encoding Standard): BOM, Content-Type, XML declaration or <meta>, then detection.

A declared label of the Encoding Standard is trusted, as browsers do, even if the bytes contradict it. Without a declaration, the bytes are UTF-8 if
they
are valid UTF-8, else in the legacy encoding of the declared language, or of the alphabet of which whole words consist, else windows-1252.
"""

from __future__ import annotations

import codecs
import re

import webencodings

from monitor.extraction.formats.binary import wide_encoding
from monitor.extraction.legacy_encodings import alphabet_encoding

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
# "<?x" in UTF-16 without a byte order mark.
_XML_UTF16 = ((b"<\0?\0x\0", "utf-16le"), (b"\0<\0?\0x", "utf-16be"))
_HEADER = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,\"']+))", re.IGNORECASE)
_XML = re.compile(rb"\s{0,100}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})", re.IGNORECASE)
_PRESCAN = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|title|textarea)\b[^<>]*+>.*?(?:</(?P=raw)|\Z)|<meta(?=[\s/])(?P<meta>(?:\"[^\"]{0,2000}+\"|'[^']{0,2000}+'|[^<>\"'])*)>|<body\b",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"(?<![a-z-])([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_IN_CONTENT = re.compile(rb"charset\s*=\s*+(?:[\"']\s*+)?([^\s\"';,]+)", re.IGNORECASE)
_LANG = re.compile(rb"<html\b[^>]{0,400}?\blang\s*=\s*[\"']?\s*([a-z]{2,3})", re.IGNORECASE)
_HEAD_BYTES = 65_536
"""The Standard prescans 1,024 bytes and changes the encoding if a later <meta> is parsed; both give the result found here in one step."""

# Encodings that the Standard defines as a superset of Python's codec of that name; all others use their own name.
_SUPERSETS = {"shift_jis": "cp932", "euc-kr": "cp949", "gbk": "gb18030", "big5": "big5hkscs"}
# Labels that the Standard treats as an attack: none of the page's content is shown.
_REPLACED = frozenset("replacement hz-gb-2312 iso-2022-kr iso-2022-cn iso-2022-cn-ext csiso2022kr".split())
# HTML Standard §13.2.3.2: the legacy encoding by language; all other languages use windows-1252.
_BY_LANGUAGE = {
    language: encoding
    for encoding, languages in {
        "windows-1256": "ar",
        "windows-1251": "ba be bg kk ky mk ru sah sr tt uk",
        "windows-1250": "bs cs hr hu pl sk sl",
        "iso-8859-7": "el",
        "windows-1257": "et lt lv",
        "windows-1255": "he",
        "shift_jis": "ja",
        "euc-kr": "ko",
        "windows-874": "th",
        "windows-1254": "az ku tr",
        "windows-1258": "vi",
        "gbk": "zh",
    }.items()
    for language in languages.split()
}
# Python leaves five bytes of windows-1252 undefined; browsers decode them as control characters.
_HOLES = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
_WINDOWS_1252 = {byte: bytes([byte]).decode("windows-1252", "ignore") or _HOLES[byte] for byte in range(0x80, 0xA0)}
_SLIPS = 20
"""An undeclared page is UTF-8 with errors if it has at least this many valid non-ASCII characters per invalid sequence."""


def decode(body: bytes, content_type: str | None) -> str:
    """Return the body as text; bytes that are invalid in its encoding become U+FFFD. Never raises.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None if it is missing.
    """
    return decoded(body, content_type)[0]


def decoded(body: bytes, content_type: str | None) -> tuple[str, bool]:
    """Return the decoded body as `decode` does, and whether the body is known to be that text in UTF-8.

    The parser takes UTF-8, so a body in UTF-8 need not be encoded again.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), False
    declared = _declared(body, content_type)
    if declared is None:
        return _undeclared(body)
    text = _as(declared, body)
    return text, declared == "utf-8" and "\ufffd" not in text


def is_wide(body: bytes, content_type: str | None) -> bool:
    """Return whether a body that contains NULs is UTF-16, where a NUL is half a character and not a sign of a binary file."""
    return body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        _declared(body[:_HEAD_BYTES], content_type) or ""
    ).startswith("utf-16")


def _declared(body: bytes, content_type: str | None) -> str | None:
    """Return the encoding declared by the response or the page; None if neither declares one or the encoding does not exist.

    UTF-16 without a byte order mark is detected by its NULs, even if a label says otherwise: in no other encoding is every second byte of a text NUL.
    """
    wide = wide_encoding(body)
    header = _HEADER.search(content_type or "")
    encoding = _by_label(next(filter(None, header.groups()), "")) if header else None
    if encoding is not None:
        return wide if wide is not None and not encoding.startswith("utf-16") else encoding
    if wide is not None:
        return wide
    for start, name in _XML_UTF16:
        if body.startswith(start):
            return name
    encoding = _prescanned(body[:_HEAD_BYTES])
    if encoding is None and (xml := _XML.match(body)):
        encoding = _by_label(xml.group(1).decode("latin-1"))
    # A declaration that is readable as ASCII cannot be in UTF-16, so its label is wrong.
    return "utf-8" if encoding is not None and encoding.startswith("utf-16") else encoding


def _prescanned(head: bytes) -> str | None:
    """Return the encoding of the first <meta> that declares a known one; comments and scripts are skipped."""
    for found in _PRESCAN.finditer(head):
        if found["meta"] is None:
            if found.group().lower().startswith(b"<body"):
                return None
            continue
        attributes = {name.lower(): one or two or three for name, one, two, three in _ATTRIBUTE.findall(found["meta"])}
        label = attributes.get(b"charset")
        if label is None and attributes.get(b"http-equiv", b"").lower() == b"content-type":
            inside = _IN_CONTENT.search(attributes.get(b"content", b""))
            label = inside.group(1) if inside else None
        encoding = _by_label(label.decode("latin-1")) if label else None
        if encoding is not None:
            return encoding
    return None


def _by_label(label: str) -> str | None:
    """Return the encoding that a label of the Encoding Standard names; None if the label is unknown."""
    folded = label.strip("\t\n\f\r ").lower()
    if folded in _REPLACED:
        return "replacement"
    encoding = webencodings.lookup(folded)
    if encoding is None:
        return None
    return "windows-1252" if encoding.name == "x-user-defined" else str(encoding.name)


def _as(name: str, body: bytes) -> str:
    if name == "replacement":
        return "\ufffd" if body else ""
    if name == "windows-1252":
        return _windows_1252(body)
    if name == "euc-jp":
        return _euc_jp(body)
    if name in _SUPERSETS:
        return body.decode(_SUPERSETS[name], "replace")
    encoding = webencodings.lookup(name)
    assert encoding is not None
    text: str = encoding.codec_info.decode(body, "replace")[0]
    return text


def _windows_1252(body: bytes) -> str:
    try:
        return body.decode("windows-1252")
    except UnicodeDecodeError:
        return body.decode("latin-1").translate(_WINDOWS_1252)


def _euc_jp(body: bytes) -> str:
    """Decode EUC-JP. Python's codec lacks the vendor extensions (①, ㈱); euc_jis_2004 has them."""
    try:
        return body.decode("euc_jp")
    except UnicodeDecodeError:
        return body.decode("euc_jis_2004", "replace")


def _undeclared(body: bytes) -> tuple[str, bool]:
    """Decode a body without a declared encoding; the result is as in `decoded`."""
    try:
        return body.decode(), True
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
    if cut:
        # A truncated body may end in the middle of a character.
        return codecs.getincrementaldecoder("utf-8")().decode(body), False
    text = body.decode("utf-8", "replace")
    slips = text.count("\ufffd")
    good = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", text)))
    if good >= _SLIPS * slips:
        return text, False
    lang = _LANG.search(body[:_HEAD_BYTES])
    encoding = _BY_LANGUAGE.get(lang.group(1).decode("ascii").lower() if lang else "")
    return _as(encoding or alphabet_encoding(body) or "windows-1252", body), False
