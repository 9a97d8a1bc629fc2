"""Boxes that tools lay over a page or set into it, told by what they ask for: consent to cookies, an address for a newsletter, a word of praise.

Many have no name that tells: a nameless box in which a text speaks of cookies or of personal data and something else says "Accept" is a consent box, in
whatever language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from monitor.clean.places import HEADINGS, Place, RawBlock
from monitor.clean.region import weight
from monitor.clean.wording import WORDED_CONSENT as WORDED
from monitor.model import BlockKind

Kind = tuple[BlockKind, str]

_CONSENT: Kind = (BlockKind.CONSENT, "a box that asks for consent")
_PROMPT: Kind = (BlockKind.CONTROL, "a box headed as a prompt")

_BUTTON_CHARS = 45
_SAYING_CHARS = 24
"""Characters from which a block says what the button is for."""
_ACCEPTS = frozenset(
    "accept agree allow consent ok okay akzeptieren akzeptiere zustimmen zulassen einverstanden erlauben accepter accepte autoriser aceptar acepto aceptarlas "
    "permitir accetta accetto accettare consenti acconsento aceitar aceito concordo accepteren accepteer akkoord toestaan godkänn acceptera tillåt samtycker "
    "tillad accepter accepterer godkend godta godtar tillat hyväksy sallin zgadzam akceptuj akceptuję zaakceptuj zezwól przijmout přijmout přijímám souhlasím "
    "povolit prijať súhlasím povoliť elfogadom elfogadás elfogadása accept acceptă accepta prihvati prihvaćam prihvatam sprejmi sprejmem strinjam nõustun piekrītu "
    "sutinku принять принимаю согласен соглашаюсь прийняти погоджуюсь приемам приеми прихвати αποδοχή αποδέχομαι συμφωνώ εντάξει kabul setuju terima موافق قبول أوافق "
    "می‌پذیرم پذیرش موافقم אישור מסכים स्वीकार ยอมรับ".split()
)
_ACCEPTS_UNSPACED = re.compile(r"同意|承諾|許可する|接受|수락|동의|ยอมรับ|đồng ý", re.IGNORECASE)
# What stands in front of such a word: "Alle akzeptieren", "Tout accepter", "Ik ga akkoord".
_BEFORE = frozenset(
    "i we yes all alle alles allen alla alt tout oui je j'accepte sí si todo todas tutti ich ja ik jag jeg minä kaikki összes wszystkie wszystko vše všetko sve vse все "
    "да hepsini tümünü tamam أنا من אני".split()
)
_MOST_WORDS = 5
_TICKS = "✓✔☑ "
_SPEAKS = re.compile(
    r"cookie|cookies|\bkex\b|evästei|çerez|ciastecz|\bsüti|kolačić|piškot|küpsis|sīkdat|slapuk|куки|クッキー|쿠키|ملفات (?:تعريف|الارتباط)|کوکی|עוגיות|कुकी|คุกกี้|"
    r"personal (?:data|information)|personenbezogene|données (?:personnelles|à caractère personnel)|datos personales|dati personali|dados pessoais|"
    r"persoonsgegevens|persoonlijke gegevens|dane osobowe|danych osobowych|osobní údaje|osobných údajov|personuppgifter|personoplysninger|personopplysninger|"
    r"henkilötie|személyes adat|date(?:le)? personale|osobn[ei] podat|персональны|персональні|личн(?:и|ые) данн|προσωπικά δεδομένα|kişisel veri|"
    r"البيانات الشخصية|個人情報|个人信息|개인정보",
    re.IGNORECASE,
)
_MOST_BLOCKS = 80
_MOST_BLOCKS_IN_MAIN = 8
_MOST_CHARS = 8_000
_PROSE_OUTSIDE = 80
"""Characters of one block outside a box, from which it stands on a page; a page that is nothing but the box is a wall, and its verdict is told by its words."""
_COMPANY = 2
"""Paragraphs beside a sentence about cookies that make it part of a text."""
_GROWS = 1.6
"""How much longer the box around a box may be, to be no more than its wrapper."""

_LONGEST_PROMPT = 90
_PROMPT_BLOCKS = 12
_PROMPT_CHARS = 700
_PROMPT_SHARE = 0.35
_PROMPT_PROSE = 200
"""Characters of a block from which it says something of its own."""
_PROMPTS = re.compile(
    r"(?:is|was) this (?:page|article|content|information) (?:useful|helpful)|did you find what you|how useful was|rate this (?:page|article)|help us improve (?:this|the|our) (?:page|site|website|gov)|"
    r"(?:report a problem|anything wrong) with this page|"
    r"(?:war|waren|ist) (?:diese|dieser|die) .{0,30}hilfreich|avez-vous trouvé cette|cette page vous a|te ha resultado útil|le ha (?:sido|resultado) útil|"
    r"quanto (?:sono chiare|è stat)|(?:esta|essa) (?:página|informação) foi útil|(?:was|is) deze (?:pagina|informatie) (?:nuttig|handig)|heeft (?:deze|dit) .{0,30}geholpen|"
    r"(?:share|follow) (?:this|us|on)\b|(?:find|join|connect with) us on\b|partager (?:la|cette|sur)|(?:seite|beitrag|artikel) teilen|compartir (?:en|esta|este)|"
    r"condividi (?:su|questa|questo)|deel (?:deze|dit)|suivez-nous|retrouvez-nous sur|folge?n? (?:sie )?uns\b|síguenos|síganos|seguici|siga-nos|volg ons|følg os|följ oss|"
    r"(?:visitor|hit|page|visit)s?.? counter\b|besucherzähler|contador(?: de (?:visitas|visitantes|acessos))?$|compteur(?: de visites)?$|contatore(?: (?:di )?visite)?$|bezoekersteller|licznik odwiedzin|who.?.?s online|"
    r"wer ist online|qui est en ligne|quem está online|"
    r"(?:śledź|obserwuj) nas|sledujte nás|takip edin|تابعونا|подпис(?:ывайтесь|аться)",
    re.IGNORECASE,
)
_NEWSLETTER = re.compile(
    r"newsletter|nieuwsbrief|nyhedsbrev|nyhetsbrev|uutiskirje|biuletyn|zpravodaj|hírlevél|boletín|boletim|lettre d.information|infolettre|"
    r"mailing.?list|рассылк|(?:monthly|weekly|daily) (?:letter|e-?mail|digest)",
    re.IGNORECASE,
)
_SUBSCRIBES = re.compile(
    r"subscri|sign.?up|\bjoin\b|\bget\b|\bstay\b|receive|register|suscr|suscrí|inscri|abonn|anmeld|bestell|eintragen|iscriv|assin|receb|receive|meld|tilmeld|"
    r"prenumer|zapisz|přihlas|odebír|feliratk|подпис|اشترك",
    re.IGNORECASE,
)
_IN_TOUCH = re.compile(
    r"(?:stay|keep|get) (?:in touch|informed|connected|updated|up to date)|(?:restez|bleiben sie|mantente|mantenete|rimani|blijf) .{0,20}"
    r"(?:inform|contact|laufenden|aggiornat|hoogte)",
    re.IGNORECASE,
)
_STARTS = (
    "is was did how rate help report anything war waren ist avez cette te ¿te le ¿le quanto esta essa heeft share follow find join connect partager seite beitrag artikel "
    "compartir condividi deel suivez retrouvez folgen folge folg síguenos síganos seguici siga volg følg följ śledź obserwuj sledujte bizi تابعونا подпишитесь "
    "visitor visitors hit hits page visit visits besucherzähler contador compteur contatore bezoekersteller licznik who who's who’s wer qui quem stay keep get restez bleiben mantente mantenete rimani blijf"
).split()
_STARTING = frozenset(_STARTS)


def mark(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Note what is known of the blocks of such boxes.

    Args:
        raw: The page's blocks, their places resolved.
        known: What is known of each so far; changed in place.
    """
    sums: list[int] | None = None
    for index, block in enumerate(raw):
        text, kind = block.text, known[index]
        if len(text) > _LONGEST_PROMPT or (kind is not None and kind[0] is not BlockKind.CONTROL):
            continue
        first = text.lstrip(_TICKS).partition(" ")[0].lower().rstrip(",")
        if len(text) <= _BUTTON_CHARS and _accepts(text, first):
            box = _consent_box(raw, block.place)
            if box is not None:
                _put(known, box, _CONSENT)
        elif kind is None and block.place.tag != "h1" and _prompts(text, first):
            sums = sums or [0, *accumulate(len(each.text) for each in raw)]
            box = _prompt_box(raw, known, block.place, sums, sure=_is_sure(text))
            if box is not None:
                _put(known, box, _PROMPT)


def spare(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Give back what a page about cookies says of them: a sentence worded as a bar's that stands under a heading, among others, with more behind it.

    Args:
        raw: The page's blocks, their places resolved.
        known: What is known of each so far; changed in place.
    """
    for index, block in enumerate(raw):
        if known[index] == WORDED and _is_among_others(raw, known, index, block.place.home or block.place):
            known[index] = None


def _is_among_others(raw: Sequence[RawBlock], known: Sequence[Kind | None], index: int, home: Place) -> bool:
    headings = [raw[before] for before in range(home.first, index) if raw[before].place.tag in HEADINGS]
    if not headings:
        return False
    others = [other for other in range(home.first, home.end) if known[other] is None and weight(raw[other])]
    about_it = headings[0].place.tag == "h1" and _SPEAKS.search(headings[0].text) is not None
    return len(others) >= (1 if about_it else _COMPANY) and others[-1] > index


def _put(known: list[Kind | None], box: range, kind: Kind) -> None:
    for index in box:
        was = known[index]
        if was is None or was[0] is BlockKind.CONTROL:
            known[index] = kind


def _accepts(text: str, first: str) -> bool:
    """Whether a short text is what one presses to consent."""
    if first in _ACCEPTS or first in _BEFORE:
        said = text.lower().replace("&", " ").split()
        return len(said) <= _MOST_WORDS and not _ACCEPTS.isdisjoint(word.strip(".,!✓✔☑") for word in said)
    return not text.isascii() and _ACCEPTS_UNSPACED.search(text) is not None


def _consent_box(raw: Sequence[RawBlock], button: Place) -> range | None:
    """The blocks of the box that a button asks for consent in; None where it asks for something else."""
    found: Place | None = None
    length = 0
    for place in _around(button):
        blocks = raw[place.first : place.end]
        if not _may_be_box(place, blocks):
            break
        chars = sum(len(block.text) for block in blocks)
        if chars > _MOST_CHARS or (found is not None and chars > _GROWS * length):
            break
        if found is not None or any(len(block.text) > _SAYING_CHARS and _SPEAKS.search(block.text) for block in blocks):
            found, length = place, chars
    if found is None or not _stands_on_a_page(raw, found):
        return None
    return range(found.first, found.end)


def _around(place: Place | None) -> Iterator[Place]:
    """A place and those around it, but for the body."""
    while place is not None and place.above is not None:
        yield place
        place = place.above


def _may_be_box(place: Place, blocks: Sequence[RawBlock]) -> bool:
    most = _MOST_BLOCKS_IN_MAIN if place.main else _MOST_BLOCKS
    return len(blocks) <= most and not place.titled and place.tag not in ("main", "article")


def _stands_on_a_page(raw: Sequence[RawBlock], box: Place) -> bool:
    outside = (*raw[: box.first], *raw[box.end :])
    return any(block.place.tag == "h1" or len(block.text) - block.link_chars >= _PROSE_OUTSIDE for block in outside)


def _prompts(text: str, first: str) -> bool:
    if first.strip("-,.").partition("-")[0] in _STARTING and (
        _PROMPTS.match(text.lstrip("¿")) or _IN_TOUCH.match(text)
    ):
        return True
    return _NEWSLETTER.search(text) is not None


def _is_sure(text: str) -> bool:
    """Whether it asks for something by itself; "Newsletter" alone may head a list of letters."""
    return _NEWSLETTER.search(text) is None or _SUBSCRIBES.search(text) is not None


def _prompt_box(
    raw: Sequence[RawBlock], known: Sequence[Kind | None], heading: Place, sums: Sequence[int], *, sure: bool
) -> range | None:
    """The blocks of the box that a prompt heads: the largest place that it begins, as far as that is small."""
    box: range | None = None
    for place in _around(heading):
        chars = sums[place.end] - sums[place.first]
        if (
            place.titled
            or place.tag in ("main", "article")
            or place.end - place.first > _PROMPT_BLOCKS
            or chars > min(_PROMPT_CHARS, _PROMPT_SHARE * sums[-1])
            or any(len(raw[index].text) > _PROMPT_PROSE for index in range(place.first, place.end))
            or any(raw[index].place.tag in HEADINGS for index in range(place.first, heading.first))
        ):
            break
        box = range(place.first, place.end)
    if box is None or (len(box) == 1 and not (heading.tag in HEADINGS and _stands_over_nothing(known, box.stop))):
        return None
    if not sure and not any(kind is not None and kind[0] is BlockKind.CONTROL for kind in known[box.start : box.stop]):
        return None
    return box


def _stands_over_nothing(known: Sequence[Kind | None], below: int) -> bool:
    return below == len(known) or known[below] is not None
