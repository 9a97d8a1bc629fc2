"""Logging configuration. All logs go to stderr, so that stdout carries results only."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from pagewitness.redaction import redact_urls, redact_values
from pagewitness.settings import Settings
from rendering.text_safety import one_line, visible

# Without local variables, which contain page contents and secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def configure(settings: Settings, *, process: str = "") -> None:
    """Send the log lines of the application and its libraries to stderr in the configured format.

    Args:
        settings: The log format and level.
        process: The service process that writes the lines; it is added to each line. Empty outside the service.
    """
    level = getattr(logging, settings.log_level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        *([_naming(process)] if process else []),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.log_format == "json":
        last: list[Any] = [_TRACEBACKS, _redacting, structlog.processors.JSONRenderer()]
    else:
        last = [
            _redacting,
            _on_one_line,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_traceback),
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Its warning that a job is still running would appear every second while a database makes the job wait.
    logging.getLogger("apscheduler").setLevel(max(level, logging.ERROR))
    # They log unsanitised data from remote servers. Every problem they log either also raises an exception or does not matter.
    for quoting in ("urllib3", "protego"):
        logging.getLogger(quoting).setLevel(logging.CRITICAL + 1)
    for chatty in ("uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _naming(process: str) -> Any:
    def name(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line.setdefault("process", process)
        return line

    return name


def _redacting(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove secrets from the URLs of a line. The exception of a line for a terminal is redacted when it is written."""
    return {key: value if key == "exc_info" else redact_values(value) for key, value in line.items()}


def _on_one_line(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape terminal control characters and line breaks in a line's string values. The renderer shows other values by repr."""
    return {key: one_line(value) if isinstance(value, str) else value for key, value in line.items()}


def _traceback(stream: TextIO, error: Any) -> None:
    written = io.StringIO()
    structlog.dev.plain_traceback(written, error)
    stream.write(visible(redact_urls(written.getvalue())))


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger with that name."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
