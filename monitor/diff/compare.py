"""Compares two versions: numbers first, then sentences, links and images. Changes of facts belong to `monitor.tracking.fact_state` and are not repeated here.

Sentences are aligned by `monitor.diff.sentence_alignment`. Numbers are compared within a pair of sentences: by position if only mentions differ, or by
unit and context if the sentence was reworded.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Any

from monitor.diff import (
    beside_text,
    bounds,
    documents,
    elapsed,
    entry_dates,
    equal_texts,
    images,
    linked_lists,
    links,
    location_keys,
    mention_changes,
    number_matching,
    reclassified,
    tables,
)
from monitor.diff.declared_facts import Stated, differ_in_facts_alone
from monitor.diff.elapsed import SnapshotTimes
from monitor.diff.sentence_alignment import ChangedSentence, changed_sentences
from monitor.diff.tables import Tables
from monitor.limits import QUOTE_CHARS, cut
from monitor.model import Change, EventKind, Level, Mention, MentionType, NoiseReason, Reason, Version
from monitor.sentences import Sentence

_MOST_NUMBERS = 300
"""Numbers of a sentence, or of a table row, up to which they are compared one by one; above that the sentence is reported as changed text."""
_MOST_WORDS = 1_000
"""The same limit for words."""
_PLACE_CHARS = 32


def compare(
    old: Version, new: Version, times: SnapshotTimes | None = None, template: Container[str] | None = None
) -> tuple[Change, ...]:
    """Return the differences between two versions at levels number and text, in reading order of the new one.

    A mention that states a declared fact on both sides is skipped: the fact reports it once, however many places state it.

    Args:
        old: The earlier version.
        new: The later version, produced by the same parser version.
        times: When the two versions were fetched; None if unknown: clocks and times since a date are then not recognised.
        template: Digests of the lists that belong to the host's template (`monitor.diff.linked_lists`); texts that such a list gains or loses as a feed
            does are noise. None if nothing was learned.
    """
    if old.document != new.document:
        return (documents.replaced(old, new),)
    _, changes = sentence_changes(old, new, times, template)
    changes.extend(links.compare(old, new))
    changes.extend(images.compare(old, new))
    changes.extend(beside_text.compare(old, new, changes))
    return tuple(bounds.counted(changes))


def sentence_changes(
    old: Version, new: Version, times: SnapshotTimes | None = None, template: Container[str] | None = None
) -> tuple[list[ChangedSentence], list[Change]]:
    """Return the changed sentences, each with `text_too` and `noise` set, and the changes of numbers and texts in them.

    The sentences that differ in what states declared facts alone are left out. Arguments as for `compare`.
    """
    changes: list[Change] = []
    units = changed_sentences(old, new)
    if not units:
        return [], []
    before, after = Stated(old), Stated(new)
    units = [unit for unit in units if not differ_in_facts_alone(unit.old, unit.new, before, after)]
    pairs = [(unit.old, unit.new) for unit in units if unit.old is not None and unit.new is not None]
    within, sides = (Tables(old), Tables(new)), mention_changes.Sides(old, new, times, pairs)
    for unit in units:
        changes.extend(_numbers(old, new, unit, within, (before, after), sides))
    reclassified.mark(old, new, units)
    _mark_template(old, new, units, template)
    changes.extend(_texts(old, new, units))
    return units, changes


def _numbers(
    old: Version,
    new: Version,
    unit: ChangedSentence,
    within: tuple[Tables, Tables],
    stated: tuple[Stated, Stated],
    sides: mention_changes.Sides,
) -> Iterator[Change]:
    """Yield the number changes of a sentence pair. Records in the unit whether anything else differs, too."""
    if unit.old is None or unit.new is None or not _is_laid_side_by_side(unit.old, unit.new):
        return
    locations = location_keys.OfNumbers(new, unit.new)
    pairs = _aligned(*within, unit)
    steady = not unit.text_too
    for previous, current in pairs:
        if not number_matching.comparable(previous, current):
            unit.text_too = True
        elif not (previous.readable and current.readable):
            # See tests/monitor/diff/test_compare.py::test_a_number_that_is_not_readable_is_text.
            unit.text_too = unit.text_too or previous.quote != current.quote
        elif not mention_changes.differ(previous, current) or sides.are_renumbered(
            previous, current, unit.old, unit.new
        ):
            continue
        elif sides.are_exchanged(previous, current, unit.old, unit.new):
            unit.text_too = True
        elif entry_dates.is_time_of_edit(previous, current, unit.new, within[1], sides.times):
            unit.noise = NoiseReason.ENTRY_EDITED
        else:
            heading = tables.heading_of(within[1], unit.new, current)
            report = mention_changes.report(previous, current, unit.new, sides, steady=steady, heading=heading)
            if report.is_number:
                if report.noise is not None:
                    yield _noise(_number_change(old, new, unit, locations, within[1], previous, current), report.noise)
                elif not (stated[0].states(previous) and stated[1].states(current)):
                    yield _number_change(old, new, unit, locations, within[1], previous, current)
            elif report.noise is not None:
                unit.noise = report.noise
            else:
                unit.text_too = True


def _is_laid_side_by_side(old: Sentence, new: Sentence) -> bool:
    """Return whether two sentences are short enough to compare their numbers and words with each other."""
    return (
        max(len(old.mentions), len(new.mentions)) <= _MOST_NUMBERS and len(old.words) * len(new.words) <= _MOST_WORDS**2
    )


def _aligned(old: Tables, new: Tables, unit: ChangedSentence) -> Sequence[tuple[Mention, Mention]]:
    """Return the corresponding mentions of a sentence pair. Records in the unit if only mentions differ."""
    assert unit.old is not None
    assert unit.new is not None
    before, after = unit.old, unit.new
    by_column = tables.by_column(old, new, before, after)
    if by_column is not None:
        return by_column
    if number_matching.same_words(before.masked, after.masked):
        unit.text_too = False
        return list(zip(before.mentions, after.mentions, strict=True))
    return list(number_matching.tied(before.mentions, after.mentions, before.words, after.words, unit.likeness))


def _number_change(
    old: Version,
    new: Version,
    unit: ChangedSentence,
    locations: location_keys.OfNumbers,
    within: Tables,
    previous: Mention,
    current: Mention,
) -> Change:
    assert unit.new is not None
    counted = current.unit or previous.unit
    cell = tables.named(within, unit.new, current)
    are_dates = previous.type is current.type is MentionType.DATE
    return Change(
        kind=EventKind.NUMBER_CHANGED,
        level=Level.NUMBER,
        reason=Reason.NUMBER_CHANGED,
        before=elapsed.iso_date(previous) if are_dates else previous.value,
        after=elapsed.iso_date(current) if are_dates else current.value,
        quote_before=previous.quote,
        quote_after=current.quote,
        sentence_before=old.sentence(previous),
        sentence_after=new.sentence(current),
        block_kind=unit.new.kind,
        detail={
            "unit": counted,
            "type": current.type.value,
            **cell,
            **({"days": elapsed.days_between(previous, current)} if are_dates else {}),
            "anchor": list(new.blocks[current.block].anchor),
            "spots": [locations.of(current)],
            "near": location_keys.near(new, current),
            "place_before": place(old, previous),
            "place_after": place(new, current),
        },
    )


def _noise(change: Change, reason: NoiseReason) -> Change:
    return replace(change, level=Level.NOISE, detail={**change.detail, "noise": reason.value})


def place(version: Version, mention: Mention) -> dict[str, Any]:
    """Return the location of a mention as JSON: its block and offsets, and a W3C TextQuoteSelector (exact, prefix, suffix)."""
    text = version.blocks[mention.block].text
    return {
        "block": mention.block,
        "start": mention.start,
        "end": mention.end,
        "exact": mention.quote[:QUOTE_CHARS],
        "prefix": text[max(mention.start - _PLACE_CHARS, 0) : mention.start],
        "suffix": text[mention.end : mention.end + _PLACE_CHARS],
    }


def _mark_template(
    old: Version, new: Version, units: Sequence[ChangedSentence], template: Container[str] | None
) -> None:
    """Classify texts as noise that left or joined a list of the host's template. Numbers are reported before this, and keep their level.

    See tests/monitor/diff/test_linked_lists.py::test_numbers_in_a_list_of_the_template_keep_their_level.
    """
    if template is None:
        return
    movements = [movement for movement in linked_lists.moved(old, new) if movement.digest in template]
    for unit in units if movements else ():
        removed = unit.old is None or any(unit.old.block in movement.removed for movement in movements)
        added = unit.new is None or any(unit.new.block in movement.added for movement in movements)
        if unit.text_too and removed and added:
            unit.text_too, unit.noise = False, NoiseReason.HOST_TEMPLATE


def _texts(old: Version, new: Version, units: Sequence[ChangedSentence]) -> Iterator[Change]:
    """Yield one change per run of changed sentences, and one noise change per sentence whose only difference has no meaning, and per run of items."""
    for unit in units:
        if not unit.text_too and unit.noise not in (None, NoiseReason.HOST_TEMPLATE):
            yield _noise(_text_change(old, new, [unit]), unit.noise)
    for whole in _runs(old, new, units):
        items = [unit for unit in whole if not unit.text_too and unit.noise is NoiseReason.HOST_TEMPLATE]
        if items:
            yield _noise(_text_change(old, new, items), NoiseReason.HOST_TEMPLATE)
        run = [unit for unit in whole if unit.text_too]
        if run and not _has_the_same_text(run):
            yield _text_change(old, new, run)


def _runs(old: Version, new: Version, units: Sequence[ChangedSentence]) -> list[list[ChangedSentence]]:
    """Group the changed sentences of a section that have no unchanged sentence between them. The runs do not depend on which side is the old one."""
    # See tests/monitor/diff/test_compare.py::test_neighbouring_sentences_are_told_as_one_change_and_others_apart.
    run_of = list(range(len(units)))

    def root(n: int) -> int:
        while run_of[n] != n:
            run_of[n] = n = run_of[run_of[n]]
        return n

    first: dict[tuple[object, ...], int] = {}
    for n, unit in enumerate(units):
        for version, sentence, span in ((old, unit.old, unit.old_span), (new, unit.new, unit.new_span)):
            if sentence is not None and span is not None:
                section = version.blocks[sentence.block].anchor
                for gap in (("behind", span.behind), ("before", span.before)):
                    run_of[root(n)] = root(first.setdefault((section, *gap), n))
    runs: dict[int, list[ChangedSentence]] = {}
    for n, unit in enumerate(units):
        runs.setdefault(root(n), []).append(unit)
    return list(runs.values())


def _has_the_same_text(run: Sequence[ChangedSentence]) -> bool:
    """Return whether a run has the same text on both sides and only its division into sentences differs."""
    # See tests/monitor/diff/test_compare.py::test_a_sentence_in_other_pieces_is_no_change.
    sides = ([unit.old for unit in run], [unit.new for unit in run])
    before, after = (sorted((part.block, part.start, part.text) for part in side if part is not None) for side in sides)
    return equal_texts.squeezed("".join(text for *_, text in before)) == equal_texts.squeezed(
        "".join(text for *_, text in after)
    )


def _text_change(old: Version, new: Version, run: Sequence[ChangedSentence]) -> Change:
    before = _joined(
        sorted(
            (unit.old for unit in run if unit.old is not None), key=lambda sentence: (sentence.block, sentence.start)
        )
    )
    after = _joined([unit.new for unit in run if unit.new is not None])
    first = next(side for unit in run for side in (unit.new, unit.old) if side is not None)
    version = new if run[0].new is not None else old
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.TEXT_ADDED if before is None else Reason.TEXT_REMOVED if after is None else Reason.TEXT_CHANGED,
        sentence_before=before,
        sentence_after=after,
        block_kind=first.kind,
        detail={
            "sentences_before": sum(unit.old is not None for unit in run),
            "sentences_after": sum(unit.new is not None for unit in run),
            "anchor": list(version.blocks[first.block].anchor),
            "spots": sorted({location_keys.of_text(old, new, unit) for unit in run}),
        },
    )


def _joined(parts: Sequence[Sentence]) -> str | None:
    text = " ".join(part.text for part in parts)
    return cut(text, QUOTE_CHARS) or None
