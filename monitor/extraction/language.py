"""Detect the language of a text by its script and its most common words; return no answer if the result is uncertain.

A page's declared language (`lang`) is usually right but sometimes left over from a template, so it is checked: if the text is certainly in another
language, the text wins. Languages that share their function words with a neighbour (Danish and Norwegian, Czech and Slovak, Croatian and its
relatives) are distinguished only if the text is clear; otherwise a declared neighbour wins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_SAMPLE_CHARS = 2_500
"""Number of characters that are examined; a longer sample takes longer and does not improve the result."""
_FEWEST_HITS = 5
"""Minimum number of function words that a decision needs."""
_SHARE = 0.12
"""Minimum share of function words in prose of a language; lists of names have fewer."""
_AHEAD = 1.35
"""Required ratio between the function words of the best language and those of the second."""
_LETTERS = 20
"""Minimum number of letters for a script to count; they must also be at least a fifth of all letters."""

# Function words that a text of a few sentences cannot do without. A word shared by several languages counts for each of them.
_SMALL_WORDS = {
    "en": "the of and to in is that for it was with are be as on by this from at which have has were not or an their its been they will would who more also you your we our",
    "de": "der die das und in den von zu mit ist des im für auf dem nicht ein eine einer als auch sich es an werden aus er hat dass sie nach wird bei um am sind noch wie einem über wir durch oder zum zur",
    "fr": "le la les de des et du en un une est que dans pour qui au sur par plus ne pas ce il se avec sont aux ou son sa cette ses être nous vous leur mais ont été d l à",
    "es": "el la los las de del y en un una que es por con para se su no al lo como más pero sus este esta ha son fue también entre sobre ser años han muy desde",
    "it": "il lo la i gli le di del della dei delle e in un una che è per con si non da al nel alla sono anche più come ha dal questo suo essere stato o ma ai nella",
    "pt": "o os as de do da dos das e em um uma que é para com não no na por se mais ao como foi são sua seu ou pela pelo também à entre está nos nas ser",
    "nl": "de het een van en in is dat op te zijn met voor niet die er aan ook als om bij naar uit door over worden wordt tot maar deze hebben kan heeft of dit nog was werd je wij",
    "sv": "och att det i en som är på av för med den till inte om ett har de var från vi kan eller men så där när efter också vid än sig ska detta mot under har över alla",
    "da": "og at det i en som er på af for med den til ikke om et har de var fra vi kan eller men så der når efter også ved end sig skal dette mod under blev være af over meget nogle",
    "no": "og at det i en som er på av for med den til ikke om et har de var fra vi kan eller men så der når etter også ved enn seg skal dette mot under ble være noen hvor mye",
    "fi": "ja on ei että se oli hän ovat mutta kun niin myös kuin joka jos tai sen mukaan jo ole voi olla ne vain nyt hänen sekä josta jonka mitä tämä tämän eivät sitä siitä vielä",
    "pl": "i w na z się do że nie jest to o jak po przez od co za ale dla są tym ich jego by oraz która który które był tylko już czy może tego być ze przy lub jako roku",
    "cs": "a v se na je že s z do o to i k ve pro za by jako ale po jsou od který která které jeho nebo při podle už si také jen jsem bylo byl než aby tak před roku",
    "sk": "a v sa na je že s z do o to i k vo pre za by ako ale po sú od ktorý ktorá ktoré jeho alebo pri podľa už si aj len som bolo bol než aby tak pred roku",
    "hu": "a az és hogy nem is egy van volt ez meg már csak de mint el ki le be még azt ha vagy kell lesz minden között után ezt aki amely pedig szerint lehet sem illetve akik miatt",
    "ro": "și de în a la cu pe un o din nu să care este pentru sunt se ce mai au fost prin al ale după această acest sau lui dar ca între că ei către fi avea",
    "tr": "ve bir bu için ile de da olarak olan çok en daha gibi ne kadar sonra değil var göre ancak her ya mi ise oldu olduğu tarafından veya olduğunu üzere hem kendi",
    "id": "dan yang di dengan untuk ini dari pada tidak itu dalam adalah ke akan oleh juga sebagai ada telah bisa dapat atau karena kami mereka tersebut anda lebih para kita saya kamu kalian maka bahwa jika belum hanya orang kepada aku jangan kaum",
    "vi": "và của là có được trong cho các không một những với này đã người khi từ để đến về nhiều tại như trên cũng ra vào sẽ theo phải còn",
    "hr": "i u je na se da za su od s o ne što kao koji koja koje bi će ili ali iz do nije biti samo te sve ima još bio kako po više između",
    "el": "και το να του η της με που για είναι την από ο στο τα θα τον δεν στην των τους οι σε τη μας ένα μια αλλά ότι",
    "ru": "и в не на что с по это как из его он к а но от для у то за все так же о бы был было были их или мы вы этого также при после более",
    "uk": "і в не на що з по це як із його він до а але від для у та за все так же про був було були їх або ми ви цього також при після більше є й",
    "bg": "и в не на че с по това как от е да се за са който която които ще но си или беше като до при след повече има със само ни",
    "sr": "и у је на се да за су од с о не што као који која које би ће или али из до није бити само те све има још био",
    "ar": "في من على إلى أن التي الذي عن مع هذا هذه كان ما لا كما بعد قد بين أو ذلك لم كل وقد وفي حتى غير هو",
    "fa": "و در به از که این را با است برای آن یک خود تا بر هم نیز می شد شده بود ها های اما یا",
    "ur": "کے میں کی ہے اور سے کا کو نے پر یہ کہ ہیں اس ایک بھی تھا نہیں ان کر تھے گیا لیے",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_][^\W\d_]*")
"""One or more letters; written so that the engine can skip to the first."""
_ASCII_LETTERS = bytes(place if chr(place).isalpha() else ord(" ") for place in range(128)) + b" " * 128
_LETTER_BEYOND = re.compile("[^\x00-\x7f\u00a0-\u00a9\u2000-\u206f\u20a0-\u20cf]")
"""Possible letters beyond ASCII: excludes quotes, dashes, spaces and currency signs, which occur in texts of every language."""
_SCRIPTS = re.compile(
    "(?P<greek>[\u0370-\u03ff]+)|(?P<cyrillic>[\u0400-\u04ff]+)|(?P<he>[\u0590-\u05ff]+)|(?P<arabic>[\u0600-\u06ff\ufb50-\ufefc]+)|(?P<hi>[\u0900-\u097f]+)|(?P<th>[\u0e00-\u0e7f]+)|"
    "(?P<ja>[\u3040-\u30ff]+)|(?P<han>[\u4e00-\u9fff]+)|(?P<ko>[\uac00-\ud7af]+)"
)
_OTHER_SCRIPT = re.compile("[\u0370-\u06ff\u0900-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_ALONE = frozenset({"he", "hi", "th", "ja", "ko"})
"""Scripts that nearly always mean one language."""
_OF_SCRIPT = {
    "greek": ("el",),
    "cyrillic": ("ru", "uk", "bg", "sr"),
    "arabic": ("ar", "fa", "ur"),
    "latin": tuple("en de fr es it pt nl sv da no fi pl cs sk hu ro tr id vi hr".split()),
}
_VOTES = {
    script: {
        word: tuple(language for language in languages if word in _SMALL_WORDS[language].split())
        for word in {word for language in languages for word in _SMALL_WORDS[language].split()}
    }
    for script, languages in _OF_SCRIPT.items()
}
# Codes of the same language, or of languages so close that a reader of one reads the other.
_ALIASES = {
    "nb": "no", "nn": "no", "bs": "hr", "sh": "hr", "iw": "he", "in": "id", "ms": "id", "cmn": "zh", "yue": "zh", "mo": "ro", "me": "hr", "cnr": "hr",
}  # fmt: skip
_NEAR = ({"da", "no", "sv"}, {"cs", "sk"}, {"hr", "sr"}, {"es", "pt", "gl", "ca", "ast"}, {"nl", "af", "fy"}, {"ru", "be", "uk", "bg", "mk", "sr", "kk", "ky", "mn", "tg"},
         {"ar", "fa", "ur", "ckb", "ps", "ug"}, {"hi", "mr", "ne", "sa"}, {"he", "yi"}, {"id", "jv", "su"}, {"tr", "az", "tk"}, {"fr", "oc"}, {"de", "lb", "gsw", "nds"})  # fmt: skip
"""Groups of languages that this detector may confuse; if one is declared and another of its group is detected, the declared one is kept."""
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")


def language_of(declared: Iterable[str | None], text: str) -> str | None:
    """Return the language of a page.

    Args:
        declared: The page's declarations, the most reliable first; tags of any form, None for a missing one.
        text: The page's text.

    Returns:
        A BCP 47 tag, lower case: the declared one unless the text clearly contradicts it, the detected one if none is declared; None if neither is
        certain.
    """
    said = next(filter(None, map(_tag, declared)), None)
    found = detect(text)
    if said is None or found is None:
        return said or found
    return said if agree(said, found) else found


def agree(one: str, other: str) -> bool:
    """Return whether two tags may describe the same text: they mean the same language, or two that are easily confused."""
    first, second = (
        _ALIASES.get(code, code) for code in (one.split("-", maxsplit=1)[0], other.split("-", maxsplit=1)[0])
    )
    return first == second or any(first in near and second in near for near in _NEAR)


def detect(text: str) -> str | None:
    """Return the primary subtag of a text's language; None if the text is short, mixed, a list of names, or in no known language."""
    sample = text[:_SAMPLE_CHARS].lower()
    if sample.isascii() or _OTHER_SCRIPT.search(sample) is None:
        return _by_words(sample, "latin")
    letters: dict[str, int] = {}
    for found in _SCRIPTS.finditer(sample):
        script = str(found.lastgroup)
        letters[script] = letters.get(script, 0) + len(found.group())
    if not letters:
        return _by_words(sample, "latin")
    script = max(letters, key=lambda name: letters[name])
    # A Chinese character carries as much text as several letters, and most of a Japanese text is Chinese characters.
    if letters.get("ja", 0) >= _LETTERS // 2 and letters["ja"] * 8 >= letters.get("han", 0):
        script = "ja"
    if letters[script] < _LETTERS or letters[script] * 5 < sum(map(str.isalpha, sample)):
        return _by_words(sample, "latin")
    if script == "han":
        return "zh"
    return script if script in _ALONE else _by_words(sample, script)


def _words(sample: str) -> list[str]:
    """Return the words of a lower-case text. If all letters are ASCII, splitting bytes takes half the time of the pattern."""
    if sample.isascii() or _LETTER_BEYOND.search(sample) is None:
        return sample.encode("ascii", "replace").translate(_ASCII_LETTERS).decode("ascii").split()
    return _WORD.findall(sample)


def _by_words(sample: str, script: str) -> str | None:
    votes = _VOTES[script]
    words = _words(sample)
    hits: dict[str, int] = {}
    # Count words that vote for the same languages together.
    for languages, count in Counter(map(votes.get, words)).items():
        for language in languages or ():
            hits[language] = hits.get(language, 0) + count
    ranked = sorted(hits.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < max(_FEWEST_HITS, _SHARE * len(words)):
        return None
    best, most = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    return best if most >= _AHEAD * second else _told_apart(sample, ranked)


# Letters that one of two neighbouring languages uses and the other does not.
_TELLING = (("da", "no", "æ", ""), ("sk", "cs", "ľĺŕôä", "řěů"), ("ru", "uk", "ыэъё", "іїєґ"), ("uk", "bg", "іїєґ", "щъ"), ("ru", "bg", "ыэё", ""), ("sr", "bg", "јљњђћџ", "щъя"), ("sr", "ru", "јљњђћџ", "ыэщъя"))  # fmt: skip


def _told_apart(sample: str, ranked: list[tuple[str, int]]) -> str | None:
    """Return the better of two languages that share function words, by the letters that only one of them uses.

    Returns None if the letters do not decide and the function words are too close.
    """
    (best, most), (next_best, close) = ranked[0], ranked[1]
    for one, other, of_one, of_other in _TELLING:
        if {best, next_best} == {one, other} and of_one and of_other:
            ones, others = sum(map(sample.count, of_one)), sum(map(sample.count, of_other))
            if ones != others and min(ones, others) * 10 <= max(ones, others):
                return one if ones > others else other
    return best if most >= close + 4 and most >= 1.15 * close else None


def _tag(declared: str | None) -> str | None:
    """Return a declared tag in normalised form ("en_GB" → "en-gb"); None if it is not a language tag."""
    folded = (declared or "").split(",")[0].strip().lower().replace("_", "-")
    return folded if _TAG.fullmatch(folded) and folded not in ("und", "mul", "zxx", "en-en") else None
