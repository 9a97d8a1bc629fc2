"""What a hostile page consists of: documents that a browser opens, and the files that they load, each with any header fields.

A trap has a name. It is sprung if a browser requests a URL of the host CANARY, or of a private address, whose path begins with that name; if a script
logs the name; or if a host whose name begins with it is connected to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

CANARY = "http://canary.example"
"""A host that no replay may request; it answers with scripts, drawings and style sheets that request more of it."""

TEXT = (
    "<p>The association has 85 members in 12 countries. Its assembly meets twice a year and elects a board of nine.</p>"
    "<p>The last assembly was in March; its minutes are available from the office, which answers within a week.</p>"
)
"""Text that makes a page one: only pages that are not empty have their requisites archived."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class File:
    """A response of a hostile server.

    Attributes:
        body: The body.
        content_type: Its Content-Type; None for none.
        fields: Further header fields.
        status: The status.
    """

    body: bytes | str
    content_type: str | None = "text/html; charset=utf-8"
    fields: Fields = ()
    status: int = 200


@dataclass(frozen=True)
class HostilePage:
    """A page on a host of its own, HOST.evil.example.

    Attributes:
        host: The first label of the host.
        files: Responses by path. The page is at "/", unless `entries` names others.
        sprung: Names of the traps that Chromium springs when the page is opened from its server.
        inert: Names of those that it does not, or may not in later versions. They have no positive control.
        entries: Paths of the documents that are opened.
        clicks: A selector of the elements that are clicked, "" for none.
    """

    host: str
    files: Mapping[str, File]
    sprung: frozenset[str]
    inert: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ("/",)
    clicks: str = ""

    @property
    def urls(self) -> list[str]:
        """URLs of the documents that are opened."""
        return [f"http://{self.host}.evil.example{path}" for path in self.entries]


@dataclass
class Traps:
    """Names that are used so far, to write each page and the names of its traps in one place."""

    sprung: set[str] = field(default_factory=set)
    inert: set[str] = field(default_factory=set)

    def url(self, name: str, rest: str = "x.png", *, inert: bool = False) -> str:
        """Return a URL of the canary host that a trap requests."""
        (self.inert if inert else self.sprung).add(name)
        return f"{CANARY}/{name}/{rest}"

    def script(self, name: str, *, inert: bool = False) -> str:
        """Return a script, without double quotes, ampersands and angle brackets, that a trap runs."""
        return f"console.log('SPRUNG','{name}');new Image().src='{self.url(name, 'ran', inert=inert)}'"

    def page(
        self, host: str, files: Mapping[str, File], entries: tuple[str, ...] = ("/",), clicks: str = ""
    ) -> HostilePage:
        """Return the page with all traps so far, and text in its first document."""
        first = files[entries[0]]
        assert isinstance(first.body, str)
        shown = {**files, entries[0]: replace(first, body=first.body + TEXT)}
        return HostilePage(host, shown, frozenset(self.sprung), frozenset(self.inert), entries, clicks)
