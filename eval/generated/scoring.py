"""What was reported of made-up histories, compared with what was due: precision and recall for each kind of edit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from eval.files import moment
from eval.generated.making import LEARNED, Step
from eval.generated.model import Due
from eval.generated.noise import LEARNABLE

Row = dict[str, Any]
LOUD = frozenset({"number", "fact"})
LEARNED_NOISE = frozenset(f"noise: {kind}" for kind in LEARNABLE)


@dataclass(slots=True)
class Tally:
    """One kind of edit, counted.

    Attributes:
        pairs: Pairs of snapshots.
        due: Loud changes that were due (level fact or number).
        found: Those that were reported.
        loud: Loud changes reported.
        true: Those that say what truly changed.
        labelled: Those of a number that a box or a definition list gives a label.
        named: Those that call it by that label.
        text_due: Changes of text that were due.
        heard: Those that were reported, at whatever level.
        text: Changes reported at level text.
        text_true: Those that quote what truly changed.
    """

    pairs: int = 0
    due: int = 0
    found: int = 0
    loud: int = 0
    true: int = 0
    labelled: int = 0
    named: int = 0
    text_due: int = 0
    heard: int = 0
    text: int = 0
    text_true: int = 0

    def __iadd__(self, other: Tally) -> Self:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def recall(self) -> float | None:
        return self.found / self.due if self.due else None

    @property
    def precision(self) -> float | None:
        return self.true / self.loud if self.loud else None


@dataclass(slots=True)
class Scores:
    """All counts of a run.

    Attributes:
        edits: By kind of edit; what was reported of moving noise counts for that noise.
        languages: By language.
        styles: By site style.
        paces: Calm pages, on which little moves by itself, and restless ones.
        misses: A line for each due change that was not reported and each reported one that was not due.
    """

    edits: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    languages: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    styles: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    paces: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    misses: list[str] = field(default_factory=list)

    def __iadd__(self, other: Scores) -> Self:
        for mine, theirs in (
            (self.edits, other.edits),
            (self.languages, other.languages),
            (self.styles, other.styles),
            (self.paces, other.paces),
        ):
            for name, tally in theirs.items():
                mine[name] += tally
        self.misses += other.misses
        return self

    @property
    def whole(self) -> Tally:
        whole = Tally()
        for name, tally in self.edits.items():
            if name != LEARNED:
                whole += tally
        return whole

    def count(self, step: Step, edit: str, tally: Tally) -> None:
        """Add counts under all names that a step has."""
        self.edits[edit] += tally
        if edit == LEARNED:
            return
        self.languages[step.page.language] += tally
        self.styles[step.page.style] += tally
        self.paces["restless" if step.page.ambience["live"] else "calm"] += tally


def score(steps: Iterable[Step], changes: Iterable[Row]) -> Scores:
    """Hold the changes of an import against the truth of its steps."""
    told: defaultdict[tuple[str, datetime], list[Row]] = defaultdict(list)
    for change in changes:
        told[change["url"], moment(change["at"])].append(change)
    scores = Scores()
    for step in steps:
        _score_step(step, told.get((step.url, step.at), []), scores)
    return scores


def _score_step(step: Step, told: Sequence[Row], scores: Scores) -> None:
    tally = Tally(pairs=1)
    for due in step.dues:
        if not due.needed:
            continue
        found = any(matches(due, change) for change in told)
        if due.kind == "text_changed":
            tally.text_due += 1
            tally.heard += found
        else:
            tally.due += 1
            tally.found += found
        if not found:
            scores.misses.append(_line("missed", step, step.edit, _shown(due)))
    scores.count(step, step.edit, tally)
    for change in told:
        _score_told(step, change, scores)


def _score_told(step: Step, change: Row, scores: Scores) -> None:
    right = [due for due in step.dues if matches(due, change) and due.kind == change["kind"]]
    true = bool(right)
    learning = step.edit == LEARNED and _noise_kind(step, change) in LEARNED_NOISE
    edit = step.edit if true or learning else _noise_kind(step, change) or step.edit
    if change["level"] in LOUD:
        labels = [due.label.lower() for due in right if due.label]
        named = any(label in change["summary"].lower() for label in labels)
        scores.count(step, edit, Tally(loud=1, true=int(true), labelled=int(bool(labels)), named=int(named)))
        if labels and not named:
            scores.misses.append(_line("named", step, edit, f"not “{labels[0]}” but {change['summary'][:100]}"))
    elif change["level"] == "text":
        scores.count(step, edit, Tally(text=1, text_true=int(true)))
    else:
        return
    if not true:
        scores.misses.append(
            _line("wrong", step, edit, f"{change['level']} {change['kind']}: {change['summary'][:150]}")
        )


def matches(due: Due, change: Mapping[str, Any]) -> bool:
    """Whether a change reports what is due."""
    sides = _folded(f"{change['sentence_before'] or ''}\n{change['sentence_after'] or ''}")
    if due.kind == "text_changed":
        return change["kind"] in ("text_changed", "number_changed") and _folded(due.marker) in sides
    if change["kind"] != due.kind or _folded(due.marker) not in sides:
        return False
    if due.kind == "fact_contradiction":
        return isinstance(change["after"], list) and set(change["after"]) == set(due.after)
    return all(
        wanted is None or wanted == change[side] for side, wanted in (("before", due.before), ("after", due.after))
    )


def _noise_kind(step: Step, change: Row) -> str | None:
    """The noise that a change reports, by its number if one sentence has several; None where it reports none."""
    sides = [_folded(change[f"sentence_{side}"] or "") for side in ("before", "after")]
    found = [
        (kind, text)
        for kind, text in step.noise
        if text and any(side and (_folded(text) in side or side in _folded(text)) for side in sides)
    ]
    quotes = [quote for side in ("before", "after") if (quote := change.get(f"quote_{side}"))]
    whole = [re.compile(rf"(?<!\d){re.escape(quote)}(?!\d)") for quote in quotes]
    quoting = [kind for kind, text in found if any(quote.search(text) for quote in whole)]
    return next((f"noise: {kind}" for kind in [*quoting, *(kind for kind, _ in found)]), None)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _line(what: str, step: Step, edit: str, said: str) -> str:
    return f"{what:7} {step.url} {step.at:%Y-%m-%d} [{edit}] {said}"


def _shown(due: Due) -> str:
    if due.kind == "text_changed":
        return f"text: {due.marker[:120]}"
    return f"{due.kind} {due.before} → {due.after}"
