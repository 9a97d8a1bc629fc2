"""The pool: runs tasks in worker processes, from any thread, at most so many at the same time."""

from __future__ import annotations

import threading
from typing import Any

from pagewitness.workers.model import WorkerLimits, WorkerLost
from pagewitness.workers.worker import Worker


class WorkerPool:
    """Worker processes, started when the first task comes and used again.

    Attributes:
        limits: Of each task.
    """

    def __init__(self, limits: WorkerLimits) -> None:
        self.limits = limits
        self._places = threading.Semaphore(limits.workers)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._closed = False

    def run(self, task: str, *positional: Any, **named: Any) -> Any:
        """Run a task of `tasks.TASKS` and return its result; waits for a free place.

        Raises:
            WorkerError: There is no result; the subclass says why, and the worker was killed.
        """
        with self._places:
            worker = self._take()
            try:
                result = worker.run(task, positional, named)
            except BaseException:
                worker.kill()
                raise
            self._give_back(worker)
            return result

    def pids(self) -> list[int]:
        """Process ids of the idle workers."""
        with self._lock:
            return [worker.pid for worker in self._idle]

    def close(self) -> None:
        """End the idle workers; a busy one ends after its task. A later `run` raises WorkerLost."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _take(self) -> Worker:
        with self._lock:
            if self._closed:
                raise WorkerLost("the process is ending")
            if self._idle:
                return self._idle.pop()
        return Worker(self.limits)

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if not self._closed and not worker.is_worn and worker.tasks < self.limits.tasks_per_worker:
                self._idle.append(worker)
                return
        worker.kill()
