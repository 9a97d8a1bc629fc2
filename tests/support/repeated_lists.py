"""Pages of one host in the manner of a blog: little text of their own beside a sidebar with recent posts, latest news and figures."""

from __future__ import annotations

from collections.abc import Sequence

POSTS = (
    "Dredging starts at the north quay",
    "Lighthouse gets a new coat of paint",
    "New rules for visiting yachts",
    "Crane out of service until spring",
    "Harbour day draws a large crowd",
)
NEW_POST = "Ferry pier closed for urgent repairs"
TOPICS = (
    "Slipway",
    "Berths",
    "Customs",
    "Pilots",
    "Fuel",
    "Waste",
    "Tugs",
    "Radio",
    "Lights",
    "Charts",
    "Cranes",
    "Moorings",
)


def post_list(posts: Sequence[str], heading: str = "Recent posts") -> str:
    """A widget whose items are a linked title and a date."""
    items = "".join(
        f'<li><a href="/{slug(post)}">{post}</a> <span class="post-date">posted on day {len(post)}</span></li>'
        for post in posts
    )
    return f'<section class="widget widget_recent_entries"><h2 class="widget-title">{heading}</h2><ul>{items}</ul></section>'


def news(posts: Sequence[str]) -> str:
    """Teasers: a linked headline, a date, an excerpt."""
    cards = "".join(
        f'<article><h3><a href="/{slug(post)}">{post}</a></h3><time>{len(post)} March</time><p>{excerpt(post)}</p></article>'
        for post in posts
    )
    return f'<section class="latest-news"><h2>Latest news</h2>{cards}</section>'


def excerpt(post: str) -> str:
    """The excerpt of a post's teaser."""
    return f"The harbour office explains why it decided so: {post.lower()}."


def slug(post: str) -> str:
    """The last part of a post's address."""
    return "-".join(word for word in post.lower().split() if not word.isdigit())


def blog_page(
    topic: str, posts: Sequence[str] = POSTS, *, boats: int = 52, own: str = "", sidebar: str | None = None
) -> str:
    """A page about a topic; `own` follows its own sentence, and `sidebar` replaces the usual one."""
    if sidebar is None:
        figures = (
            f'<section class="widget"><h2 class="widget-title">The yard</h2><p>Boats in the yard: {boats}</p></section>'
        )
        sidebar = post_list(posts) + figures + news(posts[:3])
    return (
        f"<!doctype html><html lang=en><head><title>{topic} – Harbour office</title></head><body>"
        f'<main><article class="page"><h1 class="entry-title">{topic}</h1><div class="entry-content">'
        f"<p>The office answers questions about {topic.lower()} on weekdays until dusk.</p>{own}</div></article></main>"
        f'<aside class="widget-area">{sidebar}</aside></body></html>'
    )
