from __future__ import annotations

import os
import shlex
import sys
import time

import pytest

from alerts.channels.token_command import access_token
from alerts.channels.unreachable import ChannelUnreachable
from tests.support.patience import PATIENCE_SECONDS

NAME = "env:MAIL_COMMAND"


def run(code: str, seconds: float = PATIENCE_SECONDS, *arguments: str) -> str:
    command = shlex.join([sys.executable, "-c", code, *arguments])
    return access_token(NAME, {**os.environ, "MAIL_COMMAND": command}, seconds)


def test_the_token_is_what_the_command_prints():
    assert run("print('ya29.token')") == "ya29.token"


def test_there_is_no_shell():
    assert run("import sys; print(sys.argv[1].count('$'), end='')", PATIENCE_SECONDS, "$HOME;`id`|x>$y") == "2"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("print('secret'); raise SystemExit(3)", "failed with exit code 3"),
        ("", "printed no token"),
        ("print('two words')", "printed no token"),
        ("print('a\\nb')", "printed no token"),
        ("print('t\u00f6ken')", "printed no token"),
        ("print('secret' * 10_000)", "printed too much"),
    ],
)
def test_a_command_without_a_token_is_explained_and_its_output_is_not_shown(code, problem):
    with pytest.raises(ChannelUnreachable, match=problem) as caught:
        run(code)
    assert "secret" not in str(caught.value)
    assert "MAIL_COMMAND" in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(600)",
        "import os, time; os.close(1); time.sleep(600)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])",
        "while True: print('x' * 1000)",
    ],
    ids=["sleeps", "closes its output", "waits for a child", "prints without end"],
)
def test_a_command_that_does_not_end_is_killed_with_its_children(code):
    began = time.monotonic()
    with pytest.raises(ChannelUnreachable, match="took longer than 1 s, or printed too much"):
        run(code, 1)
    assert time.monotonic() - began < PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("reference", "command", "problem"),
    [
        ("env:MISSING_COMMAND", "x", "MISSING_COMMAND"),
        (NAME, " ", "is empty"),
        (NAME, "'unclosed", "cannot be parsed"),
        (NAME, "/no/such/program", "cannot be run: No such file"),
        ("file:/etc/hostname", "x", "must be the name of an environment variable"),
        ("env:PATH", "x", "must be the name of an environment variable"),
        ("/bin/echo token", "x", "must be the name of an environment variable"),
    ],
)
def test_a_command_that_cannot_be_run_is_explained(reference, command, problem):
    with pytest.raises(ChannelUnreachable, match=problem):
        access_token(reference, {"MAIL_COMMAND": command}, PATIENCE_SECONDS)
