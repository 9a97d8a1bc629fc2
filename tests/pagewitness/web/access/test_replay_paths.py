"""Replay where reading needs a login: signed paths, on one origin and on two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.replay_paths import LENGTH
from pagewitness.web.access.tokens import digest
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role, TokenScope
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

URL = "https://coalition.example/partners/?lang=en"
PATH = f"/replay/20210301120000/{URL}"
ENTRY = AuditEntry(NOON, None, "", "test")
SESSION = {"Cookie": "pagewitness-session=a session", "Accept": "text/html"}
TOKEN = {"Authorization": "Bearer pw_read"}
HTML = {"Accept": "text/html"}


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def serve(archive: Archive, web: Web, clock: Clock):
    accounts = AccountStore(archive.database)
    user = accounts.add_user("Ada", Role.VIEWER, now=NOON, entry=ENTRY)
    end = NOON + timedelta(days=9)
    accounts.start_session(digest("a session"), user.id, expires_at=end, address="", browser="", now=NOON, entry=ENTRY)
    scopes = [TokenScope.READ]
    accounts.add_token(digest("pw_read"), user.id, "reads", scopes, expires_at=None, now=NOON, entry=ENTRY)
    archive.add_snapshot(URL, "<p>85 members</p><img src=/map.png><a href=/about>About</a>")
    archive.add_snapshot(URL, "<p>86 members</p>", at=NOON + timedelta(days=1))

    def serve(**options: object) -> None:
        access = AccessPolicy(base_url=options.get("base_url"))
        web.show(archive, clock=clock, accounts=accounts, access=access, allowed_hosts=None, **options)

    serve()
    return serve


@pytest.fixture
def client(serve, web: Web) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield client


def signed(client: httpx.Client) -> str:
    answer = client.get(PATH, headers=SESSION)
    assert answer.status_code == 302
    return answer.headers["location"]


def test_a_user_reads_archived_pages_under_a_signed_path_that_all_their_addresses_have(client: httpx.Client):
    location = signed(client)
    prefix = re.fullmatch(r"(/replay/~[\w-]+/)20210301120000/https://coalition\.example/partners/\?lang=en", location)[
        1
    ]
    page = client.get(location)  # as from an opaque origin: without a cookie
    assert page.status_code == 200
    assert "85 members" in page.text
    assert f'src="{prefix}20210301120000im_/https://coalition.example/map.png"' in page.text
    assert f'href="{prefix}20210301120000/https://coalition.example/about"' in page.text
    assert f"{prefix}20210302120000/" in page.text, "the banner leads to the next version"
    assert client.get(location.replace("0000/", "0000im_/", 1)).status_code == 200
    moved = client.get(f"{prefix}2021/{URL}")
    assert moved.headers["location"].startswith(prefix)


@pytest.mark.parametrize("token", ["", "x", "A" * 28, "A" * 500, "é", "~", "%00"])
def test_a_made_up_token_leads_to_the_login(client: httpx.Client, token: str):
    for path in (f"/replay/~{token}/20210301120000/{URL}", f"/replay/~{token}/timemap/link/{URL}"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code in (303, 404), path
        assert client.get(path).status_code in (401, 404), path
        assert "85 members" not in answer.text


def test_a_token_is_changed_nowhere_and_ends_after_an_hour(client: httpx.Client, clock: Clock):
    location = signed(client)
    token = re.search(r"~([\w-]+)", location)[1]
    for place in range(0, len(token) - 1, 3):
        other = token[:place] + ("B" if token[place] != "B" else "C") + token[place + 1 :]
        assert client.get(location.replace(token, other)).status_code == 401, place
    clock.now += LENGTH - timedelta(seconds=1)
    assert client.get(location).status_code == 200
    clock.now += timedelta(seconds=1)
    assert client.get(location).status_code == 401
    again = client.get(location, headers=SESSION)
    assert again.status_code == 302
    assert again.headers["location"] != location
    assert client.get(again.headers["location"]).status_code == 200


def test_a_token_reads_archived_content_only(client: httpx.Client):
    prefix = signed(client).partition("2021")[0]
    for path in ("", "../changes", "../history", "/changes"):
        assert client.get(f"{prefix}{path}", follow_redirects=False).status_code in (401, 404, 400, 200)
        assert "Changes ·" not in client.get(f"{prefix}{path}").text
    assert client.get("/changes").status_code == 401
    assert client.post(signed(client)).status_code == 405


def test_a_program_with_a_token_is_answered_at_once(client: httpx.Client):
    answer = client.get(PATH, headers=TOKEN)
    assert answer.status_code == 200
    assert "/replay/20210301120000im_/" in answer.text
    assert client.get(f"/replay/20210301120000id_/{URL}", headers=TOKEN).text.startswith("<p>85 members")
    assert client.get(f"/timemap/link/{URL}", headers=TOKEN).status_code == 200


def test_with_a_separate_origin_the_login_is_verified_by_the_web_interface(serve, client: httpx.Client):
    serve(base_url="https://watch.example.org", replay_origin="https://replay.example.org")
    control, replay = {"Host": "watch.example.org"}, {"Host": "replay.example.org"}
    cookie = {"Cookie": SESSION["Cookie"].replace("pagewitness-session", "__Host-pagewitness-session"), **HTML}
    back = client.get(PATH, headers={**replay, **cookie})
    assert back.headers["location"] == f"https://watch.example.org{PATH}", "the origin of replay knows no cookie"
    assert client.get(PATH, headers={**control, **HTML}).headers["location"].startswith("/login?next=")
    location = client.get(PATH, headers={**control, **cookie}).headers["location"]
    assert location.startswith("https://replay.example.org/replay/~")
    page = client.get(location.removeprefix("https://replay.example.org"), headers=replay)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert (
        client.get(PATH, headers={**control, **TOKEN})
        .headers["location"]
        .startswith("https://replay.example.org/replay/~")
    )
    assert client.get(PATH, headers={**replay, **TOKEN}).status_code == 200
