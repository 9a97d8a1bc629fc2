"""The screen of one's own account: password, one-time passwords, sessions and API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigurationError
from pagewitness.web.access.context import RequestContext, known_context
from pagewitness.web.access.cookies import SESSION_LENGTH, Cookies
from pagewitness.web.access.one_time_passwords import address_of, current_step, new_secret
from pagewitness.web.access.passwords import LONGEST, SHORTEST, Passwords
from pagewitness.web.access.tokens import API_TOKEN_PREFIX, digest, new_token
from pagewitness.web.screens import Screens
from storage.account_store import AccountStore
from storage.accounts.model import Role, TokenScope

PATH = "/account"
_DONE = {
    "password": "The password is changed; all other sessions have ended.",
    "sessions": "The session has ended.",
    "totp": "One-time passwords are needed for the next login.",
    "totp-off": "One-time passwords are no longer needed.",
    "token": "The token has been removed.",
}
_LIFETIMES = {"30": timedelta(days=30), "365": timedelta(days=365), "never": None}
_SCOPES = {
    Role.VIEWER: (TokenScope.READ, TokenScope.METRICS),
    Role.EDITOR: (TokenScope.READ, TokenScope.EDIT, TokenScope.METRICS),
    Role.ADMIN: tuple(TokenScope),
}
_LONGEST_NAME = 100


class AccountScreen:
    """Answers the requests for one's own account. Every change needs the session of the user; a token cannot make one."""

    def __init__(self, screens: Screens, accounts: AccountStore, cookies: Cookies, passwords: Passwords) -> None:
        self._screens = screens
        self._accounts = accounts
        self._cookies = cookies
        self._passwords = passwords

    def answer(self, request: Request) -> Response:
        """Show the account."""
        return self._page(request)

    def change_password(self, request: Request) -> Response:
        """Change the password, which needs the present one; start a new session."""
        context = known_context(request)
        form, user = context.form, context.user
        found = self._accounts.credentials(user.name)
        old = None if found is None else found.password_hash
        if old is not None and not self._passwords.verify(old, form.text("present")[: LONGEST + 1]):
            return self._page(request, "The present password is wrong.")
        if form.text("password") != form.text("again"):
            return self._page(request, "The two new passwords differ.")
        try:
            hashed = self._passwords.hash(form.text("password"))
        except ConfigurationError as error:
            return self._page(request, f"{error}.".capitalize())
        self._accounts.set_password(user.id, hashed, entry=context.entry("password.set", user.name))
        return self._renewed(request, context, "password")

    def end_session(self, request: Request) -> Response:
        """End one of the user's sessions, or all others."""
        context = known_context(request)
        wanted, own = context.form.text("session"), context.identity.session
        if wanted == "others":
            keep = None if own is None else own.token_sha256
            self._accounts.end_sessions(context.user.id, keep=keep, entry=context.entry("sessions.ended"))
        else:
            self._accounts.end_session(wanted, context.user.id, entry=context.entry("session.ended"))
        return RedirectResponse(f"{PATH}?done=sessions", 303)

    def set_totp(self, request: Request) -> Response:
        """Use one-time passwords from now on, if the code of the new secret is right; or no longer."""
        context = known_context(request)
        form, user = context.form, context.user
        found = self._accounts.credentials(user.name)
        if found is None or not self._passwords.verify(found.password_hash, form.text("present")[: LONGEST + 1]):
            return self._page(request, "The present password is wrong.")
        if form.text("use") == "no":
            self._accounts.set_totp(user.id, None, None, entry=context.entry("totp.off", user.name))
            return RedirectResponse(f"{PATH}?done=totp-off", 303)
        secret = form.text("secret")[:64]
        try:
            step = current_step(secret, form.text("code"), context.now)
        except ValueError:  # no base32
            step = None
        if step is None or len(secret) < 32:
            return self._page(request, "This is not the present code; scan the new picture, and enter its code.")
        self._accounts.set_totp(user.id, secret, step, entry=context.entry("totp.on", user.name))
        return RedirectResponse(f"{PATH}?done=totp", 303)

    def add_token(self, request: Request) -> Response:
        """Make an API token, and show it once."""
        context = known_context(request)
        form, user = context.form, context.user
        allowed = _SCOPES[user.role]
        scopes = [scope for scope in allowed if scope.value in form.all("scope")]
        lifetime = _LIFETIMES.get(form.text("days", "365"), timedelta(days=365))
        token = API_TOKEN_PREFIX + new_token()
        try:
            made = self._accounts.add_token(
                digest(token),
                user.id,
                form.text("name")[:_LONGEST_NAME],
                scopes,
                expires_at=None if lifetime is None else context.now + lifetime,
                now=context.now,
                entry=context.entry("token.added", form.text("name")[:_LONGEST_NAME], scopes=" ".join(scopes)),
            )
        except ConfigurationError as error:
            return self._page(request, f"{error}.".capitalize())
        return self._page(request, new_token=token, new_name=made.name)

    def remove_token(self, request: Request) -> Response:
        """Remove one of the user's API tokens."""
        context = known_context(request)
        written = context.form.text("token")
        if written.isascii() and written.isdecimal() and len(written) < 19:
            entry = context.entry("token.removed", written)
            self._accounts.remove_token(int(written), context.user.id, entry=entry)
        return RedirectResponse(f"{PATH}?done=token", 303)

    def _renewed(self, request: Request, context: RequestContext, done: str) -> Response:
        """Start a new session in place of the one that the change ended."""
        token = new_token()
        self._accounts.start_session(
            digest(token),
            context.user.id,
            expires_at=context.now + SESSION_LENGTH,
            address=context.address,
            browser=request.headers.get("user-agent", ""),
            now=context.now,
            entry=context.entry("login"),
        )
        response = RedirectResponse(f"{PATH}?done={done}", 303)
        self._cookies.set_session(response, token)
        return response

    def _page(self, request: Request, problem: str = "", new_token: str = "", new_name: str = "") -> Response:
        context = known_context(request)
        user = context.user
        secret = new_secret()
        session = context.identity.session
        return self._screens.page(
            request,
            "account.html.j2",
            status=400 if problem else 200,
            problem=problem,
            done=_DONE.get(request.query_params.get("done", ""), ""),
            user=user,
            current=None if session is None else session.token_sha256,
            sessions=self._accounts.sessions_of(user.id, context.now),
            tokens=self._accounts.tokens_of(user.id),
            scopes=_scope_choices(user.role),
            new_token=new_token,
            new_name=new_name,
            secret=secret,
            totp_address=address_of(secret, user.name, "Pagewitness"),
            shortest=SHORTEST,
        )


def _scope_choices(role: Role) -> Sequence[tuple[str, str]]:
    meanings = {
        TokenScope.READ: "read everything",
        TokenScope.EDIT: "acknowledge, comment, and send again",
        TokenScope.ADMIN: "manage users and settings",
        TokenScope.METRICS: "read /metrics",
    }
    return [(scope.value, meanings[scope]) for scope in _SCOPES[role]]
