"""Nothing of the measured pages may occur in monitor/: others are held back, and a reader tuned to these would be worth nothing.

Looked for, in the strings, patterns and numbers of monitor/ and in the entries of its lexicon (docstrings and comments are free to name what they explain):

- a host that is found on one site only;
- an element's id or class that is found on one site only;
- a true figure: a value of a history's transitions or facts, a number in an article's true text or in a passage that must stay.

Left alone, and why:

- ids and classes of public tools for consent and feeds, and of public guards: they are of products, found on any site (`FREE`);
- common words: what occurs on several sites, or consists of words that several sites use in their ids, classes or texts ("post-nav"), or is a word of
  the language that the page is written in; and a few conventions of public software that happen to be on one site here (`CONVENTIONS`);
- numbers that mean nothing by themselves: years; fewer than three digits in a history, four in an article (status codes, code pages); round ones where they
  are a number in the code or the value of a word in the lexicon, not a text;
- what public pages stated about the Global Coalition's membership (coalition-counts.jsonl).
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from eval.files import history_names, json_lines, unpacked
from monitor.extraction.extract import decode
from monitor.extraction.parse_limits import too_much

HEART = Path(__file__).parent.parent / "monitor"
FREE = re.compile(
    r"cookie|consent|gdpr|ccpa|privacy|onetrust|optanon|cmplz|moove|catapult|cli[-_]|cky|didomi|usercentrics|iubenda|klaro|osano|truste|sp_message|qc-cmp|"
    r"twitter|tweet|ctf|instagram|sbi|facebook|fb-|cff|disqus|livefyre|juicer|curator|flockler|addtoany|addthis|sharethis|sharedaddy|jp-|outbrain|taboola|"
    r"captcha|turnstile|challenge|cf-|incapsula|datadome|queue-it|wordfence",
    re.IGNORECASE,
)
"""Ids and classes of public tools: consent managers, social feeds and share rows, guards."""
CONVENTIONS = frozenset(
    {
        "pagenav",  # page numbers of vBulletin, XOOPS and others
    }
)
VOCABULARIES = frozenset({"schema.org"})
"""Hosts that name a vocabulary for pages of all sites."""
_SEVERAL = 3
"""Sites whose pages use a word from which it is common."""
_FEW_ENOUGH = 400
"""Number of snapshots of a history that are examined, spread over all: templates change seldom."""
_HOST = re.compile(r"(?<![\w.@-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\w.,#])\d+(?:[.,\u00a0\u202f]\d{3})*(?:[.,]\d+)?(?![.,]?\w)")
_QUANTIFIER = re.compile(r"\{\d*,?\d*\}|\\[ux][0-9a-fA-F]{2,8}")
_SHORTEST_NAME = 4


@dataclass(slots=True)
class Seen:
    """What a folder of pages holds.

    Attributes:
        hosts: The sites that name each host.
        names: The sites that have each id or class.
        words: The sites whose ids, classes or texts use each word.
        page_words: Words of the pages' texts.
        figures: The true figures, digits only, with where they come from.
    """

    hosts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    page_words: set[str] = field(default_factory=set)
    figures: dict[str, str] = field(default_factory=dict)

    def page(self, site: str, body: bytes) -> None:
        """Add a page of a site."""
        text = decode(body, "text/html")
        if too_much(text) is not None:
            return
        self.hosts[_bare(site)].add(site)
        tree = LexborHTMLParser(text)
        for node in tree.css("[id], [class], [href], [src]"):
            attributes = node.attributes
            for name in f"{attributes.get('id') or ''} {attributes.get('class') or ''}".split():
                self.names[name].add(site)
                for word in _words(name):
                    self.words[word].add(site)
            for link in (attributes.get("href"), attributes.get("src")):
                if link and (host := _host_of(link)):
                    self.hosts[host].add(site)
        for word in set(re.findall(r"[^\W\d_]{4,}", (tree.body.text() if tree.body else "").lower())):
            self.words[word].add(site)
            self.page_words.add(word)

    def truth(self, values: Iterable[Any], where: str, *, shortest: int) -> None:
        """Add what a ground truth states: values, or texts with numbers in them of at least so many digits."""
        for value in values:
            for number in _NUMBER.findall(str(value)):
                digits = _digits(number)
                if len(digits) >= shortest and not _is_year(digits):
                    self.figures.setdefault(digits, where)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of the measured pages in the heart."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def run(folder: Path, package: Path = HEART) -> int:
    """Print what of the folder's pages occurs in monitor/; 1 where anything does."""
    seen = collect(folder)
    found = list(search(package, seen))
    for finding in found:
        print(finding, file=sys.stderr)
    checked = f"{len(seen.hosts):,} hosts, {len(seen.names):,} ids and classes, {len(seen.figures):,} figures"
    print(f"guard: {len(found)} of {checked} stand in {package.name}/")
    return 1 if found else 0


def collect(folder: Path) -> Seen:
    """Everything that the pages of a folder have to themselves."""
    seen = Seen()
    for name in ("articles", "segments"):
        with unpacked(folder, name) as pages:
            if pages is not None:
                truth = json.loads((pages / "truth.json").read_text())
                for file, entry in truth.items():
                    body = (pages / "pages" / file).read_bytes()
                    seen.page(_site(entry, file, body), body)
                    seen.truth(
                        [entry] if isinstance(entry, str) else entry["with"],
                        f"the true text of {name}/{file}",
                        shortest=4,
                    )
    parent = folder / "histories"
    for name in history_names(parent) if parent.is_dir() else ():
        with unpacked(parent, name) as history:
            assert history is not None
            _history(seen, history, name)
    free = {_digits(str(row["count"])) for row in json_lines(folder / "coalition-counts.jsonl")}
    for digits in free & set(seen.figures):
        del seen.figures[digits]
    return seen


def _history(seen: Seen, history: Path, name: str) -> None:
    snapshots = json_lines(history / "manifest.jsonl")
    for row in snapshots[:: max(len(snapshots) // _FEW_ENOUGH, 1)]:
        seen.page(_host_of(row["url"]) or name, (history / row["file"]).read_bytes())
    for row in snapshots:
        seen.truth((row.get("facts") or {}).values(), f"a fact of {name}", shortest=3)
    for row in json_lines(history / "transitions.jsonl"):
        if row["fact"] != "ota_text":
            seen.truth((row.get("old"), row.get("new")), f"a transition of {name}", shortest=3)


def _site(entry: Any, file: str, body: bytes) -> str:
    if isinstance(entry, dict) and (host := _host_of(entry.get("url", ""))):
        return host
    found = re.search(rb"(?:rel=.?canonical.? href|property=.?og:url.? content)=[\"']?(https?://[^\"'\s>]+)", body)
    return (_host_of(found.group(1).decode("latin-1")) if found else "") or file


def search(package: Path, seen: Seen) -> Iterator[Finding]:
    """What of the pages occurs in the code below `package`."""
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        reported = _reported(tree)
        file = str(path.relative_to(package.parent))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in reported:
                for what in sorted(set(_in_constant(node.value, seen))):
                    yield Finding(file, node.lineno, what)
    for path in sorted(package.rglob("*.toml")):
        file = str(path.relative_to(package.parent))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            # Comments and names of topics are free, as docstrings are.
            if not line.startswith(("#", "[")) and not line.endswith("'''"):
                for what in sorted(set(_in_constant(_without_round_value(line), seen))):
                    yield Finding(file, number, what)


def _without_round_value(entry: str) -> str:
    """Return an entry of the lexicon without the value of its words, if that is round: "1000 thousand"."""
    value, _, words = entry.partition(" ")
    return words if value.isdecimal() and _is_round(int(value)) else entry


def _reported(tree: ast.Module) -> set[int]:
    """Strings that are statements of their own: docstrings, of attributes too."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _in_constant(value: object, seen: Seen) -> Iterator[str]:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        yield from _in_text(_QUANTIFIER.sub(" ", value).replace("\\", ""), seen)
    elif isinstance(value, int | float) and not isinstance(value, bool) and not _is_round(value):
        yield from _figures(str(value), seen)


def _in_text(text: str, seen: Seen) -> Iterator[str]:
    for host in set(map(_bare, _HOST.findall(text))):
        sites = seen.hosts.get(host, set())
        if len(sites) == 1 and host not in VOCABULARIES and not FREE.search(host):
            yield f"the host {host} is found on one site only ({min(sites)})"
    for name in set(_NAME.findall(text)):
        sites = seen.names.get(name, set())
        if len(sites) == 1 and len(name) >= _SHORTEST_NAME and not FREE.search(name) and not _is_common(name, seen):
            yield f"the id or class {name} is found on one site only ({min(sites)})"
    for number in set(_NUMBER.findall(text)):
        yield from _figures(number, seen)


def _figures(number: str, seen: Seen) -> Iterator[str]:
    where = seen.figures.get(_digits(number))
    if where is not None:
        yield f"{number} is a true figure ({where})"


def _is_common(name: str, seen: Seen) -> bool:
    """Whether a name is made of words that several sites use, or is a word of its page's language: any author may use it."""
    words = _words(name)
    spread = bool(words) and all(len(seen.words.get(word, ())) >= _SEVERAL for word in words)
    return spread or name in seen.page_words or name in CONVENTIONS


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1800 <= int(digits) <= 2100


def _is_round(value: float) -> bool:
    """A limit or a scale, as code has many: tens, powers of two, a row of nines."""
    whole = int(value)
    if value != whole:
        return len(_digits(str(value))) < 4
    return whole % 10 == 0 or whole & (whole - 1) == 0 or set(str(whole)) == {"9"}


def _host_of(url: str) -> str:
    try:
        return _bare(urlsplit(url.strip()).hostname or "")
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
