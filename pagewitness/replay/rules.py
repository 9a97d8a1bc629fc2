"""Which elements and attributes of an archived page go, and which lead elsewhere. Data only; `rewrite` applies it."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What is done with an attribute."""

    DROP = "drop"
    LINK = "link"
    IMAGE = "im_"
    FRAME = "if_"
    PART = "oe_"
    SRCSET = "srcset"
    STYLE = "style"


DROPPED = "script, applet, portal, fencedframe, noembed, noframes, base, annotation-xml"
"""Elements that run, load or exist only for browsers that nobody has; a base has been applied to every URL by then."""

TEXT_ONLY = "xmp, plaintext"
"""Elements whose content is text, not markup, but only to the HTML parser and only in some places: shown as <pre>."""

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
    # These load, report or check something that the archive cannot, or loosen what holds the page.
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
    "code": Act.DROP,
    "csp": Act.DROP,
    "allow": Act.DROP,
    "autoplay": Act.DROP,
    "autofocus": Act.DROP,
    # A sandboxed page may open no window and steer no other frame, so with a target its links would do nothing.
    "target": Act.DROP,
    "formtarget": Act.DROP,
    "download": Act.DROP,
}
"""By lower-case name, whatever the element. Names that begin with "on" are dropped as well."""

ON_ELEMENT: dict[tuple[str, str], Act] = {
    ("iframe", "src"): Act.FRAME,
    ("frame", "src"): Act.FRAME,
    ("video", "src"): Act.PART,
    ("audio", "src"): Act.PART,
    ("source", "src"): Act.PART,
    ("track", "src"): Act.PART,
    ("embed", "src"): Act.PART,
    ("image", "href"): Act.IMAGE,
    ("image", "xlink:href"): Act.IMAGE,
    ("feimage", "href"): Act.IMAGE,
    ("feimage", "xlink:href"): Act.IMAGE,
    ("use", "href"): Act.PART,
    ("use", "xlink:href"): Act.PART,
}
"""Where the element makes a difference."""

PASSIVE_PARTS = ("image/", "audio/", "video/")
"""Types that <object> and <embed> may still load; of any other the fallback content is shown."""

ANIMATED_NEVER = frozenset({"href", "xlink:href", "src", "style"})
"""Attributes that SVG animation must not set: it would undo the rewriting. Nor any that begins with "on"."""

FETCHING_RELS = frozenset(
    "dns-prefetch preconnect prefetch prerender preload modulepreload serviceworker manifest import pingback "
    "compression-dictionary search".split()
)
"""Link types that only make a browser fetch or announce something; the whole element goes."""

KEPT_HTTP_EQUIV = frozenset({"content-language"})
"""The only headers that a page may still state of itself."""

LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original")
LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset")
"""Where pages keep an image's address until a script puts it in place."""
