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
_NAMES = {
    "told": "reported, events or messages",
    "tell": "report or send",
    "tells": "reports or sends",
    "said": "text",
    "came": "arrived, result",
    "heard": "received",
    "somebody": "the role",
    "nobody": "what is missing",
    "whoever": "the role",
    "heed": "always_report",
    "vain": "failed",
    "ledger": "fact_history",
    "guest": "the role, such as session",
    "stranger": "other host",
    "understand": "analyze",
    "retell": "reprocess",
    "captures": "snapshots",
}
"""A word that no name contains, between underscores, and the standard term."""
_CODE = (*_PACKAGES, "eval", "bench", "tests")
_NAMES_NOT_CHECKED = ("storage/migrations", "eval/generated", "tests/eval", "tests/monitor", "monitor/facts")
_ALLOWED_NAMES = {
    ("eval/histories.py", "said"): "column of the printed table and measure in floors.toml",
    ("eval/histories.py", "heard"): "column of the printed table and measure in floors.toml",
    ("eval/histories.py", "captures"): "column of the printed table",
}
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


@pytest.mark.parametrize("group", _CODE)
def test_names_use_the_standard_terms(group: str):
    paths = [path.relative_to(_ROOT) for path in sorted((_ROOT / group).rglob("*.py"))]
    found = [
        f"{path.as_posix()}:{line}: {name}; use: {_NAMES[word]}"
        for path in paths
        if not any(path.is_relative_to(folder) for folder in _NAMES_NOT_CHECKED)
        for line, name, word in _names(_ROOT.joinpath(path).read_text(encoding="utf-8"))
        if (path.as_posix(), name) not in _ALLOWED_NAMES
    ]
    assert not found, "\n".join(["names that have a standard term:", *found])


def test_words_in_names_are_found_where_they_are_defined():
    code = """
def test_nobody(told, *, toldest=tell()):
    self.is_told = LEDGER = whoever.said
class Retell: pass
for came, _ in []: pass
"""
    assert [*_names(code)] == [
        (2, "test_nobody", "nobody"),
        (2, "told", "told"),
        (3, "LEDGER", "ledger"),
        (3, "is_told", "told"),
        (4, "Retell", "retell"),
        (5, "came", "came"),
    ]


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


def _names(code: str) -> Iterator[tuple[int, str, str]]:
    """The line, name and word of each name that the code defines and that contains a word of `_NAMES`, in order."""
    defined: set[tuple[int, str]] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            defined.add((node.lineno, node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            defined.add((node.lineno, node.attr))
    for line, name in sorted(defined):
        for word in name.lower().split("_"):
            if word in _NAMES:
                yield line, name, word


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
