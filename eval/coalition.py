"""Five saved texts about the Global Coalition against Daesh, as pages of their time: the count of members must be read off each of them."""

from __future__ import annotations

import html
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.files import pagewitness

HOME = "https://coalition.example/en/"
ARTICLE = "https://news.example/coalition"
# The file's number, the page it refers to, and when it stated it.
SAVED = (
    ("000", ARTICLE, "2017-07-01"),
    ("003", HOME, "2020-06-01"),
    ("002", HOME, "2021-03-01"),
    ("004", HOME, "2023-01-01"),
    ("001", HOME, "2024-10-01"),
)
WATCHLIST = """
[[page]]
url = "{home}"
paused = true
facts = ["member_count"]

[[page]]
url = "{article}"
paused = true
facts = ["member_count"]

[[fact]]
name = "member_count"
count_of = ["members", "partners", "member countries", "member states", "nations"]
"""


def run(seeds: Path) -> int:
    """Import the five and compare what is reported with what they state; 1 where it differs."""
    with TemporaryDirectory() as scratch:
        changes, statements = _reported(seeds, Path(scratch))
    counts = [(change["before"], change["after"]) for change in changes if change["kind"] == "fact_changed"]
    alongside = {change["url"]: set(change["after"]) for change in changes if change["kind"] == "fact_contradiction"}
    checks = {
        "the home page reads 82 → 83 → 85 → 87": counts == [(82, 83), (83, 85), (85, 87)],
        "it says 86 beside 87": 86 in alongside.get(HOME, ()) and 87 in alongside.get(HOME, ()),
        "the fact history ends at 87": [row["value"] for row in statements if row["url"] == HOME][-1:] == [87],
        "the article reads 75": [row["value"] for row in statements if row["url"] == ARTICLE] == [75],
        "it says 68 beside 75": alongside.get(ARTICLE) == {75, 68},
    }
    for sentence, held in checks.items():
        print(f"{'pass' if held else 'FAIL'}  {sentence}")
    if not all(checks.values()):
        print(
            f"reported: {counts}, beside: {alongside}, fact history: {[(row['url'], row['value']) for row in statements]}"
        )
    return 0 if all(checks.values()) else 1


def _reported(seeds: Path, scratch: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What `changes --json` and `facts --json` say after the import."""
    database = f"sqlite:///{scratch}/coalition.db"
    watchlist = scratch / "watchlist.toml"
    watchlist.write_text(WATCHLIST.format(home=HOME, article=ARTICLE))
    pagewitness("apply", watchlist, "--db", database)
    with (scratch / "manifest.jsonl").open("w") as manifest:
        for number, url, date in SAVED:
            page = _page(next(seeds.glob(f"{number}*.txt")).read_text(), scratch / f"{number}.html")
            manifest.write(json.dumps({"url": url, "date": date, "file": page.name}) + "\n")
    pagewitness("import", scratch, "--db", database)
    changes, statements = (pagewitness(command, "--json", "--db", database) for command in ("changes", "facts"))
    return [json.loads(line) for line in changes.splitlines()], [json.loads(line) for line in statements.splitlines()]


def _page(text: str, target: Path) -> Path:
    """A saved text as the plainest page that can hold it: a paragraph for each part between empty lines."""
    parts = (f"<p>{html.escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())
    target.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Saved</title><body>{"".join(parts)}</body></html>'
    )
    return target
