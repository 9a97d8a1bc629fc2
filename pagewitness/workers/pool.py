"""The worker pool: runs tasks in a limited number of worker processes, from any thread."""

from __future__ import annotations

import threading
from typing import Any

from pagewitness.workers.model import WorkerLimits, WorkerLost
from pagewitness.workers.worker import Worker


class WorkerPool:
    """A pool of worker processes, started on demand and reused.

    Attributes:
        limits: The limits of each task and of the pool.
    """

    def __init__(self, limits: WorkerLimits) -> None:
        self.limits = limits
        self._places = threading.Semaphore(limits.workers)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._closed = False

    def run(self, task: str, *positional: Any, **named: Any) -> Any:
        """Run a task of `tasks.TASKS` and return its result; wait while all workers are busy.

        Raises:
            WorkerError: The task returned no result; the subclass gives the reason. The worker has been killed.
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
        """Return the process ids of the idle workers."""
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
            if not self._closed and not worker.needs_recycling and worker.tasks < self.limits.tasks_per_worker:
                self._idle.append(worker)
                return
        worker.kill()
