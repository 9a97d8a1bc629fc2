"""Pages of our own, and what a careful person sees on each: golden/NAME.html beside golden/NAME.json.

After a change to the cleaner, `PAGEWITNESS_UPDATE_GOLDEN=1 pytest tests/monitor/extraction/test_golden.py` writes the answers anew; read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from monitor.extraction.extract import extract

_PAGES = sorted((Path(__file__).parent / "golden").glob("*.html"))


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_a_page_reads_as_a_careful_person_reads_it(page):
    cleaned = extract(page.read_bytes(), "text/html")
    seen = {
        "title": cleaned.title,
        "language": cleaned.language,
        "blocks": [
            {"kind": block.kind.value, "text": block.text, "why": block.why, "anchor": list(block.anchor)}
            for block in cleaned.blocks
        ],
    }
    answer = page.with_suffix(".json")
    if os.environ.get("PAGEWITNESS_UPDATE_GOLDEN"):
        answer.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert seen == json.loads(answer.read_text(encoding="utf-8"))


def test_every_answer_belongs_to_a_page():
    assert len(_PAGES) >= 12
    assert {page.stem for page in _PAGES} == {answer.stem for answer in _PAGES[0].parent.glob("*.json")}
