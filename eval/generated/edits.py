"""Edits of one step: what is done to a page, and what is then due to be reported. An edit that does not fit a page gives None."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random

from eval.generated import noise
from eval.generated.image_edits import IMAGE_EDITS
from eval.generated.link_edits import LINK_EDITS
from eval.generated.model import (
    Due,
    Figure,
    Grid,
    Names,
    Page,
    Para,
    Posts,
    Sentence,
    Shot,
    blocks,
    paras,
    sentences,
    with_block,
    with_sentence,
)
from eval.generated.number_edits import (
    COUNTS,
    Edit,
    another,
    any_number,
    number,
    opposite_numbers,
    reported_of,
    several_numbers,
    with_value,
    written_otherwise,
)
from eval.generated.pages import Author
from eval.generated.sites import STYLES


def reworded(page: Page, dice: Random, *, numbered: bool, changed: bool) -> list[Shot] | None:
    """A sentence is reworded, with or without a number in it, and with the number as it was or changed."""
    found = [
        text
        for text in sentences(page)
        if len(text.wordings) > 1 and bool(text.figures) == numbered and list(text.wordings) not in page.words["dated"]
    ]
    if not found:
        return None
    text = dice.choice(found)
    again = replace(text, at=(text.at + 1) % len(text.wordings))
    now = with_sentence(page, text, again)
    if not changed:
        return [Shot(now, (Due("text_changed", marker=again.text(page.language)),))]
    figure = text.figures[0][1]
    value = another(figure, dice)
    now = with_value(now, figure.key, value)
    marker = replace(again, figures=(("n", replace(figure, value=value)),)).text(page.language)
    return [Shot(now, (*reported_of(page, figure, value), Due("text_changed", marker=marker, needed=False)))]


def date_changed(page: Page, dice: Random) -> list[Shot] | None:
    """A sentence names another date: it is reported like a number."""
    found = [text for text in sentences(page) if list(text.wordings) in page.words["dated"]]
    if not found:
        return None
    text = dice.choice(found)
    again = replace(text, at=1 - text.at)
    return [Shot(with_sentence(page, text, again), (Due("number_changed", marker=again.text(page.language)),))]


def sentence_added(page: Page, dice: Random, *, numbered: bool) -> list[Shot] | None:
    """A paragraph gains a sentence."""
    text = _new_sentence(page, dice, numbered=numbered)
    places = list(paras(page))
    if text is None or not places:
        return None
    para = dice.choice(places)
    at = dice.randint(0, len(para.sentences))
    grown = Para((*para.sentences[:at], text, *para.sentences[at:]))
    return [Shot(with_block(page, para, grown), (Due("text_changed", marker=text.text(page.language)),))]


def sentence_removed(page: Page, dice: Random) -> list[Shot] | None:
    """A paragraph loses a sentence that states no declared fact."""
    found = [
        (para, text)
        for para in paras(page)
        for text in para.sentences
        if len(para.sentences) > 1 and not any(figure.key == (page.declared or ("",))[0] for _, figure in text.figures)
    ]
    if len(found) < 3:
        return None
    para, text = dice.choice(found)
    left = Para(tuple(other for other in para.sentences if other is not text))
    return [Shot(with_block(page, para, left), (Due("text_changed", marker=text.text(page.language)),))]


def blocks_moved(page: Page, dice: Random) -> list[Shot] | None:
    """Sections change places: nothing to report."""
    sections = list(page.sections)
    while sections == list(page.sections):
        dice.shuffle(sections)
    return [Shot(replace(page, sections=tuple(sections)))]


def redesigned(page: Page, dice: Random) -> list[Shot] | None:
    """Another template with the same facts: nothing to report, though labels may be reported as text."""
    style = dice.choice([style for style in STYLES if style != page.style])
    return [Shot(replace(page, style=style))]


def row_added(page: Page, dice: Random) -> list[Shot] | None:
    """A table gains a row."""
    grid = _grid(page)
    if grid is None:
        return None
    place = next((place for place in page.words["places"] if place not in [label for label, _ in grid.rows]), None)
    if place is None:
        return None
    cells = tuple(Figure(f"{place}/{head}", dice.randint(3, 2_400), "grouped", "table") for head in grid.heads[1:])
    rows = [*grid.rows]
    rows.insert(dice.randint(0, len(rows)), (place, cells))
    return [Shot(with_block(page, grid, replace(grid, rows=tuple(rows))), (Due("text_changed", marker=place),))]


def row_removed(page: Page, dice: Random) -> list[Shot] | None:
    """A table loses a row."""
    grid = _grid(page)
    if grid is None or len(grid.rows) < 4:
        return None
    label, cells = dice.choice(grid.rows)
    left = replace(grid, rows=tuple(row for row in grid.rows if row != (label, cells)))
    return [Shot(with_block(page, grid, left), (Due("text_changed", marker=label),))]


def rows_sorted(page: Page, dice: Random) -> list[Shot] | None:
    """A table is reordered: nothing to report."""
    grid = _grid(page)
    if grid is None:
        return None
    rows = list(grid.rows)
    while rows == list(grid.rows):
        dice.shuffle(rows)
    return [Shot(with_block(page, grid, replace(grid, rows=tuple(rows))))]


def name_joined(page: Page, dice: Random) -> list[Shot] | None:
    """A list gains a name."""
    names = _names(page)
    free = [who for who in page.words["people"] if names is not None and who not in names.items]
    if names is None or not free:
        return None
    who = dice.choice(free)
    return [
        Shot(with_block(page, names, Names(tuple(sorted((*names.items, who))))), (Due("text_changed", marker=who),))
    ]


def name_left(page: Page, dice: Random) -> list[Shot] | None:
    """A list loses a name."""
    names = _names(page)
    if names is None or len(names.items) < 5:
        return None
    who = dice.choice(names.items)
    left = Names(tuple(other for other in names.items if other != who))
    return [Shot(with_block(page, names, left), (Due("text_changed", marker=who),))]


def post_added(page: Page, dice: Random) -> list[Shot] | None:
    """A news page gains an entry at its top and loses the oldest."""
    posts = next((block for block in blocks(page) if isinstance(block, Posts)), None)
    if posts is None:
        return None
    post = Author(dice, page.language).post(dice.randint(30, 300))
    # An entry is several blocks or one, and what it has in common with another is no change: what of it is reported is left to the monitor.
    dues = tuple(Due("text_changed", marker=part, needed=False) for part in (*post, *posts.items[-1]))
    return [Shot(with_block(page, posts, Posts((post, *posts.items[:-1]))), dues)]


def both(first: Edit, second: Edit, page: Page, dice: Random) -> list[Shot] | None:
    """Two edits in one step."""
    shots = first(page, dice)
    more = second(shots[-1].page, dice) if shots else None
    if shots is None or more is None:
        return None
    return [replace(more[-1], dues=(*shots[-1].dues, *more[-1].dues))]


def moving(kinds: frozenset[str], page: Page, dice: Random) -> list[Shot] | None:
    """Only such noise moves: nothing to report. Twice in a row, as it does on real pages."""
    if len(kinds) == 1 and not all(noise.written(page).get(next(iter(kinds)), [True])):
        return None
    shots = []
    for _ in range(2):
        page = replace(page, ambience=noise.moved(page.ambience, kinds, dice, page.language))
        shots.append(Shot(page, moves=kinds))
    return shots


def nothing(page: Page, dice: Random) -> list[Shot] | None:
    """The same bytes, or only a nonce that differs."""
    return [Shot(page)] if dice.random() < 0.5 else moving(frozenset({"nonce"}), page, dice)


def _new_sentence(page: Page, dice: Random, *, numbered: bool) -> Sentence | None:
    """One that the page does not say yet, in any wording."""
    author = Author(dice, page.language)
    author.org = page.org
    text = {wording for sentence in sentences(page) for wording in sentence.wordings}
    for _ in range(8):
        new = author.figure() if numbered else author.plain()
        if text.isdisjoint(new.wordings):
            return new
    return None


def _grid(page: Page) -> Grid | None:
    return next((block for block in blocks(page) if isinstance(block, Grid)), None)


def _names(page: Page) -> Names | None:
    return next((block for block in blocks(page) if isinstance(block, Names)), None)


EDITS: dict[str, Edit] = {
    "number in prose": partial(number, "prose", COUNTS),
    "number in a box": partial(number, "box", COUNTS),
    "number in a table": partial(number, "table", COUNTS),
    "number in a definition list": partial(number, "definition", COUNTS),
    "number in a heading": partial(number, "heading", COUNTS),
    "number in words": partial(number, "prose", ("words",)),
    "millions": partial(number, "prose", ("million",)),
    "percent": partial(number, "prose", ("percent", "percent_spelt")),
    "money": partial(number, "prose", ("money",)),
    "decimals": partial(number, "prose", ("decimal",)),
    "range": partial(number, "prose", ("range",)),
    "several numbers at once": several_numbers,
    "13 → 14 beside 24 → 23": opposite_numbers,
    "reworded and number changed": partial(reworded, numbered=True, changed=True),
    "number changed, sentence added": partial(both, any_number, partial(sentence_added, numbered=False)),
    "number changed, another sentence reworded": partial(
        both, any_number, partial(reworded, numbered=False, changed=False)
    ),
    "number changed, blocks moved": partial(both, any_number, blocks_moved),
    "number changed, row added": partial(both, partial(number, "table", COUNTS), row_added),
    "number changed in a redesign": partial(both, any_number, redesigned),
    "reworded, number the same": partial(reworded, numbered=True, changed=False),
    "reworded, no number": partial(reworded, numbered=False, changed=False),
    "date changed": date_changed,
    "sentence added": partial(sentence_added, numbered=False),
    "sentence with a number added": partial(sentence_added, numbered=True),
    "sentence removed": sentence_removed,
    "row added": row_added,
    "row removed": row_removed,
    "name joined": name_joined,
    "name left": name_left,
    "news entry added": post_added,
    **LINK_EDITS,
    **IMAGE_EDITS,
    "1525 → 1,525": partial(written_otherwise, ("plain", "grouped", "nbsp"), "grouped"),
    "1,525 → 1525": partial(written_otherwise, ("grouped", "nbsp"), "plain"),
    "no-break space": partial(written_otherwise, ("plain", "grouped"), "nbsp"),
    "12 → twelve": partial(written_otherwise, ("plain",), "words"),
    "twelve → 12": partial(written_otherwise, ("words",), "plain"),
    "% → percent": partial(written_otherwise, ("percent",), "percent_spelt"),
    "blocks moved": blocks_moved,
    "rows sorted": rows_sorted,
    "redesign": redesigned,
    "nothing": nothing,
    **{
        f"noise: {kind}": partial(moving, frozenset({kind}))
        for kind in noise.KINDS
        if kind not in (*noise.LEARNABLE, "nonce")
    },
    "noise: all of it": partial(moving, frozenset(noise.KINDS) - {"year"}),
}
