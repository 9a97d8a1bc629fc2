"""Images in place of which another one is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.model import EventKind, Level, Reason
from monitor.pipeline.analyze import analyze
from monitor.tracking.noise import CheckTime, update
from rendering import sentences
from tests.support.heart import snapshot

WORDS = "The members of the pact meet at the harbour once a year and agree on the tides, the lights and the ferries that join them."
MORE = "What they agree on is written down by the clerk of the harbour and kept in the tower by the northern pier."


def page(markup):
    body = f"<html lang=en><head><title>Pact</title></head><body><main><h1>Pact</h1><p>{WORDS}</p>{markup}<p>{MORE}</p></main>"
    return analyze(body.encode(), snapshot(), ()).version


def changes(before, after):
    return compare(page(before), page(after))


def summaries(before, after):
    return [sentences.summary(change) for change in changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        ("<img src=/a/old.png alt='Map of the pact'>", "<img src=/a/new.png alt='Map of the pact'>", "old.png → new.png (“Map of the pact”)"),
        ("<figure><img src=old.png></figure>", "<figure><img src=new.png></figure>", "old.png → new.png"),
        ("<p>Seen <img src=old.png> from above.</p>", "<p>Seen <img src=new.png> from above.</p>", "old.png → new.png"),
        ("<div><a href=/map><img data-src=map-2023.png></a></div>", "<div><a href=/map><img data-src=map-2024.png></a></div>", "map-2023.png → map-2024.png"),
        ("<img src=карта.png alt='Карта гавани'>", "<img src=план.png alt='Карта гавани'>", "карта.png → план.png (“Карта гавани”)"),
        ("<img src=旧.png alt=港の地図です>", "<img src=新.png alt=港の地図です>", "旧.png → 新.png (“港の地図です”)"),
        # The number of the sentence below it changes too; that is a change of its own.
        ("<img src=seats-86.png><p>It has 86 members.</p>", "<img src=seats-87.png><p>It has 87 members.</p>", "seats-86.png → seats-87.png"),
    ],
)  # fmt: skip
def test_a_replaced_image_is_a_text_change(before, after, summary):
    found = [change for change in changes(before, after) if change.reason is Reason.IMAGE_REPLACED]
    assert [(change.kind, change.level) for change in found] == [(EventKind.TEXT_CHANGED, Level.TEXT)]
    assert sentences.summary(found[0]) == f"image replaced: {summary}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<img src=/a/map-300x200.png?v=1>", "<img src=https://cdn.example/b/map-1024x768.png?v=2>"),
        ("<img src=/a/map.3f2a91bc0d.png>", "<img src=/a/map.91bc0d3f2a.png>"),
        ("<img src=map.png>", "<img src=map.webp>"),
        ("<img src=spacer.gif data-src=map.png>", "<img src=map.png>"),
        ("<img src=a.png><img src=b.png><img src=c.png>", "<img src=b.png><img src=c.png><img src=a.png>"),
        ("<img src=/icons/sun.svg>", "<img src=/icons/rain.svg>"),
        ("<img src=/ads/one.png>", "<img src=/ads/two.png>"),
        ("<footer><img src=one.png></footer>", "<footer><img src=two.png></footer>"),
    ],
)
def test_the_same_image_and_one_that_is_no_content_are_no_change(before, after):
    assert not summaries(before, after)


def test_an_image_that_comes_or_goes_with_its_text_is_no_change_of_its_own():
    card = "<div><img src={0}.png><h3>{0} at the pier</h3><p>What happened to {0} there.</p></div>"
    cards = [card.format(name) for name in ("Ann", "Bea", "Cid", "Dan")]
    found = changes("".join(cards[:3]), "".join(cards[1:]))
    assert found
    assert not any(change.reason in (Reason.IMAGE_REPLACED, Reason.IMAGES_REPLACED) for change in found)


def test_a_gallery_is_one_change():
    before, after = ("".join(f"<img src={name}{n}.png>" for n in range(30)) for name in ("old", "new"))
    assert summaries(before, after) == ["30 images replaced, the first of them: image replaced: old0.png → new0.png"]
    captioned = [
        "".join(f"<img src={name}{n}.png><p>Boat {chr(97 + n)}</p>" for n in range(9)) for name in ("old", "new")
    ]
    (change,) = changes(*captioned)
    assert change.detail["images"] == 9


def test_a_new_alternative_text_of_a_replaced_image_is_part_of_its_change():
    (change,) = changes("<img src=a.png alt='Boats in the harbour'>", "<img src=b.png alt='Ferries at the pier'>")
    assert (change.before, change.after) == ("a.png", "b.png")
    assert (change.sentence_before, change.sentence_after) == ("Boats in the harbour", "Ferries at the pier")


def test_an_image_under_new_text_is_found_by_its_alternative_text():
    before = "<p>Members meet.</p><img src=a.png alt='The harbour from above'><p>They agree on the tides.</p>"
    after = "<p>Nobody is here.</p><img src=b.png alt='The harbour from above'><p>Fog lies over all of it.</p>"
    assert "image replaced: a.png → b.png (“The harbour from above”)" in summaries(before, after)


def test_a_picture_that_changes_at_every_check_is_learned_as_noise():
    known, start, levels = None, datetime(2021, 3, 1, tzinfo=UTC), []
    versions = [page(f"<img src=hero-{'abcdefghijkl'[n]}.jpg>") for n in range(12)]
    for number in range(1, len(versions)):
        at = start + timedelta(days=number)
        found = compare(versions[number - 1], versions[number])
        check = CheckTime(at, at - timedelta(days=1), number)
        (settled,), known = update(found, known, versions[number], check)
        levels.append(settled.level)
    assert levels[0] is Level.TEXT
    assert levels[-1] is Level.NOISE
