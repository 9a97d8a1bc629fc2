"""What stands below an archived page: what it is, when it was captured, and the way to other captures.

It is a shadow tree declared in markup: no script, and the page's style sheets do not reach into it. It is fixed to the lower edge, where it moves
nothing on the page, and can be folded away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pagewitness.web.template_environment import web_templates


@dataclass(frozen=True, slots=True)
class Banner:
    """What the banner says.

    Attributes:
        url: The page's original URL.
        taken_at: When it was captured, "2021-03-01 12:00:00".
        previous: Address of the capture before; None where there is none.
        following: Address of the capture after; None where there is none.
        history: Address of the list of all captures.
        received: Address of the bytes as received.
        notes: What else a reader must know: an error status, a redirect, a body that ends early.
    """

    url: str
    taken_at: str
    previous: str | None
    following: str | None
    history: str
    received: str
    notes: Sequence[str] = ()


_TEMPLATES = web_templates()


def render_banner(banner: Banner) -> str:
    """The banner's markup, to be put into an archived page."""
    return _TEMPLATES.get_template("banner.html.j2").render(banner=banner)


def render_frame(banner: Banner, address: str, *, image: bool) -> str:
    """A page of ours with the banner around archived content that has no room for one: a frameset, or a drawing.

    Args:
        banner: What the banner says.
        address: Where the content itself is.
        image: Whether it is shown as an image.
    """
    return _TEMPLATES.get_template("frame.html.j2").render(
        banner_html=render_banner(banner), banner=banner, address=address, image=image
    )
