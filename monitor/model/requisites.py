"""Requisites: the resources that a page needs to look as it did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RequisiteKind(StrEnum):
    """How a page uses a requisite. DOCUMENT is not part of the page's look: a PDF that it links or embeds."""

    STYLE_SHEET = "style_sheet"
    IMAGE = "image"
    FONT = "font"
    ICON = "icon"
    MEDIA = "media"
    FRAME = "frame"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Requisite:
    """A resource that a page refers to.

    Attributes:
        url: Its http or https URL, normalised by `monitor.urls.normalise`.
        kind: How the page uses it; of several uses the first in the order of priority.
        is_alternative: Whether a screen shows the page without it: a print or alternate style sheet, or a source of a srcset that is not the largest.
    """

    url: str
    kind: RequisiteKind
    is_alternative: bool = False


class RequisiteMode(StrEnum):
    """When the requisites of a page are archived. ON_CHANGE: at its first snapshot and at each new version. ON: also on a schedule of their own."""

    OFF = "off"
    ON_CHANGE = "on_change"
    ON = "on"


class RequisiteState(StrEnum):
    """State of a requisite of a page. WAITING: to be requested, for the first time or again."""

    WAITING = "waiting"
    ARCHIVED = "archived"
    FAILED = "failed"
    DISALLOWED = "disallowed"
    OVER_BUDGET = "over_budget"
