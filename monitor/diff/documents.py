"""Compares documents: bodies that are files rather than pages. Only their checksums are compared."""

from __future__ import annotations

from monitor.model import Change, Document, EventKind, Level, Reason, Version


def replaced(old: Version, new: Version) -> Change:
    """Return the change for a document that replaced a document or a page, or that a page replaced."""
    # See tests/monitor/diff/test_documents.py::test_another_document_in_its_place_is_one_change_with_both_digests.
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        reason=Reason.DOCUMENT_REPLACED,
        before=old.document and old.document.sha256,
        after=new.document and new.document.sha256,
        sentence_before=old.document and old.document.line,
        sentence_after=new.document and new.document.line,
        detail={"spots": ["document"], "document": {"before": _row(old.document), "after": _row(new.document)}},
    )


def _row(document: Document | None) -> dict[str, str | int] | None:
    return None if document is None else {"what": document.what, "bytes": document.bytes, "sha256": document.sha256}
