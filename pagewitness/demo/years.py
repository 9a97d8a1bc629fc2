"""The script of years: what the demo's site shows from December 2014 to February 2026, and which events must be reported.

Pure: no I/O, no clock. The counts and their order are those of the real Coalition's pages. Days without known events are filled with
what happens to every site: outages, block pages, a redesign, a count that is absent for weeks.

`EXPECTED` is written by hand, independently of the product, so that it can test it. Its rules:

- a page's first version reports nothing, except existing contradictions;
- another value at the next ok check is fact_changed, at that check;
- an absent count is reported as fact_lost at the third consecutive ok check without it, dated at the first of them, and as fact_found
  when it returns after that; a return before that is silent, or fact_changed if the value differs;
- two values on one page are fact_contradiction once, and fact_agreed when it ends;
- outages, block pages and empty pages change nothing and do not count as absences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from monitor.model import EventKind
from pagewitness.demo.script import Answer, Expected, Extra, Form, Moment, PageState, Statement, Theme

HOME = "/en/"
MISSION = "/en/mission/"
PARTNERS = "/en/partners/"
ARTICLE = "/news/who-is-in-the-coalition/"
PAGES = (HOME, MISSION, PARTNERS, ARTICLE)
COALITION_PAGES = (HOME, MISSION, PARTNERS)

FACT_NAME = "member_count"
FACT_TERMS = ("members", "partners", "member countries", "nations")

ABSENCES_BEFORE_LOST = 3


@dataclass(frozen=True, slots=True)
class _Step:
    """The differences at one moment.

    Attributes:
        day: ISO date; the check is at 09:00 UTC.
        note: What happens at this moment.
        states: Pages whose statements change from now on.
        answers: Pages that respond other than UP at this check only.
        extras: Pages whose extra passages change from now on.
        theme: The design of the Coalition's pages from now on; None leaves it.
    """

    day: str
    note: str
    states: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    extras: Mapping[str, tuple[Extra, ...]] = field(default_factory=dict)
    theme: Theme | None = None


def _count(count: int, *forms: Form) -> tuple[Statement, ...]:
    return tuple(Statement(form, count) for form in forms)


def _everywhere(answer: Answer) -> dict[str, Answer]:
    return dict.fromkeys(COALITION_PAGES, answer)


_STEPS = (
    _Step(
        "2014-12-03",
        "The first check: sixty partners, in words on the home page",
        states={HOME: _count(60, Form.WORDS), MISSION: _count(60, Form.PARTNERS), PARTNERS: _count(60, Form.NATIONS)},
    ),
    _Step("2015-01-14", "A quiet month: only the feed and the counters turn"),
    _Step("2015-06-02", "The whole site is down", answers=_everywhere(Answer.OUTAGE)),
    _Step("2015-06-03", "It is back, and nothing has changed"),
    _Step("2015-12-07", "Home says sixty-five, in words", states={HOME: _count(65, Form.WORDS)}),
    _Step("2016-01-12", "The mission page follows", states={MISSION: _count(65, Form.PARTNERS)}),
    _Step("2016-02-09", "The partners page follows", states={PARTNERS: _count(65, Form.NATIONS)}),
    _Step("2016-05-17", "Home answers with a block page", answers={HOME: Answer.BLOCKED}),
    _Step("2016-05-18", "Home is back"),
    _Step("2016-09-20", "Home has new words for the same figure", states={HOME: _count(65, Form.MEMBERS)}),
    _Step("2016-10-18", "The mission page leaves the count out", states={MISSION: ()}),
    _Step("2016-11-15", "The mission page is still without it"),
    _Step("2016-12-13", "It is back in time, the same as before", states={MISSION: _count(65, Form.MEMBERS)}),
    _Step("2017-03-22", "Home says 68", states={HOME: _count(68, Form.MEMBERS)}),
    _Step("2017-04-11", "The mission page follows", states={MISSION: _count(68, Form.MEMBERS)}),
    _Step("2017-06-20", "The partners page follows", states={PARTNERS: _count(68, Form.NATIONS)}),
    _Step(
        "2017-07-11",
        "A newspaper article comes out that says 75 and 68 at once",
        states={ARTICLE: _count(75, Form.COUNTRIES, Form.NATIONS) + _count(68, Form.MEMBERS)},
    ),
    _Step("2017-07-18", "Home says 73", states={HOME: _count(73, Form.MEMBERS)}),
    _Step(
        "2017-08-29",
        "The other two follow on one day",
        states={MISSION: _count(73, Form.MEMBERS, Form.FINANCE), PARTNERS: _count(73, Form.COUNTRIES)},
    ),
    _Step("2017-11-14", "Every page wants to see a browser first", answers=_everywhere(Answer.CHALLENGED)),
    _Step("2018-02-13", "Home says 74", states={HOME: _count(74, Form.MEMBERS)}),
    _Step("2018-02-14", "… and 75 a day later", states={HOME: _count(75, Form.MEMBERS)}),
    _Step("2018-03-06", "The partners page skips 74", states={PARTNERS: _count(75, Form.COUNTRIES)}),
    _Step("2018-04-10", "So does the mission page", states={MISSION: _count(75, Form.MEMBERS, Form.FINANCE)}),
    _Step("2018-09-12", "Fiji is the 79th partner", states={HOME: _count(79, Form.ORDINAL, Form.MEMBERS)}),
    _Step("2018-10-09", "The mission page follows", states={MISSION: _count(79, Form.MEMBERS, Form.FINANCE)}),
    _Step("2018-11-20", "The partners page follows", states={PARTNERS: _count(79, Form.COUNTRIES)}),
    _Step("2019-02-06", "Home states 79 in other places", states={HOME: _count(79, Form.MEMBERS, Form.TEASER)}),
    _Step("2019-05-15", "Home carries a digest full of other figures", extras={HOME: (Extra.DIGEST,)}),
    _Step("2019-06-25", "Home says 80", states={HOME: _count(80, Form.MEMBERS, Form.TEASER)}, extras={HOME: ()}),
    _Step("2019-08-20", "The partners page follows", states={PARTNERS: _count(80, Form.COUNTRIES)}),
    _Step("2019-09-10", "The mission page follows", states={MISSION: _count(80, Form.MEMBERS, Form.FINANCE)}),
    _Step("2019-10-10", "News takes the place of home's count", states={HOME: ()}, extras={HOME: (Extra.BULLETS,)}),
    _Step("2019-10-17", "Home is still without it"),
    _Step("2019-10-22", "Home cannot be reached: that is no absence", answers={HOME: Answer.DROPPED}),
    _Step("2019-11-05", "The third check without a count: it is lost"),
    _Step("2019-11-19", "Still lost, and reported only once"),
    _Step("2019-12-10", "Home's count is found again: 81", states={HOME: _count(81, Form.TEASER)}, extras={HOME: ()}),
    _Step("2019-12-17", "The mission page is being updated", states={MISSION: ()}),
    _Step("2020-01-14", "… and comes back with 81", states={MISSION: _count(81, Form.MEMBERS, Form.FINANCE)}),
    _Step("2020-02-04", "The partners page follows", states={PARTNERS: _count(81, Form.COUNTRIES)}),
    _Step("2020-03-24", "Home: the 82nd partner, 82 members", states={HOME: _count(82, Form.ORDINAL, Form.MEMBERS)}),
    _Step("2020-05-12", "The partners page follows", states={PARTNERS: _count(82, Form.COUNTRIES)}),
    _Step("2020-06-09", "The mission page follows", states={MISSION: _count(82, Form.MEMBERS, Form.FINANCE)}),
    _Step("2020-08-18", "The partners page is a white screen", answers={PARTNERS: Answer.EMPTY}),
    _Step(
        "2020-11-10",
        "Home says 83, and speaks of 14 new members besides",
        states={HOME: _count(83, Form.MEMBERS)},
        extras={HOME: (Extra.NEWCOMERS,)},
    ),
    _Step(
        "2021-02-09",
        "The mission page follows; the partners page drops its count",
        states={MISSION: _count(83, Form.MEMBERS, Form.FINANCE), PARTNERS: ()},
    ),
    _Step("2021-03-16", "The partners page answers “not modified”, still without it"),
    _Step("2021-04-13", "… and a third time: its count is lost"),
    _Step("2021-05-11", "The same figure is found again", states={PARTNERS: _count(82, Form.COUNTRIES)}),
    _Step("2021-06-29", "The partners page catches up", states={PARTNERS: _count(83, Form.COUNTRIES)}),
    _Step(
        "2021-12-07",
        "Burkina Faso is the 84th partner",
        states={HOME: _count(84, Form.ORDINAL, Form.MEMBERS)},
        extras={HOME: ()},
    ),
    _Step("2022-01-18", "The partners page follows: 84 nations", states={PARTNERS: _count(84, Form.NATIONS)}),
    _Step("2022-02-22", "The mission page follows", states={MISSION: _count(84, Form.MEMBERS, Form.FINANCE)}),
    _Step(
        "2022-05-10",
        "Home and mission answer with a block page",
        answers={HOME: Answer.BLOCKED, MISSION: Answer.BLOCKED},
    ),
    _Step("2022-06-07", "Home says 85", states={HOME: _count(85, Form.MEMBERS)}),
    _Step("2022-08-30", "The mission page follows", states={MISSION: _count(85, Form.MEMBERS, Form.FINANCE)}),
    _Step("2022-11-29", "The partners page follows", states={PARTNERS: _count(85, Form.NATIONS)}),
    _Step("2023-06-08", "Togo is the 86th partner", states={HOME: _count(86, Form.ORDINAL, Form.MEMBERS)}),
    _Step(
        "2023-07-11",
        "The other two follow on one day",
        states={MISSION: _count(86, Form.MEMBERS, Form.FINANCE), PARTNERS: _count(86, Form.NATIONS)},
    ),
    _Step("2024-01-16", "The redesign: everything is new, but not the figures", theme=Theme.NEW),
    _Step("2024-02-13", "Home says 87", states={HOME: _count(87, Form.MEMBERS, Form.TEASER)}),
    _Step(
        "2024-04-09",
        "The mission page says 87 twice, and 86 further down",
        states={MISSION: _count(87, Form.HEADING, Form.MEMBERS) + _count(86, Form.FINANCE)},
    ),
    _Step("2024-05-07", "The partners page follows", states={PARTNERS: _count(87, Form.COUNTRIES)}),
    _Step("2024-10-01", "The mission page still disagrees with itself: already reported"),
    _Step(
        "2025-03-11",
        "The mission page agrees with itself again",
        states={MISSION: _count(87, Form.HEADING, Form.MEMBERS, Form.FINANCE)},
    ),
    _Step("2025-11-11", "Syria is the 90th partner", states={HOME: _count(90, Form.ORDINAL, Form.MEMBERS)}),
    _Step("2025-12-09", "The partners page follows", states={PARTNERS: _count(90, Form.COUNTRIES)}),
    _Step(
        "2026-01-13", "The mission page follows", states={MISSION: _count(90, Form.HEADING, Form.MEMBERS, Form.FINANCE)}
    ),
    _Step("2026-02-10", "The last check: nothing has changed"),
)


def _moment_time(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC)


def _next_state(path: str, state: PageState, step: _Step) -> PageState:
    """Return the page after a step. Answers apply to one step only, and a page is unpublished until it states something."""
    published = path in step.states or state.answer is not Answer.UNPUBLISHED
    answer = step.answers.get(path, Answer.UP) if published else Answer.UNPUBLISHED
    return replace(
        state,
        statements=step.states.get(path, state.statements),
        theme=step.theme or state.theme,
        answer=answer,
        extras=step.extras.get(path, state.extras),
    )


def _play(steps: tuple[_Step, ...]) -> Iterator[Moment]:
    states = {path: PageState(answer=Answer.UNPUBLISHED) for path in PAGES}
    for step in steps:
        states = {path: _next_state(path, state, step) for path, state in states.items()}
        yield Moment(_moment_time(step.day), step.note, tuple(states.items()))


MOMENTS = tuple(_play(_STEPS))
"""Every moment of the demo, in order of time."""


def moment_at(now: datetime) -> Moment:
    """Return the latest moment that is not after `now`; before the first moment, the first."""
    past = [moment for moment in MOMENTS if moment.at <= now]
    return past[-1] if past else MOMENTS[0]


def _expected(
    day: str,
    page: str,
    kind: EventKind,
    before: int | tuple[int, ...] | None,
    after: int | tuple[int, ...] | None,
    *,
    since: str = "",
) -> Expected:
    return Expected(_moment_time(day), _moment_time(since or day), page, kind, before, after)


EXPECTED = (
    _expected("2015-12-07", HOME, EventKind.FACT_CHANGED, 60, 65),
    _expected("2016-01-12", MISSION, EventKind.FACT_CHANGED, 60, 65),
    _expected("2016-02-09", PARTNERS, EventKind.FACT_CHANGED, 60, 65),
    _expected("2017-03-22", HOME, EventKind.FACT_CHANGED, 65, 68),
    _expected("2017-04-11", MISSION, EventKind.FACT_CHANGED, 65, 68),
    _expected("2017-06-20", PARTNERS, EventKind.FACT_CHANGED, 65, 68),
    _expected("2017-07-11", ARTICLE, EventKind.FACT_CONTRADICTION, None, (75, 68)),
    _expected("2017-07-18", HOME, EventKind.FACT_CHANGED, 68, 73),
    _expected("2017-08-29", MISSION, EventKind.FACT_CHANGED, 68, 73),
    _expected("2017-08-29", PARTNERS, EventKind.FACT_CHANGED, 68, 73),
    _expected("2018-02-13", HOME, EventKind.FACT_CHANGED, 73, 74),
    _expected("2018-02-14", HOME, EventKind.FACT_CHANGED, 74, 75),
    _expected("2018-03-06", PARTNERS, EventKind.FACT_CHANGED, 73, 75),
    _expected("2018-04-10", MISSION, EventKind.FACT_CHANGED, 73, 75),
    _expected("2018-09-12", HOME, EventKind.FACT_CHANGED, 75, 79),
    _expected("2018-10-09", MISSION, EventKind.FACT_CHANGED, 75, 79),
    _expected("2018-11-20", PARTNERS, EventKind.FACT_CHANGED, 75, 79),
    _expected("2019-06-25", HOME, EventKind.FACT_CHANGED, 79, 80),
    _expected("2019-08-20", PARTNERS, EventKind.FACT_CHANGED, 79, 80),
    _expected("2019-09-10", MISSION, EventKind.FACT_CHANGED, 79, 80),
    _expected("2019-11-05", HOME, EventKind.FACT_LOST, 80, None, since="2019-10-10"),
    _expected("2019-12-10", HOME, EventKind.FACT_FOUND, 80, 81),
    _expected("2020-01-14", MISSION, EventKind.FACT_CHANGED, 80, 81),
    _expected("2020-02-04", PARTNERS, EventKind.FACT_CHANGED, 80, 81),
    _expected("2020-03-24", HOME, EventKind.FACT_CHANGED, 81, 82),
    _expected("2020-05-12", PARTNERS, EventKind.FACT_CHANGED, 81, 82),
    _expected("2020-06-09", MISSION, EventKind.FACT_CHANGED, 81, 82),
    _expected("2020-11-10", HOME, EventKind.FACT_CHANGED, 82, 83),
    _expected("2021-02-09", MISSION, EventKind.FACT_CHANGED, 82, 83),
    _expected("2021-04-13", PARTNERS, EventKind.FACT_LOST, 82, None, since="2021-02-09"),
    _expected("2021-05-11", PARTNERS, EventKind.FACT_FOUND, 82, 82),
    _expected("2021-06-29", PARTNERS, EventKind.FACT_CHANGED, 82, 83),
    _expected("2021-12-07", HOME, EventKind.FACT_CHANGED, 83, 84),
    _expected("2022-01-18", PARTNERS, EventKind.FACT_CHANGED, 83, 84),
    _expected("2022-02-22", MISSION, EventKind.FACT_CHANGED, 83, 84),
    _expected("2022-06-07", HOME, EventKind.FACT_CHANGED, 84, 85),
    _expected("2022-08-30", MISSION, EventKind.FACT_CHANGED, 84, 85),
    _expected("2022-11-29", PARTNERS, EventKind.FACT_CHANGED, 84, 85),
    _expected("2023-06-08", HOME, EventKind.FACT_CHANGED, 85, 86),
    _expected("2023-07-11", MISSION, EventKind.FACT_CHANGED, 85, 86),
    _expected("2023-07-11", PARTNERS, EventKind.FACT_CHANGED, 85, 86),
    _expected("2024-02-13", HOME, EventKind.FACT_CHANGED, 86, 87),
    _expected("2024-04-09", MISSION, EventKind.FACT_CHANGED, 86, 87),
    _expected("2024-04-09", MISSION, EventKind.FACT_CONTRADICTION, None, (87, 86)),
    _expected("2024-05-07", PARTNERS, EventKind.FACT_CHANGED, 86, 87),
    _expected("2025-03-11", MISSION, EventKind.FACT_AGREED, (87, 86), 87),
    _expected("2025-11-11", HOME, EventKind.FACT_CHANGED, 87, 90),
    _expected("2025-12-09", PARTNERS, EventKind.FACT_CHANGED, 87, 90),
    _expected("2026-01-13", MISSION, EventKind.FACT_CHANGED, 87, 90),
)
"""The events that must be reported at fact level, and no others, in order of reporting, then of `PAGES`. Events of one page and moment are unordered."""
