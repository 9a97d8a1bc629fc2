"""The condition that selects one requisite of a page."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from storage.schema import requisites


def is_requisite(page_id: int, url_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for the row of a page's requisite."""
    return requisites.c.page_id == page_id, requisites.c.url_id == url_id
