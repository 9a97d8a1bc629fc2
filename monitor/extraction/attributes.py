"""Whether no tag of a page has many attributes, and none are merged into html and body over and over: the parser compares each with all before it.

Measured: 10,000 attributes of one tag, or of one body by 10,000 tags, 0.3 s; 60,000 of them 10 s.
"""

from __future__ import annotations

import re

MANY = 250
"""Attributes that a tag may have without being counted."""
_MANY_IN_TEXT = 60
_MERGED = 6
"""Tags of html and body that a page may have without their attributes being counted."""

_SPACE = r" \t\n\f\r"
ATTRIBUTE = (
    rf"(?:=[^{_SPACE}/>=]*+|[^{_SPACE}/>=]++)"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{_SPACE}>]*+))?+"
)
"""An attribute as the tokenizer of the HTML Standard reads it (§13.2.5.32 to 39)."""
RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
"""Elements that hold text; inside a drawing they hold markup."""

_NAME_ENDS = rf"[{_SPACE}/>]"
_NO_MARKUP = rf"{'|'.join(('html', 'body', *RAW))}"


def _rest(many: int) -> str:
    """What follows the first letter of a tag that has no more attributes than that."""
    return rf"[^{_SPACE}/>]*+(?:[{_SPACE}/]*+{ATTRIBUTE}){{0,{many}}}+[{_SPACE}/]*+(?:>|\Z)"


def _all_few(tag_in_raw: str) -> re.Pattern[str]:
    """Matches a page to its end where none of its tags has many attributes.

    Args:
        tag_in_raw: Matches, behind "<", what may stand as text in one of `RAW`.
    """
    rest = _rest(MANY)
    holders = "|".join(
        rf"<{name}(?={_NAME_ENDS}){rest}(?:[^<]++|<(?!/{name}{_NAME_ENDS}){tag_in_raw})*+" for name in RAW
    )
    # Tags without quotes, and short, first: they end at the first ">", whatever they are, and are three in four.
    piece = (
        rf"(?:[^<]++|</[^\"'>]{{0,{MANY}}}+>|<(?!(?:{_NO_MARKUP}){_NAME_ENDS})[a-z](?:[^\"'>]{{0,{MANY}}}+>|{rest})"
        rf"|<(?![!/a-z])|</(?:(?![a-z])|[a-z]{rest})"
        rf"|<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))|<!(?!--|\[CDATA\[)|{holders})"
    )
    return re.compile(rf"{piece}*+(?:<(?:html|body)(?={_NAME_ENDS}){rest}{piece}*+){{0,{_MERGED}}}+", re.IGNORECASE)


_PLAIN = _all_few("")
# In a drawing what looks like text may be markup, so no tag in it is long either.
_WITH_DRAWINGS = _all_few(rf"(?:(?!/?[a-z])|(?=/?[a-z]{_rest(_MANY_IN_TEXT)}))")


def are_few(text: str) -> bool:
    """Whether counting them is not needed. Takes about a millisecond per 100 KB."""
    folded = text.lower()
    found = _WITH_DRAWINGS.match(text) if "svg" in folded or "math" in folded else _PLAIN.match(text)
    return found is not None and found.end() == len(text)
