"""The texts of the demo's pages, and the functions that select them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pagewitness.demo.script import INTRODUCTIONS, Extra, Form, PageState, Statement

_WORDS = {60: "Sixty", 65: "Sixty-five"}
_SENTENCES = {
    Form.HEADING: "{count} PARTNERS UNITED SO THAT DAESH DOES NOT RETURN",
    Form.ORDINAL: "{newcomer} has joined the Coalition as its {ordinal} partner and will take a seat in the working groups this month.",
    Form.WORDS: "{word} partners have joined hands against Daesh since September 2014, and each of them brings what it does best.",
    Form.PARTNERS: "The Coalition now counts {count} partners, who plan the work together, pay for it and carry it out.",
    Form.MEMBERS: "The Coalition brings together {count} members, who share the task of driving Daesh back wherever it tries to settle.",
    Form.COUNTRIES: "The Coalition has {count} member countries today, on every continent where people live.",
    Form.NATIONS: "In the Coalition {count} nations work side by side, and international bodies lend their weight.",
    Form.TEASER: "Would you like to know who our {count} partners are and what they do? The list names them, region by region.",
    Form.FINANCE: "Acting together, the Coalition’s {count} members keep Daesh away from banks, money changers and the art trade.",
}
_NEWCOMERS = {
    79: "Fiji",
    82: "The Central African Republic",
    84: "Burkina Faso",
    86: "Togo",
    90: "Syria",
}


def sentence(statement: Statement) -> str:
    """Return the sentence that states a count in that form."""
    count = statement.count
    return _SENTENCES[statement.form].format(
        count=count,
        word=_WORDS.get(count, str(count)),
        ordinal=ordinal(count),
        newcomer=_NEWCOMERS.get(count, "Another country"),
    )


def ordinal(number: int) -> str:
    """Format an ordinal: 81 → "81st", 82 → "82nd", 83 → "83rd", 90 → "90th"."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def statements(state: PageState) -> dict[str, str]:
    """Return the page's sentences with counts by place: heading, ordinal, introduction, teaser, finance; "" if a place has none."""
    text = {statement.form: sentence(statement) for statement in state.statements}
    places = {form.value: text.get(form, "") for form in (Form.HEADING, Form.ORDINAL, Form.TEASER, Form.FINANCE)}
    return places | {"introduction": next((text[form] for form in INTRODUCTIONS if form in text), "")}


DIGEST = (
    "Ten schools in Anbar opened their doors again, and 32,000 litres of drinking water went out every day.",
    "A night market in Mosul drew 1.5 million visits in its first 21 weeks.",
    "The next talk on rebuilding is on Wednesday, 22 May, with 51 speakers.",
)
BULLETS = (
    "Families on the move in the north-east of Syria need shelter before winter.",
    "An attack in Mali cost the lives of 49 soldiers; the Coalition mourns with their families.",
    "Prisons that hold Daesh fighters stay guarded, day and night.",
)
NEWCOMERS = "Mauritania came in this week. The Coalition has welcomed 14 new members since January 2017."

EXTRAS = {Extra.DIGEST: DIGEST, Extra.BULLETS: BULLETS, Extra.NEWCOMERS: (NEWCOMERS,)}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


ABOUT = (
    (
        "Daesh once ruled over towns, roads and oil wells. It no longer does, because soldiers, judges, teachers and bank clerks "
        "of many countries each did their part."
    ),
    (
        "The work goes on along several lines: help for people who return to their homes, a watch on money and travel, "
        "an honest answer to lies, and support for those who keep the peace on the ground."
    ),
)

MISSION_OLD = (
    Section(
        "Helping towns back on their feet",
        (
            (
                "Where the fighting ends, the wells, clinics and schools come first. Donors have pledged $22 billion for Iraq and "
                "Syria, and local councils decide how it is spent."
            ),
            "People come home when it is safe, not when a calendar says so. Clearing mines therefore comes before paving roads.",
        ),
    ),
    Section(
        "On the ground",
        (
            (
                "Iraqi and Syrian forces have taken back 62 percent of the land that Daesh once held. Advisers train them, fly "
                "reconnaissance and treat the wounded."
            ),
        ),
    ),
    Section(
        "Telling the truth",
        (
            "Daesh lived on its films and slogans. Journalists, students and former prisoners answer with what they have seen.",
        ),
    ),
)
MISSION_NEW = (
    Section(
        "Places to come home to",
        (
            "Rebuilding is slow and local. A street lamp, a pharmacy, a bus that runs on time: each makes the next return likelier.",
            "Funds flow through public budgets, so that anybody can look up what was promised and what was paid.",
        ),
    ),
    Section(
        "Partners in the field",
        (
            (
                "Advisers stay at the request of the government in Baghdad. They teach, they watch the skies, and they leave the "
                "lead to those who know the land."
            ),
        ),
    ),
    Section(
        "Closing the road to fighters",
        (
            (
                "At least 65 countries have prosecuted people who went to fight for Daesh, or who helped others to go. Border "
                "police share travel data under Resolution 2178 of September 2014."
            ),
        ),
    ),
    Section(
        "Against the lie",
        (
            "Films and slogans still travel far from where they were made. Those who lived under Daesh answer in their own voice.",
        ),
    ),
)
FINANCE_UNCOUNTED = "The Coalition keeps Daesh away from banks, money changers and the art trade."
FINANCE_REST = (
    "What is frozen stays frozen until a court decides. Looted antiquities are photographed, listed and sent home."
)

BEING_UPDATED = "This page is being brought up to date. Please come back soon."

NEWS = (
    ("A library opens again in Mosul", "Volunteers carried the books that survived back to their shelves, and readers queued along the river."),
    ("Women who bake for a whole quarter", "A bakery in Raqqa gives work to widows and bread to the streets around it."),
    ("How a rumour was stopped", "A student group shows how a false report travels, and what it takes to catch it."),
    ("The bridge carries buses again", "Engineers finished the last span before the rains, and the market moved back to the square."),
    ("Deminers train in the heat", "A course in Nineveh teaches what to do before touching anything at all."),
    ("Following the money", "Bank inspectors met to compare notes on couriers, shell firms and forged invoices."),
    ("Football under lights", "The stadium that was a prison is a stadium again, and the gates stay open late."),
)  # fmt: skip

_REGIONS = {
    "Africa": "Cameroon, Chad, Djibouti, Egypt, Ethiopia, Ghana, Guinea, Kenya, Libya, Morocco, Niger, Nigeria, Somalia, Tunisia",
    "Americas": "Canada, Panama, United States of America",
    "Asia and Pacific": "Afghanistan, Australia, Japan, Malaysia, New Zealand, Philippines, Republic of Korea, Singapore, Sri Lanka, Taiwan",
    "Europe": "Albania, Austria, Belgium, Bosnia and Herzegovina, Bulgaria, Croatia, Cyprus, Czechia, Denmark, Estonia, Finland, "
    "France, Georgia, Germany, Greece, Hungary, Iceland, Ireland, Italy, Kosovo, Latvia, Lithuania, Luxembourg, Moldova, "
    "Montenegro, Netherlands, North Macedonia, Norway, Poland, Portugal, Romania, Serbia, Slovakia, Slovenia, Spain, Sweden, "
    "Türkiye, Ukraine, United Kingdom",
    "Middle East": "Bahrain, Iraq, Jordan, Kuwait, Lebanon, Oman, Qatar, Saudi Arabia, United Arab Emirates, Yemen",
    "International bodies": "Arab League, European Union, INTERPOL, NATO",
}
_LATER = (
    (2019, "Asia and Pacific", "Fiji"),
    (2020, "Africa", "Central African Republic"),
    (2021, "Africa", "Mauritania"),
    (2022, "Africa", "Burkina Faso"),
    (2023, "Africa", "Benin"),
    (2024, "Africa", "Togo"),
    (2026, "Middle East", "Syria"),
)


def names_listed(year: int) -> dict[str, list[str]]:
    """Return region → the names that the partners page lists in `year`, in alphabetical order. Their number is not a count stated on the site."""
    listed = {region: names.split(", ") for region, names in _REGIONS.items()}
    for since, region, name in _LATER:
        if year >= since:
            listed[region].append(name)
    return {region: sorted(names) for region, names in listed.items()}
