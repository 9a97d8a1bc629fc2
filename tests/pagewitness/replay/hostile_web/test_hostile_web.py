"""Pages of hostile servers with hostile style sheets, drawings, fonts, documents and header fields: archived by the service, opened in Chromium.

In replay, none runs a script and nothing is requested but replay itself. Opened from their servers, the same pages spring their traps: each has a
positive control, but those that no current Chromium springs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pagewitness.replay.hostile_web.hostile_server import hostile_pages
from tests.pagewitness.replay.hostile_web.opened import HostileArchive, Opened, opened_pages
from tests.pagewitness.replay.hostile_web.traps import HostilePage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("hostile web")]

OWN_FIELDS = frozenset(
    "accept-ranges access-control-allow-origin cache-control content-disposition content-length content-security-policy content-type "
    "cross-origin-opener-policy cross-origin-resource-policy etag link location memento-datetime permissions-policy referrer-policy "
    "x-content-type-options x-dns-prefetch-control x-robots-tag".split()
)
"""Names of the header fields of replay itself. All others are archived ones, under other names."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileArchive]:
    """The hostile pages, archived and opened."""
    with opened_pages(tmp_path_factory.mktemp("hostile")) as opened:
        yield opened


@pytest.fixture(params=["sandboxed", "separate"])
def replayed(hostile: HostileArchive, request: pytest.FixtureRequest) -> Opened:
    """The pages in replay, on the origin of the web interface and on a separate one."""
    opened: Opened = getattr(hostile, request.param)
    return opened


@pytest.mark.parametrize("page", hostile_pages(), ids=lambda page: page.host)
def test_a_page_springs_its_traps_where_nothing_holds_it(hostile: HostileArchive, page: HostilePage):
    """Otherwise the tests beside this one would prove nothing."""
    assert page.sprung - hostile.direct.requested - hostile.direct.logged == set()


def test_their_servers_set_cookies_and_clear_those_of_their_site(hostile: HostileArchive):
    """Set-Cookie is on a page of its own: Clear-Site-Data of the other page removes all of its host."""
    assert hostile.direct.cookies == {"policies=1"}


def test_what_the_pages_need_is_archived(hostile: HostileArchive):
    """Also files of which a browser requests only some, and header fields of those."""
    fetched = {path for host, path in hostile.fetched if host.endswith(".evil.example")}
    assert {"/chain/6.css", "/huge.css", "/sprite.svg", "/mask.svg", "/svg.otf", "/a.pdf", "/frame"} <= fetched
    served = {path.partition("_/http://")[2] for path, _, _ in hostile.web.requested}
    assert {"styles.evil.example/import-loop.css", "fonts.evil.example/svg.otf", "fields.evil.example/a.png"} <= served
    # Inserted on a single origin, requested on a separate one.
    assert {"sprites.evil.example/mask.svg", "sprites.evil.example/sprite.svg"} <= served


def test_in_replay_no_script_is_compiled(replayed: Opened):
    assert {address for address, count in replayed.scripts.items() if count} == set()
    assert replayed.logged == set()


def test_in_replay_nothing_else_is_requested_or_connected_to(replayed: Opened):
    assert replayed.targets == []


def test_in_replay_only_replay_is_requested_and_without_cookies(hostile: HostileArchive):
    paths = {path for path, _, _ in hostile.web.requested}
    assert {path for path in paths if not path.startswith("/replay/")} <= {"/favicon.ico"}
    assert [path for path, own, _ in hostile.web.requested if "cookie" in own] == []


def test_header_fields_of_a_server_are_sent_under_other_names_only(hostile: HostileArchive):
    replayed = [fields for path, _, fields in hostile.web.requested if path.startswith("/replay/")]
    names = {name for fields in replayed for name, _ in fields}
    assert {name for name in names if not name.startswith("x-archive-orig-")} <= OWN_FIELDS
    assert {"x-archive-orig-clear-site-data", "x-archive-orig-set-cookie", "x-archive-orig-refresh"} <= names
    for fields in replayed:
        links = [value for name, value in fields if name == "link"]
        assert all("preload" not in value and "preconnect" not in value for value in links)
