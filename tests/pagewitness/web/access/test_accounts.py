"""Login, one-time links, sessions, tokens and users, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pyotp
import pytest

from pagewitness.web.access.policy import AccessPolicy, read_networks
from pagewitness.web.accounts.first_admin import first_admin_link
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role
from storage.queries.paging import Cursor
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

PASSWORD = "correct horse battery staple"


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Browser:
    """A client that fills in forms as a browser does, with its cookies."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str, **options) -> httpx.Response:
        return self.client.get(path, headers={"Accept": "text/html"}, **options)

    def submit(self, path: str, to: str | None = None, /, **fields: object) -> httpx.Response:
        """Load a page, and send a form to `to` with its token."""
        page = self.get(path)
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found, page.text
        return self.post(to or path, form_token=found[1], **fields)

    def post(self, path: str, **fields: object) -> httpx.Response:
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers)

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        return self.submit("/login", name=name, password=password, **fields)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(archive: Archive) -> AccountStore:
    return AccountStore(archive.database)


@pytest.fixture
def serve(archive: Archive, web: Web, accounts: AccountStore, clock: Clock):
    def serve(**policy: object) -> None:
        web.show(archive, clock=clock, accounts=accounts, access=AccessPolicy(**policy))

    serve()
    return serve


@pytest.fixture
def browser(serve, web: Web) -> Iterator[Browser]:
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield Browser(client)


@pytest.fixture
def admin(browser: Browser, accounts: AccountStore, web: Web) -> Browser:
    link = first_admin_link(accounts, "", NOON)
    assert browser.submit(link, name="Ada", password=PASSWORD, again=PASSWORD).status_code == 303
    return browser


def entry(action: str = "test") -> AuditEntry:
    return AuditEntry(NOON, None, "", action)


def actions(accounts: AccountStore) -> list[str]:
    return [found.action for found in accounts.audit_slice(Cursor(100)).rows]


def test_without_a_login_nothing_can_be_read(browser: Browser):
    answer = browser.get("/changes?after=3")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fchanges%3Fafter%3D3")
    refused = browser.client.get("/feed.atom")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert "one-time link" in browser.get("/login").text


def test_the_first_administrator_is_added_with_a_link_that_works_once(browser: Browser, accounts: AccountStore):
    link = first_admin_link(accounts, "", NOON)
    assert "Add the first administrator" in browser.get(link).text
    differing = browser.submit(link, name="Ada", password=PASSWORD, again="another one entirely")
    assert (differing.status_code, "differ" in differing.text) == (400, True)
    short = browser.submit(link, name="Ada", password="short", again="short")
    assert (short.status_code, "12 to" in short.text, 'value="Ada"' in short.text) == (400, True, True)
    done = browser.submit(link, name="Ada", password=PASSWORD, again=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    assert browser.get(link).status_code == 410
    assert first_admin_link(accounts, "", NOON) is None
    assert [(user.name, user.role) for user in accounts.users()] == [("Ada", Role.ADMIN)]


def test_a_link_ends(browser: Browser, accounts: AccountStore, clock: Clock):
    link = first_admin_link(accounts, "", NOON)
    clock.now += timedelta(days=4)
    assert browser.get(link).status_code == 410
    assert browser.get("/welcome/unknown").status_code == 410


def test_two_links_for_the_first_administrator_make_one(browser: Browser, accounts: AccountStore):
    first, second = first_admin_link(accounts, "", NOON), first_admin_link(accounts, "", NOON)
    assert browser.get(first).status_code == 410
    assert browser.submit(second, name="Ada", password=PASSWORD, again=PASSWORD).status_code == 303


def test_login_and_logout(admin: Browser, accounts: AccountStore):
    assert admin.submit("/account", "/logout").status_code == 303
    assert admin.get("/").status_code == 303
    wrong = admin.log_in("Ada", "wrong password here")
    assert (wrong.status_code, "is wrong" in wrong.text, 'value="Ada"' in wrong.text) == (401, True, True)
    assert admin.log_in("nobody at all").status_code == 401
    done = admin.submit("/login?next=/changes", "/login", name=" aDA ", password=PASSWORD, next="/changes")
    assert done.headers["location"] == "/changes"
    assert admin.get("/changes").status_code == 200
    assert actions(accounts)[:5] == ["login", "login.failed", "login.failed", "logout", "login"]


def test_the_session_cookie_cannot_be_read_by_scripts_and_over_tls_is_for_this_host_only(
    serve, browser: Browser, accounts: AccountStore
):
    link = first_admin_link(accounts, "", NOON)
    cookie = browser.submit(link, name="Ada", password=PASSWORD, again=PASSWORD).headers.get_list("set-cookie")[0]
    assert cookie.startswith("pagewitness-session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    serve(base_url="https://watch.example")
    cookie = browser.get("/login").headers["set-cookie"]
    assert cookie.startswith("__Host-pagewitness-form=")
    assert "Secure" in cookie.split("; ")


def test_a_login_gives_a_new_session_token(admin: Browser):
    before = admin.client.cookies["pagewitness-session"]
    admin.submit("/account", "/logout")
    admin.log_in("Ada")
    assert admin.client.cookies["pagewitness-session"] != before
    admin.client.cookies.set("pagewitness-session", before)
    assert admin.get("/").status_code == 303


def test_a_session_ends_when_it_is_not_used_and_after_a_month(admin: Browser, clock: Clock):
    for _ in range(4):
        clock.now += timedelta(days=6)
        assert admin.get("/").status_code == 200
    clock.now += timedelta(days=6, hours=1)
    assert admin.get("/").status_code == 303
    admin.log_in("Ada")
    clock.now += timedelta(days=7, seconds=1)
    assert admin.get("/").status_code == 303


def test_a_form_needs_its_token_and_our_origin(admin: Browser, accounts: AccountStore):
    fields = {"name": "Eve", "role": "admin"}
    assert admin.post("/users", **fields).status_code == 403
    assert admin.post("/users", form_token="0" * 64, **fields).status_code == 403
    token = re.search(r'name="form_token" value="(\w+)"', admin.get("/users").text)[1]
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        refused = admin.client.post("/users", data={**fields, "form_token": token}, headers=headers)
        assert refused.status_code == 403, headers
    assert len(accounts.users()) == 1
    assert admin.post("/users", form_token=token, **fields).status_code == 200
    assert len(accounts.users()) == 2


def test_the_form_token_of_another_browser_is_refused(admin: Browser, web: Web):
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        other = Browser(client)
        token = re.search(r'name="form_token" value="(\w+)"', other.get("/login").text)[1]
    assert admin.post("/logout", form_token=token).status_code == 403
    assert admin.get("/").status_code == 200


def test_failed_logins_are_throttled_and_a_success_forgets_them(admin: Browser, clock: Clock):
    admin.submit("/account", "/logout")
    for _ in range(6):
        assert admin.log_in("Ada", "wrong password here").status_code == 401
        clock.now += timedelta(seconds=2)
    assert admin.log_in("Ada", "wrong password here").status_code == 401
    refused = admin.log_in("Ada")
    assert (refused.status_code, "Try again in" in refused.text) == (429, True)
    clock.now += timedelta(seconds=10)
    assert admin.log_in("Ada").status_code == 303
    admin.submit("/account", "/logout")
    assert admin.log_in("Ada", "wrong password here").status_code == 401
    assert admin.log_in("Ada").status_code == 303


def test_roles_limit_what_can_be_done(admin: Browser, accounts: AccountStore, web: Web):
    shown = admin.submit("/users", name="Vic", role="viewer").text
    link = re.search(r"/welcome/[\w-]+", shown)[0]
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        viewer = Browser(client)
        assert viewer.submit(link, password=PASSWORD, again=PASSWORD).status_code == 303
        assert viewer.get("/").status_code == 200
        for path in ("/users", "/audit"):
            refused = viewer.get(path)
            assert (refused.status_code, "needs the role administrator" in refused.text) == (403, True)
        assert "/users" not in viewer.get("/").text
        key = accounts.user_named("vic").id
        assert admin.submit("/users", "/users/change", user=key, action="disable").status_code == 303
        assert viewer.get("/").status_code == 303
        assert viewer.log_in("Vic").status_code == 401


def test_the_last_administrator_stays(admin: Browser, accounts: AccountStore):
    key = accounts.user_named("Ada").id
    for fields in ({"action": "disable"}, {"action": "role", "role": "viewer"}, {"action": "remove"}):
        refused = admin.submit("/users", "/users/change", user=key, **fields)
        assert (refused.status_code, "last administrator" in refused.text) == (400, True)
    assert admin.submit("/users", name="ADA", role="viewer").status_code == 400
    assert admin.submit("/users", "/users/change", user="99", action="link").status_code == 400
    assert admin.submit("/users", "/users/change", user="x", action="link").status_code == 400


def test_a_changed_password_ends_all_other_sessions(admin: Browser, web: Web):
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        elsewhere = Browser(client)
        elsewhere.log_in("Ada")
        wrong = admin.submit("/account", "/account/password", present="no", password="x" * 12, again="x" * 12)
        assert (wrong.status_code, "present password is wrong" in wrong.text) == (400, True)
        new = "an entirely new password"
        done = admin.submit("/account", "/account/password", present=PASSWORD, password=new, again=new)
        assert done.status_code == 303
        assert admin.get("/account").status_code == 200
        assert elsewhere.get("/").status_code == 303
        assert elsewhere.log_in("Ada").status_code == 401
        assert elsewhere.log_in("Ada", new).status_code == 303
        assert "Browser" in admin.get("/account").text
        assert admin.submit("/account", "/account/sessions", session="others").status_code == 303
        assert elsewhere.get("/").status_code == 303


def test_a_user_cannot_end_sessions_of_others(admin: Browser, accounts: AccountStore):
    user = accounts.add_user("Vic", Role.VIEWER, now=NOON, entry=entry())
    end = NOON + timedelta(days=1)
    accounts.start_session("ab" * 32, user.id, expires_at=end, address="", browser="", now=NOON, entry=entry())
    admin.submit("/account", "/account/sessions", session="ab" * 32)
    assert accounts.session("ab" * 32, NOON) is not None


def test_one_time_passwords_are_needed_once_they_are_set_and_work_once(admin: Browser, clock: Clock):
    page = admin.get("/account").text
    secret = re.search(r'name="secret" value="(\w+)"', page)[1]
    path = "/account/one-time-passwords"
    wrong = admin.submit("/account", path, use="yes", secret=secret, present=PASSWORD, code="000000")
    assert wrong.status_code == 400
    for broken in ("", "!" * 32, "A"):
        assert (
            admin.submit("/account", path, use="yes", secret=broken, present=PASSWORD, code="123456").status_code == 400
        )

    def code() -> str:
        return pyotp.TOTP(secret).at(clock.now)

    assert admin.submit("/account", path, use="yes", secret=secret, present=PASSWORD, code=code()).status_code == 303
    admin.submit("/account", "/logout")
    assert admin.log_in("Ada").status_code == 401
    assert admin.log_in("Ada", code=code()).status_code == 401, "the code that set it was used"
    clock.now += timedelta(seconds=30)
    assert admin.log_in("Ada", code=code()).status_code == 303
    admin.submit("/account", "/logout")
    assert admin.log_in("Ada", code=code()).status_code == 401, "used already"
    clock.now += timedelta(seconds=30)
    assert admin.log_in("Ada", code=code()).status_code == 303
    assert admin.submit("/account", path, use="no", present=PASSWORD).status_code == 303
    admin.submit("/account", "/logout")
    assert admin.log_in("Ada").status_code == 303


def test_api_tokens_read_within_their_scopes_and_are_shown_once(admin: Browser, web: Web, clock: Clock):
    shown = admin.submit("/account", "/account/tokens", name="nightly", scope="read", days="30").text
    token = re.search(r"pw_[\w-]+", shown)[0]
    assert token not in admin.get("/account").text
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get("/feed.atom", headers=bearer).status_code == 200
        assert client.get("/feed.atom", auth=("anything", token)).status_code == 200
        assert client.get("/feed.atom", headers={"Authorization": "Bearer pw_wrong"}).status_code == 401
        assert client.get("/feed.atom", headers={"Authorization": "Basic ???"}).status_code == 401
        assert client.get("/users", headers=bearer).status_code == 403
        assert client.get("/account", headers=bearer).status_code == 403
        assert client.post("/account/tokens", headers=bearer, data={"name": "x", "scope": "admin"}).status_code == 403
        clock.now += timedelta(days=31)
        assert client.get("/feed.atom", headers=bearer).status_code == 401
    nothing = admin.log_in("Ada")
    assert nothing.status_code == 303
    refused = admin.submit("/account", "/account/tokens", name=" ", scope="read")
    assert refused.status_code == 400
    key = re.search(r'name="token" value="(\d+)"', admin.get("/account").text)[1]
    assert admin.submit("/account", "/account/tokens/remove", token=key).status_code == 303
    assert "nightly" not in admin.get("/account").text


def test_a_user_named_by_a_proxy_is_believed_only_from_the_proxy(serve, browser: Browser, accounts: AccountStore):
    header = {"X-Forwarded-User": "Grace", "Accept": "text/html"}
    serve(user_header="x-forwarded-user", proxies=read_networks("192.0.2.1"), user_header_role=Role.ADMIN)
    assert browser.client.get("/", headers=header).status_code == 303
    serve(user_header="x-forwarded-user", proxies=read_networks("127.0.0.1"))
    assert browser.client.get("/", headers=header).status_code == 403
    serve(user_header="x-forwarded-user", proxies=read_networks("127.0.0.1"), user_header_role=Role.EDITOR)
    assert browser.client.get("/", headers=header).status_code == 200
    assert accounts.user_named("grace").role is Role.EDITOR
    accounts.change_user(accounts.user_named("grace").id, is_active=False, entry=entry())
    assert browser.client.get("/", headers=header).status_code == 403


def test_the_audit_log_is_listed_and_escapes_names(admin: Browser, accounts: AccountStore):
    admin.submit("/users", name="<script>alert(1)</script>", role="viewer")
    shown = admin.get("/audit").text
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    key = accounts.user_named("Ada").id
    assert "user.added" in admin.get(f"/audit?user={key}").text
    assert admin.get("/audit?user=x").status_code == 404
    assert admin.get("/audit?after=x").status_code == 404


def test_reading_writes_nothing_but_when_a_session_was_used(admin: Browser, archive: Archive, clock: Clock):
    before = archive.history.counts()
    clock.now += timedelta(minutes=1)
    for path in ("/", "/changes", "/account", "/users", "/audit", "/login"):
        admin.get(path)
    assert archive.history.counts() == before
