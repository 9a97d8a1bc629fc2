"""Identities, throttling, forms, proxies and one-time passwords."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from monitor.errors import ConfigurationError
from pagewitness.web.access.forms import is_ours, local_path, read_form
from pagewitness.web.access.identity import Access, Identity
from pagewitness.web.access.one_time_passwords import STEP_SECONDS, current_step, new_secret
from pagewitness.web.access.passwords import LONGEST, SHORTEST, Passwords
from pagewitness.web.access.policy import AccessPolicy, read_networks
from pagewitness.web.access.throttling import subjects_of, wait_until
from pagewitness.web.access.tokens import digest, form_token, is_form_token, new_token
from storage.accounts.model import Role, TokenScope, User

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


def user(role: Role) -> User:
    return User(1, "ada", role, is_active=True, has_password=True, has_totp=False, created_at=NOW, last_login_at=None)


@pytest.mark.parametrize(
    ("identity", "allowed"),
    [
        (Identity(), "public"),
        (Identity(reads=True), "public read metrics"),
        (Identity(user(Role.VIEWER)), "public read metrics account"),
        (Identity(user(Role.EDITOR)), "public read metrics account edit"),
        (Identity(user(Role.ADMIN)), "public read metrics account edit admin"),
        (Identity(user(Role.ADMIN), frozenset({TokenScope.METRICS})), "public metrics"),
        (Identity(user(Role.ADMIN), frozenset({TokenScope.READ})), "public read metrics"),
        (Identity(user(Role.ADMIN), frozenset({TokenScope.EDIT})), "public read metrics edit"),
        (Identity(user(Role.EDITOR), frozenset({TokenScope.ADMIN})), "public read metrics"),
        (Identity(user(Role.VIEWER), frozenset({TokenScope.EDIT})), "public read metrics"),
        (Identity(user(Role.VIEWER), frozenset()), "public"),
    ],
)
def test_what_an_identity_may_do(identity: Identity, allowed: str):
    assert {access.value for access in Access if identity.may(access)} == set(allowed.split())


def test_a_token_of_a_user_never_allows_more_than_the_user():
    for role in Role:
        for scope in TokenScope:
            with_token = Identity(user(role), frozenset({scope}))
            assert all(Identity(user(role)).may(access) for access in Access if with_token.may(access))


def test_failed_logins_of_a_name_from_one_network_wait_longer_and_longer():
    subjects = subjects_of("ada", "192.0.2.7")
    waits = [wait_until(subjects, {subjects["pair"]: (count, NOW)}, NOW) for count in (1, 4, 5, 6, 10, 20, 1000)]
    lengths = [None if until is None else (until - NOW).total_seconds() for until in waits]
    assert lengths == [None, None, 1, 2, 32, 900, 900]
    assert wait_until(subjects, {subjects["pair"]: (5, NOW)}, NOW + timedelta(seconds=2)) is None


def test_another_host_that_knows_a_name_locks_no_user_out():
    mine = subjects_of("ada", "192.0.2.7")
    other = subjects_of("ada", "198.51.100.9")
    assert mine["name"] == other["name"]
    assert mine["pair"] != other["pair"]
    until = wait_until(mine, {other["pair"]: (10_000, NOW), mine["name"]: (10_000, NOW)}, NOW)
    assert until == NOW + timedelta(seconds=60)


def test_the_addresses_of_one_ipv6_network_count_together():
    networks = {subjects_of("ada", f"2001:db8:1:2::{n}")["network"] for n in range(1, 9)}
    assert len(networks) == 1
    assert subjects_of("ada", "2001:db8:1:3::1")["network"] not in networks
    assert subjects_of("ada", "::ffff:192.0.2.7")["network"] == subjects_of("ada", "192.0.2.7")["network"]
    assert subjects_of("ada", "no address")["network"]


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://watch.example"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://watch.example"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://WATCH.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://watch.example.evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_whether_a_form_is_ours(fields: dict[str, str], ours: bool):
    assert is_ours(fields, frozenset({"https://watch.example"})) is ours


@pytest.mark.parametrize(
    ("given_path", "path"),
    [
        ("/changes?after=3#x", "/changes?after=3#x"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\tevil", "/"),
        ("", "/"),
        ("/" + "a" * 5000, "/"),
    ],
)
def test_a_login_leads_to_our_own_pages_only(given_path: str, path: str):
    assert local_path(given_path) == path


def test_a_form_is_read_within_limits():
    form = read_form(f"{FORM}; charset=utf-8", b"name=%C3%84da&tag=a&tag=b&empty=")
    assert (form.text("name"), form.all("tag"), form.text("empty", "x"), form.has("nothing")) == (
        "Äda",
        ["a", "b"],
        "",
        False,
    )
    assert read_form("text/plain", b"name=a").fields == []
    for broken in (b"name=%ff", b"\xff=1", b"&".join(b"a=1" for _ in range(3000))):
        with pytest.raises(HTTPException):
            read_form(FORM, broken)


@given(st.text(), st.text())
def test_the_token_of_a_form_belongs_to_one_browser(secret: str, other: str):
    assert is_form_token(form_token(secret), secret)
    assert is_form_token(form_token(secret), other) is (digest(secret) == digest(other))
    assert not is_form_token(secret, secret)


def test_tokens_are_random_and_long():
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43


def test_only_trusted_proxies_are_believed():
    policy = AccessPolicy(proxies=read_networks("10.0.0.0/8, 2001:db8::/32"))
    assert policy.client_address("192.0.2.1", "203.0.113.5") == "192.0.2.1"
    assert policy.client_address("10.0.0.1", "203.0.113.5") == "203.0.113.5"
    assert policy.client_address("10.0.0.1", "6.6.6.6, 203.0.113.5") == "203.0.113.5"
    assert policy.client_address("10.0.0.1", "203.0.113.5, 10.1.1.1") == "203.0.113.5"
    assert policy.client_address("::ffff:10.0.0.1", "203.0.113.5") == "203.0.113.5"
    assert policy.client_address("10.0.0.1", "no address") == "10.0.0.1"
    assert policy.client_address("10.0.0.1", "") == "10.0.0.1"
    assert not AccessPolicy().is_proxy("127.0.0.1")
    with pytest.raises(ValueError, match="nowhere"):
        read_networks("nowhere")


def test_passwords_are_hashed_and_verified():
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    stored = passwords.hash("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "correct horse battery")
    assert not passwords.verify(stored, "correct horse batter")
    assert not passwords.verify(None, "no user has this password")
    assert not passwords.verify("no hash", "correct horse battery")
    assert Passwords().is_outdated(stored)
    for wrong in ("short", "a" * SHORTEST, "x" * (LONGEST + 1), ""):
        with pytest.raises(ConfigurationError):
            passwords.hash(wrong)


def test_a_one_time_password_is_accepted_for_its_step_and_its_neighbours():
    secret = new_secret()
    step = int(NOW.timestamp()) // STEP_SECONDS
    for offset, accepted in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = pyotp.HOTP(secret).at(step + offset)
        assert (current_step(secret, f" {code[:3]} {code[3:]}", NOW) == step + offset) is accepted, offset
    for wrong in ("", "12345", "abcdef", "١٢٣٤٥٦", "1234567"):
        assert current_step(secret, wrong, NOW) is None
