"""The command that prints feeds."""

from __future__ import annotations

import sys
from importlib.metadata import version

from monitor.model import Level
from pagewitness.cli.common import app_on, known_page
from pagewitness.feeds import FeedFormat, feed_addresses, load_feed, render_feed, select_events


def feed(
    *,
    form: str,
    page: str | None,
    tag: str | None,
    fact: str | None,
    level: str | None,
    limit: int,
    db: str | None,
) -> None:
    """See `pagewitness.cli.commands.lists.feed`."""
    with app_on(db) as parts:
        selection, wanted = select_events(
            parts.history,
            page=None if page is None else known_page(parts, page),
            tag=tag,
            fact=fact,
            level=None if level is None else Level(level),
        )
        chosen = FeedFormat(form)
        settings = parts.settings
        addresses = feed_addresses(selection, chosen, settings.published_url, settings.replay_origin)
        document = render_feed(
            load_feed(parts.history, selection, wanted, addresses, limit), chosen, version("pagewitness")
        )
        # An XML declaration names UTF-8, whatever the terminal's encoding. All texts are display-safe.
        sys.stdout.buffer.write(document)
        sys.stdout.flush()
