"""The command line. Results go to stdout, progress and complaints to stderr; every error is one line that says what to do."""

from __future__ import annotations

import sys

import typer

from alerts.shown import visible
from monitor.errors import ConfigurationError, PagewitnessError
from pagewitness.cli import importing, keeping, listing, reading, rereading, status, verifying, watching
from pagewitness.litter import collect_seldom
from pagewitness.wording import shorten

_LONGEST_LINE = 2000

app = typer.Typer(
    name="pagewitness",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches web pages, keeps every snapshot, and tells people when a key fact changes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
watching.register(app)
listing.register(app)
reading.register(app)
importing.register(app)
rereading.register(app)
keeping.register(app)
verifying.register(app)
status.register(app)


def main() -> None:
    """Run the command line; exit 2 for wrong usage or configuration, 1 for what failed."""
    collect_seldom()
    try:
        app()
    except ConfigurationError as error:
        _complain(str(error))
        sys.exit(2)
    except PagewitnessError as error:
        _complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our results has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A file that was named, or a disk or terminal that takes no more: nothing that a traceback would help with.
        place = f"{error.filename}: " if error.filename is not None else ""
        _complain(f"{place}{error.strerror or error}; check the path and the disk")
        sys.exit(1)


def _complain(message: str) -> None:
    lines = [shorten(visible(line), _LONGEST_LINE) for line in message.split("\n")]
    print("pagewitness: " + "\n".join(lines), file=sys.stderr)
