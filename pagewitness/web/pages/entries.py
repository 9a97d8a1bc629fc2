"""The routes of pages."""

from __future__ import annotations

from pagewitness.web.access.gate import Entry
from pagewitness.web.access.identity import Access
from pagewitness.web.pages import links
from pagewitness.web.pages.actions import ActionScreens
from pagewitness.web.pages.edit import EditScreen
from pagewitness.web.pages.page import PageScreen
from pagewitness.web.screens import Screens
from storage.queries.history import History
from storage.store import SqlStore


def page_entries(history: History, screens: Screens, store: SqlStore) -> list[Entry]:
    """Return the routes of one page, and of what users do with pages."""
    page = PageScreen(history, screens, store.database)
    edit = EditScreen(history, screens, store)
    actions = ActionScreens(screens, store)
    return [
        Entry(links.PAGE, page.answer, Access.READ),
        Entry(links.EDIT, edit.form, Access.EDIT),
        Entry(links.EDIT, edit.save, Access.EDIT, ("POST",)),
        Entry(links.MUTE, edit.mute, Access.EDIT, ("POST",)),
        Entry(links.ACTIONS, actions.act, Access.EDIT, ("POST",)),
        Entry(links.RETIRE, actions.confirm_retiring, Access.EDIT),
    ]
