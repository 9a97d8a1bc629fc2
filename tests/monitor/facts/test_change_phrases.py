"""What was, what is, and by how much it changed: only what is states a fact."""

from __future__ import annotations

import pytest

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import FactDefinition, FactKind, MentionType
from tests.support.heart import content

MEMBERS = FactDefinition(
    "members",
    FactKind.COUNT_OF,
    ("members", "mitglieder", "mitgliedern", "membres", "miembros", "membri", "membros", "leden", "عضواً"),
)


def reading(text: str, language: str = "en"):
    blocks = content(text)
    return read(MEMBERS, blocks, read_blocks(blocks, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The number of members grew from 82 to 85."),
        ("en", "The number of members has grown to about 85."),
        ("en", "The pact grew from 13 members in 2014 to 85 in 2022."),
        ("en", "The pact grew from 82 members to 85 members."),
        ("en", "The pact grew by 3 members to 85."),
        ("en", "The pact has 85 members, compared with 82 members a year ago."),
        ("en", "In 2014 there were 13 members; today there are 85 members."),
        ("de", "Die Zahl der Mitglieder stieg von 82 auf 85."),
        ("de", "Die Zahl der Mitglieder stieg um 3 auf 85."),
        ("de", "Der Pakt hat 85 Mitglieder gegenüber 82 Mitgliedern im Vorjahr."),
        ("de", "Zur Gründung waren es 13 Mitglieder, heute sind es 85 Mitglieder."),
        ("fr", "Le nombre de membres est passé de 82 à 85."),
        ("fr", "Le nombre de membres est de 85."),
        ("fr", "Le pacte compte 85 membres, contre 82 membres en 2020."),
        ("es", "El número de miembros pasó de 82 a 85."),
        ("es", "El número de miembros aumentó en 3 hasta 85."),
        ("es", "Los miembros son 85."),
        ("es", "La red ha crecido y reúne a más de 85 miembros."),
        ("es", "El consejo, bajo la presidencia de Ana, consta de 85 miembros."),
        ("fr", "Le pacte a passé un accord et compte plus de 85 membres."),
        ("de", "Bisher 85 Mitglieder haben unterschrieben."),
        ("en", "The fund was set up by 85 members."),
        ("it", "Il numero di membri è di 85."),
        ("it", "I membri sono 85, di cui 12 donne."),
        ("it", "I membri sono passati da 82 membri a 85 membri."),
        ("pt", "O número de membros subiu de 82 para 85."),
        ("nl", "Het aantal leden steeg van 82 naar 85."),
        ("nl", "Het verbond groeide van 82 tot 85 leden."),
        ("ar", "ارتفع عدد الأعضاء من 82 إلى 85 عضواً."),
    ],
)
def test_current_values_state_the_fact_and_old_values_do_not(language, text):
    read_as = reading(text, language)
    assert read_as.value == 85
    assert all(mention.value == 13 for mention in read_as.contradicts)


def test_a_value_stated_as_current_is_chosen_and_the_reason_says_so():
    said = reading("In 2014 there were 13 members and now there are 85 members.")
    assert (said.value, said.why) == (85, "stated in 1 of 2 places, said of now")


def test_a_share_and_its_result_are_no_range():
    found = read_blocks(content("The wage will rise by 6.7% to £12.21 an hour."), "en")
    assert [(each.type.value, each.value, each.upper) for each in found] == [
        ("percent", 6.7, None),
        ("money", 12.21, None),
    ]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("fr", "Le site liste 450 espèces.", 450),
        ("pt", "O site lista 450 espécies.", 450),
        ("es", "Hay en línea 300 cursos.", 300),
        ("de", "Gruppe B 27 Punkte", 27),
    ],
)
def test_a_number_after_a_word_that_resembles_a_reference_is_a_count(language, text, value):
    (mention,) = read_blocks(content(text), language)
    assert (mention.type, mention.value) == (MentionType.COUNT, value)


def test_a_range_is_still_a_range():
    (mention,) = read_blocks(content("A board has from 3 to 5 members."), "en")
    assert (mention.value, mention.upper) == (3, 5)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("de", "Der Anteil sank von 14,2 auf 13,8 Prozent.", [("percent", 14.2), ("percent", 13.8)]),
        ("en", "Sales fell from 1.4 to 1.2 million tons.", [("count", 1_400_000), ("count", 1_200_000)]),
    ],
)
def test_the_first_number_of_a_change_takes_the_magnitude_of_the_second(language, text, found):
    assert [(each.type.value, each.value) for each in read_blocks(content(text), language)] == found


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("maisons de santé", "La France compte 2 501 maisons de santé."),
        ("members of parliament", "The house has 121 members of parliament."),
        ("chambres d'hôtes", "Le village a 12 chambres d'hôtes."),
    ],
)
def test_a_fact_may_be_a_phrase_longer_than_a_unit(term, text):
    blocks = content(text)
    fact = FactDefinition("counted", FactKind.COUNT_OF, (term,))
    language = "fr" if "'" in term or "santé" in term else "en"
    assert read(fact, blocks, read_blocks(blocks, language)).value in (2501, 121, 12)
    assert read(fact, content("La France compte 9 maisons closes."), ()).value is None


@pytest.mark.parametrize(
    ("language", "text", "kind", "value"),
    [
        ("en", "Some 1.8m people fled.", MentionType.COUNT, 1_800_000),
        ("en", "The wall is 1.8m tall.", MentionType.COUNT, 1.8),
        ("en", "One and a half million people fled.", MentionType.COUNT, 1_500_000),
        ("en", "Of 4,000 sites, 2023 of them are at risk.", MentionType.COUNT, 2023),
        ("de", "Anderthalb Millionen Menschen flohen.", MentionType.COUNT, 1_500_000),
        ("fr", "Un million et demi de personnes ont fui.", MentionType.COUNT, 1_500_000),
        ("es", "Un millón y medio de personas huyeron.", MentionType.COUNT, 1_500_000),
        ("es", "Medio centenar de vecinos huyeron.", MentionType.COUNT, 50),
        ("it", "Due milioni e mezzo di persone.", MentionType.COUNT, 2_500_000),
        ("it", "Un centinaio di studenti.", MentionType.COUNT, 100),
        ("pt", "Um milhão e meio de pessoas fugiram.", MentionType.COUNT, 1_500_000),
        ("nl", "Anderhalf miljoen mensen keken.", MentionType.COUNT, 1_500_000),
        ("nl", "Het duurt anderhalf jaar.", MentionType.DURATION, 1.5),
        ("pl", "Budżet wynosi 1,8 mld zł.", MentionType.MONEY, 1_800_000_000),
        ("cs", "Žije tu 1,3 milionu obyvatel.", MentionType.COUNT, 1_300_000),
        ("fa", "حدود ۷۸ درصد داوطلب هستند.", MentionType.PERCENT, 78),
        ("hi", "गठबंधन २०१२ में बना।", MentionType.YEAR, 2012),
        ("ja", "協会は2010年に設立されました。", MentionType.YEAR, 2010),
        ("ru", "Основан в 2009 году.", MentionType.YEAR, 2009),
        ("pl", "W 2009 roku było inaczej.", MentionType.YEAR, 2009),
        ("ja", "全国の1,234団体が加盟しています。", MentionType.COUNT, 1234),
    ],
)
def test_magnitudes_halves_and_years_in_other_languages(language, text, kind, value):
    found = read_blocks(content(text), language)
    assert (kind, value) in [(each.type, each.value) for each in found]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The survey ran between 3 and 9 May 2025."),
        ("en", "The road is closed between junctions 12 and 14."),
        ("en", "We are certified by ISO 9001."),
        ("de", "Die B 27 ist gesperrt."),
        ("en", "Tel. ext. 117"),
        ("en", "Call 112 in an emergency."),
        ("en", "Edinburgh EH2 3AH"),
        ("en", "The panel met on 14, 15 and 16 June."),
        ("de", "Geöffnet 8–18 Uhr"),
        ("es", "Km 42 de la carretera"),
        ("de", "Fax 030 / 18 17-34 02"),
        ("it", "Tel. 06 6706 1"),
        ("fr", "La résolution 2254 demeure."),
        ("nl", "De weg is dicht tussen afrit 7 en 9."),
        ("ar", "تعقد الجلسة في القاعة 4."),
    ],
)
def test_days_roads_and_telephones_count_nothing(language, text):
    counting = {MentionType.COUNT, MentionType.MONEY, MentionType.PERCENT}
    assert not [each for each in read_blocks(content(text), language) if each.type in counting]
