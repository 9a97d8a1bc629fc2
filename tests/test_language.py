"""Language: docstrings, comments and documentation use the standard terms of the glossary, not the words that they replaced."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_PACKAGES = ("monitor", "rendering", "alerts", "storage", "pagewitness")
_DOCUMENTATION = "documentation"
_NOT_CHECKED = {
    "docs/decisions": "records of their time",
    "docs/quality.md": "measurements, with quotes of pages",
    "docs/performance.md": "measurements",
    "storage/migrations": "as they were applied",
}
"""Files and folders that may use any word, and why."""
_TERMS = {
    "somebody": "the role, such as operator or recipient",
    "nobody": "what is missing, such as no rule or no process",
    "whoever": "the role, such as operator or recipient",
    r"in\s+vain": "failed",
    r"heed(?:s|ed|ing)?": "always_report",
    r"good\s+guests?": "politeness",
    r"litter(?:s|ed|ing)?": "garbage",
    "strangers?": "untrusted source, or other host",
    "told": "reported, sent, or notified",
    "tells": "reports, sends, or states",
    "ledgers?": "fact history",
    "reread(?:s|ings?)?": "reprocess, reprocessing",
    r"overrul(?:e|es|ed|ing)": "ignore, ignored (robots.txt)",
}
"""A pattern of each word that is not used, and the standard term."""
_WORDS = re.compile("|".join(rf"(?P<t{index}>\b{word}\b)" for index, word in enumerate(_TERMS)), re.IGNORECASE)
_IN_PARAGRAPH = r"(?:(?!\n\s*\n)[^{0}]){{0,500}}"
"""Text within one paragraph that contains none of the characters filled in."""
_EXEMPT = re.compile(
    rf"`+{_IN_PARAGRAPH.format('`')}`+"  # code
    rf'|"{_IN_PARAGRAPH.format(chr(34))}"|“{_IN_PARAGRAPH.format("”")}”'  # quoted output
    r"|(?<=\]\()[^)\s]+"  # the target of a link
    r"|^[ \t]+\w+:(?=\s)",  # the name of an entry in Args or Attributes
    re.MULTILINE,
)
_FENCED = re.compile(r"^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)


@pytest.mark.parametrize("group", [*_PACKAGES, _DOCUMENTATION])
def test_prose_uses_the_standard_terms(group: str):
    found = [line for path in _files(group) for line in _findings(path)]
    assert not found, "\n".join(["words that have a standard term:", *found])


def test_words_in_docstrings_and_comments_are_found():
    code = '''"""Return what is told.

Args:
    told: Called whoever asks.
"""
told = "nobody"  # a ledger
other: int
"""In vain."""
# Rereadings of robots_overruled
text = """
somebody
"""
'''
    assert list(_in_python(code)) == [
        (1, "told", "told"),
        (4, "whoever", "whoever"),
        (6, "ledger", "ledgers?"),
        (8, "In vain", r"in\s+vain"),
        (9, "Rereadings", "reread(?:s|ings?)?"),
    ]


def test_words_in_documents_are_found_except_in_code_quotes_and_link_targets():
    document = """A page is told `told` in `x` vain, prints "in
vain" and [tells](0016-told-anew.md).

    nobody

```text
somebody
```
In
vain: 5" wide.

A "quote that does not end

heed it"
"""
    assert list(_in_markdown(document)) == [
        (1, "told", "told"),
        (2, "tells", "tells"),
        (9, "In vain", r"in\s+vain"),
        (14, "heed", "heed(?:s|ed|ing)?"),
    ]


def _files(group: str) -> list[Path]:
    if group == _DOCUMENTATION:
        paths = [_ROOT / "README.md", _ROOT / "CONTRIBUTING.md", *(_ROOT / "docs").rglob("*.md")]
    else:
        paths = [*(_ROOT / group).rglob("*.py")]
    assert paths, group
    return sorted(path for path in paths if not any(path.is_relative_to(_ROOT / name) for name in _NOT_CHECKED))


def _findings(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if _WORDS.search(text) is None:  # most files: nothing to parse
        return
    for line, word, pattern in _in_python(text) if path.suffix == ".py" else _in_markdown(text):
        yield f"{path.relative_to(_ROOT).as_posix()}:{line}: {word!r}; use: {_TERMS[pattern]}"


def _in_python(code: str) -> Iterator[tuple[int, str, str]]:
    """The words in docstrings, attribute docstrings included, and comments; everything else is blanked."""
    lines = code.split("\n")
    prose = [""] * len(lines)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                prose[number] = lines[number].replace('"""', "   ")
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            prose[token.start[0] - 1] += token.string.removeprefix("#").strip()
    return _words("\n".join(prose))


def _in_markdown(document: str) -> Iterator[tuple[int, str, str]]:
    return _words(_INDENTED.sub("", _FENCED.sub(_blank, document)))


def _words(prose: str) -> Iterator[tuple[int, str, str]]:
    """The line, word and pattern of each word outside code and quotes."""
    patterns = list(_TERMS)
    text = _EXEMPT.sub(_blank, prose)
    for match in _WORDS.finditer(text):
        word = " ".join(match[0].split())
        yield text.count("\n", 0, match.start()) + 1, word, patterns[int((match.lastgroup or "t0")[1:])]


def _blank(match: re.Match[str]) -> str:
    return "·" + "\n" * match[0].count("\n")
