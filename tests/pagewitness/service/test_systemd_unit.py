"""The systemd unit and the wrapper for commands beside it: they parse, what they run and set exists, and they agree."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from pagewitness.cli import app
from pagewitness.settings import from_env

DEPLOY = Path(__file__).parents[3] / "deploy"
UNIT = DEPLOY / "pagewitness.service"
WRAPPER = DEPLOY / "pagewitness-cli"


class _Repeated(dict):
    """Keys of a unit may come several times; each value counts."""

    def __setitem__(self, key, value):
        if isinstance(value, list) and key in self:
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


@pytest.fixture(scope="module")
def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, dict_type=_Repeated, delimiters=("=",), interpolation=None)
    parser.optionxform = str
    parser.read_string(UNIT.read_text())
    return parser


def values(unit: configparser.RawConfigParser, key: str) -> list[str]:
    return unit.get("Service", key).splitlines()


def test_it_runs_a_command_that_exists(unit: configparser.RawConfigParser):
    (line,) = values(unit, "ExecStart")
    program, *arguments = line.split()
    assert Path(program).name == "pagewitness"
    assert arguments[0] in typer.main.get_command(app).commands


def test_it_sets_settings_that_exist(unit: configparser.RawConfigParser, tmp_path: Path):
    settings = from_env(dict(pair.split("=", 1) for pair in values(unit, "Environment")))
    assert settings.database_url == "sqlite:////var/lib/pagewitness/pagewitness.db"
    assert unit.get("Service", "StateDirectory") == "pagewitness"


def test_it_waits_longer_than_the_service_takes_to_end(unit: configparser.RawConfigParser):
    settings = from_env(dict(pair.split("=", 1) for pair in values(unit, "Environment")))
    # Afterwards the web has five seconds for answers under way.
    assert int(unit.get("Service", "TimeoutStopSec")) >= settings.shutdown_seconds + 10


def test_it_is_reloaded_and_ended_by_the_signals_that_the_service_obeys(unit: configparser.RawConfigParser):
    assert values(unit, "ExecReload") == ["/bin/kill -HUP $MAINPID"]
    assert values(unit, "KillSignal") == ["SIGTERM"]
    assert values(unit, "KillMode") == ["mixed"], "SIGTERM is for the service alone"
    assert values(unit, "Restart") == ["on-failure"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("CapabilityBoundingSet", ""),
    ],
)
def test_it_has_no_rights_that_it_does_not_need(unit: configparser.RawConfigParser, key: str, value: str):
    assert unit.get("Service", key) == value
    assert "MemoryMax" in unit["Service"]


def test_systemd_itself_finds_nothing_wrong(tmp_path: Path):
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not on this machine")
    copy = tmp_path / "pagewitness.service"
    copy.write_text(UNIT.read_text().replace("/opt/pagewitness/bin/pagewitness", sys.executable))
    done = subprocess.run([tool, "verify", copy], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def started_by_wrapper(tmp_path: Path) -> list[str]:
    """The arguments with which the wrapper calls systemd-run for the command `changes --json 'a b'`."""
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "COLUMNS": "90"}
    call = ["sh", str(WRAPPER), "changes", "--json", "a b"]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


def test_the_wrapper_runs_the_program_of_the_unit_with_the_same_rights_and_settings(
    unit: configparser.RawConfigParser, started_by_wrapper: list[str]
):
    end = started_by_wrapper.index("--")
    (line,) = values(unit, "ExecStart")
    assert started_by_wrapper[end + 1 :] == [line.split()[0], "changes", "--json", "a b"]
    options = started_by_wrapper[:end]
    properties = dict(option.removeprefix("--property=").split("=", 1) for option in options if "--property=" in option)
    assert properties.pop("User") == UNIT.stem, "the name of the unit's dynamic user"
    assert properties == {name: unit.get("Service", name) for name in properties}
    assert {"DynamicUser", "StateDirectory", "EnvironmentFile", "UMask"} <= set(properties)
    assert "RuntimeDirectory" not in properties, "it would be removed when the command ends"
    set_by_wrapper = {option.removeprefix("--setenv=") for option in options if "--setenv=PAGEWITNESS" in option}
    assert set_by_wrapper <= set(values(unit, "Environment"))
    names = {pair.split("=", 1)[0] for pair in set_by_wrapper}
    assert names == {"PAGEWITNESS_DATABASE_URL", "PAGEWITNESS_WATCHLIST", "PAGEWITNESS_RUNTIME_DIR"}
