"""The sentence of each reason code: turns the values of a change into one line of text, the same for mail, webhook, web and command line. Pure.

The texts in a sentence are the page's own, with all their characters; `rendering.text_safety` makes a line safe to display.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from monitor.limits import SUMMARY_CHARS, cut
from monitor.model import REASON_VALUES, Change, JsonValue, MentionType, Reason
from rendering.times import counted, day, duration, minute
from rendering.value_texts import (
    VALUE_CHARS,
    all_of,
    alternating,
    days_between,
    difference,
    quoted,
    several,
    stated,
    step,
    value_text,
)

_LINK_CHARS = 100
_URL_CHARS = 200
_ERROR_CHARS = 200
_DIGEST_CHARS = 8


def summary(change: Change) -> str:
    """Return the sentence of a change, at most `SUMMARY_CHARS` characters; the stored sentence if the event was recorded before reason codes.

    A change without reason and sentence, or without one of the values that its sentence needs, is described by its kind alone: it was damaged in the database.
    """
    if change.stored_text:
        return change.stored_text
    if change.reason is not None and all(name in change.detail for name in REASON_VALUES[change.reason]):
        # A restored database may hold values of any type and size; one such event must not break a list of events.
        with suppress(TypeError, ValueError, KeyError, OverflowError):
            return cut(_SENTENCES[change.reason](change), SUMMARY_CHARS)
    return f"{_named(change, change.kind.value.replace('_', ' '))} (stored values are damaged)"


def _fact_changed(change: Change) -> str:
    return _named(change, step(change))


def _fact_first_stated(change: Change) -> str:
    return _named(change, f"not stated → {value_text(change.after, change.quote_after)}")


def _fact_stated_again(change: Change) -> str:
    return _named(change, f"back, {step(change)}")


def _fact_not_stated(change: Change) -> str:
    return _named(change, f"{value_text(change.before, change.quote_before)} → no longer stated")


def _fact_unreadable(change: Change) -> str:
    before, after = value_text(change.before, change.quote_before), cut(change.quote_after or "", VALUE_CHARS)
    return _named(change, f"{before} → not readable{f': “{after}”' if after else ''}")


def _fact_drifted(change: Change) -> str:
    after = value_text(change.after, change.quote_after)
    return _named(change, f"drifted {change.before} → {after}{difference(change.before, change.after)}")


def _fact_alternates(change: Change) -> str:
    return _named(change, f"alternates: {alternating(change.after)}")


def _fact_stable_again(change: Change) -> str:
    after = value_text(change.after, change.quote_after)
    return _named(change, f"stable at {after} (alternated: {alternating(change.before)})")


def _fact_contradicted(change: Change) -> str:
    return f"{change.fact}: this page says {all_of(stated(change))}"


def _fact_agreed(change: Change) -> str:
    before = all_of([str(value) for value in several(change.before)])
    return _named(change, f"agrees again: {all_of(stated(change))} (was {before})")


def _number_changed(change: Change) -> str:
    before = value_text(change.before, change.quote_before)
    after = value_text(change.after, change.quote_after)
    return f"{_counted_thing(change)} {before} → {after}{days_between(change.detail) or difference(change.before, change.after)}"


def _text_changed(change: Change) -> str:
    return f"{_source(change)} changed: {quoted(change.sentence_before)} → {quoted(change.sentence_after)}"


def _text_added(change: Change) -> str:
    return f"new {_source(change)}: {quoted(change.sentence_after)}"


def _text_removed(change: Change) -> str:
    return f"{_source(change)} removed: {quoted(change.sentence_before)}"


def _source(change: Change) -> str:
    """Return what contains a changed text: the text of the page, or what is beside it, such as its title."""
    return str(change.detail.get("source", "text"))


def _link(change: Change) -> str:
    return _link_sentence(change.detail["link"], change.before, change.after)


def _link_targets_changed(change: Change) -> str:
    first = change.detail["first_link"]
    sentence = _link_sentence(first["label"], first["before"], first["after"])
    return f"{change.detail['links']:,} link targets changed, the first of them: {sentence}"


def _link_sentence(label: str, before: JsonValue, after: JsonValue) -> str:
    quoted = f"“{cut(label, _LINK_CHARS)}”"
    if before is None:
        return f"{quoted} is now a link: {cut(str(after), _LINK_CHARS)}"
    if after is None:
        return f"{quoted} is no longer a link; its target was {cut(str(before), _LINK_CHARS)}"
    return f"target of the link {quoted} changed: {cut(str(before), _LINK_CHARS)} → {cut(str(after), _LINK_CHARS)}"


def _image_replaced(change: Change) -> str:
    return _image_sentence(change.detail["image"], change.before, change.after)


def _images_replaced(change: Change) -> str:
    first = change.detail["first_image"]
    sentence = _image_sentence(first["alternative"], first["before"], first["after"])
    return f"{change.detail['images']:,} images replaced, the first of them: {sentence}"


def _image_sentence(alternative: str, before: JsonValue, after: JsonValue) -> str:
    described = f" (“{cut(alternative, _LINK_CHARS)}”)" if alternative else ""
    return f"image replaced: {cut(str(before), _LINK_CHARS)} → {cut(str(after), _LINK_CHARS)}{described}"


def _document_replaced(change: Change) -> str:
    sides = change.detail["document"]
    return f"document changed: {_document(sides['before'])} → {_document(sides['after'])}"


def _document(row: Mapping[str, JsonValue] | None) -> str:
    if row is None:
        return "a page"
    return f"{row['what']} of {row['bytes']:,} bytes ({row['sha256'][:_DIGEST_CHARS]}…)"


def _more_changes(change: Change) -> str:
    first = change.detail["first_change"]
    described = Change(
        change.kind,
        change.level,
        Reason(first["reason"]),
        before=first["before"],
        after=first["after"],
        quote_before=first["quote_before"],
        quote_after=first["quote_after"],
        sentence_before=change.sentence_before,
        sentence_after=change.sentence_after,
        detail=first["detail"],
    )
    number = change.detail["changes"]
    return f"{number:,} more changes that are not listed one by one, the first of them: {summary(described)}"


def _page_gone(change: Change) -> str:
    return _since(change, "gone")


def _page_moved(change: Change) -> str:
    if change.after is None:
        return _since(change, "moved")
    since = day(datetime.fromisoformat(change.detail["since"]))
    return f"moved to {cut(str(change.after), _URL_CHARS)} since {since}"


def _access_blocked(change: Change) -> str:
    return _since(change, "access blocked")


def _extraction_failed(change: Change) -> str:
    since = day(datetime.fromisoformat(change.detail["since"]))
    return f"unreadable since {since}{_because(change)}"


def _page_back(change: Change) -> str:
    return f"back after {duration(change.detail['away_seconds'])}"


def _page_back_at_own_url(change: Change) -> str:
    return f"back at its own URL after {duration(change.detail['away_seconds'])}"


def _no_ok_check(change: Change) -> str:
    stored = change.detail["last_ok_at"]
    since = "so far" if stored is None else f"since {minute(datetime.fromisoformat(stored))}"
    return f"no successful check {since}: {counted(change.detail['checks'], 'check')} failed{_because(change)}"


def _robots_disallowed(_: Change) -> str:
    return "robots.txt disallows the page"


def _robots_allowed(change: Change) -> str:
    return f"back after {duration(change.detail['away_seconds'])}: robots.txt allows the page again"


def _certificate_expiring(change: Change) -> str:
    expires_at = datetime.fromisoformat(change.detail["expires_at"])
    return f"the certificate expires on {day(expires_at)}, in {duration(change.detail['left_seconds'])}"


def _channel_failing(change: Change) -> str:
    detail = change.detail
    since, attempts = minute(datetime.fromisoformat(detail["since"])), counted(detail["attempts"], "attempt")
    return f"channel {detail['channel']} fails since {since}: {attempts}, last error: {cut(detail['last_error'], _ERROR_CHARS)}"


def _test_message(change: Change) -> str:
    return f"This is a test: {_fact_changed(change)}"


_SENTENCES: Mapping[Reason, Callable[[Change], str]] = {
    Reason.FACT_CHANGED: _fact_changed,
    Reason.FACT_FIRST_STATED: _fact_first_stated,
    Reason.FACT_STATED_AGAIN: _fact_stated_again,
    Reason.FACT_NOT_STATED: _fact_not_stated,
    Reason.FACT_UNREADABLE: _fact_unreadable,
    Reason.FACT_DRIFTED: _fact_drifted,
    Reason.FACT_ALTERNATES: _fact_alternates,
    Reason.FACT_STABLE_AGAIN: _fact_stable_again,
    Reason.FACT_CONTRADICTED: _fact_contradicted,
    Reason.FACT_AGREED: _fact_agreed,
    Reason.NUMBER_CHANGED: _number_changed,
    Reason.TEXT_CHANGED: _text_changed,
    Reason.TEXT_ADDED: _text_added,
    Reason.TEXT_REMOVED: _text_removed,
    Reason.LINK_TARGET_CHANGED: _link,
    Reason.LINK_ADDED: _link,
    Reason.LINK_REMOVED: _link,
    Reason.LINK_TARGETS_CHANGED: _link_targets_changed,
    Reason.IMAGE_REPLACED: _image_replaced,
    Reason.IMAGES_REPLACED: _images_replaced,
    Reason.DOCUMENT_REPLACED: _document_replaced,
    Reason.MORE_CHANGES: _more_changes,
    Reason.PAGE_GONE: _page_gone,
    Reason.PAGE_MOVED: _page_moved,
    Reason.ACCESS_BLOCKED: _access_blocked,
    Reason.EXTRACTION_FAILED: _extraction_failed,
    Reason.PAGE_BACK: _page_back,
    Reason.PAGE_BACK_AT_OWN_URL: _page_back_at_own_url,
    Reason.NO_OK_CHECK: _no_ok_check,
    Reason.ROBOTS_DISALLOWED: _robots_disallowed,
    Reason.ROBOTS_ALLOWED: _robots_allowed,
    Reason.CERTIFICATE_EXPIRING: _certificate_expiring,
    Reason.CHANNEL_FAILING: _channel_failing,
    Reason.TEST_MESSAGE: _test_message,
}


def _named(change: Change, text: str) -> str:
    return text if change.fact is None else f"{change.fact} {text}"


def _counted_thing(change: Change) -> str:
    """Return what a number counts: its row and column in a table, its unit, or its type."""
    cell = [change.detail[name] for name in ("row", "column") if name in change.detail]
    if cell:
        return ", ".join(cell)
    unit, kind = change.detail["unit"], change.detail["type"]
    return str(unit if unit and kind != MentionType.MONEY else kind)


def _since(change: Change, status: str) -> str:
    since = day(datetime.fromisoformat(change.detail["since"]))
    return f"{status} since {since} ({counted(change.detail['checks'], 'check')}){_because(change)}"


def _because(change: Change) -> str:
    evidence = change.detail["evidence"]
    return f": {evidence}" if evidence else ""
