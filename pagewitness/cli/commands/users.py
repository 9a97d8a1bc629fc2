# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The `users` commands. Declarations only."""

from __future__ import annotations

from typing import Annotated

import typer

from pagewitness.cli.options import Db, Json

group = typer.Typer(no_args_is_help=True, help="Users of the web interface.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
_Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="viewer, editor or admin.")]


@group.command(name="list")
def list_users(json: Json = False, db: Db = None) -> None:
    """List the users."""
    from pagewitness.cli import users

    users.list_users(json=json, db=db)


@group.command()
def add(name: _Name, role: _Role = "editor", db: Db = None) -> None:
    """Add a user, and print the one-time link with which the user chooses a password."""
    from pagewitness.cli import users

    users.add(name, role=role, db=db)


@group.command()
def link(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The user; none: the first administrator.")
    ] = None,
    db: Db = None,
) -> None:
    """Print a one-time link with which a user chooses a new password, or the first administrator is added."""
    from pagewitness.cli import users

    users.link(name, db=db)


@group.command()
def disable(name: _Name, db: Db = None) -> None:
    """End all sessions of a user, who may no longer log in."""
    from pagewitness.cli import users

    users.set_active(name, is_active=False, db=db)


@group.command()
def enable(name: _Name, db: Db = None) -> None:
    """Let a disabled user log in again."""
    from pagewitness.cli import users

    users.set_active(name, is_active=True, db=db)


@group.command(name="reset-one-time-passwords")
def reset_one_time_passwords(name: _Name, db: Db = None) -> None:
    """Let a user log in without one-time password, because the user's authenticator app is lost."""
    from pagewitness.cli import users

    users.reset_one_time_passwords(name, db=db)
