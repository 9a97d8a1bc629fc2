"""One new post in the sidebar of a blog: recorded on each page and reported by none, while what the pages state themselves is reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.e2e.command import pagewitness
from tests.support.receivers import Mailbox
from tests.support.repeated_lists import NEW_POST, POSTS, TOPICS, blog_page
from tests.support.sites import Site
from tests.support.watchlists import alert_tables

SECOND_POST = "Night work at the dry dock ends"


def serve(site: Site, posts: Sequence[str], topics: Sequence[str] = TOPICS, **how: object) -> list[str]:
    return [site.serve(f"/{topic.lower()}", blog_page(topic, posts, **how)) for topic in topics]


def test_a_new_post_on_every_page_of_a_blog_is_not_reported(
    database_url: str, tmp_path: Path, site: Site, mailbox: Mailbox
):
    def check() -> list[dict[str, object]]:
        """Check all pages; the changes above noise that were not there before."""
        assert pagewitness("check", db=database_url).code == 0
        rows = pagewitness("changes", "--json", db=database_url).rows
        new = rows[len(known) :]
        known.extend(new)
        return [row for row in new if row["level"] != "noise"]

    known: list[dict[str, object]] = []
    urls = serve(site, POSTS)
    watchlist = tmp_path / "watchlist.toml"
    pages = "".join(f'\n[[page]]\nurl = "{url}"\nevery = "1h"\nallow_private = true\n' for url in urls)
    watchlist.write_text(pages + alert_tables(mailbox.port, events=("number_changed", "text_changed")))
    pagewitness("apply", watchlist, db=database_url)
    assert check() == []

    serve(site, (NEW_POST, *POSTS[:-1]))
    assert check() == []
    assert {row["url"] for row in known} == set(urls)
    assert NEW_POST in {row["sentence_after"] for row in known}
    assert mailbox.messages == []

    # The next post, and a count that changes in the same sidebar.
    serve(site, (SECOND_POST, NEW_POST, *POSTS[:-2]), boats=53)
    assert {(row["kind"], row["before"], row["after"]) for row in check()} == {("number_changed", 52, 53)}
    assert len(mailbox.messages) > 0

    # A sentence of one page's own, and a post that only one page no longer lists.
    sent = len(mailbox.messages)
    serve(site, (SECOND_POST, NEW_POST, *POSTS[:-2]), TOPICS[:1], boats=53, own="<p>The slipway is closed today.</p>")
    serve(site, (SECOND_POST, *POSTS[:-2]), TOPICS[1:2], boats=53)
    loud = check()
    assert {row["url"] for row in loud} == set(urls[:2])
    assert "The slipway is closed today." in {row["sentence_after"] for row in loud}
    assert len(mailbox.messages) > sent

    sent, before = len(mailbox.messages), pagewitness("changes", "--json", db=database_url).rows
    assert pagewitness("reprocess", "--all", db=database_url).code == 0
    assert pagewitness("changes", "--json", db=database_url).rows == before
    assert check() == []
    assert len(mailbox.messages) == sent
