"""Texts that are equal to a reader make no change: normal forms, quotation marks, protected addresses, placeholders, breadcrumbs, renumbered clauses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff import equal_texts
from monitor.diff.compare import compare
from monitor.model import Block, BlockKind, EventKind
from tests.support.heart import version
from tests.support.pace import cheapest

NUMBER, TEXT = EventKind.NUMBER_CHANGED, EventKind.TEXT_CHANGED


def page(*texts):
    blocks = (Block(BlockKind.HEADING, "Boats", "test"), *(Block(BlockKind.CONTENT, text, "test") for text in texts))
    return version(*blocks, facts=())


def told(old, new):
    return [(change.kind, change.sentence_after) for change in compare(page(*old), page(*new))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The office of {} floors", "The oﬃce of {} ﬂoors"),
        ("The café élu has {} boats.", "The cafe\u0301 e\u0301lu has {} boats."),
        ("Der Förderverein zählt {} Boote.", "Der Fo\u0308rderverein za\u0308hlt {} Boote."),
        ("It's the board's 'rule' for {} boats.", "It’s the board’s ‘rule’ for {} boats."),
        ('Die "Regel" für {} Boote gilt.', "Die „Regel“ für {} Boote gilt."),
        ("L'accord compte {} bateaux...", "L’accord compte {} bateaux…"),
        ("The well-known fleet - of {} boats - sails.", "The well‑known fleet – of {} boats – sails."),
        ("ハーバーには{}隻の船があります。", unicodedata.normalize("NFD", "ハーバーには{}隻の船があります。")),
    ],
)
def test_another_normal_form_or_typography_is_no_change(before, after):
    assert told([before.format(12)], [after.format(12)]) == []
    assert told([after.format(12)], [before.format(12)]) == []
    assert [kind for kind, _ in told([before.format(12)], [after.format(13)])] == [NUMBER]


@given(st.text(alphabet="aeou\u0301\u0308 .,'’“”", min_size=1, max_size=40))
def test_any_text_equals_its_normal_forms(text):
    text = f"x{text}x"
    for form in ("NFC", "NFD"):
        assert compare(page(text), page(unicodedata.normalize(form, text))) == ()


@pytest.mark.parametrize("placeholder", ["[email protected]", "[email\u00a0protected]"])
def test_a_protected_address_equals_the_address(placeholder):
    hidden, shown = f"Write to {placeholder} for a berth.", "Write to clerk@harbour.example for a berth."
    assert told([hidden], [shown]) == []
    assert told([shown], [hidden]) == []
    other = "Write to office@harbour.example for a berth."
    assert told([hidden, shown], [hidden, other]) == [(TEXT, other)]


@pytest.mark.parametrize(
    "text", ["Loading…", "Please wait...", "Wird geladen …", "Chargement en cours…", "Cargando...", "読み込み中…"]
)
def test_a_placeholder_that_comes_or_goes_is_no_change(text):
    assert told(["It has 12 boats.", text], ["It has 12 boats."]) == []
    assert told(["It has 12 boats."], ["It has 12 boats.", text]) == []
    assert told([text], ["It has 12 boats."]) == [(TEXT, "It has 12 boats.")]


def test_a_sentence_about_loading_is_reported():
    assert told(["It has 12 boats."], ["It has 12 boats.", "Loading is done at the quay."]) == [
        (TEXT, "Loading is done at the quay.")
    ]


@pytest.mark.parametrize(
    "chain", ["Home › Harbour › Boats", "Start » Hafen » Boats", "Accueil > Port > Boats", "Home / Harbour / Boats"]
)
def test_a_breadcrumb_shown_or_hidden_is_no_change(chain):
    assert told([chain, "It has 12 boats."], ["It has 12 boats."]) == []
    assert told(["It has 12 boats."], [chain, "It has 12 boats."]) == []
    moved = chain.replace("Harbour", "Quay").replace("Hafen", "Kai").replace("Port", "Quai")
    assert told([chain, "It has 12 boats."], [moved, "It has 12 boats."]) == [(TEXT, moved)]


def test_a_chain_that_is_no_breadcrumb_is_reported():
    assert told(["It sails."], ["It sails.", "Tern › Ashby › Corrie"]) == [(TEXT, "Tern › Ashby › Corrie")]


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("7.{} ", (1, 2, 3, 4)),
        ("({}) ", (1, 2, 3, 4)),
        ("{}. ", (7, 8, 9, 10)),
        ("§ {}. ", (7, 8, 9, 10)),
        ("{}) ", ("a", "b", "c", "d")),
    ],
)
def test_a_renumbered_clause_is_no_change(form, numbers):
    clauses = ["The tenant pays the rent.", "The tenant keeps the boat clean.", "The board may inspect it."]
    more = [clauses[0], "The tenant insures the boat.", *clauses[1:]]
    old = [form.format(number) + text for number, text in zip(numbers[:3], clauses, strict=True)]
    new = [form.format(number) + text for number, text in zip(numbers, more, strict=True)]
    ((kind, added),) = told(old, new)
    assert kind is TEXT
    assert "insures" in added
    assert len(added.split()) <= 7
    (removed,) = compare(page(*new), page(*old))
    assert removed.kind is TEXT
    assert removed.sentence_after is None


@pytest.mark.parametrize("form", ["{}) {}", "{}. {}", "({}) {}", "4.{} {}", "§ {}. {}"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Alder Birch Cedar", "Birch Alder Cedar"),
        ("Erle Birke Zeder", "Erle Zeder Birke"),
        ("東京 大阪 京都", "京都 東京 大阪"),
        ("ольха береза кедр сосна", "сосна ольха береза кедр"),
    ],
)
def test_ranks_that_change_places_are_a_change(form, before, after):
    old, new = ([form.format(n, name) for n, name in enumerate(names.split(), 1)] for names in (before, after))
    found = told(old, new)
    assert found
    assert {kind for kind, _ in found} == {TEXT}
    moved = [name for name, other in zip(before.split(), after.split(), strict=True) if name != other]
    assert all(any(name in (text or "") for _, text in found) for name in moved)


def test_ranks_behind_an_insertion_or_a_removal_keep_their_order():
    names = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"]
    old = [f"{n}) {name}" for n, name in enumerate(names, 1)]
    new = [f"{n}) {name}" for n, name in enumerate(names[:1] + names[2:], 1)]
    assert [change.sentence_before for change in compare(page(*old), page(*new))] == ["2) Birch"]
    assert [change.sentence_after for change in compare(page(*new), page(*old))] == ["2) Birch"]


@given(
    st.lists(st.integers(1, 30), unique=True, max_size=8).flatmap(
        lambda ns: st.tuples(st.just(ns), st.permutations(ns))
    )
)
def test_a_clause_is_inverted_if_another_one_overtook_it(sides):
    clauses = [(f"{old}) a", f"{new}) a") for old, new in zip(*sides, strict=True)]
    pairs = list(zip(*sides, strict=True))
    expected = [any((a - old) * (b - new) < 0 for a, b in pairs) for old, new in pairs]
    assert equal_texts.inverted(clauses) == expected


def test_a_renumbered_clause_that_is_also_reworded_is_text_only():
    old = ["7.1 The tenant pays the rent.", "7.2 The tenant keeps the boat clean."]
    new = ["7.1 The tenant pays the rent.", "7.2 The tenant insures it.", "7.3 The tenant keeps the boat very clean."]
    assert {kind for kind, _ in told(old, new)} == {TEXT}


def test_a_number_that_no_clause_explains_is_reported():
    assert told(["12.3 applies to tenants."], ["11.3 applies to tenants."]) != []
    assert told(["87. So many boats it has."], ["88. So many boats it has."]) != []
    assert [kind for kind, _ in told(["12 boats sail.", "13 ships sail."], ["13 boats sail.", "13 ships sail."])] == [
        NUMBER
    ]


@pytest.mark.parametrize(
    ("before", "after", "others"),
    [
        ("1.5 million boats", "1.7 million boats", ["1.7 million nets"]),
        ("1.5 million boats", "1.6 million boats", ["1.6 million nets", "1.7 million oars"]),
        ("3.5 tonnes of paper", "2.1 tonnes of paper", ["2.1 tonnes of glass"]),
        ("1.234 boats", "1.250 boats", ["1.250 nets"]),
        ("(11) boats lost", "(12) boats lost", ["(12) boats saved"]),
    ],
)
def test_a_number_that_equals_that_of_another_text_is_no_clause(before, after, others):
    assert [kind for kind, _ in told([before, *others], [after, *others])] == [NUMBER]
    assert [kind for kind, _ in told([after, *others], [before, *others])] == [NUMBER]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "Inspectors found 12,805 sound and 2,141 leaking pipes.",
            "Inspectors found 2,350 leaking pipes.",
            (2141, 2350),
        ),
        ("Es gibt 41 offene und 17 geschlossene Brücken.", "Es gibt jetzt 19 geschlossene Brücken.", (17, 19)),
        ("On compte 41 ponts ouverts et 17 fermés.", "On compte 19 fermés.", (17, 19)),
        ("En la isla hay 41 puentes abiertos y 17 cerrados.", "En la isla hay 19 cerrados ahora.", (17, 19)),
    ],
)
def test_numbers_of_reworded_sentences_are_paired_by_the_words_around_them(before, after, expected):
    found = [(c.before, c.after) for c in compare(page(before), page(after)) if c.kind is NUMBER]
    assert found == [expected]


def test_very_many_clauses_and_breadcrumbs_are_compared_in_time_that_grows_with_their_number():
    def cost(count: int) -> float:
        clauses = [f"{n}. Clause {n} says so." for n in range(1, count)]
        chains = [f"Home › Part {n} › Boats" for n in range(count)]
        old, new = (
            page(*clauses),
            page("1. It is new.", *(f"{n + 1}. Clause {n} says so." for n in range(1, count)), *chains),
        )
        return cheapest(lambda: compare(old, new))

    assert cost(800) < 10 * cost(200)


def test_the_identifier_of_a_response_is_no_change_and_a_checksum_is():
    assert (
        told(["It is open.", "Request ID: 4f2d8a10-9bc3-4e1f"], ["It is open.", "Request ID: 91bc22d0-7aa1-4c0f"]) == []
    )
    assert told(["It is open.", "Session ID: 8f3a2bc91d0e"], ["It is open."]) == []
    assert told(["SHA-256: 8f3a2bc91d0e"], ["SHA-256: 0b77aa12cd3f"]) != []
    assert told(["Species ID: 8f3a2bc91d0e"], ["Species ID: 0b77aa12cd3f"]) != []
