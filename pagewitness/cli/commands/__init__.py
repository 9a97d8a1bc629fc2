"""The declarations of all commands: arguments, options and help texts. Each imports the module that does its work when it is run."""

from __future__ import annotations

from collections.abc import Callable

import typer

from pagewitness.cli.commands import alerts, archive, extraction, lists, monitoring, rules, users

channels = typer.Typer(no_args_is_help=True, help="Notification channels.")
channels.command(name="list")(lists.list_channels)
channels.command()(lists.test)


_COMMANDS: dict[str, Callable[..., None] | typer.Typer] = {
    "run": monitoring.run,
    "apply": monitoring.apply,
    "check": monitoring.check,
    "add": monitoring.add,
    "pause": monitoring.pause,
    "resume": monitoring.resume,
    "serve": monitoring.serve,
    "migrate": monitoring.migrate,
    "pages": lists.pages,
    "history": lists.history,
    "facts": lists.facts,
    "search": lists.search,
    "changes": lists.changes,
    "feed": lists.feed,
    "alerts": alerts.group,
    "rules": rules.group,
    "users": users.group,
    "inspect": extraction.inspect,
    "compare": extraction.compare,
    "diff": extraction.diff,
    "show": extraction.show,
    "import": archive.import_pages,
    "export": archive.export,
    "reprocess": archive.reprocess,
    "backup": archive.backup,
    "restore": archive.restore,
    "move": archive.move,
    "forget": archive.forget,
    "verify": archive.verify,
    "status": lists.status,
}
"""The commands, in the order of the help text."""


def add_commands(app: typer.Typer) -> None:
    """Add all commands."""
    for name, command in _COMMANDS.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name=name)(command)
    app.add_typer(channels, name="channels")
