"""The examples of docs/how-to/follow-a-fact.md: the page is extracted with its watchlist as the text states."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from monitor.pipeline.analyze import analyze
from pagewitness.inspection.json_output import loose_snapshot
from pagewitness.watchlist import loader
from pagewitness.watchlist.fact_tables import FactTable

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "follow-a-fact.md"
EXAMPLES = re.findall(
    r"```html\n(.*?)```\n.*?```toml\n(.*?)```\n+```text\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize(("html", "toml", "message"), EXAMPLES)
def test_an_example_is_extracted_as_documented(html: str, toml: str, message: str):
    declared = loader.parse('[[page]]\nurl = "https://pact.example/"\n' + toml, "guide.toml")
    body = f"<html><head><title>Example</title></head><body><main>{html}</main></body></html>".encode()
    checked = loose_snapshot("https://pact.example/", "text/html; charset=utf-8", 200)
    lines = []
    for reading in analyze(body, checked, declared.facts).version.readings:
        beside = "".join(f" beside {json.dumps(mention.value)}" for mention in reading.contradicts)
        lines.append(f"{reading.fact}: {json.dumps(reading.value)}{beside}\n")
    assert "".join(lines) == message


def test_every_kind_and_every_scope_has_an_example():
    rendered = "\n".join(toml for _, toml, _ in EXAMPLES)
    keys = [field.alias or name for name, field in FactTable.model_fields.items()]
    assert [key for key in keys if not re.search(rf"^{key} = ", rendered, re.MULTILINE)] == []
    assert len(EXAMPLES) == GUIDE.read_text("utf-8").count("```toml")
