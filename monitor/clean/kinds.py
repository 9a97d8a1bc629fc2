"""How boilerplate is known: by element, role, id and class, and wording. Patterns of tools and conventions, never of one site.

The names of consent and feed tools are public products' own ids and classes (cookie-law-info, OneTrust, Complianz, Moove, Custom Twitter
Feeds …). Wording is matched only in short blocks, so that an article about cookies stays an article.
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.model import BlockKind

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

# Whole words of an id or class after splitting at case changes, hyphens and underscores, by what they make of an element.
_WORDS: dict[str, BlockKind] = {
    word: kind
    for kind, words in {
        BlockKind.NAVIGATION: "nav navbar navigation menu submenu megamenu topnav breadcrumb breadcrumbs pagination pager pagenav sidenav "
        "toc skiplinks skiplink hamburger related recommended recommendations trending popular mostread readnext outbrain taboola "
        "tagcloud tags taglist sitemap sidebar",
        BlockKind.CONSENT: "cookie cookies cookiebar cookiebanner cookieconsent cookielaw cookienotice cookiedialog gdpr consent onetrust "
        "cookiebot cmplz cky cli didomi usercentrics iubenda termly osano truste trustarc klaro ccpa eucookie qc",
        BlockKind.FEED: "twitter tweet tweets timeline ctf instagram sbi facebook fb cff socialfeed disqus comments comment commentlist "
        "respond livefyre juicer curator flockler walls",
        BlockKind.CONTROL: "share sharing sharebar shares addtoany sharethis addthis sharedaddy social socials sociallinks newsletter "
        "subscribe subscription signup login signin search searchform toolbar print paywall promo advert advertisement ads ad "
        "sponsored banner popup modal lightbox toast tooltip",
        BlockKind.FOOTER: "footer colophon copyright siteinfo imprint",
    }.items()
    for word in words.split()
}
# Words that are too common alone: they count only where the next word joins in, or the element is small; see `by_name`.
_WEAK = frozenset(
    "cookie cookies consent comment banner social search tags tag promo ad ads print modal popup subscribe popular related timeline "
    "facebook twitter fb login share cli qc walls newsletter sidebar toolbar".split()
)
# A wrapper that holds the page itself often carries these next to a weak word ("has-sidebar", "search-results", "with-comments").
_EXCUSES = frozenset(
    "has with no without content main article post entry page wrapper results result body enabled disabled open closed is site layout "
    "container template single left right header hero template grid row col full width inner".split()
)
_STRONG_PHRASES = re.compile(
    r"cookie-?(?:law|notice|banner|bar|consent|dialog|popup|policy-bar|message)|cookie-?info|(?:gdpr|privacy)-(?:consent|banner|bar|popup)|cli-?(?:bar|settings|modal)|onetrust|"
    r"moove_?gdpr|cmplz|catapult-cookie|CybotCookiebot|consent-(?:banner|bar|manager|popup)|global-cookie",
    re.IGNORECASE,
)
_FEED_PHRASES = re.compile(
    r"(?:twitter|tweet|instagram|facebook|social)-?(?:feed|timeline|stream|wall|widget|embed)|^ctf(?:$|[-_])|ctf-(?:item|feed|tweets)|^sbi_|^cff$|"
    r"comments?-(?:area|list|section|wrapper|thread)|^(?:comments|respond|disqus_thread)$",
    re.IGNORECASE,
)
_RELATED_PHRASES = re.compile(
    r"related-?(?:posts?|articles?|stories|content|links|news|items)|(?:more|other)-(?:stories|articles|news|posts)|most-?(?:read|popular|viewed|shared)|"
    r"read-?(?:next|also)$|recommended-?(?:posts?|articles?|stories)|you-?may-?(?:also|like)|(?:post|entry|article)-?nav|(?:article|post|entry)-?tags|tag-?(?:list|cloud|links)",
    re.IGNORECASE,
)
_SHARE_PHRASES = re.compile(
    r"(?:social|share|sharing)-?(?:links?|icons?|buttons?|bar|tools?|media|row|list|widget)|(?:post|article|entry)-?(?:share|sharing)|newsletter-?(?:signup|form|box)|sharedaddy|addtoany|sharethis|addthis",
    re.IGNORECASE,
)

ROLES = {
    "navigation": BlockKind.NAVIGATION,
    "menu": BlockKind.NAVIGATION,
    "menubar": BlockKind.NAVIGATION,
    "contentinfo": BlockKind.FOOTER,
    "search": BlockKind.CONTROL,
    "toolbar": BlockKind.CONTROL,
    "button": BlockKind.CONTROL,
}
"""ARIA landmark and widget roles that say what an element is."""

_CONTROL_WORDING = re.compile(
    r"(?:load|show|see|view|read|find out|learn|discover) (?:more|less|all)(?: \w+){0,3}|more(?: info(?:rmation)?| posts| news| stories)?|back to top|skip to (?:main )?content|"
    r"(?:please )?enable javascript.{0,80}|share(?: (?:this|on) .{0,40})?|tweet|print(?: this page)?|follow us(?: on .{0,40})?|subscribe|sign (?:in|up)|log ?in|close|next|previous|search|menu|"
    r"leave a (?:reply|comment)|accept(?: all)?|reject(?: all)?|mehr (?:laden|anzeigen|lesen)|weiterlesen|(?:voir|charger|lire|en savoir) plus|(?:cargar|ver|leer|mostrar) más|"
    r"(?:mostra|carica|leggi) (?:di più|altro)|(?:carregar|ver|ler|mostrar) mais|meer (?:laden|lezen|tonen)|lees (?:meer|verder)|läs mer|les mer|læs mere|czytaj więcej|читать далее|ещё|المزيد|もっと見る|続きを読む|更多",
    re.IGNORECASE,
)
_CONSENT_WORDING = re.compile(
    r"(?:this (?:web)?site|we|our (?:web)?site|our partners|by (?:continuing|using)).{0,80}\bcookies?\b|\bcookies?\b.{0,120}(?:accept|consent|improve your|ok with this|preferences|agree|opt.out)|"
    r"\bcookies\b.{0,200}(?:akzeptieren|einverstanden|zustimmen|accepter|acceptez|aceptar|acepta|accetta|aceitar|aceita|accepteren|akkoord|accepterer|godkänn|zgod)|"
    r"(?:diese (?:web)?seite|wir) (?:verwende[nt]|nutz(?:t|en)).{0,60}cookies|(?:ce site|nous) utilis(?:e|ons).{0,60}cookies|(?:este sitio|utilizamos|usamos|questo sito).{0,60}cookies?|"
    r"consent to .{0,60}(?:cookies|processing)",
    re.IGNORECASE | re.DOTALL,
)
# A bar speaks for the site or to its reader, in whatever language; an article about cookies does neither.
_TO_THE_READER = re.compile(
    r"\b(?:you|your|we|us|our|this (?:web)?site|accept|sie|ihre?|wir|diese (?:web)?seite|diese website|vous|votre|vos|nous|ce site|usted|este sitio|utilizamos|usamos|"
    r"acept\w+|accett\w+|questo sito|aceit\w+|je|jouw|uw|deze (?:web)?site|wij|du|din|dine|denne|vi|denna|twoj\w+|zgod\w+)\b",
    re.IGNORECASE,
)
_COPYRIGHT_WORDING = re.compile(r"^(?:copyright\b|©|\(c\)\s)|\ball rights reserved\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def by_name(identifier: str, classes: str) -> tuple[BlockKind, str] | None:
    """What an element's id and class make of it, with the reason; None where they say nothing.

    A pure function of two short strings that recur on every page of a site, hence remembered.
    """
    names = f"{identifier} {classes}"
    for pattern, kind in (
        (_STRONG_PHRASES, BlockKind.CONSENT),
        (_FEED_PHRASES, BlockKind.FEED),
        (_RELATED_PHRASES, BlockKind.NAVIGATION),
        (_SHARE_PHRASES, BlockKind.CONTROL),
    ):
        for name in names.split():
            match = pattern.search(name)
            if match is not None and not _excused(name):
                return kind, f"named {name}"
    for name in names.split():
        words = [word.lower() for word in _PARTS.findall(name)]
        kind_of = next(
            (_WORDS[word] for word in words if word in _WORDS and (word not in _WEAK or len(words) == 1)), None
        )
        if kind_of is not None and not _EXCUSES.intersection(words):
            return kind_of, f"named {name}"
    return None


def by_wording(text: str) -> tuple[BlockKind, str] | None:
    """What a short block's wording makes of it, with the reason; None where it says nothing."""
    if len(text) <= 60 and _CONTROL_WORDING.fullmatch(text.rstrip(" .…›»>→").lstrip("‹«<← ")):
        return BlockKind.CONTROL, "worded as a control"
    if len(text) <= 700 and "ookie" in text and _CONSENT_WORDING.search(text) and _TO_THE_READER.search(text):
        return BlockKind.CONSENT, "worded as a consent bar"
    if len(text) <= 300 and _COPYRIGHT_WORDING.search(text):
        return BlockKind.FOOTER, "worded as a copyright line"
    return None


def _excused(name: str) -> bool:
    words = {word.lower() for word in _PARTS.findall(name)}
    return not words.isdisjoint({"has", "with", "no", "without", "enabled", "disabled"})
