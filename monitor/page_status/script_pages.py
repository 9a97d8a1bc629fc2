"""Recognise pages that a script renders: by a request to enable scripts in `noscript`, or by an empty container beside scripts.

Only meaningful for a page without text.
"""

from __future__ import annotations

import re

from monitor.extraction import no_script

_SEARCHED_BYTES = 300_000
_SCRIPT = re.compile(
    rb"<script(?![^<>]{0,300}\btype\s*=\s*[\"']?(?:application/(?:ld\+)?json|text/(?:template|html)))[\s>]",
    re.IGNORECASE,
)
# The element in which a script builds the page: div, main, section, or an element with a name of its own ("app-root").
_CONTAINER = re.compile(
    rb"<(div|main|section|[a-z]{1,20}-[a-z-]{1,40})(?:\s[^<>]{0,500})?>\s{0,200}(?:<!--[^<>]{0,200}-->\s{0,200})?</\1\s{0,9}>",
    re.IGNORECASE,
)


def has_scripts(body: bytes) -> bool:
    """Return whether a page has a script that runs; data and templates in script elements do not."""
    return _SCRIPT.search(body[:_SEARCHED_BYTES]) is not None


def needs_scripts(body: bytes) -> bool:
    """Return whether a script renders the page.

    tests/monitor/page_status/test_rules.py::test_a_page_that_a_script_renders_says_so

    Args:
        body: The body of a page without text.
    """
    start = body[:_SEARCHED_BYTES]
    if not has_scripts(start) and b"<noscript" not in start.lower():
        return False
    if no_script.notice(start.decode("utf-8", "replace")) is not None:
        return True
    return has_scripts(start) and _CONTAINER.search(start) is not None
