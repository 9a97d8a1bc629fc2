"""What watched pages, files and people hold reaches no terminal as it is: not in tables, messages and log lines, nor in JSON, which still says the same."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages.mime_message import compose
from monitor.errors import ConfigurationError
from pagewitness import logs
from pagewitness.cli import _complain, output
from pagewitness.cli.inspect_pages import _write_raw
from pagewitness.settings import Settings
from rendering.links import Links
from rendering.text_safety import escaped_json, one_line, visible
from tests.alerts.examples import DESK, RULE, changed, delivery, render_email

CONTROLS = "".join(map(chr, (*range(9), *range(11, 32), *range(127, 160))))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
OTHERS = "\u2028\u2029\ufeff\u200b\U000e0041"
HOSTILE = CONTROLS + BIDI + OTHERS
texts = st.text(st.one_of(st.sampled_from(HOSTILE + '\n\t\ud800\udc00"\\u'), st.characters()))


def clean(text: str) -> bool:
    return not set(text) & set(HOSTILE) and not any("\ud800" <= char <= "\udfff" for char in text)


@given(texts)
def test_json_says_the_same_without_a_character_that_a_terminal_obeys(text: str):
    document = json.dumps({text: [text, 1.5, None]}, ensure_ascii=False)
    escaped = escaped_json(document)
    assert clean(escaped)
    assert escaped.count("\n") == 0
    # Two halves that follow each other are one character in JSON, however they are written.
    assert json.loads(escaped) == json.loads(json.dumps({text: [text, 1.5, None]}))


@given(texts)
def test_text_for_people_is_spelt_out_and_keeps_its_lines(text: str):
    assert clean(visible(text))
    assert visible(text).count("\n") == text.count("\n")
    assert visible(visible(text)) == visible(text)
    assert clean(one_line(text))


def test_scripts_that_need_joiners_keep_them():
    text = "می‌خواهم 👩‍👩‍👧 café"
    assert visible(text) == text
    assert escaped_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)


def test_every_way_to_print_is_clean(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    output.err.print(f"watching {HOSTILE}")
    output.print_json([{"text": HOSTILE}])
    output.out.print(f"watching {HOSTILE}")
    for columns in ("", "40"):
        monkeypatch.setenv("COLUMNS", columns) if columns else monkeypatch.delenv("COLUMNS", raising=False)
        output.print_table(["a"], [[HOSTILE], [[HOSTILE]]], empty="")
    output.print_table(["a"], [], empty=HOSTILE)
    _complain(f"first {HOSTILE}\nsecond")
    printed = capsys.readouterr()
    assert clean(printed.out + printed.err)
    assert printed.err.endswith("\nsecond\n")
    assert json.loads(printed.out.splitlines()[0]) == {"text": HOSTILE}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail() -> None:
    raise ValueError(HOSTILE)


@pytest.mark.parametrize("form", ["console", "json"])
def test_log_lines_and_tracebacks_are_clean(form: str, log: io.StringIO):
    logs.configure(Settings(log_format=form))
    logs.get("ours").info("looked", url=f"https://x/{HOSTILE}\nWARNING all is well", parts=[HOSTILE])
    logging.getLogger("theirs").warning("slow %s", HOSTILE)
    try:
        fail()
    except ValueError:
        logs.get("ours").exception("it broke")
    assert clean(log.getvalue())
    assert not any(line.startswith("WARNING") for line in log.getvalue().splitlines())


@given(texts)
def test_a_mail_is_clean_in_every_part(text: str):
    hostile = changed(
        stored_text=text,
        sentence_before=text,
        sentence_after=text,
        quote_before=text,
        quote_after=text,
        before=text,
        after=[text],
    )
    payload = render_email(hostile, RULE, Links("https://watch.example"))
    assert clean(payload["subject"] + payload["text"] + payload["html"])
    assert "\n" not in payload["subject"]
    mail = compose(delivery(payload), DESK)
    assert clean(str(mail["Subject"]))
    assert all(byte in (10, 13) or 32 <= byte < 127 for byte in mail.as_bytes())


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"\x1b]0;owned\x07", False),
        (b"a\x9bb", False),
        (b"caf\xe9\n", True),
        ("a\x9bb".encode(), False),
        ("caf\xe9\r\n".encode(), True),
    ],
)
def test_a_body_goes_to_a_terminal_only_where_that_obeys_nothing_in_it(
    body: bytes, kept: bool, monkeypatch: pytest.MonkeyPatch
):
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        if kept:
            _write_raw(body)
        else:
            with pytest.raises(ConfigurationError, match="redirect stdout to a file"):
                _write_raw(body)


def test_a_body_goes_into_a_file_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "body").open("w") as file:
        monkeypatch.setattr("sys.stdout", file)
        _write_raw(b"\x1b[31m\xff")
    assert (tmp_path / "body").read_bytes() == b"\x1b[31m\xff"
