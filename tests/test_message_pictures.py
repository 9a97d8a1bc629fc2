"""The pages that show what messages look like in chat services are drawn from the payloads that are sent."""

from __future__ import annotations

import importlib.util
import re
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

from tests.alerts.message_examples import HOSTILE, hostile_message

_SCRIPT = Path(__file__).parents[1] / "docs/images/draw_messages.py"
_SERVICES = ("slack", "teams", "discord")


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_messages", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(page: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", page.partition("</style>")[2]))


@pytest.mark.parametrize("service", _SERVICES)
def test_a_page_shows_every_change_with_both_sentences(drawing: ModuleType, service: str):
    message = drawing.example()
    shown = texts(drawing.PAGES[service](message))
    for item in message.items:
        assert item.summary in shown
        assert item.heading in shown
        for side in (item.now, item.before):
            for statement in side.statements:
                assert "".join(text for text, _ in statement.parts) in shown
    assert message.why[0] in shown


@pytest.mark.parametrize("text", HOSTILE[:4], ids=range(4))
@pytest.mark.parametrize("service", _SERVICES)
def test_texts_of_a_page_are_no_markup_of_the_picture(drawing: ModuleType, service: str, text: str):
    page = drawing.PAGES[service](hostile_message(text))
    names = set(re.findall(r"<([a-z]+\d?)", page.partition("</style>")[2]))
    assert names <= {"div", "b", "i", "time", "p", "h3", "h4", "span", "a", "br", "blockquote", "hr"}
    assert set(re.findall(r'<a href="([^"]*)"', page)) <= set(re.findall(r'<a href="(https://[^"]*)"', page))
    assert "evil.example" not in "".join(re.findall(r'<a href="([^"]*)"', page))
