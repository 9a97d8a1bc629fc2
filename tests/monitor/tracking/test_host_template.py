"""The template of a host: lists that several different pages show, and nothing that one page shows alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.linked_lists import LISTS_VERSION
from monitor.model import HostTemplate, PageLists, PageVersion
from monitor.model.host_template import microseconds, moment
from monitor.pipeline.analyze import analyze
from monitor.tracking import host_template
from monitor.tracking.host_template import LEAST_PAGES, MOST_LISTS, covers, learn, lists_of, moved_lists
from tests.support.heart import snapshot
from tests.support.repeated_lists import NEW_POST, POSTS, TOPICS, blog_page

DAY = microseconds(datetime(2021, 1, 1, tzinfo=UTC))


def lists(number: int, *digests: str, at: int | None = None, identity: str | None = None) -> PageLists:
    return PageLists(
        number, number, DAY + number if at is None else at, identity or f"page {number}", digests, LISTS_VERSION
    )


def version(topic: str, posts=POSTS, **how):
    return analyze(blog_page(topic, posts, **how).encode(), snapshot(), ()).version


def shown(topics, posts=POSTS, **how) -> list[PageLists]:
    return [lists_of(PageVersion(n, n, DAY + n, version(topic, posts, **how))) for n, topic in enumerate(topics)]


def test_lists_on_several_pages_of_a_blog_are_its_template():
    template = learn(None, shown(TOPICS))
    old, new = version(TOPICS[0]), version(TOPICS[0], (NEW_POST, *POSTS[:-1]))
    assert moved_lists(old, new)
    assert moved_lists(old, old) == frozenset()
    assert covers(template, moved_lists(old, new))
    assert not covers(None, moved_lists(old, new))
    # The next post: this state of the lists is on no page yet that was considered.
    assert not covers(
        template, moved_lists(new, version(TOPICS[0], ("Another one of these days", NEW_POST, *POSTS[:-2])))
    )
    assert len(learn(template, shown(TOPICS, (NEW_POST, *POSTS[:-1]))).lists) == 2 * len(template.lists)


def test_two_pages_and_one_page_with_several_addresses_have_no_template():
    assert learn(None, shown(TOPICS[: LEAST_PAGES - 1])).lists == {}
    assert learn(None, shown([TOPICS[0]] * 9)).lists == {}
    assert learn(None, shown(TOPICS[:LEAST_PAGES])).lists != {}


def test_the_same_heading_over_other_items_is_no_template():
    each = [shown([topic], [f"{topic}: {post}" for post in POSTS])[0] for topic in TOPICS]
    assert learn(None, each).lists == {}


def test_a_list_is_part_of_the_template_from_the_time_at_which_enough_pages_showed_it():
    template = learn(None, [lists(n, "a") for n in range(1, 6)])
    since = moment(DAY + LEAST_PAGES)
    assert "a" in template.at(since)
    assert "a" not in template.at(since - timedelta(microseconds=1))
    assert "b" not in template.at(since)
    # What is learned later does not move it, so that reprocessing has the same result as before.
    assert learn(template, [lists(n, "a", at=DAY + 90 + n) for n in range(5)]) == template


def test_what_another_version_of_the_algorithm_learned_is_discarded():
    old = HostTemplate("0", {"a": DAY})
    assert learn(old, []).lists == {}
    assert learn(None, [replace(lists(n, "a"), code="0") for n in range(5)]).lists == {}
    template = learn(None, shown(TOPICS))
    assert covers(template, frozenset(template.lists))
    assert not covers(replace(template, code="0"), frozenset(template.lists))


def test_the_latest_lists_are_remembered():
    crowded = [lists(n, *(f"{number:05}" for number in range(MOST_LISTS + 9)), at=DAY + n) for n in range(LEAST_PAGES)]
    learned = learn(HostTemplate(LISTS_VERSION, {"earlier": DAY}), crowded)
    assert len(learned.lists) == MOST_LISTS
    assert "earlier" not in learned.lists


pages = st.lists(
    st.builds(
        lists,
        st.integers(0, 30),
        st.sampled_from("abc"),
        st.sampled_from("cde"),
        identity=st.sampled_from("vwxyz"),
        at=st.integers(DAY, DAY + 9),
    ),
    max_size=12,
)


@given(pages, st.randoms(use_true_random=False))
def test_the_order_of_the_pages_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert learn(None, found) == learn(None, shuffled)


@given(pages, pages)
def test_only_lists_of_enough_pages_are_learned_and_none_is_forgotten(first, second):
    learned = learn(None, first)
    for digest in "abcde":
        identities = {page.identity for page in first if digest in page.lists}
        assert (digest in learned.lists) == (len(identities) >= LEAST_PAGES)
    again = learn(learned, second)
    assert learned.lists.items() <= again.lists.items()
    assert host_template.learn(again, second) == again
