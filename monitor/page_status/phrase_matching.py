"""Match the wording of error, block and wall pages in many languages: names that are a whole title or heading, and phrases in short pages.

All texts are normalised by `fold`. A name must be the whole of a title's part or of a heading, so that "Maintenance of the bridge" does not match. A
phrase must be one that a page uses about itself or to its reader, so that an article on the subject does not contain it; it counts on short pages only
(`monitor.page_status.rules.judge`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.lexicon import alternatives, phrases
from monitor.lexicon.prefilter import fold as fold_letters
from monitor.model import Verdict


def fold(text: str) -> str:
    """Normalise case, apostrophes and white space, and remove end marks and dots."""
    return _normalised(text).strip(" .…!。:-–—*")


def _normalised(text: str) -> str:
    return " ".join(fold_letters(text).casefold().replace("’", "'").replace("`", "'").split())


def _folded(*topics: str) -> dict[str, str]:
    """Return the phrases of topics by their folded form, sorted."""
    return dict(sorted((fold(phrase), phrase) for topic in topics for phrase in phrases(f"page_status.{topic}")))


NAMES: dict[Verdict, frozenset[str]] = {
    Verdict.BLOCKED: frozenset(_folded("challenge_names")),
    Verdict.SOFT_ERROR: frozenset(_folded("missing_names", "down_names")),
    Verdict.LOGIN_WALL: frozenset(_folded("login_names")),
    Verdict.CONSENT_WALL: frozenset(_folded("consent_names")),
}
_WEAK = _folded("weak_phrases")
_WEAK_NAMES = _folded("weak_names")
_ITSELF = _folded("self_references")
_STATES = _folded("down_states")
_ADVERBS = frozenset(_folded("down_adverbs"))
_SCRIPT_REQUESTS = _folded("script_requests")
_SENTENCE_MARKS = ".!?;:。！？"
PHRASES: dict[Verdict, dict[str, str]] = {
    Verdict.BLOCKED: _folded("challenge_phrases"),
    Verdict.SOFT_ERROR: _folded("missing_phrases", "down_phrases"),
    Verdict.LOGIN_WALL: _folded("login_phrases"),
    Verdict.CONSENT_WALL: _folded("consent_phrases"),
}
"""The phrases of each verdict, by their folded form."""
# "Error 404: Page not found", "HTTP 500 - Internal Server Error", "(403) Forbidden", "Oops! …", "Sorry, …"
_PREFIX = re.compile(
    rf"(?:{alternatives('page_status.error_words')}(?: code)?\s*+(?:[:#-]\s*+)?)?\(?\b[345]\d\d(?:\.\d+)?\b\)?\s*[:.|!–—-]*\s*|"
    rf"{alternatives('page_status.exclamations')}[!,.:… –—-]+\s*"
)
_FREELY = re.compile(alternatives("page_status.down_patterns"), re.IGNORECASE)
_FOR_MORE = re.compile(alternatives("page_status.other_actions"), re.IGNORECASE)
"""Actions that require a login on a page that can be read without one."""
_CLAUSE = 140
_WAITING = frozenset(_folded("waiting"))


class PhraseMatch(NamedTuple):
    """A match that identifies an error, block or wall page.

    Attributes:
        verdict: The verdict that it indicates.
        words: The words of the page that matched.
        weak: Whether a good page may contain them too.
    """

    verdict: Verdict
    words: str
    weak: bool = False


def named(part: str) -> PhraseMatch | None:
    """Return the match if a title's part or a heading is, as a whole, a name in the vocabulary or an error number; None if it is not."""
    folded = fold(part)
    bare = fold(_PREFIX.sub("", folded, count=1))
    for verdict, names in NAMES.items():
        if folded in names or (bare and bare in names):
            # With a prefix ("Error 403: …") the name is no longer weak.
            return PhraseMatch(verdict, part.strip(), folded in _WEAK_NAMES)
    if bare or not folded:
        return None
    # A number alone may be a count ("404" above "members"); after "error" it is not.
    return PhraseMatch(
        Verdict.BLOCKED if "403" in folded or "429" in folded else Verdict.SOFT_ERROR, part.strip(), folded.isdigit()
    )


def phrased(text: str) -> PhraseMatch | None:
    """Return the match of a phrase in a text; None if there is none."""
    normal = _normalised(text)
    for verdict, several in PHRASES.items():
        for folded, phrase in several.items():
            if folded in normal and not (verdict is Verdict.LOGIN_WALL and _is_for_more(normal, folded)):
                return PhraseMatch(verdict, phrase)
    freely = _FREELY.search(text)
    if freely is not None:
        return PhraseMatch(Verdict.SOFT_ERROR, freely.group().strip(" .!?\n"))
    state = _state(text)
    if state is not None:
        return PhraseMatch(Verdict.SOFT_ERROR, state)
    weak = next((phrase for folded, phrase in _WEAK.items() if folded in normal), None)
    if weak is not None and any(word in normal for word in _ITSELF):
        return PhraseMatch(Verdict.SOFT_ERROR, weak, weak=True)
    return None


def _is_for_more(normal: str, phrase: str) -> bool:
    """Return whether the login is for an action other than reading: to comment, to save, to vote."""
    return _FOR_MORE.search(normal, normal.index(phrase), normal.index(phrase) + _CLAUSE) is not None


def is_apologetic(text: str) -> bool:
    """Return whether a text contains any phrase of an error, block or wall page; this alone is no verdict."""
    normal = _normalised(text)
    return phrased(text) is not None or any(folded in normal for folded in _WEAK)


def asks_for_scripts(text: str) -> bool:
    """Return whether a text asks the reader to enable scripts."""
    normal = _normalised(text)
    return any(folded in normal for folded in _SCRIPT_REQUESTS)


def _state(text: str) -> str | None:
    """Return a phrase for the state of a page ("closed for maintenance") whose sentence has no subject or is about the page; None if there is none.

    tests/monitor/page_status/test_rules.py::test_a_state_of_something_else_is_no_error
    """
    for line in text.split("\n"):
        normal = _normalised(line)
        for folded, phrase in _STATES.items():
            at = normal.find(folded)
            if at < 0:
                continue
            begin = max(normal.rfind(mark, 0, at) for mark in _SENTENCE_MARKS) + 1
            before = fold(normal[begin:at])
            if not before or before in _ADVERBS or any(word in before for word in _ITSELF):
                return phrase
    return None


def is_waiting(text: str) -> bool:
    """Return whether a text is only a loading message."""
    return fold(text) in _WAITING
