"""Vocabulary of consent boxes and prompts in some thirty languages: button labels, headings and topics."""

from __future__ import annotations

import re

_ACCEPTS = frozenset(
    "accept agree allow consent ok okay akzeptieren akzeptiere zustimmen zulassen einverstanden erlauben accepter accepte autoriser aceptar acepto aceptarlas "
    "permitir accetta accetto accettare consenti acconsento aceitar aceito concordo accepteren accepteer akkoord toestaan godkänn acceptera tillåt samtycker "
    "tillad accepter accepterer godkend godta godtar tillat hyväksy sallin zgadzam akceptuj akceptuję zaakceptuj zezwól przijmout přijmout přijímám souhlasím "
    "povolit prijať súhlasím povoliť elfogadom elfogadás elfogadása accept acceptă accepta prihvati prihvaćam prihvatam sprejmi sprejmem strinjam nõustun piekrītu "
    "sutinku принять принимаю согласен соглашаюсь прийняти погоджуюсь приемам приеми прихвати αποδοχή αποδέχομαι συμφωνώ εντάξει setuju terima موافق قبول أوافق "
    "می‌پذیرم پذیرش موافقم אישור מסכים स्वीकार ยอมรับ".split()
)
_ACCEPTS_UNSPACED = re.compile(r"同意|承諾|許可する|接受|수락|동의|ยอมรับ|đồng ý", re.IGNORECASE)
# Words before an accepting word: "Alle akzeptieren", "Tout accepter", "Ik ga akkoord".
_BEFORE = frozenset(
    "i we yes all alle alles allen alla alt tout oui je j'accepte sí si todo todas tutti ich ja ik jag jeg minä kaikki összes wszystkie wszystko vše všetko sve vse все "
    "да hepsini tümünü tamam أنا من אני".split()
)
# Words next to an accepting word: "Accept & close", "Accept Reject", "Alle zulassen und fortfahren".
_BESIDE = frozenset(
    "cookie cookies the and close continue selected essential necessary only optional additional recommended reject decline refuse deny settings manage preferences options more to "
    "und schließen weiter fortfahren fortsetzen ablehnen verweigern einstellungen konfigurieren notwendige auswahl speichern et fermer continuer refuser rejeter paramètres "
    "paramétrer personnaliser y cerrar continuar seguir rechazar configurar e chiudi continua rifiuta rifiutare gestisci personalizza os fechar recusar rejeitar rejeito en sluiten "
    "doorgaan ga weigeren afwijzen instellingen og luk lukk fortsæt fortsett afvis avvis och stäng vidare neka inställningar hylkää i do serwisu przejdź odrzuć odrzucam nie a zavřít "
    "pokračovat odmítnout nastavení odmietnuť és bezár elutasítom și închide refuz odbij zavrni отклонить закрыть настройки відхилити закрити отказ όλων όλα απόρριψη "
    "tutto tutti tudo todos todo toda się sie se everything them it that's fine with this just now ja accepter edilsin "
    "et ediyorum reddet ve devam kapat semua الكل رفض".split()
)
_MOST_WORDS = 5
_MARKS = ".,!✓✔☑"
SPEAKS = re.compile(
    r"cookie|cookies|\bkex\b|evästei|çerez|ciastecz|\bsüti|kolačić|piškot|küpsis|sīkdat|slapuk|куки|クッキー|쿠키|ملفات (?:تعريف|الارتباط)|کوکی|עוגיות|कुकी|คุกกี้|"
    r"personal (?:data|information)|personenbezogene|données (?:personnelles|à caractère personnel)|datos personales|dati personali|dados pessoais|"
    r"persoonsgegevens|persoonlijke gegevens|dane osobowe|danych osobowych|osobní údaje|osobných údajov|personuppgifter|personoplysninger|personopplysninger|"
    r"henkilötie|személyes adat|date(?:le)? personale|osobn[ei] podat|персональны|персональні|личн(?:и|ые) данн|προσωπικά δεδομένα|kişisel veri|"
    r"البيانات الشخصية|個人情報|个人信息|개인정보",
    re.IGNORECASE,
)
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
_STARTS = frozenset(
    "is was did how rate help report anything war waren ist avez cette te ¿te le ¿le quanto esta essa heeft share follow find join connect partager seite beitrag artikel "
    "compartir condividi deel suivez retrouvez folgen folge folg síguenos síganos seguici siga volg følg följ śledź obserwuj sledujte bizi تابعونا подпишитесь "
    "visitor visitors hit hits page visit visits besucherzähler contador compteur contatore bezoekersteller licznik who who's who’s wer qui quem stay keep get restez "
    "bleiben mantente mantenete rimani blijf".split()
)
"""First words of prompts, except those for newsletters."""
_LETTERS = frozenset(
    "newsletter newsletters newslettern nieuwsbrief nyhedsbrev nyhetsbrev uutiskirje biuletyn zpravodaj hírlevél boletín boletim lettre infolettre mailing rassylka рассылку "
    "рассылка letter mail email digest".split()
)
NETWORK_SIGNS = frozenset(
    "twitter tweet tweets facebook instagram linkedin mastodon bluesky tiktok social sozialen soziale sociaux sociales sociais sociale sociala sociální soziales społecznościowe "
    "społecznościowych социальных социальные соцсети соцсетях x الاجتماعي التغريدات تغريدات اجتماعی".split()
)
"""Every heading above posts contains one of these, unless it is only an account's name."""
COMMENT_SIGNS = frozenset(
    "comment comments kommentar kommentare kommentarer commentaire commentaires comentario comentarios commento commenti comentário comentários reactie reacties komentarz "
    "komentarze komentář komentáře yorumlar σχόλια комментарии комментариев التعليقات تعليقات コメント reply comments: kommentare:".split()
)
"""Every heading above readers' comments contains one of these."""
_HEAD_SIGNS = _LETTERS | NETWORK_SIGNS | COMMENT_SIGNS
_PRESSED = _ACCEPTS | _BEFORE | _BESIDE | {"kabul"}
_KABUL = (["kabul", "et"], ["kabul", "ediyorum"], ["hepsini", "kabul"], ["tümünü", "kabul"])
"""Turkish phrases for accepting; the word alone is also the name of a town."""
ACCEPT_FIRST = (
    _ACCEPTS
    | _BEFORE
    | {"kabul"}
    | frozenset("✓ ✔ ☑ 同意 同意する 同意して続ける 承諾 許可する 接受 全部接受 수락 동의 동의함 đồng".split())
)
"""First words of consent buttons, lower case; other texts start with them too."""


def accepts(text: str) -> bool:
    """Return whether a short text is the label of a button that accepts."""
    said = [word.strip(_MARKS) for word in text.lower().replace("&", " ").split()]
    said = [word for word in said if word]
    if not said or len(said) > _MOST_WORDS:
        return False
    if _PRESSED.issuperset(said) and not (_ACCEPTS.isdisjoint(said) and said[:2] not in _KABUL):
        return True
    return not text.isascii() and _ACCEPTS_UNSPACED.search(text) is not None


def may_head(words: list[str]) -> bool:
    """Return whether a text of these words, lower case, can be the heading of a box of any kind."""
    return words[0] in _STARTS or not _HEAD_SIGNS.isdisjoint(words) or words[0][0] == "@"


def may_prompt(words: list[str]) -> bool:
    """Return whether a text of these words, lower case, can be the heading of a prompt."""
    return words[0] in _STARTS or not _LETTERS.isdisjoint(words)


def prompts(text: str) -> bool:
    """Return whether a short text is the heading of a prompt."""
    said = text.lstrip("¿ ")
    return any(pattern.match(said) for pattern in (_PROMPTS, _IN_TOUCH)) or _NEWSLETTER.search(text) is not None


def is_sure(text: str) -> bool:
    """Return whether a prompt asks for something without further signs; "Newsletter" alone may be the heading of a list of newsletters."""
    return _NEWSLETTER.search(text) is None or _SUBSCRIBES.search(text) is not None
