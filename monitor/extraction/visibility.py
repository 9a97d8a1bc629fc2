"""Apply what a page's own style sheets hide, and reveal a page that hides all of its text until a script runs.

Style sheets are not evaluated. A rule hides an element if it holds on every screen, if its selector is one class or id, if no rule of the page shows the
same name ("tab-panel" next to "tab-panel.active"), and if the element is short: longer hidden texts are sections that a reader can open, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.extraction.text import folded, is_hidden, visible

_MOST_STYLE = 200_000
"""Number of characters of style sheets that are searched."""
_MOST_RULES = 200
"""Number of hiding rules of a sheet that are evaluated."""
_MOST_NAMES = 40
"""Number of hidden classes and ids that are looked for on the page."""
_MOST_ELEMENTS = 2_000
_MOST_USES = 50
"""Number of other rules with a hidden name that are checked; a name with more counts as shown."""
_PRELUDE_CHARS = 400
_RULE_CHARS = 1_000
_HIDDEN_CHARS = 100
"""Maximum length of a hidden element's text, in characters."""
_MAIN = "main, [role=main]"
_BLANK_CHARS = 100
"""Number of visible characters below which a main element has no text: a loading message, a breadcrumb."""
_REVEALED_CHARS = 500
"""Minimum number of characters of its hidden text: hidden messages and dialogs are shorter."""
_CONTROL_MARKS = ("aria-controls", "data-bs-target", "data-target")
_CONTROLS = ", ".join(f"[{name}]" for name in _CONTROL_MARKS)
_OVER_THE_PAGE = frozenset({"modal", "dropdown", "offcanvas"})
_DISCLOSED_ROLES = frozenset({None, "region", "tabpanel", "group"})
_BY_STYLE = "by a style sheet"
_NEVER_HIDDEN = frozenset({"html", "body", "main", "article", "h1"})
# One pattern each: a pattern that begins with a literal is found much faster than one that begins with alternatives.
_HIDING = (
    re.compile(r"display\s{0,9}:\s{0,9}none"),
    re.compile(r"visibility\s{0,9}:\s{0,9}hidden"),
    re.compile(r"clip\s{0,9}:\s{0,9}rect\(\s{0,9}[01]"),
)
_SHOWING = re.compile(r"display\s{0,9}:\s{0,9}(?!none|\s)|visibility\s{0,9}:\s{0,9}visible")
_AFTER = re.compile(r"[};]|\*/")
_SIMPLE = re.compile(r"(?:div|span|p)?([.#][A-Za-z_][\w-]{0,80})", re.IGNORECASE)


def apply_styles(tree: LexborHTMLParser) -> None:
    """Mark the short elements that a style sheet of the page hides as hidden; changes the tree.

    tests/monitor/extraction/test_visibility.py::test_what_the_pages_own_style_hides_is_not_read
    """
    for node in hidden_by_styles(tree):
        node.attrs["hidden"] = _BY_STYLE


def hidden_by_styles(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """Yield the short elements that a style sheet of the page hides."""
    sheets = tuple(_sheets(tree))
    names = _hidden_names(sheets)
    if not names:
        return
    # Most rules are for elements that the page does not have.
    shown: dict[str, bool] = {}
    for node in tree.css(", ".join(names))[:_MOST_ELEMENTS]:
        if node.tag in _NEVER_HIDDEN or len(node.text()) > _HIDDEN_CHARS:
            continue
        attributes = node.attributes
        own = {f"#{attributes.get('id')}", *(f".{name}" for name in (attributes.get("class") or "").split())}
        for name in names:
            if name in own:
                if name not in shown:
                    shown[name] = any(_is_shown(sheet, name) for sheet in sheets)
                if not shown[name]:
                    yield node
                    break


def reveal(tree: LexborHTMLParser) -> bool:
    """Remove the attributes that hide elements; changes the tree, and returns whether there were any.

    For pages whose visible part has no text: a script shows the rest when it has run (streamed components, splash screens).

    tests/monitor/extraction/test_visibility.py::test_a_page_that_is_hidden_until_a_script_runs_is_read
    """
    found = False
    for node in tree.css("[hidden], [style]"):
        attributes = node.attributes
        if is_hidden(attributes) and attributes.get("hidden") != _BY_STYLE:
            found = True
            _show(node)
    return found


def open_controlled(tree: LexborHTMLParser, text: str) -> None:
    """Show hidden sections that a control names (ARIA Authoring Practices: accordion, disclosure); changes the tree.

    Args:
        tree: The page.
        text: Its markup.

    tests/monitor/extraction/test_visibility.py::test_a_hidden_section_that_a_control_names_is_read
    """
    if not any(mark in text for mark in _CONTROL_MARKS) or not (controlled := _controlled(tree)):
        return
    for node in tree.css("[id][hidden], [id][style]"):
        attributes = node.attributes
        if attributes["id"] in controlled and is_hidden(attributes) and attributes.get("role") in _DISCLOSED_ROLES:
            _show(node)


def _controlled(tree: LexborHTMLParser) -> set[str]:
    """Return the ids of the elements that a control shows in their place; not those of a menu or dialog, which it shows over the page."""
    found: set[str] = set()
    for node in tree.css(_CONTROLS)[:_MOST_ELEMENTS]:
        attributes = node.attributes
        toggles = attributes.get("data-bs-toggle") or attributes.get("data-toggle")
        if "aria-haspopup" not in attributes and toggles not in _OVER_THE_PAGE:
            for name in _CONTROL_MARKS:
                found.update((attributes.get(name) or "").replace("#", " ").split())
    return found


def open_main_text(tree: LexborHTMLParser) -> None:
    """Show the text of a main element that has no visible text: a script shows it when it has run (a shop's lock, a splash screen); changes the tree.

    tests/monitor/extraction/test_visibility.py::test_a_main_element_that_is_hidden_until_a_script_runs_is_read
    """
    main = tree.css_first(_MAIN)
    headline = main.css_first("h1") if main is not None else None
    if main is None or headline is None or not (hidden := _hiding(headline)):
        return
    if len(hidden[-1].text()) >= _REVEALED_CHARS and len(folded(visible(main))) < _BLANK_CHARS:
        for node in hidden:
            _show(node)


def _hiding(node: LexborNode) -> list[LexborNode]:
    """Return the elements around a node that are hidden by their own attributes, inner first."""
    found: list[LexborNode] = []
    above = node.parent
    while above is not None:
        attributes = above.attributes
        if is_hidden(attributes) and attributes.get("hidden") != _BY_STYLE:
            found.append(above)
        above = above.parent
    return found


def _show(node: LexborNode) -> None:
    for name in ("hidden", "style"):
        if name in node.attributes:
            del node.attrs[name]


def _sheets(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the style sheets of the page that hold on every screen and hide something."""
    left = _MOST_STYLE
    for node in tree.css("style"):
        text = node.text()
        if any(pattern.search(text) for pattern in _HIDING) and (
            node.attributes.get("media") or "all"
        ).strip().lower() in ("all", "screen"):
            yield text[:left]
            left -= len(text)
            if left <= 0:
                return


def _hidden_names(sheets: tuple[str, ...]) -> list[str]:
    """Return the classes and ids that a rule hides, as selectors."""
    names: dict[str, None] = {}
    for sheet in sheets:
        for selectors in _hiding_rules(sheet):
            for selector in selectors.split(","):
                simple = _SIMPLE.fullmatch(selector.strip())
                if simple is not None and len(names) < _MOST_NAMES:
                    names.setdefault(simple[1])
    return list(names)


def _hiding_rules(sheet: str) -> Iterator[str]:
    """Yield the selectors of the rules of a sheet that hide something and are not inside another rule ("@media")."""
    counted = depth = 0
    found = (match.start() for pattern in _HIDING for match in islice(pattern.finditer(sheet), _MOST_RULES))
    for at in sorted(found):
        depth += sheet.count("{", counted, at) - sheet.count("}", counted, at)
        counted = at
        opened = sheet.rfind("{", max(at - 4 * _PRELUDE_CHARS, 0), at)
        if depth == 1 and opened >= 0:
            before = sheet[max(opened - _PRELUDE_CHARS, 0) : opened]
            yield _AFTER.split(before)[-1]


def _is_shown(sheet: str, name: str) -> bool:
    """Return whether a rule whose selector contains a name shows an element."""
    at, uses = sheet.find(name), 0
    while at >= 0:
        end = at + len(name)
        uses += 1
        if uses > _MOST_USES:
            return True
        following = sheet[end : end + 1]
        if not (following.isalnum() or following in "-_"):
            opened = sheet.find("{", end, end + _PRELUDE_CHARS)
            closed = sheet.find("}", opened, opened + _RULE_CHARS) if opened >= 0 else -1
            if opened >= 0 and _SHOWING.search(sheet, opened, closed if closed >= 0 else opened + _RULE_CHARS):
                return True
        at = sheet.find(name, end)
    return False
