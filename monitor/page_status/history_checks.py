"""Compare a page with its last good version: nearly all text lost, another language, another host's page, or a file.

Three of these may be the page's new state: a file, another language, and hardly any text without an error message. They are accepted after a number of
checks. A page with an error message is never accepted, and neither is another host's page: an operator decides, who is notified that the page has
moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from monitor.extraction.language import agree, detect
from monitor.model import READING_KINDS, BlockKind, Verdict, Version
from monitor.page_status import phrase_matching
from monitor.page_status.rules import Judgement
from monitor.urls import bare_host

ACCEPTED_AFTER = 5
"""Number of checks with the same wrong result since the last good one, after which that result is accepted as the page."""
_ACCEPTED = frozenset({Verdict.ERROR, Verdict.EMPTY, Verdict.OTHER_LANGUAGE})
_WAS_A_PAGE = 1_000
"""Minimum number of characters of a page that can lose nearly all of its text."""
_NEXT_TO_NOTHING = 0.1
"""Share of its earlier text at or below which a page has lost nearly all of it."""
_SPECIFIC_CHARS = 20
"""Minimum length in characters of a block that is specific to a page; shorter ones ("Home", "More") occur on any page."""
_SAME_PAGE = 0.3
"""Minimum share of its blocks that a page on another host must contain to be the same page."""


def against(
    judged: Judgement,
    new: Version,
    previous: Version,
    *,
    url: str = "",
    previous_url: str = "",
    missed: Mapping[str, int] | None = None,
) -> Judgement:
    """Return the verdict on a good check in comparison with the last good version.

    Args:
        judged: The verdict on the response alone; anything but ok is returned unchanged.
        new: The new version.
        previous: The last good version, extracted by the same parser version.
        url: The URL that answered; "" if unknown.
        previous_url: The URL that answered for the last good version; "" if unknown.
        missed: Number of checks since then whose verdict was not ok, by verdict.
    """
    if judged.verdict is not Verdict.OK:
        return judged
    found = (
        _file(new, previous)
        or _elsewhere(new, previous, url, previous_url)
        or _other_language(new, previous)
        or _tiny(new, previous)
    )
    if found is None:
        return _doubted(judged, new, previous, url, previous_url)
    seen = (missed or {}).get(found.verdict.value, 0)
    if found.verdict in _ACCEPTED and seen >= ACCEPTED_AFTER:
        return Judgement(Verdict.OK, f"{found.reason}, at {seen + 1} checks so far: this is the page")
    return found


def _file(new: Version, previous: Version) -> Judgement | None:
    """Return an error if a document replaces a page with text: a broken server is more likely than an intended change."""
    if new.document is None or previous.document is not None or not previous.text:
        return None
    return Judgement(Verdict.ERROR, f"{new.document.what} where there was a page")


def _elsewhere(new: Version, previous: Version, url: str, previous_url: str) -> Judgement | None:
    """Return `moved` if another host answers with another page (an expired domain, a portal); the same page on another host is followed there."""
    here, then = _bare_host(url), _bare_host(previous_url)
    if not here or not then or here == then:
        return None
    kept = _kept(new, previous)
    if kept >= _SAME_PAGE or (new.title and new.title == previous.title and kept > 0):
        return None
    return Judgement(Verdict.MOVED, f"redirected from {then} to {here}, where hardly any of the page is found")


def _doubted(judged: Judgement, new: Version, previous: Version, url: str, previous_url: str) -> Judgement:
    """Return the verdict, marked weak if another host answers with the page, or nearly all text is gone without another sign of trouble."""
    here, then = _bare_host(url), _bare_host(previous_url)
    previous_chars, chars = len(previous.text), len(new.text)
    if here and then and here != then:
        return Judgement(Verdict.OK, f"{judged.reason}; but redirected from {then} to {here}", weak=True)
    if previous_chars >= _WAS_A_PAGE and chars <= _NEXT_TO_NOTHING * previous_chars:
        return Judgement(
            Verdict.OK,
            f"{judged.reason}; but {chars} characters of text where there were {previous_chars:,}",
            weak=True,
        )
    return judged


def _bare_host(url: str) -> str:
    try:
        return bare_host(urlsplit(url).hostname)
    except ValueError:
        return ""


def _other_language(new: Version, previous: Version) -> Judgement | None:
    """Return `other_language` if the detected languages of both texts differ; the declared one alone may be a correction."""
    if new.language is None or previous.language is None or agree(new.language, previous.language):
        return None
    detected, previously_detected = detect(new.text), detect(previous.text)
    if detected is None or previously_detected is None or agree(detected, previously_detected):
        return None
    return Judgement(Verdict.OTHER_LANGUAGE, f"in {detected}, where the page was in {previously_detected}")


def _tiny(new: Version, previous: Version) -> Judgement | None:
    """Return a verdict if nearly all text is gone with two of three signs: an error message, another title, no earlier block kept.

    Blocks of all kinds are compared, menus and footers included.
    """
    previous_chars, chars = len(previous.text), len(new.text)
    if previous_chars < _WAS_A_PAGE or chars > _NEXT_TO_NOTHING * previous_chars:
        return None
    apologetic = phrase_matching.is_apologetic(f"{new.title}\n{new.text}")
    signs = [
        name
        for name, there in (
            ("words of apology", apologetic),
            ("another title", new.title != previous.title),
            ("nothing kept", _kept(new, previous) == 0),
        )
        if there
    ]
    if len(signs) < 2:
        return None
    return Judgement(
        Verdict.SOFT_ERROR if apologetic else Verdict.EMPTY,
        f"{chars} characters of text where there were {previous_chars:,}, with {' and '.join(signs)}",
    )


def _kept(new: Version, previous: Version) -> float:
    """Return the share of the old version's specific blocks that the new one contains; digits are ignored, because numbers may change."""
    shown = [block for block in previous.blocks if block.kind is not BlockKind.METADATA]
    old = {_masked(block.text) for block in shown if len(block.text) >= _SPECIFIC_CHARS} or {
        _masked(block.text) for block in shown if block.kind in READING_KINDS
    }
    return len(old & {_masked(block.text) for block in new.blocks}) / len(old) if old else 1.0


def _masked(text: str) -> str:
    return "".join("0" if char.isdigit() else char for char in text)
