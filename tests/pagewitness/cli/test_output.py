"""Tables are printed while their rows are read, and wrapped only where there is a width to fit."""

from __future__ import annotations

import itertools

import pytest

from pagewitness.cli.output import print_table


def printed(capsys, columns, rows) -> list[str]:
    print_table(columns, rows, empty="nothing")
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


def test_a_row_is_one_line_in_a_file(capsys):
    sentence = "A sentence that is longer than a terminal is wide. " * 5
    assert printed(capsys, ["page", "sentence", "n"], [("a", sentence, 1234), ("日本", "short", None)]) == [
        f"page  sentence{' ' * 52}  n",
        f"a     {sentence.strip()}  1,234",
        "日本  short",
    ]


def test_cells_are_wrapped_to_the_width_that_columns_sets(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "32")
    lines = printed(capsys, ["url", "text"], [("https://example.org/very/long", "one two three four five")])
    assert lines == ["url              text", "https://example  one two three", ".org/very/long   four five"]
    assert all(len(line) <= 32 for line in lines)


def test_rows_are_not_collected(capsys):
    def rows():
        yield from ((number,) for number in range(500))
        # All but the rows from which the widths are computed have been printed.
        assert capsys.readouterr().out.splitlines()[-1] == "499"
        yield ("end",)

    assert printed(capsys, ["n"], rows()) == ["end"]


def test_no_rows_are_named_on_stderr(capsys):
    print_table(["n"], itertools.chain(), empty="nothing here")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "nothing here\n")
