"""Vocabulary for numbers in all languages: months, durations, page audiences, references, and words that cannot be part of a unit.

Number words are in `number_words`, hedges in `hedges`, currencies and magnitudes in `money`.
"""

from __future__ import annotations

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv januar jänner enero ene gennaio janeiro januari يناير",
            "february feb février févr fevrier februar febrero febbraio fevereiro fev februari فبراير شباط",
            "march mar mars märz mär marzo março maart mrt مارس آذار",
            "april apr avril avr abril abr aprile أبريل إبريل نيسان",
            "may mai mayo maggio maio mei مايو أيار",
            "june jun juin juni junio giugno giu junho يونيو حزيران",
            "july jul juillet juil juli julio luglio julho يوليو تموز",
            "august aug août aout agosto augustus أغسطس آب",
            "september sep sept septembre septiembre settembre setembro سبتمبر أيلول",
            "october oct octobre oktober okt octubre ottobre ott outubro أكتوبر",
            "november nov novembre noviembre novembro نوفمبر",
            "december dec décembre déc decembre dezember dez diciembre dicembre dezembro ديسمبر",
        ),
        1,
    )
    for name in names.split()
}
"""The names and abbreviations of CLDR in eight languages, except abbreviations that are words of another one: "ago", "dic", "gen", "lug", "mag", "out", "set"."""

DURATIONS = frozenset(
    "second seconds sec secs minute minutes min mins hour hours hr hrs h day days week weeks month months year years yr yrs decade decades century "
    "centuries night nights fortnight "
    "seconde secondes heure heures jour jours semaine semaines mois an ans année années siècle siècles nuits décennies "
    "sekunde sekunden minuten stunde stunden std tag tage tagen woche wochen monat monate monaten jahr jahre jahren jahrzehnte jahrhunderte nächte "
    "segundos minuto minutos hora horas día días semana semanas mes meses año años siglos noches "
    "secondi minuti ora ore giorno giorni settimana settimane mese mesi anno anni secoli notti "
    "dia dias mês ano anos séculos noites "
    "seconden uur uren dag dagen weken maand maanden jaar jaren eeuwen nachten "
    "ثانية ثوان دقيقة دقائق ساعة ساعات يوم يوما أيام أسبوع أسبوعا أسابيع شهر شهرا أشهر شهور سنة سنوات عام عاما أعوام عقود قرون ليلة ليال".split()
)
AUDIENCE = frozenset(
    "view views pageviews like likes share shares follower followers comment comments reply replies retweet retweets repost reposts reaction reactions "
    "click clicks impression impressions download-count upvote upvotes downvotes reads "
    "vues partages abonnés commentaires réactions aufrufe aufrufen ansichten likes follower kommentare abonnenten "
    "visualizaciones vistas compartidos seguidores comentarios visualizzazioni condivisioni commenti visualizações curtidas compartilhamentos comentários "
    "seitenaufrufe zugriffe klicks gefällt gefällt-mir-angaben gostos partilhas weergaven paginaweergaven volgers reacties vind-ik-leuks مشاهدة مشاهدات إعجابا إعجاب متابع متابعا تعليقا تعليقات".split()
)
"""Units of the page's own audience. They are typed as volatile, because they count the page, not the world."""
VISITORS = frozenset(
    "visit visits visitor visitors reader readers user users guest guests viewer viewers people person online subscriber subscribers member members agent agents "
    "visiteur visiteurs visites lecteurs utilisateurs internautes abonnés besucher besuche leser nutzer benutzer gäste personen "
    "visitantes visitas lectores usuarios personas visitatori visite lettori utenti persone leitores usuários utilizadores pessoas "
    "bezoekers bezoeken lezers gebruikers leden زائر زائرا زوار مستخدم مستخدما".split()
)
"""Units that count the page's own audience if the text says "online", or if the block contains nothing else ("1,204 visitors")."""
COUNTERS = frozenset(
    "visit visits visitor visitors reader readers visiteurs visites besucher besuche visitantes visitas visitatori visite bezoekers bezoeken زائر زوار".split()
)
"""The words of VISITORS that may be the only content of a block."""
NOW = frozenset(
    "online browsing viewing watching connected en-ligne ligne connectés línea conectados linea connessi linha conectados متصل الآن متصلون".split()
)
"""Words that make visitors current ones."""
MOMENT = frozenset(
    "gerade jetzt derzeit aktuell currently now in en actuellement ahora ora adesso agora nu momenteel".split()
)
"""Words that accompany those of NOW in a label: "gerade online", "en ligne"."""
TODAY = frozenset("today heute aujourd'hui hoy oggi hoje vandaag اليوم".split())
DOWNLOADS = frozenset("download downloads téléchargements descargas scaricamenti تنزيلات".split())
"""Units that, like COUNTERS, count the page's own audience if a word of TODAY accompanies them."""
LIKED = frozenset("gefällt gusta piace".split())
"""Verbs that mark people who like the page: "12 Personen gefällt das"."""
TIMES = frozenset("time times fois mal veces volte vezes keer مرة مرات".split())
SHOWN = frozenset(
    "shared viewed read watched liked clicked seen geteilt gelesen angesehen aufgerufen partagé partagée lu lue vu vue consulté consultée compartido "
    "compartida visto vista leído leída condiviso condivisa letto letta compartilhado compartilhada lido lida gedeeld bekeken gelezen شوهد قرئ".split()
)
"""Verbs for what was done with a page a number of TIMES."""

AGO_BEHIND = frozenset("ago since fa geleden atrás her".split())
AGO_BEFORE = frozenset({"vor", "hace", "há", "قبل", "منذ"})

REFERENCES = frozenset(
    "section sections sec sec. article articles art art. chapter chapters ch. clause paragraph paragraphs para para. page pages p. pp. figure fig fig. table "
    "appendix annex part step item rule resolution resolutions unscr no no. nos. nr nr. nº n° n.º n. № number volume vol vol. issue version versions v v. "
    "release room suite floor level route line flight channel box tel tel. tel: telephone phone fax mobile ext ext. postcode zip id ref ref. case "
    "iso junction junctions afrit afritten ausfahrt résolution resolución risoluzione resolução القاعة قاعة "
    "warehouse hall gate platform track building unit lot apartment apt apt. "
    "§ §§ # python windows php ios android covid- vat isbn issn doi "
    "chapitre paragraphe alinéa annexe numéro num. salle quai entrepôt voie bureau étape "
    "puesto rang rank ranked posición teil typ folge staffel platz heft ausgabe anno issn "
    "postfach postbus correos postale postal بريد abb. tab. kap. anm. "
    "abschnitt artikel kapitel absatz abs. ziffer seite seiten s. nummer halle gleis saal raum zimmer tor stufe anlage bestellung "
    "artículo artículos apartado capítulo sección página páginas núm. número sala andén puerta pedido almacén "
    "articolo articoli paragrafo capitolo sezione pagina pagine numero num. sala binario aula ordine "
    "artigo artigos secção seção alínea parágrafo nr "
    "artikelen paragraaf hoofdstuk bladzijde blz. pagina zaal spoor kamer versie versión versione versão "
    "المادة مادة الصفحة صفحة رقم الرقم القرار الفصل البند القسم الإصدار".split()
)
"""Words after which a number names something rather than counts it."""
NAMED = frozenset(
    "week day episode phase zone district grade type season round game stage tier class group act scene book lesson session row seat terminal exit "
    "highway interstate apollo module question option goal target sdg priority pillar category area block big track order hall".split()
)
"""Words that are references only if capitalised: "Week 13"."""
SMALL_REFERENCES = NAMED | {"no", "part", "case", "item", "unit", "lot", "s.", "bureau", "numero", "número"}
"""References that have another meaning in lower case: "no 5 members"."""

STREETS = ("straße", "strasse", "str.", "weg", "platz", "gasse", "allee", "straat", "laan", "plein", "gracht", "kade")
"""Endings of words that a house number follows."""
STREET_WORDS = frozenset(
    "via viale piazza piazzale corso calle c/ avenida avda. av. plaza paseo carrer rua largo travessa praça".split()
)
"""Words at the beginning of a street name that precedes its house number."""
STREET_NAMES = frozenset(
    "street st road rd avenue ave lane ln drive square sq boulevard blvd rue quai chaussée".split()
)
"""Words that mark a street name after its house number."""

PHONES = frozenset(
    "call tel tel. phone telephone fax hotline dial whatsapp ring sms appelez téléphone tél tél. rufen telefon anruf llame llama teléfono chiamare "
    "chiama chiamate telefono verde ligue telefone bel bellen telefoon اتصل هاتف الهاتف".split()
)
"""Words after which grouped digits are a telephone number."""
SCORES = frozenset(
    "beat beats won win wins lost lose draw drew defeat defeated victory gewann gewannen gewonnen verlor siegte schlug gagné gagne battu bat perdu victoire "
    "ganó venció perdió empató vinto vince battuto perso venceu ganhou perdeu empatou wonnen won verloor versloeg فاز هزم خسر تعادل".split()
)
"""Words after which "1-3" is the score of a game."""

STOPS = frozenset(
    "is are was were be been being am has have had do does did will would can could shall should may might must "
    "of in on at to from by with for as into onto over under between among against about after before since until till during through across "
    "and or but nor so yet that which who whom whose when where while whereas if than then because though although "
    "them us the a an this these those its it their they he she we you i his her our your my "
    "not also only just last now currently today already still ever once both either each all "
    "join joins joined met meet meets agreed agree committed united said says including include includes participated attended worldwide "
    "signed took sat sail work live lives pass passed go hold holds held fit fits ran run came come arrive pay lost remain remains reply replied left "
    "ou de la le les des du et à au aux en dans pour par sur avec qui que sont est ont a "
    "ein eine einen einem einer eines er sie es wir ich auch als so wie sich nicht weit der die das den dem des und oder in im am an auf aus bei mit nach von vor zu für sind ist haben hat "
    "el los las del y o en con por para que son es han "
    "il lo gli della dei delle e ed nel con per che sono è hanno "
    "من في على إلى عن هناك هذا هذه التي الذي قبل أمام كل منذ خلال مع أو ثم إن أن كان "
    "में से को का की के है हैं था थी थे और ने पर در از به با را که است هستند و".split()
)
"""Words that end a unit's noun phrase."""

PARTICLES = frozenset("of de di der des von van del dei degli delle della dello dos das do da من".split())
"""Words between a percentage or a million and its noun."""
ARTICLES = frozenset("the all los las la le les de het our its their os as gli i il lo an a der den".split())

PART_BEFORE = frozenset("first last next other another additional further extra new remaining founding those".split())
"""Words before a number that make it a part of the whole."""

OF_NOW = frozenset(
    "today now currently nowadays heute aktuell derzeit inzwischen mittlerweile momentan aujourd'hui désormais actuellement hoy actualmente ahora oggi attualmente ormai "
    "hoje atualmente agora vandaag momenteel inmiddels nu اليوم حاليا حالياً الآن".split()
)
"""Words that state that something is current, not past."""

NOT_ALL = frozenset(
    "new more other additional further fewer remaining former founding non-state non-member own different various original initial "
    "annual largest biggest smallest oldest newest".split()
)
"""Words between a number and its noun that make it count less than the whole, or something else."""
