"""The picture of pages beside their replays shows the pages that are compared."""

from __future__ import annotations

import importlib.util
import re
from base64 import b64decode
from pathlib import Path
from types import ModuleType

import pytest

from tests.pagewitness.replay.fidelity.internet import draw, pages
from tests.support.png import Picture

_FOLDER = Path(__file__).parents[1] / "docs/images"


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_fidelity", _FOLDER / "draw_fidelity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_page_is_drawn_beside_its_replay(drawing: ModuleType):
    images = [(name, draw(f"{name} before", 8, 8), draw(f"{name} after", 8, 8)) for name in drawing.NAMES]
    sheet = drawing.sheet(images)
    drawn = [b64decode(data) for data in re.findall(r"base64,([^']+)", sheet)]
    assert drawn == [image for _, *both in images for image in both]
    assert re.findall(r"<figcaption>([^:]+):", sheet) == list(drawing.NAMES)


def test_the_pages_are_among_those_that_are_compared(drawing: ModuleType):
    assert {f"http://{name}/" for name in drawing.NAMES} <= set(pages())


def test_the_picture_in_the_documentation_is_as_large_as_the_window():
    picture = Picture(_FOLDER / "fidelity.png")
    assert (picture.width, picture.height) == (1200, 900)
