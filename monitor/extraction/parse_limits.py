"""Decide whether a page can be parsed in reasonable time and memory, before the parser starts: it cannot be interrupted.

Four constructs make parsing too expensive: elements nested very deep (20,000 divs 0.5 s, 200,000 divs 93 s); unclosed formatting elements, each of
which is reopened in every following block (HTML Standard §13.2.4.3: 4,000 of them in 50 KB make sixteen million elements); attributes of one tag; and
options of one select. Each attribute and option is compared with all before it (60,000 attributes 10 s; 641 KB of options 16 s).
Counting tags does not detect deep nesting: in `<div><table></div></table>` the inner `</div>` is ignored, so the div stays open although
each tag has its match. Therefore the stack of open elements is followed here roughly as in the Standard, erring towards "too deep".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.extraction import attributes

MAX_DEPTH = 3_000
"""Maximum number of open elements."""
MAX_CHARS = 16 * 1024 * 1024
"""Maximum number of characters of markup."""
MAX_TAGS = 300_000
"""Maximum number of tags; a page with that many takes one to two seconds to parse."""

_WORK = 1_000_000  # maximum number of reopened elements plus steps down the stack
_TANGLED = "too tangled: too many of its elements are never closed"
_ATTRIBUTES = 100_000_000
"""Maximum number of attribute comparisons: 10,000 attributes on one tag, 0.3 s."""
_OPTIONS = 60_000_000
"""Maximum number of option checks (whether an option is selected): 0.4 s. A selected option costs twenty times as much."""
_SELECTED_COSTS = 20
_FEW_OPTIONS = 5_000
_FEW_CHARS = 20_000  # below this size, attributes are too few to matter
_CHARS_A_STEP = 64
_FEW_TAGS = 2_000  # below this number, tags can neither nest too deep nor, half of them reopened by the other half, exceed _WORK

# Formatting elements that can be open more than once. A new <a> closes the previous one unless one of the other elements here is between them.
_PILING = re.compile(
    # The first letter of the name is checked first: most tags match none of these.
    r"<(?-i:(?=[bcefimnostuBCEFIMNOSTU]|[aA][pP]))(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u|applet|caption|marquee|object|table|template)(?=[ \t\n\f\r/>])",
    re.IGNORECASE | re.ASCII,
)

_TOKEN = re.compile(
    r"""
    <!--(?:-?>|.*?(?:--!?>|\Z))                                                  # a comment
    | (?P<cdata><!\[CDATA\[)
    | <[!?][^>]*+ | </[^a-z>][^>]*+                                              # what the Standard reads as a comment
    | <(?P<slash>/?)(?P<name>[a-z][^ \t\n\f\r/>]*+)
      (?P<rest>(?: [ \t\n\f\r/]++
        | (?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)
          (?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>]*+))?+ )*+)
    """,
    re.IGNORECASE | re.ASCII | re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(attributes.ATTRIBUTE)
_OPTION = re.compile(r"<option(?=[ \t\n\f\r/>])", re.IGNORECASE | re.ASCII)
_RAW = {
    # Elements whose content an HTML parser treats as text, and the pattern of their end tag.
    name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE | re.ASCII)
    for name in attributes.RAW
}
# Tokens that change the script data states (HTML Standard §13.2.5.15 and following).
_IN_SCRIPT = re.compile(r"<!--|-->|</?script(?=[ \t\n\f\r/>])", re.IGNORECASE | re.ASCII)
_LEAVES = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr "
    "html head body tr tbody thead tfoot colgroup p".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_MARKERS = frozenset("applet caption td th marquee object template".split())  # these end the formatting opened inside
_SCOPES = frozenset("applet caption table td th marquee object template select svg math foreignobject desc".split())
_SPECIAL = _SCOPES | frozenset(
    "address article aside blockquote button center dd details dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 "
    "h5 h6 header hgroup iframe li listing main menu nav noembed noframes noscript ol plaintext pre search section style summary "
    "textarea title ul xmp".split()
)
_SIBLINGS = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
}
# In an SVG drawing, <td> is an element without special meaning.
_CELL_BARRIERS = frozenset({"table", "template", "svg", "math"})
_FOREIGN = frozenset({"svg", "math"})
# These elements of a drawing or formula contain HTML again, so the end of the drawing is no longer certain.
_INTEGRATION = frozenset("foreignobject desc title mi mo mn ms mtext annotation-xml".split())
# A self-closing tag is accepted on these as long as only they occur since <svg>: any other element may have ended the drawing.
_DRAWING = frozenset(
    "svg g path rect circle ellipse line polyline polygon use defs symbol lineargradient radialgradient stop text tspan clippath mask "
    "pattern marker filter image style animate".split()
)


def too_much(text: str) -> str | None:
    """Return why a page is not parsed, as the end of "The page is …"; None if it can be parsed.

    A page of up to 2,000 tags takes some hundredths of a millisecond, one that opens up to 3,000 elements half a millisecond. Only other pages need the
    stack to be followed, which takes 5 to 10 ms per 100 KB.
    """
    if len(text) > MAX_CHARS:
        return f"larger than {MAX_CHARS // 1024 // 1024} million characters"
    tags = text.count("<")
    if len(text) <= _FEW_CHARS and tags < _FEW_TAGS:
        return None
    excess = None if _is_plain(text, tags) else _Stack().follow(text)
    return f"of more than {MAX_TAGS:,} tags" if excess is None and tags > MAX_TAGS else excess


def _is_plain(text: str, tags: int) -> bool:
    """Return whether counting alone proves that the page neither nests too deep nor multiplies elements, whatever the order of its tags."""
    if not attributes.are_few(text) or (tags > _FEW_OPTIONS and len(_OPTION.findall(text)) > _FEW_OPTIONS):
        return False
    if tags < _FEW_TAGS:
        return True
    if tags > MAX_DEPTH and tags - text.count("</") > MAX_DEPTH:
        return False
    # Each token reopens at most the formatting elements that are open, and one link.
    return tags * (1 + len(_PILING.findall(text))) <= _WORK


@dataclass(slots=True)
class _Stack:
    """The stack of open elements, outermost first, and the cost counted so far.

    Attributes:
        names: The open elements.
        marks: For each open marker, its index in `names` and the number of formatting elements open before it.
        formatting: Number of formatting elements that are open or that the next block reopens.
        work: Cost so far; see _WORK.
        foreign: Number of open <svg> and <math> elements.
        unsure: Whether the parser may be in a drawing or formula although none is open here.
        drawing: Whether only shapes occurred since <svg>, so that the parser is certainly in that drawing.
        compared: Attribute comparisons so far; see _ATTRIBUTES.
        merged: Number of attributes of all html and body tags, which the parser merges into one element each.
        select: Index in `names` of the outermost open select; None if there is none.
        options: Number of options in it.
        selected: Number of those that may be selected.
        asked: Option checks so far; see _OPTIONS.
    """

    names: list[str] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    formatting: int = 0
    work: int = 0
    foreign: int = 0
    unsure: bool = False
    drawing: bool = False
    compared: int = 0
    merged: int = 0
    select: int | None = None
    options: int = 0
    selected: int = 0
    asked: int = 0

    def follow(self, text: str) -> str | None:
        at = 0
        while (token := _TOKEN.search(text, at)) is not None:
            at = token.end()
            name = (token["name"] or "").lower()
            if name:
                self._compare(name, token["rest"])
            if token["cdata"]:
                end = self._past_cdata(text, token.start())
            elif name and not token["slash"] and name in _RAW:
                end = self._past_raw(text, at, name, self_closed=token["rest"].endswith("/"))
            else:
                end = at
                if token["slash"]:
                    self._close(name)
                elif name:
                    self._open(name, self_closed=token["rest"].endswith("/"))
                    self._choose(name, token["rest"])
            self.work += self.formatting
            if len(self.names) > MAX_DEPTH:
                return f"nested more than {MAX_DEPTH:,} elements deep"
            if self.work > _WORK:
                return _TANGLED
            if self.compared > _ATTRIBUTES:
                return "too tangled: its tags have too many attributes"
            if self.asked > _OPTIONS:
                return "too tangled: too many options in one select"
            if end is None:
                return self._whatever(text[at:])
            at = end
        return None

    def _whatever(self, rest: str) -> str | None:
        """Return why the rest of a page is not parsed if it is unknown which of its tags are markup and which are text; None if it is safe either way."""
        tags = rest.count("<")
        deepest = len(self.names) + tags - rest.count("</")
        reopened = self.formatting + len(_PILING.findall(rest))
        if not attributes.are_few(rest) or len(_OPTION.findall(rest)) > _FEW_OPTIONS:
            return _TANGLED
        return None if deepest <= MAX_DEPTH and tags * (1 + reopened) <= _WORK else _TANGLED

    def _compare(self, name: str, rest: str) -> None:
        """Count the cost of a tag's attributes: the parser compares each with all before it."""
        merges = name in ("html", "body")
        if not merges and len(rest) <= attributes.MANY:
            return
        count = sum(1 for _ in _ATTRIBUTE.finditer(rest))
        if merges:
            self.merged += count
        self.compared += count * (self.merged if merges else count)

    def _choose(self, name: str, rest: str) -> None:
        """Count the cost of a select's options: at each one the parser checks all before it for being selected."""
        if name == "select" and self.select is None and self.names and self.names[-1] == name:
            self.select, self.options, self.selected = len(self.names) - 1, 0, 0
        elif name == "option" and self.select is not None:
            self.options += 1
            self.selected += "selected" in rest.lower()
            self.asked += self.options + _SELECTED_COSTS * self.selected

    def _past_cdata(self, text: str, start: int) -> int | None:
        """Return where to continue after `<![CDATA[`; None if that is uncertain.

        In a drawing or formula the section ends at `]]>`; elsewhere it is a comment that ends at `>`.
        """
        comment = text.find(">", start) + 1 or len(text)
        if not (self.foreign or self.unsure):
            return comment
        section = text.find("]]>", start) + 3
        section = section if section > 2 else len(text)
        return section if self.drawing or comment == section else None

    def _past_raw(self, text: str, at: int, name: str, *, self_closed: bool) -> int | None:
        """Return where to continue after the start tag of an element that is raw text in HTML and markup in a drawing or formula; None if uncertain."""
        if self_closed and self.drawing:
            return at
        end = _script_end(text, at) if name == "script" else _RAW[name].search(text, at)
        behind = len(text) if end is None else end.start()
        if not (self.foreign or self.unsure):
            self.drawing = False
            return behind
        if end is not None and not self_closed and not _has_markup(text, at, behind):
            return behind
        if not self.drawing:
            return None
        # The text just searched will be searched again.
        self.work += (behind - at) // _CHARS_A_STEP
        self._open(name, self_closed=False)
        return at

    def _open(self, name: str, *, self_closed: bool) -> None:
        if self.foreign and self.names[-1] in _INTEGRATION:
            self.unsure = True
        self.drawing = name in _DRAWING and (self.drawing or (name == "svg" and not self_closed))
        if name in _LEAVES or (self_closed and (self.drawing or name in _FOREIGN)):
            return
        if name in _SIBLINGS:
            self._close_sibling(_SIBLINGS[name])
        if name in _MARKERS:
            self.marks.append((len(self.names), self.formatting))
        if name in _FORMATTING:
            if name in ("a", "nobr"):
                self._close(name)
            self.formatting += 1
        self.foreign += name in _FOREIGN
        self.names.append(name)

    def _close(self, name: str) -> None:
        """Close the innermost element of that name, unless an element that the Standard does not close past is in between."""
        if name in _SCOPES:
            barriers = _CELL_BARRIERS if name in ("td", "th") else _SCOPES - {"td", "th", "caption"}
        else:
            barriers = _SCOPES if name in _SPECIAL or name in _FORMATTING else _SPECIAL
        place = self._find(frozenset({name}), barriers)
        if place is None:
            # It may have ended the drawing, unless it is the end tag of raw text that was skipped.
            self.drawing = self.drawing and name in _RAW
            return
        if name in _FORMATTING:
            self.formatting -= 1
            del self.names[place]
            if self.select is not None and place < self.select:
                self.select -= 1
        else:
            self._cut(place)
            self.drawing = self.drawing and self.foreign > 0

    def _close_sibling(self, names: frozenset[str]) -> None:
        barriers = _CELL_BARRIERS if "td" in names else _SPECIAL - {"address", "div"}
        place = self._find(names, barriers - names)
        if place is not None:
            self._cut(place)

    def _cut(self, place: int) -> None:
        self.foreign -= sum(name in _FOREIGN for name in self.names[place:])
        del self.names[place:]
        if self.select is not None and place <= self.select:
            self.select = None
        while self.marks and self.marks[-1][0] >= place:
            self.formatting = self.marks.pop()[1]

    def _find(self, names: frozenset[str], barriers: frozenset[str]) -> int | None:
        for place in range(len(self.names) - 1, -1, -1):
            self.work += 1
            if self.names[place] in names:
                return place
            if self.names[place] in barriers:
                return None
        return None


def _has_markup(text: str, start: int, end: int) -> bool:
    """Return whether a "<" occurs between two positions outside CDATA sections."""
    at = start
    while (opens := text.find("<", at, end)) >= 0:
        if not text.startswith("<![CDATA[", opens, end):
            return True
        at = text.find("]]>", opens, end) + 3
        if at < 3:
            return True
    return False


def _script_end(text: str, at: int) -> re.Match[str] | None:
    """Return the end tag of a script; an end tag that closes a nested `<script` after `<!--` does not count."""
    escaped = doubly = False
    for mark in _IN_SCRIPT.finditer(text, at):
        start_of_mark = mark.group()[:2]
        if start_of_mark == "<!":
            escaped = True
        elif start_of_mark == "--":
            escaped = doubly = False
        elif start_of_mark != "</":
            doubly = escaped
        elif doubly:
            doubly = False
        else:
            return _RAW["script"].match(text, mark.start())
    return None
