"""The tables of a watchlist that declare a fact and where it is extracted. They are validated like those of `pagewitness.watchlist.tables`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt, model_validator

from monitor.model import BlockKind, FactKind
from pagewitness.watchlist.fields import Length, Pattern, Selector, Step, Terms, Words, once, only_numbers, only_table
from pagewitness.watchlist.table import Table

_BASELINE_TAKES = 'a number, such as 80, or how long ago, such as "30d"'
MEASURED = frozenset({FactKind.COUNT_OF, FactKind.PERCENT_OF, FactKind.MONEY_OF})
"""Kinds of facts whose value is a number."""


class TextTable(Table):
    """Where a text is found: by a pattern in the page's sentences, or by a selector among its elements."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["pattern"]}, {"required": ["selector"]}]})

    pattern: Pattern | None = Field(default=None, examples=["Secretary General: (?P<name>[^.,]+)"])
    """An RE2 pattern with one named group, which is the value. It is matched against the text of each block."""
    selector: Selector | None = Field(default=None, examples=["#status"])
    """A CSS selector; the value is the visible text of the element."""

    @model_validator(mode="after")
    def _check_single(self) -> Self:
        if (self.pattern is None) == (self.selector is None):
            given = "neither" if self.pattern is None else "both"
            raise ValueError(f"found {given} of pattern and selector; exactly one is needed")
        return self


class ListTable(Table):
    """Where a list is found: under a heading, in a column of a table, or by a selector of its items."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    heading: Words | None = Field(default=None, examples=["Our partners"])
    """The heading, caption or label above the list, or words of it. Its section extends to the next heading of the same rank."""
    column: Words | None = Field(default=None, examples=["Country"])
    """The header of a table column, or words of it; the cells below are the names. With `heading`: of a table in that section."""
    selector: Selector | None = Field(default=None, examples=["ul.partners > li"])
    """A CSS selector of the items, each of which is a name."""
    pattern: Pattern | None = Field(default=None, examples=["^(?P<name>[^(]+)"])
    """An RE2 pattern with one named group, which is the name in an item; items that do not match are skipped."""

    @model_validator(mode="after")
    def _check_location(self) -> Self:
        if self.selector is not None and (self.heading is not None or self.column is not None):
            raise ValueError(
                "selector is given beside heading or column; it says by itself where the items are: keep one"
            )
        if self.selector is None and self.heading is None and self.column is None:
            raise ValueError("found none of heading, column and selector; one of them says where the list is")
        return self


class FactTable(Table):
    """One named value to track. Exactly one of `count_of`, `percent_of`, `money_of`, `date_of`, `text` and `list` defines it."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind.value]} for kind in FactKind]})

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100, examples=["member_count"])]
    """Lower-case letters, digits and underscores; unique. It appears in messages: "member_count 83 → 85"."""
    count_of: Terms | None = Field(default=None, examples=[["members", "member states"]])
    """Tracks the number of these: noun phrases, in the singular or plural."""
    percent_of: Terms | None = Field(default=None, examples=[["territory"]])
    """Tracks a percentage of one of these."""
    money_of: Terms | None = Field(default=None, examples=[["stabilisation"]])
    """Tracks an amount of money that is spent on, given to or named with one of these."""
    date_of: Terms | None = Field(default=None, examples=[["founded", "established"]])
    """Tracks the date next to one of these words, as precise as on the page: "2014-09-10", "2014-09" or "2014"."""
    text: Annotated[TextTable, BeforeValidator(only_table('{ pattern = "…" } or { selector = "…" }'))] | None = Field(
        default=None, examples=[{"selector": "#status"}]
    )
    """Tracks a text, found by a `pattern` or a `selector`."""
    names: (
        Annotated[
            ListTable,
            BeforeValidator(only_table('{ heading = "…" }, { column = "…" } or { selector = "…" }')),
        ]
        | None
    ) = Field(default=None, alias="list", examples=[{"heading": "Our partners"}])
    """Tracks a list of names, found under a `heading`, in a `column` or by a `selector`: names added and names removed."""
    under: Terms | None = Field(default=None, examples=[["our partners"]])
    """Extracts the fact only under headings that contain one of these words, and in these headings."""
    inside: Selector | None = Field(default=None, examples=["main .figures"])
    """Extracts the fact only in the elements that this CSS selector matches, whatever the kind of their blocks."""
    kinds: Annotated[list[BlockKind], Field(min_length=1)] | None = Field(default=None, examples=[["heading", "row"]])
    """Extracts the fact only in blocks of these kinds, as `pagewitness inspect` names them."""
    near: Terms | None = Field(default=None, examples=[["coalition"]])
    """Extracts the fact only where one of these words occurs in the same block, the one before or the one after."""
    against: Annotated[str, Field(min_length=1)] | None = Field(default=None, examples=["partner_list"])
    """With `count_of`: the name of a fact that is a `list`. A count that differs from the number of names in the list is a contradiction."""

    drift: Step | None = Field(default=None, examples=["5 %"])
    """With a number: reports `fact_drifted` once small changes add up to this distance from the `baseline`. Default: the `step` of a rule."""
    baseline: (
        Annotated[StrictInt | StrictFloat | Length, BeforeValidator(only_numbers(_BASELINE_TAKES, str))] | None
    ) = Field(default=None, examples=["30d"])
    """With `drift`: the value to measure from, or the age of the value to measure from. Default: the first value extracted."""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        given = [kind.value for kind, value in self._kinds.items() if value is not None]
        if len(given) != 1:
            raise ValueError(f"found {' and '.join(given) or 'none'} of {', '.join(FactKind)}; exactly one is needed")
        return self

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        scoped = [key for key in ("under", "inside", "kinds", "near") if getattr(self, key) is not None]
        if self.text is not None and self.text.selector is not None and scoped:
            raise ValueError(
                f"text by a selector and {scoped[0]} are both given; the selector says by itself where: keep one"
            )
        if self.names is not None and self.under is not None:
            raise ValueError('list and under are both given; write list = { heading = "…" } instead')
        if self.against is not None and self.count_of is None:
            raise ValueError("against is given without count_of; only a count can be held against a list")
        if self.baseline is not None and self.drift is None:
            raise ValueError("baseline is given without drift; it says from where a drift is measured")
        if self.drift is not None and self.kind not in MEASURED:
            raise ValueError(f"drift is given with {self.kind}; only numbers drift")
        return self

    @property
    def _kinds(self) -> dict[FactKind, object]:
        return {kind: self.names if kind is FactKind.LIST else getattr(self, kind.value) for kind in FactKind}

    @property
    def kind(self) -> FactKind:
        """The kind of the fact."""
        return next(kind for kind, value in self._kinds.items() if value is not None)

    @property
    def terms(self) -> tuple[str, ...]:
        """The noun phrases, without duplicates; empty for texts and lists."""
        return once(self.count_of or self.percent_of or self.money_of or self.date_of)
