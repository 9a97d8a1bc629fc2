"""The benchmark's pages: 60 to 150 KB each, in the manner of a common blogging system, the same for every request.

A page can change in two ways, each counted by a number: its `edition` changes one sentence, its `nonce` only what is invisible.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random

from bench.prose import Prose

SMALLEST_BYTES, LARGEST_BYTES = 60_000, 150_000
_SENTENCE, _NONCE = "@@sentence@@", "@@nonce@@"
_ICON = '<svg class="icon" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M1.5 4 6 8.5 10.5 4" fill="none" stroke="currentColor"/></svg>'
_HEX = "0123456789abcdef"


@dataclass(frozen=True)
class BenchPage:
    """One page.

    Attributes:
        number: 0, 1, 2 …
    """

    number: int

    @property
    def path(self) -> str:
        return f"/articles/{self.number:04d}/"

    def body(self, edition: int = 0, nonce: int = 0) -> bytes:
        """The page as served at one edition and nonce."""
        mark = Random(f"{self.number}/{nonce}").choices(_HEX, k=10)
        return self._template.replace(_SENTENCE.encode(), self.sentence(edition).encode()).replace(
            _NONCE.encode(), "".join(mark).encode()
        )

    def sentence(self, edition: int) -> str:
        """The sentence that editions change: on even pages the declared fact's, on odd ones any other."""
        if self.number % 2 == 0:
            return f"Together, our {80 + self.number % 40 + edition} member cities keep the network running."
        text = Prose(Random(f"{self.number}/{edition}")).sentence()
        return f"As of edition {edition + 1}: {text}"

    @cached_property
    def _template(self) -> bytes:
        source = Random(self.number)
        size = source.randint(SMALLEST_BYTES + 2_000, LARGEST_BYTES - 6_000)
        return _page(source, Prose(source), self.number, size).encode()


def bench_pages(count: int) -> list[BenchPage]:
    """The first `count` pages."""
    return [BenchPage(number) for number in range(count)]


def _page(source: Random, prose: Prose, number: int, size: int) -> str:
    title = prose.title()
    article = _article(source, prose, title, paragraphs=size // 3_600)
    around = [_cookie_bar(), _header(prose), article, _related(prose, cards=size // 5_000), _comments(source, prose)]
    around += [_sidebar(source, prose, entries=size // 2_500), _feed(source, prose), _footer(prose)]
    head = _head(title, number)
    rest = max(size - sum(map(len, [head, *around])), 0)
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB" class="no-js">\n{head}{_style(source, rest // 3)}</head>\n'
        f'<body class="post-template-default single single-post postid-{number} single-format-standard wp-embed-responsive">\n'
        f"{''.join(around)}{_script(source, rest - rest // 3)}</body>\n</html>\n"
    )


def _head(title: str, number: int) -> str:
    metas = "".join(
        f'<meta property="og:{name}" content="{title}" />\n' for name in ("title", "description", "site_name", "locale")
    )
    links = "".join(
        f"<link rel='stylesheet' id='plugin-{n}-css' href='/wp-content/plugins/plugin-{n}/style.min.css?ver=6.{n}' media='all' />\n"
        for n in range(14)
    )
    return (
        f'<head>\n<meta charset="UTF-8" />\n<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f'<title>{title} – The River Network</title>\n{metas}<link rel="canonical" href="/articles/{number:04d}/" />\n{links}'
        f'<script type="application/ld+json">{{"@context":"https://schema.org","@type":"Article","headline":"{title}","wordCount":{number + 300}}}</script>\n'
    )


def _style(source: Random, size: int) -> str:
    rules, length = [], 0
    while length < size:
        rule = (
            f".wp-block-{source.randint(1, 999)}{{margin:{source.randint(0, 40)}px;color:#{source.randint(0, 0xFFFFFF):06x};"
            f"padding:{source.random():.2f}em}}\n"
        )
        rules.append(rule)
        length += len(rule)
    return f"<style id='global-styles-inline-css'>\n{''.join(rules)}</style>\n"


def _script(source: Random, size: int) -> str:
    parts, length = [], 0
    while length < size:
        part = f'"k{source.randint(0, 9_999)}":{{"url":"/wp-json/v2/items/{source.randint(1, 99_999)}","t":{source.random():.6f}}},\n'
        parts.append(part)
        length += len(part)
    return f'<script id="app-js-extra">\nvar app = {{"nonce":"{_NONCE}",\n{"".join(parts)}"end":1}};\n</script>\n'


def _cookie_bar() -> str:
    return (
        '<div id="cookie-law-info-bar" class="cookie-bar" role="dialog"><p>We and our 214 partners use cookies to improve your visit. '
        'You can accept or reject them at any time.</p><button type="button">Accept all</button><button type="button">Reject</button></div>\n'
    )


def _header(prose: Prose) -> str:
    entries = "".join(
        f'<li id="menu-item-{n}" class="menu-item menu-item-type-post_type menu-item-object-page menu-item-{n}"><a href="/topic/{n}/">'
        f'<span class="menu-item-text">{prose.title()}</span>{_ICON}</a><ul class="sub-menu"><li class="menu-item menu-item-type-taxonomy">'
        f'<a href="/topic/{n}/a/"><span class="menu-item-text">{prose.title()}</span></a></li></ul></li>\n'
        for n in range(24)
    )
    return (
        '<a class="skip-link screen-reader-text" href="#content">Skip to content</a>\n<header id="masthead" class="site-header">'
        '<div class="site-branding"><a href="/" rel="home">The River Network</a></div>'
        f'<nav id="site-navigation" class="main-navigation" aria-label="Primary"><ul id="primary-menu" class="menu">\n{entries}</ul></nav></header>\n'
    )


def _article(source: Random, prose: Prose, title: str, *, paragraphs: int) -> str:
    pieces = [
        f'<div class="wp-block-group has-global-padding is-layout-constrained"><p class="has-medium-font-size">{prose.paragraph()}</p></div>\n'
        for _ in range(paragraphs)
    ]
    for n in range(3, len(pieces), 5):
        pieces[n] = f'<h2 class="wp-block-heading">{prose.title()}</h2>\n{pieces[n]}'
    for n in range(5, len(pieces), 9):
        pieces[n] += (
            f'<figure class="wp-block-image size-large is-resized">{_image(str(n))}'
            f'<figcaption class="wp-element-caption">{prose.title()}</figcaption></figure>\n'
        )
    pieces[len(pieces) // 2] += _table(source, prose)
    pieces.insert(source.randrange(1, len(pieces)), f"<p><strong>{_SENTENCE}</strong> {prose.sentence()}</p>\n")
    return (
        '<main id="content" class="site-main"><article class="post type-post status-publish hentry">'
        f'<header class="entry-header"><h1 class="entry-title">{title}</h1><span class="posted-on">'
        f'<time class="entry-date" datetime="2025-03-0{source.randint(1, 9)}">March {source.randint(1, 28)}, 2025</time></span></header>\n'
        f'<div class="entry-content">\n{"".join(pieces)}</div></article>\n'
    )


def _table(source: Random, prose: Prose) -> str:
    rows = "".join(
        f"<tr><td>{prose.title()}</td><td>{source.randint(1, 900)}</td><td>{source.uniform(1, 99):.1f} %</td></tr>\n"
        for _ in range(8)
    )
    return f"<table><thead><tr><th>Place</th><th>Number</th><th>Share</th></tr></thead><tbody>{rows}</tbody></table>\n"


def _feed(source: Random, prose: Prose) -> str:
    items = "".join(
        f'<div class="ctf-item"><span class="ctf-author">@rivernetwork</span><p class="ctf-tweet-text">{prose.sentence()}</p>'
        f'<span class="ctf-tweet-meta">{source.randint(1, 23)} hours ago · {source.randint(1, 900)} likes</span></div>\n'
        for _ in range(8)
    )
    return f'<div id="ctf" class="ctf ctf-feed">{items}</div>\n'


def _related(prose: Prose, *, cards: int) -> str:
    listed = "".join(
        f'<div class="wp-block-column is-layout-flow card"><figure class="wp-block-post-featured-image">{_image(f"r{n}")}</figure>'
        f'<h3 class="wp-block-post-title has-medium-font-size"><a href="/articles/r{n}/" target="_self">{prose.title()}</a></h3>'
        f'<div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">{prose.sentence()}</p></div></div>\n'
        for n in range(cards)
    )
    return f'<section class="related-posts alignwide"><h2>Related articles</h2><div class="wp-block-columns">{listed}</div></section>\n'


def _sidebar(source: Random, prose: Prose, *, entries: int) -> str:
    listed = "".join(
        f'<li class="cat-item cat-item-{n} widget_archive__item"><a href="/archive/{n}/" data-track="sidebar" data-position="{n}">{prose.title()}</a> '
        f'<span class="post-count">({source.randint(1, 400)})</span></li>\n'
        for n in range(entries)
    )
    return (
        '<aside id="secondary" class="widget-area sidebar"><section id="archives-2" class="widget widget_archive">'
        f'<h2 class="widget-title">Archive</h2><ul>{listed}</ul></section></aside>\n'
    )


def _image(name: str) -> str:
    sizes = ", ".join(
        f"/wp-content/uploads/2025/03/{name}-{width}x{width * 2 // 3}.jpg {width}w" for width in (300, 768, 1024, 1536)
    )
    return (
        f'<img loading="lazy" decoding="async" width="1024" height="683" src="/wp-content/uploads/2025/03/{name}.jpg" alt="" '
        f'class="wp-image-{len(name)} attachment-large size-large" srcset="{sizes}" sizes="(max-width: 1024px) 100vw, 1024px" />'
    )


def _comments(source: Random, prose: Prose) -> str:
    text = "".join(
        f'<li class="comment" id="comment-{n}"><div class="comment-body"><p>{prose.sentence()}</p></div></li>\n'
        for n in range(source.randint(0, 12))
    )
    return (
        f'<div id="comments" class="comments-area"><h2>Comments</h2><ol class="comment-list">{text}</ol></div></main>\n'
    )


def _footer(prose: Prose) -> str:
    links = "".join(f'<li><a href="/about/{n}/">{prose.title()}</a></li>' for n in range(16))
    return f'<footer id="colophon" class="site-footer"><ul>{links}</ul><p>© 2025 The River Network. All rights reserved.</p></footer>\n'
