"""Whether a page can be parsed in reasonable time and memory, found out before the parser starts: it cannot be interrupted.

Four things cost it more than a page is worth: elements nested very deep (20,000 divs 0.5 s, 200,000 divs 93 s); unclosed formatting elements,
each of which is opened again in every block that follows (HTML Standard §13.2.4.3: 4,000 of them in 50 KB make sixteen million elements); attributes of
one element, each compared with all before it (60,000 of them 10 s); and options of one select, all of which are asked at each further one whether they
are selected (71,000 of them 16 s).
Counting tags does not find the first: in `<div><table></div></table>` the inner `</div>` is ignored, so the div stays open although
each tag has its match. So the stack of open elements is followed here as the Standard does, roughly, erring towards "too deep".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.clean import attributes

MAX_DEPTH = 3_000
"""Elements that may be open at once."""
MAX_CHARS = 16 * 1024 * 1024
"""Characters of markup that are parsed."""
MAX_TAGS = 300_000
"""Tags that are parsed: a page of them takes a second or two."""

_WORK = 1_000_000  # elements opened again, and steps down the stack, that a page may cost
_ATTRIBUTES = 100_000_000
"""Comparisons of attributes that a page may cost: 10,000 on one tag, 0.3 s."""
_OPTIONS = 60_000_000
"""Options asked whether they are selected that a page may cost: 0.4 s. One that is selected costs twenty times as much."""
_SELECTED_COSTS = 20
_FEW_OPTIONS = 5_000
_FEW_CHARS = 20_000  # fewer characters than this hold no attributes to speak of
_FEW_TAGS = 2_000  # fewer tags than this can neither nest too deep nor, half of them reopened by the other half, exceed the work

# Formatting elements that stay open side by side. A new <a> closes the one before, unless one of the others here stands between.
_PILING = re.compile(
    # With which letter a name begins is asked first: most tags are none of these.
    r"<(?-i:(?=[bcefimnostuBCEFIMNOSTU]|[aA][pP]))(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u|applet|caption|marquee|object|table|template)(?=[ \t\n\f\r/>])",
    re.IGNORECASE,
)

_COMMENT = r"<!--(?:-?>|.*?(?:--!?>|\Z))"
_CDATA = r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
_ENDS = r"(?=[ \t\n\f\r/>])"
_REST = rf"(?:[ \t\n\f\r/]++|{attributes.ATTRIBUTE})*+"
_RAW = rf"<(?P<holder>{'|'.join(attributes.RAW)}){_ENDS}(?P<own>{_REST}).*?(?:</(?P=holder){_ENDS}|\Z)"
_NO_TAG = r"<[!?][^>]*+|</[^a-z>][^>]*+"
"""What the Standard reads as a comment."""
_TAG = rf"<(?P<slash>/?)(?P<name>[a-z][^ \t\n\f\r/>]*+)(?P<rest>{_REST})"
_TOKEN = re.compile(rf"{_COMMENT}|(?P<raw>{_CDATA}|{_RAW})|{_NO_TAG}|{_TAG}", re.IGNORECASE | re.DOTALL)
_TOKEN_IN_DRAWING = re.compile(rf"{_COMMENT}|{_CDATA}|{_NO_TAG}|{_TAG}", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(attributes.ATTRIBUTE)
_OPTION = re.compile(r"<option(?=[ \t\n\f\r/>])", re.IGNORECASE)
_LEAVES = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr "
    "html head body tr tbody thead tfoot colgroup p".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_MARKERS = frozenset("applet caption td th marquee object template".split())  # formatting opened inside ends with them
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
_CELL_BARRIERS = frozenset({"table", "template"})
# Of these a self-closing tag is believed, as long as nothing but them has come since <svg>: anything else may have left the drawing.
_DRAWING = frozenset(
    "svg g path rect circle ellipse line polyline polygon use defs symbol lineargradient radialgradient stop text tspan clippath mask "
    "pattern marker filter image style animate".split()
)


def too_much(text: str) -> str | None:
    """Why a page is not parsed, as the end of "The page is …"; None where it can be.

    A page of up to 2,000 tags costs some hundredths of a millisecond, one that opens up to 3,000 elements half of one; only the rest is followed,
    for 5 to 10 ms per 100 KB.
    """
    if len(text) > MAX_CHARS:
        return f"larger than {MAX_CHARS // 1024 // 1024} million characters"
    tags = text.count("<")
    if len(text) <= _FEW_CHARS and tags < _FEW_TAGS:
        return None
    excess = None if _is_plain(text, tags) else _Stack().follow(text)
    return f"of more than {MAX_TAGS:,} tags" if excess is None and tags > MAX_TAGS else excess


def _is_plain(text: str, tags: int) -> bool:
    """Whether counting alone shows that the page can neither nest too deep nor multiply, wherever its tags stand."""
    if not attributes.are_few(text) or (tags > _FEW_OPTIONS and len(_OPTION.findall(text)) > _FEW_OPTIONS):
        return False
    if tags < _FEW_TAGS:
        return True
    if tags > MAX_DEPTH and tags - text.count("</") > MAX_DEPTH:
        return False
    # Each token opens at most those again that are open, and one link.
    return tags * (1 + len(_PILING.findall(text))) <= _WORK


@dataclass(slots=True)
class _Stack:
    """The open elements, outermost first, and what following them has cost.

    Attributes:
        names: The open elements.
        marks: For each open marker its place in `names` and the formatting that was open before it.
        formatting: Formatting elements that are open, or that the next block opens again.
        work: See _WORK.
        hidden: Tags in places that are text or markup depending on what surrounds them; each counts as open for good.
        drawing: Whether nothing but shapes has come since <svg>.
        compared: See _ATTRIBUTES.
        merged: Attributes of all html and body tags, which end up on one element each.
        select: The place in `names` of the outermost open select; None where there is none.
        options: Options in it.
        selected: Those of them that may be selected.
        asked: See _OPTIONS.
    """

    names: list[str] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    formatting: int = 0
    work: int = 0
    hidden: int = 0
    drawing: bool = False
    compared: int = 0
    merged: int = 0
    select: int | None = None
    options: int = 0
    selected: int = 0
    asked: int = 0

    def follow(self, text: str) -> str | None:
        for token in _TOKEN.finditer(text):
            name = token["name"]
            self._compare(name, token["rest"] or token["own"] or "")
            if not name:
                self._pass_over(token["raw"] or "")
            elif token["slash"]:
                self._close(name.lower())
            else:
                self._open(name.lower(), token["rest"])
            self.work += self.formatting
            if len(self.names) + self.hidden > MAX_DEPTH:
                return f"nested more than {MAX_DEPTH:,} elements deep"
            if self.work > _WORK:
                return "too tangled: too many of its elements are never closed"
            if self.compared > _ATTRIBUTES:
                return "too tangled: its tags have too many attributes"
            if self.asked > _OPTIONS:
                return "too tangled: too many options stand in one select"
        return None

    def _compare(self, name: str | None, rest: str) -> None:
        """The attributes of a tag: each is compared with all before it."""
        merges = name is not None and name.lower() in ("html", "body")
        if not merges and len(rest) <= attributes.MANY:
            return
        count = sum(1 for _ in _ATTRIBUTE.finditer(rest))
        if merges:
            self.merged += count
        self.compared += count * (self.merged if merges else count)

    def _pass_over(self, raw: str) -> None:
        """Text without markup; but CDATA is so only inside a drawing or formula, and <style> and its like only outside."""
        foreign = "svg" in self.names or "math" in self.names
        if raw and foreign != raw.startswith("<!"):
            self.hidden += raw.count("<") - 2
            for token in _TOKEN_IN_DRAWING.finditer(raw, 1):
                self._compare(token["name"], token["rest"] or "")

    def _open(self, name: str, rest: str) -> None:
        self_closed = rest.endswith("/")
        self.drawing = name in _DRAWING and (self.drawing or (name == "svg" and not self_closed))
        if name in _LEAVES or (self_closed and self.drawing):
            return
        if name in _SIBLINGS:
            self._close_sibling(_SIBLINGS[name])
        if name in _MARKERS:
            self.marks.append((len(self.names), self.formatting))
        if name in _FORMATTING:
            if name in ("a", "nobr"):
                self._close(name)
            self.formatting += 1
        if name == "select" and self.select is None:
            self.select, self.options, self.selected = len(self.names), 0, 0
        elif name == "option" and self.select is not None:
            self.options += 1
            self.selected += "selected" in rest.lower()
            self.asked += self.options + _SELECTED_COSTS * self.selected
        self.names.append(name)

    def _close(self, name: str) -> None:
        """Close the innermost element of that name, unless something stands between that the Standard does not close past."""
        if name in _SCOPES:
            barriers = _CELL_BARRIERS if name in ("td", "th") else _SCOPES - {"td", "th", "caption"}
        else:
            barriers = _SCOPES if name in _SPECIAL or name in _FORMATTING else _SPECIAL
        place = self._find(frozenset({name}), barriers)
        if place is None:
            return
        if name in _FORMATTING:
            self.formatting -= 1
            del self.names[place]
            if self.select is not None and place < self.select:
                self.select -= 1
        else:
            self._cut(place)

    def _close_sibling(self, names: frozenset[str]) -> None:
        barriers = _CELL_BARRIERS if "td" in names else _SPECIAL - {"address", "div"}
        place = self._find(names, barriers - names)
        if place is not None:
            self._cut(place)

    def _cut(self, place: int) -> None:
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
