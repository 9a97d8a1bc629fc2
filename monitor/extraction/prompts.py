"""Recognise the wording of consent boxes and prompts: button labels, headings and topics. The vocabulary is in `monitor.lexicon`."""

from __future__ import annotations

import re

from monitor.lexicon import alternatives, words
from monitor.lexicon.prefilter import Fragments, Openings

_ACCEPTING = words("consent.accepting")
_ON_BUTTONS = _ACCEPTING | words("consent.before_accepting") | words("consent.beside_accepting")
_ACCEPTING_LABELS = re.compile(alternatives("consent.accepting_labels"), re.IGNORECASE)
_MAY_ACCEPT = Openings("consent.accepting_labels", whole=True)
_MOST_WORDS = 5
_MARKS = ".,!✓✔☑"
_AROUND = f"{_MARKS} "
CONSENT_SUBJECTS = re.compile(alternatives("consent.subjects"), re.IGNORECASE)
_HEADINGS = re.compile(alternatives("prompts.headings"), re.IGNORECASE)
_MAY_BE_HEADING = Openings("prompts.headings")
_NEWSLETTER = re.compile(alternatives("prompts.newsletters"), re.IGNORECASE)
_MAY_NAME_NEWSLETTER = Fragments("prompts.newsletters")
MAY_NAME_NETWORK = Fragments("posts.networks")
MAY_HEAD_COMMENTS = Fragments("comments.counted", "comments.requests")
_SUBSCRIBES = re.compile(alternatives("prompts.subscribing"), re.IGNORECASE)


def accepts(text: str) -> bool:
    """Return whether a short text is the label of a button that accepts."""
    label = text.strip(_AROUND)
    if _MAY_ACCEPT.may_match(label) and _ACCEPTING_LABELS.fullmatch(label) is not None:
        return True
    spaced = label.lower().replace("&", " ").lstrip(_AROUND)
    # Most texts fail at their first word, which is found more quickly than all words.
    if spaced.partition(" ")[0].rstrip(_MARKS) not in _ON_BUTTONS:
        return False
    on_label = [word for part in spaced.split() if (word := part.strip(_MARKS))]
    return len(on_label) <= _MOST_WORDS and _ON_BUTTONS.issuperset(on_label) and not _ACCEPTING.isdisjoint(on_label)


def may_head(folded: str) -> bool:
    """Return False if a text, folded by `monitor.lexicon.prefilter.fold`, cannot be the heading of a box of any kind."""
    return may_prompt(folded) or MAY_NAME_NETWORK.may_match(folded) or MAY_HEAD_COMMENTS.may_match(folded)


def may_prompt(folded: str) -> bool:
    """Return False if a text, folded likewise, cannot be the heading of a prompt."""
    return _MAY_BE_HEADING.may_match(folded.lstrip("¿ ")) or _MAY_NAME_NEWSLETTER.may_match(folded)


def prompts(text: str) -> bool:
    """Return whether a short text is the heading of a prompt."""
    return _HEADINGS.match(text.lstrip("¿ ")) is not None or _NEWSLETTER.search(text) is not None


def is_sure(text: str) -> bool:
    """Return whether a prompt asks for something without further signs; "Newsletter" alone may be the heading of a list of newsletters."""
    return _NEWSLETTER.search(text) is None or _SUBSCRIBES.search(text) is not None
