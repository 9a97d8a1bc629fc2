"""The data files of the lexicon: one per language, with known topics, each entry once."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from monitor import lexicon
from monitor.lexicon import TOPICS, entries, phrases

_FILES = sorted(Path(lexicon.__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_a_file_is_named_for_its_language_and_has_known_topics(path: Path):
    tables = tomllib.loads(path.read_text(encoding="utf-8"))

    assert re.fullmatch("[a-z]{2,3}", path.stem)
    assert {f"{table}.{key}" for table, topics in tables.items() for key in topics} <= set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_entries_are_written_once_and_without_spaces_around_them(topic: str):
    found = list(entries(topic))

    assert found
    assert len(set(found)) == len(found)
    assert [entry for entry in found if entry.text != entry.text.strip() or not entry.text] == []


@pytest.mark.parametrize("topic", [topic for topic, form in TOPICS.items() if form not in ("patterns", "texts")])
def test_words_and_phrases_are_lower_case(topic: str):
    assert [entry for entry in entries(topic) if entry.text != entry.text.lower()] == []


def test_the_english_file_explains_every_topic():
    lines = (Path(lexicon.__file__).parent / "en.toml").read_text(encoding="utf-8").splitlines()
    table, explained = "", []
    for before, line in itertools.pairwise(lines):
        if line.startswith("["):
            table = line.strip("[]")
        elif line.endswith("= '''") and before.startswith("# "):
            explained.append(f"{table}.{line.split()[0]}")

    assert explained == list(TOPICS)


def test_english_comes_first_and_then_each_language_by_its_code():
    codes = list(dict.fromkeys(entry.language for entry in entries("page_status.missing_names")))

    assert codes[0] == "en"
    assert codes[1:] == sorted(codes[1:])


def test_a_weak_phrase_is_not_a_phrase_as_well():
    strong = {
        phrase
        for name in ("missing_phrases", "down_phrases", "challenge_phrases", "login_phrases", "consent_phrases")
        for phrase in phrases(f"page_status.{name}")
    }
    assert strong.isdisjoint(phrases("page_status.weak_phrases"))


def test_an_unknown_topic_is_an_error():
    with pytest.raises(KeyError):
        list(entries("page_status.missing"))
