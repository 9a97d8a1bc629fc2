"""The `[[rule]]` table of a watchlist. The descriptions become docs/reference/watchlist.md and watchlist.schema.json."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from alerts.model import Direction
from alerts.rules import DEFAULT_KINDS
from monitor.model import EventKind
from pagewitness.watchlist.fields import (
    Condition,
    DigestText,
    Length,
    Moment,
    Name,
    NormalHostPattern,
    Number,
    Step,
    Tag,
    Terms,
    only_table,
)
from pagewitness.watchlist.table import Table

_WHEN_TEXT_TAKES = '{ present = "…" }, { absent = "…" } or both'


class WhenTextTable(Table):
    """A condition on the text of a page."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    present: Condition | None = Field(default=None, examples=["(?i)red alert"])
    """An RE2 pattern: the page's text contains a match of it."""
    absent: Condition | None = Field(default=None, examples=["(?i)maintenance"])
    """An RE2 pattern: the page's text contains no match of it."""

    @model_validator(mode="after")
    def _check_given(self) -> Self:
        if self.present is None and self.absent is None:
            raise ValueError("found neither present nor absent; at least one is needed")
        return self


class RuleTable(Table):
    """Which events are sent through which channels.

    An event is sent if it fulfils every key that is given; of a list, one entry is enough.
    """

    name: Annotated[Name, Field(examples=["key facts"])]
    """The name of the rule in messages; unique."""
    events: Annotated[list[EventKind], Field(min_length=1)] | None = Field(
        default=None, examples=[["fact_changed", "fact_lost"]]
    )
    """The kinds of events to send. Not given: all but `page_new`."""
    to: Annotated[list[str], Field(min_length=1, examples=[["desk", "hook"]])]
    """Names of the channels to send them through."""
    levels: Annotated[list[Literal["fact", "number", "text", "health"]], Field(examples=[["fact", "number"]])] = []
    """The levels of events that the rule is limited to. Empty: all; level `noise` is never sent."""
    pages: Annotated[list[str], Field(examples=[["Coalition home"]])] = []
    """URLs or labels of the pages that the rule is limited to; a label selects every page that has it. Empty: all pages."""
    tags: Annotated[list[Tag], Field(examples=[["ministries"]])] = []
    """Tags of the pages that the rule is limited to, also pages added later. Empty: all pages."""
    hosts: Annotated[list[NormalHostPattern], Field(examples=[["example.org", "*.example.org"]])] = []
    """The hosts whose pages the rule is limited to, also pages added later; patterns as in the `match` of a host. Empty: all hosts."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts that the rule is limited to. Empty: all events, of a fact or not."""
    under: Annotated[Terms, Field(examples=[["our partners"]])] = []
    """Words of headings: of changes on a page, only those under a heading that contains one of them, and in these headings. Empty: the whole page. Page health is not limited."""
    when_text: Annotated[WhenTextTable, BeforeValidator(only_table(_WHEN_TEXT_TAKES))] | None = Field(
        default=None, examples=[{"present": "(?i)red alert"}]
    )
    """A condition on the text of the page: of changes on a page, only those after which it contains, or does not contain, a match of a pattern. Page health is not limited."""
    step: Step | None = Field(default=None, examples=["5 %"])
    """The minimum change of a number to send: `"5 %"`, or `3`. Smaller changes are sent as `fact_drifted` once they add up to it."""
    direction: Direction | None = Field(default=None, examples=["down"])
    """`"up"` or `"down"`: selects only numbers that rise, or that fall."""
    above: Number | None = Field(default=None, examples=[90])
    """Selects only numbers above this; with `below`, also numbers below that."""
    below: Number | None = Field(default=None, examples=[80])
    """Selects only numbers below this; with `above`, also numbers above that."""
    digest: DigestText | None = Field(default=None, examples=["weekly mon 08:00"])
    """Collects what the rule selects until these times, as `digest` of a channel does. Not given: as the channel declares."""
    debounce: Length | None = Field(default=None, examples=["10m"])
    """Collects the changes of a page for this long after the first, and sends them in one message."""
    delay_facts: StrictBool = False
    """Lets quiet hours and the limit of messages an hour also delay changes of facts."""
    paused_until: Moment | None = Field(default=None, examples=["2026-12-27T08:00:00+01:00"])
    """Sends nothing that the rule selects before this time; what waits is sent then, in one message."""

    @property
    def kinds(self) -> frozenset[EventKind]:
        """The kinds of events that the rule names, or those of a rule that names none."""
        return DEFAULT_KINDS if self.events is None else frozenset(self.events)
