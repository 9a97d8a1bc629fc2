"""Every route and method, as each kind of sender: what is not allowed is refused before it is answered."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.routing import Route

from pagewitness.service.liveness import HealthReporter
from pagewitness.service.metrics import Metrics
from pagewitness.web.access.identity import Access
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.tokens import digest, form_token
from pagewitness.web.app import create_app
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry, Role, TokenScope
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

ENTRY = AuditEntry(NOON, None, "", "test")
SENDERS = ("anonymous", "viewer", "editor", "admin", "token")
PUBLIC = {"/login", "/logout", "/welcome/{token}", "/healthz", "/readyz", "/style.css"}
SESSIONS = {role.value: f"session of {role}" for role in Role}


class Stored:
    """A store of which nothing is read."""

    database = None


def routes() -> list[Route]:
    app = create_app(object(), clock=lambda: NOON, version="1", operation=object(), accounts=object(), store=Stored())
    return app.routes


@pytest.fixture
def accounts(archive: Archive, web: Web) -> AccountStore:
    accounts = AccountStore(archive.database)
    metrics = Metrics(archive.database, clock=lambda: NOON, version="1")
    operation = HealthReporter(archive.database, metrics, None)
    web.show(archive, accounts=accounts, access=AccessPolicy(), operation=operation)
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a password")
    for role in Role:
        user = accounts.add_user(role.value, role, now=NOON, entry=ENTRY)
        accounts.set_password(user.id, hashed, entry=ENTRY)
        end = NOON.replace(year=NOON.year + 1)
        token = digest(SESSIONS[role.value])
        accounts.start_session(token, user.id, expires_at=end, address="", browser="", now=NOON, entry=ENTRY)
    accounts.signing_key("replay", bytes(32), NOON)
    reader = accounts.user_named("admin")
    scopes = [TokenScope.READ]
    accounts.add_token(digest("pw_read"), reader.id, "reads", scopes, expires_at=None, now=NOON, entry=ENTRY)
    return accounts


@pytest.fixture
def client(accounts: AccountStore, web: Web) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield client


def fields_of(sender: str) -> dict[str, str]:
    if sender == "token":
        return {"Authorization": "Bearer pw_read"}
    return {} if sender == "anonymous" else {"Cookie": f"pagewitness-session={SESSIONS[sender]}"}


def path_of(route: Route) -> str:
    return route.path.replace("{address:path}", "2021/https://a.example/").replace("{token}", "unknown")


ALLOWED = {
    Access.PUBLIC: set(SENDERS),
    Access.READ: {"viewer", "editor", "admin", "token"},
    Access.METRICS: {"viewer", "editor", "admin", "token"},
    Access.ACCOUNT: {"viewer", "editor", "admin"},
    Access.EDIT: {"editor", "admin"},
    Access.ADMIN: {"admin"},
}


def access_of(route: Route) -> Access:
    return route.endpoint.access


def test_only_what_must_be_is_public():
    assert {route.path for route in routes() if access_of(route) is Access.PUBLIC} == PUBLIC


def test_every_route_that_changes_something_needs_a_login_of_its_own():
    changing = [route for route in routes() if route.methods - {"GET", "HEAD"}]
    assert changing
    for route in changing:
        assert access_of(route) in (Access.ACCOUNT, Access.EDIT, Access.ADMIN) or route.path in PUBLIC, route.path
        assert not route.methods & {"GET", "HEAD"}, route.path


def test_each_sender_may_do_what_the_route_allows_and_nothing_else(client: httpx.Client, archive: Archive):
    for route in routes():
        for method in sorted(route.methods):
            for sender in SENDERS:
                before = archive.history.counts()
                answer = client.request(method, path_of(route), headers=fields_of(sender))
                where = f"{method} {route.path} as {sender}: {answer.status_code}"
                if sender not in ALLOWED[access_of(route)]:
                    assert answer.status_code in (401, 403), where
                elif method in ("GET", "HEAD"):
                    assert answer.status_code not in (401, 403), where
                else:  # without the form's token, a session may change nothing; a token has none of these scopes
                    assert answer.status_code == 403, where
                assert archive.history.counts() == before, where


def test_a_wrong_token_is_refused_and_does_not_make_a_sender_anonymous(
    archive: Archive, web: Web, accounts: AccountStore
):
    web.show(archive, accounts=accounts, access=AccessPolicy(anonymous_reads=True))
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        assert client.get("/changes").status_code == 200
        assert client.get("/changes", headers={"Authorization": "Bearer pw_wrong"}).status_code == 401
        assert client.get("/changes", headers={"Cookie": "pagewitness-session=wrong"}).status_code == 200
        assert client.get("/users").status_code == 401
        assert client.get("/users", headers={"Accept": "text/html"}).headers["location"] == "/login?next=%2Fusers"


def test_a_wrong_host_or_origin_is_refused_to_an_administrator_too(client: httpx.Client):
    for route in routes():
        answer = client.get(path_of(route), headers={**fields_of("admin"), "Host": "evil.example"})
        assert answer.status_code == 421, route.path
    for route in routes():
        if "POST" not in route.methods or route.path in PUBLIC:
            continue
        for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            fields = {**fields_of("admin"), **foreign}
            token = {"form_token": form_token(SESSIONS["admin"])}
            assert client.post(path_of(route), headers=fields, data=token).status_code == 403, route.path


def test_every_screen_has_a_strict_policy_and_no_script(client: httpx.Client):
    for route in routes():
        if "GET" not in route.methods or "{address" in route.path:
            continue
        answer = client.get(path_of(route), headers={**fields_of("admin"), "Accept": "text/html"})
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, route.path
        assert "frame-ancestors 'none'" in policy, route.path
        assert answer.headers["x-content-type-options"] == "nosniff", route.path
        assert "<script" not in answer.text, route.path
        assert " style=" not in answer.text, route.path
