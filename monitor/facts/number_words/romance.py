"""Number words of French, Spanish, Italian and Portuguese. Italian writes numbers below a thousand, and round thousands, as one word."""

from __future__ import annotations

from monitor.facts.number_words.table import AFTER_TENS, ANYWHERE, NumberWords, numbered


def french() -> NumberWords:
    """Return the French number words: vingt et un, quatre-vingt-douze, deux cent quarante; une douzaine, un demi-million; troisième, vingt et unième."""
    return NumberWords(
        cardinals=numbered(
            "zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
        )
        | numbered("vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante", 20, 10)
        | {"dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40, "cinquantaine": 50}
        | {"soixantaine": 60, "centaine": 100},
        ordinals=numbered(
            "premier/première/unième deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième "
            "treizième quatorzième quinzième seizième",
            1,
        )
        | numbered("vingtième trentième quarantième cinquantième soixantième", 20, 10)
        | {"centième": 100},
        scales={
            "douzaine": 12,
            "cent": 100,
            "cents": 100,
            "mille": 1_000,
            "millier": 1_000,
            "million": 1_000_000,
            "millions": 1_000_000,
            "milliard": 10**9,
            "milliards": 10**9,
            "billion": 10**12,
            "billions": 10**12,
        },
        alone=frozenset({"cent", "mille"}),
        joiners=frozenset({"et"}),
        joins=AFTER_TENS,
        articles=frozenset({"un", "une"}),
        halves=frozenset({"demi"}),
        and_half=frozenset({("et", "demi"), ("et", "demie")}),
        doubtful=frozenset({"neuf"}),
        parts=frozenset("tiers quart quarts cinquième cinquièmes dixièmes".split()),
        by_twenties=True,
    )


def spanish() -> NumberWords:
    """Return the Spanish number words: veintiún, sesenta y cinco, doscientas cuarenta, dos mil millones; una docena, medio millón; tercera."""
    return NumberWords(
        cardinals=numbered(
            "cero uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho "
            "diecinueve veinte veintiuno/veintiún/veintiuna veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
            "veintiocho veintinueve"
        )
        | {"decena": 10, "veintena": 20, "treintena": 30}
        | numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
        | numbered(
            "cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas quinientos/quinientas "
            "seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas",
            100,
            100,
        ),
        ordinals=numbered(
            "primero/primer/primera segundo/segunda tercero/tercer/tercera cuarto/cuarta quinto/quinta sexto/sexta séptimo/séptima "
            "octavo/octava noveno/novena décimo/décima undécimo/undécima duodécimo/duodécima",
            1,
        )
        | numbered("vigésimo/vigésima trigésimo/trigésima", 20, 10),
        scales={
            "docena": 12,
            "docenas": 12,
            "centenar": 100,
            "millar": 1_000,
            "mil": 1_000,
            "millón": 1_000_000,
            "millones": 1_000_000,
            "billón": 10**12,
            "billones": 10**12,
        },
        alone=frozenset({"mil"}),
        joiners=frozenset({"y"}),
        joins=AFTER_TENS,
        articles=frozenset({"un", "una"}),
        halves=frozenset({"medio", "media"}),
        and_half=frozenset({("y", "medio"), ("y", "media")}),
        doubtful=frozenset({"uno"}),
        parts=frozenset("tercios tercio cuartos cuarto quintos décimos terceras".split()),
    )


def italian() -> NumberWords:
    """Return the Italian number words: ventuno, ventitré, sessantacinque, duecentoquaranta, due miliardi; una dozzina, mezzo milione; terza, ventunesima."""
    words = _italian_compounds()
    ordinals = numbered(
        "primo secondo/seconda terzo/terza quarto/quarta quinto/quinta sesto/sesta settimo/settima ottavo/ottava nono/nona decimo/decima",
        1,
    )
    ordinals |= {
        f"{word.replace('tré', 'tree')[:-1]}esim{ending}": value
        for word, value in words.items()
        if 11 <= value <= 100
        for ending in "oa"
    }
    # "Secondo i dati" means "according to the data".
    del ordinals["secondo"]
    words |= {f"{word.replace('uno', 'un').replace('tré', 'tre')}mila": 1_000 * value for word, value in words.items()}
    return NumberWords(
        cardinals=words
        | {
            "uno": 1,
            "una": 1,
            "ventuna": 21,
            "decina": 10,
            "quindicina": 15,
            "ventina": 20,
            "trentina": 30,
            "quarantina": 40,
            "cinquantina": 50,
        },
        ordinals=ordinals,
        scales={
            "dozzina": 12,
            "centinaio": 100,
            "migliaio": 1_000,
            "mille": 1_000,
            "mila": 1_000,
            "milione": 1_000_000,
            "milioni": 1_000_000,
            "miliardo": 10**9,
            "miliardi": 10**9,
        },
        alone=frozenset({"mille"}),
        articles=frozenset({"un", "una"}),
        halves=frozenset({"mezzo", "mezza"}),
        and_half=frozenset({("e", "mezzo"), ("e", "mezza")}),
        doubtful=frozenset({"sei", "uno"}),
        parts=frozenset("terzi terzo quarti quarto quinti decimi".split()),
    )


def portuguese() -> NumberWords:
    """Return the Portuguese number words: vinte e um, sessenta e cinco, duzentas e quarenta, dois mil milhões; uma dúzia, meio milhão; terceira."""
    return NumberWords(
        cardinals=numbered(
            "zero um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze quatorze/catorze quinze dezesseis/dezasseis "
            "dezessete/dezassete dezoito dezenove/dezanove"
        )
        | numbered("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
        | numbered(
            "cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas quinhentos/quinhentas seiscentos/seiscentas "
            "setecentos/setecentas oitocentos/oitocentas novecentos/novecentas",
            100,
            100,
        ),
        ordinals=numbered(
            "primeiro/primeira segundo/segunda terceiro/terceira quarto/quarta quinto/quinta sexto/sexta sétimo/sétima oitavo/oitava "
            "nono/nona décimo/décima",
            1,
        )
        | numbered("vigésimo/vigésima trigésimo/trigésima", 20, 10),
        scales={
            "dúzia": 12,
            "dúzias": 12,
            "centena": 100,
            "milhar": 1_000,
            "mil": 1_000,
            "milhão": 1_000_000,
            "milhões": 1_000_000,
            "bilhão": 10**9,
            "bilhões": 10**9,
            "trilhão": 10**12,
            "trilhões": 10**12,
        },
        alone=frozenset({"mil"}),
        joiners=frozenset({"e"}),
        joins=ANYWHERE,
        articles=frozenset({"um", "uma"}),
        halves=frozenset({"meio", "meia"}),
        and_half=frozenset({("e", "meio"), ("e", "meia")}),
        # "Segunda-feira" is Monday.
        parts=frozenset("terços terço quartos quarto quintos décimos feira".split()),
    )


def _italian_compounds() -> dict[str, int]:
    """Return the words for 2 to 999."""
    units = "uno due tre quattro cinque sei sette otto nove".split()
    teens = "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove".split()
    below = [*units, *teens]
    for ten in "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split():
        below.append(ten)
        for digit, unit in enumerate(units, 1):
            stem = ten[:-1] if digit in (1, 8) else ten
            below.append(f"{stem}{'tré' if digit == 3 else unit}")
    words = {word: value for value, word in enumerate(below, 1) if value > 1}
    words |= {f"{word[:-1]}": value for word, value in list(words.items()) if value > 20 and value % 10 == 1}
    words |= {word.replace("tré", "tre"): value for word, value in list(words.items()) if value > 20}
    for hundreds in range(1, 10):
        head = f"{'' if hundreds == 1 else units[hundreds - 1]}cento"
        words[head] = 100 * hundreds
        words |= {f"{head}{word}": 100 * hundreds + value for value, word in enumerate(below, 1)}
    return words
