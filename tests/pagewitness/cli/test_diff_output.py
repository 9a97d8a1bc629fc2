"""How a comparison is printed: with signs in a file, with the changed words in colour on a terminal, and in columns; always clean."""

from __future__ import annotations

import re

import pytest
from rich.console import Console

from monitor.diff.compare import compare
from monitor.diff.comparison import comparison
from monitor.model import Block, BlockKind, Version
from pagewitness.cli import diff_output
from tests.support.heart import block, version

OLD = version(
    "Our aims",
    "The pact has 83 members.",
    "The office is closed.",
    *map(str, "abcdef"),
    block(BlockKind.FOOTER, "Page 1"),
    facts=(),
)
NEW = version(
    "Our aims",
    "The pact has 85 members.",
    "We moved to a new house.",
    *map(str, "abcdef"),
    block(BlockKind.FOOTER, "Page 2"),
    facts=(),
)
HOSTILE = "\x1b[31mred\x9b0m \u202eback\u2066 \u200b\ttab"


def printed(
    old: Version,
    new: Version,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    columns: bool = False,
    coloured: bool = False,
    width: int = 60,
) -> str:
    def console() -> Console:
        return Console(
            width=width,
            force_terminal=coloured,
            color_system="standard" if coloured else None,
            highlight=False,
            emoji=False,
            markup=False,
        )

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(diff_output, "styled_console", console)
    diff_output.print_comparison(comparison(old, new, compare(old, new)), "before", "after", side_by_side=columns)
    return capsys.readouterr().out


def test_in_a_file_a_changed_block_is_two_lines_with_signs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert printed(OLD, NEW, monkeypatch, capsys).splitlines() == [
        "--- before",
        "+++ after",
        " Our aims",
        "-The pact has 83 members.",
        "+The pact has 85 members.",
        "-The office is closed.",
        "+We moved to a new house.",
        " a",
        " b",
        "  … 4 unchanged blocks",
        ". Page [-1-]{+2+} (noise: footer, not compared)",
        "7 words added, 5 removed (33.3 % of the text)",
    ]


def test_on_a_terminal_the_changed_words_are_in_colour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    text = printed(OLD, NEW, monkeypatch, capsys, coloured=True)
    assert "~The pact has \x1b[9;33m83\x1b[0m\x1b[4;94m85\x1b[0m members." in text  # struck out yellow, underlined blue


def test_side_by_side_both_versions_are_in_columns_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    lines = printed(OLD, NEW, monkeypatch, capsys, columns=True, width=43).splitlines()
    assert lines[:8] == [
        "before                 after",
        "Our aims               Our aims",
        "The pact has 83      ~ The pact has 85",
        "members.               members.",
        "The office is        -",
        "closed.",
        "                     + We moved to a new",
        "                       house.",
    ]
    assert max(map(len, lines[:-1])) <= 43


def test_wide_characters_take_two_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    old, new = version("会員は83か国です。", facts=()), version("会員は85か国です。", facts=())
    assert "会員は83か国です。   ~ 会員は85か国です。" in printed(old, new, monkeypatch, capsys, columns=True, width=43)


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("coloured", [False, True])
def test_hostile_text_does_not_reach_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: bool, coloured: bool
):
    kinds = (BlockKind.CONTENT, BlockKind.NAVIGATION)
    old = version(
        *(Block(kind, f"One {HOSTILE}", "") for kind in kinds),
        f"Moved {HOSTILE}",
        "b",
        "c",
        f"Left {HOSTILE}",
        facts=(),
    )
    new = version(
        f"Moved {HOSTILE}",
        *(Block(kind, f"Two {HOSTILE}", "") for kind in kinds),
        "b",
        "c",
        f"{HOSTILE} joined",
        facts=(),
    )
    text = printed(old, new, monkeypatch, capsys, columns=columns, coloured=coloured, width=200)
    plain = re.sub(r"\x1b\[[\d;]*m", "", text) if coloured else text
    assert not set(plain) & set("\x1b\x9b\u202e\u2066\u200b\t")
    assert "\x1b[31m" not in text
    assert "\\u001b[31mred" in plain


def test_what_is_beyond_the_limit_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(diff_output, "ROWS", 3)
    assert "… 8 further blocks not shown" in printed(OLD, NEW, monkeypatch, capsys)
