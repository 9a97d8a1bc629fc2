"""Sentences for the benchmark's pages: plain news prose, about one in three with a number, all drawn from one seeded source."""

from __future__ import annotations

from random import Random

_BODIES = "council|ministry|port authority|water board|statistics office|harbour commission|regional parliament|rail operator|health service|audit court"
_PLACES = "Arden|Belmora|Castelline|Dorrin|Estvale|Farrowby|Genholm|Halmer|Istria Bay|Jorvale|Kestwick|Lunden|Marrow Hill|Nethercote|Ostrava Reach"
_THINGS = "bridges|schools|clinics|permits|vessels|pumping stations|apprenticeships|inspections|bus routes|reading rooms|flood gates|shelters"
_VERBS = "opened|repaired|postponed|approved|reviewed|inspected|relocated|handed over|rebuilt|surveyed"
_REASONS = "after a dry spring|because of the long winter|despite the objections of two neighbours|in the course of the reform|as agreed last autumn|to make room for the new line"
_PEOPLE = "Ada Brenner|Milo Karst|Ines Ovalle|Tomas Lindqvist|Rhea Sandoval|Jonas Ferber|Nadia Okoye|Petr Havlik"
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

# The text in braces is drawn again for each sentence; {n}, {big}, {pct}, {year}, {day} are numbers.
_PLAIN = """
The {body} of {place} {verb} its {things} {reason}.
{person}, who speaks for the {body}, said that nobody had expected such a turn.
Residents of {place} have long asked for fewer {things} and better lighting along the river.
Whether the {body} will follow the advice remains open, and its spokesman would not say more.
Critics call the plan hasty; its friends, among them {person}, call it overdue.
The road from {place} to {place2} stays closed to heavy traffic until the works are done.
In {place} the {things} are looked after by volunteers, most of whom live nearby.
“We would rather be slow and right than quick and sorry,” said {person}.
Much of what was promised to {place} has been delivered, though seldom on time.
An earlier version of the agreement had left out the {things} altogether.
The {body} publishes its minutes, which anybody may read at the town hall.
Neither {place} nor {place2} has asked for a delay.
It is one of those questions that come back each spring, and each spring the answer is the same.
Engineers from {place2} were called in {reason}.
""".strip().splitlines()

_NUMBERED = """
The {body} {verb} {n} {things} in {place} {reason}.
About {big} people live within reach of the {things}, according to the {body}.
Costs rose by {pct} percent to {n} million euros, which the {body} calls acceptable.
On {day} {month} {year} the {body} of {place} {verb} the last of {n} {things}.
Of the {n} {things} in {place}, {m} are to be {verb} before the end of {year}.
{person} put the number of {things} at {big}, a figure that the {body} disputes.
Turnout in {place} reached {pct}%, up from {m}% in {year}.
The grant of ${n} million pays for {m} new {things} and for two years of upkeep.
Between {n} and {big} visitors a day pass through {place}, as counted in {year}.
More than {big} signatures were handed to the {body} last {weekday}.
The trip from {place} to {place2} takes {m} minutes, down from {n}.
{place} has {n} {things}; {place2}, which is smaller, has {m}.
""".strip().splitlines()


class Prose:
    """Sentences from one source; the same source gives the same sentences."""

    def __init__(self, source: Random) -> None:
        self._source = source

    def sentence(self) -> str:
        """One sentence."""
        source = self._source
        template = source.choice(_NUMBERED if source.random() < 0.35 else _PLAIN)
        return template.format(
            body=self._one(_BODIES),
            place=self._one(_PLACES),
            place2=self._one(_PLACES),
            things=self._one(_THINGS),
            verb=self._one(_VERBS),
            reason=self._one(_REASONS),
            person=self._one(_PEOPLE),
            weekday=self._one(_DAYS),
            month=self._one(_MONTHS),
            n=source.randint(21, 400),
            m=source.randint(2, 60),
            big=f"{source.randint(1_000, 900_000):,}",
            pct=source.choice((source.randint(2, 97), round(source.uniform(0.5, 60), 1))),
            year=source.randint(1996, 2025),
            day=source.randint(1, 28),
        )

    def paragraph(self) -> str:
        """Two to six sentences."""
        return " ".join(self.sentence() for _ in range(self._source.randint(2, 6)))

    def title(self) -> str:
        """A heading of a few words."""
        return f"{self._one(_PLACES)} and its {self._one(_THINGS)}"

    def _one(self, words: str) -> str:
        return self._source.choice(words.split("|"))
