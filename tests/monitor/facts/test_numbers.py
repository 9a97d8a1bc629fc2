"""The number reader, wording by wording: type, value, and what is counted."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.heart import mentions

# A line each: language (where not English), text, then what stands in it: type value unit. "-" is no unit.
_WORDINGS = """
Founded in 2019, we are a coalition of 1,234 members | year 2019 -; count 1234 members
1.2 million people | count 1200000 people
12-15 members | count 12..15 members
We have 1,234 members. | count 1234 members
We have 1 234 members. | count 1234 members
We have 1\u00a0234 members. | count 1234 members
We have 1\u202f234 members. | count 1234 members
We have 1\u2009234 members. | count 1234 members
We have 1’234 members. | count 1234 members
We have 1'234 members. | count 1234 members
We have 1.234.567 members. | count 1234567 members
We have 11 000 000 members. | count 11000000 members
We have 12,34,567 members. | count 1234567 members
We have 1,23,45,678 voters. | count 12345678 voters
We have 1234 members. | count 1234 members
We weighed 1,234.5 tons. | count 1234.5 tons
We weighed 3.000 tons. | count 3 tons
@de Wir haben 1.234 Mitglieder. | count 1234 mitglieder
@de Wir haben 2019 Mitglieder. | count 2019 mitglieder
@de Das sind 1,5 Millionen Menschen. | count 1500000 menschen
@de Das sind 8 Mio. Menschen. | count 8000000 menschen
@de Es kostet 3,2 Mrd. Euro. | money 3200000000 EUR
@de Es sind 98,5 Prozent. | percent 98.5 -
@fr Elle compte 84 partenaires. | count 84 partenaires
@fr Elle compte 11 millions de personnes. | count 11000000 personnes
@fr Elle compte 1 234,5 tonnes. | count 1234.5 tonnes
@fr Soit 12 pour cent. | percent 12 -
@es Son 1,2 millones de personas. | count 1200000 personas
@es Son 1.234 miembros. | count 1234 miembros
@it Sono 2,5 miliardi di euro. | money 2500000000 EUR
@ar لدينا ٨٧ عضوا | count 87 عضوا
@ar لدينا ١٬٢٣٤ عضوا | count 1234 عضوا
@fa ما ۸۷ عضو | count 87 عضو
@hi हमारे ८७ सदस्य | count 87 सदस्य
Eighty-seven members | count 87 members
eighty seven members | count 87 members
SIXTY members | count 60 members
twelve members | count 12 members
zero members | count 0 members
one hundred and twenty-three members | count 123 members
two thousand four hundred members | count 2400 members
one million two hundred thousand people | count 1200000 people
nearly eight million people | count 8000000 people
a hundred members | count 100 members
a dozen members | count 12 members
two dozen members | count 24 members
half a million people | count 500000 people
5 hundred members | count 500 members
2 thousand members | count 2000 members
several hundred members |
dozens of members |
the 82nd member | ordinal 82 member
the eighty-second member | ordinal 82 member
the third member | ordinal 3 member
the 21st century | ordinal 21 century
the 101st meeting | ordinal 101 meeting
12–15 members | count 12..15 members
12 to 15 members | count 12..15 members
between 12 and 15 members | count 12..15 members
grew from 82 to 85 members | count 82 -; count 85 members
rose from $5 million to $8 million | money 5000000 USD; money 8000000 USD
$5-10 million | money 5000000..10000000 USD
10–15 % of it | percent 10..15 -
99 percent of the land | percent 99 land
99% of the land | percent 99 land
99 % of the land | percent 99 land
99 per cent of the land | percent 99 land
ten percent of the land | percent 10 land
0.5 percent of the land | percent 0.5 land
$81 million | money 81000000 USD
$81m | money 81000000 USD
US$ 5 million | money 5000000 USD
€1.2bn | money 1200000000 EUR
€250,000 | money 250000 EUR
£3.50 | money 3.5 GBP
22 billion dollars | money 22000000000 USD
twenty million dollars | money 20000000 USD
100 euros | money 100 EUR
1.234,56 € | money 1234.56 EUR
EUR 250,000 | money 250000 EUR
CHF 1'200 | money 1200 CHF
in 2019 $81 million | year 2019 -; money 81000000 USD
£1 for $1.30 | money 1 GBP; money 1.3 USD
2019 members | count 2019 members
in 2019 members met | year 2019 -
In 2019, members met. | year 2019 -
Since 2014 it has grown. | year 2014 -
the 2019 conference | year 2019 -
the 2019 members | count 2019 members
our 2019 report | year 2019 -
from 2014 to 2020 | year 2014..2020 -
the 1990s | year 1990 -
© 2020 The Pact | year 2020 -
© 2014-2020 | year 2014..2020 -
Copyright 2019 The Pact | year 2019 -
10 September 2014 | date 2014-09-10 -
10 Sept. 2014 | date 2014-09-10 -
10th of September 2014 | date 2014-09-10 -
September 10, 2014 | date 2014-09-10 -
Sept. 10th, 2014 | date 2014-09-10 -
2014-09-10 | date 2014-09-10 -
10/09/2014 | date 2014-09-10 -
10.09.2014 | date 2014-09-10 -
September 2014 | date 2014-09-01 -
@de 10. September 2014 | date 2014-09-10 -
@fr 10 septembre 2014 | date 2014-09-10 -
@es 10 de septiembre de 2014 | date 2014-09-10 -
on 3 May | date 503 -
On 2nd December | date 1202 -
the 28 may not agree | count 28 -
31 February 2014 | identifier 0 -
at 10:30 | time 0 -
at 10:30 pm | time 0 -
at 10 a.m. | time 0 -
at 14:00 GMT | time 0 -
call +1 202 555 0143 | identifier 0 -
call (202) 555-0143 | identifier 0 -
call 202-555-0143 | identifier 0 -
version 2.3.1 | identifier 0 -
see https://pact.example/2019/05 | identifier 0 -
write to room12@pact.example | identifier 0 -
#Pact2019 | identifier 0 -
@pact87 | identifier 0 -
COVID-19 | identifier 19 -
F-16 | identifier 16 -
G7 | identifier 7 -
3D | identifier 3 -
24/7 | identifier 0 -
9/11 | identifier 0 -
as said[41] | identifier 41 -
Section 3 | identifier 3 -
No. 12 | identifier 12 -
Article 51 | identifier 51 -
Resolution 2170 | identifier 2170 -
page 3 | identifier 3 -
B2B | identifier 2 -
2 days ago | volatile 2 days ago
10 years ago | volatile 10 years ago
vor 3 Tagen | volatile 3 tagen
1,204 views | volatile 1204 views
1.2K views | volatile 1200 views
3 comments | volatile 3 comments
15 likes | volatile 15 likes
5k followers | volatile 5000 followers
for 3 years | duration 3 years
a 3-year plan | duration 3 year plan
a two-day meeting | duration 2 day meeting
Members | 87 | count 87 members
Members: 87 | count 87 members
87 | members | count 87 members
Members: 87 | Partners: 24 | count 87 members; count 24 partners
Members | 87 | Partners | 24 | count 87 members; count 24 partners
The number of members has grown to 87. | count 87 members
bringing the total number of members to 87 | count 87 members
an 85-country meeting | count 85 country meeting
an 83-member alliance | count 83 member alliance
87Members | count 87 members
87 (eighty-seven) members | count 87 members; count 87 -
87 of them | count 87 -
87 PARTNERS UNITED IN KEEPING RUST AWAY | count 87 partners
13 of the 87 members | count 13 -; count 87 members
80+ members | count 80 members
110,000 square kilometres | count 110000 square kilometres
5 out of every hundred |  count 5 out
One day nobody came. | duration 1 day nobody
no number at all |
"""


def _cases() -> list:
    return list(_rows())


def _rows():
    for line in _WORDINGS.strip("\n").splitlines():
        text, _, answer = line.rpartition("|")
        language = "en"
        if text.startswith("@") and len(text.split(" ", 1)[0]) == 3:
            language, _, text = text[1:].partition(" ")
        found = [part.strip() for part in answer.split(";") if part.strip()]
        yield pytest.param(language, text.strip(), found, id=text.strip())


def _shown(mention):
    value = mention.value
    if mention.type == "date" and value > 10_000:
        value = date.fromordinal(value)
    upper = f"..{mention.upper}" if mention.upper is not None else ""
    return f"{mention.type} {value}{upper} {mention.unit or '-'}"


def test_there_are_enough_wordings():
    assert len(_cases()) >= 150


@pytest.mark.parametrize(("language", "text", "found"), _cases())
def test_a_wording_is_read_as_meant(language, text, found):
    assert [_shown(mention) for mention in mentions(text, language)] == found


@pytest.mark.parametrize(
    ("text", "hedge"),
    [
        ("about 80 members", "about"),
        ("at least 65 countries", "at least"),
        ("more than 1,000 raids", "more than"),
        ("over $5 million", "over"),
        ("Nearly 80 partners", "nearly"),
        ("up to 50 partners", "up to"),
        ("nearly eight million people", "nearly"),
        ("approximately 12 percent", "approximately"),
        ("80+ members", "+"),
        ("80 members", None),
        ("rund 80 Mitglieder", "rund"),
        ("environ 80 membres", "environ"),
    ],
)
def test_a_hedge_is_noted_and_changes_no_value(text, hedge):
    assert [mention.hedge for mention in mentions(text)] == [hedge]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("It cost $81 million in 2019.", ["$81 million", "2019"]),
        ("Some 99 per cent of 11 million people", ["99 per cent", "11 million"]),
        ("the 82nd of eighty-seven", ["82nd", "eighty-seven"]),
        ("22 billion dollars on 10 September 2014", ["22 billion dollars", "10 September 2014"]),
        ("80+ members", ["80+"]),
        ("12–15 members", ["12–15"]),
    ],
)
def test_a_quote_is_the_pages_own_characters(text, quotes):
    assert [mention.quote for mention in mentions(text)] == quotes
