"""Made-up histories: the same for the same seed, true to their own truth, and scored as they should be."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import islice
from random import Random

import pytest

from eval.generated import command, noise, pages
from eval.generated.edits import EDITS
from eval.generated.making import ALL, LEARNED, PAIRS_A_HISTORY, histories
from eval.generated.model import LANGUAGES, Due, figures
from eval.generated.scoring import matches, score
from eval.generated.sites import STYLES
from eval.generated.sites import html as page_html

ENOUGH = 1_400
"""Pairs in which every edit has had its turn."""


@pytest.fixture(scope="module")
def made():
    return list(histories(ENOUGH, seed=5))


def seen(body):
    """A body's characters without its tags, white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_same_seed_makes_the_same_histories():
    first, again, other = (list(islice(histories(200, seed), 9)) for seed in (3, 3, 4))
    assert [history.bodies for history in first] == [history.bodies for history in again]
    assert [history.bodies for history in first] != [history.bodies for history in other]


def test_every_edit_language_style_and_kind_of_page_comes_up(made):
    steps = [step for history in made for step in history.steps]
    assert {step.edit for step in steps} == {*ALL, LEARNED}
    assert {step.page.language for step in steps} == set(LANGUAGES)
    assert {step.page.style for step in steps} == set(STYLES)
    assert {step.page.kind for step in steps} == set(pages.KINDS)
    assert all(sum(step.edit != LEARNED for step in history.steps) >= PAIRS_A_HISTORY for history in made)


def test_edits_come_about_as_often_as_one_another(made):
    counts = dict.fromkeys(EDITS, 0)
    for history in made:
        for step in history.steps:
            if step.edit in counts:
                counts[step.edit] += 1
    assert min(counts.values()) * 2 >= max(counts.values())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_style_writes_everything_that_a_page_says(kind, style):
    for language in LANGUAGES:
        page = pages.make(Random(f"{kind}{style}{language}"), kind, language, style)
        text = seen(page_html(page))
        for figure in figures(page):
            assert " ".join(figure.written(language).split()) in text
        for section in page.sections:
            assert " ".join(section.heading.text(language).split()) in text
        for piece, said in noise.written(page).items():
            assert all(" ".join(part.split()) in text for part in said), piece


def test_a_number_that_is_due_stands_in_both_bodies(made):
    checked = 0
    for history in made:
        bodies = {at: seen(body) for at, _, body in history.bodies}
        times = sorted(bodies)
        for step in history.steps:
            before = times[times.index(step.at) - 1]
            due = [due for due in step.dues if due.kind == "number_changed" and due.needed]
            if step.edit != "number in prose" or not due:
                continue
            for value, at in ((due[0].before, before), (due[0].after, step.at)):
                digits = re.sub(r"(?<=\d)[.,\s](?=\d{3}(?!\d))", "", bodies[at])
                assert re.search(rf"(?<!\d){value}(?!\d)", digits), (history.url, step.at, value)
                checked += 1
    assert checked > 20


def test_noise_that_moves_alone_leaves_what_the_page_says(made):
    for history in made:
        before = history.first
        for step in history.steps:
            if step.edit.startswith("noise: "):
                assert step.page.sections == before.sections
                assert not step.dues
            before = step.page


def telling(kind, level, before=None, after=None, sentence="", **more):
    return {
        "kind": kind,
        "level": level,
        "before": before,
        "after": after,
        "sentence_before": "",
        "sentence_after": sentence,
        "summary": "",
        **more,
    }


@pytest.mark.parametrize(
    ("due", "change", "right"),
    [
        (Due("number_changed", 83, 85), telling("number_changed", "number", 83, 85), True),
        (Due("number_changed", 83, 85), telling("number_changed", "number", 83, 24), False),
        (Due("fact_changed", 83, 85), telling("number_changed", "number", 83, 85), False),
        (Due("fact_contradiction", after=[83, 85]), telling("fact_contradiction", "fact", after=[85, 83]), True),
        (Due("fact_agreed", after=85), telling("fact_agreed", "fact", [85, 83], 85), True),
        (
            Due("text_changed", marker="It meets in  May."),
            telling("text_changed", "text", sentence="It meets in May."),
            True,
        ),
        (Due("text_changed", marker="It meets in May."), telling("text_changed", "text", sentence="It met."), False),
    ],
)
def test_what_is_told_is_held_against_what_is_due(due, change, right):
    assert matches(due, change) is right


def told_perfectly(step):
    for due in step.dues:
        if due.needed:
            level = "text" if due.kind == "text_changed" else "fact" if due.kind.startswith("fact") else "number"
            yield telling(due.kind, level, due.before, due.after, due.marker, url=step.url, at=step.at.isoformat())


def test_one_who_tells_all_and_only_what_is_due_is_right(made):
    steps = [step for history in made for step in history.steps]
    whole = score(steps, [change for step in steps for change in told_perfectly(step)]).whole
    assert whole.due > 300
    assert whole.recall == whole.precision == 1
    assert (whole.heard, whole.text_true) == (whole.text_due, whole.text)


def test_one_who_is_silent_finds_nothing_and_one_who_cries_out_is_mostly_wrong(made):
    steps = [step for history in made for step in history.steps]
    assert score(steps, []).whole.recall == 0
    cries = [
        telling("number_changed", "number", 70_001, 70_002, url=step.url, at=step.at.isoformat()) for step in steps
    ]
    scores = score(steps, cries)
    assert scores.whole.precision == 0
    assert len([line for line in scores.misses if line.startswith("wrong")]) == len(steps)


def test_what_is_told_of_moving_noise_counts_for_that_noise(made):
    step = next(step for history in made for step in history.steps if step.edit == "noise: likes")
    said = next(text for kind, text in step.noise if kind == "likes")
    change = telling("number_changed", "number", 1, 2, said, url=step.url, at=step.at.isoformat())
    scores = score([step], [change])
    assert (scores.edits["noise: likes"].loud, scores.edits["noise: likes"].true) == (1, 0)


def test_of_several_counts_in_one_sentence_the_quoted_one_is_told(made):
    step = next(
        step for history in made for step in history.steps if {"visits", "online"} <= {kind for kind, _ in step.noise}
    )
    visits, online = ([text for kind, text in step.noise if kind == wanted] for wanted in ("visits", "online"))
    quote_before, quote_after = (text.split()[0] for text in online)
    change = telling("number_changed", "number", 1, 2, f"{visits[1]} {online[1]}", url=step.url, at=step.at.isoformat())
    scores = score([step], [change | {"quote_before": quote_before, "quote_after": quote_after}])
    assert scores.edits["noise: online"].loud == 1


@pytest.mark.parametrize(("called", "named"), [("Trees planted", 1), ("Stations", 0)])
def test_a_number_with_a_label_is_to_be_called_by_it(made, called, named):
    step = replace(made[0].steps[0], dues=(Due("number_changed", 3, 4, label="Trees planted"),))
    change = telling("number_changed", "number", 3, 4, url=step.url, at=step.at.isoformat())
    scores = score([step], [change | {"summary": f"{called.lower()} 3 → 4 (+1)"}])
    assert (scores.whole.labelled, scores.whole.named, len(scores.misses)) == (1, named, 1 - named)


def test_histories_are_imported_and_scored(tmp_path):
    scores = command.measure(60, seed=2, keep=tmp_path / "kept")
    whole = scores.whole
    assert whole.pairs >= 60
    assert whole.found > whole.due / 2
    assert whole.true >= whole.found / 2
    assert scores.edits["nothing"].loud == 0
    assert (tmp_path / "kept" / "00" / "manifest.jsonl").is_file()


def test_the_table_replaces_the_marked_part_of_a_page(tmp_path):
    page = tmp_path / "quality.md"
    page.write_text(f"before\n{command.BEGIN}\nstale figures\n{command.END}\nafter\n")
    command.run(14, 1, target=page, workers=1)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale figures" not in text
    assert "| **all** |" in text
