"""What a page was when looked at, and why. Size alone is never a verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.clean import Cleaned
from monitor.model import READING_KINDS, BlockKind, Truncation, Verdict

_CHALLENGE_STATUS = frozenset({403, 429})
_SHORT_CHARS = 1_500
"""Text up to which a page may be nothing but a challenge or an apology; a longer page that mentions one is an article."""

_CHALLENGE = re.compile(
    r"just a moment\.\.\.|attention required|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)|checking (?:if the site connection is secure|your browser)|"
    r"request unsuccessful|incapsula incident|pardon our interruption|unusual (?:traffic|activity)|access (?:to this page has been )?denied|enable javascript and cookies to continue|"
    r"complete the (?:security check|captcha)|press (?:and|&) hold|captcha|ddos protection by|the requested url was rejected|bot detection|web application firewall",
    re.IGNORECASE,
)
_SOFT_ERROR = re.compile(
    r"error 404\b|\b404(?:\s*[-–—:|]\s*|\s+)(?:error|(?:page |file )?not found)|^404$|page (?:was |could |can)?(?:not|n't) (?:be )?found|(?:page|file) (?:does not|doesn't) exist|object moved|the document has moved|"
    r"(?:under|scheduled|undergoing) maintenance|temporarily (?:unavailable|down|offline)|service unavailable|internal server error|bad gateway|we(?:'ll| will) be back (?:soon|shortly)|"
    r"technical difficulties|something went wrong|error establishing a database connection|seite (?:wurde )?nicht gefunden|page (?:non trouvée|introuvable)|página no encontrada|wartungsarbeiten|en maintenance",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str


def judge(*, status: int | None, cleaned: Cleaned, truncated: Truncation | None) -> Judgement:
    """The verdict on a final response.

    Args:
        status: Its status code.
        cleaned: Its body as blocks.
        truncated: Why the body ends early; None where it is whole.
    """
    text = "\n".join(block.text for block in cleaned.blocks if block.kind in READING_KINDS)
    by_status = _by_status(status, cleaned, text)
    if by_status is not None:
        return by_status
    if truncated is not None:
        return Judgement(Verdict.PARTIAL, f"the body was cut short ({truncated})")
    if not cleaned.readable:
        return Judgement(Verdict.ERROR, "the body is no text")
    return _by_wording(cleaned, text)


def _by_status(status: int | None, cleaned: Cleaned, text: str) -> Judgement | None:
    if status is None:
        return Judgement(Verdict.ERROR, "no status")
    if 200 <= status < 300:
        return None
    if status in (404, 410):
        return Judgement(Verdict.GONE, f"status {status}")
    if status == 401 or status == 407:
        return Judgement(Verdict.LOGIN_WALL, f"status {status}")
    if status in _CHALLENGE_STATUS:
        return Judgement(Verdict.BLOCKED, f"status {status}")
    if 300 <= status < 400:
        return Judgement(Verdict.MOVED, f"status {status} without a place to go")
    challenge = _CHALLENGE.search(f"{cleaned.title}\n{text}") if len(text) <= _SHORT_CHARS else None
    if status == 503 and challenge is not None:
        return Judgement(Verdict.BLOCKED, f"status 503, worded “{challenge.group()}”")
    return Judgement(Verdict.ERROR, f"status {status}")


def _by_wording(cleaned: Cleaned, text: str) -> Judgement:
    if len(text) <= _SHORT_CHARS:
        said = f"{cleaned.title}\n{text}"
        for pattern, verdict in ((_CHALLENGE, Verdict.BLOCKED), (_SOFT_ERROR, Verdict.SOFT_ERROR)):
            match = pattern.search(cleaned.title) or (pattern.search(said) if len(text) <= _SHORT_CHARS // 3 else None)
            if match is not None:
                return Judgement(verdict, f"a short page worded “{match.group()}”")
    if not text:
        if any(block.kind is BlockKind.CONSENT for block in cleaned.blocks):
            return Judgement(Verdict.CONSENT_WALL, "nothing but a request for consent")
        return Judgement(Verdict.EMPTY, "no sentence to read")
    return Judgement(Verdict.OK, "status 200 with text to read")
