"""Login, logout, and the one-time links with which a user chooses a password."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.errors import ConfigurationError
from pagewitness.web.access.context import RequestContext, known_context
from pagewitness.web.access.cookies import SESSION_LENGTH, Cookies
from pagewitness.web.access.forms import local_path
from pagewitness.web.access.one_time_passwords import current_step
from pagewitness.web.access.passwords import LONGEST, SHORTEST, Passwords
from pagewitness.web.access.throttling import subjects_of, wait_until
from pagewitness.web.access.tokens import digest, new_token
from pagewitness.web.screens import Screens
from storage.account_store import AccountStore
from storage.accounts.model import Credentials, LinkPurpose, OneTimeLink, User
from storage.accounts.users import LONGEST_NAME, name_key

LINK_LENGTH = timedelta(days=3)
"""How long a one-time link can be used."""
WELCOME = "/welcome/"
"""Path of one-time links; their token follows."""


class LoginScreens:
    """Answers the requests that begin and end sessions.

    Attributes:
        accounts: Users and sessions.
        cookies: The cookies.
        passwords: Hashes and verifies passwords.
    """

    def __init__(self, screens: Screens, accounts: AccountStore, cookies: Cookies, passwords: Passwords) -> None:
        self._screens = screens
        self.accounts = accounts
        self.cookies = cookies
        self.passwords = passwords

    def form(self, request: Request) -> Response:
        """Answer with the login form; with a redirect if a user is logged in already."""
        path = local_path(request.query_params.get("next", "/"))
        if known_context(request).identity.session is not None:
            return RedirectResponse(path, 303)
        return self._form(request, path)

    def log_in(self, request: Request) -> Response:
        """Check name, password and one-time password, and start a session."""
        context = known_context(request)
        form = context.form
        path, name = local_path(form.text("next", "/")), form.text("name")[: 2 * LONGEST_NAME]
        subjects = subjects_of(name_key(name), context.address)
        waits = wait_until(subjects, self.accounts.failures(list(subjects.values()), context.now), context.now)
        if waits is not None:
            return self._form(request, path, name, _wait_sentence(waits - context.now), 429)
        found = self.accounts.credentials(name)
        user = self._verified(found, form.text("password"), form.text("code"), context.now)
        if user is None:
            entry = context.entry("login.failed", name)
            self.accounts.count_failure(list(subjects.values()), context.now, entry=entry)
            sentence = "Name, password or one-time password is wrong."
            return self._form(request, path, name, sentence, 401)
        return self._begin(request, context, user, path, [subjects["pair"], subjects["name"]])

    def log_out(self, request: Request) -> Response:
        """End the session."""
        context = known_context(request)
        session = context.identity.session
        if session is not None:
            self.accounts.end_session(session.token_sha256, session.user.id, entry=context.entry("logout"))
        response = RedirectResponse("/login", 303)
        self.cookies.end_session(response)
        return response

    def welcome(self, request: Request) -> Response:
        """Answer with the form in which the user of a one-time link chooses a password; the first administrator a name, too."""
        return self._welcome(request, self._link(request))

    def choose(self, request: Request) -> Response:
        """Set the password that was chosen with a one-time link, and start a session."""
        context, link = known_context(request), self._link(request)
        form = context.form
        password, name = form.text("password"), form.text("name").strip()
        if password != form.text("again"):
            return self._welcome(request, link, name, "The two passwords differ.")
        token = digest(request.path_params["token"])
        try:
            hashed = self.passwords.hash(password)
            if link.purpose is LinkPurpose.FIRST_ADMIN:
                entry = context.entry("user.added", name, role="admin", by="one-time link")
                user = self.accounts.use_link_for_first_admin(token, name, hashed, now=context.now, entry=entry)
            else:
                assert link.user is not None
                entry = context.entry("password.set", link.user.name, by="one-time link")
                user = self.accounts.use_link_for_password(token, hashed, now=context.now, entry=entry)
        except ConfigurationError as error:
            return self._welcome(request, link, name, f"{error}.".capitalize())
        if user is None:
            raise _link_ended()
        if user.has_totp:  # a link replaces the password only
            return RedirectResponse("/login", 303)
        return self._begin(request, context, user, "/", [])

    def _verified(self, found: Credentials | None, password: str, code: str, now: datetime) -> User | None:
        """Return the user whose password, and one-time password where one is needed, these are; None if there is none."""
        is_right = self.passwords.verify(None if found is None else found.password_hash, password[: LONGEST + 1])
        if found is None or not is_right or not found.user.is_active:
            return None
        if found.totp_secret is not None:
            step = current_step(found.totp_secret, code, now)
            if step is None or not self.accounts.use_totp(found.user.id, step):
                return None
        assert found.password_hash is not None
        if self.passwords.is_outdated(found.password_hash):
            self.accounts.rehash(found.user.id, found.password_hash, self.passwords.hash(password))
        return found.user

    def _begin(self, request: Request, context: RequestContext, user: User, path: str, clear: list[str]) -> Response:
        token = new_token()
        before = context.identity.session
        if before is not None:
            self.accounts.end_session(before.token_sha256, before.user.id, entry=context.entry("logout"))
        context.identity = type(context.identity)(user)
        self.accounts.start_session(
            digest(token),
            user.id,
            expires_at=context.now + SESSION_LENGTH,
            address=context.address,
            browser=request.headers.get("user-agent", ""),
            now=context.now,
            entry=context.entry("login"),
            clear=clear,
        )
        context.made_secret = False
        response = RedirectResponse(path, 303)
        self.cookies.set_session(response, token)
        return response

    def _link(self, request: Request) -> OneTimeLink:
        context = known_context(request)
        found = self.accounts.link(digest(request.path_params["token"]), context.now)
        if found is None or (found.purpose is LinkPurpose.FIRST_ADMIN and self.accounts.has_users()):
            raise _link_ended()
        return found

    def _form(self, request: Request, path: str, name: str = "", problem: str = "", status: int = 200) -> Response:
        return self._screens.page(
            request,
            "login.html.j2",
            status=status,
            next_path=path,
            name=name,
            problem=problem,
            has_users=self.accounts.has_users(),
        )

    def _welcome(self, request: Request, link: OneTimeLink, name: str = "", problem: str = "") -> Response:
        return self._screens.page(
            request,
            "welcome.html.j2",
            status=400 if problem else 200,
            link=link,
            name=name,
            problem=problem,
            shortest=SHORTEST,
        )


def _link_ended() -> HTTPException:
    return HTTPException(410, "This link was used already, or has ended. Ask an administrator for a new one.")


def _wait_sentence(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    length = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
    return f"Too many failed logins. Try again in {length}."
