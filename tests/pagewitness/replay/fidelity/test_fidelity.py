"""Fidelity: pages in the manner of common systems look in replay as they did on their servers, and their replay requests nothing from other hosts.

They are rendered by Chromium without scripts, which no replay runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.pagewitness.replay.fidelity.internet import pages
from tests.pagewitness.replay.fidelity.rendered import TOLERANCE, Fidelity, rendered_pages
from tests.support.browser import HEIGHT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("fidelity")]

MOST_DIFFERENT = 0.0005
"""The largest share of different pixels of a page in replay, of those that are not in `KNOWN`. None was measured to have more than 0.00001."""

KNOWN = {"http://blog.example/": 0.0100, "http://forum.example/": 0.0020, "http://parish.example/": 0.0008}
"""The same of pages with a known difference, above what was measured (0.0089, up to 0.0010, 0.0004).

The blog has a `<noscript>` in a flexible box, the forum a `<marquee>`, which moves, and the parish is a page in XHTML, which replay shows as HTML.
"""

ABOVE = 900 / 783 + 0.05
"""Factor for the part of a window above the banner, whose rows are fewer."""


def most_different(url: str) -> float:
    return KNOWN.get(url, MOST_DIFFERENT)


@pytest.fixture(scope="module")
def fidelity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fidelity]:
    """The pages, archived and rendered."""
    with rendered_pages(tmp_path_factory.mktemp("fidelity")) as rendered:
        yield rendered


@pytest.mark.parametrize("url", pages())
def test_a_page_looks_in_replay_as_on_its_server(fidelity: Fidelity, url: str):
    assert fidelity.difference(url) <= most_different(url)


@pytest.mark.parametrize("url", pages())
def test_a_page_looks_the_same_on_an_origin_of_its_own(fidelity: Fidelity, url: str):
    assert fidelity.difference_on_separate_origin(url) <= most_different(url)


@pytest.mark.parametrize("url", pages())
def test_a_page_looks_the_same_above_the_banner(fidelity: Fidelity, url: str):
    assert fidelity.rows[url] < HEIGHT
    assert fidelity.difference_above_banner(url) <= ABOVE * most_different(url)


def test_replay_requests_nothing_from_other_hosts(fidelity: Fidelity):
    assert {"cdn.example", *(urlsplit(url).netloc for url in pages())} <= fidelity.original.hosts
    assert fidelity.replay.hosts == set()
    assert fidelity.separate.hosts == set()
    assert fidelity.bannered.hosts == set()


def test_the_comparison_notices_what_is_missing(fidelity: Fidelity):
    """Otherwise the tests beside this one would prove nothing."""
    shown = [fidelity.original.screenshots[url] for url in pages()]
    shares = [fidelity.browser.difference(one, other, tolerance=TOLERANCE) for one, other in pairwise(shown)]
    assert min(shares) > 4 * max(KNOWN.values())
