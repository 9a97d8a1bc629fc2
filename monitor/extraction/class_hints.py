"""Classify elements by role, id and class. The lists contain names of tools and conventions, never of a single site.

The names of consent and feed tools are public products' own ids and classes (cookie-law-info, OneTrust, Complianz, Moove, Custom Twitter Feeds …).
A name is split at changes of case, hyphens and underscores; words are looked up alone and joined with their neighbours, so that
`related-posts`, `relatedPosts` and `relatedposts` are equal.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from monitor.model import BlockKind


class Hint(NamedTuple):
    """The classification that an element's tag, role or name suggests.

    Attributes:
        kind: The kind of all its content. CONTENT means that the element contains an article's own text.
        why: The reason.
        sure: Whether it follows from the tag or role. A hint from a name is ignored for an element that contains a large part of the page.
        beside: Whether it applies only next to or inside an article; other pages keep the content.
    """

    kind: BlockKind
    why: str
    sure: bool = False
    beside: bool = False


ROLES = {
    role: Hint(kind, f"role {role}", sure=True)
    for role, kind in {
        "navigation": BlockKind.NAVIGATION,
        "menu": BlockKind.NAVIGATION,
        "menubar": BlockKind.NAVIGATION,
        "contentinfo": BlockKind.FOOTER,
        "search": BlockKind.CONTROL,
        "toolbar": BlockKind.CONTROL,
        "button": BlockKind.CONTROL,
        "tooltip": BlockKind.CONTROL,
    }.items()
}
"""ARIA landmark and widget roles that determine a kind."""
ROLES |= {role: Hint(BlockKind.CONTROL, f"role {role}") for role in ("dialog", "alertdialog")}
ROLES["complementary"] = Hint(BlockKind.NAVIGATION, "role complementary", beside=True)
ASIDE = Hint(BlockKind.NAVIGATION, "aside element", beside=True)
"""The hint of an aside element, if its role and names give none."""

_DIGITS = "0123456789"
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PLAIN = re.compile(r"[a-z]++(?:[-_][a-z]++)*+")
_PART = re.compile(r"[A-Za-z0-9]+")
_GENERATED = re.compile(r"[A-Za-z]\d+[A-Za-z]")

_LISTS: dict[BlockKind, str] = {
    BlockKind.NAVIGATION: "nav navbar navigation menu submenu megamenu topnav breadcrumb breadcrumbs pagenav sidenav subnav skiplinks skiplink "
    "hamburger recommended recommendations trending mostread readnext outbrain taboola tagcloud taglist sitemap relatedposts relatedpost "
    "relatedarticles relatedarticle relatedstories relatedstory relatedcontent relatednews relatedtopics morestories "
    "morearticles morenews moreposts otherarticles otherstories othernews mostpopular mostviewed mostshared mostcommented mostrecent readalso "
    "recommendedposts recommendedarticles youmayalso youmaylike alsolike entrynav articlenav articletags posttags entrytags taglinks "
    "recentcomments latestposts latestnews latestarticles latestofposts yarpp jprelatedposts zergnet revcontent recirc recirculation "
    "prevnext postnavigation postnextprev pagernext",
    BlockKind.CONSENT: "cookiebar cookiebanner cookieconsent cookielaw cookienotice cookiedialog cookieinfo cookiepopup cookiemessage cookiepolicybar "
    "gdpr onetrust cookiebot cybotcookiebot cmplz cky didomi usercentrics iubenda termly osano truste trustarc klaro ccpa eucookie clibar "
    "clisettings climodal gdprconsent gdprbanner gdprbar gdprpopup privacyconsent privacybanner privacybar privacypopup moovegdpr "
    "catapultcookie tarteaucitron axeptio orejime borlabs borlabscookie brlbs cookiefirst cookiescript cookiehub ch2dialog cookieyes cookiepro coioverlay coibanner ccwindow "
    "ccbanner rgpd dsgvo lgpd cookiealert cookiewarning cookiemodal cookieoverlay cookiedisclaimer cookienotification cookiebox cookiehint cookiewall cookiepanel cookiesbar "
    "cookiesbanner cookiesnotice cookiesinfo cookiesconsent cookiespopup cookiesmessage cookiesalert cookiesoverlay cookiesmodal cookiesbox fcconsent wpconsent "
    "consentmodal consentoverlay consentdialog consentbox cmpbox cmpwrapper consentbanner consentbar consentmanager consentpopup globalcookie qccmp sppconsent",
    BlockKind.FEED: "ctf instagram sbi cff socialfeed disqus comments commentlist commentsarea commentarea commentslist commentssection commentsection "
    "commentswrapper commentthread commentsthread respond livefyre juicer curator flockler twitterfeed twittertimeline twitterstream "
    "twitterwall twitterwidget tweetfeed instagramfeed instagramwidget facebookfeed facebookwidget socialstream socialwall "
    "socialtimeline disqusthread fbcomments commentform guestbook",
    BlockKind.CONTROL: "share sharing sharebar shares sharer addtoany sharethis addthis sharedaddy socials sociallinks sociallink "
    "socialbuttons socialbar socialshare socialsharing socialtools socialmedia socialrow socialnav socialwidget newsletter newslettersignup "
    "newsletterbox subscribeform subscribebox subscription signup signin searchform searchbox loginform paywall advert advertisement adslot adunit "
    "adcontainer adwrapper adsense adbox adplaceholder googlead dfpad sponsored lightbox toast tooltip shariff heateor ssba jetpacksharing "
    "livechat chatwidget chatbot chatbox chatwindow tawk intercom intercomcontainer zendeskchat countdown countdowntimer countdownclock fontsizer "
    "textresizer currencyswitcher currencyselector languageswitcher languageselector langswitch langswitcher langselector "
    "minicart cartcount carttotal cartwidget shoppingcart searchsuggestions searchsuggest weatherwidget stockticker "
    "likewidget mailto offcanvas screenreader srcontent sronly visuallyhidden",
    BlockKind.FOOTER: "footer colophon copyright siteinfo imprint footnotebar",
}
_NAMED = {word: kind for kind, words in _LISTS.items() for word in words.split()}
_NAMED_TERMS = frozenset(_NAMED)
# Words in those lists that mean nothing next to one of `_WRAPPERS`.
_SIMPLE = frozenset(
    "menu submenu megamenu recommended recommendations trending share sharing shares newsletter subscription signup signin "
    "paywall sponsored lightbox copyright imprint comments respond instagram gdpr trustarc".split()
)
# Words that are too common to count within a longer name; they count only as the whole name.
_ALONE: dict[str, BlockKind] = {
    word: kind
    for kind, words in {
        BlockKind.NAVIGATION: "toc tags tag popular related pagination pager",
        BlockKind.CONSENT: "cookie cookies consent cli qc",
        BlockKind.FEED: "twitter timeline facebook fb comment walls",
        BlockKind.CONTROL: "banner social search promo ad ads print modal popup subscribe login toolbar",
    }.items()
    for word in words.split()
}
_BESIDE = frozenset(
    "sidebar aside rail widget widgets widgetarea related recommended popular trending teaser teasers promo promotion byline author authors authorbox "
    "authorbio aboutauthor bio meta entrymeta articlemeta metadata postinfo articleinfo entryinfo dateline timestamp pubdate postdate "
    "published caption captions credit credits imagecredit imagecaption photocredit wpcaptiontext tags tag taglist topics category categories "
    "keywords newsletter subscribe subscription signup advert advertisement ad ads sponsor sponsored sponsors breaking ticker "
    "pagination pager readmore seealso morelink moreon rating ratings vote poll print toolbar tools disclaimer donate donation spenden "
    "cta calltoaction upsell paywall infolinks social share copyright source quellen backlink breadcrumb kicker eyebrow rubrik "
    "readingtime duration commentcount commentslink teaserlist cards cardlist newslist postlist recent latest mostread toc "
    "inlinead gallery slider carousel lightbox figcaption bildunterschrift legende bildnachweis autor auteur autore correction "
    "downloads download login register comments comment reply".split()
)
_BESIDE_ALONE = frozenset({"prev", "previous", "next"})
_BODY = frozenset(
    "articlebody articletext storybody storytext storycontent entrycontent postcontent posttext newsbody "
    "newscontent singlecontent blogcontent bodycopy bodytext richtext artikeltext artikelbody textbody paragraphs".split()
)
# A wrapper of the page itself often combines a word in the lists with one of these ("has-sidebar", "no-comments").
_DENIALS = frozenset("has with no without enabled disabled open closed is hide js can supports embed embedded".split())
# Words for the element that contains the page, or for its style.
_WRAPPERS = frozenset(
    "content main article post entry page wrapper results result body site layout container template single left right header hero "
    "grid row col full width inner outer text color size font style theme active fixed sticky align border margin padding".split()
)


def hint(identifier: str, classes: str) -> Hint | None:
    """Return the hint given by an element's id and class; None if they give none."""
    by_id = _first(identifier.split()) if identifier else None
    if by_id is not None and not by_id.beside:
        return by_id
    other = by_class(classes) if classes else None
    if by_id is None or (other is not None and not (other.beside and other.kind is not BlockKind.CONTENT)):
        return other
    return by_id


@lru_cache(maxsize=8192)
def by_class(classes: str) -> Hint | None:
    """Return the hint given by a class attribute; None if it gives none. Cached: the same short strings recur on every page of a site, ids hardly do."""
    return _first(classes.split())


def _first(names: Iterable[str]) -> Hint | None:
    """Return the hint of the first name that gives one. Hints that apply only next to an article come after all others."""
    beside: Hint | None = None
    for name in names:
        if name[-1] in _DIGITS:
            # Numbers are generated for each element and carry no meaning.
            found = _named(name.rstrip(_DIGITS) + "0")
            found = found and found._replace(why=f"named {name}")
        else:
            found = _named(name)
        if found is not None:
            if not found.beside:
                return found
            if beside is None or found.kind is BlockKind.CONTENT:
                beside = found
    return beside


@lru_cache(maxsize=8192)
def _named(name: str) -> Hint | None:
    """Return the hint given by one id or class name; None if it gives none."""
    words = words_of(name)
    if not words or not _DENIALS.isdisjoint(words):
        return None
    terms = _terms(words)
    if not _NAMED_TERMS.isdisjoint(terms):
        named = next(term for term in terms if term in _NAMED)
        if named not in _SIMPLE or _WRAPPERS.isdisjoint(words):
            return Hint(_NAMED[named], f"named {name}")
    if len(words) == 1 and words[0] in _ALONE:
        return Hint(_ALONE[words[0]], f"named {name}")
    if not _BODY.isdisjoint(terms):
        return Hint(BlockKind.CONTENT, f"named {name}", beside=True)
    if not _BESIDE.isdisjoint(terms) or (len(words) == 1 and words[0] in _BESIDE_ALONE):
        return Hint(BlockKind.NAVIGATION, f"named {name}", beside=True)
    return None


def terms_of(name: str) -> list[str]:
    """Return the words of a name, lower case, and the joins of two and of three neighbours."""
    return _terms(words_of(name))


def words_of(name: str) -> list[str]:
    """Return the words of a name, lower case; none of a generated identifier ("d983ad0", "SmKAyb").

    A prefix before a colon says when a style applies ("print:break-inside-avoid", "lg:sidebar-left"), and brackets contain a value, not a name.
    """
    if _PLAIN.fullmatch(name):
        return name.replace("_", "-").split("-")
    if ":" in name:
        name = name.rpartition(":")[2]
    if "[" in name or "(" in name or "]" in name or ")" in name:
        return []
    words: list[str] = []
    for part in _PART.findall(name):
        found = _WORD.findall(part)
        if len(found) > 1 and (_GENERATED.search(part) or sum(len(word) < 3 for word in found) * 2 > len(found)):
            continue
        words += [word.lower() for word in found]
    return words


def _terms(words: list[str]) -> list[str]:
    """Return the words, and the joins of two and of three neighbours."""
    if len(words) == 1:
        return words
    joined = [first + second for first, second in itertools.pairwise(words)]
    if len(words) > 2:
        joined += [first + second for first, second in zip(joined, words[2:], strict=False)]
    return words + joined
