"""Recognise the wording of consent boxes and prompts: button labels, headings and topics. The vocabulary is in `monitor.lexicon`."""

from __future__ import annotations

import re

from monitor.lexicon import alternatives, phrases, words

_ACCEPTS = words("consent.accepting")
_ACCEPTS_UNSPACED = re.compile(alternatives("consent.accepting_parts"), re.IGNORECASE)
_BEFORE = words("consent.before_accepting")
_BESIDE = words("consent.beside_accepting")
_MOST_WORDS = 5
_MARKS = ".,!✓✔☑"
SPEAKS = re.compile(alternatives("consent.subjects"), re.IGNORECASE)
_HEADINGS = re.compile(alternatives("prompts.headings"), re.IGNORECASE)
_NEWSLETTER = re.compile(alternatives("prompts.newsletters"), re.IGNORECASE)
_SUBSCRIBES = re.compile(alternatives("prompts.subscribing"), re.IGNORECASE)
_STARTS = frozenset(
    "is was did how rate help report anything war waren ist avez cette te ¿te le ¿le quanto esta essa heeft share follow find join connect partager seite beitrag artikel "
    "compartir condividi deel suivez retrouvez folgen folge folg síguenos síganos seguici siga volg følg följ śledź obserwuj sledujte bizi تابعونا подпишитесь "
    "visitor visitors hit hits page visit visits besucherzähler contador compteur contatore bezoekersteller licznik who who's who’s wer qui quem stay keep get restez "
    "bleiben mantente mantenete rimani blijf".split()
)
"""First words of prompts, except those for newsletters."""
_LETTERS = frozenset(
    "newsletter newsletters newslettern nieuwsbrief nyhedsbrev nyhetsbrev uutiskirje biuletyn zpravodaj hírlevél boletín boletim lettre infolettre mailing rassylka рассылку "
    "рассылка letter mail email digest".split()
)
NETWORK_SIGNS = frozenset(
    "twitter tweet tweets facebook instagram linkedin mastodon bluesky tiktok social sozialen soziale sociaux sociales sociais sociale sociala sociální soziales społecznościowe "
    "społecznościowych социальных социальные соцсети соцсетях x الاجتماعي التغريدات تغريدات اجتماعی".split()
)
"""Every heading above posts contains one of these, unless it is only an account's name."""
COMMENT_SIGNS = frozenset(
    "comment comments kommentar kommentare kommentarer commentaire commentaires comentario comentarios commento commenti comentário comentários reactie reacties komentarz "
    "komentarze komentář komentáře yorumlar σχόλια комментарии комментариев التعليقات تعليقات コメント reply comments: kommentare:".split()
)
"""Every heading above readers' comments contains one of these."""
_HEAD_SIGNS = _LETTERS | NETWORK_SIGNS | COMMENT_SIGNS
_PRESSED = _ACCEPTS | _BEFORE | _BESIDE | {"kabul"}
_ACCEPTING_TURNS = [turn.split() for turn in phrases("consent.accepting_turns")]
"""Two words that accept together; "kabul" alone is also the name of a town."""
ACCEPT_FIRST = (
    _ACCEPTS
    | _BEFORE
    | {"kabul"}
    | frozenset("✓ ✔ ☑ 同意 同意する 同意して続ける 承諾 許可する 接受 全部接受 수락 동의 동의함 đồng".split())
)
"""First words of consent buttons, lower case; other texts start with them too."""


def accepts(text: str) -> bool:
    """Return whether a short text is the label of a button that accepts."""
    said = [word.strip(_MARKS) for word in text.lower().replace("&", " ").split()]
    said = [word for word in said if word]
    if not said or len(said) > _MOST_WORDS:
        return False
    if _PRESSED.issuperset(said) and not (_ACCEPTS.isdisjoint(said) and said[:2] not in _ACCEPTING_TURNS):
        return True
    return not text.isascii() and _ACCEPTS_UNSPACED.search(text) is not None


def may_head(words: list[str]) -> bool:
    """Return whether a text of these words, lower case, can be the heading of a box of any kind."""
    return words[0] in _STARTS or not _HEAD_SIGNS.isdisjoint(words) or words[0][0] == "@"


def may_prompt(words: list[str]) -> bool:
    """Return whether a text of these words, lower case, can be the heading of a prompt."""
    return words[0] in _STARTS or not _LETTERS.isdisjoint(words)


def prompts(text: str) -> bool:
    """Return whether a short text is the heading of a prompt."""
    said = text.lstrip("¿ ")
    return _HEADINGS.match(said) is not None or _NEWSLETTER.search(text) is not None


def is_sure(text: str) -> bool:
    """Return whether a prompt asks for something without further signs; "Newsletter" alone may be the heading of a list of newsletters."""
    return _NEWSLETTER.search(text) is None or _SUBSCRIBES.search(text) is not None
