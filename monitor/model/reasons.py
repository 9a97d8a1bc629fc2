"""Reason codes of events: what happened, without words. Package `rendering` turns a reason and the values of its change into a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """What happened. Stored in events for ever: a code is never renamed or reused, and its values stay as `REASON_VALUES` lists them."""

    FACT_CHANGED = "fact_changed"
    FACT_FIRST_STATED = "fact_first_stated"
    FACT_STATED_AGAIN = "fact_stated_again"
    FACT_NOT_STATED = "fact_not_stated"
    FACT_UNREADABLE = "unreadable"
    FACT_DRIFTED = "fact_drifted"
    FACT_ALTERNATES = "fact_alternates"
    FACT_STABLE_AGAIN = "fact_stable_again"
    FACT_CONTRADICTED = "fact_contradicted"
    FACT_AGREED = "fact_agreed"
    NUMBER_CHANGED = "number_changed"
    TEXT_CHANGED = "text_changed"
    TEXT_ADDED = "text_added"
    TEXT_REMOVED = "text_removed"
    LINK_TARGET_CHANGED = "link_target_changed"
    LINK_ADDED = "link_added"
    LINK_REMOVED = "link_removed"
    LINK_TARGETS_CHANGED = "link_targets_changed"
    IMAGE_REPLACED = "image_replaced"
    IMAGES_REPLACED = "images_replaced"
    DOCUMENT_REPLACED = "document_replaced"
    MORE_CHANGES = "more_changes"
    PAGE_GONE = "page_gone"
    PAGE_MOVED = "page_moved"
    ACCESS_BLOCKED = "access_blocked"
    EXTRACTION_FAILED = "extraction_failed"
    PAGE_BACK = "page_back"
    PAGE_BACK_AT_OWN_URL = "page_back_at_own_url"
    NO_OK_CHECK = "no_ok_check"
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_ALLOWED = "robots_allowed"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CHANNEL_FAILING = "channel_failing"
    TEST_MESSAGE = "test_message"


class NoiseReason(StrEnum):
    """Why a change is noise. Stored as the entry "noise" of `Change.detail`; events recorded before these codes contain a sentence instead."""

    OWN_COUNT = "own_count"
    CLOCK_OR_IDENTIFIER = "clock_or_identifier"
    READING_TIME = "reading_time"
    PAGE_UPDATED = "page_updated"
    PAGE_OF_LINKS = "page_of_links"
    MUTED = "muted"
    CHANGES_OFTEN = "changes_often"
    ELAPSED_TIME = "elapsed_time"
    HOST_TEMPLATE = "host_template"
    ENTRY_EDITED = "entry_edited"
    RECLASSIFIED = "reclassified"
    COMES_AND_GOES = "comes_and_goes"


_HEALTH = ("since", "checks", "evidence")

REASON_VALUES: Mapping[Reason, tuple[str, ...]] = {
    **dict.fromkeys(Reason, ()),
    Reason.FACT_NOT_STATED: ("checks",),
    Reason.FACT_UNREADABLE: ("checks",),
    Reason.FACT_DRIFTED: ("threshold",),
    Reason.FACT_ALTERNATES: ("changes", "checks"),
    Reason.FACT_STABLE_AGAIN: ("checks",),
    Reason.FACT_CONTRADICTED: ("quotes",),
    Reason.FACT_AGREED: ("quotes",),
    Reason.NUMBER_CHANGED: ("unit", "type"),
    Reason.LINK_TARGET_CHANGED: ("link",),
    Reason.LINK_ADDED: ("link",),
    Reason.LINK_REMOVED: ("link",),
    Reason.LINK_TARGETS_CHANGED: ("links", "first_link"),
    Reason.IMAGE_REPLACED: ("image",),
    Reason.IMAGES_REPLACED: ("images", "first_image"),
    Reason.DOCUMENT_REPLACED: ("document",),
    Reason.MORE_CHANGES: ("changes", "first_change"),
    Reason.PAGE_GONE: _HEALTH,
    Reason.PAGE_MOVED: _HEALTH,
    Reason.ACCESS_BLOCKED: _HEALTH,
    Reason.EXTRACTION_FAILED: _HEALTH,
    Reason.PAGE_BACK: ("away_seconds",),
    Reason.PAGE_BACK_AT_OWN_URL: ("away_seconds",),
    Reason.ROBOTS_ALLOWED: ("away_seconds",),
    Reason.NO_OK_CHECK: ("last_ok_at", "checks", "evidence"),
    Reason.CERTIFICATE_EXPIRING: ("expires_at", "left_seconds"),
    Reason.CHANNEL_FAILING: ("channel", "since", "attempts", "last_error"),
}
"""The entries of `Change.detail` that the sentence of a reason needs, besides the fields of the change.

    checks, changes, links, images, attempts   numbers of them
    since, expires_at, last_ok_at      times, ISO 8601 with offset; last_ok_at is null before the first ok check
    away_seconds, left_seconds         durations in whole seconds
    threshold                          as in a watchlist: "5 %" or "3"
    evidence                           the reason of the verdict, as stored with the snapshot; "" where there is none
    quotes                             a list of {"value","quote","sentence","place"}, and "unit" for the size of a list
    unit, type, row, column            of a number, see `Change.detail`
    source                             of a text or number beside the page's text: "title", "price in JSON-LD"; missing for the text
    link, first_link                   a link's label; {"label","before","after"} of the first of several
    image, first_image                 an image's alternative text, "" if it has none; {"alternative","before","after"} of the first of several
    first_change                       {"reason","before","after","quote_before","quote_after","detail"} of the first of several
    document                           {"before","after"}: each null or {"what","bytes","sha256"}
    channel, last_error                the name of a channel; the error of its last attempt
"""


class SelectionReason(StrEnum):
    """Why a rule selects an event, or does not. Printed by `changes --why --json`: a code is never renamed or reused.

    The first three are selected. Of several reasons why an event is not selected, the first in this order is given.
    """

    SELECTED = "selected"
    SECTION_UNKNOWN = "section_unknown"
    TEXT_UNKNOWN = "text_unknown"

    KIND_NOT_NAMED = "kind_not_named"
    HELD = "held"
    NOISE = "noise"
    LEVEL_NOT_NAMED = "level_not_named"
    PAGE_NOT_NAMED = "page_not_named"
    TAG_NOT_NAMED = "tag_not_named"
    HOST_NOT_NAMED = "host_not_named"
    FACT_NOT_NAMED = "fact_not_named"
    OTHER_SECTION = "other_section"
    STEP_NOT_REACHED = "step_not_reached"
    OTHER_DIRECTION = "other_direction"
    WITHIN_BOUNDS = "within_bounds"
    TEXT_MISSING = "text_missing"
    TEXT_FOUND = "text_found"


SELECTION_VALUES: Mapping[SelectionReason, tuple[str, ...]] = {
    **dict.fromkeys(SelectionReason, ()),
    SelectionReason.SELECTED: ("kind",),
    SelectionReason.SECTION_UNKNOWN: ("kind", "under"),
    SelectionReason.TEXT_UNKNOWN: ("kind", "pattern"),
    SelectionReason.KIND_NOT_NAMED: ("kind",),
    SelectionReason.HELD: ("held",),
    SelectionReason.NOISE: ("noise",),
    SelectionReason.LEVEL_NOT_NAMED: ("level",),
    SelectionReason.PAGE_NOT_NAMED: ("page",),
    SelectionReason.TAG_NOT_NAMED: ("tags",),
    SelectionReason.HOST_NOT_NAMED: ("host",),
    SelectionReason.FACT_NOT_NAMED: ("fact",),
    SelectionReason.OTHER_SECTION: ("headings", "under"),
    SelectionReason.STEP_NOT_REACHED: ("before", "after", "step"),
    SelectionReason.OTHER_DIRECTION: ("before", "after", "direction"),
    SelectionReason.WITHIN_BOUNDS: ("after", "above", "below"),
    SelectionReason.TEXT_MISSING: ("pattern",),
    SelectionReason.TEXT_FOUND: ("pattern",),
}
"""The values that the sentence of a reason needs.

    kind, level, fact                  of the event; fact is null where no declared fact is concerned
    held                               as `Change.held`
    noise                              a `NoiseReason`, or the sentence of an event recorded before them; null if unknown. With noise_checks and noise_window
    page, host                         the page's URL and host; null for an event without a page
    tags                               the page's tags
    headings                           the headings above the change, outermost first
    before, after                      the numbers
    pattern                            of `when_text`, as in the watchlist
    step, direction, above, below      as in the watchlist; null where the rule has none. SELECTED has those that the number fulfils
    under                              as in the watchlist; with SELECTED, if the rule has it, the heading that contains one of its words
"""


class AlertOutcome(StrEnum):
    """What became of an event: whether alerts were planned, and why not. Printed by `changes --why --json`: a code is never renamed or reused."""

    ALERTED = "alerted"
    NOT_LIVE = "not_live"
    REPROCESSED = "reprocessed"
    NOISE = "noise"
    HELD = "held"
    NO_RULE = "no_rule"
    NOT_SELECTED = "not_selected"
    WAITING = "waiting"
    RULES_CHANGED = "rules_changed"
