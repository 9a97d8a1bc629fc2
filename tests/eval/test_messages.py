"""The messages of the default rule over a history, judged by labels."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eval.message_labels import FILE, WRONG_REASONS, MessageLabels, item_digest
from eval.messages import TRUTH_ERRORS, SentMessage, half_at, holds, messages_of, score, states
from eval.telling import reported_by_import
from monitor.model import Change, EventKind, Level, Reason

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
PAGE = """<html lang="en"><head><title>River trust</title></head><body><main><h1>River trust</h1>
<p>The trust looks after {rivers} rivers in the north of the country.</p>
<p>{notice}</p></main></body></html>"""


def history(folder, *pages):
    """Write snapshots of one page, a day apart, as a folder to import."""
    rows = []
    for day, page in enumerate(pages):
        (folder / f"{day}.html").write_text(page)
        date = (AT + timedelta(days=day)).isoformat()
        rows.append({"url": "https://trust.example/rivers", "date": date, "file": f"{day}.html"})
    (folder / "manifest.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def page(rivers=12, notice="Volunteers meet at the mill every other month."):
    return PAGE.format(rivers=rivers, notice=notice)


@pytest.fixture
def sent(tmp_path):
    pages = [page(), page(), page(14), page(14, "Volunteers meet at the weir in spring and in autumn.")]
    return list(messages_of(reported_by_import(history(tmp_path, *pages)).events))


@pytest.fixture
def labels(tmp_path):
    def write(*rows):
        file = tmp_path / "labels.toml"
        file.write_text("trust = [\n" + "".join(f"  {{ {row} }},\n" for row in rows) + "]\n")
        return MessageLabels.of("trust", file)

    return write


def test_each_check_with_changes_is_one_message_and_the_others_none(sent):
    assert [message.at for message in sent] == [AT + timedelta(days=2), AT + timedelta(days=3)]
    assert "12 → 14" in sent[0].subject
    assert [change.kind for change in sent[0].changes] == [EventKind.NUMBER_CHANGED]
    assert [change.kind for change in sent[1].changes] == [EventKind.TEXT_CHANGED]


def test_the_same_history_has_the_same_digests_and_another_value_another(sent, tmp_path):
    (tmp_path / "again").mkdir()
    again = messages_of(reported_by_import(history(tmp_path / "again", page(), page(14), page(15))).events)
    digests = [message.digests for message in again]
    assert digests[0] == sent[0].digests
    assert digests[1] != sent[0].digests
    assert all(re.fullmatch("[0-9a-f]{8}", digest) for message in sent for digest in message.digests)


def test_messages_are_counted_by_their_labels(sent, labels):
    first, second = sent
    found = labels(
        f'to = {first.at:%Y-%m-%dT%H:%M:%SZ}, right = ["{first.digests[0]}"]',
        f'to = {second.at:%Y-%m-%dT%H:%M:%SZ}, wrong = {{ wording = ["{second.digests[0]}"] }}',
    )
    figures = score("trust", "first", [AT, AT + timedelta(days=3)], sent, [], found)
    assert (figures.messages, figures.right, figures.wrong, figures.unlabelled) == (2, 1, {"wording": 1}, ())
    assert figures.years == pytest.approx(3 / 365.25)
    assert holds([figures])
    unlabelled = score("trust", "first", [AT, AT + timedelta(days=3)], sent, [], labels())
    assert unlabelled.unlabelled == (first, second)
    assert not holds([unlabelled])


def test_a_message_is_right_where_one_change_is_and_wrong_where_all_are(labels):
    found = labels(
        'to = 2024-05-01T12:00:00Z, right = ["aaaaaaaa"], announced = ["dddddddd"], wrong = { rotation = ["bbbbbbbb"], layout = ["cccccccc"] }'
    )
    assert found.judge(AT, ["bbbbbbbb", "aaaaaaaa"]).right
    assert not found.judge(AT, ["aaaaaaaa", "dddddddd"]).announced
    assert found.judge(AT, ["bbbbbbbb", "dddddddd"]).announced
    assert found.judge(AT, ["cccccccc", "bbbbbbbb"]).reason == "layout"
    assert found.judge(AT, ["bbbbbbbb", "eeeeeeee"]) is None
    assert found.judge(AT + timedelta(seconds=1), ["aaaaaaaa"]) is None


def test_an_unknown_reason_is_refused(labels):
    with pytest.raises(ValueError, match="boredom"):
        labels('to = 2024-05-01T12:00:00Z, wrong = { boredom = ["aaaaaaaa"] }')


def change(**more):
    return Change(
        EventKind.NUMBER_CHANGED, Level.NUMBER, Reason.NUMBER_CHANGED, **{"before": 1200, "after": 1400} | more
    )


def test_an_unsent_change_of_a_number_fails_beyond_the_errors_of_the_truth(labels):
    truth = {"fact": "members", "to_date": "2024-05-01T12:00:00+00:00", "old": "83", "new": "85"}
    figures = score("trust", "first", [AT, AT], [], [truth], labels())
    assert holds([figures] * TRUTH_ERRORS)
    assert not holds([figures] * (TRUTH_ERRORS + 1))


@pytest.mark.parametrize(
    ("row", "stated"),
    [
        ({"old": "1,200", "new": "1,400"}, True),
        ({"old": "1,200", "new": "1,500"}, False),
        ({"old": "1,200", "new": "400"}, False),
        ({"fact": "ota_text"}, True),
        ({"old": "1,200", "new": "1,400", "to_date": "2024-05-02T12:00:00+00:00"}, False),
    ],
)
def test_a_true_change_is_sent_where_a_message_of_its_step_states_the_new_value(row, stated, labels):
    message = SentMessage(AT, "", (change(),))
    truth = {"fact": "members", "to_date": "2024-05-01T12:00:00+00:00"} | row
    assert states(message, truth) is stated
    figures = score("trust", "first", [AT, AT], [message], [truth], labels())
    assert len(figures.unsent) == (not stated)
    assert figures.unsent_numbers == (not stated and "new" in row)


def test_the_digest_depends_on_what_is_stated_and_not_on_where():
    elsewhere = replace(change(), detail={"spots": ["0123456789abcdef"], "anchor": ["Rivers"]})
    assert item_digest(elsewhere) == item_digest(change())
    assert item_digest(change(after=1401)) != item_digest(change())


def test_a_history_is_divided_in_the_middle_of_its_snapshots():
    times = [AT + timedelta(days=day) for day in range(5)]
    assert [half_at(time, times) for time in times] == ["first"] * 3 + ["second"] * 2


def test_the_labels_of_the_project_are_readable_and_contain_no_text_of_a_page():
    names = re.findall(r"^([a-z0-9-]+) = \[$", FILE.read_text(), re.MULTILINE)
    found = [MessageLabels.of(name) for name in names]
    assert sum(len(one.right.keys() | one.wrong.keys()) for one in found) > 500
    quoted = re.findall(
        r'"([^"]*)"', "".join(line for line in FILE.read_text().splitlines() if not line.startswith("#"))
    )
    assert all(re.fullmatch("[0-9a-f]{8}", text) for text in quoted)
    assert {reason for one in found for wrong in one.wrong.values() for reason in wrong.values()} <= set(WRONG_REASONS)
