"""Which events become one message: those of one check, and the same change on several pages of a host."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from alerts.grouping import Story, collect, group
from alerts.messages.message import MessageKind
from alerts.model import RecordedEvent, StoryEvent
from monitor.model import Change, EventKind, Level, Reason
from tests.alerts.examples import CHANGE, event

HOST = "https://coalition.example"
POST = Change(
    EventKind.TEXT_CHANGED,
    Level.TEXT,
    Reason.TEXT_CHANGED,
    sentence_before="Latest: boats repaired in May",
    sentence_after="Latest: boats repaired in June",
)
COUNT = replace(CHANGE, kind=EventKind.NUMBER_CHANGED, level=Level.NUMBER, fact=None)


def on(page: int, number: int, change: Change = CHANGE, *, check: int | None = None, host: str = HOST) -> StoryEvent:
    """An event of a page; by default of the page's only check."""
    recorded = replace(event(change, number=number), page_id=page, page_url=f"{host}/{page}", page_label="")
    return StoryEvent(replace(recorded, check_id=page * 100 if check is None else check), "all")


def numbers(stories: list[Story]) -> list[list[int]]:
    return [[alert.event_id for alert in story.alerts] for story in stories]


def test_the_changes_of_one_check_are_one_story_facts_first_then_numbers_then_texts():
    text = replace(POST, sentence_after="Another text")
    (story,) = group([on(1, 1, POST), on(1, 2, text), on(1, 3, COUNT), on(1, 4)])
    assert story.kind is MessageKind.CHECK
    assert [item.shown.event.change.level for item in story.items] == [Level.FACT, Level.NUMBER, Level.TEXT, Level.TEXT]
    assert story.has_facts


def test_two_checks_of_a_page_are_two_stories():
    assert numbers(group([on(1, 1, check=7), on(1, 2, POST, check=8)])) == [[1], [2]]


def test_one_post_on_37_pages_and_one_true_change_are_two_stories():
    posts = [on(page, page, POST) for page in range(1, 38)]
    stories = group([*posts, on(5, 99)])
    assert [(story.kind, len(story.alerts)) for story in stories] == [(MessageKind.CHECK, 1), (MessageKind.HOST, 37)]
    (shared,) = stories[1].items
    assert [len(shared.also_on), len(stories[1].pages)] == [36, 37]
    assert stories[0].items[0].shown.event.change.fact == "member_count"


def test_changes_whose_details_alone_differ_are_not_the_same():
    few, many = (
        Change(EventKind.TEXT_CHANGED, Level.TEXT, Reason.MORE_CHANGES, detail={"changes": count, "first_change": {}})
        for count in (2, 37)
    )
    assert numbers(group([on(1, 1, few), on(2, 2, many)])) == [[1], [2]]
    story = collect([on(1, 1, few, check=1), on(1, 2, many, check=2)], MessageKind.DIGEST)
    assert [item.shown.id for item in story.items] == [1, 2]


def test_the_same_change_on_two_hosts_is_two_stories():
    stories = group([on(1, 1, POST), on(2, 2, POST, host="https://other.example")])
    assert [story.kind for story in stories] == [MessageKind.CHECK, MessageKind.CHECK]


def test_case_and_white_space_of_a_sentence_do_not_make_another_change_but_values_do():
    respaced = replace(POST, sentence_after="LATEST:  boats repaired\u00a0in June")
    assert [story.kind for story in group([on(1, 1, POST), on(2, 2, respaced)])] == [MessageKind.HOST]
    assert len(group([on(1, 1), on(2, 2, replace(CHANGE, after=86))])) == 2


def test_a_reworded_sentence_with_its_number_is_one_item():
    reworded = replace(
        POST, sentence_before=COUNT.sentence_before, sentence_after=COUNT.sentence_after, reason=Reason.TEXT_CHANGED
    )
    (story,) = group([on(1, 1, reworded), on(1, 2, COUNT)])
    (item,) = story.items
    assert (item.shown.id, [covered.id for covered in item.covered]) == (2, [1])
    assert sorted(alert.event_id for alert in story.alerts) == [1, 2]


def test_two_numbers_of_one_sentence_stay_two_items():
    other = replace(COUNT, before=4, after=5, quote_before="4", quote_after="5")
    (story,) = group([on(1, 1, COUNT), on(1, 2, other)])
    assert len(story.items) == 2


def test_events_without_a_page_are_a_story_each():
    failing = replace(CHANGE, kind=EventKind.CHANNEL_FAILING, level=Level.HEALTH, fact=None)
    events = [StoryEvent(event(failing, number=number, url=None, label=""), "all") for number in (1, 2)]
    assert numbers(group(events)) == [[1], [2]]


def test_a_page_that_is_stale_is_one_story_and_all_pages_of_a_host_that_is_down_too():
    stale = replace(CHANGE, kind=EventKind.PAGE_STALE, level=Level.HEALTH, fact=None, before=None, after=None)
    stale = replace(stale, sentence_before=None, sentence_after=None, quote_before=None, quote_after=None)
    events = [on(page, page, stale) for page in (1, 2, 3)]
    events = [StoryEvent(replace(item.recorded, check_id=None), item.rule) for item in events]
    assert [len(story.alerts) for story in group(events)] == [3]


def test_a_digest_is_one_story_of_everything_with_the_same_change_once():
    events = [on(1, 1, POST), on(2, 2, POST), on(1, 3, check=9), StoryEvent(on(3, 4, COUNT).recorded, "numbers")]
    story = collect(events, MessageKind.DIGEST)
    assert [(item.rule, len(item.events)) for item in story.items] == [("all", 1), ("numbers", 1), ("all", 2)]


GONE = Change(EventKind.PAGE_GONE, Level.HEALTH, Reason.PAGE_GONE, detail={"status": 404})
BACK = Change(EventKind.PAGE_BACK, Level.HEALTH, Reason.PAGE_BACK, detail={"away_seconds": 60})


def shown(story: Story) -> list[int]:
    return sorted(item.shown.id for item in story.items)


def test_two_outages_of_a_page_in_one_digest_are_two_items():
    events = [on(1, number, change, check=number) for number, change in enumerate((GONE, BACK, GONE, BACK), 1)]
    assert shown(collect(events, MessageKind.DIGEST)) == [1, 2, 3, 4]


def test_each_of_two_outages_of_several_pages_is_one_item_that_lists_them():
    events = [on(page, 10 * outage + page, GONE, check=10 * outage + page) for outage in (1, 2) for page in (1, 2, 3)]
    story = collect(events, MessageKind.DIGEST)
    assert [[event.id for event in item.events] for item in story.items] == [[11, 12, 13], [21, 22, 23]]


def test_a_value_that_changed_back_in_between_does_not_seem_to_be_the_present_one():
    back = replace(CHANGE, before=85, after=83, quote_before="85", quote_after="83")
    events = [on(1, number, change, check=number) for number, change in enumerate((CHANGE, back, CHANGE), 1)]
    assert shown(collect(events, MessageKind.DIGEST)) == [1, 2, 3]


def test_a_text_that_alternates_does_not_fill_a_digest():
    back = replace(POST, sentence_before=POST.sentence_after, sentence_after=POST.sentence_before)
    events = [on(1, number, POST if number % 2 else back, check=number) for number in range(1, 21)]
    story = collect(events, MessageKind.DIGEST)
    assert (len(story.items), len(story.alerts)) == (2, 20)


changes = st.builds(
    replace,
    st.sampled_from([CHANGE, COUNT, POST]),
    after=st.integers(80, 82),
    sentence_before=st.sampled_from([None, "", "We are 83 members.", "We  ARE 83 members."]),
    sentence_after=st.sampled_from([None, "We are 85 members now.", "Another"]),
)
events = st.lists(st.tuples(changes, st.integers(1, 4), st.integers(0, 2)), max_size=25).map(
    lambda drawn: [
        on(page, number, change, check=page * 10 + check) for number, (change, page, check) in enumerate(drawn, 1)
    ]
)


@given(events, st.randoms(use_true_random=False))
def test_each_event_is_in_exactly_one_story_whatever_the_order(drawn: list[StoryEvent], chance):
    stories = group(drawn)
    assert sorted(key for story in numbers(stories) for key in story) == [item.recorded.id for item in drawn]
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    assert group(shuffled) == stories
    if drawn:
        collected = collect(shuffled, MessageKind.DIGEST)
        assert sorted(alert.event_id for alert in collected.alerts) == [item.recorded.id for item in drawn]


@given(events)
def test_no_item_mixes_different_values_and_each_page_is_listed_once(drawn: list[StoryEvent]):
    for item in (item for story in group(drawn) for item in story.items):
        listed: list[RecordedEvent] = [item.shown, *item.also_on]
        assert len({recorded.page_id for recorded in listed}) == len(listed)
        assert {recorded.event.change.after for recorded in listed} == {item.shown.event.change.after}
