"""Templates of webhooks: bodies in the form that a service expects, from the variables of a message. Pure.

Templates are Jinja2 (https://jinja.palletsprojects.com/en/stable/templates/) in its sandbox, reduced to what bounds their time and output, because a
watchlist must not be able to stop the service: conditions, loops of at most two levels, and filters that do not multiply a text. No calls, no
assignments, no macros.

The variables are display-safe: control characters, bidirectional marks and line breaks of a page, such as a terminal's escape sequences, are in none of
them. In a body of JSON every text that is inserted is escaped for a JSON string, so that no page can add keys or break the body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from jinja2 import ChainableUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.limits import cut
from monitor.model import JsonValue
from rendering.text_safety import one_line

OUTPUT_LIMIT = 256 * 1024
"""Maximum characters of a rendered body."""
TEXT_LIMIT = 1000
"""Maximum characters of a text in the variables, which is on one line and without hidden characters; the standard body has texts as they are."""
JSON_TYPE = "application/json"
_LOOP_LEVELS, _FILTER_LEVELS = 2, 3

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.For, nodes.If,
    nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Tuple, nodes.List,
    nodes.Keyword,
)  # fmt: skip


class TemplateProblem(ValueError):
    """A template cannot be used; the message says why, without texts of a page."""


class _Json(str):
    """A text that is JSON already."""

    __slots__ = ()


def _tojson(value: object) -> _Json:
    return _Json("null" if isinstance(value, Undefined) else json.dumps(value))


def _into_json_string(value: object) -> object:
    """Return what is inserted into a JSON body: texts escaped for a JSON string, all other values as JSON."""
    if isinstance(value, _Json):
        return value
    return json.dumps(str(value))[1:-1] if isinstance(value, str | Undefined) else json.dumps(value)


def _truncate(value: object, length: int = 255) -> str:
    return cut(str(value), max(int(length), 1))


def _environment(content_type: str) -> ImmutableSandboxedEnvironment:
    finalize = _into_json_string if content_type == JSON_TYPE else None
    environment = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, finalize=finalize, autoescape=False)
    kept = ("default", "first", "last", "length", "lower", "round", "trim", "upper")
    environment.filters = {name: environment.filters[name] for name in kept} | {
        "tojson": _tojson,
        "truncate": _truncate,
        "urlencode": lambda value: quote(str(value), safe=""),
    }
    environment.globals.clear()
    return environment


def check(template: str, content_type: str = JSON_TYPE) -> None:
    """Check a template.

    Raises:
        TemplateProblem: It has a syntax error, or uses what templates of webhooks do not have.
    """
    environment = _environment(content_type)
    try:
        tree = environment.parse(template)
        _check_nodes(tree, 0, 0)
        environment.from_string(template)
    except TemplateSyntaxError as error:
        raise TemplateProblem(f"line {error.lineno}: {error.message}") from None
    except (RecursionError, TemplateError, ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, TemplateProblem):
            raise
        raise TemplateProblem(f"it cannot be compiled: {type(error).__name__}") from None


def render_template(template: str, content_type: str, variables: Mapping[str, JsonValue]) -> str:
    """Return the body.

    Args:
        template: Checked by `check`.
        content_type: Of the body; for "application/json", inserted texts are escaped.
        variables: See docs/reference/webhook.md. Texts are made display-safe (`rendering.text_safety.one_line`) and cut at `TEXT_LIMIT`.

    Raises:
        TemplateProblem: It cannot be rendered with these variables, is longer than `OUTPUT_LIMIT`, or is declared as JSON and is none.
    """
    parts, left = [], OUTPUT_LIMIT
    try:
        for part in _compiled(template, content_type).generate(
            {key: _bounded(item) for key, item in variables.items()}
        ):
            left -= len(part)
            if left < 0:
                raise TemplateProblem(f"the body has more than {OUTPUT_LIMIT:,} characters")
            parts.append(part)
    except (TemplateError, ArithmeticError, TypeError, LookupError) as error:
        raise TemplateProblem(f"it cannot be rendered: {cut(str(error), 200)}") from None
    body = "".join(parts)
    if content_type == JSON_TYPE:
        return _ascii_json(body)
    return body.encode("utf-8", "backslashreplace").decode()


@cache
def _compiled(template: str, content_type: str) -> Template:
    check(template, content_type)
    return _environment(content_type).from_string(template)


def _check_nodes(node: nodes.Node, loops: int, filters: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise TemplateProblem(f"line {node.lineno}: {type(node).__name__.lower()} is not available in templates")
    loops += isinstance(node, nodes.For)
    filters = filters + 1 if isinstance(node, nodes.Filter) else 0
    if loops > _LOOP_LEVELS:
        raise TemplateProblem(f"line {node.lineno}: loops may have {_LOOP_LEVELS} levels")
    if filters > _FILTER_LEVELS:
        raise TemplateProblem(f"line {node.lineno}: at most {_FILTER_LEVELS} filters may follow each other")
    if isinstance(node, nodes.For) and node.recursive:
        raise TemplateProblem(f"line {node.lineno}: recursive loops are not available in templates")
    for child in node.iter_child_nodes():
        _check_nodes(child, loops, filters)


def _bounded(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return one_line(value, TEXT_LIMIT)
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in value.items()}
    return [_bounded(item) for item in value] if isinstance(value, list | tuple) else value


def _ascii_json(body: str) -> str:
    try:
        return json.dumps(json.loads(body))
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", type(error).__name__)
        line = getattr(error, "lineno", 0)
        raise TemplateProblem(f"what it makes is no JSON: {reason} in line {line} of the body") from None
