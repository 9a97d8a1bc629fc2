"""The sentence of each reason code: turns the values of a change into one line of text, the same for mail, webhook, web and command line. Pure.

The texts in a sentence are the page's own, with all their characters; `rendering.text_safety` makes a line safe to display.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from monitor.limits import SUMMARY_CHARS, cut
from monitor.model import REASON_VALUES, Change, JsonValue, MentionType, NoiseReason, Reason
from rendering.times import counted, day, duration, minute

_VALUE_CHARS = 80
_LINK_CHARS = 100
_URL_CHARS = 200
_ERROR_CHARS = 200
_DIGEST_CHARS = 8
_NAMES = 5
"""Names that are listed of those added to a list, and of those removed from it."""
_NAME_CHARS = 60


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


def noise_reason(change: Change) -> str | None:
    """Return why the level of a change is noise, or lower than that of its kind; None if it is neither."""
    detail = change.detail
    return noise_sentence(detail.get("noise"), detail.get("noise_checks"), detail.get("noise_window"))


def noise_sentence(stored: JsonValue, checks: JsonValue = None, window: JsonValue = None) -> str | None:
    """Return the sentence of a noise reason; None without one.

    Args:
        stored: A `NoiseReason`, or the sentence of an event recorded before reason codes; None if there is none.
        checks: For `CHANGES_OFTEN`, how many of the last `window` checks changed it; None if unknown.
        window: See `checks`.
    """
    if not isinstance(stored, str):
        return None
    try:
        reason = NoiseReason(stored)
    except ValueError:
        return stored
    often = "" if checks is None else f" ({checks} of the last {window} checks changed it)"
    return f"{_NOISE[reason]}{often if reason is NoiseReason.CHANGES_OFTEN else ''}"


_NOISE: Mapping[NoiseReason, str] = {
    NoiseReason.OWN_COUNT: "a counter of the page's own audience, or a clock",
    NoiseReason.CLOCK_OR_IDENTIFIER: "only a time of day or an identifier differs",
    NoiseReason.READING_TIME: "an estimated reading time",
    NoiseReason.PAGE_UPDATED: "the time of the page's own update",
    NoiseReason.PAGE_OF_LINKS: "a link target on a page of links",
    NoiseReason.MUTED: "muted in the watchlist",
    NoiseReason.CHANGES_OFTEN: "changes at nearly every check",
    NoiseReason.ELAPSED_TIME: "the time since a date beside it",
    NoiseReason.HOST_TEMPLATE: "a new item in a list that other pages of the host show too",
}


def _fact_changed(change: Change) -> str:
    return _named(change, _step(change))


def _fact_first_stated(change: Change) -> str:
    return _named(change, f"not stated → {_value(change.after, change.quote_after)}")


def _fact_stated_again(change: Change) -> str:
    return _named(change, f"back, {_step(change)}")


def _fact_not_stated(change: Change) -> str:
    return _named(change, f"{_value(change.before, change.quote_before)} → no longer stated")


def _fact_unreadable(change: Change) -> str:
    before, after = _value(change.before, change.quote_before), cut(change.quote_after or "", _VALUE_CHARS)
    return _named(change, f"{before} → not readable{f': “{after}”' if after else ''}")


def _fact_drifted(change: Change) -> str:
    after = _value(change.after, change.quote_after)
    return _named(change, f"drifted {change.before} → {after}{difference(change.before, change.after)}")


def _fact_alternates(change: Change) -> str:
    return _named(change, f"alternates: {_alternating(change.after)}")


def _fact_stable_again(change: Change) -> str:
    after = _value(change.after, change.quote_after)
    return _named(change, f"stable at {after} (alternated: {_alternating(change.before)})")


def _fact_contradicted(change: Change) -> str:
    return f"{change.fact}: this page says {_all_of(_stated(change))}"


def _fact_agreed(change: Change) -> str:
    before = _all_of([str(value) for value in _several(change.before)])
    return _named(change, f"agrees again: {_all_of(_stated(change))} (was {before})")


def _number_changed(change: Change) -> str:
    before = _value(change.before, change.quote_before)
    after = _value(change.after, change.quote_after)
    return (
        f"{_counted_thing(change)} {before} → {after}{_days(change.detail) or difference(change.before, change.after)}"
    )


def _text_changed(change: Change) -> str:
    return f"{_source(change)} changed: {_quoted(change.sentence_before)} → {_quoted(change.sentence_after)}"


def _text_added(change: Change) -> str:
    return f"new {_source(change)}: {_quoted(change.sentence_after)}"


def _text_removed(change: Change) -> str:
    return f"{_source(change)} removed: {_quoted(change.sentence_before)}"


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


def difference(before: JsonValue, after: JsonValue) -> str:
    """Return the difference between two values, " (+2)"; "" if they are equal, or if one of them is no number."""
    if not _is_number(before) or not _is_number(after):
        return ""
    step = round(after - before, 6)
    if not step:
        return ""
    return f" ({'+' if step > 0 else '−'}{abs(int(step) if float(step).is_integer() else step):,})"


def _days(detail: Mapping[str, JsonValue]) -> str:
    """Return the difference between two dates, " (+365 days)"; "" if the change is not one of dates."""
    days = detail.get("days")
    if not _is_number(days) or not days:
        return ""
    return f" ({'+' if days > 0 else '−'}{counted(abs(days), 'day')})"


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _named(change: Change, text: str) -> str:
    return text if change.fact is None else f"{change.fact} {text}"


def _step(change: Change) -> str:
    """Describe the step from the previous to the current value: "83 → 85 (+2)", "+ Togo, − Chad (84 names)"."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        return _list_step(before, after, change.detail)
    return f"{_value(before, change.quote_before)} → {_value(after, change.quote_after)}{difference(before, after)}"


def _list_step(before: Sequence[JsonValue], after: Sequence[JsonValue], detail: Mapping[str, JsonValue]) -> str:
    names = [*_names("+", detail.get("joined", ())), *_names("−", detail.get("left", ()))]
    size = counted(len(after), "name")
    sizes = size if len(before) == len(after) else f"{len(before):,} → {size}"
    return f"{', '.join(names)} ({sizes})" if names else sizes


def _names(sign: str, names: Sequence[str]) -> list[str]:
    more = [f"{sign} {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return [*(f"{sign} {name[:_NAME_CHARS]}" for name in names[:_NAMES]), *more]


def _value(value: JsonValue, quote: str | None) -> str:
    """Format a value: a number or date as the page writes it, the beginning of a text, the size of a list."""
    if isinstance(value, list):
        return counted(len(value), "name")
    return cut(quote or str(value), _VALUE_CHARS)


def _alternating(values: JsonValue) -> str:
    return " ↔ ".join(_value(value, None) for value in _several(values))


def _stated(change: Change) -> list[str]:
    """Return the values of a contradiction as the page writes them; the size of a list with the list's name."""
    quotes: Sequence[Mapping[str, JsonValue]] = change.detail["quotes"]
    return [
        f"{quote.get('value')} {quote['unit']}" if quote.get("unit") else _value(quote.get("value"), quote.get("quote"))
        for quote in quotes
    ]


def _several(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list | tuple) else [value]


def _all_of(values: Sequence[str]) -> str:
    """Join values: "both 85 and 84", "85, 84 and 83"."""
    if not values:
        return "nothing"
    *others, last = values
    return f"{'both ' if len(others) == 1 else ''}{', '.join(others)} and {last}" if others else last


def _counted_thing(change: Change) -> str:
    """Return what a number counts: its row and column in a table, its unit, or its type."""
    cell = [change.detail[name] for name in ("row", "column") if name in change.detail]
    if cell:
        return ", ".join(cell)
    unit, kind = change.detail["unit"], change.detail["type"]
    return str(unit if unit and kind != MentionType.MONEY else kind)


def _quoted(text: str | None) -> str:
    return f"“{cut(text or '', _VALUE_CHARS)}”"


def _since(change: Change, status: str) -> str:
    since = day(datetime.fromisoformat(change.detail["since"]))
    return f"{status} since {since} ({counted(change.detail['checks'], 'check')}){_because(change)}"


def _because(change: Change) -> str:
    evidence = change.detail["evidence"]
    return f": {evidence}" if evidence else ""
