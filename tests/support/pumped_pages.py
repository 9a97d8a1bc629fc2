"""Pages that grow by repeating one thing, each the worst case of some parser or loop: by name, (how often at size 1, what makes one)."""

from __future__ import annotations

from collections.abc import Callable

Made = Callable[[int], str]


def _repeated(piece: str, before: str = "", after: str = "") -> Made:
    return lambda count: before + piece * count + after


def _numbered(piece: str, before: str = "", after: str = "") -> Made:
    return lambda count: before + "".join(piece.replace("#", str(number)) for number in range(count)) + after


HTML: dict[str, tuple[int, Made]] = {
    # Beyond what is parsed: see `BELOW_A_BOUND`.
    "attributes of one tag": (12_000, _numbered("a#=b ", "<p ", ">x")),
    "attributes of a drawing": (12_000, _numbered("a#=b ", "<svg ", "></svg>x")),
    "attributes merged into the body": (16_000, _numbered("<body a#=b>")),
    "attributes of a script": (12_000, _numbered("a#=b ", "<script ", "></script>x")),
    "attributes in a style of a drawing": (12_000, _numbered("a#=b ", "<svg><style><p ", ">x")),
    "options": (12_000, _repeated("<option>x", "<select>")),
    "closed options": (12_000, _repeated("<option>x</option>", "<select>", "</select>")),
    "selected options": (3_000, _repeated("<option selected>x", "<select>")),
    "options in blocks": (12_000, _repeated("<div><option>x</div>", "<select>")),
    "options in groups": (12_000, _repeated("<optgroup><option>x</option></optgroup>", "<select>")),
    "formatting": (12_000, _numbered("<b id=#>x")),
    "fonts that every paragraph opens again": (3_000, _repeated("<p><font color=x>y")),
    "formatting misnested with paragraphs": (3_000, _repeated("<b><p>x</b>")),
    "links around blocks": (3_000, _repeated("<a href=x><div>x")),
    "tables in tables": (3_000, _repeated("<table><tr><td>")),
    "text out of a table": (1_000, _repeated("x<div>y</div>", "<table>")),
    "divs in divs": (3_000, _repeated("<div>x")),
    # Whatever their number.
    "options without a select": (2_000, _repeated("<option>x")),
    "selects": (1_000, _repeated("<select><option>a</select>")),
    "items": (2_000, _repeated("<li>x y", "<ul>")),
    "items in lists": (2_000, _repeated("<li>x y", "<ul><li>" * 500)),
    "paragraphs": (2_000, _repeated("<p>some words")),
    "bold text that stays open": (600, _repeated("<b>x")),
    "links": (2_000, _repeated("<a href=x>y", "<p>")),
    "tables": (1_000, _repeated("<table><tr><td>x</table>")),
    "rows": (2_000, _repeated("<tr><th>a b<td>12", "<table>", "</table>")),
    "columns": (2_000, _repeated("<td>12", "<table><tr>" + "<th>a" * 50 + "<tr>", "</table>")),
    "spans of a table": (1_000, _repeated("<tr><td colspan=1000 rowspan=1000>a", "<table>", "</table>")),
    "templates": (1_000, _repeated("<template>x</template>")),
    "terms without an explanation": (2_000, _repeated("<dt>a", "<dl>", "<dd>b</dl>")),
    "a long attribute": (20_000, _repeated("nav menu ", "<p class='", "'>y")),
    "texts between comments": (2_000, _repeated("a<!---->", "<p>")),
    "hidden siblings": (2_000, _repeated("<script></script>", "<p>a<br>", "<span>b</span>")),
    "line breaks": (2_000, _repeated("a<br>", "<p>")),
    "numbers": (2_000, _repeated("1 ", "<p>")),
    "a number": (4_000, _repeated("1", "<p>")),
    "a number in groups": (2_000, _repeated(",000", "<p>1")),
    "a range of many": (2_000, _repeated("1-", "<p>")),
    "steps": (300, _repeated("rose from 12 to 15 ", "<p>")),
    "number words": (1_000, _repeated("hundred and two million ", "<p>")),
    "a sentence": (500, _repeated("the group has 12 members and ", "<p>")),
    "dates and money": (300, _repeated("12 May 2020, $12 million, ", "<p>")),
    "end marks": (20_000, _repeated(".", "<p>a")),
    "headings": (2_000, _repeated("<h2>a b</h2>x")),
    "buttons that accept": (300, _repeated("<div><p>We use cookies on this page.</p><button>Accept</button></div>")),
    "buttons of one box": (600, _repeated("<button>Accept</button>", "<div>" * 100 + "We use cookies")),
    "headings that count comments": (600, _repeated("<h3>12 comments</h3><p>x y")),
    "paragraphs in nested sidebars": (600, _repeated("<p>some words", "<div class=sidebar>" * 500)),
    "paragraphs in nested comments": (600, _repeated("<p>some words", "<div class=comment>" * 500)),
    "paragraphs in nested panels": (
        600,
        _repeated("<p>some words", "<div role=tabpanel hidden aria-labelledby=x>" * 500),
    ),
    "a headline hidden many times": (600, _repeated("<p>some words", "<main>" + "<div hidden>" * 500 + "<h1>x</h1>")),
    "cards": (300, _repeated("<a href=/x><h3>a</h3><p>12 boats</p></a>", "<h1>x</h1>")),
    "boxes of recommendations": (600, _repeated("<h3>Related articles</h3><a href=/x>a</a><a href=/y>b</a>")),
    "comments before the root": (2_000, _repeated("<!--a-->", "", "x")),
    "instructions before the root": (2_000, _repeated("<?x?>", "", "x")),
    "comments that stay open": (5_000, _repeated("<!--a")),
    "tags that stay open": (5_000, _repeated("<a ")),
    "references": (5_000, _repeated("&amp;&a", "<p>")),
    "a title": (5_000, _repeated("x | ", "<title>", "</title>")),
    "spaces in a title": (20_000, _repeated("\xa0", "<title>x", "x</title>")),
    "drawings": (1_000, _repeated("<svg><path d=x></path></svg>")),
    "frames": (300, _repeated("<iframe srcdoc='<p>x'></iframe>")),
    "comments in a style": (5_000, _repeated("/*", "<style>a{b:url(x)}", "</style>")),
    "URLs that stay open": (2_000, _repeated("a{b:url(", "<style>", "</style>")),
    "URLs": (1_000, _repeated("a{b:url(x)}", "<style>", "</style>")),
    "strings that stay open": (2_000, _repeated("a:url(x)'\"", "<style>", "</style>")),
    "escapes": (2_000, _repeated("\\6 1", "<style>", "</style>")),
    "blocks of a style": (2_000, _repeated("{url(x)", "<style>", "</style>")),
    "a style attribute": (1_000, _repeated("a:url(x);", "<p style='", "'>")),
    "a srcset": (2_000, _repeated("a 1x,b(,", "<img srcset='", "'>")),
    "lazy images": (1_000, _repeated("<img src=x data-src=y>")),
    "placeholder names": (2_000, _repeated("blank", "<img data-src=x src='", ".gif '>")),
    "a refresh of spaces": (40_000, _repeated(" ", "<meta http-equiv=refresh content='0;url", "x'>")),
    "refreshes": (1_000, _repeated("<meta http-equiv=refresh content='0;url=x'>")),
    "templates in templates": (1_000, _repeated("<template>", "<p>x")),
    "attributes of many tags": (1_000, _repeated("<p onclick=x href=/y style=a:b data-x=1>z")),
    "objects": (1_000, _repeated("<object data=a.svg></object>")),
    "parameters": (1_000, _repeated("<param name=a value=//x>", "<object>", "</object>")),
    "lazy backgrounds": (1_000, _repeated("<i data-bg=a.png>x</i>")),
    "previews": (1_000, _repeated("<meta property=og:image content=//x>")),
    "style sheets that a handler applies": (1_000, _repeated("<link rel=preload as=style onload=stylesheet href=x>")),
    "a URL that stays open": (40_000, _repeated("x", "<style>a{b:url(", "</style>")),
    "brackets of a style": (2_000, _repeated("(", "<style>a{b:url(x)", "</style>")),
    "a srcdoc": (1_000, _repeated("&lt;p onclick=x&gt;y", "<iframe srcdoc='", "'></iframe>")),
    "noscripts": (1_000, _repeated("<noscript>x</noscript>")),
}
"""A part of these is refused before it is parsed, which is quick as well."""

BELOW_A_BOUND = {
    "attributes of one tag": _numbered("a#=b ", "<p ", ">x")(9_900),
    "attributes merged into the body": _numbered("<body a#=b>")(13_000),
    "options": _repeated("<option>x", "<select>")(10_500),
    "selected options": _repeated("<option selected>x", "<select>")(2_300),
    "selected options of many selects": "".join(_repeated("<option selected>x", "<select>", "</select>")(100) * 40),
    "open formatting": _numbered("<b id=#>x")(1_900),
    "divs in divs": _repeated("<div>x")(2_990),
}
"""What the parser does in quadratic time, and is allowed to do so far."""

OTHER: dict[str, tuple[str, int, Made]] = {
    "elements of a feed": ("application/rss+xml", 2_000, _repeated("<a>", "<rss><channel><item><title>x</title>")),
    "closing tags of a feed": ("application/rss+xml", 2_000, _repeated("</b>", "<rss>" + "<a>" * 2_000)),
    "entries": ("application/rss+xml", 200, _repeated("<item><title>x 12</title></item>", "<rss><channel>")),
    "CDATA that stays open": ("application/rss+xml", 5_000, _repeated("<![CDATA[x", "<rss><channel><title>")),
    "a doctype": ("application/rss+xml", 400, _repeated("[a", "<!doctype x", "]><rss><channel>")),
    "comments before a feed": ("application/rss+xml", 100, _repeated("<!--a-->", "", "<rss><channel>")),
    "self-closing tags": ("application/xhtml+xml", 2_000, _repeated("<b/>x", "<html><p>")),
    "attributes in XHTML": ("application/xhtml+xml", 12_000, _numbered("a#='b' ", "<html><p ", "/>x")),
    "quotes in XHTML": ("application/xhtml+xml", 5_000, _repeated("<b '", "<html>")),
    "lists in JSON": ("application/json", 5_000, _repeated("[")),
    "objects in JSON": ("application/json", 200, lambda count: '{"a":' * count + "1" + "}" * count),
    "values of JSON": ("application/json", 2_000, lambda count: "[" + '"a 12",' * count + "1]"),
    "a number in JSON": ("application/json", 20_000, _repeated("1")),
    "marks in plain text": ("text/plain", 5_000, _repeated("#", "# ", "x")),
    "lines": ("text/plain", 2_000, _repeated("some words 12\n")),
    "spaces": ("text/plain", 40_000, _repeated(" ", "x", "x")),
}

REQUISITES: dict[str, tuple[int, Made]] = {
    "images": (2_000, _numbered("<img src=#>")),
    "images with a srcset": (1_000, _numbered("<img srcset='#a 1x,#b 2x'>")),
    "candidates of a srcset": (5_000, _numbered("#a #w,", "<img srcset='", "'>")),
    "imports": (1_000, _numbered("@import '#';", "<style>", "</style>")),
    "style elements": (1_000, _numbered("<style>a{b:url(#)}</style>")),
    "style attributes": (1_000, _numbered("<p style='a:url(#)'>")),
    "drawings' attributes": (1_000, _numbered("<svg><path fill='url(x#)' mask='url(#a)'/></svg>")),
    "frames": (300, _numbered("<iframe srcdoc='<img src=#>'></iframe>")),
    "noscripts": (1_000, _numbered("<noscript><img src=#></noscript>")),
    "templates in noscripts": (500, _numbered("<noscript><template><img src=#></template></noscript>")),
    "links to documents": (2_000, _numbered("<a href=#.pdf>x</a>")),
    "slashes of a link to a document": (20_000, _repeated("../", "<a href='", ".pdf'>x</a>")),
    "a data URL": (100_000, _repeated("A", "<img src='data:image/png;base64,", "'>")),
    "white space of a URL": (20_000, _repeated("\n ", "<img src='", "x'>")),
    "bases": (2_000, _numbered("<base href=#><img src=#>")),
}
"""What discovery of requisites alone has loops for."""

STYLE_SHEETS: dict[str, tuple[int, Made]] = {
    "URLs": (2_000, _numbered("a{b:url(#)}")),
    "URLs that stay open": (5_000, _repeated("url(")),
    "URLs in one declaration": (2_000, _numbered("url(#),", "a{b:")),
    "imports": (2_000, _numbered("@import '#';")),
    "fonts": (500, _numbered("@font-face{src:url(#.eot);src:url(#.eot?) format('embedded-opentype'),url(#.woff2)}")),
    "fonts that stay open": (1_000, _numbered("@font-face{src:url(#)")),
    "sources of a font": (1_000, _numbered("src:url(#.eot);", "@font-face{", "}")),
    "entries of a source": (1_000, _numbered("url(#.eot),", "@font-face{src:", "x}")),
    "image sets": (500, _numbered("a{b:image-set('#' 1x,'#a' 2x)}")),
    "rules without a URL": (5_000, _numbered(".a#{color:red}", "a{b:url(x)}")),
    "comments that stay open": (5_000, _repeated("/*", "a{b:url(x)}")),
    "strings that stay open": (5_000, _repeated("'\"", "a{b:url(x)}")),
    "blocks": (2_000, _repeated("{url(x)")),
    "functions in functions": (2_000, _repeated("image-set(", "a{b:")),
    "escapes": (2_000, _repeated("\\75 rl(x)")),
    "@charset rules": (2_000, _repeated('@charset "utf-8";')),
}

CHANGING: dict[str, tuple[int, Made]] = {
    # Above as many as are compared each with each.
    "rows of one label": (1_500, _repeated("<tr><th>a b<td>12 words", "<table>", "</table>")),
    "rows": (1_000, _numbered("<tr><th>a# b<td>12 words", "<table>", "</table>")),
    "columns": (1_000, _repeated("<td>12", "<table><tr>" + "<th>a b" * 50 + "<tr>", "</table>")),
    "equal lines": (1_500, _repeated("<div>some words 12</div>")),
    "sentences of a block": (500, _repeated("The group has 12 members. ", "<p>")),
    "numbers of a sentence": (1_000, _repeated("the group has 12 members and ", "<p>")),
    "steps of a sentence": (500, _repeated("rose from 12 to 15 ", "<p>")),
    "words of a sentence": (2_000, _repeated("a word ", "<p>The group has 12 members, ")),
    "figures": (1_000, _repeated("<div><span>12</span><span>Members</span></div>")),
    "links": (1_000, _numbered("<p><a href=/word#>ab</a></p>")),
    "reworded lines": (500, _numbered("<p>The word# has # members of the word a#b c#d")),
}
"""In these "12" and "word" become something else."""
