"""Floors that fail a run, and the labels of loud changes that no truth names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eval.floors import check, check_set, judged
from eval.histories import Score, Share
from eval.labels import FILE, Judged, Labels, label_key

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def scored(name="pact", **more):
    figures = {
        "captures": 9,
        "said": 2,
        "loud": Share(1, 2),
        "judged": Judged(named=1, true=6, noise=1, unlabelled=("2024-05-01",)),
        "numbers": Share(8, 10),
        "quiet": Share(499, 500),
        "heard": Share(3, 4),
        "ms": 1.0,
    }
    return Score(name=name, **figures | more)


@pytest.fixture
def floors(tmp_path):
    def write(*rows):
        file = tmp_path / "floors.toml"
        file.write_text("".join(f'[[floor]]\nhistory = "{h}"\nmeasure = "{m}"\n{k} = "{b}"\n' for h, m, k, b in rows))
        return file

    return write


@pytest.mark.parametrize(
    ("row", "held"),
    [
        (("pact", "numbers", "at_least", "8/10"), True),
        (("pact", "numbers", "at_least", "9/10"), False),
        (("pact", "said", "at_most", "2"), True),
        (("pact", "said", "at_most", "1"), False),
        (("all", "quiet", "at_least", "0.998"), True),
        (("all", "heard", "at_least", "11/12"), False),
        # One labelled noise and one that nobody labelled, of nine loud steps.
        (("all", "noise", "at_most", "2/9"), True),
        (("all", "noise", "at_most", "0.2"), False),
    ],
)
def test_a_floor_is_held_or_missed(floors, capsys, row, held):
    assert check([scored()], whole=True, file=floors(row)) is held
    assert ("MISSED" in capsys.readouterr().out) is not held


def test_what_was_not_measured_is_not_missed(floors):
    file = floors(("elsewhere", "numbers", "at_least", "1/1"), ("all", "quiet", "at_least", "1"))
    assert [floor.reached for floor in judged([scored()], whole=False, file=file)] == [None, None]
    assert check([scored()], whole=False, file=file)


def test_one_missed_floor_of_several_fails_the_run(floors):
    file = floors(("pact", "numbers", "at_least", "8/10"), ("pact", "numbers", "at_least", "9/10"))
    assert not check([scored()], whole=True, file=file)


def change(before, after):
    return {"quote_before": before, "quote_after": after, "before": None, "after": None}


@pytest.fixture
def labels(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text(
        'pact = [ { to = 2024-05-01T12:00:00Z, changes = { "83 → 85" = "true", "7 → 9" = "noise" }, why = "members" } ]\n'
    )
    return Labels.of("pact", file)


def test_a_step_is_true_where_one_change_is(labels):
    assert labels.judge(AT, [change("7", "9"), change("83", "85")]) == Judged(true=1)
    assert labels.judge(AT, [change("83", "85"), change("1", "2")]) == Judged(true=1)


def test_a_step_is_noise_where_all_are_and_unlabelled_where_one_waits(labels):
    assert labels.judge(AT, [change("7", "9")]) == Judged(noise=1)
    (line,) = labels.judge(AT, [change("7", "9"), change("1", "2")]).unlabelled
    assert "1 → 2" in line
    assert "7 → 9" not in line
    assert labels.judge(AT.replace(hour=13), [change("7", "9")]).unlabelled


def test_a_contradiction_is_named_by_its_values():
    assert (
        label_key({"quote_before": None, "before": None, "quote_after": None, "after": [87, 86]}) == "None → [87, 86]"
    )


def test_a_label_that_is_neither_is_refused(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text('pact = [ { to = 2024-05-01T12:00:00Z, changes = { "1 → 2" = "maybe" } } ]\n')
    with pytest.raises(ValueError, match="maybe"):
        Labels.of("pact", file)


def test_a_step_found_rewritten_is_known_by_its_time(tmp_path):
    file = tmp_path / "labels.toml"
    file.write_text(
        'pact = [ { to = 2024-05-01T12:00:00Z, rewritten = true }, { to = 2024-05-02T12:00:00Z, changes = { "1 → 2" = "true" } } ]\n'
    )
    assert Labels.of("pact", file).rewritten == {AT}
    assert list(Labels.of("pact", file).verdicts.values()) == ["true"]


def test_every_label_of_the_project_can_be_read():
    assert Labels.of("nobody").verdicts == {}
    assert len(Labels.of("caltrans-sr1", FILE).verdicts) > 100


def test_a_floor_of_a_set_is_kept_by_both_halves(tmp_path, capsys):
    file = tmp_path / "floors.toml"
    row = '[[set_floor]]\nset = "{}"\ntable = "{}"\nmeasure = "{}"\nat_least = "{}"\n'
    file.write_text(
        row.format("number-sets", "prices", "money", "0.92") + row.format("page-types", "all", "f1", "0.87")
    )
    good, bad = {"prices": {"money": (93, 100)}}, {"prices": {"money": (91, 100)}}
    assert check_set("number-sets", {"tune": good, "held": good}, file=file)
    assert not check_set("number-sets", {"tune": good, "held": bad}, file=file)
    assert "MISSED        number-sets prices held money ≥ 0.92: 91/100 = 0.910" in capsys.readouterr().out
    assert check_set("page-types", {"held": {"all": {"f1": 0.871}}}, file=file)
    assert not check_set("page-types", {"held": {"all": {"f1": 0.869}}}, file=file)
