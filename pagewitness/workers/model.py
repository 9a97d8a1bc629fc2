"""The limits of worker processes and the errors of their tasks."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import PagewitnessError


class WorkerError(PagewitnessError):
    """A task in a worker process returned no result.

    Attributes:
        caused_by_input: Whether the input caused the error, so that the same input would most likely fail again.
    """

    caused_by_input = False


class WorkerLost(WorkerError):
    """The worker process did not start, or ended for an external reason: a SIGKILL or SIGTERM from outside, or its pool was closed."""


class LimitExceeded(WorkerError):
    """The task exceeded a limit of time, processor time, memory or result size; its worker was killed."""

    caused_by_input = True


class WorkerCrashed(WorkerError):
    """The worker process crashed, for example with SIGSEGV, or exited during a task."""

    caused_by_input = True


class TaskFailed(WorkerError):
    """The task raised an exception, or the worker process answered with something other than a result of the task."""

    caused_by_input = True


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Limits of one task, and of the number of tasks.

    Attributes:
        seconds: Maximum wall time of a task, without its worker's start. Processor time is limited to the same value, in whole seconds, in case
            the parent process cannot enforce the wall time.
        memory_bytes: Maximum address space of a worker process, which itself needs about 30 MB.
        workers: Maximum number of tasks at the same time; further ones wait.
        tasks_per_worker: Number of tasks after which a worker is replaced, to bound memory leaks.
        result_bytes: Maximum size of a pickled result.
        resident_bytes: A worker that uses more memory after a task is replaced: little of it would be returned to the system.
    """

    seconds: float = 20.0
    memory_bytes: int = 1024**3
    workers: int = 2
    tasks_per_worker: int = 200
    result_bytes: int = 128 * 1024**2
    resident_bytes: int = 96 * 1024**2
