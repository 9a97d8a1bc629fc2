"""`PageEditStore`: what users change about pages, each change with its entry in the audit log. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from storage.accounts import audit
from storage.accounts.model import AuditEntry
from storage.database.connection import Database
from storage.watched import page_edits
from storage.watched.declarations import DeclaredPage
from storage.watched.page_edits import ActionReport, PageAction


class PageEditStore:
    """Changes of pages on behalf of users. The audit log gets an entry for each page that changed, with its URL as the subject."""

    database: Database

    def act_on_pages(
        self, action: PageAction, page_ids: Collection[int], *, now: datetime, entry: AuditEntry
    ) -> ActionReport:
        """Check pages now, pause, resume, retire or restore them.

        A page of a watchlist is not retired: the next `apply` would undo it, as it resumes a page that the watchlist does not declare as paused. A retired page that is
        restored belongs to no watchlist until one declares it.

        Args:
            action: Any but the two about tags.
            page_ids: The pages.
            now: On the observing clock.
            entry: What the audit log gets for each page that changed.
        """
        with self.database.begin() as connection:
            report = page_edits.act(connection, action, page_ids, now)
            for url in report.changed:
                audit.record(connection, replace(entry, subject=url))
            return report

    def tag_pages(
        self,
        page_ids: Collection[int],
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        most: int,
        entry: AuditEntry,
    ) -> ActionReport:
        """Add tags to pages, or remove them; not to those of a watchlist, which declares their tags.

        Args:
            page_ids: The pages.
            add: The tags to add, valid.
            remove: The tags to remove.
            most: Maximum number of tags of a page.
            entry: What the audit log gets for each page that changed.
        """
        with self.database.begin() as connection:
            report = page_edits.tag_pages(connection, page_ids, add, remove, most)
            for url in report.changed:
                audit.record(connection, replace(entry, subject=url))
            return report

    def edit_page(self, page_id: int, declared: DeclaredPage, *, now: datetime, entry: AuditEntry) -> tuple[str, ...]:
        """Replace the declaration of a page that no watchlist declares. It stays paused, or not; with another schedule it is due at once.

        An imported page becomes one of the web application, and is monitored.

        Args:
            page_id: The page.
            declared: Its declaration; `url` and `paused` do not count.
            now: On the observing clock.
            entry: What the audit log gets, with the names of the changed columns, if any changed.

        Returns:
            The names of the columns of `pages` that changed.

        Raises:
            UnknownName: There is no such page.
            ConfigurationError: A watchlist declares it, or it is retired.
        """
        with self.database.begin() as connection:
            changed = page_edits.edit_page(connection, page_id, declared, now)
            if changed:
                audit.record(connection, replace(entry, detail={**entry.detail, "changed": ", ".join(changed)}))
            return changed
