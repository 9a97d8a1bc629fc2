"""A page as semantic HTML5: the style that the others of `eval.generated.sites` vary."""

from __future__ import annotations

from html import escape

from eval.generated import image_edits
from eval.generated.model import Grid, Labelled, Names, Page, Para, Posts, Section, Sentence
from eval.generated.noise import BYLINED, written

_LINKED = 3
"""Words of a sentence that are its link."""


class Semantic:
    """HTML5 as its authors meant it; other styles change what they do otherwise."""

    consent_first = False

    def __init__(self, page: Page) -> None:
        self.page = page
        self.noise = {kind: [escape(text) for text in texts] for kind, texts in written(page).items()}

    def html(self) -> str:
        consent = self.consent()
        parts = [self.top(), self.main(), self.around(), self.bottom()]
        body = "\n".join([consent, *parts] if self.consent_first else [*parts, consent])
        nonce = f"{self.page.ambience['nonce']:016x}"
        return (
            f'<!DOCTYPE html>\n<html lang="{self.page.language}"><head><meta charset="utf-8"><title>{escape(self.page.title)} – '
            f'{escape(self.page.org)}</title><meta name="csrf-token" content="{nonce}">'
            f'<link rel="stylesheet" href="/assets/site.css?v={nonce[:8]}">'
            f'<script nonce="{nonce}">window.__t={int(nonce[:8], 16)};</script></head>\n<body{self.body_attributes()}>\n{body}\n</body></html>\n'
        )

    def body_attributes(self) -> str:
        return ""

    def links(self) -> str:
        names = self.page.words["page"]["nav"]
        return "".join(f'<li><a href="/{n}">{escape(name)}</a></li>' for n, name in enumerate(names))

    def top(self) -> str:
        return (
            f'<header><a href="/">{escape(self.page.org)}</a><nav><ul>{self.links()}</ul></nav>'
            f'<div class="weather">{self.noise["weather"][0]}</div><div class="ticker">{self.noise["rate"][0]}</div></header>'
        )

    def main(self) -> str:
        sections = "\n".join(map(self.section, self.page.sections))
        return f"<main><h1>{escape(self.page.title)}</h1>{self.byline()}{self.picture()}\n{sections}\n{self.updated()}</main>"

    def byline(self) -> str:
        return (
            f'<p class="byline"><time>{self.noise["ago"][0]}</time> <span class="likes">{self.noise["likes"][0]}</span></p>'
            if self.page.kind in BYLINED
            else ""
        )

    def picture(self) -> str:
        return image_edits.markup(self.page)

    def updated(self) -> str:
        return f'<p class="updated">{self.noise["updated"][0]}</p>'

    def section(self, section: Section) -> str:
        heading = escape(section.heading.text(self.page.language))
        return f"<section>{self.heading(heading)}{self.blocks(section)}</section>"

    def heading(self, text: str) -> str:
        return f"<h2>{text}</h2>"

    def blocks(self, section: Section) -> str:
        parts = []
        for block in section.blocks:
            match block:
                case Para():
                    parts.append(self.para(" ".join(map(self.sentence, block.sentences))))
                case Labelled():
                    items = [(escape(label), figure.written(self.page.language)) for label, figure in block.items]
                    parts.append(self.boxes(items) if block.boxed else self.definitions(items))
                case Grid():
                    parts.append(self.grid(block))
                case Names():
                    parts.append(self.names([escape(name) for name in block.items]))
                case Posts():
                    parts.append("".join(self.post(*map(escape, item)) for item in block.items))
        return "\n".join(parts)

    def sentence(self, said: Sentence) -> str:
        text = escape(said.text(self.page.language))
        if not said.href:
            return text
        words = text.split(" ")
        return " ".join([f'<a href="{escape(said.href)}">{" ".join(words[:_LINKED])}</a>', *words[_LINKED:]])

    def para(self, text: str) -> str:
        return f"<p>{text}</p>"

    def boxes(self, items: list[tuple[str, str]]) -> str:
        cells = "".join(
            f'<div class="stat"><span class="stat-value">{number}</span><div class="stat-label">{label}</div></div>'
            for label, number in items
        )
        return f'<div class="stats">{cells}</div>'

    def definitions(self, items: list[tuple[str, str]]) -> str:
        return "<dl>" + "".join(f"<dt>{label}</dt><dd>{number}</dd>" for label, number in items) + "</dl>"

    def grid(self, grid: Grid) -> str:
        heads = "".join(f"<th>{escape(head)}</th>" for head in grid.heads)
        rows = "".join(
            f"<tr><td>{escape(label)}</td>{''.join(f'<td>{cell.written(self.page.language)}</td>' for cell in cells)}</tr>"
            for label, cells in grid.rows
        )
        return f"<table><caption>{escape(grid.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    def names(self, names: list[str]) -> str:
        return "<ul>" + "".join(f"<li>{name}</li>" for name in names) + "</ul>"

    def post(self, title: str, date: str, teaser: str) -> str:
        return f"<article><h3><a href='#'>{title}</a></h3><time>{date}</time><p>{teaser}</p></article>"

    def teasers(self, kind: str) -> str:
        return "".join(f'<li><a href="/{n}">{text}</a></li>' for n, text in enumerate(self.noise[kind]))

    def around(self) -> str:
        said = self.page.words["page"]
        posts = "".join(f'<div class="tweet">{text}</div>' for text in self.noise["feed"])
        return (
            f'<aside class="related-posts"><h2>{escape(said["related"])}</h2><ul>{self.teasers("related")}</ul></aside>'
            f'<aside class="social-feed"><h2>{escape(said["feed"])}</h2>{posts}</aside>'
        )

    def bottom(self) -> str:
        return (
            f"<footer><p>{escape(self.page.words['page']['footer'].format(org=self.page.org))}</p><p>{self.noise['year'][0]}</p>"
            f'<p class="counter">{self.noise["visits"][0]} · {self.noise["online"][0]}</p></footer>'
        )

    def consent(self) -> str:
        return f'<div id="cookie-consent" role="dialog"><p>{self.noise["vendors"][0]}</p><button>OK</button></div>'
