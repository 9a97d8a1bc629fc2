"""Edits that change where a link leads, and leave every word as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from eval.generated.model import Due, Page, Sentence, Shot, sentences, with_sentence
from eval.generated.number_edits import Edit

HOME = "https://generated.example"


def _edited(expected: Callable[[Sentence], bool], change: Callable[[str, Random], str], *, reported: bool) -> Edit:
    """An edit of the address of a sentence; what is due is the sentence, where anything is."""

    def edit(page: Page, dice: Random) -> list[Shot] | None:
        found = [text for text in sentences(page) if expected(text)]
        if not found:
            return None
        text = dice.choice(found)
        now = with_sentence(page, text, replace(text, href=change(text.href, dice)))
        due = Due("text_changed", marker=text.text(page.language))
        return [Shot(now, (due,) if reported else ())]

    return edit


def _is_link(text: Sentence) -> bool:
    return bool(text.href)


def _is_none(text: Sentence) -> bool:
    return not text.href and not text.figures


def _on_its_own_host(text: Sentence) -> bool:
    return text.href.startswith("/")


def _elsewhere(href: str, dice: Random) -> str:
    return dice.choice([f"/archive{href}", f"https://other.example{href}", f"{href}-2", f"{href}.pdf"])


LINK_EDITS: dict[str, Edit] = {
    "link leads elsewhere": _edited(_is_link, _elsewhere, reported=True),
    "words become a link": _edited(_is_none, lambda _, dice: f"/papers/{dice.randint(1, 99)}", reported=True),
    "words stop being a link": _edited(_is_link, lambda *_: "", reported=True),
    "address written otherwise": _edited(
        _on_its_own_host, lambda href, dice: dice.choice([f"{HOME}{href}/", f"http://www.generated.example{href}"]), reported=False
    ),
    "address tracked": _edited(
        _is_link, lambda href, dice: f"{href.partition('?')[0]}?utm_source={dice.randint(1, 999)}&sid={dice.random()}", reported=False
    ),
}  # fmt: skip
