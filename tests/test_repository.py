"""The repository's outside: what a fresh clone promises, and rules of the house that no tool holds."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PACKAGES = ("monitor", "alerts", "storage", "pagewitness")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# What the pure middle may import from outside of itself: parsers and values, nothing that reads a clock, a file or the network.
PURE_MAY_IMPORT = {
    "__future__",
    "bisect",
    "bs4",
    "codecs",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "html",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "selectolax",
    "statistics",
    "string",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "webencodings",
}
PURE = next(
    contract["source_modules"]
    for contract in PROJECT["tool"]["importlinter"]["contracts"]
    if contract["name"] == "The middle is pure"
)


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever the statement stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files_of(module: str) -> list[Path]:
    path = ROOT / module.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("module", PURE)
def test_the_pure_middle_imports_only_parsers_and_values(module):
    for path in files_of(module):
        for name in imports(path):
            inside = any(name == pure or name.startswith(pure + ".") for pure in PURE) or name.startswith("monitor.")
            allowed = any(name == known or name.startswith(known + ".") for known in PURE_MAY_IMPORT)
            assert inside or allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("module", PURE)
def test_what_the_pure_middle_imports_of_its_own_package_is_pure_too(module):
    for path in files_of(module):
        for name in imports(path):
            if name.startswith("monitor."):
                assert any(name == pure or name.startswith(pure + ".") for pure in [*PURE, "monitor"]), name
                assert not name.startswith(("monitor.fetch", "monitor.net", "monitor.check", "monitor.visit")), name


def test_no_module_is_named_like_one_of_the_standard_library():
    for path in MODULES:
        if path.parent.parent == ROOT or path.parent == ROOT:
            assert path.stem not in sys.stdlib_module_names or path.stem.startswith("__"), path


def test_tests_are_no_package():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_only_the_settings_and_the_front_door_read_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix() for path in MODULES if re.search(r"\bos\.environ|getenv", path.read_text())
    }
    assert readers <= {"pagewitness/settings.py", "pagewitness/wiring.py", "pagewitness/cli/common.py"} | {
        path for path in readers if path.startswith("pagewitness/demo/")
    }


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
