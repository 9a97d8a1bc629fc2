"""The vocabulary of the number reader: number words, ordinals, magnitudes, currencies, months, hedges, and what a unit may not be."""

from __future__ import annotations

UNITS = {
    word: value
    for value, words in enumerate(
        "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen".split(
            "|"
        )
    )
    for word in words.split()
}
TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
ORDINAL_UNITS = dict(
    zip(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
        "seventeenth eighteenth nineteenth".split(),
        range(1, 20),
        strict=True,
    )
)
ORDINAL_TENS = dict(
    zip(
        "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth".split(),
        range(20, 100, 10),
        strict=True,
    )
)
SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
NUMBERS = frozenset([*UNITS, *TENS, *ORDINAL_UNITS, *ORDINAL_TENS, *SCALES])
"""Every word that a number in words is made of."""

MAGNITUDES = {
    "hundred": 100,
    "thousand": 1_000,
    "k": 1_000,
    "tausend": 1_000,
    "mille": 1_000,
    "mil": 1_000,
    "million": 1_000_000,
    "millions": 1_000_000,
    "millionen": 1_000_000,
    "mio": 1_000_000,
    "mln": 1_000_000,
    "mn": 1_000_000,
    "m": 1_000_000,
    "millones": 1_000_000,
    "millón": 1_000_000,
    "milioni": 1_000_000,
    "milhões": 1_000_000,
    "miljoen": 1_000_000,
    "billion": 1_000_000_000,
    "billions": 1_000_000_000,
    "bn": 1_000_000_000,
    "milliard": 1_000_000_000,
    "milliards": 1_000_000_000,
    "milliarden": 1_000_000_000,
    "mrd": 1_000_000_000,
    "miliardi": 1_000_000_000,
    "miljard": 1_000_000_000,
    "trillion": 1_000_000_000_000,
    "tn": 1_000_000_000_000,
}
SHORT_MAGNITUDES = frozenset({"k", "m", "bn", "mn", "tn", "mil"})
"""Those that are a magnitude only right behind the digits, or with a currency ("$81m", "5k")."""

CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollars": "USD", "dollar": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pounds": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY",
    "₹": "INR", "inr": "INR", "rupees": "INR",
    "chf": "CHF", "nzd": "NZD", "nz$": "NZD", "aud": "AUD", "a$": "AUD", "au$": "AUD", "cad": "CAD", "c$": "CAD", "hk$": "HKD",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "kr": "SEK", "₽": "RUB", "₺": "TRY", "₩": "KRW", "cny": "CNY", "rmb": "CNY",
}  # fmt: skip

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier januar enero gennaio janeiro januari",
            "february feb février fevrier februar febrero febbraio fevereiro februari",
            "march mar mars märz marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juin juni junio giugno junho",
            "july jul juillet juli julio luglio julho",
            "august aug août aout agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct octobre oktober okt octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec décembre decembre dezember dez diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}

HEDGES = (
    "at least|at most|more than|fewer than|less than|no fewer than|no more than|as many as|as few as|up to|close to|just over|just under|well over|"
    "over|under|above|below|about|around|roughly|approximately|approx.|nearly|almost|some|circa|ca.|exceeding|"
    "plus de|environ|près de|au moins|mehr als|rund|etwa|fast|mindestens|más de|unos|casi|al menos|oltre|circa|quasi|almeno|mais de|cerca de|meer dan|ongeveer|bijna"
).split("|")

DURATIONS = frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years decade decades centuries night nights fortnight "
    "jour jours semaine semaines mois an ans année années tag tage tagen woche wochen monat monate monaten jahr jahre jahren "
    "día días semana semanas mes meses año años giorno giorni settimana settimane mese mesi anno anni dia dias mês ano anos dag dagen weken maand maanden jaar".split()
)
AUDIENCE = frozenset(
    "view views visit visits visitor visitors reader readers online like likes share shares follower followers comment comments reply replies retweet retweets "
    "click clicks impression impressions download-count upvotes points reads subscribers".split()
)
"""Units of the page's own audience: typed volatile, for they count the page, not the world."""

REFERENCES = frozenset(
    "section sections sec sec. article articles art art. chapter chapters clause paragraph para para. page pages p. pp. figure fig fig. table "
    "appendix annex part step item rule resolution resolutions unscr no no. nr nr. nº n° number volume vol vol. issue version v v. release "
    "room suite floor level route line flight channel box tel tel. telephone phone fax mobile ext ext. postcode zip id ref ref. case "
    "§ §§ # python windows php ios android covid-".split()
)
"""Words after which a number names something rather than counts it."""

STOPS = frozenset(
    "is are was were be been being am has have had do does did will would can could shall should may might must "
    "of in on at to from by with for as into onto over under between among against about after before since until till during through across "
    "and or but nor so yet that which who whom whose when where while whereas if than then because though although "
    "them us the a an this these those its it their they he she we you i his her our your my "
    "not also only just now currently today already still ever once both either each all "
    "join joins joined met meet meets agreed agree committed united said says including include includes participated attended worldwide "
    "de la le les des du et à au aux en dans pour par sur avec qui que sont est ont a "
    "der die das den dem des und oder in im am an auf aus bei mit nach von vor zu für sind ist haben hat "
    "el los las del y o en con por para que son es han "
    "il lo gli della dei delle e ed nel con per che sono è hanno".split()
)
"""Words that end a unit's noun phrase."""

PART_BEFORE = frozenset("first last next other another additional further extra new remaining founding those".split())
"""Words in front of a number that make it a part of the whole."""

NOT_ALL = frozenset(
    "new more other additional further fewer remaining former founding non-state non-member own different various original initial "
    "annual largest biggest smallest oldest newest".split()
)
"""Words between a number and its noun that make it count something less than, or other than, the whole."""
