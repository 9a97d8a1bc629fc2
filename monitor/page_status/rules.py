"""What a page was when looked at, and why. Size alone is never a verdict: on short pages, what the page says of itself decides.

By itself (`judge`) and against its own last good version (`monitor.page_status.history_checks`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from monitor.extraction.extract import ExtractedPage
from monitor.extraction.html_parser import bare_text
from monitor.extraction.refresh import Refresh, destination, leads_elsewhere
from monitor.model import READING_KINDS, Block, BlockKind, Truncation, Verdict
from monitor.page_status import bot_protection, phrase_matching

__all__ = ["Judgement", "judge"]

_TURNED_AWAY = frozenset({403, 406, 429, 451})
_SHORT = 1_500
"""Characters up to which a page that has the name of an error or a wall is one; a longer page is an article about it."""
_SHORT_TWICE_NAMED = 4_000
"""The same where both title and first heading have it: soft errors come with the site's news below."""
_PHRASED = 600
"""Characters up to which a phrase somewhere in the text is enough."""
_HARDLY_ANYTHING = 400
"""Characters up to which a weak word counts, and a guard's challenge is told by its marks alone."""
_MOVES_ON_WITHIN = 30
"""Seconds up to which a refresh sends its visitors on; a page that shows itself longer is there to be read."""
_SOON = 5
"""Seconds up to which nobody can read more than a sentence; from there on, half as much text makes a page of its own."""
_AT_ONCE = 1
"""Seconds up to which nobody can read anything."""
_MOVING = ("moved", "redirect")
_URL_SHOWN = 200
_HEADING = 90
"""Characters up to which a heading, or the only line of a page, is a name."""
_BODY_LOOKED_AT = 300_000
_TITLE_PARTS = re.compile(r"\s[|–—·»«:•-]+\s+|\s?[|»«•]\s*")
_COOKIES = re.compile(
    r"cookie|consent|privacy|datenschutz|einwillig|zustimm|confidentialit|consentement|privacidad|consentim|riservatezza|privatsph|integritet|personvern|toestemming|evästee|pliki|souhlas|hozzájárul|конфиденц|согласи|Cookie",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason.

    Attributes:
        verdict: What the page is.
        reason: Why.
        weak: Whether it is ok, but something speaks against it that is no proof; the reason says what.
        moved_to: Where a page without text of its own sends its visitors, absolute; "" where the response says nothing of that.
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
    """The verdict on a final response, by itself.

    Args:
        status: Its status code.
        cleaned: Its body as blocks.
        truncated: Why the body ends early; None where it is whole.
        body: The body, for marks that are no text; empty judges by the blocks alone.
        url: The URL that answered; "" where it is not known.
        refresh: What the response's Refresh field declares; None where it has none.
        excess: What was left out because the page exceeds a limit of `monitor.limits`; "" where nothing was.
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
    said = _reading(cleaned.blocks)
    text = "\n".join(block.text for block in said)
    if len(text) > _SHORT_TWICE_NAMED:
        return Judgement(Verdict.OK, "status 200 with text to read")
    return (
        _by_marks(text, body)
        or _by_refresh(refresh or cleaned.refresh, cleaned, said, text, url)
        or _by_wording(cleaned, said, text, body)
        or _without_text(cleaned, said, text, body)
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
    if status in _TURNED_AWAY:
        whose = bot_protection.challenge(body)
        return Judgement(Verdict.BLOCKED, f"status {status}{f', a page of {whose}' if whose else ''}")
    if 300 <= status < 400:
        return Judgement(Verdict.MOVED, f"status {status} without a place to go")
    whose = bot_protection.challenge(body) if status >= 400 else None
    if whose is not None:
        return Judgement(Verdict.BLOCKED, f"status {status}, a page of {whose}")
    found = _told(cleaned, _reading(cleaned.blocks))
    if found is not None and found.verdict is Verdict.BLOCKED and status >= 400:
        return Judgement(Verdict.BLOCKED, f"status {status}, worded “{found.words}”")
    return Judgement(Verdict.ERROR, f"status {status}")


def _told(cleaned: ExtractedPage, said: list[Block]) -> phrase_matching.PhraseMatch | None:
    """What the page says of itself: by a name in its title or over its text, or by a phrase, as far as its length lets them count."""
    length = sum(len(block.text) for block in said)
    titled = next(filter(None, map(phrase_matching.named, (cleaned.title, *_TITLE_PARTS.split(cleaned.title)))), None)
    headed = phrase_matching.named(_headline(said))
    if headed is not None and headed.words.isdigit() and titled is None:
        headed = None
    if titled is not None and headed is not None and titled.verdict is headed.verdict and length <= _SHORT_TWICE_NAMED:
        return headed if titled.weak else titled
    for found in (titled, headed):
        if found is not None and length <= (_HARDLY_ANYTHING if found.weak else _SHORT):
            return found
    if length > _PHRASED:
        return None
    text = "\n".join([cleaned.title, *(block.text for block in said)])
    found = phrase_matching.phrased(
        text if said else " ".join([cleaned.title, *(block.text for block in cleaned.blocks)])
    )
    return found if found is None or not found.weak or length <= _HARDLY_ANYTHING else None


def _headline(said: list[Block]) -> str:
    """The first heading, or the only line: among several, the first may be left over from a menu."""
    first = next((block for block in said if block.kind is BlockKind.HEADING), said[0] if len(said) == 1 else None)
    return first.text if first is not None and len(first.text) <= _HEADING else ""


def _by_wording(cleaned: ExtractedPage, said: list[Block], text: str, body: bytes) -> Judgement | None:
    found = _told(cleaned, said)
    if found is None:
        return None
    if found.verdict is Verdict.LOGIN_WALL and not _is_login(found, text, body):
        return None
    if found.verdict is Verdict.CONSENT_WALL and _beside_consent(said) > _HARDLY_ANYTHING // 2:
        return None
    return Judgement(found.verdict, f"a short page worded “{found.words}”")


def _is_login(found: phrase_matching.PhraseMatch, text: str, body: bytes) -> bool:
    """A page that tells its reader to log in is a wall; one that is named so is where it asks for a password, or has next to nothing else.

    One word alone may be a museum's "Entrance" in some languages, and then needs the field for a password.
    """
    if phrase_matching.named(found.words) is None or bot_protection.asks_for_password(body):
        return True
    return len(text) <= _HARDLY_ANYTHING // 2 and (" " in found.words or phrase_matching.fold(found.words) == "login")


def _beside_consent(said: list[Block]) -> int:
    """Characters of text that have nothing to do with consent."""
    return sum(len(block.text) for block in said if not _COOKIES.search(block.text) and len(block.text) > _HEADING)


def _by_marks(text: str, body: bytes) -> Judgement | None:
    """A guard's own page, which may have any words, and few."""
    if len(text) > _HARDLY_ANYTHING:
        return None
    whose = bot_protection.challenge(body)
    return None if whose is None else Judgement(Verdict.BLOCKED, f"hardly any text, and the marks of {whose}")


def _by_refresh(
    declared: Refresh | None, cleaned: ExtractedPage, said: list[Block], text: str, url: str
) -> Judgement | None:
    """A page with hardly any text that sends its visitors to another: its own words come first where they say that it is an error or a wall."""
    if declared is None or declared.delay > _MOVES_ON_WITHIN:
        return None
    if len(text) > (_HARDLY_ANYTHING if declared.delay <= _SOON else _HARDLY_ANYTHING // 2):
        return None
    target = destination(declared, _joined(url, cleaned.base))
    if target is None or not leads_elsewhere(url, target, at_once=declared.delay <= _AT_ONCE):
        return None
    found = _told(cleaned, said)
    if found is not None and not any(word in found.words.casefold() for word in _MOVING):
        return None
    after = "at once" if declared.delay == 0 else f"after {declared.delay} s"
    reason = f"sends its visitors on to {target[:_URL_SHOWN]} {after}, with {len(text)} characters of text"
    return Judgement(Verdict.MOVED, reason, moved_to=target)


def _joined(url: str, base: str) -> str:
    try:
        return urljoin(url, base)
    except ValueError:
        return url


def _without_text(cleaned: ExtractedPage, said: list[Block], text: str, body: bytes) -> Judgement | None:
    if said and not phrase_matching.is_waiting(text):
        return _only_headings(cleaned, said, body)
    whose = bot_protection.guard(body)
    if whose is not None:
        return Judgement(Verdict.BLOCKED, f"no text, and the marks of {whose}")
    if any(block.kind is BlockKind.CONSENT for block in cleaned.blocks):
        return Judgement(Verdict.CONSENT_WALL, "nothing but a request for consent")
    # What stands in <noscript> is shown to whoever has no scripts, as we.
    hidden = (
        phrase_matching.phrased(bare_text(body[:_BODY_LOOKED_AT].decode("utf-8", "replace"))[:_SHORT]) if body else None
    )
    if hidden is not None and hidden.verdict is Verdict.BLOCKED:
        return Judgement(Verdict.BLOCKED, f"no text but “{hidden.words}”, for readers without scripts")
    if bot_protection.sends_elsewhere(body):
        return Judgement(Verdict.SOFT_ERROR, "no text, and the reader is sent elsewhere")
    return Judgement(Verdict.EMPTY, f"no text but “{text}”" if text else "no sentence to read")


def _only_headings(cleaned: ExtractedPage, said: list[Block], body: bytes) -> Judgement | None:
    """The frame of a page whose text a script would have put in: nothing but its own title, and no links."""
    title = phrase_matching.fold(cleaned.title)
    alone = all(block.kind is BlockKind.HEADING and phrase_matching.fold(block.text) in title for block in said)
    if alone and title and b"<script" in body[:_BODY_LOOKED_AT].lower():
        return Judgement(Verdict.EMPTY, "nothing but the page's own title, and scripts")
    return None
