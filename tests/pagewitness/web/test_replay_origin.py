"""A separate origin of replay, told apart by the Host field over real HTTP."""

from __future__ import annotations

import httpx
import pytest

from pagewitness.replay.origin import ReplayOrigin, separate_origin
from tests.pagewitness.archived import Archive, Web

URL = "https://coalition.example/partners/?lang=en"
PATH = f"/replay/20210301120000/{URL}"
CONTROL, REPLAY = {"Host": "watch.example.org"}, {"Host": "replay.example.org"}


@pytest.fixture
def separated(archive: Archive, web: Web, client: httpx.Client) -> httpx.Client:
    archive.add_snapshot(URL, "<p>85 members</p><img src=/map.png>")
    web.show(
        archive,
        base_url="https://watch.example.org",
        replay_origin="https://replay.example.org",
        allowed_hosts=["watch.example.org", "replay.example.org", "localhost"],
    )
    return client


def test_archived_pages_are_served_on_their_origin(separated: httpx.Client):
    response = separated.get(PATH, headers=REPLAY)
    assert response.status_code == 200
    assert "85 members" in response.text
    assert 'src="/replay/20210301120000im_/https://coalition.example/map.png"' in response.text
    assert 'href="https://watch.example.org/history?url=https%3A%2F%2Fcoalition.example' in response.text
    policy = response.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-downloads allow-same-origin; default-src 'none';")
    assert "script" not in policy
    frame = separated.get(PATH.replace("0000/", "0000if_/", 1), headers=REPLAY)
    assert frame.headers["content-security-policy"].startswith("sandbox allow-same-origin;")


@pytest.mark.parametrize("path", ["/", "/history", "/changes", "/feed.atom", "/healthz", "/metrics", "/replay", "/x", "/static/x"])  # fmt: skip
def test_that_origin_serves_nothing_else(separated: httpx.Client, path: str):
    response = separated.get(path, headers=REPLAY)
    assert response.status_code == 404
    assert "coalition" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("host", ["watch.example.org", "localhost", "localhost:8080"])
@pytest.mark.parametrize(
    "target", [PATH, "/replay/2021id_/https%3A%2F%2Fcoalition.example/a%20b?x=%26", "/replay/http://none.example/?"]
)
def test_the_web_interface_redirects_archived_pages(separated: httpx.Client, host: str, target: str):
    for method in ("GET", "HEAD"):
        response = separated.request(method, target, headers={"Host": host})
        assert response.status_code == 302
        assert response.headers["location"] == f"https://replay.example.org{target.removesuffix('?')}"
        assert "85 members" not in response.text
        assert "memento-datetime" not in response.headers


def test_the_web_interface_itself_stays(separated: httpx.Client):
    assert separated.get("/", headers=CONTROL).status_code == 200
    assert separated.get("/healthz", headers=CONTROL).status_code == 200


def test_error_pages_of_replay_lead_to_the_web_interface(separated: httpx.Client):
    shown = separated.get("/replay/2021/https://coalition.example/partners/none", headers=REPLAY)
    assert shown.status_code == 404
    assert 'href="https://watch.example.org/changes"' in shown.text
    assert 'href="https://watch.example.org/history?url=' in shown.text
    assert separated.get("/style.css", headers=REPLAY).status_code == 200


def test_another_name_is_still_refused(separated: httpx.Client):
    assert separated.get(PATH, headers={"Host": "evil.example"}).status_code == 421


def test_without_the_address_of_the_web_interface_the_banner_leads_to_no_history(archive: Archive, web: Web, client: httpx.Client):  # fmt: skip
    archive.add_snapshot(URL)
    web.show(archive, replay_origin="http://replay.example.org", allowed_hosts=None)
    shown = client.get(PATH, headers=REPLAY).text
    assert "Archived copy" in shown
    assert "all snapshots" not in shown


def test_two_ports_of_one_name_are_two_origins(archive: Archive, web: Web, client: httpx.Client):
    archive.add_snapshot(URL)
    web.show(archive, base_url="http://localhost:8080", replay_origin="http://localhost:8081")
    assert client.get(PATH, headers={"Host": "localhost:8081"}).status_code == 200
    assert client.get("/", headers={"Host": "localhost:8081"}).status_code == 404
    assert client.get("/", headers={"Host": "localhost:8080"}).status_code == 200
    moved = client.get(PATH, headers={"Host": "localhost:8080"})
    assert (moved.status_code, moved.headers["location"]) == (302, f"http://localhost:8081{PATH}")


def test_the_same_origin_twice_is_no_separate_one(archive: Archive, web: Web, client: httpx.Client):
    archive.add_snapshot(URL)
    web.show(archive, base_url="http://localhost", replay_origin="http://localhost")
    headers = {"Host": "localhost"}
    assert client.get("/", headers=headers).status_code == client.get(PATH, headers=headers).status_code == 200
    assert client.get(PATH, headers=headers).headers["content-security-policy"].startswith("sandbox allow-downloads;")


@pytest.mark.parametrize(
    ("origin", "host", "serves"),
    [
        ("https://replay.example.org", "replay.example.org", True),
        ("https://replay.example.org", "Replay.Example.org.", True),
        ("https://replay.example.org", "replay.example.org:8080", True),
        ("https://replay.example.org:444", "replay.example.org", False),
        ("https://replay.example.org", "watch.example.org", False),
        ("https://replay.example.org", "replay.example.org.evil.example", False),
        ("https://replay.example.org", "", False),
        ("https://replay.example.org", "replay.example.org:x", False),
        ("https://watch.example.org:444", "watch.example.org:444", True),
        ("https://watch.example.org:444", "watch.example.org", False),
        ("http://[::1]:81", "[::1]:81", True),
        ("http://[::1]:81", "[::1]", False),
    ],
)
def test_a_host_field_names_the_origin(origin: str, host: str, serves: bool):
    assert ReplayOrigin(origin, None, frozenset({"watch.example.org", "::1"})).serves(host) is serves


def test_names_of_the_web_interface_are_shared():
    made = separate_origin("http://[::1]:81", "http://Watch.example.org", ["localhost", "[::1]"])
    assert made is not None
    assert made.shared == {"watch.example.org", "localhost", "::1"}
    assert separate_origin(None, "http://watch.example.org", []) is None
