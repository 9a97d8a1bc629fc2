"""The command line. Results go to stdout, progress and errors to stderr; every error is one line that says what to do."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
import typer.core

from monitor.errors import ConfigurationError, PagewitnessError
from pagewitness.cli.commands import add_commands
from pagewitness.service.gc_tuning import collect_seldom

_LONGEST_LINE = 2000

_RENAMED = {"reread": "reprocess", "--overrule-robots": "--ignore-robots"}


class _Commands(typer.core.TyperGroup):
    """The command group, which answers an old name with the new one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for place, word in enumerate(args):
            # A command's name comes first; behind it, the same word is a label or a URL.
            if word in _RENAMED and (place == 0 or word.startswith("--")):
                raise ConfigurationError(f"{word} is called {_RENAMED[word]} now")
            if word == "--":
                break
        return super().parse_args(ctx, args)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (slow to import)

        typer.echo(f"pagewitness {version('pagewitness')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of all commands."""


app = typer.Typer(
    name="pagewitness",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Monitors web pages, archives every snapshot, and sends an alert when a key fact changes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(_root)
add_commands(app)


def main() -> None:
    """Run the command line. Exit with 2 for wrong usage or configuration, with 1 for a failure."""
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
        # The reader of stdout closed the pipe.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A bad path, or a full disk or closed terminal: a traceback would not help.
        place = f"{error.filename}: " if error.filename is not None else ""
        _complain(f"{place}{error.strerror or error}; check the path and the disk")
        sys.exit(1)


def _complain(message: str) -> None:
    from monitor.limits import cut  # noqa: PLC0415
    from rendering.text_safety import visible  # noqa: PLC0415 (only errors need it)

    lines = [cut(visible(line), _LONGEST_LINE) for line in message.split("\n")]
    print("pagewitness: " + "\n".join(lines), file=sys.stderr)
