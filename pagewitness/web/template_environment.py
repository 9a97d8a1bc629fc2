"""The Jinja2 environment of all HTML templates, with autoescaping; an undefined variable is an error."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def web_templates() -> Environment:
    """Return an environment with the templates of `templates`, which may include the style sheets of `static`."""
    folders = [PackageLoader("pagewitness.web", folder) for folder in ("templates", "static")]
    return Environment(
        loader=ChoiceLoader(folders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
