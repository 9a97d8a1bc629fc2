"""Tables of the facts, channels and rules that the last applied watchlist declares, or users of the web application."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, text

from monitor.model import DefinitionSource
from storage.database.columns import JsonText, Prose, UtcDateTime, closed
from storage.schema.base import metadata


def _declared(name: str, kind: str) -> Table:
    return Table(
        name,
        metadata,
        Column("name", Prose, primary_key=True, comment="Name in the watchlist."),
        Column("definition", JsonText, nullable=False, comment="As declared, JSON; secrets as written, not resolved."),
        Column("position", Integer, nullable=False, comment="Place in the watchlist, from 0."),
        Column(
            "applied_at", UtcDateTime, nullable=False, comment="When this definition was applied (observing clock)."
        ),
        Column("retired_at", UtcDateTime, comment="When it left the watchlist (observing clock); null while in force."),
        *closed(
            "source",
            DefinitionSource,
            server_default=text("'watchlist'"),
            comment="Where it was declared; apply retires only those of a watchlist.",
        ),
        comment=f"{kind} that the last applied watchlist or the web application declared.",
    )


facts = _declared("facts", "Facts")
channels = _declared("channels", "Channels")
rules = _declared("rules", "Rules")
