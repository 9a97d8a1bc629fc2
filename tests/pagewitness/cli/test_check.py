"""The `check` command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pagewitness.cli import app
from tests.support.sites import Site


def test_a_page_that_robots_txt_disallows_has_the_outcome_disallowed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/check.db")
    site.serve("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    url = site.serve("/", "<p>We are a coalition of 83 members.</p>")
    assert CliRunner().invoke(app, ["add", url, "--allow-private"]).exit_code == 0
    done = CliRunner().invoke(app, ["check", "--json"])
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["outcome"], row["at"], row["verdict"]) == ("disallowed", None, None)
    assert "disallows it" in row["reason"]
    assert done.exit_code == 0, "no fetch failed"
    assert [request.path for request in site.requests] == ["/robots.txt"]
