"""Forms: their fields, the cookie and token that protect them, and whether a request comes from our own pages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

TOKEN_FIELD = "form_token"  # noqa: S105 (a field's name)
_MOST_FIELDS = 2000


class Form:
    """The fields of a form, as received."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields

    def text(self, name: str, default: str = "") -> str:
        """Return the last value of a field; `default` if it is absent."""
        return next((value for key, value in reversed(self.fields) if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return all values of a field."""
        return [value for key, value in self.fields if key == name]

    def has(self, name: str) -> bool:
        """Return whether a field, such as a checked box, is present."""
        return any(key == name for key, _ in self.fields)


def read_form(content_type: str, body: bytes) -> Form:
    """Return the fields of an URL-encoded body; of another type, none.

    Raises:
        HTTPException: 400: It is not UTF-8, or has too many fields.
    """
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return Form([])
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
    return Form(fields)


def is_ours(headers: Mapping[str, str], origins: frozenset[str]) -> bool:
    """Return whether the header fields of a request that changes something allow it to come from one of our pages.

    Browsers send Sec-Fetch-Site with every such request to a trustworthy origin (https, loopback), otherwise Origin; where neither is present, the form's
    token decides alone. Origin is "null" for a page whose policy is no-referrer (measured in Chromium 150).

    Args:
        headers: The header fields.
        origins: Our origins: of the Host field, and of the public URL.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.lower() in origins


def own_origins(request: Request, base_url: str | None) -> frozenset[str]:
    """Return the origins under which a browser may have loaded the form: the one that the request is sent to, under either scheme, and the public one."""
    host = request.headers.get("host", "").strip().lower()
    own = {f"{scheme}://{host}" for scheme in ("http", "https")}
    if base_url:
        public = urlsplit(base_url)
        own.add(f"{public.scheme}://{public.netloc.lower()}")
    return frozenset(own)


def local_path(given: str) -> str:
    """Return a path of ours, to which a browser is sent after a login; "/" for anything else, so that a link cannot lead elsewhere."""
    if not given.startswith("/") or given.startswith(("//", "/\\")) or not given.isprintable() or "\\" in given:
        return "/"
    parts = urlsplit(given)
    return given if not parts.scheme and not parts.netloc and len(given) <= 4000 else "/"
