"""An archive on SQLite, and the web application that shows it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.pagewitness.archived import NOON, Archive, Web, archive_on_sqlite
from tests.support.patience import PATIENCE_SECONDS


@pytest.fixture
def archive(sqlite_template: Path, tmp_path: Path) -> Iterator[Archive]:
    """A fresh archive; for what does not depend on the database."""
    yield from archive_on_sqlite(sqlite_template, tmp_path)


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """The web application; `Web.show` chooses the archive."""
    with Web() as web:
        yield web


@pytest.fixture
def shown_at() -> datetime:
    """The present time of the web application."""
    return NOON


@pytest.fixture
def client(archive: Archive, web: Web, shown_at: datetime) -> Iterator[httpx.Client]:
    """A client of the web application, which shows the archive."""
    web.show(archive, now=shown_at)
    with httpx.Client(base_url=web.url, timeout=PATIENCE_SECONDS) as client:
        yield client
