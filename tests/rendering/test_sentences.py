"""The sentence of every reason code, and what is shown of events that have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.limits import SUMMARY_CHARS
from monitor.model import REASON_VALUES, Change, EventKind, Level, NoiseReason, Reason
from rendering.noise_reasons import noise_reason
from rendering.sentences import summary
from rendering.value_texts import difference
from storage.archive.event_rows import _DETAILS

OPEN = {"since": "2021-03-01T09:00:00+00:00", "checks": 2, "evidence": "status 404"}
QUOTES = [
    {"value": 85, "quote": "eighty-five", "sentence": "We are eighty-five members.", "place": {}},
    {"value": 84, "quote": "Our members", "sentence": "Our members", "place": {}, "unit": "names in member_list"},
]
LINK = {"link": "the report"}
OLD, NEW = "https://a.example/old", "https://a.example/new"
PDF = {"what": "a PDF document", "bytes": 12_345, "sha256": "0123456789abcdef" * 4}
FIRST = {"before": 1, "after": 2, "quote_before": "1", "quote_after": "2", "detail": {"unit": "seats", "type": "count"}}


def change(reason: Reason, **parts: Any) -> Change:
    return Change(EventKind.TEXT_CHANGED, Level.TEXT, reason, **parts)


def fact(reason: Reason, before: Any, after: Any, **parts: Any) -> Change:
    quotes = {
        "quote_before": None if before is None else str(before),
        "quote_after": None if after is None else str(after),
    }
    return change(reason, **{"fact": "member_count", "before": before, "after": after, **quotes, **parts})


def names(before: list[str], after: list[str], joined: list[str], left: list[str]) -> Change:
    return replace(fact(Reason.FACT_CHANGED, before, after), fact="members", detail={"joined": joined, "left": left})


GOLDEN: list[tuple[Change, str]] = [
    (fact(Reason.FACT_CHANGED, 83, 85), "member_count 83 → 85 (+2)"),
    (fact(Reason.FACT_CHANGED, 11_000_000, 12_000_000, quote_after="12 million"), "member_count 11000000 → 12 million (+1,000,000)"),
    (fact(Reason.FACT_CHANGED, "Open", "x" * 200), f"member_count Open → {'x' * 79}…"),
    (names(["Chad", "Mali"], ["Mali", "Togo"], ["Togo"], ["Chad"]), "members + Togo, − Chad (2 names)"),
    (names(["A"], list("ABCDEFG"), list("BCDEFG"), []), "members + B, + C, + D, + E, + F, + 1 more (1 → 7 names)"),
    (fact(Reason.FACT_FIRST_STATED, None, 85), "member_count not stated → 85"),
    (fact(Reason.FACT_FIRST_STATED, None, ["A", "B"]), "member_count not stated → 2 names"),
    (fact(Reason.FACT_STATED_AGAIN, 83, 85), "member_count back, 83 → 85 (+2)"),
    (fact(Reason.FACT_NOT_STATED, 83, None, detail={"checks": 3}), "member_count 83 → no longer stated"),
    (fact(Reason.FACT_UNREADABLE, 83, None, quote_after="3万億", detail={"checks": 3}), "member_count 83 → not readable: “3万億”"),
    (fact(Reason.FACT_UNREADABLE, 83, None, detail={"checks": 3}), "member_count 83 → not readable"),
    (fact(Reason.FACT_DRIFTED, 100, 88, detail={"threshold": "5 %"}), "member_count drifted 100 → 88 (−12)"),
    (fact(Reason.FACT_ALTERNATES, 85, [85, 84], detail={"changes": 3, "checks": 6}), "member_count alternates: 85 ↔ 84"),
    (fact(Reason.FACT_STABLE_AGAIN, [85, 84], 84, detail={"checks": 7}), "member_count stable at 84 (alternated: 85 ↔ 84)"),
    (fact(Reason.FACT_CONTRADICTED, None, [85, 84], detail={"quotes": QUOTES}), "member_count: this page says both eighty-five and 84 names in member_list"),
    (fact(Reason.FACT_AGREED, [85, 84], 85, detail={"quotes": QUOTES[:1]}), "member_count agrees again: eighty-five (was both 85 and 84)"),
    (fact(Reason.NUMBER_CHANGED, 83, 85, fact=None, detail={"unit": "seats", "type": "count"}), "seats 83 → 85 (+2)"),
    (fact(Reason.NUMBER_CHANGED, 83, 85, fact=None, detail={"unit": "EUR", "type": "money"}), "money 83 → 85 (+2)"),
    (fact(Reason.NUMBER_CHANGED, 3, 4, fact=None, detail={"unit": None, "type": "count", "row": "Absent", "column": "5 May"}), "Absent, 5 May 3 → 4 (+1)"),
    (change(Reason.TEXT_CHANGED, sentence_before="It is open.", sentence_after="It is shut."), "text changed: “It is open.” → “It is shut.”"),
    (change(Reason.TEXT_ADDED, sentence_after="It is open."), "new text: “It is open.”"),
    (change(Reason.TEXT_REMOVED, sentence_before="y" * 100), f"text removed: “{'y' * 79}…”"),
    (change(Reason.LINK_TARGET_CHANGED, before=OLD, after=NEW, detail=LINK), f"target of the link “the report” changed: {OLD} → {NEW}"),
    (change(Reason.LINK_ADDED, after=NEW, detail=LINK), f"“the report” is now a link: {NEW}"),
    (change(Reason.LINK_REMOVED, before=OLD, detail=LINK), f"“the report” is no longer a link; its target was {OLD}"),
    (
        change(Reason.LINK_TARGETS_CHANGED, detail={"links": 1200, "first_link": {"label": "a", "before": OLD, "after": None}}),
        f"1,200 link targets changed, the first of them: “a” is no longer a link; its target was {OLD}",
    ),
    (
        change(Reason.IMAGE_REPLACED, before="old.png", after="new.png", detail={"image": "Map of the harbour"}),
        "image replaced: old.png → new.png (“Map of the harbour”)",
    ),
    (change(Reason.IMAGE_REPLACED, before="old.png", after="new.png", detail={"image": ""}), "image replaced: old.png → new.png"),
    (
        change(Reason.IMAGES_REPLACED, detail={"images": 12, "first_image": {"alternative": "", "before": "1.png", "after": "2.png"}}),
        "12 images replaced, the first of them: image replaced: 1.png → 2.png",
    ),
    (change(Reason.DOCUMENT_REPLACED, detail={"document": {"before": None, "after": PDF}}), "document changed: a page → a PDF document of 12,345 bytes (01234567…)"),
    (
        change(Reason.MORE_CHANGES, detail={"changes": 1204, "first_change": {"reason": "number_changed", **FIRST}}),
        "1,204 more changes that are not listed one by one, the first of them: seats 1 → 2 (+1)",
    ),
    (change(Reason.PAGE_GONE, detail=OPEN), "gone since 1 March 2021 (2 checks): status 404"),
    (change(Reason.PAGE_MOVED, before=OLD, after=NEW, detail=OPEN), f"moved to {NEW} since 1 March 2021"),
    (change(Reason.PAGE_MOVED, detail=OPEN), "moved since 1 March 2021 (2 checks): status 404"),
    (change(Reason.ACCESS_BLOCKED, detail={**OPEN, "checks": 1, "evidence": ""}), "access blocked since 1 March 2021 (1 check)"),
    (change(Reason.EXTRACTION_FAILED, detail=OPEN), "unreadable since 1 March 2021: status 404"),
    (change(Reason.PAGE_BACK, detail={"away_seconds": 172_800}), "back after 2 days"),
    (change(Reason.PAGE_BACK_AT_OWN_URL, detail={"away_seconds": 7_200}), "back at its own URL after 2 hours"),
    (
        change(Reason.NO_OK_CHECK, detail={"last_ok_at": "2021-03-01T09:00:00+00:00", "checks": 3, "evidence": "timeout"}),
        "no successful check since 1 March 2021 09:00 UTC: 3 checks failed: timeout",
    ),
    (change(Reason.NO_OK_CHECK, detail={"last_ok_at": None, "checks": 3, "evidence": ""}), "no successful check so far: 3 checks failed"),
    (change(Reason.ROBOTS_DISALLOWED), "robots.txt disallows the page"),
    (change(Reason.ROBOTS_ALLOWED, detail={"away_seconds": 60}), "back after 1 minute: robots.txt allows the page again"),
    (
        change(Reason.CERTIFICATE_EXPIRING, detail={"expires_at": "2021-05-03T00:00:00+00:00", "left_seconds": 1_036_800}),
        "the certificate expires on 3 May 2021, in 12 days",
    ),
    (
        change(Reason.CHANNEL_FAILING, detail={"channel": "desk", "since": "2021-03-01T09:00:00+00:00", "attempts": 5, "last_error": "connection refused"}),
        "channel desk fails since 1 March 2021 09:00 UTC: 5 attempts, last error: connection refused",
    ),
    (fact(Reason.TEST_MESSAGE, 83, 85), "This is a test: member_count 83 → 85 (+2)"),
]  # fmt: skip

NOISE = {
    NoiseReason.OWN_COUNT: "a counter of the page's own audience, or a clock",
    NoiseReason.CLOCK_OR_IDENTIFIER: "only a time of day or an identifier differs",
    NoiseReason.READING_TIME: "an estimated reading time",
    NoiseReason.PAGE_UPDATED: "the time of the page's own update",
    NoiseReason.PAGE_OF_LINKS: "a link target on a page of links",
    NoiseReason.MUTED: "muted in the watchlist",
    NoiseReason.CHANGES_OFTEN: "changes at nearly every check (5 of the last 8 checks changed it)",
    NoiseReason.ELAPSED_TIME: "the time since a date beside it",
    NoiseReason.HOST_TEMPLATE: "a new item in a list that other pages of the host show too",
    NoiseReason.ENTRY_EDITED: "the time at which an entry of the table was edited",
    NoiseReason.RECLASSIFIED: "both snapshots show this text; it counts as navigation, a list of posts, a control or the footer in one of them",
    NoiseReason.COMES_AND_GOES: "a short label that comes and goes, above the first heading",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_sentence(reason: Reason):
    cases = [(rendered, text) for rendered, text in GOLDEN if rendered.reason is reason]
    assert cases, f"add a sentence of {reason} to GOLDEN"
    for rendered, text in cases:
        assert summary(rendered) == text
        assert set(REASON_VALUES[reason]) <= rendered.detail.keys()


@pytest.mark.parametrize("reason", NoiseReason)
def test_every_reason_for_noise_has_its_sentence(reason: NoiseReason):
    detail = {
        "noise": reason.value,
        **({"noise_checks": 5, "noise_window": 8} if reason is NoiseReason.CHANGES_OFTEN else {}),
    }
    assert noise_reason(change(Reason.TEXT_ADDED, detail=detail)) == NOISE[reason]
    assert noise_reason(change(Reason.TEXT_ADDED)) is None


def test_events_recorded_before_reason_codes_keep_their_sentences():
    old = Change(EventKind.PAGE_GONE, Level.HEALTH, None, stored_text="gone since 1 March 2021: status 404 at 2 looks")
    assert summary(old) == "gone since 1 March 2021: status 404 at 2 looks"
    assert noise_reason(replace(old, detail={"noise": "the watchlist mutes it"})) == "the watchlist mutes it"


@pytest.mark.parametrize("rendered", [rendered for rendered, _ in GOLDEN], ids=lambda one: one.reason.value)
def test_an_event_without_one_of_its_values_is_described_by_its_kind(rendered: Change):
    for name in REASON_VALUES[rendered.reason]:
        rest = {key: value for key, value in rendered.detail.items() if key != name}
        assert summary(replace(rendered, detail=rest)).endswith("text changed (stored values are damaged)")
    assert summary(replace(rendered, reason=None)).endswith("(stored values are damaged)")


def test_every_value_of_a_reason_is_checked_when_it_is_loaded():
    assert {name for names in REASON_VALUES.values() for name in names} <= _DETAILS.keys()


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)


@given(st.sampled_from(GOLDEN), VALUES | st.lists(VALUES, max_size=3), VALUES | st.lists(VALUES, max_size=3))
def test_no_value_that_is_json_prevents_a_sentence(case, before, after):
    text = summary(replace(case[0], before=before, after=after, quote_before=None, quote_after=None))
    assert 0 < len(text) <= SUMMARY_CHARS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_change", {**FIRST, "reason": ["number_changed"]}),
        ("first_change", {**FIRST, "reason": "number_changed", "quote_before": 5}),
        ("expires_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_damaged_value_is_not_loaded(name: str, value: Any):
    assert not _DETAILS[name](value)


def test_a_value_too_large_to_compute_with_is_described_by_its_kind():
    text = summary(fact(Reason.FACT_CHANGED, 10**400, 1.5))
    assert text.endswith("(stored values are damaged)")


def test_a_sentence_is_bounded():
    long = replace(GOLDEN[0][0], fact="f" * 10_000)
    assert len(summary(long)) == SUMMARY_CHARS


@pytest.mark.parametrize(("before", "after", "text"), [(83, 85, " (+2)"), (1.5, 1.25, " (−0.25)"), (7, 7, ""), (True, 3, ""), ("a", 3, "")])  # fmt: skip
def test_a_difference_is_of_numbers_only(before, after, text):
    assert difference(before, after) == text
