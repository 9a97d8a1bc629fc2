"""All patterns of the packages, however they are kept, and how each is applied."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("monitor", "rendering", "alerts", "storage", "pagewitness")
_ANCHORED = frozenset({"match", "fullmatch"})
_SEARCHING = frozenset({"search", "finditer", "findall", "sub", "subn", "split"})
_METHODS = _ANCHORED | _SEARCHING
_SKIPPED = ("pagewitness.demo", "storage.migrations.", "pagewitness.__main__")
"""What handles nothing from outside, or runs when it is imported."""
_DEEPEST = 6


@dataclass(frozen=True)
class Applied:
    """A pattern and how it is applied.

    Attributes:
        name: Where it is defined, as `module.name`, or `module:line` where it has no name.
        pattern: Compiled by `re`.
        modes: "match", "fullmatch" and "search" (from every start: search, finditer, sub, split and their like).
    """

    name: str
    pattern: re.Pattern[Any]
    modes: frozenset[str]


@cache
def modules() -> list[ModuleType]:
    """The modules of the four packages that may handle what comes from outside."""
    found = [importlib.import_module(package) for package in PACKAGES]
    for package in list(found):
        names = (module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
        found += [importlib.import_module(name) for name in names if not name.startswith(_SKIPPED)]
    return found


@cache
def collected() -> list[Applied]:
    """Each pattern once: those that a module keeps, and those written where they are used."""
    used: dict[str, set[str]] = {}
    kept: dict[int, tuple[re.Pattern[Any], list[str]]] = {}
    literal: list[Applied] = []
    for module in modules():
        tree = _tree(module)
        _note_uses(module.__name__, tree, used)
        literal += _literals(module.__name__, tree)
        for name in _defined(tree):
            for path, pattern in _within(name, getattr(module, name, None), module.__name__, 0, set()):
                kept.setdefault(id(pattern), (pattern, []))[1].append(f"{module.__name__}.{path}")
    found = [
        Applied(names[0], pattern, frozenset().union(*(_modes(name, used) for name in names)))
        for pattern, names in kept.values()
    ]
    return sorted(found + literal, key=lambda applied: applied.name)


def unaccounted() -> list[str]:
    """Calls, as `module:line`, that compile a pattern which neither a module keeps nor the call itself spells out."""
    return sorted(
        {
            f"{module.__name__}.{function.name}: re.{_method(call)}({ast.unparse(call.args[0])})"
            for module in modules()
            for function in ast.walk(_tree(module))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for call in _calls(function)
            if not isinstance(call.args[0], ast.Constant)
        }
    )


def _within(path: str, value: object, module: str, depth: int, seen: set[int]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns that a value of a module holds: itself, in containers, in classes, in instances."""
    if isinstance(value, re.Pattern):
        yield path, value
    if depth > _DEEPEST or id(value) in seen or isinstance(value, re.Pattern | str | bytes | int | ModuleType):
        return
    seen.add(id(value))
    inner: list[tuple[str, object]] = []
    if isinstance(value, dict):
        inner = [(f"{path}[{key!r}]", item) for pair in value.items() for key, item in ((pair[0], pair[0]), pair)]
    elif isinstance(value, list | tuple | set | frozenset):
        inner = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, type):
        inner = [(f"{path}.{name}", item) for name, item in vars(value).items()] if value.__module__ == module else []
    elif type(value).__module__ == module:
        inner = [(f"{path}.{name}", getattr(value, name, None)) for name in _fields(value)]
    elif callable(value) and getattr(value, "__module__", None) == module:
        function = getattr(value, "__wrapped__", value)
        kept = [*(getattr(function, "__defaults__", None) or ()), *_closed_over(function)]
        inner = [(f"{path}()[{index}]", item) for index, item in enumerate(kept)]
    for name, item in inner:
        yield from _within(name, item, module, depth + 1, seen)


def _fields(value: object) -> list[str]:
    return [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]


def _closed_over(function: object) -> list[object]:
    cells = getattr(function, "__closure__", None) or ()
    return [cell.cell_contents for cell in cells]


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))


def _defined(tree: ast.Module) -> set[str]:
    """What a module defines itself; what it imports is found where that is defined."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
    return found


def _note_uses(module: str, tree: ast.Module, used: dict[str, set[str]]) -> None:
    """The methods called on each name, by `_key`; "…" where it is handed on, to be applied who knows how."""
    applied = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS:
            used.setdefault(_key(module, _last(node.value)), set()).add(node.attr)
            applied.add(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and node not in applied and isinstance(node.ctx, ast.Load):
            used.setdefault(_key(module, _last(node)), set()).add("…")


def _key(module: str, name: str) -> str:
    return f"{module}.{name}" if name.startswith("_") else name


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _modes(name: str, used: dict[str, set[str]]) -> frozenset[str]:
    module, _, last = name.rpartition(".")
    how = used.get(_key(module, last), set())
    if not how or not how <= _ANCHORED:
        return frozenset({"search"} | (how & _ANCHORED))
    return frozenset(how)


def _literals(name: str, tree: ast.Module) -> list[Applied]:
    return [
        Applied(f"{name}:{call.lineno}", re.compile(call.args[0].value, _flags(call)), _mode_of(call))
        for call in _calls(tree)
        if isinstance(call.args[0], ast.Constant) and _method(call) != "compile"
    ]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        if _last(node.func.value) == "re" and node.func.attr in _METHODS | {"compile"}:
            yield node


def _method(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def _mode_of(call: ast.Call) -> frozenset[str]:
    method = _method(call)
    return frozenset({method if method in _ANCHORED else "search"})


def _flags(call: ast.Call) -> int:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    if _method(call) in ("match", "fullmatch", "search", "findall", "finditer") and len(call.args) > 2:
        given.append(call.args[2])
    return int(eval(ast.unparse(given[0]), {"re": re})) if given else 0
