"""Match the wording of error, block and wall pages in many languages: names that are a whole title or heading, and phrases in short pages.

All texts are normalised by `fold`. A name must be the whole of a title's part or of a heading, so that "Maintenance of the bridge" does not match. A
phrase must be one that a page uses about itself or to its reader, so that an article on the subject does not contain it; it counts on short pages only
(`monitor.page_status.rules.judge`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.model import Verdict
from monitor.page_status import phrases


def fold(text: str) -> str:
    """Normalise case, apostrophes and white space, and remove end marks and dots."""
    return " ".join(text.casefold().replace("’", "'").replace("`", "'").split()).strip(" .…!。:-–—*")


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split("|"))


NAMES: dict[Verdict, frozenset[str]] = {
    Verdict.BLOCKED: _folded(phrases.CHALLENGE_NAMES),
    Verdict.SOFT_ERROR: _folded(phrases.MISSING_NAMES) | _folded(phrases.DOWN_NAMES),
    Verdict.LOGIN_WALL: _folded(phrases.LOGIN_NAMES),
    Verdict.CONSENT_WALL: _folded(phrases.CONSENT_NAMES),
}
_WEAK = _folded(phrases.WEAK_PHRASES)
_WEAK_NAMES = _folded(phrases.WEAK_NAMES)
_ITSELF = _folded(phrases.ITSELF)
PHRASES: dict[Verdict, tuple[str, ...]] = {
    Verdict.BLOCKED: tuple(sorted(_folded(phrases.CHALLENGE_PHRASES) - _WEAK)),
    Verdict.SOFT_ERROR: tuple(sorted((_folded(phrases.MISSING_PHRASES) | _folded(phrases.DOWN_PHRASES)) - _WEAK)),
    Verdict.LOGIN_WALL: tuple(sorted(_folded(phrases.LOGIN_PHRASES) - _WEAK)),
    Verdict.CONSENT_WALL: tuple(sorted(_folded(phrases.CONSENT_PHRASES))),
}
# "Error 404: Page not found", "HTTP 500 - Internal Server Error", "(403) Forbidden", "Oops! …", "Sorry, …"
_PREFIX = re.compile(
    r"(?:(?:http(?: status)?|error|fehler|erreur|errore|erro|fel|fejl|feil|błąd|chyba|hiba|ошибка|помилка|hata|خطأ|错误|エラー)(?: code)?\s*+(?:[:#-]\s*+)?)?\(?\b[345]\d\d(?:\.\d+)?\b\)?\s*[:.|!–—-]*\s*|(?:oops|ups|uups|whoops|sorry|we're sorry|désolé|oups|lo sentimos|entschuldigung|beklager|извините)[!,.:… –—-]+\s*"
)
# English wordings with too many variants for a list.
_FREELY = re.compile(
    r"(?:^|\n|[.!?] )(?:(?:we're|we are|(?:this|our|the) (?:web ?)?(?:site|page|portal|server|service)(?: is)?) )?(?:currently |temporarily )?(?:down|closed|offline|unavailable) (?:for|due to) (?:\w+ ){0,3}maintenance|"
    r"\b(?:this|our|the) (?:web ?)?(?:site|page|portal|server) (?:is|will be) (?:currently |temporarily |momentarily )?(?:down for|offline|unavailable|under(?:going)? (?:\w+ )?maintenance)",
    re.IGNORECASE,
)
_FOR_MORE = re.compile(
    r"comm?ent|kommen[tn]|coment|kommentti|reply|repl(?:ies|y)|antwort|respon|reag(?:er|ir)|\bpost\b|publi(?:er|car|care)|\bsave|speicher|guardar|enregistr|salva|\bvot|abstimm|\brate|\brating|bewert|review|rezension|\bedit|bearbeit|modifi|"
    r"\bfollow|folgen|subscri|abonn|bookmark|merk(?:en|zettel)|download|herunter|комментар|оцен|коментар|yorum|评论|評論|コメント|댓글|تعليق|تگاه|bình luận|komentar|komentář|hozzászól|sohbet|chat|\bask\b|order|kaufen|\bbuy",
    re.IGNORECASE,
)
"""Actions that require a login on a page that can be read without one."""
_CLAUSE = 140
_WAITING = frozenset({"loading", "please wait", "laden", "wird geladen", "chargement", "chargement en cours", "cargando", "caricamento", "caricamento in corso", "carregando", "a carregar", "laddar", "indlæser", "laster", "ladataan", "ładowanie", "načítání", "betöltés", "se încarcă", "загрузка", "завантаження", "yükleniyor", "φόρτωση", "memuat", "đang tải", "جار التحميل", "جاري التحميل", "טוען", "加载中", "正在加载", "載入中", "読み込み中", "로딩 중", "กำลังโหลด"})  # fmt: skip


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
    said = fold(part)
    bare = fold(_PREFIX.sub("", said, count=1))
    for verdict, names in NAMES.items():
        if said in names or (bare and bare in names):
            # With a prefix ("Error 403: …") the name is no longer weak.
            return PhraseMatch(verdict, part.strip(), said in _WEAK_NAMES)
    if bare or not said:
        return None
    # A number alone may be a count ("404" above "members"); after "error" it is not.
    return PhraseMatch(
        Verdict.BLOCKED if "403" in said or "429" in said else Verdict.SOFT_ERROR, part.strip(), said.isdigit()
    )


def phrased(text: str) -> PhraseMatch | None:
    """Return the match of a phrase in a text; None if there is none."""
    said = " ".join(text.casefold().replace("’", "'").replace("`", "'").split())
    for verdict, several in PHRASES.items():
        for phrase in several:
            if phrase in said and not (verdict is Verdict.LOGIN_WALL and _is_for_more(said, phrase)):
                return PhraseMatch(verdict, phrase)
    freely = _FREELY.search(text)
    if freely is not None:
        return PhraseMatch(Verdict.SOFT_ERROR, freely.group().strip(" .!?\n"))
    weak = next((phrase for phrase in _WEAK if phrase in said), None)
    if weak is not None and any(word in said for word in _ITSELF):
        return PhraseMatch(Verdict.SOFT_ERROR, weak, weak=True)
    return None


def _is_for_more(said: str, phrase: str) -> bool:
    """Return whether the login is for an action other than reading: to comment, to save, to vote."""
    return _FOR_MORE.search(said, said.index(phrase), said.index(phrase) + _CLAUSE) is not None


def is_apologetic(text: str) -> bool:
    """Return whether a text contains any phrase of an error, block or wall page; this alone is no verdict."""
    said = " ".join(text.casefold().replace("’", "'").split())
    return phrased(text) is not None or any(phrase in said for phrase in _WEAK)


def is_waiting(text: str) -> bool:
    """Return whether a text is only a loading message."""
    return fold(text) in _WAITING
