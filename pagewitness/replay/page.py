"""Cleans a parsed page in place according to `rules`."""

from __future__ import annotations

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode
from tinycss2.serializer import serialize_string_value

from monitor.extraction.parse_limits import too_much
from monitor.requisites.rules import LAZY_BACKGROUNDS, LAZY_SOURCES, LAZY_SRCSETS
from pagewitness.replay import rules
from pagewitness.replay.css import rewrite_css
from pagewitness.replay.rules import Act
from pagewitness.replay.srcset import rewrite_srcset
from pagewitness.replay.targets import Targets

_BEFORE_URL = re.compile(r"\s*+[\d.]*+\s*+(?:[;,]\s*+)?(?:url\s*+=\s*+)?", re.IGNORECASE)
_PLACEHOLDER_NAMES = ("blank", "placeholder", "spacer", "transparent", "pixel", "lazy")
_LONGEST_PLACEHOLDER = 2_000
_ABSOLUTE = re.compile(r"\s*(?:https?:|//|javascript:|vbscript:|data:|file:)", re.IGNORECASE)
_FILE = re.compile(r"(?=[^./]*[./])[^\s()]{1,4000}")
_CSS_URL = re.compile(r"url\(([^()\\]{1,4000})\)", re.IGNORECASE)
_LAZY_BACKGROUNDS = ", ".join(f"[{name}]" for name in LAZY_BACKGROUNDS)
_SET_MEDIA = re.compile(r"this\.media\s*=\s*[\"']([^\"']{1,200})")


class Cleaner:
    """Removes scripts from one parsed page and points its URLs into the archive.

    Attributes:
        tree: The parsed page, changed in place.
        targets: Converts its URLs to replay addresses.
        frame: Cleans the page in the srcdoc of an iframe.
        has_comments: Whether the page may contain comments.
    """

    def __init__(
        self, tree: LexborHTMLParser, targets: Targets, frame: Callable[[str], str], *, has_comments: bool = True
    ) -> None:
        self.tree = tree
        self.targets = targets
        self.frame = frame
        self.has_comments = has_comments
        self._acts: dict[str, Act | None] = {}

    def clean(self) -> None:
        """Apply the <base>, remove unsafe elements and attributes, and point the remaining URLs into the archive."""
        root = self.tree.root
        if root is None:
            return
        self._apply_base()
        for node in self.tree.css('html[style*="!"], body[style*="!"]'):
            # These two must not be hidden or moved, as the banner is in them; only a style attribute can outrank the style sheet that ensures it.
            node.attrs["style"] = (node.attributes["style"] or "").replace("!", "")
        for node in self.tree.css("body > template[shadowrootmode]"):
            del node.attrs[
                "shadowrootmode"
            ]  # a shadow tree of the body would hide all its children, the banner included
        # The content of a template is not part of the surrounding tree. It is collected only after that tree is cleaned, without removed templates.
        waiting = [root]
        while waiting:
            part = waiting.pop()
            self._clean_part(part)
            waiting.extend(part.template_fragments())

    def _apply_base(self) -> None:
        base = self.tree.css_first("base[href]")
        url = self.targets.absolute(base.attributes.get("href") or "") if base is not None else None
        if url is not None:
            self.targets.set_base(url)

    def _clean_part(self, part: LexborNode) -> None:
        for node in part.css("noscript"):
            self._open_noscript(node)
        for node in reversed(part.css("object, embed")):
            self._replace_object(node)
        _remove(part.css(rules.DROPPED))
        if self.has_comments:
            _remove([node for node in part.traverse(include_text=True) if node.is_comment_node or node.tag is None])
        self._metas(part)
        for node in part.css("param[value]"):
            self._rewrite_text(node, "value", "oe_")
        links = part.css("link")
        for node in links:
            _apply_style_sheet(node)
        _remove([node for node in links if _fetches(node)])
        _remove([node for node in part.css("animate, set, animateTransform, animateMotion") if _animates_a_link(node)])
        for node in part.css("img, source, iframe, video"):
            _wake(node)
        for node in part.css(_LAZY_BACKGROUNDS):
            _wake_background(node)
        for node in reversed(part.css("noscript")):
            node.unwrap(delete_empty=True)
        self._text_elements(part)
        for node in part.traverse():
            self._attributes(node)

    # --- elements

    def _open_noscript(self, node: LexborNode) -> None:
        """Parse the raw text of a <noscript>, which browsers without scripts, and so replays, show. It ends at its end tag, whatever is left open in it."""
        text = node.text(deep=True)
        if "<" not in text:
            return
        if too_much(text) is not None:  # the check of the whole page skips it, as raw text
            _set_text(node, "")
            return
        holder = self.tree.create_node("div")
        holder.inner_html = text
        _remove(holder.css("noscript"))
        _set_text(node, "")
        while (child := holder.first_child) is not None:
            node.insert_child(child, move=True)

    def _metas(self, part: LexborNode) -> None:
        for meta in reversed(part.css("meta")):
            attributes = meta.attributes
            equivalent = (attributes.get("http-equiv") or "").strip().lower()
            if equivalent == "refresh":
                self._show_refresh(attributes.get("content") or "")
            unwanted = "charset" in attributes or (attributes.get("name") or "").strip().lower() == "referrer"
            if unwanted or ("http-equiv" in attributes and equivalent not in rules.KEPT_HTTP_EQUIV):
                meta.decompose()
            elif (attributes.get("property") or attributes.get("name") or "").lower().startswith(rules.SHARED_METAS):
                self._rewrite_text(meta, "content", "im_")

    def _show_refresh(self, content: str) -> None:
        """Replace a meta refresh by a visible link to its target."""
        named = _refresh_url(content)
        url = self.targets.absolute(named) if named else None
        body = self.tree.body
        if url is None or url == self.targets.base or body is None:
            return
        line, link = self.tree.create_node("p"), self.tree.create_node("a")
        link.attrs["href"] = self.targets.link(url) or ""
        link.insert_child(url)
        line.insert_child("This page would go on to: ")
        line.insert_child(link, move=True)
        if body.first_child is not None:
            body.first_child.insert_before(line, move=True)
        else:
            body.insert_child(line, move=True)

    def _text_elements(self, part: LexborNode) -> None:
        for node in reversed(part.css("style")):
            css = rewrite_css(node.text(deep=True), self.targets.embedded)
            _set_text(node, css)
        for node in part.css("iframe"):
            _set_text(node, "")
            node.attrs["sandbox"] = ""
        for node in reversed(part.css(rules.TEXT_ONLY)):
            shown = self.tree.create_node("pre")
            shown.insert_child(node.text(deep=True))
            node.replace_with(shown, move=True)

    def _replace_object(self, node: LexborNode) -> None:
        """Replace an <object> or <embed> by the element that shows its type: a sandbox allows neither, nor are there plug-ins any more."""
        attributes = node.attributes
        url = attributes.get("data" if node.tag == "object" else "src") or ""
        tag = _object_tag((attributes.get("type") or "").strip().lower(), url)
        if tag is None:
            return
        made = self.tree.create_node(tag)
        for name in rules.OBJECT_ATTRIBUTES:
            if attributes.get(name):
                made.attrs[name] = attributes[name]
        made.attrs["src"] = url
        if tag == "img":
            made.attrs["alt"] = attributes.get("aria-label") or node.text(deep=True, strip=True)
        elif tag != "iframe":
            made.attrs["controls"] = ""
        node.replace_with(made, move=True)

    # --- attributes

    def _attributes(self, node: LexborNode) -> None:
        acts = self._acts
        for name, value in node.attributes.items():
            act = acts[name] if name in acts else acts.setdefault(name, rules.act_on(name))
            if act is None:
                continue
            made = self._made(node, name.lower(), act, value or "")
            if made is None:
                del node.attrs[name]
            elif made != value:
                node.attrs[name] = made

    def _made(self, node: LexborNode, name: str, act: Act, value: str) -> str | None:
        """Return the new value of an attribute; None if it is removed."""
        tag = (node.tag or "").lower()
        act = rules.ON_ELEMENT.get((tag, name), act)
        if act is Act.DOCUMENT:
            return self.frame(value)
        if act is Act.DROP:
            return None
        if act is Act.STYLE:
            return rewrite_css(value, self.targets.embedded)
        if act is Act.SRCSET:
            return rewrite_srcset(value, lambda url: self.targets.embedded(url, "im_"))
        if act is Act.LINK:
            return self._link(node, tag, value)
        return self.targets.embedded(value, act.value)

    def _rewrite_text(self, node: LexborNode, name: str, kind: str) -> None:
        """Rewrite an attribute if it is an absolute URL; other text is unchanged."""
        value = node.attributes.get(name) or ""
        if _ABSOLUTE.match(value):
            node.attrs[name] = self.targets.embedded(value, kind) or ""

    def _link(self, node: LexborNode, tag: str, value: str) -> str | None:
        if tag != "link":
            return self.targets.link(value)
        rels = (node.attributes.get("rel") or "").lower()
        if "stylesheet" in rels:
            return self.targets.embedded(value, "cs_")
        return self.targets.embedded(value, "im_") if "icon" in rels else self.targets.link(value)


def _remove(nodes: list[LexborNode]) -> None:
    for node in reversed(nodes):  # inner nodes first: removing a node destroys its children
        node.decompose()


def _set_text(node: LexborNode, text: str) -> None:
    while node.first_child is not None:
        node.first_child.decompose()
    if text:
        node.insert_child(text)


def _fetches(link: LexborNode) -> bool:
    return not rules.FETCHING_RELS.isdisjoint((link.attributes.get("rel") or "").lower().split())


def _animates_a_link(node: LexborNode) -> bool:
    for name, value in node.attributes.items():
        if name.lower() == "attributename":
            target = (value or "").strip().lower()
            return target in rules.ANIMATED_NEVER or target.startswith("on")
    return False


def _wake(node: LexborNode) -> None:
    """Show a lazy-loaded image, unless the <noscript> after it contains an image, or the one before it contains this image."""
    attributes = node.attributes
    lazy = next((attributes[name] for name in LAZY_SOURCES if attributes.get(name)), None)
    lazy_set = next((attributes[name] for name in LAZY_SRCSETS if attributes.get(name)), None)
    if (lazy is None and lazy_set is None) or _has_twin(node, (lazy, lazy_set)):
        return
    if lazy is not None and _is_placeholder(attributes.get("src") or ""):
        node.attrs["src"] = lazy
    if lazy_set is not None and _is_placeholder((attributes.get("srcset") or "").split(" ", 1)[0]):
        node.attrs["srcset"] = lazy_set


def _refresh_url(content: str) -> str:
    """Return the URL in the content of a meta refresh, without quotes; "" if there is none."""
    start = _BEFORE_URL.match(content)
    url = content[start.end() if start else 0 :].rstrip()
    quoted = len(url) > 1 and url[0] in "'\"" and url[0] == url[-1]
    return url[1:-1] if quoted else url


def _wake_background(node: LexborNode) -> None:
    """Show a lazy-loaded background image, unless the element has another."""
    attributes = node.attributes
    value = next((attributes[name] or "" for name in LAZY_BACKGROUNDS if attributes.get(name)), "").strip()
    style = (attributes.get("style") or "").strip()
    if named := _CSS_URL.fullmatch(value):
        value = named.group(1).strip(" \t\r\n\f\"'")
    if _FILE.fullmatch(value) and "url(" not in style.lower():
        beginning = f"{style.removesuffix(';')};" if style else ""
        node.attrs["style"] = f'{beginning}background-image:url("{serialize_string_value(value)}")'


def _apply_style_sheet(link: LexborNode) -> None:
    """Apply a style sheet that a handler of `onload` would apply: a preload, or a sheet for another medium. One that is also preloaded is only applied."""
    attributes = link.attributes
    rels = (attributes.get("rel") or "").lower().split()
    if "stylesheet" in rels and not rules.FETCHING_RELS.isdisjoint(rels):
        link.attrs["rel"] = " ".join(rel for rel in rels if rel not in rules.FETCHING_RELS)
    handler = attributes.get("onload") or ""
    if "stylesheet" in handler and (attributes.get("as") or "").lower() == "style":
        link.attrs["rel"] = "stylesheet"
    elif found := _SET_MEDIA.search(handler):
        link.attrs["media"] = found.group(1)


def _object_tag(kind: str, url: str) -> str | None:
    """Return the element that shows the content of an <object>; None if no element does."""
    if not url.strip():
        return None
    if kind:
        return rules.OBJECTS.get(kind.partition(";")[0].strip()) or rules.OBJECTS.get(kind.partition("/")[0])
    if url.lstrip().lower().startswith("data:image/"):
        return "img"
    path = url.partition("#")[0].partition("?")[0]
    return rules.OBJECT_EXTENSIONS.get(path.rpartition(".")[2].strip().lower())


def _is_placeholder(src: str) -> bool:
    """Return whether an image's URL is a placeholder that a script would replace."""
    url = src.lower().removesuffix("\n")
    if url.startswith("data:"):
        return len(url) <= len("data:") + _LONGEST_PLACEHOLDER
    if url in ("", "about:blank"):
        return True
    return url.endswith((".gif", ".png", ".svg")) and any(name in url for name in _PLACEHOLDER_NAMES)


def _has_twin(node: LexborNode, urls: tuple[str | None, str | None]) -> bool:
    """Return whether a <noscript> shows the image: the one after it, whatever its image is, or the one before it with one of these URLs."""
    after, before = node.next, node.prev
    while after is not None and after.is_empty_text_node:
        after = after.next
    while before is not None and before.is_empty_text_node:
        before = before.prev
    if after is not None and after.tag == "noscript" and after.css_first("img") is not None:
        return True
    shown = before.css_first("img") if before is not None and before.tag == "noscript" else None
    return shown is not None and any(
        url and url == shown.attributes.get(name) for url, name in zip(urls, ("src", "srcset"), strict=True)
    )
