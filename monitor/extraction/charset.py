"""Bytes to text as a browser does it (HTML Standard §13.2.3, Encoding Standard): BOM, Content-Type, XML declaration or <meta>, then what fits.

Whatever is declared is believed where it is a label of the Encoding Standard, as browsers do, although the bytes may say otherwise. Where nothing is
declared, the bytes are UTF-8 if they can be, else what pages in the declared language used to be written in, else windows-1252.
"""

from __future__ import annotations

import codecs
import re

import webencodings

from monitor.extraction.formats.binary import wide_encoding

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
# "<?x" in UTF-16 without a mark.
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
"""The Standard prescans 1,024 bytes, and changes the encoding when a <meta> that comes later is parsed; both end at the same answer, found here at once."""

# What the Standard decodes as more than Python's codec of that name does; the rest go by their own names.
_SUPERSETS = {"shift_jis": "cp932", "euc-kr": "cp949", "gbk": "gb18030", "big5": "big5hkscs"}
# Labels that the Standard takes for an attack: nothing of such a page is shown.
_REPLACED = frozenset("replacement hz-gb-2312 iso-2022-kr iso-2022-cn iso-2022-cn-ext csiso2022kr".split())
# HTML Standard §13.2.3.2, by language: what undeclared pages were written in before UTF-8; all others in windows-1252.
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
# windows-1252 leaves five bytes undefined in Python; browsers read them as control characters.
_HOLES = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
_WINDOWS_1252 = {byte: bytes([byte]).decode("windows-1252", "ignore") or _HOLES[byte] for byte in range(0x80, 0xA0)}
_SLIPS = 20
"""An undeclared page with this many times as many good UTF-8 characters as bad bytes is UTF-8 with slips in it."""


def decode(body: bytes, content_type: str | None) -> str:
    """The body as text; bytes that are none in its encoding become U+FFFD. Never raises.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None where there was none.
    """
    return decoded(body, content_type)[0]


def decoded(body: bytes, content_type: str | None) -> tuple[str, bool]:
    """What `decode` makes of a body, and whether it is known that the body is just that in UTF-8, which the parser reads: it need not be encoded again."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), False
    declared = _declared(body, content_type)
    if declared is None:
        return _undeclared(body)
    text = _as(declared, body)
    return text, declared == "utf-8" and "\ufffd" not in text


def is_wide(body: bytes, content_type: str | None) -> bool:
    """Whether the body is UTF-16, in which a NUL is half a letter and no sign of a binary file. Asked of bodies that have one."""
    return body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        _declared(body[:_HEAD_BYTES], content_type) or ""
    ).startswith("utf-16")


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The encoding that the response or the page names; None where neither does, or no such encoding exists.

    UTF-16 without a mark is told by its NULs, also where a label says otherwise: in no other encoding is every other byte of a text one.
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
    # A page that can say so in ASCII is not UTF-16, whatever it says.
    return "utf-8" if encoding is not None and encoding.startswith("utf-16") else encoding


def _prescanned(head: bytes) -> str | None:
    """What the first <meta> says that names an encoding, comments and scripts passed over."""
    for found in _PRESCAN.finditer(head):
        if found["meta"] is None:
            if found.group().lower().startswith(b"<body"):
                return None
            continue
        said = {name.lower(): one or two or three for name, one, two, three in _ATTRIBUTE.findall(found["meta"])}
        label = said.get(b"charset")
        if label is None and said.get(b"http-equiv", b"").lower() == b"content-type":
            inside = _IN_CONTENT.search(said.get(b"content", b""))
            label = inside.group(1) if inside else None
        encoding = _by_label(label.decode("latin-1")) if label else None
        if encoding is not None:
            return encoding
    return None


def _by_label(label: str) -> str | None:
    """The name of the encoding that a label of the Encoding Standard stands for; None where it stands for none."""
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
    """Python's own codec lacks the rows that vendors added (①, ㈱); its successor has them."""
    try:
        return body.decode("euc_jp")
    except UnicodeDecodeError:
        return body.decode("euc_jis_2004", "replace")


def _undeclared(body: bytes) -> tuple[str, bool]:
    """See `decoded`."""
    try:
        return body.decode(), True
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
    if cut:
        # A body cut short may end in the middle of a character.
        return codecs.getincrementaldecoder("utf-8")().decode(body), False
    text = body.decode("utf-8", "replace")
    slips = text.count("\ufffd")
    good = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", text)))
    if good >= _SLIPS * slips:
        return text, False
    lang = _LANG.search(body[:_HEAD_BYTES])
    return _as(_BY_LANGUAGE.get(lang.group(1).decode("ascii").lower() if lang else "", "windows-1252"), body), False
