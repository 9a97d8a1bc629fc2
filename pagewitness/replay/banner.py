"""The banner of an archived page: its URL and time, links to other snapshots, and the facts that it states.

It is a declarative shadow tree at the end of the body: it needs no script, and the page's style sheets do not apply to it. Its own rules for its host
are `!important` in the inner tree, which outranks every rule and style attribute of the page (CSS Cascade 5 §6.1). It is fixed to the lower edge of the
window, so that it does not move the page's content, and can be collapsed. In print it is a block after the page, and the margin of each sheet states
what it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pagewitness.replay.highlight import SENTENCE, VALUE
from pagewitness.web.template_environment import web_templates

_SHOWN_FACTS = 6
"""Number of facts that are not folded."""
_IN_CSS = re.compile(r"[^ !#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z|~\u0080-\uffff]")
_URL_CHARS = 110


@dataclass(frozen=True, slots=True)
class Steps:
    """Addresses of other snapshots; None where there is none.

    Attributes:
        first: The earliest; None if it is this one or the previous one.
        previous: The one before.
        following: The one after.
        last: The latest; None if it is this one or the next one.
    """

    first: str | None = None
    previous: str | None = None
    following: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class BannerFact:
    """A fact that the page states.

    Attributes:
        name: Its name.
        value: Its value with its unit; "" if the page does not state it.
        others: Other values that the page states as well.
        anchor: Id of the element with the value; None if none is marked.
        note: Why no value is marked; "" if one is, or the page does not state the fact.
    """

    name: str
    value: str
    others: Sequence[str] = ()
    anchor: str | None = None
    note: str = ""

    @property
    def link(self) -> str | None:
        """Address of the marked value; None if there is none."""
        return f"#{quote(self.anchor)}" if self.anchor is not None else None


@dataclass(frozen=True, slots=True)
class Banner:
    """The content of the banner.

    Attributes:
        url: The page's original URL.
        taken_at: Time of the snapshot, "2021-03-01 12:00:00".
        sha256: SHA-256 of its body.
        received: Address of the bytes as received.
        snapshots: The snapshots around it.
        versions: The snapshots at which other versions begin.
        since: When the version of this snapshot begins, "2021-03-01 12:00"; None if it begins here, or there is no version.
        history: Address of the list of all snapshots; None if it is not known.
        calendar: Address of the calendar of its year, with the list beginning at its day; None if it is not known.
        compare: Address of the comparison with the version before; None if there is none, or it is not known.
        resources: How many of the page's images, style sheets and fonts are archived; "" if that is not known.
        facts: The facts of its version.
        notes: Further notes, for example on an error status, a redirect or a truncated body.
    """

    url: str
    taken_at: str
    sha256: str
    received: str
    snapshots: Steps = Steps()
    versions: Steps = Steps()
    since: str | None = None
    history: str | None = None
    calendar: str | None = None
    compare: str | None = None
    resources: str = ""
    facts: Sequence[BannerFact] = ()
    notes: Sequence[str] = ()

    @property
    def shown_facts(self) -> Sequence[BannerFact]:
        """The facts that are not folded."""
        return self.facts if len(self.facts) <= _SHOWN_FACTS + 1 else self.facts[:_SHOWN_FACTS]

    @property
    def folded_facts(self) -> Sequence[BannerFact]:
        """The other facts."""
        return self.facts[len(self.shown_facts) :]


_TEMPLATES = web_templates()


def render_banner(banner: Banner) -> str:
    """Return the banner's HTML, to be inserted into an archived page."""
    return _TEMPLATES.get_template("banner.html.j2").render(banner=banner)


def page_style(url: str, taken_at: str, sha256: str) -> str:
    """Return the style sheet of a page with a banner: marks, and the margins of printed sheets.

    Its rules are in a cascade layer before all styles of the page, where `!important` outranks theirs (CSS Cascade 5 §6.4.4).

    Args:
        url: The page's original URL.
        taken_at: Time of the snapshot.
        sha256: SHA-256 of its body.
    """
    shortened = url if len(url) <= _URL_CHARS else f"{url[:_URL_CHARS]}…"
    return _TEMPLATES.get_template("marks.css.j2").render(
        sentence=SENTENCE,
        value=VALUE,
        left=css_string(f"Archived copy of {shortened}, taken {taken_at} UTC"),
        right=css_string(f"SHA-256 {sha256}"),
    )


def css_string(text: str) -> str:
    """Return a text as a string of CSS, which contains no character that ends it or its style element."""
    escaped = _IN_CSS.sub(lambda match: f"\\{ord(match.group()):x} ", text)
    return f'"{escaped}"'


def render_frame(banner: Banner, address: str) -> str:
    """Return an HTML page with the banner that embeds a frameset, which cannot contain it.

    Args:
        banner: The content of the banner.
        address: Address of the archived content.
    """
    return _TEMPLATES.get_template("frame.html.j2").render(
        banner_html=render_banner(banner), banner=banner, address=address
    )
