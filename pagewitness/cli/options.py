"""Options that several commands have. Nothing else is imported, so that --help is fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Db = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="URL", help="The database; else PAGEWITNESS_DATABASE_URL, else sqlite:///pagewitness.db"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
WatchlistOption = Annotated[
    Path | None,
    typer.Option(
        "--watchlist", metavar="FILE", help="Read the facts that this watchlist declares; else PAGEWITNESS_WATCHLIST's."
    ),
]
AllowDamage = Annotated[
    bool,
    typer.Option(
        "--allow-damage",
        help="Go on though something in it is damaged; it is named, and the exit code is 1 all the same.",
    ),
]
