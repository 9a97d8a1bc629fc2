"""The `facts` command: the fact history, or with `--now` whether pages agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from monitor.errors import ConfigurationError
from monitor.model import FactDefinition, JsonValue
from monitor.times import iso_utc
from monitor.tracking.fact_consistency import FactStatement, positions
from monitor.tracking.fact_history import statement_changes
from pagewitness.cli.common import app_on
from pagewitness.cli.output import print_json, print_table
from pagewitness.composition import AppContext
from pagewitness.display import NEVER_MATCHED, fact_value, page_name
from pagewitness.fact_history.charting import fact_chart
from pagewitness.fact_history.loading import load_fact
from pagewitness.fact_history.rows import row_json
from rendering.charts.document import chart_document
from rendering.charts.style import LINES
from rendering.times import counted
from storage.queries.fact_timeline import FactTimelines
from storage.queries.history import FactHistoryRow

Definitions = Mapping[str, FactDefinition]


def facts(*, name: str | None, now: bool, chart: Path | None, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.facts`.

    Raises:
        ConfigurationError: No such fact is known, or a chart is requested together with another form or without a name.
    """
    if chart is not None and (name is None or now or json):
        raise ConfigurationError("--chart needs the name of a fact, and neither --now nor --json")
    with app_on(db) as parts:
        if chart is not None and name is not None:
            _draw(parts, name, chart)
            return
        declared = {fact.name: fact for fact in parts.store.all_facts()}
        rows = statement_changes(parts.history.stream_statements(name))
        if name is not None and name not in declared:
            rows = _at_least_one(rows, name, declared)
        if now:
            _print_positions(rows, [fact for fact in declared if name in (None, fact)], declared, json=json)
        elif json:
            print_json(map(row_json, rows))
        else:
            print_table(
                ["fact", "at (UTC)", "value", "also stated", "sentence", "page"],
                _table_rows(parts, rows, declared, name),
                empty="no page has stated a declared fact yet",
            )


def _draw(parts: AppContext, name: str, file: Path) -> None:
    """Write the chart of a fact, with links to the archived pages below PAGEWITNESS_BASE_URL.

    Raises:
        ConfigurationError: No page has stated the fact, or the file cannot be written.
    """
    timelines = FactTimelines(parts.database)
    pages = timelines.pages(name, LINES)
    if not pages:
        raise ConfigurationError(f"no page has stated a fact called {name!r}")
    base = parts.settings.base_url.rstrip("/")
    chart = fact_chart(timelines, load_fact(parts.history, name, pages), base=base)
    total = timelines.page_count(name)
    source = f"{counted(total, 'page')}" + (f", of which {LINES} are shown" if total > LINES else "")
    try:
        file.write_text(chart_document(chart, source=source), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
    print(f"{file}: {counted(sum(len(line.steps) for line in chart.lines), 'statement')} on {source}")


def _at_least_one(rows: Iterator[FactHistoryRow], name: str, declared: Definitions) -> Iterator[FactHistoryRow]:
    """Return the rows.

    Raises:
        ConfigurationError: There are none, so that nothing is known of this fact.
    """
    first = next(rows, None)
    if first is None:
        raise ConfigurationError(f"no fact is called {name!r}; declared are: {', '.join(sorted(declared)) or 'none'}")
    return chain([first], rows)


def _table_rows(
    parts: AppContext, rows: Iterable[FactHistoryRow], declared: Definitions, name: str | None
) -> Iterator[tuple[object, ...]]:
    """Yield the fact history, then the facts that pages track but never stated."""
    for row in rows:
        yield (
            row.fact,
            row.at,
            row.quote
            if row.damaged
            else fact_value(row.value, declared.get(row.fact), quote=row.quote, sentence=row.sentence),
            ", ".join(fact_value(item["value"], declared.get(row.fact)) for item in row.contradicts),
            row.sentence,
            page_name(row.page_label, row.page_title, row.page_url),
        )
    for missing in parts.history.never_matched():
        if name in (None, missing.fact):
            page = page_name(missing.page_label, missing.page_title, missing.page_url)
            yield missing.fact, None, NEVER_MATCHED, "", "", page


def _print_positions(
    rows: Iterable[FactHistoryRow], names: Iterable[str], declared: Definitions, *, json: bool
) -> None:
    """Print what pages state now; facts of `names` that no page stated are included."""
    by_fact: defaultdict[str, list[FactStatement]] = defaultdict(list)
    for row in rows:
        if row.damaged:
            continue  # the value of a damaged row is unknown
        by_fact[row.fact].append(FactStatement(row.page_url, row.at, row.value, row.quote))
    stated = {fact: positions(by_fact.get(fact, ())) for fact in dict.fromkeys([*by_fact, *names])}
    if json:
        print_json(
            {
                "fact": fact,
                "agree": len(found) <= 1,
                "positions": [
                    {
                        "value": position.value,
                        "first": _statement_json(position.first),
                        "pages": [_statement_json(statement) for statement in position.stated],
                    }
                    for position in found
                ],
            }
            for fact, found in stated.items()
        )
        return
    never: list[tuple[object, ...]] = [
        (fact, NEVER_MATCHED, "", None, "", []) for fact in stated if fact not in by_fact
    ]
    held: list[tuple[object, ...]] = [
        (
            fact,
            fact_value(position.value, declared.get(fact), quote=position.first.quote),
            f"{len(position.stated)} of {sum(len(other.stated) for other in found)}",
            position.first.at,
            position.first.url,
            [statement.url for statement in position.stated],
        )
        for fact, found in stated.items()
        for position in found
    ]
    print_table(
        ["fact", "value", "pages", "first stated (UTC)", "by", "on"],
        held + never,
        empty="no page states a declared fact now",
    )


def _statement_json(statement: FactStatement) -> dict[str, JsonValue]:
    return {"url": statement.url, "at": iso_utc(statement.at), "quote": statement.quote}
