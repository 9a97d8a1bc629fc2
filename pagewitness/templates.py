"""What the templates of the web are rendered in, whoever shows them: escaping is on, and a value that is missing is an error."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def web_templates() -> Environment:
    """The templates in `web_templates`; what else they are to know is given to them by who shows them."""
    return Environment(
        loader=PackageLoader("pagewitness", "web_templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
