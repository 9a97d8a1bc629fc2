"""Rules for rewriting: which elements and attributes of an archived page are removed or rewritten. `page` applies them."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """How an attribute is rewritten."""

    DROP = "drop"
    LINK = "link"
    IMAGE = "im_"
    FRAME = "if_"
    PART = "oe_"
    SRCSET = "srcset"
    STYLE = "style"
    DOCUMENT = "document"


DROPPED = "script, applet, portal, fencedframe, noembed, noframes, base, annotation-xml"
"""Removed elements: they run code, load resources or exist only for obsolete browsers. A <base> has already been applied to every URL."""

TEXT_ONLY = "xmp, plaintext"
"""Elements whose content the HTML parser treats as text only in some contexts; replaced by <pre>."""

ATTRIBUTES: dict[str, Act] = {
    "href": Act.LINK,
    "xlink:href": Act.LINK,
    "action": Act.LINK,
    "formaction": Act.LINK,
    "cite": Act.LINK,
    "longdesc": Act.LINK,
    "src": Act.IMAGE,
    "lowsrc": Act.IMAGE,
    "dynsrc": Act.IMAGE,
    "background": Act.IMAGE,
    "poster": Act.IMAGE,
    "data": Act.PART,
    "srcset": Act.SRCSET,
    "imagesrcset": Act.SRCSET,
    "style": Act.STYLE,
    "srcdoc": Act.DOCUMENT,
    # SVG's presentation attributes, which take url().
    "fill": Act.STYLE,
    "stroke": Act.STYLE,
    "filter": Act.STYLE,
    "mask": Act.STYLE,
    "clip-path": Act.STYLE,
    "marker": Act.STYLE,
    "marker-start": Act.STYLE,
    "marker-mid": Act.STYLE,
    "marker-end": Act.STYLE,
    "cursor": Act.STYLE,
    # These load, report or verify something that the archive cannot provide, or weaken the sandbox.
    "integrity": Act.DROP,
    "crossorigin": Act.DROP,
    "nonce": Act.DROP,
    "ping": Act.DROP,
    "attributionsrc": Act.DROP,
    "referrerpolicy": Act.DROP,
    "manifest": Act.DROP,
    "profile": Act.DROP,
    "codebase": Act.DROP,
    "classid": Act.DROP,
    "archive": Act.DROP,
    "xml:base": Act.DROP,
    "code": Act.DROP,
    "csp": Act.DROP,
    "allow": Act.DROP,
    "autoplay": Act.DROP,
    "autofocus": Act.DROP,
    # A sandboxed page may not open windows or navigate other frames, so links with a target would do nothing.
    "target": Act.DROP,
    "formtarget": Act.DROP,
    "download": Act.DROP,
}
"""Rules by lower-case attribute name, for any element. Names that begin with "on" are dropped as well."""

ON_ELEMENT: dict[tuple[str, str], Act] = {
    ("iframe", "src"): Act.FRAME,
    ("frame", "src"): Act.FRAME,
    ("video", "src"): Act.PART,
    ("audio", "src"): Act.PART,
    ("source", "src"): Act.PART,
    ("track", "src"): Act.PART,
    ("image", "href"): Act.IMAGE,
    ("image", "xlink:href"): Act.IMAGE,
    ("feimage", "href"): Act.IMAGE,
    ("feimage", "xlink:href"): Act.IMAGE,
    **{
        (element, attribute): Act.PART
        for element in (
            "use lineargradient radialgradient pattern textpath mpath filter tref font-face-uri color-profile cursor".split()
        )
        for attribute in ("href", "xlink:href")
    },
    ("object", "data"): Act.DROP,
    ("embed", "src"): Act.DROP,
}
"""Rules by (element, attribute), which override `ATTRIBUTES`."""

OBJECTS = {"image": "img", "audio": "audio", "video": "video", "text/html": "iframe", "application/xhtml+xml": "iframe"}
"""Elements that replace <object> and <embed>, by the type or its first half. Of any other type, the fallback content is shown."""

OBJECT_EXTENSIONS = {
    **dict.fromkeys("png jpg jpeg gif webp avif svg bmp ico".split(), "img"),
    **dict.fromkeys("mp3 m4a ogg oga wav".split(), "audio"),
    **dict.fromkeys("mp4 m4v webm ogv".split(), "video"),
    **dict.fromkeys("html htm xhtml".split(), "iframe"),
}
"""The same by the extension of the URL, where no type is declared."""

OBJECT_ATTRIBUTES = "id class style title width height align border hspace vspace usemap name".split()
"""Attributes that the replacement of an <object> or <embed> keeps."""

SHARED_METAS = ("og:", "twitter:", "article:")
"""Beginnings of the names of <meta> whose content may be a URL, which services that preview a shared link fetch."""

ANIMATED_NEVER = frozenset({"href", "xlink:href", "src", "style"})
"""Attributes that SVG animation must not set, because it would undo the rewriting. Names that begin with "on" are excluded as well."""

FETCHING_RELS = frozenset(
    "dns-prefetch preconnect prefetch prerender preload modulepreload serviceworker manifest import pingback "
    "compression-dictionary search".split()
)
"""Link types that only make a browser fetch or announce something; the whole element is removed."""

KEPT_HTTP_EQUIV = frozenset({"content-language"})
"""The only values of <meta http-equiv> that are kept."""


def act_on(name: str) -> Act | None:
    """Return the rule for an attribute, in letters of either case; None: it stays as it is."""
    lowered = name.lower()
    return ATTRIBUTES.get(lowered) or (Act.DROP if lowered.startswith("on") else None)
