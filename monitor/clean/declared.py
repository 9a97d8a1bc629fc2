"""Whether a page says of itself that it is an article: Open Graph, schema.org as JSON-LD or microdata, and the body class of a common theme convention."""

from __future__ import annotations

import re

_PUBLISHED = "article:published_time"
"""og:type says "article" on many pages that are none; a time of publication is given for articles alone."""
_TYPED = re.compile(
    r"""(?:"@type"\s*:\s*\[?\s*"|schema\.org/)(?:Article|NewsArticle|BlogPosting|AnalysisNewsArticle|OpinionNewsArticle|ReportageNewsArticle|ScholarlyArticle|TechArticle|Report)\b"""
    r"""|"articleBody"\s*:|itemprop=["']?articleBody\b"""
)
_MOST_TYPED = 2
"""Articles and bodies of articles that one article's page may speak of; a list of articles speaks of more."""


def is_declared(text: str, body_classes: str) -> bool:
    """Whether the page is declared an article.

    Args:
        text: Its markup.
        body_classes: The class attribute of its body element.
    """
    if _PUBLISHED in text or "single-post" in body_classes.split():
        return True
    return 0 < len(_TYPED.findall(text)) <= _MOST_TYPED
