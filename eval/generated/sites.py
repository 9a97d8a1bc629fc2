"""Site styles that are not as their authors' textbooks have it: nested divs, a blog system's theme, a layout table, cards with hashed classes."""

from __future__ import annotations

from html import escape

from eval.generated.model import Answer, Grid, Page, Section
from eval.generated.styles import Semantic


class Soup(Semantic):
    """Divs all the way down, the counter in a side column."""

    consent_first = True

    def top(self) -> str:
        links = "".join(
            f'<div class="menu-item"><a href="/{n}">{escape(name)}</a></div>'
            for n, name in enumerate(self.page.words["page"]["nav"])
        )
        return (
            f'<div id="wrap"><div class="head"><div class="logo">{escape(self.page.org)}</div><div class="menu">{links}</div>'
            f'<div class="wx">{self.noise["weather"][0]}</div><div class="fx">{self.noise["rate"][0]}</div></div>'
        )

    def main(self) -> str:
        sections = "".join(map(self.section, self.page.sections))
        return f'<div class="cols"><div class="col-main"><h1>{escape(self.page.title)}</h1>{self.byline()}{self.picture()}{sections}{self.updated()}</div>'

    def section(self, section: Section) -> str:
        heading = escape(section.heading.text(self.page.language))
        return f'<div class="box"><div class="box-in">{self.heading(heading)}{self.blocks(section)}</div></div>'

    def para(self, text: str) -> str:
        return f'<div class="txt">{text}</div>'

    def boxes(self, items: list[tuple[str, str]]) -> str:
        return (
            '<div class="row">'
            + "".join(
                f'<div class="col"><div class="lbl">{label}</div><div class="num">{number}</div></div>'
                for label, number in items
            )
            + "</div>"
        )

    def definitions(self, items: list[tuple[str, str]]) -> str:
        return "".join(f'<div class="kv"><b>{label}:</b> <span>{number}</span></div>' for label, number in items)

    def names(self, names: list[str]) -> str:
        return '<div class="people">' + "".join(f'<div class="person">{name}</div>' for name in names) + "</div>"

    def post(self, title: str, date: str, teaser: str) -> str:
        return f'<div class="item"><div class="d">{date}</div><h3><a href="#">{title}</a></h3><div class="t">{teaser}</div></div>'

    def around(self) -> str:
        said = self.page.words["page"]
        posts = "".join(f'<div class="fi">{text}</div>' for text in self.noise["feed"])
        return (
            f'<div class="col-side"><div class="counter">{self.noise["visits"][0]}<br>{self.noise["online"][0]}</div>'
            f'<div class="related"><h4>{escape(said["related"])}</h4><ul>{self.teasers("related")}</ul></div>'
            f'<div class="feed"><h4>{escape(said["feed"])}</h4>{posts}</div></div></div>'
        )

    def bottom(self) -> str:
        footer = escape(self.page.words["page"]["footer"].format(org=self.page.org))
        return f'<div id="footer"><div>{footer}</div><div>{self.noise["year"][0]}</div></div></div>'

    def consent(self) -> str:
        return f'<div class="cc-window cc-banner"><span class="cc-message">{self.noise["vendors"][0]}</span><a class="cc-btn">OK</a></div>'


class Blog(Semantic):
    """A blog system's theme with its widgets."""

    def body_attributes(self) -> str:
        return f' class="page-template-default page page-id-{len(self.page.title)} wp-custom-logo"'

    def main(self) -> str:
        sections = "\n".join(map(self.section, self.page.sections))
        return (
            f'<div id="content" class="site-content"><main id="primary" class="site-main"><article class="hentry"><header class="entry-header">'
            f'<h1 class="entry-title">{escape(self.page.title)}</h1>{self.byline()}{self.picture()}</header><div class="entry-content">{sections}</div>'
            f'<footer class="entry-footer">{self.updated()}</footer></article></main>'
        )

    def section(self, section: Section) -> str:
        heading = escape(section.heading.text(self.page.language))
        return f'<div class="wp-block-group">{self.heading(heading)}{self.blocks(section)}</div>'

    def heading(self, text: str) -> str:
        return f'<h2 class="wp-block-heading">{text}</h2>'

    def boxes(self, items: list[tuple[str, str]]) -> str:
        return (
            '<div class="wp-block-columns">'
            + "".join(
                f'<div class="wp-block-column"><p class="has-text-align-center has-huge-font-size"><strong>{number}</strong></p>'
                f'<p class="has-text-align-center">{label}</p></div>'
                for label, number in items
            )
            + "</div>"
        )

    def grid(self, grid: Grid) -> str:
        return f'<figure class="wp-block-table">{super().grid(grid)}</figure>'

    def around(self) -> str:
        said = self.page.words["page"]
        posts = "".join(
            f'<div class="ctf-item"><p class="ctf-tweet-text">{text}</p></div>' for text in self.noise["feed"]
        )
        return (
            f'<aside id="secondary" class="widget-area"><section class="widget widget_recent_entries"><h2 class="widget-title">'
            f'{escape(said["related"])}</h2><ul>{self.teasers("related")}</ul></section><section class="widget"><h2 class="widget-title">'
            f'{escape(said["feed"])}</h2><div id="ctf" class="ctf">{posts}</div></section></aside></div>'
        )

    def bottom(self) -> str:
        return f'<div class="post-views">{self.noise["visits"][0]}</div>' + super().bottom()

    def consent(self) -> str:
        return f'<div id="cookie-law-info-bar"><span>{self.noise["vendors"][0]}<a data-cli_action="accept">OK</a></span></div>'


class LayoutTable(Semantic):
    """A page laid out with tables, as many public bodies still have."""

    def top(self) -> str:
        links = " | ".join(
            f'<a href="/{n}.htm">{escape(name)}</a>' for n, name in enumerate(self.page.words["page"]["nav"])
        )
        return (
            f'<table width="900" align="center" cellpadding="0"><tr><td colspan="2"><b>{escape(self.page.org)}</b></td></tr>'
            f'<tr><td colspan="2" class="menu">{links}</td></tr><tr><td width="180" valign="top"><small>{self.noise["weather"][0]}<br>'
            f"{self.noise['rate'][0]}<br>{self.noise['online'][0]}</small></td>"
        )

    def main(self) -> str:
        sections = "".join(map(self.section, self.page.sections))
        return f'<td valign="top"><h1>{escape(self.page.title)}</h1>{self.byline()}{self.picture()}{sections}{self.updated()}'

    def section(self, section: Section) -> str:
        heading = escape(section.heading.text(self.page.language))
        return f"{self.heading(heading)}{self.blocks(section)}<hr>"

    def heading(self, text: str) -> str:
        return f'<h3><font color="#003366">{text}</font></h3>'

    def boxes(self, items: list[tuple[str, str]]) -> str:
        numbers = "".join(
            f'<td align="center"><font size="6">{number}</font><br>{label}</td>' for label, number in items
        )
        return f'<table border="0" cellspacing="8"><tr>{numbers}</tr></table>'

    def definitions(self, items: list[tuple[str, str]]) -> str:
        rows = "".join(f"<tr><th align='left'>{label}</th><td>{number}</td></tr>" for label, number in items)
        return f"<table>{rows}</table>"

    def names(self, names: list[str]) -> str:
        return "<p>" + "<br>".join(names) + "</p>"

    def around(self) -> str:
        said = self.page.words["page"]
        return (
            f'<div class="related"><b>{escape(said["related"])}</b><ul>{self.teasers("related")}</ul></div>'
            f'<div class="news-ticker"><b>{escape(said["feed"])}</b><ul>{self.teasers("feed")}</ul></div></td></tr>'
        )

    def bottom(self) -> str:
        footer = escape(self.page.words["page"]["footer"].format(org=self.page.org))
        return f'<tr><td colspan="2" class="footer"><small>{footer} {self.noise["year"][0]} {self.noise["visits"][0]}</small></td></tr></table>'


class Cards(Semantic):
    """An application's markup: classes are hashes, the page is cards."""

    def html(self) -> str:
        return super().html().replace('class="', f'class="css-{self.page.ambience["nonce"] % 46_656:x} ')

    def main(self) -> str:
        sections = "".join(map(self.section, self.page.sections))
        return f'<div id="root"><div class="layout" role="main"><div class="hero"><h1>{escape(self.page.title)}</h1>{self.byline()}{self.picture()}{self.updated()}</div>{sections}</div></div>'

    def section(self, section: Section) -> str:
        heading = escape(section.heading.text(self.page.language))
        return f'<article class="card">{self.heading(heading)}<div class="card-body">{self.blocks(section)}</div></article>'

    def boxes(self, items: list[tuple[str, str]]) -> str:
        return (
            '<div class="tiles">'
            + "".join(
                f'<div class="tile"><h3>{label}</h3><p class="value">{number}</p></div>' for label, number in items
            )
            + "</div>"
        )


STYLES: dict[str, type[Semantic]] = {
    "semantic": Semantic,
    "soup": Soup,
    "blog": Blog,
    "table": LayoutTable,
    "cards": Cards,
}


def html(page: Page) -> str:
    """The page as its site writes it."""
    return STYLES[page.style](page).html()


def answer_html(answer: Answer, language: str) -> str:
    """A response that is not the page."""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(answer.title)}</title></head>'
        f"<body><h1>{escape(answer.title)}</h1><p>{escape(answer.text)}</p></body></html>\n"
    )
