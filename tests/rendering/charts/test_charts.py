"""Charts: the same pictures as before, and what holds for every chart: well-formed, inside its box, from left to right, without a change lost."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendering.charts.document import chart_document, chart_element, style_source
from rendering.charts.frame import WIDTH
from rendering.charts.model import LARGEST, Chart, Line, Mark, Period, ScaleKind, Step
from rendering.charts.sparkline import sparkline
from rendering.charts.style import LINES, document_style, web_style
from tests.rendering.charts.pictures import FOLDER, HOSTILE, bands, chart, date, examples, line, many

SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ABSOLUTE = re.compile(r"([MHV])(-?\d+(?:\.\d+)?)(?: (-?\d+(?:\.\d+)?))?")


def of_class(document: str, name: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(document).iter() if name in each.get("class", "").split()]


def corners(path: str) -> list[tuple[float | None, float | None]]:
    """Horizontal and vertical positions of a path's absolute commands."""
    found = []
    for command, first, second in _ABSOLUTE.findall(path):
        found.append((None if command == "V" else float(first), float(first) if command == "V" else float(second) if second else None))  # fmt: skip
    return found


@pytest.mark.parametrize("name", sorted(examples()))
def test_pictures_are_as_they_were(name: str):
    stored = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert examples()[name] == stored, "draw them again with `python -m tests.rendering.charts.pictures`, and look at the difference"  # fmt: skip


def test_no_picture_is_left_over():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(examples())


@pytest.mark.parametrize("name", sorted(examples()))
def test_pictures_are_well_formed_and_load_nothing(name: str):
    document = examples()[name]
    tree = ET.fromstring(document)
    assert not {each.tag.removeprefix(SVG) for each in tree.iter()} & {"script", "image", "use", "foreignObject"}
    assert not [key for each in tree.iter() for key in each.attrib if key.startswith("on") or key == "style"]
    assert "http" not in document.replace("http://www.w3.org/2000/svg", "")


def test_a_text_of_a_page_is_only_text():
    document = examples()["hostile"]
    titles = [each.text for each in ET.fromstring(document).iter(f"{SVG}title")]
    assert any("</title><script>alert(1)</script>" in (title or "") for title in titles)
    assert "<script" not in document
    assert "\\x00" not in document
    for hidden in HOSTILE[-4:]:
        assert hidden not in document


def test_the_title_and_the_same_in_words_are_named_by_the_element():
    tree = ET.fromstring(chart_document(chart(line("Home", ("2015-01-01", 1)))))
    by_id = {each.get("id"): each.text for each in tree.iter() if each.get("id")}
    assert (by_id[tree.get("aria-labelledby")], by_id[tree.get("aria-describedby")]) == ("member_count", "In words.")


def test_each_page_has_a_dash_and_a_marker_of_its_own():
    lines = [line(f"Page {n}", ("2015-01-01", n), ("2016-01-01", n + 1)) for n in range(LINES)]
    document = chart_document(chart(*lines))
    drawn = [each for each in of_class(document, "line") if "V" in each.get("d", "")]
    assert len({each.get("stroke-dasharray") for each in drawn}) == LINES
    shapes = [re.sub(r"^M\S+ [^a-z]*", "", each.get("d", "")) for each in of_class(document, "mark")]
    assert len(set(shapes)) == LINES


def test_a_line_has_a_gap_where_the_page_states_nothing_and_it_is_hatched():
    document = chart_document(chart(line("Home", ("2015-01-01", 60), ("2017-01-01", None), ("2018-01-01", 65))))
    (path,) = of_class(document, "line")
    assert path.get("d", "").count("M") == 2
    (hatched,) = of_class(document, "absent")
    assert hatched.get("fill") == "url(#fact-hatch)"
    left, right = (x for x, _ in corners(hatched.get("d", ""))[:2])
    first_end = corners(path.get("d", ""))[1][0]
    second_begin = corners(path.get("d", ""))[2][0]
    assert (left, right) == (first_end, second_begin)


def test_values_on_which_pages_differ_are_shaded_only_while_both_are_known():
    home = line("Home", ("2015-01-01", 60), ("2016-01-01", 65), ("2018-01-01", None))
    mission = line("Mission", ("2015-01-01", 60), until=date("2019-01-01"))
    document = chart_element(chart(home, mission))
    (shaded,) = of_class(document, "divergence")
    first = of_class(document, "line")[0].get("d", "")
    xs = [x for x, _ in corners(first) if x is not None]
    assert [x for x, _ in corners(shaded.get("d", "")) if x is not None] == [xs[1], xs[2], xs[1]]
    agreeing = chart(line("Home", ("2015-01-01", 60)), line("Mission", ("2016-01-01", 60)))
    assert not of_class(chart_document(agreeing), "divergence")


def test_several_values_on_one_page_are_shaded_and_have_lines():
    document = examples()["contradiction"]
    assert len(of_class(document, "conflict")) == 1
    assert len(of_class(document, "also")) == 1


def test_checks_that_are_too_near_to_each_other_share_a_mark_that_counts_them():
    troubles = [Period(date("2016-01-01") + timedelta(hours=n), date("2016-01-01") + timedelta(hours=n + 1), f"blocked {n}") for n in range(9)]  # fmt: skip
    troubles.append(Period(date("2019-01-01"), date("2019-06-01"), "failed"))
    document = chart_document(chart(line("Home", ("2015-01-01", 60), troubles=troubles)))
    assert len(of_class(document, "trouble")) == 2
    assert "9 periods without an ok check; the first: blocked 0" in document
    assert len(of_class(document, "unchecked")) == 1


def test_an_axis_that_does_not_begin_at_zero_states_where_it_begins():
    assert "axis begins at 60" in chart_document(chart(line("Home", ("2015-01-01", 61), ("2016-01-01", 87))))
    assert "axis begins" not in chart_document(chart(line("Home", ("2015-01-01", 10), ("2016-01-01", 87))))


def test_thinning_keeps_the_lowest_and_the_highest_value_of_each_column():
    document = chart_document(chart(many(10_000)))
    (path,) = of_class(document, "line")
    heights = [y for _, y in corners(path.get("d", "")) if y is not None]
    few = chart_document(chart(line("Busy page", ("2014-01-01", 50), ("2015-01-01", 97), ("2016-01-01", 56))))
    (other,) = of_class(few, "line")
    expected = [y for _, y in corners(other.get("d", "")) if y is not None]
    assert (max(heights), min(heights)) == (max(expected), min(expected))
    assert sum(y == min(heights) for y in heights) == 1
    assert len(document) < 60_000


def test_a_text_has_a_label_where_there_is_room_and_always_a_title():
    near = bands("Border", ("2015-01-01", "open to all"), ("2015-01-09", "closed"), ("2015-01-20", "open again"))
    tree = ET.fromstring(chart_document(chart(near, kind=ScaleKind.LABELS)))
    labels = [each.text for each in tree.iter(f"{SVG}text") if "value" in each.get("class", "").split()]
    titles = [each.text for each in tree.iter(f"{SVG}title")]
    assert labels == ["open again"]
    assert {"open to all", "closed", "open again"} <= set(titles)


def test_several_texts_at_one_place_are_one_part_that_leads_to_them():
    mark = Mark(date("2016-01-01"), None, "closed", "3 changes", "/zoom", 3)
    drawn = chart_document(chart(Line("Border", [], [mark]), kind=ScaleKind.LABELS))
    assert len(of_class(drawn, "several")) == 1
    assert drawn.count('href="/zoom"') == 2


def test_a_sparkline_needs_two_values():
    assert sparkline(line("Home", ("2015-01-01", 60), ("2016-01-01", 60))) == ""
    assert ET.fromstring(sparkline(line("Home", ("2015-01-01", 60), ("2016-01-01", 65)))).get("role") == "img"


def test_a_document_needs_no_variables_and_only_its_own_style_sheet():
    assert "var(" not in document_style()
    assert "prefers-color-scheme: dark" in document_style()
    assert document_style() in chart_document(chart())
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", style_source())
    assert all(f"--chart-{n}:" in web_style() for n in range(1, LINES + 1))


_TIMES = st.datetimes(min_value=date("1995-01-01").replace(tzinfo=None), max_value=date("2060-01-01").replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=date("2000-01-01").tzinfo))  # fmt: skip
_VALUES = st.none() | st.floats(-LARGEST, LARGEST) | st.integers(-1_000, 1_000).map(float) | st.floats(0, 1e-300)
_STEPS = st.lists(st.builds(Step, _TIMES, _VALUES, st.lists(st.integers(0, 99).map(float), max_size=2).map(tuple)), max_size=12)  # fmt: skip


@st.composite
def _lines(draw: st.DrawFn) -> Line:
    steps = sorted(draw(_STEPS), key=lambda step: step.at)
    text = draw(st.text(max_size=10))
    marks = [Mark(step.at, step.value, text, f"{text}\n{step.value}", draw(st.none() | st.just("/r?a=1&b=<")), 1 + n % 2) for n, step in enumerate(steps)]  # fmt: skip
    ends = sorted(draw(st.lists(_TIMES, min_size=2, max_size=2)))
    return Line(text, steps, marks, draw(st.none() | _TIMES), [Period(ends[0], ends[1], text)])


_CHARTS = st.builds(
    lambda kind, lines, edges: Chart("fact", "words", kind, "unit", *sorted(edges), lines),
    st.sampled_from([kind for kind in ScaleKind if kind is not ScaleKind.DATE]),
    st.lists(_lines(), max_size=3),
    st.tuples(_TIMES, _TIMES),
)


@settings(max_examples=80, deadline=None)
@given(_CHARTS)
def test_every_chart_is_well_formed_finite_and_inside_its_box(drawn: Chart):
    document = chart_element(drawn)
    tree = ET.fromstring(document)
    assert not re.search(r'="[^"]*\b(nan|inf)\b', re.sub(r'(aria-label|href)="[^"]*"', "", document))
    height = float(tree.get("viewBox", "").split()[3])
    for path in tree.iter(f"{SVG}path"):
        if path.get("class", "").split()[0] in {"line", "also", "grid", "conflict", "divergence", "absent"}:
            for x, y in corners(path.get("d", "")):
                assert x is None or -0.1 <= x <= WIDTH + 0.1
                assert y is None or -0.1 <= y <= height + 0.1


@settings(max_examples=80, deadline=None)
@given(_CHARTS)
def test_lines_go_from_left_to_right_and_rectangles_have_a_size(drawn: Chart):
    document = chart_element(drawn)
    for path in of_class(document, "line"):
        xs = [x for x, _ in corners(path.get("d", "")) if x is not None]
        assert xs == sorted(xs)
    for box in ET.fromstring(document).iter(f"{SVG}rect"):
        assert float(_NUMBER.findall(box.get("width", ""))[0]) >= 0
