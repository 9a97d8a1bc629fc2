"""No pattern of the packages can be made to take more than linear time: what it is applied to comes from strangers, and nothing interrupts it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.growth import Growth, growth, pattern_work
from tests.support.patterns import collected, unaccounted
from tests.support.pumping import inputs

_COMPILED_WHERE_USED = {
    # Two patterns of that module, kept there.
    "monitor.extraction.attributes._all_few: re.compile(f'[^<]*+(?:{tag})*+(?:{merged}(?:{tag})*+){{0,{_MERGED}}}+')",
    # Anchored at line ends, and possessive.
    "monitor.extraction.formats.mhtml._parts: re.compile(b'(?:\\\\A|\\\\r?\\\\n)--' + re.escape(boundary.encode('latin-1', 'replace')) + b'(--)?[ \\\\t]*+(?=\\\\r?\\\\n|\\\\Z)')",
    # An escaped text behind an assertion: found in linear time, if every place of it is tried.
    "rendering.text_safety._locate: re.finditer(f'(?={re.escape(quote)})')",
    # Escaped texts of up to 4,000 characters, in a log of a bounded length.
    "alerts.apprise_urls.redact: re.sub('|'.join(map(re.escape, secrets)))",
    # One class of characters, repeated.
    "monitor.search.tokens._characters: re.compile(f\"[\\\\w{''.join(marks)}{_JOINERS}]+\")",
    # Compiled once, when the module is imported: kept there, and collected.
    "monitor.page_status.bot_protection._compiled: re.compile('|'.join(groups).encode())",
}
"""Patterns that no module keeps, and why they are harmless. A new line here needs such a reason."""
_GROUPS = 8

PUMPED = {
    "two ways through a group": (r"(?:a|aa)+$", "match"),
    "two ways through a comment": (r"\s*(?:<!--.*?-->\s*)*<root", "match"),
    "white space before what never comes": (r"\s+;", "search"),
    "white space around what may be left out": (r"\s*,?\s*;", "match"),
    "an opening that is never closed": (r"/\*.*?\*/", "search"),
    "any text before a word": (r".*(?:pixel|blank).*\.gif$", "match"),
    "digits before an end": (r"\d[\d.,]*\s$", "search"),
}
HARMLESS = {
    "a set": (r"[a-z ]+", "search"),
    "a possessive run behind what cannot be in it": (r"(?<!\s)\s++;", "match"),
    "a bounded run": (r"\w{0,40};", "search"),
    "many alternatives": ("|".join(f"w{number}ord" for number in range(60)), "search"),
}


@pytest.mark.parametrize("group", range(_GROUPS))
def test_every_pattern_is_linear_in_what_it_is_applied_to(group: int):
    slow = {
        f"{applied.name} by {mode}, {found[0]!r}: {found[1]}"
        for applied in collected()[group::_GROUPS]
        for mode in applied.modes
        if (found := _growing(applied.pattern, mode))
    }
    assert not slow


@pytest.mark.parametrize("kind", PUMPED)
def test_that_would_find_a_pattern_with(kind: str):
    pattern, mode = PUMPED[kind]
    assert _growing(re.compile(pattern, re.DOTALL), mode)


@pytest.mark.parametrize("kind", HARMLESS)
def test_that_does_not_take_for_slow(kind: str):
    pattern, mode = HARMLESS[kind]
    assert not _growing(re.compile(pattern), mode)


def test_all_patterns_are_collected():
    """Those that stand where they are used are spelt out there; the few others are known."""
    names = {applied.name for applied in collected()}
    assert {
        "monitor.sentences._END",
        "monitor.extraction.metadata._MARKS[0][1]",
        "monitor.requisites.css_parts._PIECE",
    } <= names
    assert len(names) > 150
    assert set(unaccounted()) == _COMPILED_WHERE_USED


def _growing(pattern: re.Pattern[Any], mode: str) -> tuple[object, Growth] | None:
    """The first text that a pattern takes more than linear time for."""
    work = pattern_work(pattern, mode)
    for text in inputs(pattern):
        front, pumped, end = text
        least = max(300, 1_200 // len(pumped))
        grown = growth(work, lambda size, f=front, p=pumped, e=end, n=least: f + p * (n * size) + e)
        if not grown.is_linear:
            return text, grown
    return None
