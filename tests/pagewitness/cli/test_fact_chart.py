"""`facts NAME --chart FILE.svg`: the chart of a fact as a file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from monitor.errors import ConfigurationError
from pagewitness.cli.facts import facts
from tests.pagewitness.archived import Archive
from tests.pagewitness.web.test_facts import FACT, states


def draw(archive: Archive, file: Path, name: str | None = FACT, *, now: bool = False, json: bool = False) -> None:
    facts(name=name, now=now, json=json, chart=file, db=str(archive.database.engine.url))


def test_the_chart_is_written_with_absolute_links(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    states(archive, 83, 0)
    states(archive, 85, 1)
    draw(archive, tmp_path / "chart.svg")
    tree = ET.fromstring((tmp_path / "chart.svg").read_text(encoding="utf-8"))
    links = [each.get("href", "") for each in tree.iter("{http://www.w3.org/2000/svg}a")]
    assert len(links) == 2
    assert all(link.startswith("http://127.0.0.1") for link in links)
    assert capsys.readouterr().out == f"{tmp_path / 'chart.svg'}: 2 statements on 1 page\n"


def test_what_cannot_be_drawn_is_refused(archive: Archive, tmp_path: Path):
    states(archive, 83, 0)
    with pytest.raises(ConfigurationError, match="no page has stated"):
        draw(archive, tmp_path / "chart.svg", "unknown")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        draw(archive, tmp_path / "missing" / "chart.svg")
    for more in ({"name": None}, {"now": True}, {"json": True}):
        with pytest.raises(ConfigurationError, match="needs the name of a fact"):
            draw(archive, tmp_path / "chart.svg", **more)
