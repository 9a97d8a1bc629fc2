"""Writes cli.md and database.md, from the command line and the tables themselves: `python docs/reference/generate.py`."""  # noqa: INP001

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Table
from typer.main import get_command

from pagewitness.cli import app
from storage.schema import VERSION, metadata

FOLDER = Path(__file__).parent

CLI = """# The command line

<!-- Written by `python docs/reference/generate.py` from the commands themselves. -->

`pagewitness COMMAND --help` says the same in a terminal. Results go to stdout, progress and complaints to stderr. With `--json` a command
prints one JSON object a line; [json.md](json.md) lists the keys. Times are in UTC.

| exit code | meaning |
|---|---|
| 0 | all is fine; lists and imports always end so |
| 1 | something was found (`compare`, `diff`), was not ok (`inspect`), needs a person (`status`), is damaged (`verify`, `backup`, `restore`, `move`), or failed (`check` where every look did) |
| 2 | wrong usage or configuration |

Commands that work on the database take `--db URL` after their name: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. Without it
`PAGEWITNESS_DATABASE_URL` counts, and without that `sqlite:///pagewitness.db` in the current folder. A missing or empty database is created;
one of another schema version is refused with the advice to run `pagewitness migrate`. [settings.md](settings.md) lists all variables.
"""

DATABASE = """# The database

<!-- Written by `python docs/reference/generate.py` from storage/schema. Change it there. -->

The same tables on SQLite and PostgreSQL, schema version {version}. Times are in UTC. JSON is stored as text. "Observing clock" is the clock
that checks are dated by; "database clock" is the database's own, on which leases and retries run. T1, T2 and T3 are the three transactions of
[how a check works](../explanation/how-a-check-works.md). Scripts may read all of this; nothing but Pagewitness should write to it.
"""


def documents() -> dict[Path, str]:
    """Each generated page as it should be."""
    return {FOLDER / "cli.md": cli_page(), FOLDER / "database.md": database_page()}


def cli_page() -> str:
    """All commands with their arguments and options."""
    return "\n".join([CLI, *(_command(names, command) for names, command in commands())])


def commands() -> list[tuple[str, Any]]:
    """Every command with its full name, "channels test"; groups are taken apart."""
    found: list[tuple[str, Any]] = []
    group: Any = get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if not inner or command.invoke_without_command:
            found.append((name, command))
        found += [(f"{name} {each}", one) for each, one in (inner or {}).items()]
    return found


def _command(name: str, command: Any) -> str:
    rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    arguments = " ".join(row[0] for row in rows if not row[0].startswith("-"))
    lines = [f"## `pagewitness {name}`", "", command.help or "", ""]
    usage = f"    pagewitness {name} {arguments}".rstrip()
    lines += [usage + (" [OPTIONS]" if any(row[0].startswith("-") for row in rows) else ""), ""]
    if rows:
        lines += ["| | meaning |", "|---|---|", *(f"| `{given}` | {meaning} |" for given, meaning in rows), ""]
    return "\n".join(lines)


def _parameter(parameter: Any) -> tuple[str, str]:
    meaning = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    default = getattr(parameter, "default", None)
    if isinstance(default, str) and default:
        meaning += f" Default: `{default}`."
    metavar = getattr(parameter, "metavar", None)
    if parameter.param_type_name == "argument":
        name = metavar or parameter.name.upper()
        return (name if parameter.required or name.startswith("[") else f"[{name}]"), meaning
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    takes = "" if parameter.is_flag else f" {metavar or parameter.name.upper()}"
    return names + takes, meaning


def database_page() -> str:
    """All tables with their columns."""
    return "\n".join([DATABASE.format(version=VERSION), *(_table(table) for table in metadata.tables.values())])


def _table(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {str(column.type).lower()}{'' if column.nullable else ', never null'} | {_cell(column.comment)} |"
        for column in table.columns
    ]
    return "\n".join(
        [f"## `{table.name}`", "", table.comment or "", "", "| column | type | meaning |", "|---|---|---|", *rows, ""]
    )


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def main() -> None:
    """Write the pages that differ."""
    for path, text in documents().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
