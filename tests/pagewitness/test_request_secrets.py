"""Secrets of requests: resolved at each check, refused where they cannot be sent, never in a message."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import FetchRequest, Page, PageSource, PageState, RequestSettings, Schedule
from pagewitness.request_secrets import SecretMissing, proxy_of, request_for

URL = "https://portal.example/"


def page(**settings) -> Page:
    return Page(
        1, URL, "", "portal.example", Schedule(), (), False, PageState.ACTIVE, PageSource.WATCHLIST, None, request=RequestSettings(**settings)
    )  # fmt: skip


def test_a_page_without_settings_is_requested_plainly():
    assert request_for(page(), None, {}) == FetchRequest(URL)


def test_references_are_resolved_and_all_but_literal_negotiation_is_secret(tmp_path: Path):
    secret = tmp_path / "cookie"
    secret.write_text("s1\n")
    request = request_for(
        page(
            headers=(("X-Api", "env:KEY"), ("Accept-Language", "de"), ("X-Plain", "p")),
            cookies=(("session", f"file:{secret}"), ("lang", "de")),
            basic_auth=("mé", "env:PW"),
        ),
        None,
        {"KEY": "k1", "PW": "hunter2"},
    )
    assert request.headers == (
        ("X-Api", "k1"),
        ("Accept-Language", "de"),
        ("X-Plain", "p"),
        ("Cookie", "session=s1; lang=de"),
        ("Authorization", "Basic bcOpOmh1bnRlcjI="),
    )
    assert request.secret == {"x-api", "x-plain", "cookie", "authorization"}


def test_negotiation_by_reference_is_secret():
    assert request_for(page(headers=(("Accept-Language", "env:L"),)), None, {"L": "de"}).secret == {"accept-language"}


@pytest.mark.parametrize(
    ("settings", "environ", "message"),
    [
        ({"headers": (("X", "env:NO"),)}, {}, "header X: the environment variable NO is not set"),
        ({"cookies": (("c", "env:NO"),)}, {"NO": ""}, "cookie c: the environment variable NO is not set"),
        ({"basic_auth": ("u", "file:/nowhere/pw")}, {}, "basic_auth: the file /nowhere/pw: there is no such file"),
        ({"headers": (("X", "env:S"),)}, {"S": "hunter2\r\nX: y"}, "header X cannot be sent"),
        ({"cookies": (("c", "env:S"),)}, {"S": "hunter2; a=b"}, "cookie c cannot be sent"),
        ({"headers": (("X", "env:S"),)}, {"S": "hunter2" * 5000}, "more than 16,000 characters"),
        ({"proxy": "env:S"}, {"S": "hunter2"}, "what env:S contains is no URL of a proxy"),
    ],
)
def test_what_cannot_be_sent_is_an_error_without_the_value(settings, environ, message):
    with pytest.raises(SecretMissing) as refused:
        request_for(page(**settings), None, environ)
    assert message in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_file_without_a_text_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "pw").write_bytes(content)
    with pytest.raises(SecretMissing, match=r"is empty|no UTF-8 text"):
        request_for(page(basic_auth=("u", f"file:{tmp_path}/pw")), None, {})


def test_a_proxy_may_be_a_reference():
    assert proxy_of(page(proxy="env:P"), {"P": "http://u:p@proxy.example:3128"}) == "http://u:p@proxy.example:3128"
    assert (
        proxy_of(replace(page(), request=RequestSettings(proxy="http://proxy.example:3128")), {})
        == "http://proxy.example:3128"
    )
