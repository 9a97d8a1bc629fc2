"""Lists of links under a heading: how a feed moves, what is no movement, and what of it becomes noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff import linked_lists
from monitor.diff.compare import compare
from monitor.facts.mentions import read_page
from monitor.model import Block, BlockKind, EventKind, Level, Link, NoiseReason, Version
from monitor.parser_version import parser_version_of
from monitor.pipeline.analyze import analyze
from tests.support.heart import snapshot
from tests.support.repeated_lists import NEW_POST, POSTS, blog_page, news, post_list, slug

SECOND_POST = "Night work at the dry dock ends"
MOVED = (NEW_POST, *POSTS[:-1])


def page(posts=POSTS, **how) -> Version:
    return analyze(blog_page("Slipway", posts, **how).encode(), snapshot(), ()).version


def listed(items, heading="Recent posts") -> Version:
    """A page whose only list has these items, however extraction would classify it."""
    own, widget = "Slipway", ("Slipway", heading)
    blocks = [
        Block(BlockKind.HEADING, own, "h1"),
        Block(BlockKind.CONTENT, "The office answers questions.", "p", (own,)),
        Block(BlockKind.HEADING, heading, "h2", (own,)),
        *(Block(BlockKind.CONTENT, item, "li", widget, (Link(0, len(item), f"/{slug(item)}"),)) for item in items),
    ]
    return Version(parser_version_of(()), own, "en", tuple(blocks), read_page(blocks, "en", None)[0], ())


def all_moved(old, new):
    return {movement.digest for movement in linked_lists.moved(old, new)}


def levels(old, new, template=None):
    template = all_moved(old, new) if template is None else template
    return [(change.kind, change.level) for change in compare(old, new, None, template)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (POSTS, MOVED),
        (POSTS, (SECOND_POST, NEW_POST, *POSTS[:3])),
        (POSTS[:3], (NEW_POST, *POSTS[:3])),
        (POSTS[:3], (NEW_POST, *POSTS[:2])),
        (POSTS[:2], (NEW_POST, SECOND_POST)),
        (POSTS, (*POSTS[1:], NEW_POST)),
        (("All the news", *POSTS), ("All the news", *MOVED)),
        ((*POSTS, "All the news"), (*MOVED, "All the news")),
        (("Új daru érkezett a déli rakpartra", *POSTS[:2]), (NEW_POST, "Új daru érkezett a déli rakpartra", POSTS[0])),
        (("北側の岸壁で浚渫工事が始まりました", "灯台の塗り替えが完了しました"), ("桟橋は修理のためしばらく閉鎖されます", "北側の岸壁で浚渫工事が始まりました")),
    ],
)  # fmt: skip
def test_a_feed_gains_items_at_its_head(before, after):
    assert len(linked_lists.moved(listed(before), listed(after))) == 1


COUNTRIES = ("Austria", "Bhutan", "Chad", "Denmark", "Estonia")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (COUNTRIES, ("Albania", *COUNTRIES)),
        (COUNTRIES, COUNTRIES[1:]),
        (COUNTRIES, COUNTRIES[:-1]),
        (COUNTRIES, (*COUNTRIES, "Fiji")),
        (COUNTRIES, (*COUNTRIES[1:], "Fiji")),
        (("Lea Brandt", "Omar Saleh"), ("Mia Novak", "Omar Saleh")),
        (("Lea Brandt", "Omar Saleh"), ("Mia Novak", "Ivo Kern")),
        (("Lea Brandt", "Omar Saleh"), ("Mia Novak", "Lea Brandt")),
        (("Lea Brandt", "Omar Saleh"), ("Mia Novak", "Lea Brandt", "Omar Saleh")),
        (POSTS, POSTS[:-1]),
        (POSTS, (*POSTS[:2], NEW_POST, *POSTS[3:])),
        (POSTS, (*POSTS[:2], NEW_POST, *POSTS[2:])),
        (POSTS, (NEW_POST, *POSTS[1:])),
        (POSTS, (*POSTS[::-1],)),
        (POSTS, POSTS),
    ],
)
def test_names_that_join_or_leave_are_no_movement(before, after):
    assert linked_lists.moved(listed(before), listed(after)) == []
    assert Level.NOISE not in [level for _, level in levels(listed(before), listed(after))]


def test_items_of_the_template_are_noise_with_their_dates_and_excerpts():
    old, new = page(), page(MOVED)
    assert {level for _, level in levels(old, new, frozenset())} == {Level.TEXT}
    changes = compare(old, new, None, all_moved(old, new))
    assert {(change.level, change.detail["noise"]) for change in changes} == {(Level.NOISE, NoiseReason.HOST_TEMPLATE)}
    assert len(changes) == len(compare(old, new))


def test_only_lists_of_the_template_are_noise():
    old = page(sidebar=post_list(POSTS) + post_list(POSTS[::-1], "Notices to mariners"))
    new = page(sidebar=post_list(MOVED) + post_list((SECOND_POST, *POSTS[:0:-1]), "Notices to mariners"))
    recent = linked_lists.moved(old, new)[0].digest
    assert set(levels(old, new, {recent})) == {(EventKind.TEXT_CHANGED, level) for level in (Level.TEXT, Level.NOISE)}


def test_numbers_in_a_list_of_the_template_keep_their_level():
    old = page(sidebar=post_list(POSTS, "The yard has 52 boats"))
    new = page(sidebar=post_list(MOVED, "The yard has 53 boats"))
    assert (EventKind.NUMBER_CHANGED, Level.NUMBER) in levels(old, new, all_moved(old, new))

    # Sorted by number, a count that rises moves to the head of its list.
    before = ("Ships in the basin: 90", "Boats in the yard: 80", "Buoys at sea: 52")
    after = ("Buoys at sea: 95", "Ships in the basin: 90", "Boats in the yard: 80")
    assert levels(listed(before), listed(after)) == [(EventKind.NUMBER_CHANGED, Level.NUMBER)]


def test_a_sentence_beside_a_list_of_the_template_keeps_its_level():
    def sidebar(posts, sentence):
        return page(sidebar=f"{post_list(posts)}<p>{sentence}</p>")

    old, new = sidebar(POSTS, "The quay is open to visitors."), sidebar(MOVED, "The quay is closed to visitors.")
    loud = [change for change in compare(old, new, None, all_moved(old, new)) if change.level is Level.TEXT]
    assert [change.sentence_after for change in loud] == ["The quay is closed to visitors."]


def test_an_excerpt_that_is_edited_while_the_list_moves_keeps_its_level():
    old = page(sidebar=news(POSTS[:3]))
    edited = news((NEW_POST, *POSTS[:2])).replace(f"so: {POSTS[0].lower()}", "so, and regrets the noise")
    new = page(sidebar=edited)
    loud = [change for change in compare(old, new, None, all_moved(old, new)) if change.level is Level.TEXT]
    assert [change.sentence_after for change in loud] == [
        "The harbour office explains why it decided so, and regrets the noise."
    ]


def test_relative_times_do_not_change_a_list():
    today, tomorrow = ([f"{post}, {n + day} days ago" for n, post in enumerate(POSTS, 1)] for day in (0, 1))
    assert linked_lists.lists_of(listed(today)) == linked_lists.lists_of(listed(tomorrow))
    assert linked_lists.lists_of(listed(today)) != linked_lists.lists_of(listed(POSTS))


@given(
    st.lists(st.sampled_from((*POSTS, NEW_POST, SECOND_POST)), max_size=7),
    st.lists(st.sampled_from((*POSTS, NEW_POST, SECOND_POST)), max_size=7),
)
def test_a_movement_refers_to_blocks_of_its_side_and_hides_only_texts(before, after):
    old, new = listed(before), listed(after)
    for movement in linked_lists.moved(old, new):
        assert movement.digest in linked_lists.lists_of(old)
        assert len(movement.added) > 0
        assert max(movement.removed, default=0) < len(old.blocks)
        assert max(movement.added) < len(new.blocks)
    told, quiet = compare(old, new, None, frozenset()), compare(old, new, None, all_moved(old, new))
    assert [change for change in told if change.kind is EventKind.NUMBER_CHANGED] == [
        change for change in quiet if change.kind is EventKind.NUMBER_CHANGED
    ]


def test_a_long_list_is_content_and_a_page_has_a_bounded_number_of_lists():
    many = listed([f"{POSTS[0]} {'again ' * n}" for n in range(100)])
    assert linked_lists.lists_of(many) == ()
    widgets = "".join(post_list(POSTS, f"Posts of the quay {'old ' * n}") for n in range(100))
    assert len(linked_lists.lists_of(page(sidebar=widgets))) == linked_lists.MOST_LISTS
