"""Parse and validate stored definitions of channels and rules. A restored file may hold any value, and one bad row must not affect the others."""

from __future__ import annotations

import json
import types
from dataclasses import MISSING, fields
from datetime import timedelta
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, create_model

from alerts.channel_types import CHANNEL_TYPES
from alerts.delivery_policy import PER_HOUR, DeliveryPolicy, parse_digest
from alerts.model import BrokenDeclaration, ChannelConfig, Direction, Rule, TextCondition
from alerts.secret_references import is_reference
from monitor.host_patterns import host_pattern
from monitor.model import EventKind, Level, Threshold
from monitor.time_windows import parse_window
from monitor.time_zones import zone
from monitor.urls import normalise
from rendering.text_safety import one_line
from storage.watched.declarations import Definition


def _one_line(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("control characters are not allowed")
    return value


def _url(value: str) -> str:
    if is_reference(value):
        return value
    try:
        normalise(value)
    except ValueError:  # its message may quote the URL, which is often a secret
        raise ValueError("an http or https URL without user name and password is expected") from None
    return value


def _host(value: str) -> str:
    host_pattern(value)
    return value


Line = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_one_line)]
Url = Annotated[Line, AfterValidator(_url)]
Secret = Annotated[str, Field(max_length=10_000)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Number = int | Annotated[float, Field(allow_inf_nan=False)]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _digest(value: str) -> str:
    parse_digest(value)
    return value


def _zone(value: str) -> str:
    zone(value)
    return value


def _window(value: str) -> str:
    parse_window(value)
    return value


class _Policy(_Stored):
    digest: Annotated[Line, AfterValidator(_digest)] | None = None
    quiet_hours: tuple[Annotated[Line, AfterValidator(_window)], ...] = ()
    timezone: Annotated[Line, AfterValidator(_zone)] = "UTC"
    per_hour: Annotated[int, Field(ge=1)] | None = PER_HOUR
    paused_until: AwareDatetime | None = None


class _Step(_Stored):
    amount: Number
    percent: bool


class _TextCondition(_Stored):
    present: Annotated[str, Field(max_length=2048)] | None = None
    absent: Annotated[str, Field(max_length=2048)] | None = None


class _Rule(_Stored):
    events: frozenset[EventKind]
    to: tuple[str, ...]
    pages: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    step: _Step | None = None
    direction: Direction | None = None
    above: Number | None = None
    below: Number | None = None
    levels: frozenset[Level] = frozenset()
    hosts: tuple[Annotated[Line, AfterValidator(_host)], ...] = ()
    under: tuple[Line, ...] = ()
    tags: tuple[Line, ...] = ()
    when_text: _TextCondition | None = None
    digest: Annotated[Line, AfterValidator(_digest)] | None = None
    debounce_seconds: Annotated[float, Field(gt=0, le=31 * 86_400)] | None = None
    delay_facts: bool = False
    paused_until: AwareDatetime | None = None


M = TypeVar("M", bound=BaseModel)

_LONGEST = 4_000_000
"""Maximum characters of a definition: a rule may name ten thousand pages."""
_FIELD_LIMIT, _PROBLEM_LIMIT = 60, 200


def channel_of(name: str, stored: object) -> ChannelConfig | BrokenDeclaration:
    """Parse a stored channel definition; return the channel, or what is wrong with the definition."""
    fields = _fields(stored)
    if isinstance(fields, str):
        return BrokenDeclaration("channel", name, fields)
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in CHANNEL_TYPES:
        return BrokenDeclaration("channel", name, f"type: it takes one of {', '.join(CHANNEL_TYPES)}")
    checked = _checked(_model_of(kind), stored)
    if isinstance(checked, str):
        return BrokenDeclaration("channel", name, checked)
    values = {key: value for key, value in checked if key not in ("type", "policy")}
    channel: ChannelConfig = CHANNEL_TYPES[kind](name, **values, policy=_policy_of(checked.policy))  # type: ignore[attr-defined]
    return channel


@cache
def _model_of(kind: str) -> type[BaseModel]:
    """Return the model that validates stored definitions of a channel type, from the fields of its configuration."""
    config = CHANNEL_TYPES[kind]
    hints = get_type_hints(config)
    values: dict[str, Any] = {"type": (str, ...)}
    for field in fields(config):
        if field.name == "policy":
            values["policy"] = (_Policy, _Policy())
        elif field.name != "name":
            required = field.default is MISSING
            hint = _restricted(hints[field.name], _text_type(field.name, secret=not field.repr))
            if required and get_origin(hint) is tuple:
                hint = Annotated[hint, Field(min_length=1)]
            values[field.name] = (hint, ... if required else field.default)
    return create_model(f"_{config.__name__}", __base__=_Stored, **values)


def _text_type(name: str, *, secret: bool) -> Any:
    """Return which texts a field takes."""
    if name in {"url", "server"}:
        return Url
    return Secret if secret or name == "template" else Line


def _restricted(hint: Any, text: Any) -> Any:
    """Return a field's type with limits for its texts and numbers."""
    if hint is str:
        return text
    if hint is int:
        return Port
    parts = tuple(_restricted(part, text) for part in get_args(hint))
    if get_origin(hint) in {Union, types.UnionType}:
        return reduce(or_, parts)
    if get_origin(hint) is tuple:
        return types.GenericAlias(tuple, parts)
    return hint


def rule_of(name: str, stored: object) -> Rule | BrokenDeclaration:
    """Parse a stored rule definition; return the rule, or what is wrong with the definition."""
    fields = _fields(stored)
    checked = fields if isinstance(fields, str) else _checked(_Rule, stored)
    if isinstance(checked, str):
        return BrokenDeclaration("rule", name, checked)
    step = None if checked.step is None else Threshold(checked.step.amount, checked.step.percent)
    return Rule(
        name,
        checked.events,
        checked.to,
        checked.pages,
        checked.facts,
        step=step,
        direction=checked.direction,
        above=checked.above,
        below=checked.below,
        levels=checked.levels,
        hosts=checked.hosts,
        under=checked.under,
        tags=checked.tags,
        when_text=None
        if checked.when_text is None
        else TextCondition(checked.when_text.present, checked.when_text.absent),
        digest=None if checked.digest is None else parse_digest(checked.digest),
        debounce=None if checked.debounce_seconds is None else timedelta(seconds=checked.debounce_seconds),
        delay_facts=checked.delay_facts,
        paused_until=checked.paused_until,
    )


def definition_of(stored: object) -> Definition | None:
    """Parse a stored definition for comparison, without validating it; None if it cannot be parsed."""
    fields = _fields(stored)
    return None if isinstance(fields, str) else fields


def _fields(stored: object) -> dict[str, Any] | str:
    """Return the fields of a definition, or why it cannot be parsed."""
    if not isinstance(stored, str) or len(stored) > _LONGEST:
        return f"its definition is no text of at most {_LONGEST:,} characters"
    try:
        fields = json.loads(stored)
    except (ValueError, RecursionError):
        return "its definition is no JSON"
    return fields if isinstance(fields, dict) else "its definition is no JSON object"


def _checked(model: type[M], stored: Any) -> M | str:
    """Validate a definition against its model; return it, or the first invalid field and the reason, without its value."""
    try:
        return model.model_validate_json(stored, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # Pydantic names the alternatives of a union ("constrained-str") between the keys.
        where = [str(part) for index, part in enumerate(first["loc"]) if not index or str(part).isalnum()]
        field = one_line(".".join(where), _FIELD_LIMIT)
        return one_line(f"{field}: {first['msg']}", _PROBLEM_LIMIT)


def _policy_of(stored: _Policy) -> DeliveryPolicy:
    digest = None if stored.digest is None else parse_digest(stored.digest)
    return DeliveryPolicy(digest, stored.quiet_hours, stored.timezone, stored.per_hour, stored.paused_until)
