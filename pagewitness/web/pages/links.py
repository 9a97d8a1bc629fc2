"""Addresses of the screens of pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

PAGE = "/page"
EDIT = "/page/edit"
MUTE = "/page/mute"
ACTIONS = "/pages/actions"
RETIRE = "/pages/retire"


def page_link(url: str, **query: str) -> str:
    """Return the address of the screen of the page with this URL."""
    return f"{PAGE}?{urlencode({'url': url, **query})}"


def edit_link(url: str) -> str:
    """Return the address of the form that edits the page with this URL."""
    return f"{EDIT}?{urlencode({'url': url})}"


def retire_link(page_ids: Sequence[int], back: str) -> str:
    """Return the address of the screen that says what retiring pages does."""
    return f"{RETIRE}?{urlencode([*(('page', str(key)) for key in page_ids), ('back', back)])}"
