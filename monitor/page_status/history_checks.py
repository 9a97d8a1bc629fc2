"""A page against its own last good version: suddenly next to nothing, suddenly another language, suddenly another host's page, suddenly a file.

Three of these may be the page as it is from now on: a file, another language, and hardly any text without a word of apology. They are believed after a
number of looks. An apology is waited out however long it stands, and another host's page is for a person to judge, who is told that the page has moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from monitor.extraction.language import agree, detect
from monitor.model import READING_KINDS, Verdict, Version
from monitor.page_status import phrase_matching
from monitor.page_status.rules import Judgement

BELIEVED_AFTER = 5
"""Looks since the last good one that find the same wrong: then it is the page."""
_BELIEVED = frozenset({Verdict.ERROR, Verdict.EMPTY, Verdict.OTHER_LANGUAGE})
_WAS_A_PAGE = 1_000
"""Characters from which a page had enough text to lose nearly all of it."""
_NEXT_TO_NOTHING = 0.1
"""Share of its text that is left of a page which is suddenly tiny."""
_TELLING = 20
"""Characters from which a block is a page's own; shorter ones ("Home", "More") stand on any."""
_SAME_PAGE = 0.3
"""Share of its blocks from which a page elsewhere is still the same page."""


def against(
    judged: Judgement,
    new: Version,
    was: Version,
    *,
    url: str = "",
    was_url: str = "",
    missed: Mapping[str, int] | None = None,
) -> Judgement:
    """The verdict on a good look after what the page was.

    Args:
        judged: The verdict by itself; anything but ok stays.
        new: What the page says now.
        was: Its last good version, read alike.
        url: The URL that answered; "" where it is not known.
        was_url: The URL that answered then; "" where it is not known.
        missed: Looks since then that were not good, by verdict.
    """
    if judged.verdict is not Verdict.OK:
        return judged
    found = _file(new, was) or _elsewhere(new, was, url, was_url) or _other_language(new, was) or _tiny(new, was)
    if found is None:
        return _doubted(judged, new, was, url, was_url)
    seen = (missed or {}).get(found.verdict.value, 0)
    if found.verdict in _BELIEVED and seen >= BELIEVED_AFTER:
        return Judgement(Verdict.OK, f"{found.reason}, at {seen + 1} checks so far: this is the page")
    return found


def _file(new: Version, was: Version) -> Judgement | None:
    """A document where there was a page with text: a broken server more often than an editor's wish."""
    if new.document is None or was.document is not None or not was.text:
        return None
    return Judgement(Verdict.ERROR, f"{new.document.what} where there was a page")


def _elsewhere(new: Version, was: Version, url: str, was_url: str) -> Judgement | None:
    """Another host answers, with another page: a domain let go, a portal. The same page under a new name is followed there."""
    here, then = _bare_host(url), _bare_host(was_url)
    if not here or not then or here == then:
        return None
    kept = _kept(new, was)
    if kept >= _SAME_PAGE or (new.title and new.title == was.title and kept > 0):
        return None
    return Judgement(Verdict.MOVED, f"redirected from {then} to {here}, where hardly any of the page is found")


def _doubted(judged: Judgement, new: Version, was: Version, url: str, was_url: str) -> Judgement:
    """Still ok, but weakly, where another host answers with the page, or nearly all of its text is gone without another sign of trouble."""
    here, then = _bare_host(url), _bare_host(was_url)
    before, now = len(was.text), len(new.text)
    if here and then and here != then:
        return Judgement(Verdict.OK, f"{judged.reason}; but redirected from {then} to {here}", weak=True)
    if before >= _WAS_A_PAGE and now <= _NEXT_TO_NOTHING * before:
        return Judgement(
            Verdict.OK, f"{judged.reason}; but {now} characters of text where there were {before:,}", weak=True
        )
    return judged


def _bare_host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _other_language(new: Version, was: Version) -> Judgement | None:
    """Both texts must be surely in their languages: a page may well correct what it declares."""
    if new.language is None or was.language is None or agree(new.language, was.language):
        return None
    says, said = detect(new.text), detect(was.text)
    if says is None or said is None or agree(says, said):
        return None
    return Judgement(Verdict.OTHER_LANGUAGE, f"in {says}, where the page was in {said}")


def _tiny(new: Version, was: Version) -> Judgement | None:
    """Nearly all text gone, and two of three: words of apology, another title, nothing kept of what stood there (menus and footers included)."""
    before, now = len(was.text), len(new.text)
    if before < _WAS_A_PAGE or now > _NEXT_TO_NOTHING * before:
        return None
    apologetic = phrase_matching.is_apologetic(f"{new.title}\n{new.text}")
    signs = [
        name
        for name, there in (
            ("words of apology", apologetic),
            ("another title", new.title != was.title),
            ("nothing kept", _kept(new, was) == 0),
        )
        if there
    ]
    if len(signs) < 2:
        return None
    return Judgement(
        Verdict.SOFT_ERROR if apologetic else Verdict.EMPTY,
        f"{now} characters of text where there were {before:,}, with {' and '.join(signs)}",
    )


def _kept(new: Version, was: Version) -> float:
    """Share of the old version's own blocks that stand in the new one; numbers apart, for those may change."""
    old = {_masked(block.text) for block in was.blocks if len(block.text) >= _TELLING} or {
        _masked(block.text) for block in was.blocks if block.kind in READING_KINDS
    }
    return len(old & {_masked(block.text) for block in new.blocks}) / len(old) if old else 1.0


def _masked(text: str) -> str:
    return "".join("0" if char.isdigit() else char for char in text)
