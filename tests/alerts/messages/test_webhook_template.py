from __future__ import annotations

import json
import re
import time
import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages.renderers import render
from alerts.messages.webhook_body import story_json
from alerts.messages.webhook_template import OUTPUT_LIMIT, TemplateProblem, check, render_template
from alerts.model import StoryEvent, WebhookChannel
from rendering.text_safety import one_line
from tests.alerts.examples import HOOK, event
from tests.alerts.message_examples import EVENTS, HOSTILE, LINKS, MESSAGE, UID, hostile_message

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "alerts-by-template.md"
STORY = story_json(MESSAGE, EVENTS, LINKS)
TEXT = "text/plain"


def channels() -> dict[str, dict]:
    blocks = re.findall(r"^```toml\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    return {table["name"]: table for block in blocks for table in tomllib.loads(block)["channel"]}


def body_of(name: str, message=MESSAGE, events=EVENTS):
    table = channels()[name]
    config = WebhookChannel(name, table["url"], template=table["template"])
    return json.loads(render(config, message, events, LINKS)["body"])


def pagerduty(body) -> None:
    """What Events API V2 requires; the routing key is added when sending."""
    assert set(body) <= {"event_action", "dedup_key", "client", "payload", "links", "images"}
    assert body["event_action"] in {"trigger", "acknowledge", "resolve"}
    assert len(body["dedup_key"]) <= 255
    payload = body["payload"]
    assert set(payload) <= {
        "summary",
        "source",
        "severity",
        "timestamp",
        "component",
        "group",
        "class",
        "custom_details",
    }
    assert 1 <= len(payload["summary"]) <= 1024
    assert payload["source"]
    assert payload["severity"] in {"critical", "warning", "error", "info"}
    assert all(set(link) == {"href", "text"} and link["href"].startswith("http") for link in body["links"])


def opsgenie(body) -> None:
    """What the Alert API requires."""
    assert set(body) <= {"message", "alias", "description", "source", "priority", "tags"}
    assert 1 <= len(body["message"]) <= 130
    assert len(body["alias"]) <= 512
    assert len(body["description"]) <= 15_000
    assert body["priority"] in {"P1", "P2", "P3", "P4", "P5"}
    assert all(isinstance(tag, str) and len(tag) <= 50 for tag in body["tags"])


SERVICES = {"pagerduty": pagerduty, "opsgenie": opsgenie}


@pytest.mark.parametrize("name", SERVICES)
def test_the_guide_s_templates_make_what_the_services_require(name):
    body = body_of(name)
    SERVICES[name](body)
    assert MESSAGE.subject in json.dumps(body, ensure_ascii=False)
    assert UID in json.dumps(body)
    SERVICES[name](body_of(name, events=[StoryEvent(event(url=None, label=""), "all")]))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", SERVICES)
def test_hostile_texts_neither_break_a_body_nor_add_keys(name, text):
    SERVICES[name](body_of(name, hostile_message(f'", "priority": "P1", "x": "{text}')))


@given(
    st.text(st.characters(exclude_categories=()), max_size=50) | st.sampled_from(['"', "\\", '"}', "\ud800", "{{ 7 }}"])
)
def test_an_inserted_text_is_that_text_made_safe_to_display(text):
    body = render_template(
        '{"a": "{{ text }}", "b": {{ text|tojson }}, "c": [{{ n }}, {{ none }}]}',
        "application/json",
        {"text": text, "n": 1.5, "none": None},
    )
    assert body.isascii()
    safe = one_line(text)
    assert json.loads(body) == {"a": safe, "b": safe, "c": [1.5, None]}


@pytest.mark.parametrize("content_type", [TEXT, "application/json"])
def test_no_variable_contains_what_a_terminal_would_interpret(content_type):
    raw = "\x1b[31m85\x1b[0m \x9b2J \u202egnp.exe\nsecond line"
    story = {"subject": raw, "events": [{"summary": raw, "page": {"label": raw}}]}
    template = "{% for entry in events %}{{ entry.summary }}{{ entry.page.label }}{% endfor %}{{ subject }}"
    template = template if content_type == TEXT else f'{{"text": "{template}"}}'
    body = render_template(template, content_type, story)
    text = body if content_type == TEXT else json.loads(body)["text"]
    assert "85" in text
    assert "second line" in text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_other_media_types_are_inserted_as_they_are():
    assert render_template('{{ subject }} & "{{ more }}"', TEXT, {"subject": "a < b", "more": 3}) == 'a < b & "3"'


def test_what_is_missing_is_empty_and_values_are_json():
    template = '{"a": "{{ no.such.key }}", "b": {{ rules }}, "c": {{ no|tojson }}, "d": {{ page|tojson }}}'
    assert json.loads(render_template(template, "application/json", STORY)) == {
        "a": "",
        "b": ["key facts"],
        "c": None,
        "d": STORY["page"],
    }


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ subject", "line 1: "),
        ("a\n{% for x in events %}", "line 2: "),
        ("{{ subject * 9 }}", "line 1: mul is not available"),
        ("{{ 9 ** 9 ** 9 }}", "line 1: pow is not available"),
        ("{{ subject ~ subject }}", "line 1: concat is not available"),
        ("{{ subject + subject }}", "line 1: add is not available"),
        ("{{ '%99999999d' % 1 }}", "line 1: mod is not available"),
        ("{{ subject.format(1) }}", "line 1: call is not available"),
        ("{{ range(10) }}", "line 1: call is not available"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "line 1: call is not available"),
        ("{% set a = subject %}", "line 1: assign is not available"),
        ("{% set a %}x{% endset %}", "line 1: assignblock is not available"),
        ("{% macro a() %}{% endmacro %}", "line 1: macro is not available"),
        ("{% include 'mail.html' %}", "line 1: include is not available"),
        ("{% import 'mail.html' as m %}", "line 1: import is not available"),
        (
            "{% for a in events %}{% for b in events %}{% for c in events %}{% endfor %}{% endfor %}{% endfor %}",
            "loops may",
        ),
        ("{% for a in events recursive %}{% endfor %}", "recursive loops"),
        ("{{ subject|tojson|tojson|tojson|tojson }}", "at most 3 filters"),
        ("{{ subject|center(99999999) }}", "No filter named 'center'"),
        ("{{ events|map(attribute='x') }}", "No filter named 'map'"),
        ("{{ " + "-" * 1900 + "1 }}", "it cannot be compiled"),
    ],
)
def test_what_could_cost_time_or_memory_is_refused_with_its_line(template, problem):
    with pytest.raises(TemplateProblem, match=re.escape(problem)):
        check(template)


def test_attributes_of_the_language_are_out_of_reach():
    for name in ("__class__", "__init__", "__globals__"):
        with suppress(TemplateProblem):
            assert render_template(f"{{{{ subject.{name} }}}}", TEXT, {"subject": "x"}) == ""


def test_a_large_output_and_long_loops_are_bounded():
    began = time.monotonic()
    with pytest.raises(TemplateProblem, match="more than 262,144 characters"):
        render_template(
            "{% for a in events %}{% for b in a %}{{ a }}{% endfor %}{% endfor %}",
            TEXT,
            {"events": ["x" * 10**6] * 200},
        )
    render_template("{% for a in t %}{% for b in t %}{% endfor %}{% endfor %}", TEXT, {"t": "x" * 10**6})
    assert time.monotonic() - began < 30
    assert OUTPUT_LIMIT == 262_144


def test_a_template_that_makes_no_json_is_explained():
    with pytest.raises(TemplateProblem, match=r"what it makes is no JSON: Expecting .* in line 2 of the body"):
        render_template('{"a": 1,\n"b": {{ subject }}}', "application/json", STORY)


def test_a_message_that_a_template_cannot_render_has_the_standard_body():
    config = replace(HOOK, template='{"a": {{ event.sentence_after }}}')
    assert json.loads(render(config, MESSAGE, EVENTS, LINKS)["body"]) == STORY
