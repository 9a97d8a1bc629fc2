"""Edits that change where a link leads, and leave every word as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from eval.generated.model import Due, Page, Sentence, Shot, sentences, with_sentence
from eval.generated.number_edits import Edit

HOME = "https://generated.example"


def _edited(wanted: Callable[[Sentence], bool], change: Callable[[str, Random], str], *, told: bool) -> Edit:
    """An edit of the address of a sentence; what is due is the sentence, where anything is."""

    def edit(page: Page, dice: Random) -> list[Shot] | None:
        found = [said for said in sentences(page) if wanted(said)]
        if not found:
            return None
        said = dice.choice(found)
        now = with_sentence(page, said, replace(said, href=change(said.href, dice)))
        due = Due("text_changed", marker=said.text(page.language))
        return [Shot(now, (due,) if told else ())]

    return edit


def _is_link(said: Sentence) -> bool:
    return bool(said.href)


def _is_none(said: Sentence) -> bool:
    return not said.href and not said.figures


def _on_its_own_host(said: Sentence) -> bool:
    return said.href.startswith("/")


def _elsewhere(href: str, dice: Random) -> str:
    return dice.choice([f"/archive{href}", f"https://other.example{href}", f"{href}-2", f"{href}.pdf"])


LINK_EDITS: dict[str, Edit] = {
    "link leads elsewhere": _edited(_is_link, _elsewhere, told=True),
    "words become a link": _edited(_is_none, lambda _, dice: f"/papers/{dice.randint(1, 99)}", told=True),
    "words stop being a link": _edited(_is_link, lambda *_: "", told=True),
    "address written otherwise": _edited(
        _on_its_own_host, lambda href, dice: dice.choice([f"{HOME}{href}/", f"http://www.generated.example{href}"]), told=False
    ),
    "address tracked": _edited(
        _is_link, lambda href, dice: f"{href.partition('?')[0]}?utm_source={dice.randint(1, 999)}&sid={dice.random()}", told=False
    ),
}  # fmt: skip
