"""The command line. Results go to stdout, progress and errors to stderr; every error is one line that says what to do."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from monitor.errors import ConfigurationError, PagewitnessError
from pagewitness.service.gc_tuning import collect_seldom
from pagewitness.validation_messages import shorten
from rendering.text_safety import visible

_LONGEST_LINE = 2000

_MODULES = {
    "run": "run", "apply": "run", "check": "check", "add": "pages", "pause": "pages", "resume": "pages", "serve": "run", "migrate": "run",
    "pages": "lists", "history": "lists", "facts": "lists", "changes": "lists", "alerts": "lists",
    "inspect": "inspect_pages", "compare": "inspect_pages", "diff": "inspect_pages", "show": "inspect_pages",
    "import": "import_pages", "reprocess": "reprocess",
    "backup": "maintenance", "restore": "maintenance", "move": "maintenance", "forget": "maintenance", "verify": "verify",
    "status": "status", "channels": "lists",
}  # fmt: skip
"""The module of each command in this package, in the order of the help text."""


_RENAMED = {"reread": "reprocess", "--overrule-robots": "--ignore-robots"}


class _LazyCommands(dict[str, Any]):
    """Imports a command's module on first access: importing all of them takes a second."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(_MODULES))

    def __getitem__(self, name: str) -> Any:
        command = super().__getitem__(name)
        if command is None:
            scratch = typer.Typer()
            scratch.callback()(_root)
            import_module(f"pagewitness.cli.{_MODULES[name]}").register(scratch)
            self[name] = command = typer.main.get_group(scratch).commands[name]
        return command

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 (it is what is suggested)

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


class _Commands(typer.core.TyperGroup):
    """The command group, whose commands are imported on first use."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = _LazyCommands()

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
        typer.echo(f"pagewitness {version('pagewitness')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of all commands. With a callback, Typer builds a group even for a single command."""


app = typer.Typer(
    name="pagewitness",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Monitors web pages, archives every snapshot, and sends an alert when a key fact changes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(_root)


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
    lines = [shorten(visible(line), _LONGEST_LINE) for line in message.split("\n")]
    print("pagewitness: " + "\n".join(lines), file=sys.stderr)
