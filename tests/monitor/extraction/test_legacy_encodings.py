"""Bytes that nothing declares: whole words of letters above 127 are another alphabet, single ones are accents."""

from __future__ import annotations

import pytest

from monitor.extraction.charset import decode
from monitor.extraction.legacy_encodings import alphabet_encoding

RUSSIAN = "Союз насчитывает 64 ложи; каждая из них поёт на ежегодной встрече, и все жители долины приходят слушать."
UKRAINIAN = "Спілка налічує 64 ложі; кожна з них співає на щорічній зустрічі, і всі жителі долини приходять слухати."
BULGARIAN = "Съюзът има 64 ложи; всяка от тях пее на годишната среща, а жителите на долината идват да слушат."
GREEK = "Η ένωση έχει 64 στοές και κάθε μία από αυτές τραγουδά στην ετήσια συνάντηση της κοιλάδας."
HEBREW = "לאיגוד יש 64 לשכות, וכל אחת מהן שולחת שני זמרים למפגש השנתי באולם ליד הטחנה הישנה."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "windows-1251"),
        (UKRAINIAN, "windows-1251"),
        (BULGARIAN, "windows-1251"),
        ("дата;область;случаи\n2020-05-01;Юг;1234\n", "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (GREEK, "windows-1253"),
        (HEBREW, "windows-1255"),
    ],
)
def test_an_alphabet_is_recognised_by_its_words(text, encoding):
    body = text.encode(encoding)
    assert alphabet_encoding(body) == encoding
    assert decode(body, "text/csv") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("L'été dernier, l'élève a été reçu à l'école près de la forêt où naît la rivière.", "windows-1252"),
        ("Größe über Maß für Öl, schöne Grüße aus München, fünf Äpfel", "windows-1252"),
        ("À É Î Ö Ü ß ñ ç", "windows-1252"),
        ("会員は六十四名です。毎年春に別の町で集まります。", "euc-jp"),
        ("联盟共有六十四个分会，每年春天在另一个城镇聚会。", "gbk"),
        ("연합에는 예순네 개의 지부가 있으며 매년 봄에 다른 도시에서 모입니다.", "euc-kr"),
        ("plain", "ascii"),
    ],
)
def test_accents_and_east_asian_encodings_are_none(text, encoding):
    assert alphabet_encoding(text.encode(encoding)) is None
