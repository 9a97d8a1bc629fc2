"""Settings of pages that users change: validated as in a watchlist, with a message for each key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigurationError
from monitor.model import FactDefinition, FactKind, Page, PageSource, PageState, RequestSettings, Schedule, Selection
from pagewitness import page_actions
from pagewitness.page_actions import EditError, PageAction, Refusal, edited, refusal_sentence
from pagewitness.watchlist.fields import duration
from pagewitness.watchlist.from_model import length_text, page_table
from storage.accounts.model import AuditEntry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://example.org/"
ENTRY = AuditEntry(NOW, None, "", "page.edited")
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members",))


def page(**settings: object) -> Page:
    values = {"label": "Home", "schedule": Schedule(every=timedelta(hours=6)), **settings}
    return Page(
        1, URL, host="example.org", facts=(), allow_private=False, state=PageState.ACTIVE, source=PageSource.WEB,
        next_check_at=NOW, **values,
    )  # fmt: skip


def test_only_the_given_settings_change():
    before = page(tags=("press",), mute=("Weather",), request=RequestSettings(headers=(("X-Key", "env:KEY"),)))
    declared = edited(before, {"label": "Ministère", "every": "1h30m", "facts": ["member_count"]}, ["member_count"])
    assert (declared.label, declared.schedule.every) == ("Ministère", timedelta(minutes=90))
    assert (declared.tags, declared.mute, declared.facts) == (("press",), ("Weather",), ("member_count",))
    assert declared.request.headers == (("X-Key", "env:KEY"),)


def test_none_sets_the_default():
    declared = edited(page(schedule=Schedule(every=timedelta(hours=1)), tags=("a",)), {"every": None, "tags": None}, [])
    assert (declared.schedule.every, declared.tags) == (timedelta(hours=6), ())


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"every": "soon"}, "every", "soon"),
        ({"cron": "99 * * * *"}, "cron", "99"),
        ({"timezone": "Mars", "cron": "0 6 * * *"}, "timezone", "Mars"),
        ({"windows": ["never"]}, "windows", "never"),
        ({"only": ["main["]}, "only", "main["),
        ({"requisites": "sometimes"}, "requisites", "sometimes"),
        ({"robots": "maybe"}, "robots", "maybe"),
        ({"facts": ["member_cuont"]}, "facts", "member_count"),
        ({"label": "a\x07b"}, "label", "U+0007"),
        ({"every": "1h", "cron": "0 6 * * *"}, "", "keep one"),
        ({"mute": ["Weather"], "always_report": ["Weather"]}, "", "keep one"),
        ({"adaptive": {"min": "1d", "max": "1h"}}, "adaptive", "shorter"),
        ({"colour": "red"}, "colour", "no such setting"),
    ],
)
def test_an_invalid_setting_is_explained_at_its_key(changes, key, words):
    with pytest.raises(EditError) as error:
        edited(page(), changes, ["member_count"])
    assert words in error.value.problems[key]


def test_a_secret_is_not_repeated_in_a_message():
    with pytest.raises(EditError) as error:
        edited(page(), {"headers": {"X-Key": "hunter2\n"}}, [])
    assert "hunter2" not in str(error.value)


def test_a_setting_that_changes_is_no_longer_inherited():
    before = page(inherited=(("every", "defaults"), ("tags", "host example.org")), tags=("press",))
    assert edited(before, {"every": "1h", "tags": ["press"]}, []).inherited == (("tags", "host example.org"),)


def test_pages_are_edited_and_tagged_in_the_store(store):
    store.apply_declared([], [MEMBERS], [], [], now=NOW)
    known = store.add_page(URL, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=NOW)
    page_actions.edit(store, known, {"facts": ["member_count"]}, now=NOW, entry=ENTRY)
    assert store.page(known.id).facts == (MEMBERS,)
    page_actions.tag(store, [known.id], add=["press", "press"], entry=ENTRY)
    assert store.page(known.id).tags == ("press",)
    with pytest.raises(EditError):
        page_actions.tag(store, [known.id], add=[""], entry=ENTRY)
    assert page_actions.act(store, PageAction.RETIRE, [known.id], now=NOW, entry=ENTRY).changed == (URL,)
    with pytest.raises(ConfigurationError, match="retired"):
        page_actions.edit(store, known, {"label": "x"}, now=NOW, entry=ENTRY)


def test_every_refusal_has_a_sentence():
    assert all(refusal_sentence(URL, refusal).startswith(f"{URL}: ") for refusal in Refusal)


@given(st.integers(1, 366 * 86_400))
def test_a_length_is_written_exactly(seconds: int):
    assert duration(length_text(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


names = st.lists(
    st.sampled_from(["Weather", "Übersicht", "قائمة", "ニュース", "users online"]), unique=True, max_size=2
)
schedules = st.one_of(
    st.builds(Schedule, every=st.integers(1, 9_000_000).map(lambda s: timedelta(seconds=s))),
    st.just(Schedule(cron="0 6 * * 1-5", timezone="Europe/Berlin")),
    st.just(Schedule(every=timedelta(hours=1), windows=("mon-fri 08:00-18:00",), timezone="Asia/Tokyo")),
    st.just(Schedule(every=timedelta(hours=2), adaptive=(timedelta(hours=1), timedelta(days=1)))),
)


@given(schedules, names, names, st.booleans())
def test_an_edit_that_changes_nothing_declares_the_same_page(schedule, mute, tags, obeys):
    before = page(
        schedule=schedule, mute=tuple(mute), tags=tuple(tags), obey_robots=obeys, selection=Selection(("main",), ())
    )
    declared = edited(before, {}, [])
    assert (declared.schedule, declared.mute, declared.tags) == (schedule, before.mute, before.tags)
    assert (declared.obey_robots, declared.selection, declared.label) == (obeys, before.selection, "Home")
    assert page_table(before)["url"] == URL
