"""The systemd unit: it parses, and what it runs and sets exists."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from pagewitness.cli import app
from pagewitness.settings import from_env

UNIT = Path(__file__).parents[3] / "deploy" / "pagewitness.service"


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
