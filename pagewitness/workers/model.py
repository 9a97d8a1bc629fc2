"""The limits of a worker process, and the errors of a task that was run in one."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import PagewitnessError


class WorkerError(PagewitnessError):
    """A task in a worker process gave no result.

    Attributes:
        caused_by_input: Whether the input is to blame, so that the same input would most likely fail again.
    """

    caused_by_input = False


class WorkerLost(WorkerError):
    """The worker did not start, or ended without being at fault: by SIGKILL or SIGTERM from outside, or with its pool."""


class LimitExceeded(WorkerError):
    """The task exceeded a limit of time, processor time, memory or result size; its worker was killed."""

    caused_by_input = True


class WorkerCrashed(WorkerError):
    """The worker ended by a signal or exit code of its own, such as SIGSEGV."""

    caused_by_input = True


class TaskFailed(WorkerError):
    """The task raised an exception, or answered with something that is no result of it."""

    caused_by_input = True


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one task may cost, and how many run.

    Attributes:
        seconds: Longest time a task may take, its worker's start not included. Processor time is limited to the same, in whole seconds, in case
            the parent process cannot watch the clock.
        memory_bytes: Address space of a worker, of which it takes some 30 MB for itself.
        workers: How many tasks run at the same time; further ones wait.
        tasks_per_worker: Tasks after which a worker is replaced, so that whatever leaks stays small.
        result_bytes: Longest result, pickled.
        resident_bytes: Memory in use after a task above which the worker is replaced: little of it would be given back.
    """

    seconds: float = 20.0
    memory_bytes: int = 1024**3
    workers: int = 2
    tasks_per_worker: int = 200
    result_bytes: int = 128 * 1024**2
    resident_bytes: int = 96 * 1024**2
