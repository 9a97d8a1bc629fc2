"""Where sentences begin and end."""

from __future__ import annotations

import pytest

from monitor.sentences import spans


@pytest.mark.parametrize(
    "parts",
    [
        ["It has 87 members.", "They meet in May."],
        ["Has it 87 members?", "Yes!", "87 of them."],
        ["Mr. Oak and Dr. Elm met on Jan. 3 in St. Ives.", "Nobody else came."],
        ["It grew by 1.5 percent.", "It cost $2.5 million."],
        ["See No. 12 and Art. 5 (e.g. the U.S. text).", "It is long."],
        ["“We are 87.”", "She left."],
        ["Er kam am 10. September 2014 an.", "Heute sind es 87."],
        ["これは文です。", "次の文です。"],
        ["انضم ٨٧ عضوا؟", "نعم."],
        ["No end mark at all"],
        ["It ended…", "Then it began."],
        ["visit www.pact.example for more"],
        ["Das 5. Treffen war im 3. Stock.", "Es kamen 87."],
        ["Your order no. 48213 is here.", "Il suo ordine n. 7 parte oggi."],
        ["Die Busse von Fr. 1'250 wurde bezahlt.", "So geht es."],
        ["It grew to 87.", "The 5 of us left."],
        ["The list (see below) has 87. names in it"],
    ],
)
def test_a_text_falls_into_its_sentences(parts):
    joint = "" if parts[0].startswith("これ") else " "
    text = joint.join(parts)
    assert [text[start:end] for start, end in spans(text)] == parts


def test_an_empty_text_has_no_sentence():
    assert spans("") == []
