"""Edits of a page's picture: another file in its place, or the same file under another URL."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random

from eval.generated.model import Due, Page, Shot
from eval.generated.number_edits import Edit

_SOURCES = (
    'src="/media/{name}.jpg"',
    'src="/media/{name}.jpg?v={hash}"',
    'src="/media/{name}-300x200.jpg"',
    'src="https://cdn{number}.generated.example/w_640/{name}.webp"',
    'src="/assets/{name}.{hash}.jpg"',
    'src="/_next/image?url=%2Fmedia%2F{name}.jpg&amp;w={number}0"',
    'src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/media/{name}-{number}x480.jpg"',
    'srcset="/media/{name}.jpg 1x, /media/{name}@2x.jpg 2x"',
)
"""How sites write the source of one picture."""


def name_of(picture: int) -> str:
    """The name of a picture's file, without its ending."""
    return f"picture-{'abcdefghijklmnopqrstuvwxyz'[picture % 26]}{picture // 26}"


def markup(page: Page) -> str:
    """The page's picture as its site writes it."""
    picture, written = page.picture
    hashed = f"{written * 2_654_435_761 % 2**40:010x}".replace("00", "a1")
    source = _SOURCES[written % len(_SOURCES)].format(name=name_of(picture), number=300 + written, hash=f"3f2a{hashed}")
    return f'<figure><img {source} alt=""></figure>'


def changed(page: Page, dice: Random, *, replaced: bool) -> list[Shot]:
    """Another picture, which is due to be reported, or another URL of the same one, which is not."""
    picture, written = page.picture
    if not replaced:
        return [Shot(replace(page, picture=(picture, written + dice.randint(1, 20))))]
    now = replace(page, picture=(picture + dice.randint(1, 200), written))
    return [Shot(now, (Due("text_changed", marker=name_of(now.picture[0])),))]


IMAGE_EDITS: dict[str, Edit] = {
    "image replaced": partial(changed, replaced=True),
    "image under another URL": partial(changed, replaced=False),
}
