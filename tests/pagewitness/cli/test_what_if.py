"""What `reprocess --what-if` reads with: the declaration of each page in the watchlist that is tried out."""

from __future__ import annotations

from monitor.model import Page, PageSource, PageState, Schedule, Selection
from pagewitness.cli.reprocess import as_declared
from pagewitness.watchlist.loader import parse


def page(number: int, source: PageSource) -> Page:
    url = f"https://{source.value}.example/"
    return Page(number, url, "", f"{source.value}.example", Schedule(), (), False, PageState.ACTIVE, source, None)


def test_listed_pages_are_read_as_declared_and_imported_ones_with_all_facts():
    watchlist = parse(
        '[defaults]\nmute = ["Weather"]\n[[page]]\nurl = "https://watchlist.example/"\nfacts = ["fee"]\nonly = ["main"]\ntags = ["x"]\n'
        '[[fact]]\nname = "fee"\nmoney_of = ["fee"]\n[[fact]]\nname = "homes"\ncount_of = ["homes"]\n',
        "list.toml",
    )
    stored = [page(1, PageSource.WATCHLIST), page(2, PageSource.IMPORTED), page(3, PageSource.ADDED)]
    listed, imported = as_declared(stored, watchlist)
    assert (listed.id, [fact.name for fact in listed.facts]) == (1, ["fee"])
    assert (listed.selection, listed.mute, listed.tags) == (Selection(("main",)), ("Weather",), ("x",))
    assert (imported.id, [fact.name for fact in imported.facts]) == (2, ["fee", "homes"])
