"""Check that the tags of a page have few attributes: the parser compares each attribute with all before it.

Attributes of repeated html and body tags are merged into one element, so these tags are limited too. Measured: 10,000 attributes of one tag, or of one
body through 10,000 tags, take 0.3 s; 60,000 take 10 s.
"""

from __future__ import annotations

import re

MANY = 250
"""Number of attributes of a tag up to which they are not counted."""
_MANY_IN_TEXT = 60
_MERGED = 6
"""Number of html and body tags of a page up to which their attributes are not counted."""

_SPACE = r" \t\n\f\r"
ATTRIBUTE = (
    rf"(?:=[^{_SPACE}/>=]*+|[^{_SPACE}/>=]++)"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{_SPACE}>]*+))?+"
)
"""Pattern of an attribute as in the tokenizer of the HTML Standard (§13.2.5.32 to 39)."""
RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
"""Elements that contain text; inside a drawing they contain markup."""

_NAME_ENDS = rf"[{_SPACE}/>]"
_NO_MARKUP = rf"{'|'.join(('html', 'body', *RAW))}"
_LETTERS = "bhinstx"
"""First letters of these names."""
_OTHER_LETTERS = "ac-gj-mo-ru-wyz"


def _rest(many: int) -> str:
    """Return a pattern of the rest of a tag, after the first letter of its name, with at most `many` attributes."""
    return rf"[^{_SPACE}/>]*+(?:[{_SPACE}/]*+{ATTRIBUTE}){{0,{many}}}+[{_SPACE}/]*+(?:>|\Z)"


def _all_few(tag_in_raw: str) -> re.Pattern[str]:
    """Return a pattern that matches a page to its end if none of its tags has many attributes.

    Args:
        tag_in_raw: Pattern of what may follow "<" in the text of one of `RAW`.
    """
    rest = _rest(MANY)
    holders = "|".join(
        rf"{name}(?={_NAME_ENDS}){rest}(?:[^<]++|<(?!/{name}{_NAME_ENDS}){tag_in_raw})*+" for name in RAW
    )
    # Short tags without quotes come first: they end at the first ">", whatever they contain, and are three in four. Most names need no look-ahead.
    tag = (
        rf"<(?:/[^\"'>]{{0,{MANY}}}+>|(?:[{_OTHER_LETTERS}]|(?!(?:{_NO_MARKUP}){_NAME_ENDS})[{_LETTERS}])(?:[^\"'>]{{0,{MANY}}}+>|{rest})"
        rf"|(?![!/a-z])|/(?:(?![a-z])|[a-z]{rest})"
        rf"|!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))|!(?!--|\[CDATA\[)|{holders})[^<]*+"
    )
    merged = rf"<(?:html|body)(?={_NAME_ENDS}){rest}[^<]*+"
    # Names of elements are ASCII: a long s begins no script.
    return re.compile(rf"[^<]*+(?:{tag})*+(?:{merged}(?:{tag})*+){{0,{_MERGED}}}+", re.IGNORECASE | re.ASCII)


_PLAIN = _all_few("")
# In a drawing, text may turn out to be markup, so no tag in it may be long either.
_WITH_DRAWINGS = _all_few(rf"(?:(?!/?[a-z])|(?=/?[a-z]{_rest(_MANY_IN_TEXT)}))")


def are_few(text: str) -> bool:
    """Return whether the attributes need not be counted. Takes about 0.3 ms per 100 KB."""
    return _is_whole(_WITH_DRAWINGS, text) or (not _may_have_drawings(text) and _is_whole(_PLAIN, text))


def _is_whole(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.match(text)
    return found is not None and found.end() == len(text)


def _may_have_drawings(text: str) -> bool:
    if "svg" in text or "math" in text:
        return True
    # Names of elements are ASCII; folding a whole page as Unicode takes more time than parsing it.
    folded = text.encode("utf-8", "surrogatepass").lower()
    return b"svg" in folded or b"math" in folded
