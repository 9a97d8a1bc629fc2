"""Archived pages in a real Chromium: nothing of them runs, and nobody hears of it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagewitness.replay.rewrite import rewrite_html
from storage.queries.history import History
from tests.pagewitness.archived import Archive, Web
from tests.pagewitness.hostile import hostile_drawing, hostile_page
from tests.support.png import Picture
from tests.support.sites import Site

pytestmark = pytest.mark.browser

URL = "http://hostile.example/page"
WHEN = "20210301120000"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001249444154789c63f8cfc0c0c0c0c4c0c0c0000"
    "0000c00030a0000000049454e44ae426082"
)


@contextlib.contextmanager
def served(archive: Archive) -> Iterator[str]:
    with Web() as web:
        web.show(archive)
        yield web.url


def chromium(url: str, profile: Path, *arguments: str) -> str:
    """What Chromium made of a page: its DOM, or what other `arguments` ask for."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    quiet = ["quic", "background-networking", "component-update", "sync", "gpu"]
    command = [program, "--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    command += [f"--user-data-dir={profile}", "--virtual-time-budget=3000", *(arguments or ("--dump-dom",)), url]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except subprocess.TimeoutExpired as late:
        # With a download under way it now and then does not end, though it has said all it had to.
        output = (late.stdout or b"").decode()
        if "</html>" not in output:
            raise
        return output


@pytest.fixture
def live() -> Iterator[Site]:
    with Site() as site:
        for path in ("/frame", "/inner", "/s.js", "/x.png"):
            site.serve(path, "document.title='RAN'")
        yield site


def test_an_archived_page_runs_nothing_and_sends_no_request(archive: Archive, live: Site, tmp_path: Path):
    archive.add_snapshot(URL, hostile_page(live.url("").rstrip("/")))
    with served(archive) as web:
        shown = chromium(f"{web}/replay/{WHEN}/{URL}", tmp_path / "profile")
    assert "<title>Quiet</title>" in shown
    assert "RAN</title>" not in shown
    assert live.connections == 0


def test_the_same_page_does_run_and_reach_its_host_where_nothing_holds_it(live: Site, tmp_path: Path):
    """Otherwise the tests beside this one would prove nothing."""
    page = hostile_page(live.url("").rstrip("/")).replace("http-equiv=refresh", "")
    with Site() as elsewhere:
        url = elsewhere.serve("/page", page)
        shown = chromium(url, tmp_path / "profile")
    assert "<title>RAN</title>" in shown
    assert live.connections > 0


def test_the_bytes_as_received_are_not_rendered_at_all(archive: Archive, live: Site, tmp_path: Path):
    archive.add_snapshot(URL, hostile_page(live.url("").rstrip("/")))
    with served(archive) as web, Site() as elsewhere:
        # A download by itself would keep Chromium waiting for nothing.
        around = elsewhere.serve("/", f"<title>Around</title><iframe src={web}/replay/{WHEN}id_/{URL}></iframe>")
        shown = chromium(around, tmp_path / "profile")
    assert "<title>Around</title>" in shown
    assert live.connections == 0


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/xml"])
def test_an_archived_drawing_runs_nothing_and_sends_no_request(
    archive: Archive, live: Site, tmp_path: Path, content_type: str
):
    drawing = hostile_drawing(live.url("").rstrip("/"))
    archive.add_snapshot("http://hostile.example/a.svg", drawing, content_type=content_type)
    archive.add_snapshot(URL, "<img src=a.svg><iframe src=a.svg></iframe><object data=a.svg></object><embed src=a.svg>")
    with served(archive) as web:
        alone = chromium(f"{web}/replay/{WHEN}/http://hostile.example/a.svg", tmp_path / "profile")
        chromium(f"{web}/replay/{WHEN}/{URL}", tmp_path / "profile")
    assert "<svg" in alone
    assert "85 members" in alone
    assert "RAN</title>" not in alone
    assert live.connections == 0


def test_the_same_drawing_does_run_and_reach_its_host_where_nothing_holds_it(live: Site, tmp_path: Path):
    with Site() as elsewhere:
        url = elsewhere.serve("/a.svg", hostile_drawing(live.url("").rstrip("/")), content_type="image/svg+xml")
        shown = chromium(url, tmp_path / "profile")
    assert "RAN</title>" in shown
    assert live.connections > 0


def test_archived_images_styles_and_frames_do_show_in_the_sandbox(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    archive.add_snapshot(
        "http://site.example/",
        "<link rel=stylesheet href=/s.css><img src=/red.png><iframe src=/inner width=100 height=20></iframe><p>x",
    )
    archive.add_snapshot("http://site.example/red.png", PNG, content_type="image/png")
    archive.add_snapshot("http://site.example/s.css", "p{background:url(red.png)}", content_type="text/css")
    archive.add_snapshot("http://site.example/inner", "<img src=/inner.png>")
    archive.add_snapshot("http://site.example/inner.png", PNG, content_type="image/png")
    asked: list[str] = []
    body = History.body
    monkeypatch.setattr(History, "body", lambda self, sha256: (asked.append(sha256), body(self, sha256))[1])
    with served(archive) as web:
        chromium(f"{web}/replay/{WHEN}/http://site.example/", tmp_path / "profile")
    shown = {archive.history.page(f"http://site.example/{path}").id for path in ("", "red.png", "s.css", "inner")}
    digests = {archive.history.snapshots(page_id)[0].body_sha256 for page_id in shown}
    assert digests <= set(asked)


def test_the_rewritten_page_alone_holds_even_where_no_policy_does(live: Site, tmp_path: Path):
    page = rewrite_html(hostile_page(live.url("").rstrip("/")).encode(), None, URL, WHEN)
    with Site() as elsewhere:
        shown = chromium(elsewhere.serve("/page", page), tmp_path / "profile")
    assert "<title>Quiet</title>" in shown
    assert live.connections == 0


def test_on_a_separate_origin_an_archived_page_runs_nothing_either(archive: Archive, live: Site, tmp_path: Path):
    archive.add_snapshot(URL, hostile_page(live.url("").rstrip("/")))
    with Web() as web:
        control, replay = web.url, web.url.replace("127.0.0.1", "localhost")
        web.show(archive, base_url=control, replay_origin=replay)
        shown = chromium(f"{control}/replay/{WHEN}/{URL}", tmp_path / "profile")
    assert "<title>Quiet</title>" in shown
    assert "<pagewitness-banner" in shown
    assert live.connections == 0


HIDING = """<style>
pagewitness-banner,body>*{display:none!important;position:static!important;transform:translate(-9999px)!important;opacity:0!important}
#top{display:block!important;position:fixed!important;inset:0!important;z-index:2147483647!important;opacity:1!important;transform:none!important;background:#f00}
body>:last-child::before,body>:last-child::after{content:"x"!important;position:fixed;inset:0;background:#00f}
html,body{opacity:0!important;transform:translateX(-9999px)!important;filter:blur(9px)!important;contain:paint;zoom:.01;clip-path:inset(0 0 50% 0);visibility:hidden}
#top{visibility:visible}
mark{display:none!important;background:#0f0!important;color:#0f0!important}
</style><div id=top style="z-index:2147483647!important">covers all</div>"""


def test_no_style_of_a_page_moves_hides_or_covers_the_banner(archive: Archive, tmp_path: Path):
    """The lower left corner of the window is the banner's colour, and the window's middle that of the element that covers the page."""
    archive.add_snapshot(
        URL,
        f"<html style='opacity:0!important'><body style='translate:-9999px!important'><template shadowrootmode=open>Nothing</template>{HIDING}<p>85 members",
    )
    picture = tmp_path / "picture.png"
    with served(archive) as web:
        chromium(f"{web}/replay/{WHEN}/{URL}", tmp_path / "profile", "--window-size=800,600", f"--screenshot={picture}")
    shown = Picture(picture)
    assert shown.pixel(2, shown.height - 3) == (0xFD, 0xF8, 0xEC)
    assert shown.pixel(400, 200) == (0xFF, 0, 0)
