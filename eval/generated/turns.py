"""Edits that take several steps: outages and walls between two good snapshots, flaps, disagreements, values that vanish and come back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from random import Random

from eval.generated.model import (
    Answer,
    Due,
    Figure,
    Page,
    Para,
    Sentence,
    Shot,
    figures,
    paras,
    with_block,
    with_figures,
)
from eval.generated.number_edits import COUNTS, Edit, another, reported_of, with_value
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST

STATUSES = {"down": 503, "maintenance": 200, "missing": 200, "challenge": 403, "consent": 200}


def between(what: str, page: Page, dice: Random, *, changed: bool = False) -> list[Shot] | None:
    """The server answers something else for a check or two; then the page is back, as it was or with another number."""
    title, text = page.words["errors"][what]
    status = STATUSES[what] if what != "maintenance" else dice.choice((200, 503))
    shots = [Shot(page, instead=Answer(status, title, text)) for _ in range(dice.randint(1, 2))]
    if not changed:
        return [*shots, Shot(page)]
    found = [figure for figure in figures(page) if figure.form in COUNTS]
    if not found:
        return None
    figure = dice.choice(found)
    value = another(figure, dice)
    return [*shots, Shot(with_value(page, figure.key, value), reported_of(page, figure, value))]


def flap(page: Page, dice: Random) -> list[Shot] | None:
    """A number goes to and fro; each time is a change of its own."""
    found = [figure for figure in figures(page) if figure.form in COUNTS]
    if not found:
        return None
    figure = dice.choice(found)
    other = another(figure, dice)
    optional = Due("fact_flapping", needed=False)
    shots = []
    values = (figure.value, other, figure.value, other, figure.value)
    for was, value in pairwise(values):
        shots.append(Shot(with_value(page, figure.key, value), (*reported_of(page, figure, value, was), optional)))
    return shots


def disagreement(page: Page, dice: Random) -> list[Shot] | None:
    """Of two places that state a declared fact one is updated first; the other follows two checks later."""
    if page.declared is None:
        return None
    stated = [figure for figure in figures(page) if figure.key == page.declared[0]]
    if len({figure.place for figure in stated}) < 2:
        return None
    first = dice.choice(stated)
    value = another(first, dice)
    apart = with_figures(page, lambda figure: replace(figure, value=value) if figure == first else figure)
    together = with_value(page, first.key, value)
    # Which of the two is taken for the fact's value is the reader's choice; when it changes is then reported by it.
    moved = Due("fact_changed", first.value, value, needed=False)
    number = Due("number_changed", first.value, value, needed=False)
    opens = Due("fact_contradiction", after=[first.value, value])
    return [
        Shot(apart, (opens, moved, number)),
        Shot(apart),
        Shot(together, (Due("fact_agreed", after=value), moved, number)),
    ]


def vanished(page: Page, dice: Random, *, checks: int, changed: bool) -> list[Shot] | None:
    """The only sentence that states a declared fact makes way for another, and comes back after so many checks."""
    stated = [figure for figure in figures(page) if page.declared and figure.key == page.declared[0]]
    if len(stated) != 1 or stated[0].place != "prose":
        return None
    figure = stated[0]
    para, said = next(
        (para, said)
        for para in paras(page)
        for said in para.sentences
        if any(own.key == figure.key for _, own in said.figures)
    )
    away = with_block(page, para, Para(tuple(other for other in para.sentences if other is not said)))
    value = another(figure, dice) if changed else figure.value
    lost = checks >= ABSENCES_BEFORE_LOST
    gone = Due("text_changed", marker=said.text(page.language), needed=False)
    first = (Due("fact_lost", figure.value), gone) if lost else (gone,)
    shots = [Shot(away, first), *(Shot(away) for _ in range(checks - 1))]
    back = with_value(page, figure.key, value)
    rendered = _with(said, figure, value).text(page.language)
    due: list[Due] = [Due("text_changed", marker=rendered, needed=False)]
    if lost:
        due.append(Due("fact_found", figure.value, value))
    elif changed:
        due.append(Due("fact_changed", figure.value, value))
    return [*shots, Shot(back, tuple(due))]


def _with(said: Sentence, figure: Figure, value: float) -> Sentence:
    return replace(
        said, figures=tuple((slot, replace(own, value=value) if own == figure else own) for slot, own in said.figures)
    )


TURNS: dict[str, Edit] = {
    "outage (5xx)": partial(between, "down"),
    "maintenance page": partial(between, "maintenance"),
    "soft 404": partial(between, "missing"),
    "challenge page": partial(between, "challenge"),
    "consent wall": partial(between, "consent"),
    "number changed behind an outage": partial(between, "down", changed=True),
    "number changed behind a soft 404": partial(between, "missing", changed=True),
    "flap A ↔ B": flap,
    "two places disagree, then agree": disagreement,
    "gone for a look or two, back the same": partial(vanished, checks=2, changed=False),
    "gone for a look, back changed": partial(vanished, checks=1, changed=True),
    "gone for long, back": partial(vanished, checks=ABSENCES_BEFORE_LOST + 1, changed=True),
}
