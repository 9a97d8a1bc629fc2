"""What is replayed: a snapshot of a monitored page, or an exchange of any other URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Exchange, Page, Snapshot
from pagewitness.replay.address import RECEIVED, digits, exact_digits
from storage.queries.exchange_lookup import ArchivedExchange, loose

PREFIX = "/replay/"
"""Path prefix of all replay addresses."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An archived response, and how to show it.

    Attributes:
        url: The URL that it is archived under: the page's, or the requested one.
        taken_at: When it was requested.
        status: The status code; None if the check failed.
        content_type: The Content-Type field as received; None if there was none.
        final_url: URL of the response with the body.
        sha256: SHA-256 of the body.
        stamp: Its time in replay addresses: 14 digits, or 20 if the page has a later snapshot in the same second.
        modifier: The requested form; "" or two letters and "_".
        exchanges: Its exchanges without bodies, redirect hops first.
        page: The page; None if the URL is not monitored.
        snapshot: The snapshot; None with `page`.
        prefix: Path prefix of the addresses in the response: `PREFIX`, or one that is signed.
    """

    url: str
    taken_at: datetime
    status: int | None
    content_type: str | None
    final_url: str
    sha256: str
    stamp: str
    modifier: str
    exchanges: tuple[Exchange, ...]
    page: Page | None = None
    snapshot: Snapshot | None = None
    prefix: str = PREFIX

    def address(self, modifier: str) -> str:
        """Return its replay address with a modifier."""
        return f"{self.prefix}{self.stamp}{modifier}/{self.url}"

    @property
    def is_of_another_url(self) -> bool:
        """Whether the body was received from another URL, after redirects that are more than a change of scheme or a slash."""
        return len(self.exchanges) > 1 and loose(self.final_url) != loose(self.url)

    @property
    def received_address(self) -> str:
        """The address of the body as received. After a redirect it is that of the last exchange: `id_` of the page's own URL is the redirect."""
        if not self.is_of_another_url:
            return self.address(RECEIVED)
        return f"{self.prefix}{exact_digits(self.exchanges[-1].started_at)}{RECEIVED}/{self.final_url}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the response header fields as received; none if they are not stored."""
        return self.exchanges[-1].response_headers if self.exchanges else ()


def of_snapshot(page: Page, snapshot: Snapshot, exchanges: tuple[Exchange, ...], stamp: str, modifier: str) -> Replayed:
    """Return a snapshot that has a body, to be shown."""
    assert snapshot.body_sha256 is not None  # only such snapshots are found
    return Replayed(
        page.url,
        snapshot.taken_at,
        snapshot.status,
        snapshot.content_type,
        snapshot.final_url,
        snapshot.body_sha256,
        stamp,
        modifier,
        exchanges,
        page,
        snapshot,
    )


def of_exchange(found: ArchivedExchange, stamp: str, modifier: str) -> Replayed:
    """Return an exchange that has a body, to be shown."""
    assert found.body_sha256 is not None
    exchange = found.exchange
    return Replayed(
        found.url,
        found.at,
        exchange.status,
        exchange.header("Content-Type"),
        found.url,
        found.body_sha256,
        stamp,
        modifier,
        (exchange,),
    )


def stamp_of(taken_at: datetime, following: datetime | None) -> str:
    """Return a snapshot's time in replay addresses; `following` is the time of the page's next snapshot, None if there is none."""
    shared = following is not None and following != taken_at and digits(following) == digits(taken_at)
    return exact_digits(taken_at) if shared else digits(taken_at)
