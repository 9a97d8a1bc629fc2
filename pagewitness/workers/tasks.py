"""The closed set of tasks of worker processes. Functions are referenced by name, so that a worker imports only those it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """A function that may run in a worker process.

    Attributes:
        module: Module that defines it.
        function: Name of the function.
        result: Module and name of its result type.
    """

    module: str
    function: str
    result: tuple[str, str]

    def load(self) -> Callable[..., Any]:
        """Import and return the function."""
        function: Callable[..., Any] = getattr(import_module(self.module), self.function)
        return function


EXTRACT = "extract"
REWRITE_HTML = "rewrite_html"
REWRITE_CSS = "rewrite_css"
DISCOVER = "discover"

TASKS = {
    EXTRACT: Task("monitor.pipeline.analyze", "analyze", ("monitor.pipeline.analyze", "PageAnalysis")),
    DISCOVER: Task("monitor.requisites.discovery", "requisites_of", ("builtins", "tuple")),
    REWRITE_HTML: Task("pagewitness.replay.rewrite", "rewrite_page", ("pagewitness.replay.rewrite", "RewrittenPage")),
    REWRITE_CSS: Task("pagewitness.replay.rewrite", "rewrite_style_sheet", ("builtins", "bytes")),
}
"""Tasks by name, as sent from the parent to the worker."""
