"""The mail of a message: subject, plain text and HTML, from templates. Pure.

The texts of a message are display-safe, and the HTML template escapes them.
"""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.messages.message import Message
from monitor.model import JsonValue
from rendering.text_safety import one_line

SUBJECT_LIMIT = 200

# Escaping is on for every template name except *.txt.
_TEMPLATES = Environment(
    loader=PackageLoader("alerts"),
    autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_mail(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"subject","text","html"}."""
    variables = {"message": message}
    return {
        "subject": one_line(message.subject, SUBJECT_LIMIT),
        "text": _TEMPLATES.get_template("message.txt").render(variables),
        "html": _TEMPLATES.get_template("message.html").render(variables),
    }
