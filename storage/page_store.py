"""`PageStore`: pages, their schedules and health, and the applied watchlist. Each method is one transaction; the SQL is in the modules it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerts.model import ChannelConfig, Rule
from monitor.model import DefinitionSource, FactDefinition, Page, PageSource, Schedule
from storage.accounts import audit
from storage.accounts.model import AuditEntry
from storage.database.connection import Database
from storage.watched import apply, definitions, health, pages, schedules
from storage.watched.declarations import AddReport, ApplyReport, DeclaredPage
from storage.watched.definitions import DefinitionKind


class PageStore:
    """Pages, schedules, health, and the definitions of the last applied watchlist."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def page(self, page_id: int) -> Page:
        """Return one page.

        Raises:
            UnknownName: No page has this id.
        """
        with self.database.read() as connection:
            return pages.load_page(connection, page_id)

    def page_by_url(self, url: str) -> Page | None:
        """Return the page of a normalised URL; None if it is unknown."""
        with self.database.read() as connection:
            return pages.page_by_url(connection, url)

    def add_page(
        self,
        url: str,
        *,
        label: str = "",
        schedule: Schedule,
        facts: Sequence[str] = (),
        allow_private: bool = False,
        source: PageSource,
        now: datetime,
        again: bool = False,
        obey_robots: bool = True,
    ) -> Page:
        """Add a page that is due at once, or never if it is imported.

        A known page is returned unchanged, except that a retired page is reactivated with the values given here, unless the source is an import.

        Args:
            url: Normalised by `monitor.urls.normalise`.
            label: Its display name.
            schedule: When it is due.
            facts: Names of the facts tracked on it.
            allow_private: Whether its own host and port may be a private or loopback address.
            source: Where the request to add it comes from.
            now: On the observing clock.
            again: Whether a URL whose content was erased (`storage.maintenance.erasure`) may be added again.
            obey_robots: Whether checks obey robots.txt.

        Raises:
            ConfigurationError: The content of this URL was erased, and `again` is false.
        """
        with self.database.begin() as connection:
            return pages.add_page(
                connection,
                url=url,
                label=label,
                schedule=schedule,
                fact_names=facts,
                allow_private=allow_private,
                source=source,
                now=now,
                again=again,
                obey_robots=obey_robots,
            )

    def add_pages(
        self,
        declared: Sequence[DeclaredPage],
        *,
        now: datetime,
        again: bool = False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> AddReport:
        """Add pages on behalf of a user, all or none; they are due at once. Known pages are left as they are, retired ones become active as declared.

        Args:
            declared: Each URL once.
            now: On the observing clock.
            again: See `add_page`.
            progress: Called with the number of pages dealt with since the last call.

        Raises:
            ConfigurationError: The content of one of the URLs was erased, and `again` is false.
        """
        with self.database.begin() as connection:
            return pages.add_pages(connection, declared, now=now, again=again, progress=progress)

    def set_next_check(self, page_id: int, when: datetime | None) -> None:
        """Set when an active page is due next; None: never. A no-op for other pages, which are never due."""
        with self.database.begin() as connection:
            pages.set_next_check(connection, page_id, when)

    def all_facts(self) -> Sequence[FactDefinition]:
        """Return the current fact definitions, in the watchlist's order."""
        with self.database.read() as connection:
            return pages.all_facts(connection)

    def apply_declared(
        self,
        declared: Sequence[DeclaredPage],
        facts: Sequence[FactDefinition],
        channels: Sequence[ChannelConfig],
        rules: Sequence[Rule],
        *,
        now: datetime,
    ) -> ApplyReport:
        """Make the stored pages, facts, channels and rules match a watchlist.

        Pages that came from a watchlist and are no longer declared are retired; their history is kept. Pages that were added or imported stay,
        and belong to the watchlist once it declares them. New and returning pages are due at once. Applying the same watchlist twice changes
        nothing. A declared URL whose content was erased (`storage.maintenance.erasure`) is left out and reported.

        Args:
            declared: The pages, each URL once.
            facts: The facts, each name once.
            channels: The channels, each name once.
            rules: The rules, each name once.
            now: On the observing clock.
        """
        with self.database.begin() as connection:
            return apply.apply_declared(connection, declared, facts, channels, rules, now)

    def declare(self, declared: FactDefinition | ChannelConfig | Rule, *, now: datetime, entry: AuditEntry) -> None:
        """Declare a fact, channel or rule for a user of the web application, or change one that was declared there.

        Raises:
            ConfigurationError: The watchlist declares this name, and differently.
        """
        with self.database.begin() as connection:
            definitions.declare(connection, declared, now)
            audit.record(connection, entry)

    def withdraw(self, kind: DefinitionKind, name: str, *, now: datetime, entry: AuditEntry) -> None:
        """Retire a fact, channel or rule that was declared in the web application. Its history is kept.

        Raises:
            UnknownName: None of this name is in force.
            ConfigurationError: The watchlist declares it.
        """
        with self.database.begin() as connection:
            definitions.withdraw(connection, kind, name, now)
            audit.record(connection, entry)

    def definition_source(self, kind: DefinitionKind, name: str) -> DefinitionSource | None:
        """Return where a fact, channel or rule in force was declared; None if there is none of this name."""
        with self.database.read() as connection:
            return definitions.source_of(connection, kind, name)

    def reschedule(self, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str) -> None:
        """Set when an active page is due next, its current interval, and the reason. A no-op for other pages.

        Args:
            page_id: The page.
            due: When it is due; None: never.
            interval: The current interval of an adaptive schedule; None for other schedules.
            reason: The reason, for display; "" where the schedule alone explains it.
        """
        with self.database.begin() as connection:
            schedules.reschedule(connection, page_id, due, interval=interval, reason=reason)

    def schedule_reason(self, page_id: int) -> str:
        """Return why a page is due at its time, for display; "" where its schedule alone explains it."""
        with self.database.read() as connection:
            return schedules.schedule_reason(connection, page_id)

    def latest_due(self) -> Sequence[tuple[Schedule, timedelta | None, datetime]]:
        """Return each schedule and interval that active pages have, with the latest time at which a page of it is due."""
        with self.database.read() as connection:
            return schedules.latest_due(connection)

    def due_after(self, moment: datetime, *, beyond: int) -> Sequence[Page]:
        """Return a batch of active pages due after `moment`, in order of id, with ids above `beyond`; empty at the end."""
        with self.database.read() as connection:
            return schedules.due_after(connection, moment, beyond)

    def unhealthy_pages(self, now: datetime) -> Sequence[health.PageChecks]:
        """Return active pages that are not due, whose newest check was not ok, and for which no problem has been reported."""
        with self.database.read() as connection:
            return health.unhealthy_pages(connection, now)

    def expiring(self, before: datetime) -> Sequence[health.PageChecks]:
        """Return active pages whose newest answered check had a certificate that expires before `before` and has not been reported."""
        with self.database.read() as connection:
            return health.expiring(connection, before)

    def update_health(self, page_id: int, decide: health.Decide, *, now: datetime) -> int:
        """Recompute a page's health and store it with its events. The page's row is locked meanwhile.

        Args:
            page_id: The page.
            decide: Pure; its result is stored if it differs from the current health.
            now: On the observing clock.

        Returns:
            The number of events stored.

        Raises:
            UnknownName: No page has this id.
        """
        with self.database.begin() as connection:
            return health.update_health(connection, page_id, decide, now)
