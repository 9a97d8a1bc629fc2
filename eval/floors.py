"""What must not get worse: `floors.toml` compared with a run's scores."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from eval.histories import Score, Share
from eval.labels import Judged

FILE = Path(__file__).with_name("floors.toml")


@dataclass(frozen=True, slots=True)
class Floor:
    """A bound that one figure must keep.

    Attributes:
        history: Whose figure; "all" for the sum over all histories.
        measure: Its name: numbers, quiet, heard, said, noise.
        bound: As written, "8/10" or "0.998".
        least: Whether the figure may not fall below the bound; otherwise it may not rise above it.
        reached: The figure; None where this run did not measure it.
        rendered: The figure as text.
    """

    history: str
    measure: str
    bound: str
    least: bool
    reached: Fraction | None
    rendered: str

    @property
    def held(self) -> bool:
        if self.reached is None:
            return True
        bound = Fraction(self.bound)
        return self.reached >= bound if self.least else self.reached <= bound

    def __str__(self) -> str:
        state = "not measured" if self.reached is None else "held" if self.held else "MISSED"
        sign = "≥" if self.least else "≤"
        return f"{state:12}  {self.history} {self.measure} {sign} {self.bound}: {self.rendered}"


def check(scores: Sequence[Score], *, whole: bool, file: Path = FILE) -> bool:
    """Print every floor with what was reached; whether all that were measured held.

    Args:
        scores: What was measured.
        whole: Whether that is the whole folder, so that floors of the sum can be judged.
        file: The floors.
    """
    floors = list(judged(scores, whole=whole, file=file))
    print("\n".join(["Floors", *map(str, floors)]))
    return all(floor.held for floor in floors)


def judged(scores: Sequence[Score], *, whole: bool, file: Path = FILE) -> Iterator[Floor]:
    """Each floor with what was reached."""
    by_name = {score.name: score for score in scores}
    for row in tomllib.loads(file.read_text())["floor"]:
        name, measure = row["history"], row["measure"]
        among = (list(scores) if whole else []) if name == "all" else [by_name[name]] if name in by_name else []
        reached, rendered = _figure(among, measure)
        least = "at_least" in row
        yield Floor(name, measure, row["at_least" if least else "at_most"], least, reached, rendered)


def _figure(scores: Sequence[Score], measure: str) -> tuple[Fraction | None, str]:
    """The figure, exact, and as it is shown."""
    if not scores:
        return None, "–"
    if measure == "said":
        steps = sum(score.said for score in scores)
        return Fraction(steps), str(steps)
    share = _noise(scores) if measure == "noise" else sum((getattr(score, measure) for score in scores), Share(0, 0))
    return (Fraction(share.hits, share.all), f"{share} = {share.ratio}") if share.all else (None, "–")


def _noise(scores: Sequence[Score]) -> Share:
    """Loud steps that are noise, of all; one without a label might be noise, so it counts as such here."""
    judged_steps: Any = sum((score.judged for score in scores), Judged())
    return Share(judged_steps.noise + len(judged_steps.unlabelled), judged_steps.all)


def check_set(name: str, figures: Mapping[str, Mapping[str, Mapping[str, Any]]], *, file: Path = FILE) -> bool:
    """Print every floor of a set of single pages or sentences with the figure reached; return whether all hold in both halves.

    Args:
        name: The set: page-types, number-sets.
        figures: By half, table and measure: a share, or the number found and the number of all.
        file: The floors.
    """
    floors = [
        _floor_of_set(row, half, tables.get(row["table"], {}).get(row["measure"]))
        for row in tomllib.loads(file.read_text()).get("set_floor", ())
        if row["set"] == name
        for half, tables in figures.items()
    ]
    print("\n".join(["Floors", *map(str, floors)]))
    return all(floor.held for floor in floors)


def _floor_of_set(row: Mapping[str, str], half: str, figure: Any) -> Floor:
    if isinstance(figure, tuple):
        reached, shown = Fraction(*figure), f"{figure[0]}/{figure[1]} = {figure[0] / figure[1]:.3f}"
    else:
        reached, shown = (None, "–") if figure is None else (Fraction(str(figure)), f"{figure:.3f}")
    return Floor(f"{row['set']} {row['table']} {half}", row["measure"], row["at_least"], True, reached, shown)
