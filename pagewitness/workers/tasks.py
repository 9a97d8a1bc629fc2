"""The closed set of tasks that workers run. Functions are named, not imported: a worker imports only those it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """A function that may be run in a worker.

    Attributes:
        module: Where it is defined.
        function: Its name there.
        result: Module and name of the type of what it returns.
    """

    module: str
    function: str
    result: tuple[str, str]

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        function: Callable[..., Any] = getattr(import_module(self.module), self.function)
        return function


EXTRACT = "extract"
REWRITE_HTML = "rewrite_html"
REWRITE_CSS = "rewrite_css"

TASKS = {
    EXTRACT: Task("monitor.pipeline.analyze", "analyze", ("monitor.pipeline.analyze", "PageAnalysis")),
    REWRITE_HTML: Task("pagewitness.replay.rewrite", "rewrite_html", ("builtins", "bytes")),
    REWRITE_CSS: Task("pagewitness.replay.rewrite", "rewrite_style_sheet", ("builtins", "bytes")),
}
"""By the name that parent and worker know them under."""
