"""Terminal output of `inspect`: the page and its verdict, the facts with reasons, then every block with its kind, its reason and its mentions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from pagewitness.cli.output import styled_console
from pagewitness.inspection.layout import Fact, InspectedPage, Part
from pagewitness.suggestions import Suggestion
from pagewitness.watchlist.writing import toml_lines
from rendering.text_safety import one_line, render_value

_COLOURS = {
    "content": "default",
    "heading": "bold yellow",
    "row": "green",
    "feed": "magenta",
    "navigation": "blue",
    "consent": "bright_magenta",
    "control": "cyan",
    "footer": "bright_black",
}
_WIDEST_KIND = 11
_INDENT = 13


def print_inspection(page: InspectedPage) -> None:
    """Print the extraction of a page to stdout."""
    out = styled_console()
    out.print(Text(page.title or page.place, style="bold"))
    line = Text(page.place, style="dim")
    line.append(f"  {page.language or 'language unknown'}  ")
    line.append(page.verdict, style="bold green" if page.fine else "bold red")
    line.append(f" ({page.reason})")
    out.print(line)
    for fact in page.facts:
        _print_fact(out, fact)
    for part in page.parts:
        _print_part(out, part)


def print_suggestions(suggestions: Sequence[Suggestion]) -> None:
    """Print facts that could be declared for a page, as tables of a watchlist, to stdout; nothing if there are none."""
    if not suggestions:
        return
    out = styled_console()
    out.print(Text("\nFacts that a watchlist could declare for this page", style="bold"))
    for one in suggestions:
        definition = one.definition
        out.print(Text(f"# {one_line(render_value(one.value), 80)}: “{one_line(one.sentence, 200)}”", style="dim"))
        table = {"name": definition.name, definition.kind.value: list(definition.terms)}
        out.print(Text("\n".join(["[[fact]]", *toml_lines(table), ""])))


def _print_fact(out: Console, fact: Fact) -> None:
    line = Text("  ")
    line.append(fact.name, style="bold")
    line.append(f" = {fact.value or 'not stated'}", style="bold green" if fact.value else "yellow")
    others = ", ".join(dict.fromkeys(mention.parsed for mention in fact.against))
    if others:
        line.append(f" and also {others}", style="red")
    line.append(f": {fact.why}")
    out.print(line)


def _print_part(out: Console, part: Part) -> None:
    text = Text()
    for run in part.runs:
        style = "" if part.read else "dim"
        if run.mention is not None:
            style = (
                "bold black on green"
                if run.mention.states
                else "bold black on red"
                if run.mention.against
                else "bold cyan"
            )
        text.append(run.text, style=style)
    text.append(f"  [{part.why}]", style="dim")
    out.print(Text.assemble((f"{part.kind:<{_WIDEST_KIND}}", _COLOURS.get(part.kind, "default")), "  ", text))
    for mention in part.mentions:
        line = Text(f"{' ' * _INDENT}{mention.type} {mention.parsed}", style="cyan")
        for fact in mention.states:
            line.append(f"  states {fact}", style="green")
        for fact in mention.against:
            line.append(f"  contradicts {fact}", style="red")
        out.print(line)
