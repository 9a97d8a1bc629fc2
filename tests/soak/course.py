"""The course of a service's soak: one fault after the other, the way back after each, and the quiet in between."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.soak.faults import Fault
from tests.soak.origin import Origin
from tests.soak.watched import Sample, Watched, wait

RECOVERY_SECONDS = 240
"""How long the way back may take on a machine that has much else to do. What it took is printed."""

LAG_SECONDS = 10.0
SILENT_SECONDS = 30.0
"""A service may call itself ready for so long without a good tick; see `pagewitness.service.liveness`."""

REPORTED_SECONDS = 10.0
"""Processes report what they have counted every few seconds."""

NOTICED_SECONDS = SILENT_SECONDS + 25
"""A fault of the database that lasts longer must show at /readyz: what was begun must end first, and a writer waits 10 s for a lock."""


@dataclass(frozen=True)
class Passed:
    """A fault that is over, in seconds of the soak; `recovered` is when the service had caught up."""

    name: str
    of_database: bool
    began: float
    ended: float
    recovered: float


class Course:
    """Faults, one after the other.

    Attributes:
        passed: Those that are over.
    """

    def __init__(self, service: Watched, origin: Origin, faults: Sequence[tuple[Fault, float]], quiet: float) -> None:
        self.service, self.origin, self.quiet = service, origin, quiet
        self.passed: list[Passed] = []
        self._faults = faults

    def run(self, until: float) -> None:
        """Go through the faults again and again, as long as one and the way back from it fit in.

        Args:
            until: When nothing may be broken any more, in seconds of the soak.
        """
        self._rest(min(self.quiet, 10))
        for fault, seconds in itertools.cycle(self._faults):
            if self.origin.now() + seconds > until:
                break
            self._pass(fault, seconds)
            self._rest(self.quiet)
            self._bit(self.passed[-1])

    def quiet_times(self) -> list[tuple[float, float]]:
        """From each recovery to the next fault of the database, receivers' troubles left aside: they touch no look."""
        edges = [one for one in self.passed if one.of_database]
        begins = [one.recovered for one in edges]
        ends = [one.began for one in edges[1:]]
        return list(zip(begins, ends, strict=False))

    def _pass(self, fault: Fault, seconds: float) -> None:
        self.service.trouble, began = fault.name, self.origin.now()
        with fault.applied():
            time.sleep(seconds)
            ended = self.origin.now()
        self.service.trouble = f"after {fault.name}"
        self._wait_for(lambda: self.is_well(ended), fault.name)
        self.passed.append(Passed(fault.name, fault.of_database, began, ended, self.origin.now()))
        self.service.trouble = ""
        self._truth_of_readiness(self.passed[-1])

    def _wait_for(self, holds: Callable[[], bool], after: str) -> None:
        try:
            wait(holds, RECOVERY_SECONDS, "it did not come back")
        except AssertionError:
            last = self.service.samples[-1] if self.service.samples else None
            log = self.service.log.read_text()[-4000:]
            raise AssertionError(f"{self.service.name} did not come back after {after}: {last}\n{log}") from None

    def is_well(self, since: float) -> bool:
        """Whether it is ready, keeps up, has read what it has, and has looked at every page that behaves since a moment."""
        if not self.service.samples or self.service.samples[-1].at <= since:
            return False
        return keeps_up(self.service.samples[-1]) and all(
            self.origin.asked.get((self.service.name, host.url(path)), 0) > since
            for host in self.origin.steady
            for path in host.pages
        )

    def _bit(self, fault: Passed) -> None:
        """A fault of the database was no fault unless something failed for it."""
        failures = [(one.at, one.metrics["failures"]) for one in self.service.samples if "failures" in one.metrics]
        before = max((count for at, count in failures if at < fault.began), default=0.0)
        after = max(count for at, count in failures if at <= fault.recovered + REPORTED_SECONDS)
        assert after > before or not fault.of_database, f"{self.service.name} did not feel: {fault}"

    def _truth_of_readiness(self, fault: Passed) -> None:
        """While nothing could be kept for long, /readyz said so; once all was well again, it said that."""
        samples = [one for one in self.service.samples if fault.began <= one.at <= fault.ended]
        if fault.of_database and fault.ended - fault.began > NOTICED_SECONDS and not _got_on(samples):
            assert samples[-1].ready is not None, f"{self.service.name} called itself ready to the end of: {fault}"
        if not fault.of_database:
            unready = [one for one in samples if one.ready]
            assert not unready, f"{self.service.name} called itself unready during: {fault}: {unready[0].ready}"

    def _rest(self, seconds: float) -> None:
        """A quiet time, in which it must be well all along."""
        began = self.origin.now()
        time.sleep(seconds)
        samples = [one for one in self.service.samples if one.at > began]
        unready = [one for one in samples if one.ready]
        assert not unready, f"{self.service.name} was not ready in quiet times: {unready[0]}"


def _got_on(samples: Sequence[Sample]) -> bool:
    """Whether checks were recorded in the last while: a disk that is full may still have room within pages for some."""
    last = [
        one.metrics["checks"]
        for one in samples
        if one.at > samples[-1].at - NOTICED_SECONDS and "checks" in one.metrics
    ]
    return len(last) > 1 and last[-1] > last[0]


def keeps_up(sample: Sample) -> bool:
    """Whether a service is ready, not late, and has read what it has."""
    late = (
        sample.metrics.get("lag_seconds", 1e9) > LAG_SECONDS
        or sample.metrics["unprocessed_oldest_seconds"] > LAG_SECONDS
    )
    return sample.ready is None and sample.healthy is None and not late
