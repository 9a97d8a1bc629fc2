"""Every entry of the lexicon is recognised by the code that it is for, behind that code's prefilter."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest

from monitor.extraction import language, link_lists, prompts, recommendations, social_feeds, threads
from monitor.extraction.elements import ElementContext, RawBlock
from monitor.extraction.extract import extract
from monitor.extraction.phrase_rules import WORDED_CONSENT, by_wording, of_article
from monitor.lexicon import TOPICS, Entry, entries
from monitor.lexicon.prefilter import fold, parsed
from monitor.model import BlockKind, Verdict
from monitor.page_status import phrase_matching, rules

_PROSE = "<p>" + "The harbour was rebuilt after the storm, and ships returned to it in the same year. " * 5 + "</p>"


def wording(text: str) -> tuple[BlockKind, str] | None:
    return by_wording(RawBlock(text, ElementContext("p", None, None, 0), 0, 0))


def why(text: str, *, edge: bool = False) -> str | None:
    return of_article(text, edge=edge, linked=False)


def kinds(box: str) -> dict[str, BlockKind]:
    """The kinds of the blocks of a page with an article and a box below it, by text."""
    page = f"<div><h1>Harbour</h1>{_PROSE * 3}</div><div>{box}</div>"
    return {block.text: block.kind for block in extract(page.encode(), "text/html; charset=utf-8").blocks}


def heads(text: str, kind: BlockKind, below: str) -> bool:
    return kinds(f"<h3>{html.escape(text)}</h3>{below}").get(text) is kind


def is_prompt(text: str) -> bool:
    return prompts.may_prompt(fold(text)) and heads(text, BlockKind.CONTROL, "<p>By mail</p><button>Go</button>")


def are_comments(text: str) -> bool:
    return heads(text, BlockKind.FEED, "<p>Well said, and thanks.</p>")


def names_network(text: str) -> bool:
    block = RawBlock(text, ElementContext("h2", None, None, 0), 0, 0)
    return prompts.may_head(fold(text)) and social_feeds._is_headed([block], 1)


def is_named(verdict: Verdict) -> Callable[[str], bool]:
    return lambda text: (match := phrase_matching.named(text)) is not None and match.verdict is verdict


def is_phrased(verdict: Verdict) -> Callable[[str], bool]:
    return lambda text: (match := phrase_matching.phrased(f"x {text} x")) is not None and match.verdict is verdict


def is_moment(text: str) -> bool:
    return social_feeds._MOMENT.search(text) is not None


RECOGNISED: dict[str, Callable[[str], bool]] = {
    "consent.accepting": prompts.accepts,
    "consent.before_accepting": lambda word: prompts.accepts(f"{word} accept"),
    "consent.beside_accepting": lambda word: prompts.accepts(f"accept {word}") and prompts.accepts(f"{word} accept"),
    "consent.accepting_labels": prompts.accepts,
    "consent.subjects": lambda text: prompts.CONSENT_SUBJECTS.search(text) is not None,
    "consent.bars": lambda text: wording(f"{text} your") == WORDED_CONSENT,
    "consent.addresses": lambda text: (
        wording(f"cookies, x, akkoord, {text}") == WORDED_CONSENT and wording("cookies, x, akkoord") is None
    ),
    "controls.labels": lambda text: wording(text) == (BlockKind.CONTROL, "worded as a control"),
    "prompts.headings": is_prompt,
    "prompts.newsletters": is_prompt,
    "prompts.subscribing": lambda text: (
        prompts.is_sure(f"newsletter {text}") and not prompts.is_sure("newsletter nothing")
    ),
    "prompts.in_articles": lambda text: why(text, edge=True) == "worded as a prompt to subscribe or follow",
    "articles.bylines": lambda text: why(f"{text} Ann Lee", edge=True) == "worded as a byline",
    "articles.advertisements": lambda text: why(text) == "worded as an advertisement or its like",
    "articles.credit_starts": lambda text: why(f"{text}: Ann Lee of the") == "worded as a picture's credit",
    "articles.credit_openings": lambda text: why(f"{text} Ann Lee") == "worded as a picture's credit",
    "articles.credits_in_brackets": lambda text: why(f"The harbour ({text} Ann)") == "worded as a picture's credit",
    "articles.credit_ends": lambda text: why(f"The harbour, {text}/Ann Lee") == "worded as a picture's credit",
    "posts.networks": names_network,
    "posts.announcing": lambda text: (
        prompts.may_head(fold(f"{text} twitter")) and social_feeds._BRINGS.search(f"{text} twitter") is not None
    ),
    "posts.age_units": lambda text: is_moment(f"3 {text}"),
    "posts.before_ages": lambda text: is_moment(f"{text} 3 x"),
    "posts.after_ages": lambda text: is_moment(f"3 x {text}"),
    "posts.age_words": is_moment,
    "posts.member_counts": lambda text: (
        threads._MAY_COUNT.may_match(f"{text}: 214") and threads._COUNTS.match(f"{text}: 214") is not None
    ),
    "posts.member_labels": lambda text: threads._LABELS.match(f"{text}: Riga") is not None,
    "comments.counted": lambda text: all(
        are_comments(heading) for heading in (f"{text}(2)", f"{text} (2)", f"{text}: 2", f"2 {text}", f"{text}2")
    ),
    "comments.qualifiers": lambda text: are_comments(f"{text}comments (2)") or are_comments(f"{text} comments (2)"),
    "comments.requests": are_comments,
    "lists.further_reading": lambda text: link_lists._MORE_TO_READ.search(text) is not None,
    "lists.folders": lambda text: link_lists._NO_NAMES.search(f"/en/{text}/") is not None,
    "lists.recommendations": recommendations.is_heading,
    "page_status.missing_names": is_named(Verdict.SOFT_ERROR),
    "page_status.missing_phrases": is_phrased(Verdict.SOFT_ERROR),
    "page_status.down_names": is_named(Verdict.SOFT_ERROR),
    "page_status.down_phrases": is_phrased(Verdict.SOFT_ERROR),
    "page_status.down_states": lambda text: phrase_matching.phrased(text) is not None,
    "page_status.down_adverbs": lambda text: phrase_matching.phrased(f"{text} closed for maintenance") is not None,
    "page_status.script_requests": phrase_matching.asks_for_scripts,
    "page_status.down_patterns": lambda text: phrase_matching.phrased(text) is not None,
    "page_status.challenge_names": is_named(Verdict.BLOCKED),
    "page_status.challenge_phrases": is_phrased(Verdict.BLOCKED),
    "page_status.login_names": is_named(Verdict.LOGIN_WALL),
    "page_status.login_phrases": is_phrased(Verdict.LOGIN_WALL),
    "page_status.other_actions": lambda text: phrase_matching.phrased(f"please log in to view and {text}") is None,
    "page_status.consent_names": is_named(Verdict.CONSENT_WALL),
    "page_status.consent_phrases": is_phrased(Verdict.CONSENT_WALL),
    "page_status.consent_subjects": lambda text: rules._COOKIES.search(text) is not None,
    "page_status.weak_names": lambda text: (match := phrase_matching.named(text)) is not None and match.weak,
    "page_status.weak_phrases": lambda text: (
        (match := phrase_matching.phrased(f"{text}, this site")) is not None and match.weak
    ),
    "page_status.self_references": lambda text: (
        (match := phrase_matching.phrased(f"please try again later {text}")) is not None and match.weak
    ),
    "page_status.waiting": phrase_matching.is_waiting,
    "page_status.error_words": lambda text: phrase_matching.named(f"{text} 404: found") is not None,
    "page_status.exclamations": lambda text: phrase_matching.named(f"{text}, found") is not None,
}
"""For each topic, whether a text that an entry matches is recognised."""
_DETECTION = "detection.function_words"


def examples(topic: str, entry: Entry) -> list[str]:
    """Texts that an entry matches, also in capitals where these are the same letters."""
    texts = (
        [" ".join(text.split()) for text in parsed(entry.text).texts()] if TOPICS[topic] == "patterns" else [entry.text]
    )
    return [*texts, *(capitals for text in texts if fold(capitals := text.upper()) == fold(text))]


_NUMBER_TABLES = "dates durations audience numbers addresses years times changes ranges sentences updates number_words money han hangul thai quantities spelled".split()
"""Tables whose entries are tested in test_number_entries.py and test_quantity_entries.py."""
_TESTED_HERE = [topic for topic in TOPICS if topic != _DETECTION and topic.split(".")[0] not in _NUMBER_TABLES]
_ALL = [(topic, entry) for topic in _TESTED_HERE for entry in entries(topic)]


@pytest.mark.parametrize(
    ("topic", "entry"), _ALL, ids=[f"{topic}-{entry.language}-{n}" for n, (topic, entry) in enumerate(_ALL)]
)
def test_an_entry_is_recognised(topic: str, entry: Entry):
    missed = [text for text in examples(topic, entry) if not RECOGNISED[topic](text)]
    assert not missed


def test_every_function_word_is_a_vote_for_its_language():
    for entry in entries(_DETECTION):
        assert any(entry.language in votes.get(entry.text, ()) for votes in language._VOTES.values()), entry
