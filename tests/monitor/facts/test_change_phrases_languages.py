"""Steps from one value to another in eight languages: what a number was before contradicts nothing, and a noun said once is what both ends count."""

from __future__ import annotations

import pytest

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import FactDefinition, FactKind
from tests.support.heart import content, mentions

MEMBERS = {
    "en": ("members", "membership"),
    "de": ("mitglieder",),
    "fr": ("membres",),
    "es": ("miembros",),
    "it": ("membri",),
    "pt": ("membros",),
    "nl": ("leden",),
    "ar": ("عضوا", "الأعضاء"),
}


def count(text: str, language: str = "en"):
    blocks = content(text)
    return read(FactDefinition("count", FactKind.COUNT_OF, MEMBERS[language]), blocks, read_blocks(blocks, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The number of members rose from 85 to 87."),
        ("en", "The number of members has grown from eighty-five to eighty-seven."),
        ("en", "Membership rose from 85 to nearly 87."),
        ("en", "It grew from 85 members to 87 last spring."),
        ("en", "The number of members fell by 12 to 87."),
        ("en", "The fund grew 12% to 87 members."),
        ("en", "It has 87 members, up from 13 members in 2014."),
        ("en", "It has 87 members, compared with 85 members a year ago."),
        ("en", "It has 87 members (previously 85 members)."),
        ("de", "Die Zahl der Mitglieder stieg von 85 auf 87."),
        ("de", "Mit 87 Mitgliedern, gegenüber 85 Mitgliedern im Vorjahr, ist er der größte."),
        ("fr", "Le nombre de membres est passé de 85 à 87."),
        ("fr", "L'union compte 87 membres, contre 85 membres en 2021."),
        ("es", "El número de miembros pasó de 85 a 87."),
        ("it", "I membri sono passati da 85 a 87."),
        ("pt", "O número de membros passou de 85 para 87."),
        ("nl", "Het aantal leden steeg van 85 naar 87."),
        ("ar", "ارتفع عدد الأعضاء من ٨٥ إلى ٨٧ عضوا."),
    ],
)
def test_the_end_value_of_a_change_is_the_value_and_the_old_one_is_no_contradiction(language: str, text: str):
    found = count(text, language)

    assert (found.value, found.contradicts) == (87, ())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Increasing support by 87 members is welcome."),
        ("en", "Rising costs are carried by the 87 members."),
        ("de", "Die steigenden Kosten werden von 87 Mitgliedern getragen."),
        ("fr", "Elle est composée de 87 membres, et la lutte contre la faim en réunit plus."),
        ("es", "El apoyo creciente de 87 miembros es clave."),
        ("it", "Il sostegno crescente di 87 membri conta."),
        ("pt", "O apoio crescente de 87 membros conta."),
        ("nl", "De groeiende steun van 87 leden telt."),
    ],
)
def test_the_subject_of_a_change_may_be_something_else(language: str, text: str):
    assert count(text, language).value == 87


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Funds were raised by 87 members.", 87),
        ("Funds were raised from 87 members.", 87),
        ("It draws on staff from 87 members.", 87),
        ("The vote against 87 members failed.", 87),
        ("It has grown to 87 members.", 87),
        ("It has grown fast and is now backed by 87 members.", 87),
        ("It has grown thanks to help from 87 members.", 87),
        ("It grew over the years from 85 members in Europe to 87 members.", 87),
        ("It grew by 2 members.", None),
    ],
)
def test_change_verbs_in_other_sentences_have_no_effect(text: str, value: int | None):
    assert count(text).value == value


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "Exports rose 7.5% to $32 billion.", [7.5, 32 * 10**9]),
        ("it", "Le vendite sono aumentate del 7,5% a 32 miliardi di euro.", [7.5, 32 * 10**9]),
        ("nl", "De omzet steeg met 7,5% tot 32 miljard euro.", [7.5, 32 * 10**9]),
        ("ar", "ارتفعت الصادرات بنسبة ٧٫٥٪ إلى ٣٢ مليار دولار.", [7.5, 32 * 10**9]),
        ("en", "It rose by 12 to 98.", [12, 98]),
    ],
)
def test_a_percentage_and_an_amount_are_no_range(language: str, text: str, values: list[float]):
    found = mentions(text, language)

    assert [(mention.value, mention.upper) for mention in found] == [(value, None) for value in values]


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("en", "Prices rose by 5 to 10 percent.", (5, 10)),
        ("en", "It takes from 4 to 6 guests.", (4, 6)),
        ("de", "Die Preise stiegen um 2 bis 3 Prozent.", (2, 3)),
        ("ar", "يستقبل البيت من 4 إلى 6 ضيوف.", (4, 6)),
    ],
)
def test_a_range_stays_one(language: str, text: str, ends: tuple[int, int]):
    (found,) = mentions(text, language)

    assert (found.value, found.upper) == ends


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The share of territory fell from 40% to 25%.", 25),
        ("The share of the territory in need fell from 40 to 25 percent.", 25),
        ("25% of the territory, compared with 40% a decade ago, is free.", 25),
        ("The territory grew by 25% last year.", 25),
    ],
)
def test_an_old_percentage_is_no_contradiction(text: str, value: int):
    blocks = content(text)

    found = read(FactDefinition("share", FactKind.PERCENT_OF, ("territory",)), blocks, read_blocks(blocks, "en"))

    assert (found.value, found.contradicts) == (value, ())


@pytest.mark.parametrize(
    "text",
    [
        "The fund rose from $5 million to $8 million.",
        "The fund increased by $2 million to $8 million.",
        "The fund now holds $8 million, up from $5 million in 2019.",
        "A fund of $8 million was raised from 87 donors.",
    ],
)
def test_an_old_amount_is_no_contradiction(text: str):
    blocks = content(text)

    found = read(FactDefinition("fund", FactKind.MONEY_OF, ("fund",)), blocks, read_blocks(blocks, "en"))

    assert (found.value, found.contradicts) == (8_000_000, ())


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Members (87)", "members"),
        ("Total members 87", "total members"),
        ("Our members (1,234)", "members"),
        ("Members of the Union (87)", "members"),
    ],
)
def test_a_number_at_the_end_of_a_heading_counts_what_it_names(text: str, unit: str):
    (found,) = mentions(text)

    assert (found.type, found.unit) == ("count", unit)


@pytest.mark.parametrize(
    ("text", "kind"), [("Elections (2024)", "year"), ("Phase 2", "identifier"), ("Comments (12)", "volatile")]
)
def test_other_numbers_at_the_end_of_a_heading_are_no_counts(text: str, kind: str):
    (found,) = mentions(text)

    assert found.type == kind
