"""Sums of the counters of all processes of the service, including ended ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_Key = tuple[str, str, tuple[tuple[str, str], ...]]  # family, sample, labels


class MetricTotals:
    """Sums reported counters. Each report holds a process's counts since its start, so it replaces the previous report of that process."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, str]] = {}
        self._ended: dict[_Key, float] = {}
        self._running: dict[str, dict[_Key, float]] = {}

    def report(self, process: str, families: list[Any]) -> None:
        """Store the counters of a process.

        Raises:
            ValueError: They are not in the form returned by `pagewitness.service.metrics.Metrics.counted`.
        """
        counted: dict[_Key, float] = {}
        try:
            for name, kind, meaning, samples in families:
                self._families[str(name)] = (str(kind), str(meaning))
                for sample, labels, value in samples:
                    counted[(str(name), str(sample), tuple(sorted(labels.items())))] = float(value)
        except (TypeError, AttributeError) as error:
            raise ValueError("these are no metrics") from error
        self._running[process] = counted

    def ended(self, process: str) -> None:
        """Add the counters of an ended process to the permanent sums."""
        for key, value in self._running.pop(process, {}).items():
            self._ended[key] = self._ended.get(key, 0.0) + value

    def families(self) -> list[Any]:
        """Return the sums, in the form of the reports."""
        return [
            [name, kind, meaning, [[sample, dict(labels), value] for sample, labels, value in self._samples(name)]]
            for name, (kind, meaning) in sorted(self._families.items())
        ]

    def _samples(self, name: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
        total: dict[_Key, float] = dict(self._ended)
        for counted in self._running.values():
            for key, value in counted.items():
                total[key] = total.get(key, 0.0) + value
        for (family, sample, labels), value in total.items():
            if family == name:
                yield sample, labels, value
