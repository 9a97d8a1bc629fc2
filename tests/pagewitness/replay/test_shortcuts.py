"""What rewriting skips because it cannot be there: each shortcut gives the result of the long way."""

from __future__ import annotations

import tinycss2
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pagewitness.replay import css, inlining, rewrite, targets
from pagewitness.replay.css import rewrite_css

MARKUP_PIECES = st.sampled_from(
    ["<!--", "-->", "<!", "<!doctype html>", "<!DocType>", "<?", "?>", "</", "</ ", "</1", "</>", "</p", ">", "<", "<p>", "<svg>", "<![CDATA[", "]]>", "<math><mi>",
     "<noscript>", "</noscript>", "<style>", "</style>", "<textarea>", "</textarea>", "<template>", "</template>", "<table>", "x", " ", "&lt;!--"]
)  # fmt: skip


@given(st.lists(MARKUP_PIECES, max_size=12).map("".join))
def test_a_page_without_the_beginning_of_a_comment_has_none(markup: str):
    """Such a page is not searched for comments."""
    if rewrite._COMMENT.search(markup) is None:
        tree = LexborHTMLParser(markup, scripting=True)
        parts = [tree.root] if tree.root is not None else []
        while parts:
            part = parts.pop()
            assert not any(node.is_comment_node for node in part.traverse(include_text=True))
            parts.extend(part.template_fragments())


@given(st.text("url(@import image-#%.,:;+_09éſ\n\\\"'<!->/*", max_size=20))
def test_words_without_brackets_and_quotes_have_no_address(value: str):
    asked: list[str] = []
    made = rewrite_css(value, lambda url, _: asked.append(url))
    if css._WORDS.fullmatch(value):
        assert (made, asked) == (value, [])
        assert not any(
            token.type in ("url", "string", "function") for token in tinycss2.parse_component_value_list(value)
        )


@given(st.text("a/ \t\n\r\x00\x1f\x7f\u00a0\u2028é", max_size=8))
def test_an_address_is_stripped_as_browsers_do(raw: str):
    assert targets._stripped(raw) == raw.strip("".join(map(chr, range(0x21)))).translate({9: None, 10: None, 13: None})


MASK_PIECES = st.sampled_from(
    [b"mask", b"MASK", b"-webkit-", b"-Webkit-", b"-image", b"-border", b"-source", b"-box", b"shape-outside", b"-", b":", b" ", b"x", b";", b"unmask", b"\xc3\xa9"]
)  # fmt: skip


@given(st.lists(MASK_PIECES, max_size=12).map(b"".join))
def test_masks_are_found_at_their_names_as_by_searching(style: bytes):
    assert [one.span() for one in inlining._masks(style)] == [one.span() for one in inlining._MASK.finditer(style)]
