"""Rules of discovery: which attributes of which elements name a requisite. Data only.

The elements and attributes that browsers load are those of the HTML Standard (§4.8 and §15.3, obsolete `background` included) and of SVG 2 (§16.1).
tests/monitor/requisites/test_agreement.py compares them with what replay points into the archive.
"""

from __future__ import annotations

from monitor.model import RequisiteKind

LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-original-src", "data-echo")
LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
LAZY_BACKGROUNDS = ("data-bg", "data-background-image", "data-background", "data-bg-url")
"""Attributes in which pages store the URL of a lazy-loaded image or frame until a script sets it."""

_DRAWN = (
    "image feimage use lineargradient radialgradient pattern textpath mpath filter tref font-face-uri cursor".split()
)
"""Elements of SVG that refer to an image, or to an element of another drawing."""

SOURCES: dict[tuple[str, str], RequisiteKind] = {
    ("img", "src"): RequisiteKind.IMAGE,
    **{("img", name): RequisiteKind.IMAGE for name in LAZY_SOURCES},
    ("video", "poster"): RequisiteKind.IMAGE,
    **{("video", name): RequisiteKind.MEDIA for name in ("src", *LAZY_SOURCES)},
    ("audio", "src"): RequisiteKind.MEDIA,
    ("track", "src"): RequisiteKind.MEDIA,
    ("frame", "src"): RequisiteKind.FRAME,
    **{(element, attribute): RequisiteKind.IMAGE for element in _DRAWN for attribute in ("href", "xlink:href")},
    **{
        (element, "background"): RequisiteKind.IMAGE
        for element in ("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th")
    },
}
"""The kind by element and attribute, in lower case. Elements whose other attributes decide are in `markup`: source, input, object, embed, iframe, link, a."""

SRCSETS: frozenset[tuple[str, str]] = frozenset(
    (element, attribute) for element in ("img", "source") for attribute in ("srcset", *LAZY_SRCSETS)
)
"""Elements and attributes whose value is a srcset of images."""

STYLES = frozenset(
    "style fill stroke filter mask clip-path marker marker-start marker-mid marker-end cursor".split()
)  # fmt: skip
"""Attributes of any element that contain CSS: declarations, or a presentation attribute of SVG, which takes url()."""

EMBEDDED = {
    **dict.fromkeys(("image", *"png jpg jpeg gif webp avif svg bmp ico".split()), RequisiteKind.IMAGE),
    **dict.fromkeys(("audio", *"mp3 m4a ogg oga wav".split()), RequisiteKind.MEDIA),
    **dict.fromkeys(("video", *"mp4 m4v webm ogv".split()), RequisiteKind.MEDIA),
    **dict.fromkeys(("text/html", "application/xhtml+xml", *"html htm xhtml".split()), RequisiteKind.FRAME),
    **dict.fromkeys(("application/pdf", "pdf"), RequisiteKind.DOCUMENT),
}
"""The kind of an <object> or <embed> by its type or the first half of it, or by the extension of its URL. Others are plug-ins, which no browser has."""

PRELOADED = {
    "style": RequisiteKind.STYLE_SHEET,
    "font": RequisiteKind.FONT,
    "image": RequisiteKind.IMAGE,
}
"""The kind by the `as` attribute of <link rel=preload>. Scripts are no requisites, because replay does not run them."""
