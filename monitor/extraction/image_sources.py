"""Choose the source URL of an image, and reduce it to the name of the file: what stays when a picture is resized, re-encoded, or served by another host.

Two URLs of one picture differ in host, folder, query, size ("photo-300x200.jpg", "/w_640/photo.jpg"), and in the hash that a build tool or cache adds.
The file's own name does not. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

LONGEST = 2_000
"""Maximum length of a source that is evaluated, in characters."""
_NAME_CHARS = 200
_SOURCES = (
    *("data-src", "data-original", "data-lazy-src", "data-lazy", "data-srcset", "data-lazy-srcset"),
    *("src", "srcset"),
)
"""Attributes with a source, the first that has one. In those before `src`, scripts for lazy loading keep it, while `src` is a placeholder."""
_SMALLEST = 48
"""Width or height in pixels below which an image is an icon or a tracking pixel."""
_PIXELS = re.compile(r"\s{0,9}(\d{1,5})\s{0,9}(?:px)?\s{0,9}")
_WORD = re.compile(r"[A-Z]?[a-z]{1,30}|[A-Z]{1,30}")
_ORNAMENTS = frozenset(
    "icon icons ico favicon avatar avatars gravatar userpic sprite sprites spinner loader preloader placeholder spacer blank captcha emoji emojis emoticon "
    "smiley smilies smileys ad ads adserver advert adverts advertisement banners doubleclick bullet arrow arrows button buttons".split()
)
"""Words of a file, folder, class or id that name an ornament, a person's avatar, an advertisement or a placeholder."""
_SCRIPT = re.compile(r"\.(?:php|aspx?|ashx|jsp|cgi|pl|cfm|html?|js)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:avif|bmp|gif|jfif|jpe?g|jxl|png|svgz?|tiff?|webp)$", re.IGNORECASE)
_INNER = re.compile(r"[?&](?:url|src|image|img|u)=([^&#]{1,2000})")
"""The source inside the URL of a service that resizes pictures."""
_SIZED = re.compile(
    r"[-_.@](?:\d{2,5}[x×]\d{2,5}|\d{2,5}[wh]|\d{1,4}px|\d(?:\.\d)?x|e?1[5-9]\d{8}(?:\d{3})?|scaled|thumb|thumbnail|small|medium|large|full|rotated|min)$",
    re.IGNORECASE,
)
_THUMBNAIL = re.compile(r"(?:\d{2,5}px|\d{2,5}x\d{2,5})[-_]", re.IGNORECASE)
_PARAMETERS = re.compile(
    r"[=:;](?:[whsc]\d{1,5}(?:-[a-z]{1,3}\d{0,5}){0,9})$|^(?:(?:\w{1,12}[=_:])?[\w.%#-]{1,40}[,;]){1,30}\w{1,12}[=_:][\w.%#-]{1,40}$"
)
_ONLY_SIZE = re.compile(
    r"(?:[whqs]?[-_=:]?\d{1,5}|\d{1,5}x\d{0,5}|x\d{1,5}|public|original|full|large|medium|small|thumb|thumbnail|preview|max|master|raw|download|image|img|render|file)",
    re.IGNORECASE,
)
_HASH = re.compile(r"[-_.~]([0-9a-f]{8,64})$", re.IGNORECASE)
_LONG_HASH = 16
"""Characters from which a hexadecimal part is a hash; a shorter one also mixes letters and digits, unlike a date or a word."""
_TURNS = re.compile(r"\d[a-f]|[a-f]\d", re.IGNORECASE)
_LEAST_TURNS = 2


def source_of(attributes: Mapping[str, str | None]) -> str:
    """Return the source of an image as written; "" if it has none, or if its size or its names say that it is an ornament.

    tests/monitor/extraction/test_image_sources.py

    Args:
        attributes: The attributes of an `img` element.
    """
    if attributes.get("role") in ("presentation", "none") or attributes.get("aria-hidden") == "true":
        return ""
    if any(_is_small(attributes.get(side)) for side in ("width", "height")):
        return ""
    written = _written(attributes)
    return "" if _is_ornament(written, attributes) else written


def _is_small(size: str | None) -> bool:
    match = _PIXELS.fullmatch(size) if size else None
    return match is not None and int(match[1]) < _SMALLEST


def _written(attributes: Mapping[str, str | None]) -> str:
    for name in _SOURCES:
        if name not in attributes:
            continue
        value = (attributes[name] or "")[: LONGEST + 1].strip()
        if value and not value.startswith(("data:", "blob:", "about:")) and len(value) <= LONGEST:
            return value.split(None, 1)[0].rstrip(",") if name.endswith("srcset") else value
    return ""


def _is_ornament(source: str, attributes: Mapping[str, str | None]) -> bool:
    named = f"{source.partition('?')[0]} {attributes.get('id') or ''} {attributes.get('class') or ''}"
    return not _ORNAMENTS.isdisjoint(map(str.lower, _WORD.findall(named[:LONGEST])))


def name_of(source: str) -> str:
    """Return the name of a picture's file without size, hash and query: "chart-2024.png"; "" if the source does not name one.

    Args:
        source: The source as written, from `source_of`; "" gives "".
    """
    if not source:
        return ""
    inner = _INNER.search(source) if "=" in source else None
    if inner is not None and ("/" in (within := unquote(inner[1])) or _ENDING.search(within)):
        source = within
    path = unquote(source.partition("#")[0].partition("?")[0])
    for part in reversed(path.split("/")[-4:]):
        name = _plain(part.strip())
        if name:
            return name[:_NAME_CHARS]
        if _ENDING.search(part) or _SCRIPT.search(part):
            return ""
    return ""


def _plain(part: str) -> str:
    """Return one part of a path without size and hash; "" if it is nothing else, or a host, or a script."""
    if _SCRIPT.search(part) or part.endswith(":"):
        return ""
    endings: list[str] = []
    stem = part
    while (ending := _ENDING.search(stem)) is not None and len(endings) < 3:
        endings.append(ending[0].lower())
        stem = stem[: ending.start()]
    stem = _THUMBNAIL.sub("", _PARAMETERS.sub("", stem), count=1)
    for _ in range(3):
        shorter = _HASH.sub(_without_hash, _SIZED.sub("", stem))
        if not shorter or shorter == stem:
            break
        stem = shorter
    if not endings and (_ONLY_SIZE.fullmatch(stem) or "." in stem):
        return ""
    return stem + (endings[-1] if endings else "") if stem else ""


def _without_hash(match: re.Match[str]) -> str:
    digits = match[1]
    is_hash = len(_TURNS.findall(digits)) >= _LEAST_TURNS or (len(digits) >= _LONG_HASH and not digits.isdecimal())
    return "" if is_hash else match[0]
