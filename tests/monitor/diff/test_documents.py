"""Documents: files of their own, of which only another digest is told."""

from __future__ import annotations

from monitor.diff.compare import compare
from monitor.model import EventKind, Level
from monitor.pipeline.analyze import analyze
from rendering import sentences
from tests.support.heart import snapshot, version


def read(body):
    return analyze(body, snapshot(content_type=None), ()).version


def test_another_document_in_its_place_is_one_change_with_both_digests():
    old, new = read(b"%PDF-1.7 one"), read(b"%PDF-1.7 three")
    (change,) = compare(old, new)
    assert (change.kind, change.level) == (EventKind.TEXT_CHANGED, Level.TEXT)
    assert (change.before, change.after) == (old.document.sha256, new.document.sha256)
    marks = [digest[:8] for digest in (change.before, change.after)]
    assert sentences.summary(
        change
    ) == "document changed: a damaged PDF document of 12 bytes ({}…) → a damaged PDF document of 14 bytes ({}…)".format(
        *marks
    )
    assert (change.sentence_before, change.sentence_after) == (old.text, new.text)
    (back,) = compare(new, old)
    assert (back.before, back.after) == (change.after, change.before)
    assert compare(old, read(b"%PDF-1.7 one")) == ()


def test_a_document_and_a_page_are_two_things():
    document, page = read(b"%PDF-1.7 one"), version("The pact has 83 members.", facts=())
    (change,) = compare(document, page)
    assert (change.before, change.after) == (document.document.sha256, None)
    assert (
        sentences.summary(change)
        == f"document changed: a damaged PDF document of 12 bytes ({change.before[:8]}…) → a page"
    )
