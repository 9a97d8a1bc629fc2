"""Every entry of the lexicon for numbers in scripts with a reader of their own is recognised by that reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.lexicon import TOPICS, by_language, entries, values
from monitor.model import Mention, MentionType
from tests.support.heart import mentions

FIVE = {"ja": "五", "zh": "五", "ko": "오 "}
ORDINAL = {"ja": "第", "zh": "第", "ko": "제"}
COUNTED = {"ja": "人", "zh": "人", "ko": "명 "}


def first(text: str, language: str) -> Mention:
    return mentions(text, language)[0]


def is_counted(word: str, language: str) -> bool:
    mention = first(f"12{word}", language)
    return mention.value == 12 and mention.type in (
        MentionType.COUNT,
        MentionType.ORDINAL,
        MentionType.MONEY,
        MentionType.IDENTIFIER,
    )


def is_money(line: str, language: str) -> bool:
    code, *names = line.split()
    return all(first(f"12{name}", language)[:3] == (MentionType.MONEY, 12, code) for name in names)


RECOGNISED: dict[str, Callable[[str, str], bool]] = {
    "han.digits": lambda word, _: (
        first(f"{word}百个", "zh").value == 100 * values("han.digits")[word]
        if values("han.digits")[word]
        else first(f"三百{word}五个", "zh").value == 305
    ),
    "hangul.digits": lambda word, _: first(f"백{word}개", "ko").value == 100 + values("hangul.digits")[word],
    "hangul.native": lambda word, _: first(f"백{word} 개", "ko").value == 100 + values("hangul.native")[word],
    "hangul.tens": lambda word, _: first(f"오{word} 개", "ko").value == 5 * values("hangul.tens")[word],
    "hangul.myriads": lambda word, _: first(f"3{word} 원", "ko").value == 3 * values("hangul.myriads")[word],
    "han.tens": lambda word, _: (
        first(f"{word}五个", "zh").value
        == values("han.tens")[word] + (5 if values("han.tens")[word] < 100 else values("han.tens")[word] // 2)
    ),
    "han.myriads": lambda word, _: first(f"3{word}个", "zh").value == 3 * values("han.myriads")[word],
    "quantities.counters": is_counted,
    "quantities.sole_counters": lambda word, language: first(f"{FIVE[language]}{word}", language).value == 5,
    "quantities.names": lambda word, language: first(f"12{word}", language).type is MentionType.IDENTIFIER,
    "quantities.ordinal_names": lambda word, language: (
        first(f"{ORDINAL[language]}12{word}", language).type is MentionType.IDENTIFIER
    ),
    "quantities.ordinal_marks": lambda word, language: first(f"12{word}", language).type is MentionType.ORDINAL,
    "quantities.currencies": is_money,
    "quantities.hedges_after": lambda word, language: (
        word in (first(f"12{COUNTED[language]}{word}", language).hedge or "")
    ),
    "quantities.no_numbers": lambda word, language: mentions(f"{word}。", language) == (),
}


@pytest.mark.parametrize("topic", RECOGNISED)
def test_every_entry_of_a_topic_is_recognised(topic: str):
    lines = {language: text.splitlines() for language, text in by_language(topic).items()}
    found = (
        [(line, language) for language, texts in lines.items() for line in texts]
        if TOPICS[topic] == "texts"
        else [(entry.text, entry.language) for entry in entries(topic)]
    )
    assert found
    assert [entry for entry in found if not RECOGNISED[topic](*entry)] == []


def test_every_topic_of_these_tables_is_tested():
    tables = {topic.split(".")[0] for topic in RECOGNISED}
    assert {topic for topic in TOPICS if topic.split(".")[0] in tables} == set(RECOGNISED)
