"""Discussions: posts are the main text, details of their authors are not."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

DECLARED = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "DiscussionForumPosting"}</script>'
)


def read(body: str, head: str = "") -> list[str]:
    page = f"<html><head><title>Hafen</title>{head}</head><body>{body}</body></html>"
    return [block.text for block in extract(page.encode(), "text/html").blocks if block.kind in READING_KINDS]


def post(number: int) -> str:
    return f"<p>Beitrag {number}: Der Steg im Hafen ist wieder offen, und 87 Boote liegen dort, wie der Wirt mir gestern sagte.</p>"


THREAD = "".join(post(number) for number in range(4))


@pytest.mark.parametrize(
    "details",
    [
        "<section class=message-user><h4>Kai</h4><div>Stammgast</div><dl><dt>Dabei</dt><dd>2019</dd></dl></section>",
        "<div class='post-author vcard'><span>Kai</span> <span>214</span></div>",
        "<div itemprop=author itemscope itemtype=https://schema.org/Person><b>Kai</b> Stammgast</div>",
        "<div class=user_badges><div>12 goldene</div></div>",
        "<div class=vote-count>14</div>",
    ],
)
def test_details_of_members_are_no_text(details):
    posts = "".join(f"<div class=message>{details}<div>{post(number)}</div></div>" for number in range(4))
    assert read(f"<h1>Der Steg</h1>{posts}", DECLARED)[1:] == read(THREAD)


@pytest.mark.parametrize(
    "details",
    [
        "<div>Registered User</div><div>Join Date: Mar 2016</div><div>Posts: 1</div>",
        "<div>Messages: 214</div><div>Inscrit le 3 mai 2019</div>",
        "<dl><dt>Beiträge<dd>214<dt>Registriert<dd>03.05.2019</dl>",
        "<p>Сообщений: 214<br><br>Откуда: Рига</p>",
    ],
)
def test_details_of_members_are_found_by_their_labels(details):
    posts = "".join(f"<table><tr><td><div>{details}</div><td><div>{post(n)}{post(n + 1)}</div></table>" for n in (0, 2))
    said = read(f"<h1>Der Steg</h1>{posts}")
    assert not any("214" in text or "Join" in text or "Posts" in text for text in said)
    assert sum("Beitrag" in text for text in said) == 4


@pytest.mark.parametrize(
    "box",
    [
        "<div class=user-count>87 Mitglieder</div>",
        "<div><div>Messages: 214</div></div>",
        "<div><div>Location: Riga</div><div>Points: 12</div></div>",
        "<ul class=member-list><li>Kai Brandt<li>Lea Sommer</ul>",
    ],
)
def test_pages_that_are_no_discussion_keep_such_boxes(box):
    kept = read(box)
    assert kept
    assert set(kept) <= set(read(f"<h1>Der Hafen</h1>{box}{THREAD}"))


def test_a_short_post_is_no_detail_of_its_author():
    posts = "".join(
        f"<div class=message><div class=user>Kai</div><div class='message-userContent'>Stimmt, {n}!</div></div>"
        for n in range(3)
    )
    said = read(f"<h1>Der Steg</h1><div>{THREAD}{posts}{THREAD}</div>", DECLARED)
    assert "Stimmt, 2!" in said
    assert "Kai" not in said


def test_comments_of_a_discussion_are_its_text():
    comments = "".join(f"<li class=Comment>{post(number)}</li>" for number in range(1, 4))
    body = f"<h1>Der Steg</h1><div>{THREAD}</div><div class=CommentsWrap><h2>Comments</h2><ul>{comments}</ul></div>"
    assert sum("Beitrag" in text for text in read(body, DECLARED)) == 7
    assert sum("Beitrag" in text for text in read(body)) == 4


def test_comments_on_answers_to_a_question_are_none_of_them():
    head = DECLARED.replace("DiscussionForumPosting", "QAPage")
    body = f"<h1>Der Steg?</h1><div>{THREAD}</div><ul class=comments><li>{post(7)}</ul>"
    assert sum("Beitrag" in text for text in read(body, head)) == 4


def test_comments_on_a_page_without_another_text_are_its_text():
    comments = "".join(f"<div class=comment>{post(number)}</div>" for number in range(4))
    assert sum("Beitrag" in text for text in read(f"<h1>Der Steg</h1><div class=commentarea>{comments}</div>")) == 4


@pytest.mark.parametrize("main", ["<main>{}</main>", "<div role=main>{}</div>"])
def test_comments_are_the_text_of_a_main_element_without_another(main):
    rules = "".join(
        f"<p>Règle {n} : restez polis avec les autres membres, et cherchez d'abord si une réponse existe.</p>"
        for n in range(6)
    )
    comments = "".join(f"<div class=comment>{post(number)}</div>" for number in range(4))
    thread = f"<div class=commentarea>{comments}</div>"
    assert sum("Beitrag" in text for text in read(f"<div>{rules}</div>{main.format(thread)}")) == 4
    story = "".join(
        f"<p>Absatz {n}: Der Wirt des Hafens erzählt, wie der Steg im Winter gebaut wurde.</p>" for n in range(6)
    )
    assert not any("Beitrag" in text for text in read(main.format(f"<h1>Der Steg</h1><div>{story}</div>{thread}")))
