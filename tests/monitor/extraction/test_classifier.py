"""The stages of the classifier, and the tests that the rules of extraction name as their reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.extraction import classifier

_ROOT = Path(__file__).parents[3]
_NAMED = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_MODULES = sorted([*(_ROOT / "monitor/extraction").rglob("*.py"), *(_ROOT / "monitor/page_status").rglob("*.py")])


def test_every_stage_says_what_it_decides():
    assert len(classifier.STAGES) == len(set(classifier.STAGES))
    assert all(stage.__doc__ for stage in classifier.STAGES)


def test_the_stages_are_defined_in_the_order_in_which_they_run():
    lines = [stage.__code__.co_firstlineno for stage in classifier.STAGES]

    assert lines == sorted(lines)


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.stem)
def test_the_tests_that_a_rule_names_exist(path: Path):
    for file, name in _NAMED.findall(path.read_text(encoding="utf-8")):
        assert re.search(rf"^def {name}\(", (_ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), (file, name)
