"""What a person judged of loud changes that the truth does not name: `labels.toml`, read and applied."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("labels.toml")
VERDICTS = frozenset({"true", "noise"})


@dataclass(frozen=True, slots=True)
class Judged:
    """Loud steps by what was judged of them.

    Attributes:
        named: The truth names a change there.
        true: At least one loud change is labelled true.
        noise: Every loud change is labelled noise.
        unlabelled: What else there is: a line each that states which changes wait for a label.
    """

    named: int = 0
    true: int = 0
    noise: int = 0
    unlabelled: tuple[str, ...] = ()

    def __add__(self, other: Judged) -> Judged:
        return Judged(
            self.named + other.named,
            self.true + other.true,
            self.noise + other.noise,
            (*self.unlabelled, *other.unlabelled),
        )

    @property
    def all(self) -> int:
        return self.named + self.true + self.noise + len(self.unlabelled)

    @property
    def noise_share(self) -> float:
        """Noise of all loud steps; what has no label is not counted as noise, so it is shown beside it."""
        return self.noise / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one history.

    Attributes:
        verdicts: By the snapshot's time to the second and the change, "83 → 85".
        rewritten: Times of snapshots whose text was found rewritten, though the truth knows of no change there: they count as neither quiet nor heard.
    """

    verdicts: Mapping[tuple[datetime, str], str]
    rewritten: frozenset[datetime] = frozenset()

    @classmethod
    def of(cls, history: str, file: Path = FILE) -> Labels:
        """Those of a history; none if none is labelled.

        Raises:
            ValueError: A label is neither "true" nor "noise".
        """
        verdicts = {}
        rows = tomllib.loads(file.read_text()).get(history, [])
        for row in rows:
            for change, verdict in row.get("changes", {}).items():
                if verdict not in VERDICTS:
                    raise ValueError(f"{file.name}: {history}, {row['to']}: {verdict!r} is neither true nor noise")
                verdicts[row["to"].astimezone(UTC), change] = verdict
        return cls(verdicts, frozenset(row["to"].astimezone(UTC) for row in rows if row.get("rewritten")))

    def judge(self, at: datetime, loud: Sequence[Mapping[str, Any]]) -> Judged:
        """A loud step that the truth does not name: true where one change is, noise where all are."""
        text = [self.verdicts.get((at.astimezone(UTC), label_key(change))) for change in loud]
        if "true" in text:
            return Judged(true=1)
        if None not in text:
            return Judged(noise=1)
        waiting = [label_key(change) for change, verdict in zip(loud, text, strict=True) if verdict is None]
        return Judged(unlabelled=(f"{at:%Y-%m-%dT%H:%M:%SZ}  {', '.join(dict.fromkeys(waiting))}",))


def label_key(change: Mapping[str, Any]) -> str:
    """What a label calls a change: the page's own characters on both sides, or the fact's values where it quotes none."""
    before, after = (
        change[f"quote_{side}"] if change[f"quote_{side}"] is not None else change[side] for side in ("before", "after")
    )
    return f"{before} → {after}"
