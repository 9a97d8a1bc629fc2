"""Generator of the settings and watchlist pages in docs/reference, from the models that parse them: `python -m pagewitness.reference`."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pagewitness.settings import FREE_SUFFIXES, FROM_FILE, Settings, variable
from pagewitness.watchlist.channel_tables import CHANNEL_TABLES, POLICY_KEYS, NamedTable
from pagewitness.watchlist.fact_tables import FactTable, ListTable, TextTable
from pagewitness.watchlist.page_tables import BasicAuthTable, DefaultsTable, HostTable, PageTable, RequestKeys
from pagewitness.watchlist.rule_tables import RuleTable, WhenTextTable
from pagewitness.watchlist.tables import WatchlistFile

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
TABLES: dict[str, type[BaseModel]] = {
    "page": PageTable,
    "basic_auth": BasicAuthTable,
    "defaults": DefaultsTable,
    "host": HostTable,
    "fact": FactTable,
    "text": TextTable,
    "list": ListTable,
    "channel": NamedTable,
    **CHANNEL_TABLES,
    "rule": RuleTable,
    "when_text": WhenTextTable,
}
_COMMON: Mapping[str, Collection[str]] = {
    "host": {**DefaultsTable.model_fields, **RequestKeys.model_fields},
    "channel": {"name"},
    **dict.fromkeys(CHANNEL_TABLES, POLICY_KEYS),
}
"""Keys left out of a table because the page describes them in another one."""
_SETTINGS = """# Settings

<!-- Written by `python -m pagewitness.reference` from pagewitness/settings.py. Change it there. -->

Settings configure how Pagewitness runs on a machine; the [watchlist](watchlist.md) declares what it monitors. Settings are environment variables.
An empty variable counts as not set. A name that starts with `PAGEWITNESS_` but is not a setting is an error, so that typing errors are noticed;
names that end in {free} are reserved for the watchlist, which refers to them as `"env:NAME"`.
All errors are reported at once, with exit code 2.

| variable | default | meaning |
|---|---|---|
{rows}

{files} can also be set by the path of a file that contains the value: {file_names}. Set only one of the two.
"""


def documents() -> dict[Path, str]:
    """Return the expected content of every generated file in docs/reference."""
    watchlist = FOLDER / "watchlist.md"
    return {
        FOLDER / "settings.md": settings_page(),
        FOLDER / "watchlist.schema.json": watchlist_schema(),
        watchlist: with_key_tables(watchlist.read_text(encoding="utf-8")),
    }


def settings_page() -> str:
    """Return the content of docs/reference/settings.md."""
    rows = [
        f"| `{variable(name)}` | {_default(field)} | {_cell(field.description)} |"
        for name, field in Settings.model_fields.items()
    ]
    return _SETTINGS.format(
        free=", ".join(f"`{suffix}`" for suffix in FREE_SUFFIXES),
        rows="\n".join(rows),
        files=", ".join(f"`{variable(name)}`" for name in FROM_FILE),
        file_names=", ".join(f"`{variable(name)}_FILE`" for name in FROM_FILE),
    )


def watchlist_schema() -> str:
    """Return docs/reference/watchlist.schema.json: a JSON schema for editors. It does not cover constraints between tables."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **WatchlistFile.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def with_key_tables(text: str) -> str:
    """Return docs/reference/watchlist.md with the key tables between its markers regenerated."""
    for name, model in TABLES.items():
        before, start, rest = text.partition(f"<!-- keys of {name} -->\n")
        _, end, after = rest.partition("<!-- end of keys -->")
        text = before + start + _key_table(model, left_out=_COMMON.get(name, ())) + end + after
    return text


def main() -> None:
    """Write the generated files whose content differs."""
    for path, text in documents().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}", file=sys.stderr)


def _key_table(model: type[BaseModel], left_out: Collection[str]) -> str:
    rows = [
        f"| `{field.alias or name}` | {_default(field)} | {_example(field)} | {_cell(field.description)} |"
        for name, field in model.model_fields.items()
        if name not in left_out
    ]
    return "\n".join(["| key | default | example | meaning |", "|---|---|---|---|", *rows]) + "\n"


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default" in extra:
        return f"`{extra['default']}`"
    if field.is_required():
        return "**required**"
    if field.default in (None, PydanticUndefined):
        return "–"
    return _code(field.default) if field.default != "" else "–"


def _example(field: FieldInfo) -> str:
    return _code(field.examples[0]) if field.examples else ""


def _code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text}`"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
