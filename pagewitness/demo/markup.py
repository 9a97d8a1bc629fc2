"""The pages of the demo's site as bytes: a pure function of the path, the moment and the request's ordinal number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pagewitness.demo import prose
from pagewitness.demo.feed import Noise, posts, stories
from pagewitness.demo.script import Answer, Moment, PageState, Theme
from pagewitness.demo.years import ARTICLE, HOME, MISSION, MOMENTS, PARTNERS

_HTML = ("Content-Type", "text/html; charset=UTF-8")
_TEMPLATES = Environment(
    loader=PackageLoader("pagewitness.demo"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_NAMES = {HOME: "home", MISSION: "mission", PARTNERS: "partners"}
_TITLES = {HOME: "The Coalition against Daesh", MISSION: "Our mission", PARTNERS: "Who takes part"}


@dataclass(frozen=True, slots=True)
class Response:
    """The server's response.

    Attributes:
        status: The status code; None closes the connection without a response.
        headers: The header fields, in order; the server adds framing.
        body: The decoded bytes.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the value of a header field; None if there is none. `name` is case-sensitive."""
        return dict(self.headers).get(name)


def render(path: str, moment: Moment, seed: int) -> Response:
    """Render the page at `path`.

    Args:
        path: One of `years.PAGES`.
        moment: The state of the site in the script.
        seed: The request's ordinal number; home and mission vary nonces, counters and feeds with it, the other pages are cached.

    Raises:
        KeyError: The script has no page at `path`.
    """
    return render_state(path, moment.state(path), moment.at, seed)


def render_state(path: str, state: PageState, at: datetime, seed: int) -> Response:
    """Render as `render`, for a state that need not be in the script."""
    return _ANSWERS[state.answer](path, state, at, seed)


def not_found() -> Response:
    """Return the site's response for an unknown path."""
    return Response(404, (_HTML,), _template("not_found.html"))


def _template(name: str, **context: Any) -> bytes:
    return _TEMPLATES.get_template(name).render(context).encode()


def _up(path: str, state: PageState, at: datetime, seed: int) -> Response:
    if path == ARTICLE:
        return _article(state)
    if path == PARTNERS:
        return _with_etag(_coalition_page(path, state, at.replace(month=1, day=1), 0))
    return _coalition_page(path, state, at, seed)


def _coalition_page(path: str, state: PageState, at: datetime, seed: int) -> Response:
    noise = Noise(f"{path}/{at:%Y-%m-%d}/{seed}")
    body = _template(
        f"{'old' if state.theme is Theme.OLD else 'new'}_{_NAMES[path]}.html",
        path=path,
        title=_TITLES[path],
        theme=state.theme.value,
        said=prose.statements(state),
        extras={extra.value: prose.EXTRAS[extra] for extra in state.extras},
        regions=prose.names_listed(at.year),
        prose=prose,
        noise=noise,
        posts=posts(noise),
        stories=stories(noise, at.year * 12 + at.month),
        year=at.year,
        visitors=f"{at.toordinal() * 61 % 4_000_000 + seed:,}",
        trackers=f"{1700 + at.month:,}",
    )
    return Response(200, (_HTML, ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding, Cookie")), body)


def _with_etag(response: Response) -> Response:
    etag = f'W/"{hashlib.sha256(response.body).hexdigest()[:16]}"'
    return replace(response, headers=(*response.headers, ("ETag", etag)))


def _article(state: PageState) -> Response:
    published = next(moment.at for moment in MOMENTS if ARTICLE in moment.published)
    body = _template("article.html", counts=[statement.count for statement in state.statements], published=published)
    return Response(200, (_HTML, ("Last-Modified", format_datetime(published, usegmt=True))), body)


def _outage(_path: str, _state: PageState, _at: datetime, _seed: int) -> Response:
    return Response(503, (_HTML, ("Retry-After", "600")), _template("outage.html"))


def _dropped(_path: str, _state: PageState, _at: datetime, _seed: int) -> Response:
    return Response(None)


def _blocked(path: str, _state: PageState, at: datetime, seed: int) -> Response:
    return Response(403, (_HTML,), _template("blocked.html", noise=Noise(f"{path}/{at}/{seed}")))


def _challenged(path: str, _state: PageState, at: datetime, seed: int) -> Response:
    body = _template("challenge.html", noise=Noise(f"{path}/{at}/{seed}"))
    return Response(200, (_HTML, ("Cache-Control", "no-store")), body)


def _empty(_path: str, _state: PageState, _at: datetime, _seed: int) -> Response:
    return Response(200, (_HTML,))


def _unpublished(_path: str, _state: PageState, _at: datetime, _seed: int) -> Response:
    return not_found()


_ANSWERS: dict[Answer, Callable[[str, PageState, datetime, int], Response]] = {
    Answer.UP: _up,
    Answer.OUTAGE: _outage,
    Answer.DROPPED: _dropped,
    Answer.BLOCKED: _blocked,
    Answer.CHALLENGED: _challenged,
    Answer.EMPTY: _empty,
    Answer.UNPUBLISHED: _unpublished,
}
