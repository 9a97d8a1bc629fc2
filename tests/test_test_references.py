"""Comments that name the test which motivated a rule name an existing one."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_REFERENCE = re.compile(r"\b(tests/[\w/]+\.py)::(test_\w+)")


def test_every_test_named_in_the_code_exists():
    references = {
        match.groups()
        for package in ("monitor", "alerts", "storage", "pagewitness")
        for path in (_ROOT / package).rglob("*.py")
        for match in _REFERENCE.finditer(path.read_text(encoding="utf-8"))
    }
    assert references
    missing = [
        f"{file}::{name}"
        for file, name in sorted(references)
        if not (_ROOT / file).is_file() or f"def {name}(" not in (_ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
