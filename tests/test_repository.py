"""The repository's outside: what a fresh clone promises, and rules of the house that no tool holds."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PACKAGES = ("monitor", "rendering", "alerts", "storage", "pagewitness")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_only_the_settings_and_the_front_door_read_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix() for path in MODULES if re.search(r"\bos\.environ|getenv", path.read_text())
    }
    allowed = {"pagewitness/settings.py", "pagewitness/composition.py", "pagewitness/cli/common.py"}
    allowed.add("pagewitness/cli/output.py")  # COLUMNS and NO_COLOR, of the terminal
    allowed.add("storage/maintenance/pg_dump.py")  # hands it on to pg_dump, with the password; asks it nothing
    allowed.add("pagewitness/service/run.py")  # passes it on to the processes of the service
    allowed.add("pagewitness/service/child.py")  # adds the secrets that only its role may read
    assert readers <= allowed | {path for path in readers if path.startswith("pagewitness/demo/")}


def test_the_wheel_carries_templates_assets_and_migrations(tmp_path):
    builder = WheelBuilder(str(ROOT))
    wheel = Path(next(iter(builder.build(directory=str(tmp_path), versions=["standard"]))))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    carried = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert set(carried) <= names
    assert any(name.endswith(".html") for name in carried)


def test_the_newest_entry_of_the_changelog_is_this_version_or_yet_to_come():
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    names = [name for name, _ in headings]
    assert names[0] == "Unreleased"
    assert PROJECT["project"]["version"] in names or len(names) == 1


def test_the_two_commands_of_the_readme_are_targets_of_make():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for page in ("README.md", "CONTRIBUTING.md"):
        named |= set(re.findall(r"(?:^|`|\s{4})make ([a-z-]+)", (ROOT / page).read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_ci_runs_what_contributors_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    for target in ("check", "test", "test-slow"):
        assert re.search(rf"\b{target}\b", script.read_text())


def test_nothing_under_docs_or_at_the_top_names_a_path_of_one_machine():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("eval/*.py")]
    for page in pages:
        assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", page.read_text()), page
