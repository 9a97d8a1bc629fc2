"""Edits that change numbers, or only how they are written, wherever they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from eval.generated.model import Due, Figure, Page, Shot, figures, with_figures

Edit = Callable[[Page, Random], list[Shot] | None]
COUNTS = ("plain", "grouped", "nbsp")


def another(figure: Figure, dice: Random) -> float:
    """Another value for a figure: mostly a small step, sometimes a big one."""
    if figure.form == "words":
        return dice.choice([n for n in range(2, 20) if n != figure.value])
    if figure.form in ("percent", "percent_spelt"):
        return dice.choice([n for n in range(3, 97) if n != figure.value])
    step = dice.choice([1, 2, 3, -1, -2, 5, max(1, round(figure.value * 0.04)), max(1, round(figure.value * 0.3))])
    return round(figure.value + (step if figure.value + step > 1 else abs(step)), 1)


def reported_of(page: Page, figure: Figure, after: float, before: float | None = None) -> tuple[Due, ...]:
    """What is due where every place that states a figure changes."""
    was = figure.means if before is None else replace(figure, value=before).means
    now = replace(figure, value=after).means
    if page.declared and figure.key == page.declared[0]:
        return (Due("fact_changed", was, now), Due("number_changed", was, now, needed=False))
    label = figure.key.rpartition(": ")[2] if figure.place in ("box", "definition") else ""
    return (Due("number_changed", was, now, label=label),)


def with_value(page: Page, key: str, value: float) -> Page:
    """The page with another value in every place that states `key`."""
    return with_figures(page, lambda figure: replace(figure, value=value) if figure.key == key else figure)


def number(place: str, forms: tuple[str, ...], page: Page, dice: Random) -> list[Shot] | None:
    """A number in such a place, in such a form, changes."""
    found = [figure for figure in figures(page) if figure.place == place and figure.form in forms]
    if not found:
        return None
    figure = dice.choice(found)
    value = another(figure, dice)
    return [Shot(with_value(page, figure.key, value), reported_of(page, figure, value))]


def several_numbers(page: Page, dice: Random) -> list[Shot] | None:
    """Several numbers change at once, as on a dashboard."""
    keys = {figure.key: figure for figure in figures(page) if not figure.key.startswith("pair")}
    if len(keys) < 3:
        return None
    dues: list[Due] = []
    now = page
    for figure in dice.sample(list(keys.values()), dice.randint(3, min(5, len(keys)))):
        value = another(figure, dice)
        now = with_value(now, figure.key, value)
        dues.extend(reported_of(page, figure, value))
    return [Shot(now, tuple(dues))]


def opposite_numbers(page: Page, dice: Random) -> list[Shot] | None:
    """One number of a sentence goes up by one and its neighbour down by one."""
    found = {figure.key: figure for figure in figures(page) if figure.key.startswith("pair")}
    if not found:
        return None
    now, dues = page, []
    for figure, step in zip(found.values(), dice.choice([(1, -1), (-1, 1)]), strict=True):
        now = with_value(now, figure.key, figure.value + step)
        dues.extend(reported_of(page, figure, figure.value + step))
    return [Shot(now, tuple(dues))]


def written_otherwise(old: tuple[str, ...], new: str, page: Page, dice: Random) -> list[Shot] | None:
    """The same value in another format: nothing to report."""
    found = [
        figure
        for figure in figures(page)
        if figure.form in old
        and figure.form != new
        and (figure.value >= 1_000 or new in ("words", "percent_spelt", "plain"))
    ]
    found = [figure for figure in found if new != "words" or 2 <= figure.value <= 20]
    found = [figure for figure in found if old != ("grouped", "nbsp") or figure.value >= 1_000]
    if not found:
        return None
    key = dice.choice(found).key
    return [
        Shot(
            with_figures(
                page, lambda figure: replace(figure, form=new) if figure.key == key and figure.form in old else figure
            )
        )
    ]


def any_number(page: Page, dice: Random) -> list[Shot] | None:
    """Some number in digits changes, wherever it is."""
    places = {figure.place for figure in figures(page) if figure.form in COUNTS}
    return number(dice.choice(sorted(places)), COUNTS, page, dice) if places else None
