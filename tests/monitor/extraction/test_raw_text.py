"""Elements whose content is raw text end where they end in a browser with scripts (checked against Chromium 150): neither sooner nor later."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS

AFTER = "<p>The pact has 87 members.</p>"


def texts(markup: str) -> list[str]:
    page = f"<!doctype html><title>Pact</title><body>{markup}"
    return [b.text for b in extract(page.encode(), "text/html; charset=utf-8").blocks if b.kind in READING_KINDS]


@pytest.mark.parametrize(
    "content",
    [
        "<iframe src=x />",
        "<iframe src=x>",
        "<IFRAME SRC=x></IFRAME>",
        "<!-- never closed",
        "<style>p { color: red }",
        "<textarea>",
        "<title>x",
        "<xmp>",
        "<plaintext>",
        "<div><table><tr><td>x",
        "<svg><title>",
        "<template><p>x",
        "<select><option>x",
        "<img alt='never closed",
        "<![CDATA[ never closed",
        "<noscript>twice",
    ],
)
def test_a_noscript_ends_at_its_end_tag_whatever_is_left_open_in_it(content: str):
    assert texts(f"<noscript>{content}</noscript>{AFTER}") == ["The pact has 87 members."]


@pytest.mark.parametrize("content", ["<iframe src=x />", "<img src=x>", "<p>Switch JavaScript on.</p>", "<style>x"])
def test_a_noscript_in_the_head_neither_ends_it_nor_shows(content: str):
    page = f"<head><noscript>{content}</noscript><title>Pact</title><base href=/b/></head><body>{AFTER}"
    cleaned = extract(page.encode(), "text/html")
    assert (cleaned.title, cleaned.base) == ("Pact", "/b/")
    assert [block.text for block in cleaned.blocks if block.kind in READING_KINDS] == ["The pact has 87 members."]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x = '<noscript><iframe>'</script>",
        "<!-- <noscript> -->",
        "<a title='<noscript>'></a>",
        "<textarea><noscript></textarea>",
        "<noembed><p>For old browsers.</p></noembed>",
        "<noframes><p>For old browsers.</p></noframes>",
        "<svg><title>A chart</title><style>p { color: red }</style></svg>",
        "<svg><title/></svg>",
        "<svg/>",
        "<svg>",
        "<template><p>x</p></template>",
        "<!-->",
        "<!-- x --!>",
        "<map name=m><area href=x>",
        "<map name=m />",
        "<script><!-- <script> </script> --></script>",
    ],
)
def test_text_behind_it_is_read(markup: str):
    assert texts(markup + AFTER) == ["The pact has 87 members."]


@pytest.mark.parametrize("tag", ["noscript", "iframe", "textarea", "style", "script", "noembed", "noframes", "title"])
def test_what_is_never_closed_hides_the_rest_as_in_a_browser(tag: str):
    assert texts(f"<p>Before.</p><{tag}>{AFTER}") == ["Before."]


def test_options_outside_a_list_and_text_in_a_map_are_visible():
    assert texts("<option>87 members<p>12 valleys") == ["87 members", "12 valleys"]
    assert texts("<map name=m><p>To the <a href=/n>north</a>.</p></map>") == ["To the north."]
