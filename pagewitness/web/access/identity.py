"""Who sends a request, and what that allows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from storage.accounts.model import Role, Session, TokenScope, User


class Access(StrEnum):
    """What a route needs. Each route declares one; there is no default.

    Attributes:
        PUBLIC: Nothing: login, style sheet, liveness.
        READ: To read, which anonymous requests may do where `PAGEWITNESS_ANONYMOUS` is "read".
        METRICS: To read, or a token with the scope "metrics".
        ACCOUNT: A login, of whatever role: one's own account.
        EDIT: The role editor.
        ADMIN: The role administrator.
    """

    PUBLIC = "public"
    READ = "read"
    METRICS = "metrics"
    ACCOUNT = "account"
    EDIT = "edit"
    ADMIN = "admin"


_SCOPES = {
    Access.READ: TokenScope.READ,
    Access.METRICS: TokenScope.METRICS,
    Access.EDIT: TokenScope.EDIT,
    Access.ADMIN: TokenScope.ADMIN,
}
_ROLES = {
    Role.VIEWER: frozenset({Access.PUBLIC, Access.READ, Access.METRICS, Access.ACCOUNT}),
    Role.EDITOR: frozenset({Access.PUBLIC, Access.READ, Access.METRICS, Access.ACCOUNT, Access.EDIT}),
    Role.ADMIN: frozenset(Access),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sends a request.

    Attributes:
        user: The user; None: no user is logged in.
        scopes: What the API token of the request may do; None: it has no token.
        session: The session of the request's cookie; None: it has none.
        reads: Whether it may read without a user: anonymous reading is allowed, or the request's address is signed.
    """

    user: User | None = None
    scopes: frozenset[TokenScope] | None = None
    session: Session | None = field(default=None, repr=False)
    reads: bool = False

    @property
    def name(self) -> str:
        """Name of the user; "" for none."""
        return "" if self.user is None else self.user.name

    def may(self, access: Access) -> bool:
        """Return whether it may use a route that needs this access."""
        if access is Access.PUBLIC:
            return True
        if self.user is None:
            return self.reads and access in (Access.READ, Access.METRICS)
        if access not in _ROLES[self.user.role]:
            return False
        if self.scopes is None:
            return True
        # A token never manages its user's account.
        return access in _SCOPES and (_SCOPES[access] in self.scopes or self._implies(access))

    def _implies(self, access: Access) -> bool:
        """Whether the token may read because it may do more."""
        assert self.scopes is not None
        wider = {TokenScope.EDIT, TokenScope.ADMIN} | ({TokenScope.READ} if access is Access.METRICS else set())
        return access in (Access.READ, Access.METRICS) and bool(self.scopes & wider)
