"""Architecture: dependency rules that import-linter cannot state, what pure modules may import, and what may be in the repository."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_PACKAGES = ("monitor", "rendering", "alerts", "storage", "pagewitness")
_PURE = (
    "model errors ports limits urls host_patterns times sentences sequence_alignment word_differences extraction facts diff page_status requisites search tracking parser_version pipeline.analyze fetching.conditional fetching.retry_after "
    "fetching.robots"
).split()
"""Modules and packages of monitor that do no input or output."""
_DATA = "monitor.lexicon"
"""Reads the data files in its own folder once; pure modules may use it like a constant."""
# What neither asks the machine nor the clock. A new name here is a decision, not a formality.
_ALLOWED = frozenset(
    "__future__ binascii bisect calendar collections collections.abc codecs csv dataclasses difflib datetime decimal email.message email.parser email.utils enum functools hashlib html ipaddress itertools json math operator re re2 string "
    "typing unicodedata urllib.parse ada_url protego pypdfium2 pypdfium2.raw selectolax.lexbor threading tinycss2 webencodings".split()
)
_ASKS_THE_CLOCK = frozenset({"now", "utcnow", "today"})
# Put together here, so that this file itself passes.
_HOSTS = re.compile(
    "|".join([r"\bpypi\." + "org", "files.pythonhosted" + r"\.org", "test.pypi" + r"\.org", "registry.npmjs" + r"\.org", "proxy.golang" + r"\.org", r"crates\." + "io/", "conda.anaconda" + r"\.org"])
)  # fmt: skip
_MACHINE_PATHS = re.compile(r"(?<![\w.:/-])/(?:" + "work" + "|" + "root" + r")(?:/|\b(?![\w-]))")


@cache
def _tracked() -> tuple[Path, ...]:
    """The files that git knows or would add, that are there."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=_ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    names = listed.stdout.decode().split("\0")
    return tuple(path for name in names if name and (path := _ROOT / name).is_file())


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _modules() -> list[Path]:
    return sorted(path for package in _PACKAGES for path in (_ROOT / package).rglob("*.py"))


def _name(path: Path) -> str:
    parts = list(path.relative_to(_ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_pure(name: str) -> bool:
    packages = {"monitor", "monitor.pipeline", "monitor.fetching"}  # which hold nothing but a docstring
    return name in packages or any(f"{name}.".startswith(f"monitor.{pure}.") for pure in _PURE)


def _imports(path: Path) -> set[str]:
    """Every module imported anywhere in a file, in functions and under conditions too."""
    found: set[str] = set()
    ours = {_name(module) for module in _modules()}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & ours
            found.update(inner or {node.module or ""})
    return found


def test_imports_keep_the_contracts():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", [path for path in _modules() if _is_pure(_name(path))], ids=_name)
def test_the_pure_middle_uses_only_what_is_allowed(path):
    for imported in sorted(_imports(path)):
        if imported.split(".")[0] in _PACKAGES:
            assert _is_pure(imported) or f"{imported}.".startswith(f"{_DATA}."), (
                f"{_name(path)} imports {imported}, which is not pure"
            )
        else:
            assert imported in _ALLOWED, f"{_name(path)} imports {imported}, which is not on the list"


@pytest.mark.parametrize("path", [path for path in _modules() if _is_pure(_name(path))], ids=_name)
def test_the_pure_middle_opens_and_imports_nothing_behind_the_back(path):
    called = {
        node.func.id for node in ast.walk(_tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"open", "__import__", "eval", "exec", "input", "print", "breakpoint"})


def test_the_picture_of_the_architecture_is_as_the_code_is():
    spec = importlib.util.spec_from_file_location("drawing", _ROOT / "docs/explanation/draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert drawing.PICTURE.read_text(encoding="utf-8") == drawing.picture(), "run `make docs`"
    assert all(importlib.util.find_spec(module) for _, module, _ in drawing.STAGES)


def test_every_part_of_the_pure_middle_is_there():
    found = {_name(path) for path in _modules()}
    assert {f"monitor.{pure}" for pure in _PURE} <= found


@pytest.mark.parametrize("package", ["monitor", "alerts", "storage"])
def test_only_the_front_door_asks_the_clock(package):
    for path in sorted((_ROOT / package).rglob("*.py")):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in _ASKS_THE_CLOCK:
                owner = ast.unparse(node.value)
                assert owner.split(".")[-1] not in ("datetime", "date"), f"{path}:{node.lineno}: {owner}.{node.attr}"


def test_all_imports_are_absolute():
    for path in _modules():
        _imports(path)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(_ROOT)))
def test_every_module_says_what_it_is_for(path):
    docstring = ast.get_docstring(_tree(path))
    assert docstring, f"{path} has no docstring"
    assert len(docstring) > 15


def test_no_module_is_named_like_one_of_the_standard_library():
    taken = [
        str(path.relative_to(_ROOT))
        for path in _modules()
        if path.stem in sys.stdlib_module_names and path.stem not in ("__init__", "__main__")
    ]
    assert taken == []


def test_the_tests_are_no_package():
    assert list((_ROOT / "tests").rglob("__init__.py")) == []


def test_the_patterns_for_that_would_catch_one():
    assert _HOSTS.search("https://pypi." + "org/simple")
    assert _MACHINE_PATHS.search("cd /wo" + "rk/main")
    assert not _MACHINE_PATHS.search("https://pact.example/work/ and frame/work")


def test_no_file_names_a_package_registry_or_this_machine():
    found = []
    for path in _tracked():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if _HOSTS.search(line) or _MACHINE_PATHS.search(line):
                found.append(f"{path.relative_to(_ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []
