"""The `facts` command: the fact history, or with `--now` whether pages agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

import typer

from monitor.errors import ConfigurationError
from monitor.model import JsonValue
from monitor.times import iso_utc
from monitor.tracking.fact_consistency import FactStatement, positions
from pagewitness.cli.common import Db, Json, app_on, print_json, print_table
from rendering.text_safety import render_value
from storage.queries.history import FactHistoryRow


def facts(
    name: Annotated[str | None, typer.Argument(help="Only this fact.")] = None,
    now: Annotated[
        bool, typer.Option("--now", help="What pages state now: whether they agree, and which page stated it first.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the fact history: what each page stated of each fact, and since when."""
    with app_on(db) as parts:
        declared = {fact.name for fact in parts.store.all_facts()}
        rows = parts.history.fact_history(name)
        if name is not None and not rows and name not in declared:
            raise ConfigurationError(
                f"no fact is called {name!r}; declared are: {', '.join(sorted(declared)) or 'none'}"
            )
        if now:
            _positions(rows, json=json)
            return
        if json:
            print_json(
                {
                    "fact": row.fact,
                    "url": row.page_url,
                    "at": iso_utc(row.at),
                    "value": row.value,
                    "quote": row.quote,
                    "sentence": row.sentence,
                    "contradicts": list(row.contradicts),
                }
                for row in rows
            )
            return
        print_table(
            ["fact", "at (UTC)", "value", "also stated", "sentence", "page"],
            [
                (
                    row.fact,
                    row.at,
                    row.quote if row.damaged else _value(row.value),
                    _values(row.contradicts),
                    row.sentence,
                    row.page_label or row.page_url,
                )
                for row in rows
            ],
            empty="no page has stated a declared fact yet",
        )


def _positions(rows: Iterable[FactHistoryRow], *, json: bool) -> None:
    by_fact: defaultdict[str, list[FactStatement]] = defaultdict(list)
    for row in rows:
        if row.damaged:
            continue  # the value of a damaged row is unknown
        by_fact[row.fact].append(FactStatement(row.page_url, row.at, row.value, row.quote))
    stated = {fact: positions(statements) for fact, statements in by_fact.items()}
    if json:
        print_json(
            {
                "fact": fact,
                "agree": len(found) <= 1,
                "positions": [
                    {
                        "value": position.value,
                        "first": _said_at(position.first),
                        "pages": [_said_at(statement) for statement in position.stated],
                    }
                    for position in found
                ],
            }
            for fact, found in stated.items()
        )
        return
    print_table(
        ["fact", "value", "pages", "first stated (UTC)", "by", "on"],
        [
            (
                fact,
                position.value,
                f"{len(position.stated)} of {sum(len(other.stated) for other in found)}",
                position.first.at,
                position.first.url,
                [statement.url for statement in position.stated],
            )
            for fact, found in stated.items()
            for position in found
        ],
        empty="no page states a declared fact now",
    )


def _said_at(statement: FactStatement) -> dict[str, JsonValue]:
    return {"url": statement.url, "at": iso_utc(statement.at), "quote": statement.quote}


def _value(value: JsonValue) -> str:
    """Return a fact's value as a cell: for a list, the number of names, then the names."""
    if value is None:
        return ""
    return f"{len(value)}: {render_value(value)}" if isinstance(value, list) else render_value(value)


def _values(contradicts: JsonValue) -> str:
    return ", ".join(str(item["value"]) if isinstance(item, dict) else str(item) for item in contradicts)
