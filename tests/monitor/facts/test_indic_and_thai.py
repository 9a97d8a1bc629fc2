"""Numbers in Hindi, Arabic and Thai words, with their conjunctions, fractions, calendars, and words that only look like numbers."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words.thai import numeral_at
from monitor.model import FactDefinition, FactKind, MentionType
from tests.monitor.facts.test_east_asian import stated
from tests.support.heart import content, mentions
from tests.support.pace import cheapest


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("hi", "सत्तासी लोग", 87),
        ("hi", "एक सौ पच्चीस करोड़ पैंतीस लाख अट्ठाइस हजार चार सौ तेरह लोग", 1_253_528_413),
        ("hi", "डेढ़ सौ पेड़", 150),
        ("hi", "साढ़े तीन करोड़ लोग", 35_000_000),
        ("hi", "सवा सौ घर", 125),
        ("hi", "सवा तीन लाख घर", 325_000),
        ("hi", "पौने दो लाख मकान", 175_000),
        ("hi", "पाँच लोग", 5),
        ("hi", "पांच लोग", 5),
        ("hi", "2.5 लाख लोग", 250_000),
        ("hi", "२ लाख ३० हज़ार लोग", 230_000),
        ("hi", "दो सौ दशमलव शून्य तीन मीटर", 200.03),
        ("hi", "दो दर्जन अंडे", 24),
        ("hi", "माइनस दस डिग्री", -10),
        ("ar", "سبعة وثمانون عضوا", 87),
        ("ar", "أحد عشر كتابا", 11),
        ("ar", "اثنتا عشرة مدينة", 12),
        ("ar", "مئتان وخمسون ألف شخص", 250_000),
        ("ar", "مِئَتَانِ وخمسون شخصا", 250),
        ("ar", "ثلاثة ملايين لاجئ", 3_000_000),
        ("ar", "ألفين ومائتان شجرة", 2_200),
        ("ar", "مليونان ونصف مليون شخص", 2_500_000),
        ("ar", "نصف مليون شخص", 500_000),
        ("ar", "ثلاثمائة وخمسة وعشرون كتابا", 325),
        ("ar", "ثلاث مائة و خمسة و عشرون كتابا", 325),
        ("ar", "واحد وعشرون تريليون وثلاث مائة ريال", 21_000_000_000_300),
        ("ar", "٣٢٢ ألف شخص", 322_000),
        ("ar", "سالب خمسة درجات", -5),
        ("ar", "بثلاثة ملايين دولار", 3_000_000),
        ("ar", "عمال، وثلاثة وعشرون ألف عامل", 23_000),
        ("ar", "خمسة ملايين ونصف المليون نسمة", 5_500_000),
        ("ar", "3 ملايين و200 ألف نسمة", 3_200_000),
        ("ar", "٤ ملايين و ٥٠ ألف شجرة", 4_050_000),
        ("ar", "12 مليونا و345 ألفا و678 كتابا", 12_345_678),
        ("ar", "7 آلاف و300 شجرة", 7_300),
        ("ar", "خَمس مدن", 5),
        ("ar", "خمس الاف شجرة", 5_000),
        ("ar", "مئة وأربعون وخُمسَين ريال", 140.4),
        ("th", "สามหมื่นสองพันคน", 32_000),
        ("th", "ยี่สิบเอ็ดคน", 21),
        ("th", "1.2 ล้านคน", 1_200_000),
        ("th", "๑๒ ล้านคน", 12_000_000),
        ("th", "สองแสนห้าหมื่นคน", 250_000),
    ],
)
def test_a_number_in_words_has_its_value(language, text, value):
    (mention,) = mentions(text, language)
    assert mention.value == value


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("hi", "पच्चीस प्रतिशत", "percent 25 -"),
        ("hi", "दो लाख रुपये", "money 200000 INR"),
        ("hi", "21वां सम्मेलन", "ordinal 21 सम्मेलन"),
        ("hi", "सातवीं बैठक", "ordinal 7 बैठक"),
        ("ar", "خمسة وعشرون بالمئة", "percent 25 -"),
        ("ar", "مئة وعشرون دولارا", "money 120 USD"),
        ("ar", "خمسة عشر يوما", "duration 15 يوما"),
        ("ar", "المركز الثالث", "ordinal 3 -"),
        ("th", "ร้อยละ 25", "percent 25 -"),
        ("th", "500 ล้านบาท", "money 500000000 THB"),
        ("th", "30-50 ล้านบาท", "money 30000000..50000000 THB"),
        ("th", "ครั้งที่ 14", "ordinal 14 -"),
        ("th", "มาตรา 5", "identifier 5 -"),
        ("th", "เวลา 9.30 น.", "time 0 -"),
        ("th", "งบประมาณ 300 บาท", "money 300 THB"),
        ("th", "พ.ศ. 2554", "year 2011 -"),
        ("th", "ปี 2567", "year 2024 -"),
        ("th", "ค.ศ. 2011", "year 2011 -"),
    ],
)
def test_a_quantity_is_read(language, text, expected):
    assert stated(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("hi", "तीन चौथाई सदस्य", 0.75),
        ("hi", "एक तिहाई सदस्य", 0.333333),
        ("hi", "आधे सदस्य", 0.5),
        ("hi", "एक बटा बीस सदस्य", 0.05),
        ("hi", "एक का पांचवां हिस्सा", 0.2),
        ("ar", "ثلاثة أرباع الأعضاء", 0.75),
        ("ar", "ثلث الأعضاء", 0.333333),
        ("ar", "نصف الأعضاء", 0.5),
    ],
)
def test_a_fraction_counts_nothing(language, text, value):
    (mention,) = mentions(text, language)
    assert (round(mention.value, 6), mention.unit) == (value, None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "एक आदमी बाज़ार गया।"),
        ("hi", "मुझे यह किताब दे दो।"),
        ("hi", "पहले वे यहाँ रहते थे।"),
        ("ar", "عقد أحد الأعضاء اجتماعا يوم الاثنين."),
        ("ar", "ألف الكاتب رواية."),
        ("ar", "ارتفع ثمن الخبز."),
        ("ar", "وجد ووصل وعاد."),
        ("ar", "جاء ملايين الناس، وآلاف منهم."),
        ("th", "เขาสามารถทำได้"),
        ("th", "สามีของเธอนั่งบนเก้าอี้"),
        ("th", "ห้ามจอดรถหน้าศูนย์กลางเมือง"),
        ("th", "เป็นหนึ่งในเพื่อน"),
    ],
)
def test_a_word_that_is_like_a_numeral_is_no_number(language, text):
    assert stated(text, language) == ""


@pytest.mark.parametrize(("language", "text"), [("hi", "दो लाख तीन करोड़ लोग"), ("ar", "مليون ثلاثة مليون شخص")])
def test_a_number_that_another_scale_continues_is_not_readable(language, text):
    assert [mention.readable for mention in mentions(text, language)] == [False]


@pytest.mark.parametrize(
    ("language", "text", "when"),
    [
        ("th", "6 มิถุนายน 2554", date(2011, 6, 6)),
        ("th", "๖ มิถุนายน ๒๕๕๔", date(2011, 6, 6)),
        ("th", "6 มิ.ย. พ.ศ. 2554", date(2011, 6, 6)),
        ("th", "6 มิถุนายน 2011", date(2011, 6, 6)),
        ("hi", "10 सितंबर 2014", date(2014, 9, 10)),
        ("hi", "१० सितम्बर, २०१४", date(2014, 9, 10)),
    ],
)
def test_a_date_is_read(language, text, when):
    (mention,) = mentions(text, language)
    assert (mention.type, mention.value, mention.quote) == (MentionType.DATE, when.toordinal(), text)


@pytest.mark.parametrize(
    ("language", "term", "text", "value"),
    [("th", "ก่อตั้ง", "ก่อตั้ง 6 มิถุนายน 2554", "2011-06-06"), ("hi", "स्थापना", "स्थापना 10 सितंबर 2014", "2014-09-10")],
)
def test_a_founding_date_is_in_the_gregorian_calendar(language, term, text, value):
    blocks = content(text)
    fact = FactDefinition("founded", FactKind.DATE_OF, (term,))
    assert read(fact, blocks, read_blocks(blocks, language)).value == value


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        ("hi", "सदस्य", "संघ में सत्तासी सदस्य हैं।"),
        ("ar", "عضوا", "يضم الاتحاد سبعة وثمانين عضوا."),
        ("th", "คน", "สมาคมมีสมาชิก 87 คน"),
    ],
)
def test_a_count_states_a_fact(language, term, text):
    blocks = content(text)
    fact = FactDefinition("member_count", FactKind.COUNT_OF, (term,))
    assert read(fact, blocks, read_blocks(blocks, language)).value == 87


def test_a_thai_numeral_without_order_has_no_value():
    assert numeral_at("ร้อยพัน", 0).value is None


@pytest.mark.parametrize(
    ("language", "piece"),
    [
        ("hi", "लाख "),
        ("hi", "साढ़े "),
        ("hi", "दो बटा "),
        ("ar", "وثلاثة "),
        ("ar", "مليون "),
        ("ar", "سالب "),
        ("th", "สิบ"),
        ("th", "ร้อยละ"),
        ("th", "5 ล้าน"),
    ],
)
def test_numerals_take_linear_time(language, piece):
    short, long = piece * 1_000, piece * 4_000
    assert cheapest(lambda: mentions(long, language)) < 12 * max(cheapest(lambda: mentions(short, language)), 0.001)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("في المرتبة الثانية عشرة", 12),
        ("في القرن الحادي والعشرين", 21),
        ("الدورة الخامسة والثلاثون", 35),
        ("المركز الرابع", 4),
    ],
)
def test_an_arabic_ordinal_has_two_words(text, value):
    (mention,) = mentions(text, "ar")
    assert (mention.type, mention.value) == (MentionType.ORDINAL, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("غادر خمس الأعضاء", 0.2),
        ("غادر خُمس أعضائها", 0.2),
        ("زرع سدس الحقل", 1 / 6),
        ("زرع ثُمن الحقل", 0.125),
        ("بقي عشر المبلغ", 0.1),
    ],
)
def test_an_arabic_fraction_precedes_a_definite_noun(text, value):
    (mention,) = mentions(text, "ar")
    assert (mention.value, mention.unit) == (pytest.approx(value), None)


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("ar", "بين 3 و5 ملايين شجرة", [(3_000_000, 5_000_000)]),
        ("ar", "من 1.5 إلى 2 مليون شجرة", [(1_500_000, 2_000_000)]),
        ("ar", "من 300 ألف إلى 5 ملايين شجرة", [(300_000, 5_000_000)]),
        ("ar", "بين 3 آلاف و5 آلاف شجرة", [(3_000, 5_000)]),
        ("ar", "ارتفع من 3 إلى 5 ملايين", [(3_000_000, None), (5_000_000, None)]),
        ("hi", "3-5 लाख पेड़", [(300_000, 500_000)]),
        ("hi", "3 से 5 लाख पेड़", [(300_000, None), (500_000, None)]),
        ("hi", "संख्या 3 से 5 हो गई", [(3, None), (5, None)]),
        ("ar", "نحو 3 ملايين و20% منهم", [(3_000_000, None), (20, None)]),
    ],
)
def test_a_range_shares_the_magnitude_of_its_end(language, text, values):
    assert [(mention.value, mention.upper) for mention in mentions(text, language)] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("واحد من كل خمسة أعضاء", 0.2),
        ("واحدة من كل ثلاثين شجرة", 1 / 30),
        ("جزء من مليون", 1e-6),
        ("واحد من ألف عضو", 0.001),
        ("واحد من أصل أربعة أعضاء", 0.25),
    ],
)
def test_an_arabic_share_is_no_count(text, value):
    (mention,) = mentions(text, "ar")
    assert (mention.value, mention.unit) == (pytest.approx(value), None)


def test_one_of_four_is_no_share_in_arabic():
    assert [mention.value for mention in mentions("واحد من أربعة أعضاء", "ar")] == [4]
