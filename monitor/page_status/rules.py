"""Determine the verdict on a response alone, with its reason. `monitor.page_status.history_checks` compares it with the last good version.

Size alone never decides: the wording of a short page does, as for a soft 404 (`SOFT_ERROR`). The phrases are in `lexicon/<language>.toml`, table
`page_status`; `monitor.page_status.phrase_matching` finds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.extraction.extract import ExtractedPage
from monitor.extraction.html_parser import bare_text
from monitor.extraction.refresh import Refresh, destination, leads_elsewhere
from monitor.lexicon import alternatives
from monitor.model import READING_KINDS, Block, BlockKind, Truncation, Verdict
from monitor.page_status import bot_protection, phrase_matching, script_pages
from monitor.urls import document_base

__all__ = ["Judgement", "judge"]

_BLOCKED_STATUSES = frozenset({403, 406, 429, 451})
_SHORT = 1_500
"""Maximum number of characters of a page whose title or heading is the name of an error or a wall; a longer page is an article about it."""
_SHORT_TWICE_NAMED = 4_000
"""The same limit if both title and first heading are names of the same verdict: soft error pages may show the site's news below."""
_PHRASED = 600
"""Maximum number of characters of a page on which a phrase anywhere in the text is sufficient."""
_HARDLY_ANYTHING = 400
"""Maximum number of characters of a page on which a weak name or phrase counts, and on which the marks of a challenge alone decide."""
_MOVES_ON_WITHIN = 30
"""Maximum delay in seconds of a refresh that redirects; a page shown for longer is meant to be read."""
_SOON = 5
"""Maximum delay in seconds in which a visitor reads no more than a sentence; with a longer delay, half as much text makes it a page of its own."""
_AT_ONCE = 1
"""Maximum delay in seconds in which a visitor cannot read anything."""
_REQUEST = 300
"""Maximum number of characters of a page that only asks the reader to enable scripts."""
NEEDS_JAVASCRIPT = "needs_javascript"
"""The code, in the reason of a verdict, of a page that has no text without scripts."""
_MOVING = ("moved", "redirect")
_URL_SHOWN = 200
_HEADING = 90
"""Maximum length in characters of a heading, or of the only line of a page, that can be a name."""
_SEARCHED_BYTES = 300_000
_TITLE_PARTS = re.compile(r"\s[|–—·»«:•-]+\s+|\s?[|»«•]\s*")
_COOKIES = re.compile(alternatives("page_status.consent_subjects"), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason.

    Attributes:
        verdict: The status of the page.
        reason: Why.
        weak: Whether the verdict is ok although there is a sign of trouble that proves nothing; the reason names it.
        moved_to: The absolute URL to which a page without text of its own redirects; "" if the response names none.
    """

    verdict: Verdict
    reason: str
    weak: bool = False
    moved_to: str = ""


def judge(
    *,
    status: int | None,
    cleaned: ExtractedPage,
    truncated: Truncation | None,
    body: bytes = b"",
    url: str = "",
    refresh: Refresh | None = None,
    excess: str = "",
) -> Judgement:
    """Return the verdict on a final response, without its history.

    Args:
        status: The status code; None if there is none.
        cleaned: The extracted body.
        truncated: Why the body ends early; None if it is complete.
        body: The body, searched for marks outside the text; if empty, only the blocks are evaluated.
        url: The URL that answered; "" if unknown.
        refresh: The refresh declared by the response's Refresh field; None if there is none.
        excess: What was left out because the page exceeds a limit of `monitor.limits`; "" if nothing was.
    """
    by_status = _by_status(status, cleaned, body)
    if by_status is not None:
        return by_status
    if truncated is not None:
        return Judgement(Verdict.PARTIAL, f"the body was cut short ({truncated})")
    if excess:
        return Judgement(Verdict.PARTIAL, f"the page has {excess}; the rest was not processed")
    if cleaned.document:
        return Judgement(Verdict.OK, f"{cleaned.why}, only its checksum is compared")
    if not cleaned.readable:
        return Judgement(Verdict.ERROR, f"the body is {cleaned.why or 'no text'}")
    blocks = _reading(cleaned.blocks)
    text = "\n".join(block.text for block in blocks)
    if len(text) > _SHORT_TWICE_NAMED:
        return Judgement(Verdict.OK, "status 200 with text to read")
    return (
        _by_marks(text, body)
        or _by_refresh(refresh or cleaned.refresh, cleaned, blocks, text, url)
        or _by_wording(cleaned, blocks, text, body)
        or _without_text(cleaned, blocks, text, body)
        or Judgement(Verdict.OK, "status 200 with text to read")
    )


def _reading(blocks: tuple[Block, ...]) -> list[Block]:
    return [block for block in blocks if block.kind in READING_KINDS]


def _by_status(status: int | None, cleaned: ExtractedPage, body: bytes) -> Judgement | None:
    if status is None:
        return Judgement(Verdict.ERROR, "no status")
    if status == 206:
        return Judgement(Verdict.PARTIAL, "status 206: the server sent a part that was not asked for")
    if 200 <= status < 300:
        return None
    if status == 304:
        return Judgement(Verdict.ERROR, "the server answers 304 Not Modified even to unconditional requests")
    if status in (404, 410):
        return Judgement(Verdict.GONE, f"status {status}")
    if status == 401 or status == 407:
        return Judgement(Verdict.LOGIN_WALL, f"status {status}")
    if status in _BLOCKED_STATUSES:
        whose = bot_protection.challenge(body)
        return Judgement(Verdict.BLOCKED, f"status {status}{f', a page of {whose}' if whose else ''}")
    if 300 <= status < 400:
        return Judgement(Verdict.MOVED, f"status {status} without a place to go")
    whose = bot_protection.challenge(body) if status >= 400 else None
    if whose is not None:
        return Judgement(Verdict.BLOCKED, f"status {status}, a page of {whose}")
    found = _match(cleaned, _reading(cleaned.blocks))
    if found is not None and found.verdict is Verdict.BLOCKED and status >= 400:
        return Judgement(Verdict.BLOCKED, f"status {status}, worded “{found.words}”")
    return Judgement(Verdict.ERROR, f"status {status}")


def _match(cleaned: ExtractedPage, blocks: list[Block]) -> phrase_matching.PhraseMatch | None:
    """Return the match of the page's wording: a name in its title or heading, or a phrase, if the page is short enough for it to count."""
    length = sum(len(block.text) for block in blocks)
    titled = next(filter(None, map(phrase_matching.named, (cleaned.title, *_TITLE_PARTS.split(cleaned.title)))), None)
    headed = phrase_matching.named(_headline(blocks))
    if headed is not None and headed.words.isdigit() and titled is None:
        headed = None
    if titled is not None and headed is not None and titled.verdict is headed.verdict and length <= _SHORT_TWICE_NAMED:
        return headed if titled.weak else titled
    for found in (titled, headed):
        if found is not None and length <= (_HARDLY_ANYTHING if found.weak else _SHORT):
            return found
    if length > _PHRASED:
        return None
    text = "\n".join([cleaned.title, *(block.text for block in blocks)])
    found = phrase_matching.phrased(
        text
        if blocks
        else " ".join(
            [cleaned.title, *(block.text for block in cleaned.blocks if block.kind is not BlockKind.METADATA)]
        )
    )
    return found if found is None or not found.weak or length <= _HARDLY_ANYTHING else None


def _headline(blocks: list[Block]) -> str:
    """Return the first heading, or the only line: the first of several lines may be left over from a menu."""
    first = next(
        (block for block in blocks if block.kind is BlockKind.HEADING), blocks[0] if len(blocks) == 1 else None
    )
    return first.text if first is not None and len(first.text) <= _HEADING else ""


def _by_wording(cleaned: ExtractedPage, blocks: list[Block], text: str, body: bytes) -> Judgement | None:
    found = _match(cleaned, blocks)
    if found is None:
        return None
    if found.verdict is Verdict.LOGIN_WALL and not _is_login(found, text, body):
        return None
    if found.verdict is Verdict.CONSENT_WALL and _beside_consent(blocks) > _HARDLY_ANYTHING // 2:
        return None
    return Judgement(found.verdict, f"a short page worded “{found.words}”")


def _is_login(found: phrase_matching.PhraseMatch, text: str, body: bytes) -> bool:
    """Return whether a match means a login wall.

    A phrase that asks the reader to log in does. A name does only if the page asks for a password or has next to no other text. A single word may be a
    museum's "Entrance" in some languages, so it needs the password field.
    """
    if phrase_matching.named(found.words) is None or bot_protection.asks_for_password(body):
        return True
    return len(text) <= _HARDLY_ANYTHING // 2 and (" " in found.words or phrase_matching.fold(found.words) == "login")


def _beside_consent(blocks: list[Block]) -> int:
    """Return the number of characters of text unrelated to consent."""
    return sum(len(block.text) for block in blocks if not _COOKIES.search(block.text) and len(block.text) > _HEADING)


def _by_marks(text: str, body: bytes) -> Judgement | None:
    """Return `blocked` if the page has little text and the marks of a bot protection product, whatever its wording."""
    if len(text) > _HARDLY_ANYTHING:
        return None
    whose = bot_protection.challenge(body)
    return None if whose is None else Judgement(Verdict.BLOCKED, f"hardly any text, and the marks of {whose}")


def _by_refresh(
    declared: Refresh | None, cleaned: ExtractedPage, blocks: list[Block], text: str, url: str
) -> Judgement | None:
    """Return `moved` if a page with hardly any text redirects; wording that identifies an error or a wall takes precedence."""
    if declared is None or declared.delay > _MOVES_ON_WITHIN:
        return None
    if len(text) > (_HARDLY_ANYTHING if declared.delay <= _SOON else _HARDLY_ANYTHING // 2):
        return None
    target = destination(declared, document_base(url, cleaned.base))
    if target is None or not leads_elsewhere(url, target, at_once=declared.delay <= _AT_ONCE):
        return None
    found = _match(cleaned, blocks)
    if found is not None and not any(word in found.words.casefold() for word in _MOVING):
        return None
    after = "at once" if declared.delay == 0 else f"after {declared.delay} s"
    reason = f"sends its visitors on to {target[:_URL_SHOWN]} {after}, with {len(text)} characters of text"
    return Judgement(Verdict.MOVED, reason, moved_to=target)


def _without_text(cleaned: ExtractedPage, blocks: list[Block], text: str, body: bytes) -> Judgement | None:
    if blocks and not phrase_matching.is_waiting(text):
        if len(text) <= _REQUEST and phrase_matching.asks_for_scripts(text) and script_pages.has_scripts(body):
            return _needs_javascript(f"no text but “{text}”")
        return _only_headings(cleaned, blocks, body)
    whose = bot_protection.guard(body)
    if whose is not None:
        return Judgement(Verdict.BLOCKED, f"no text, and the marks of {whose}")
    if any(block.kind is BlockKind.CONSENT for block in cleaned.blocks):
        return Judgement(Verdict.CONSENT_WALL, "nothing but a request for consent")
    # The content of <noscript> is shown to clients without scripts, including this one.
    hidden = (
        phrase_matching.phrased(bare_text(body[:_SEARCHED_BYTES].decode("utf-8", "replace"))[:_SHORT]) if body else None
    )
    if hidden is not None and hidden.verdict is Verdict.BLOCKED:
        return Judgement(Verdict.BLOCKED, f"no text but “{hidden.words}”, for readers without scripts")
    if bot_protection.sends_elsewhere(body):
        return Judgement(Verdict.SOFT_ERROR, "no text, and the reader is sent elsewhere")
    request = phrase_matching.asks_for_scripts(" ".join(block.text for block in cleaned.blocks)[:_REQUEST])
    if script_pages.needs_scripts(body) or (request and script_pages.has_scripts(body)):
        return _needs_javascript(f"no text but “{text}”" if text else "no text")
    return Judgement(Verdict.EMPTY, f"no text but “{text}”" if text else "no sentence to read")


def _needs_javascript(what: str) -> Judgement:
    """Return `empty` for a page that a script renders; the reason names its code."""
    return Judgement(Verdict.EMPTY, f"needs JavaScript: {what} without scripts ({NEEDS_JAVASCRIPT})")


def _only_headings(cleaned: ExtractedPage, blocks: list[Block], body: bytes) -> Judgement | None:
    """Return `empty` if the page has scripts, and all its text is headings that are parts of its title: a script was to insert the rest."""
    title = phrase_matching.fold(cleaned.title)
    alone = all(block.kind is BlockKind.HEADING and phrase_matching.fold(block.text) in title for block in blocks)
    if alone and title and b"<script" in body[:_SEARCHED_BYTES].lower():
        return _needs_javascript("nothing but the page's own title")
    return None
