"""Parts of watchlists, and the errors that a watchlist causes."""

from __future__ import annotations

import pytest

from pagewitness.watchlist.loader import WatchlistError, parse

PAGE = '[[page]]\nurl = "https://example.org/"\n'
EMAIL = '[[channel]]\nname = "desk"\ntype = "email"\nhost = "smtp.example.org"\nfrom = "a@example.org"\nto = ["b@example.org"]\n'
HOOK = '[[channel]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.org/hook"\n'


def problems(text: str) -> tuple[str, ...]:
    """Return the errors of a watchlist, one line each."""
    with pytest.raises(WatchlistError) as caught:
        parse(text, "list.toml")
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def the_problem(text: str) -> str:
    """Return the only error of a watchlist."""
    (problem,) = problems(text)
    return problem
