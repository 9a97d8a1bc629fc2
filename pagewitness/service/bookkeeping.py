"""Runs the supervisor's database writes in a separate thread, so that an unavailable database does not block the supervisor."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.service.liveness import ThrottledLogger

log = logs.get("pagewitness.supervisor")

Task = Callable[[], object]

_RETRY_SECONDS = 1.0
_MOST_TASKS = 1000
"""Further tasks are dropped: each only releases a lease earlier than its expiry would."""


class Bookkeeper:
    """Runs tasks in order. A task that raises PagewitnessError is retried until it succeeds or the bookkeeper is closed."""

    def __init__(self, *, retry_seconds: float = _RETRY_SECONDS) -> None:
        self._retry_seconds = retry_seconds
        self._tasks: deque[tuple[str, Task]] = deque()
        self._changed = threading.Condition()
        self._problem = ""
        self._ending = False
        self._errors = ThrottledLogger()
        self._thread = threading.Thread(target=self._run, name="bookkeeping", daemon=True)
        self._thread.start()

    def do(self, name: str, task: Task, *, once: bool = False) -> None:
        """Queue a task.

        Args:
            name: Name of the task, for the log.
            task: The function to call; it raises PagewitnessError if it is to be retried.
            once: Whether to skip it if a task of this name is already queued.
        """
        with self._changed:
            waits = once and any(waiting == name for waiting, _ in self._tasks)
            if not waits and len(self._tasks) < _MOST_TASKS:
                self._tasks.append((name, task))
                self._changed.notify_all()

    def problem(self) -> str:
        """Return why the last task failed; "" if it succeeded."""
        with self._changed:
            return self._problem

    def close(self, within: float) -> None:
        """Run the remaining tasks, for `within` seconds at most."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(within)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._tasks or self._ending)
                if not self._tasks:
                    return
                name, task = self._tasks[0]
            done = self._try(name, task)
            with self._changed:
                if done:
                    self._tasks.popleft()
                elif not self._ending:
                    self._changed.wait(self._retry_seconds)
                else:
                    return

    def _try(self, name: str, task: Task) -> bool:
        try:
            task()
        except PagewitnessError as error:
            self._errors.log("bookkeeping failed, will be retried", error, task=name)
            problem, done = str(error), False
        except Exception as error:  # noqa: BLE001 — an error in one task must not stop the others
            self._errors.log("bookkeeping failed", error, task=name)
            problem, done = type(error).__name__, True
        else:
            problem, done = "", True
        with self._changed:
            self._problem = problem
        return done
