"""Pages without text of their own: what they show to clients without scripts and frames is read, unless it only asks for scripts."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, Lookup


def read(markup: str) -> list[str]:
    return [block.text for block in extract(markup.encode(), "text/html; charset=utf-8").blocks if block.kind in READING_KINDS]  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<div id=app></div><noscript><h1>Lodges</h1><p>The union has 64 lodges.</p></noscript>", ["Lodges", "The union has 64 lodges."]),
        ("<div id=app>Lädt …</div><noscript><p>Der Bund hat 64 Logen.</p></noscript>", ["Der Bund hat 64 Logen.", "Lädt …"]),
        ("<script>go()</script><noscript><p>Союз — 64 ложи.<p>Всего</noscript>", ["Союз — 64 ложи.", "Всего"]),
        ("<noscript><table><tr><td>会員<td>64</table></noscript>", ["会員 | 64"]),
        ("<frameset><frame src=a><noframes><body><p>La unión tiene 64 logias.</p></body></noframes></frameset>", ["La unión tiene 64 logias."]),
        ("<p>Loge</p><noframes><p>L'union compte 64 loges.</p></noframes>", ["L'union compte 64 loges.", "Loge"]),
    ],
)  # fmt: skip
def test_the_text_for_clients_without_scripts_is_read_where_there_is_no_other(markup, expected):
    assert read(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>The union of lodges has 64 members in all towns.</p><noscript><p>It has 63 members.</p></noscript>", ["The union of lodges has 64 members in all towns."]),
        ("<div id=app></div><noscript>You need to enable JavaScript to run this app.</noscript>", []),
        ("<div id=app></div><noscript>Bitte aktivieren Sie JavaScript, um 64 Logen zu sehen.</noscript>", []),
        ("<div id=app></div><noscript>このサイトにはJavaScriptが必要です。</noscript>", []),
        ('<div id=app></div><noscript><img src="/pixel?id=64" width=1 height=1></noscript>', []),
        ("<div id=app></div><!--<noscript><p>64 lodges</p></noscript>--><script>'<noscript>64 lodges</noscript>'</script>", []),
        ("<head><noscript><style>p::after { content: '64 lodges' }</style></noscript></head><div id=app></div>", []),
    ],
)  # fmt: skip
def test_requests_for_scripts_and_texts_beside_others_are_not_read(markup, expected):
    assert read(f"<html>{markup}") == expected


def test_a_selector_is_found_in_the_text_that_is_read():
    page = b"<div id=app></div><noscript><p>The union has <b id=x>64</b> lodges.</p></noscript>"
    extracted = extract(page, "text/html", [Lookup("#x")])
    (span,) = extracted.found[Lookup("#x")].elements[0]
    assert extracted.blocks[span.block].text[span.start : span.end] == "64"


def test_unclosed_elements_in_each_other_cost_linear_time():
    assert extract(b"<noscript>" * 200_000 + b"<p>64 lodges", "text/html").readable
