"""Numbers in Chinese and Japanese text: numerals, counters, percentages, dates, and words that only look like numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.facts.number_words.han import numeral_at
from monitor.model import FactDefinition, FactKind, MentionType
from tests.support.heart import content, mentions
from tests.support.pace import cheapest


def stated(text: str, language: str) -> str:
    return "; ".join(
        f"{mention.type} {mention.value}{'' if mention.upper is None else f'..{mention.upper}'} {mention.unit or '-'}"
        for mention in mentions(text, language)
    )


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("ja", "三万二千", 32_000),
        ("ja", "3万2,000", 32_000),
        ("ja", "1億2000万", 120_000_000),
        ("ja", "千五百", 1_500),
        ("ja", "百十", 110),
        ("ja", "壱万弐千", 12_000),
        ("ja", "3.5億", 350_000_000),
        ("ja", "２．５万", 25_000),
        ("ja", "三・一四", 3.14),
        ("ja", "五億六", 500_000_006),
        ("zh", "三千零五", 3_005),
        ("zh", "两万五", 25_000),
        ("zh", "二百五", 250),
        ("zh", "一百五十万五千二百四十五", 1_505_245),
        ("zh", "壹佰贰拾叁", 123),
        ("zh", "廿五", 25),
        ("zh", "三点一四", 3.14),
        ("zh", "3.5万亿", 3_500_000_000_000),
        ("zh", "四十九兆九千五百億", 49_950_000_000_000),
        ("zh", "二〇二四", 2024),
        ("zh", "五百余万", 5_000_000),
        ("ja", "3万億", None),
        ("ja", "二三百", None),
        ("zh", "3亿亿", None),
        ("zh", "百百", None),
        ("zh", "一万三万", None),
    ],
)
def test_a_numeral_is_parsed(language, text, value):
    numeral = numeral_at(text, 0, chinese=language == "zh")
    assert (numeral.end, numeral.value) == (len(text), value)


def in_han(number: int) -> str:
    """A number below 10¹² as Chinese writes it."""
    digits, text = "零一二三四五六七八九", ""
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section = number // unit % 10**4
        if not section:
            continue
        if text and section < 1_000:
            text += "零"
        places = [(section // power % 10, sign) for power, sign in ((1_000, "千"), (100, "百"), (10, "十"), (1, ""))]
        for place, (digit, sign) in enumerate(places):
            if digit:
                text += digits[digit] + sign
            elif (
                any(digit for digit, _ in places[place:])
                and any(digit for digit, _ in places[:place])
                and text[-1] != "零"
            ):
                text += "零"
        text += name
    return text


@given(st.integers(1, 10**12 - 1))
def test_every_number_that_is_written_out_is_parsed(number):
    text = in_han(number)
    numeral = numeral_at(text, 0, chinese=True)
    assert (numeral.end, numeral.value) == (len(text), number)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ja", "会員は4万人です。", "count 40000 人"),
        ("ja", "寄付は2億5,000万円に達した。", "money 250000000 JPY"),
        ("ja", "参加は五十二か国。", "count 52 か国"),
        ("ja", "三人が残った。", "count 3 人"),
        ("ja", "賛成は三割五分だった。", "percent 35 -"),
        ("ja", "利用率は45.5パーセント。", "percent 45.5 -"),
        ("ja", "5～7台を置く。", "count 5..7 台"),
        ("ja", "3〜5万人が来る。", "count 30000..50000 人"),
        ("ja", "二十から三十人が働く。", "count 20..30 人"),
        ("ja", "82人から85人に増えた。", "count 82 人; count 85 人"),
        ("ja", "第12回大会", "ordinal 12 回"),
        ("ja", "第4章を読む。", "identifier 4 -"),
        ("ja", "5番目の駅", "ordinal 5 -"),
        ("ja", "会期は3日間。", "duration 3 日間"),
        ("ja", "工事は2年6か月かかる。", "duration 2 年; duration 6 か月"),
        ("ja", "10時30分に開く。", "time 10 -"),
        ("ja", "気温は氷点下8度。", "count -8 度"),
        ("ja", "残高はマイナス三万円。", "money -30000 JPY"),
        ("zh", "协会有一百二十三个成员国参加。", "count 123 个 成员国"),
        ("zh", "共筹得3亿5000万元。", "money 350000000 CNY"),
        ("zh", "占百分之二十五。", "percent 25 -"),
        ("zh", "增长了两成。", "percent 20 -"),
        ("zh", "票价打八折。", "percent 80 -"),
        ("zh", "招收5至7名学员。", "count 5..7 名 学员"),
        ("zh", "这是第十五届会议。", "ordinal 15 届"),
        ("zh", "本法第三条", "identifier 3 -"),
        ("zh", "他今年三十岁。", "count 30 岁"),
        ("zh", "员工一千二百余人。", "count 1200 人"),
        ("zh", "住在3号楼。", "identifier 3 -"),
        ("zh", "下午三点半开会。", "time 3 -"),
        ("zh", "频率为5兆赫。", "count 5 兆赫"),
        ("zh", "全长10千米。", "count 10 千米"),
        ("zh-tw", "捐款新台幣五百萬，共300萬元。", "count 5000000 -; money 3000000 CNY"),
    ],
)
def test_a_quantity_is_read(language, text, expected):
    assert stated(text, language.partition("-")[0]) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "一般に公開し、一部を改めた。"),
        ("ja", "十分な数があり、万一に備える。"),
        ("ja", "三重県と千葉県、四国、九州、六本木。"),
        ("ja", "統一した規則を唯一の方法とする。"),
        ("ja", "五十嵐さんは八百屋で働く。"),
        ("ja", "一人で行く。一番よい。一緒に。"),
        ("ja", "十人十色、百合の花、千鳥。"),
        ("zh", "统一战线是唯一的办法。"),
        ("zh", "三里屯的百货十分便宜。"),
        ("zh", "万一下雨，千万别去。"),
        ("zh", "一个人走了，一般来说，一定要来。"),
        ("zh", "五四运动和一带一路。"),
        ("zh", "第一百货关门了。"),
        ("zh", "十四五规划已经公布。"),
    ],
)
def test_a_word_with_a_numeral_is_no_number(language, text):
    assert stated(text, language) == ""


@pytest.mark.parametrize(
    ("language", "text", "quote"),
    [
        ("ja", "数百人が集まった。", "数百"),
        ("ja", "十数人が残った。", "十数"),
        ("zh", "来了几百人。", "几百"),
        ("zh", "十几个国家同意。", "十几"),
        ("zh", "上百人参加。", "上百"),
        ("ja", "何百人も集まった。", "何百"),
        ("ja", "3億億円を使う。", "3億億"),
    ],
)
def test_an_open_number_is_not_readable(language, text, quote):
    (mention,) = mentions(text, language)
    assert (mention.readable, mention.quote) == (False, quote)


def test_a_number_of_people_is_no_open_number():
    assert stated("会員数三百人", "ja") == "count 300 人"


@pytest.mark.parametrize(
    ("language", "text", "when"),
    [
        ("ja", "2014年9月10日", date(2014, 9, 10)),
        ("ja", "２０１４年９月１０日", date(2014, 9, 10)),
        ("ja", "令和6年3月5日", date(2024, 3, 5)),
        ("ja", "令和元年5月1日", date(2019, 5, 1)),
        ("ja", "2019年（令和元年）5月1日", date(2019, 5, 1)),
        ("ja", "昭和64年1月7日", date(1989, 1, 7)),
        ("zh", "二〇二四年三月五日", date(2024, 3, 5)),
        ("zh", "2024年3月5号", date(2024, 3, 5)),
        ("zh", "民國113年10月10日", date(2024, 10, 10)),
    ],
)
def test_a_date_is_read(language, text, when):
    (mention,) = mentions(text, language)
    assert (mention.type, mention.value, mention.quote) == (MentionType.DATE, when.toordinal(), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014年に始まる。", "year 2014 -"),
        ("二〇一四年に始まる。", "year 2014 -"),
        ("2024年度予算", "year 2024 -"),
        ("平成10年の法律", "year 1998 -"),
        ("2000年間続く。", "duration 2000 年間"),
        ("5月に始まる。", "date 500 -"),
        ("5月3日に始まる。", "date 503 -"),
        ("2024年13月5日", "identifier 0 -"),
    ],
)
def test_a_part_of_a_date_is_read(text, expected):
    assert stated(text, "ja") == expected


@pytest.mark.parametrize(
    ("text", "hedge"),
    [("約300人", "約"), ("300人以上", "以上"), ("最大300人", "最大"), ("300人", None)],
)
def test_a_hedge_is_noted(text, hedge):
    (mention,) = mentions(text, "ja")
    assert (mention.value, mention.hedge) == (300, hedge)


@pytest.mark.parametrize("text", ["人口の3分の2が住む。", "人口の三分の二が住む。"])
def test_a_fraction_counts_nothing(text):
    (mention,) = mentions(text, "ja")
    assert (round(mention.value, 4), mention.unit) == (0.6667, None)


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        ("ja", "会員数", "会員数：87人"),
        ("ja", "会員数", "会員数: 87"),
        ("ja", "会員", "会員 | 八十七人 | 職員 | 12人"),
        ("zh", "成员国", "成员国：八十七个"),
        ("ko", "회원", "회원 | 87명"),
    ],
)
def test_a_label_names_what_is_counted(language, term, text):
    blocks = content(text)
    fact = FactDefinition("member_count", FactKind.COUNT_OF, (term,))
    assert read(fact, blocks, read_blocks(blocks, language)).value == 87


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ja", "会員数:87人", "count 87 人 会員数"),
        ("ja", "残高は-5万円", "money -50000 JPY"),
        ("zh", "气温－5度", "count -5 度"),
        ("ja", "予算は¥3万", "money 30000 JPY"),
        ("zh", "预算为¥3万", "money 30000 CNY"),
        ("zh", "耗资US$1.2亿", "money 120000000 USD"),
        ("ko", "예산은 ₩3만이다", "money 30000 KRW"),
        ("zh", "三成五", "percent 35 -"),
        ("zh", "圆周率是三点一四", "count 3.14 -"),
        ("zh", "一点一点地做", ""),
    ],
)
def test_a_mark_before_digits_is_a_sign_or_a_label(language, text, expected):
    assert stated(text, language) == expected


def test_a_unit_in_another_script_is_read():
    assert stated("The pact has 3万 members.", "en") == "count 30000 members"


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        ("zh", "成员国", "联盟现有87个成员国。"),
        ("zh", "成员国", "联盟现有八十七个成员国参加。"),
        ("zh", "国", "共有87国。"),
        ("ja", "か国", "87か国が参加する。"),
        ("ja", "会員", "87人の会員がいる。"),
        ("ja", "加盟国", "87加盟国が署名した。"),
    ],
)
def test_a_fact_is_counted_by_a_noun_that_no_space_ends(language, term, text):
    blocks = content(text)
    fact = FactDefinition("member_count", FactKind.COUNT_OF, (term,))
    assert read(fact, blocks, read_blocks(blocks, language)).value == 87


@pytest.mark.parametrize(
    ("text", "value"), [("設立 2014年9月10日", "2014-09-10"), ("設立 2014年9月", "2014-09"), ("設立 平成26年", "2014")]
)
def test_a_founding_date_is_as_precise_as_the_page(text, value):
    blocks = content(text)
    fact = FactDefinition("founded", FactKind.DATE_OF, ("設立",))
    assert read(fact, blocks, read_blocks(blocks, "ja")).value == value


@pytest.mark.parametrize("piece", ["百万", "3万", "三分の", "令和", "数百", "5～", "万", "一"])
def test_numerals_take_linear_time(piece):
    short, long = piece * 2_000, piece * 8_000
    assert cheapest(lambda: mentions(long, "ja")) < 12 * max(cheapest(lambda: mentions(short, "ja")), 0.001)


@pytest.mark.parametrize(
    ("language", "text", "quote"),
    [
        ("ja", "電話03-9876-5432です", "03-9876-5432"),
        ("ja", "お電話0120-987-654まで", "0120-987-654"),
        ("ja", "電話番号は0398765432", "0398765432"),
        ("zh", "电话010-9876-5432转", "010-9876-5432"),
        ("zh", "联系电话13998765432", "13998765432"),
        ("ko", "문의 전화 02-987-6543입니다", "02-987-6543"),
        ("th", "โทร02-987-6543ค่ะ", "02-987-6543"),
    ],
)
def test_a_telephone_number_counts_nothing(language, text, quote):
    (mention,) = mentions(text, language)
    assert (mention.type, mention.quote) == (MentionType.IDENTIFIER, quote)


@pytest.mark.parametrize(
    ("language", "text", "kind", "quote"),
    [
        ("ja", "更新日2026/05/12です", MentionType.DATE, "2026/05/12"),
        ("zh", "更新于2026-05-12发布", MentionType.DATE, "2026-05-12"),
        ("ja", "会議は10:30から", MentionType.TIME, "10:30"),
        ("zh", "比分3:2获胜", MentionType.IDENTIFIER, "3:2"),
    ],
)
def test_dates_and_times_need_no_space_around_them(language, text, kind, quote):
    (mention,) = mentions(text, language)
    assert (mention.type, mention.quote) == (kind, quote)
