"""The model of the demo's script: what each page states at each moment, and the events expected of a correct monitor.

Pure: no I/O, no clock. The script itself is in `pagewitness.demo.years`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import EventKind


class Form(StrEnum):
    """A form of stating the count, each with its own place on a page. Listed in page order."""

    HEADING = "heading"  # "87 PARTNERS UNITED …", above everything else
    ORDINAL = "ordinal"  # "… as its 82nd partner", the day's announcement
    WORDS = "words"  # "Sixty-five partners …", the introduction
    PARTNERS = "partners"  # "… 60 partners …", the introduction
    MEMBERS = "members"  # "… 82 members …", the introduction
    COUNTRIES = "countries"  # "… 75 member countries …", the introduction
    NATIONS = "nations"  # "… 84 nations …", the introduction
    TEASER = "teaser"  # "… who our 79 partners are …", the link to the list
    FINANCE = "finance"  # "… 86 members …", far down on the mission page


INTRODUCTIONS = (Form.WORDS, Form.PARTNERS, Form.MEMBERS, Form.COUNTRIES, Form.NATIONS)


class Theme(StrEnum):
    """The site's two designs."""

    OLD = "meridian"
    NEW = "meridian-next"


class Answer(StrEnum):
    """How the server responds for a page. All except UP must leave facts unchanged."""

    UP = "up"
    OUTAGE = "outage"  # 503, "back soon"
    DROPPED = "dropped"  # the connection closes without a response
    BLOCKED = "blocked"  # 403, a block page
    CHALLENGED = "challenged"  # 200, a page that requires a browser
    EMPTY = "empty"  # 200, no body
    UNPUBLISHED = "unpublished"  # 404, the page does not exist yet


class Extra(StrEnum):
    """Temporary passages, full of figures that are not the count."""

    BULLETS = "bullets"  # the introduction is replaced by a list of news
    DIGEST = "digest"  # a weekly digest with other numbers
    NEWCOMERS = "newcomers"  # "14 new members": not the count


@dataclass(frozen=True, slots=True)
class Statement:
    """One place of a page that states the count."""

    form: Form
    count: int


@dataclass(frozen=True, slots=True)
class PageState:
    """The state of one page at one moment.

    Attributes:
        statements: The places that state the count, in page order; empty if the page does not state it.
        theme: The design it is served in.
        answer: How the server responds.
        extras: Additional passages.
    """

    statements: tuple[Statement, ...] = ()
    theme: Theme = Theme.OLD
    answer: Answer = Answer.UP
    extras: tuple[Extra, ...] = ()

    def states(self, form: Form) -> int | None:
        """Return the count stated in that form; None if the page does not use it."""
        return next((statement.count for statement in self.statements if statement.form is form), None)

    @property
    def count(self) -> int | None:
        """The count of the page as a whole: the one stated most often, then the first on the page; None if there is none."""
        counts = [statement.count for statement in self.statements]
        return max(counts, key=counts.count, default=None)

    @property
    def values(self) -> tuple[int, ...]:
        """All counts stated, `count` first, then the others in page order; empty if there is none."""
        chosen = self.count
        others = (statement.count for statement in self.statements if statement.count != chosen)
        return () if chosen is None else (chosen, *dict.fromkeys(others))


@dataclass(frozen=True, slots=True)
class Moment:
    """One check of every page.

    Attributes:
        at: The time of the checks.
        note: What happens at this moment, shown to users of the demo.
        pages: (path, state) of every page, in the order of `years.PAGES`.
    """

    at: datetime
    note: str
    pages: tuple[tuple[str, PageState], ...]

    def state(self, path: str) -> PageState:
        """Return the state of the page at `path`.

        Raises:
            KeyError: The script has no page at `path`.
        """
        return dict(self.pages)[path]

    @property
    def published(self) -> tuple[str, ...]:
        """The paths of the pages that exist by now, in order."""
        return tuple(path for path, state in self.pages if state.answer is not Answer.UNPUBLISHED)


@dataclass(frozen=True, slots=True)
class Expected:
    """One event that the monitor must report.

    Attributes:
        reported_at: The moment whose check reports it.
        at: The moment that first showed `after`, which dates the event; earlier than `reported_at` only for fact_lost.
        page: The page's path.
        kind: One of the fact_* kinds.
        before: The value before; a tuple of all values for fact_agreed; None for fact_contradiction.
        after: The value after; a tuple of all values, the chosen one first, for fact_contradiction; None for fact_lost.
    """

    reported_at: datetime
    at: datetime
    page: str
    kind: EventKind
    before: int | tuple[int, ...] | None
    after: int | tuple[int, ...] | None
