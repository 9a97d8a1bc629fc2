"""The screens of administrators: users, and the audit log."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigurationError, UnknownName
from pagewitness.web.access.context import RequestContext, known_context
from pagewitness.web.access.tokens import digest, new_token
from pagewitness.web.accounts.login import LINK_LENGTH, WELCOME
from pagewitness.web.links import cursor_of, pager
from pagewitness.web.screens import Screens
from storage.account_store import AccountStore
from storage.accounts.model import LinkPurpose, Role, User

USERS, AUDIT = "/users", "/audit"
_ENTRIES = 100


class UsersScreen:
    """Lists, adds and changes users."""

    def __init__(self, screens: Screens, accounts: AccountStore, base_url: str | None) -> None:
        self._screens = screens
        self._accounts = accounts
        self._base_url = base_url

    def answer(self, request: Request) -> Response:
        """List the users."""
        return self._page(request)

    def add(self, request: Request) -> Response:
        """Add a user, and show the one-time link with which the user chooses a password."""
        context = known_context(request)
        name, role = context.form.text("name").strip(), _role(context.form.text("role"))
        try:
            entry = context.entry("user.added", name, role=role.value)
            user = self._accounts.add_user(name, role, now=context.now, entry=entry)
        except ConfigurationError as error:
            return self._page(request, problem=f"{error}.".capitalize(), name=name)
        return self._page(request, link=self._link(request, context, user), link_user=user)

    def change(self, request: Request) -> Response:
        """Change a user: role, whether the user may log in, a new link, or removal."""
        context = known_context(request)
        form = context.form
        try:
            user = self._accounts.user(_key(form.text("user")))
            match form.text("action"):
                case "role":
                    role = _role(form.text("role"))
                    entry = context.entry("user.changed", user.name, role=role.value)
                    self._accounts.change_user(user.id, role=role, entry=entry)
                case "disable":
                    entry = context.entry("user.disabled", user.name)
                    self._accounts.change_user(user.id, is_active=False, entry=entry)
                case "enable":
                    entry = context.entry("user.enabled", user.name)
                    self._accounts.change_user(user.id, is_active=True, entry=entry)
                case "remove":
                    self._accounts.remove_user(user.id, entry=context.entry("user.removed", user.name))
                case "link":
                    return self._page(request, link=self._link(request, context, user), link_user=user)
                case _:
                    raise HTTPException(400, "This form names no action.")
        except (ConfigurationError, UnknownName) as error:
            return self._page(request, problem=f"{error}.".capitalize())
        return RedirectResponse(USERS, 303)

    def _link(self, request: Request, context: RequestContext, user: User) -> str:
        token = new_token()
        self._accounts.make_link(
            digest(token),
            LinkPurpose.PASSWORD,
            user.id,
            expires_at=context.now + LINK_LENGTH,
            now=context.now,
            entry=context.entry("link.made", user.name),
        )
        return (self._base_url or str(request.base_url).rstrip("/")) + WELCOME + token

    def _page(
        self, request: Request, problem: str = "", name: str = "", link: str = "", link_user: User | None = None
    ) -> Response:
        return self._screens.page(
            request,
            "users.html.j2",
            status=400 if problem else 200,
            problem=problem,
            name=name,
            link=link,
            link_user=link_user,
            users=self._accounts.users(),
            roles=[role.value for role in Role],
        )


class AuditScreen:
    """Lists what users did."""

    def __init__(self, screens: Screens, accounts: AccountStore) -> None:
        self._screens = screens
        self._accounts = accounts

    def answer(self, request: Request) -> Response:
        """List the entries of the audit log, the newest first; of one user with the parameter user."""
        try:
            cursor = cursor_of(request.query_params, _ENTRIES)
            wanted = request.query_params.get("user")
            user_id = None if wanted is None else _key(wanted)
        except (ValueError, UnknownName):
            raise HTTPException(404) from None
        part = self._accounts.audit_slice(cursor, user_id=user_id)
        query = {} if wanted is None else {"user": wanted}
        return self._screens.page(
            request,
            "audit.html.j2",
            entries=part.rows,
            pager=pager(AUDIT, query, part, lambda entry: entry.id or 0),
            user_link=lambda key: f"{AUDIT}?{urlencode({'user': key})}",
            one_user=wanted is not None,
        )


def _role(written: str) -> Role:
    try:
        return Role(written)
    except ValueError:
        raise HTTPException(400, "There is no such role.") from None


def _key(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 19):
        raise UnknownName("there is no such user")
    return int(written)
