"""Feeds of social media in plain elements that no name gives away, and posts that are quoted, which stay."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, BlockKind

HOME = "<h1>Coast watch</h1><p>Coast watch has 1,150 volunteers in 27 towns.</p>"
MORE = "<h2>Our work</h2><p>Each report is read by two editors.</p>"


def read(markup: str) -> list[str]:
    blocks = extract(markup.encode(), "text/html; charset=utf-8").blocks
    return [block.text for block in blocks if block.kind in READING_KINDS]


@pytest.mark.parametrize(
    ("heading", "posts"),
    [
        ("Follow us on Twitter", ["<p>Coast · @coast · 5 Aug</p><p>85 hands cleaned 4 beaches</p>", "<p>Coast · @coast · 3 Aug</p><p>40 tonnes of sand moved</p>"]),
        ("Latest tweets", ["<p>85 hands cleaned 4 beaches #cleancoast</p><p>3h</p>", "<p>RT @harbour: keep off the pier</p>"]),
        ("Coast in sozialen Medien", ["<p>coast_ev</p><p>25 Helfer heute #ehrenamt</p><p>Gefällt 214 Mal</p>", "<p>coast_ev</p><p>Neue Schilder #wandern</p><p>vor 5 Tagen</p>"]),
        ("Sur les réseaux sociaux", ["<b>Coast</b> @coast 2 h<p>3 navires aujourd’hui !</p>", "<b>Coast</b> @coast 1 j<p>150 participants #mer</p>"]),
        ("آخر التغريدات", ["<p>@coast منذ ٣ ساعات</p><p>شارك ٢٠٠ متطوع</p>", "<p>@coast منذ ٥ ساعات</p><p>شكرا #تطوع</p>"]),
        ("News from the beach", ["<p>85 hands #cleancoast</p>", "<p>A dune moved https://t.co/xyz</p>", "<p>Off the pier, please #storm</p>"]),
    ],
)  # fmt: skip
def test_posts_in_a_row_are_a_feed_with_their_heading(heading, posts):
    feed = "".join(f"<div class=q1>{post}</div>" for post in posts)
    page = f"<div>{HOME}</div><div class=q0><h2>{heading}</h2><div>{feed}</div></div><div>{MORE}</div>"
    assert read(page) == [*read(HOME), *read(MORE)]
    feeds = [
        block for block in extract(page.encode(), "text/html; charset=utf-8").blocks if block.kind is BlockKind.FEED
    ]
    assert {block.why for block in feeds} <= {"posts in a row", "heading of feed"}
    assert heading in {block.text for block in feeds}


@pytest.mark.parametrize(
    "heading", ["From our social channels", "Aus unseren sozialen Medien", "Sur nos réseaux sociaux", "En nuestras redes sociales", "Instagram feed", "Tweets"]
)  # fmt: skip
@pytest.mark.parametrize(
    "box",
    ["<div><h4>{}</h4>{}</div>", "<div><b>{}</b><div>{}</div></div>", "<section><h2>{}</h2><ul>{}</ul></section>"],
)
def test_a_box_headed_as_what_was_posted_is_a_feed_whatever_is_in_it(heading, box):
    posts = "".join(f"<div>{who}: a fine morning at the quay!</div>" for who in ("Ada", "Ben", "Cy"))
    page = f"<div>{HOME * 3}</div>{box.format(heading, posts)}<div>{MORE}</div>"
    assert read(page) == [*read(HOME * 3), *read(MORE)]


@pytest.mark.parametrize(
    "page",
    [
        # What a box with such a heading says at length, and a page that is about it.
        f"{HOME * 9}<section><h2>Our social media</h2><p>{'We answer on six networks from nine to five. ' * 9}</p><p>{'Whoever writes to us by mail gets an answer too. ' * 9}</p></section>",
        "<div><h1>Follow us on Instagram</h1><p>We have 41,000 followers there.</p><p>Send us your pictures.</p><p>We show ten a week.</p></div>",
        # One post is a quotation.
        f"{HOME}<h2>Follow us on Twitter</h2><div><p>85 hands cleaned 4 beaches #cleancoast</p></div>{MORE}",
        # Prose about networks.
        f"{HOME}<h2>Social media</h2><p>On Twitter, @coast answers from 9 to 17 on weekdays.</p><p>Use #ourcoast for your pictures of it.</p><p>Single cases are not dealt with there.</p>",
        # A list of accounts.
        f"{HOME}<h2>Social media</h2><ul><li>Coast north: @coastnorth<li>Coast south: @coastsouth<li>Coast west: @coastwest</ul>",
        # Numbers and colours with the same sign, and addresses of mail.
        f"{HOME}<ul><li>Rank #1: north<li>Rank #2: south<li>Colour #ff0000<li>mail@coast.example</ul>",
        # Captions with hashtags among an author's own sentences.
        f"{HOME}"
        + "".join(
            f"<div><p>Street {n} is where we spent most of that long summer.</p></div><div>Our house #{n}home</div>"
            for n in "abc"
        ),
    ],
)
def test_what_only_looks_like_posts_stays(page):
    assert read(page) == [block.text for block in extract(page.encode(), "text/html").blocks]


def test_posts_that_a_story_quotes_stay():
    says = "<p>The final was seen by 4.1 million people, and players spoke of it at length on the night after the match.</p>"
    posts = "".join(f"<div><p>Night {n} I will not forget #cupfinal</p></div>" for n in "abc")
    story = f"<h1>The final</h1><div>{says * 3}{posts}{says * 2}</div>"
    assert "Night a I will not forget #cupfinal" in read(story)
    assert "Night a I will not forget #cupfinal" in read(f"<meta property=article:published_time content=2024>{story}")


STORY = (
    "<h1>The dam</h1><div>"
    + "<p>The towns have agreed to share what the dams cost, and to meet each spring in one of them.</p>" * 5
    + "</div>"
)


@pytest.mark.parametrize(
    "heading", ["22 Comments", "3 Kommentare", "Comments (7)", "2 commentaires", "Leave a reply", "Schreibe einen Kommentar", "Comentarios", "Reacties",
                "Comments(2)", "2 комментария", "コメント2", "Komentarze(9)", "5 komentarzy", "3 yorum", "Leserkommentare", "댓글 3"]
)  # fmt: skip
def test_what_readers_write_below_a_story_is_a_feed(heading):
    said = "<p>At last, I have waited fifteen years.</p><p>And who pays?</p>"
    page = f"<div>{STORY}<div class=q4><h3>{heading}</h3>{said}</div></div>"
    assert read(page) == read(STORY)
    (*_, last) = extract(page.encode(), "text/html; charset=utf-8").blocks
    assert (last.kind, last.why) == (BlockKind.FEED, "readers' comments")


def test_comments_that_are_the_page_or_of_a_page_that_is_no_article_stay():
    page = (
        "<h1>Figures</h1><p>The town has 340 staff.</p><div><h2>Comments</h2><p>Staff on leave are counted.</p></div>"
    )
    assert "Staff on leave are counted." in read(page)
    page = f"<h1>Hearing</h1><h2>41 comments</h2><p>{'We are for it, and so are all of our neighbours. ' * 5}</p>"
    assert len(read(page)) == 3
