"""The banner below an archived page: its URL and time, and links to other snapshots.

It is a declarative shadow tree: it needs no script, and the page's style sheets do not apply to it. It is fixed to the lower edge of the window, so that
it does not move the page's content, and can be collapsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pagewitness.web.template_environment import web_templates


@dataclass(frozen=True, slots=True)
class Banner:
    """The content of the banner.

    Attributes:
        url: The page's original URL.
        taken_at: Time of the snapshot, "2021-03-01 12:00:00".
        previous: Address of the previous snapshot; None if there is none.
        following: Address of the next snapshot; None if there is none.
        first: Address of the earliest snapshot; None if it is this one or the previous one.
        last: Address of the latest snapshot; None if it is this one or the next one.
        history: Address of the list of all snapshots; None if it is not known.
        received: Address of the bytes as received.
        notes: Further notes, for example on an error status, a redirect or a truncated body.
    """

    url: str
    taken_at: str
    previous: str | None
    following: str | None
    first: str | None
    last: str | None
    history: str | None
    received: str
    notes: Sequence[str] = ()


_TEMPLATES = web_templates()


def render_banner(banner: Banner) -> str:
    """Return the banner's HTML, to be inserted into an archived page."""
    return _TEMPLATES.get_template("banner.html.j2").render(banner=banner)


def render_frame(banner: Banner, address: str) -> str:
    """Return an HTML page with the banner that embeds a frameset, which cannot contain it.

    Args:
        banner: The content of the banner.
        address: Address of the archived content.
    """
    return _TEMPLATES.get_template("frame.html.j2").render(
        banner_html=render_banner(banner), banner=banner, address=address
    )
