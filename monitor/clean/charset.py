"""Bytes to text as a browser does it: BOM, Content-Type, <meta>, then UTF-8 where it fits, else windows-1252 (HTML Standard §13.2.3)."""

from __future__ import annotations

import codecs
import re

import webencodings

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,512}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.\-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_:.\-]+)", re.IGNORECASE)
# The Standard looks at 1,024 bytes; real pages put long comments first, and browsers that have more look further.
_PRESCAN_BYTES = 4096


def decode(body: bytes, content_type: str | None) -> str:
    """The body as text; bytes that are none in its encoding become U+FFFD. Never raises.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None where there was none.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    label = _declared(body, content_type)
    if label is not None:
        text: str = label.codec_info.decode(body, "replace")[0]
        return text
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def _declared(body: bytes, content_type: str | None) -> webencodings.Encoding | None:
    found = _HEADER.search(content_type or "")
    encoding = webencodings.lookup(found.group(1)) if found else None
    if encoding is not None:
        return encoding
    head = body[:_PRESCAN_BYTES]
    match = _META.search(head) or _XML.search(head)
    encoding = webencodings.lookup(match.group(1).decode("ascii")) if match else None
    # A page that can say so in ASCII is not UTF-16, whatever it says.
    return webencodings.UTF8 if encoding is not None and encoding.name.startswith("utf-16") else encoding
