"""The sentence of each noise reason: why the level of a change is noise, or lower than that of its kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.model import Change, JsonValue, NoiseReason


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
    NoiseReason.ENTRY_EDITED: "the time at which an entry of the table was edited",
    NoiseReason.RECLASSIFIED: "both snapshots show this text; it counts as navigation, a list of posts, a control or the footer in one of them",
    NoiseReason.COMES_AND_GOES: "a short label that comes and goes, above the first heading",
}
