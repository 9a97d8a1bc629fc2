"""Example charts, and the pictures of them in `golden`: `python -m tests.rendering.charts.pictures` draws these again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rendering.charts.document import chart_document
from rendering.charts.model import Chart, Line, Mark, Period, ScaleKind, Step
from rendering.charts.sparkline import sparkline

FOLDER = Path(__file__).parent / "golden"
HOSTILE = "</title><script>alert(1)</script> \" ' & ]]> \x00\x1b\u202e\ud800"


def date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(name: str, *steps: tuple[str, float | None], **more) -> Line:
    """A line with a mark at each step."""
    made = [Step(date(at), value) for at, value in steps]
    marks = [
        Mark(step.at, step.value, "" if step.value is None else f"{step.value:g}", f"{step.value}\n{name}", f"/r/{n}")
        for n, step in enumerate(made)
    ]
    return Line(name, made, more.pop("marks", marks), **more)


def chart(
    *lines: Line, kind: ScaleKind = ScaleKind.NUMBER, unit: str = "members", begin="2014-01-01", end="2022-01-01"
):
    return Chart("member_count", "In words.", kind, unit, date(begin), date(end), lines)


def bands(name: str, *values: tuple[str, str], **more) -> Line:
    """A line of texts; "" is none."""
    marks = [Mark(date(at), None, text, text or "not stated", f"/r/{n}") for n, (at, text) in enumerate(values)]
    return Line(name, [Step(mark.at, None) for mark in marks], marks, **more)


def many(count: int, name: str = "Busy page") -> Line:
    """A line that changes far more often than it has columns; its 4,000th step is a single one far above the others."""
    begin, end = date("2014-01-01"), date("2022-01-01")
    values = [float(50 + n % 7) for n in range(count)]
    values[min(4_000, count - 1)] = 97.0
    return Line(name, [Step(begin + (end - begin) * n / count, value) for n, value in enumerate(values)])


def examples() -> Mapping[str, str]:
    """The documents by name."""
    home = line("Home", ("2014-02-01", 60), ("2016-05-01", 65), ("2019-03-01", None), ("2020-03-01", 82))
    mission = line(
        "Mission",
        ("2014-06-01", 60),
        ("2018-05-01", 65),
        until=date("2020-06-01"),
        troubles=[Period(date("2015-03-01"), date("2015-09-01"), "blocked: 3 checks")],
    )
    both = Line(
        "Both values",
        [Step(date("2015-01-01"), 83.0), Step(date("2017-01-01"), 87.0, (86.0,)), Step(date("2019-01-01"), 87.0)],
        [Mark(date("2017-01-01"), 87.0, "87", "87\nalso 86", None, is_contradiction=True)],
    )
    texts = bands("Border", ("2014-05-01", "open to all"), ("2016-01-01", ""), ("2017-01-01", "closed · 国境は閉鎖"))
    return {
        "two_pages": chart_document(chart(home, mission), source="Pagewitness"),
        "contradiction": chart_document(chart(both)),
        "texts": chart_document(chart(texts, kind=ScaleKind.LABELS, unit="")),
        "money": chart_document(chart(line("Fund", ("2014-02-01", 2.5e9), ("2018-01-01", 2.2e10)), unit="")),
        "dates": chart_document(chart(line("Founded", ("2014-02-01", 735_000), ("2018-01-01", 735_900)), kind=ScaleKind.DATE, unit="")),
        "hours": chart_document(chart(line("Page", ("2021-03-01", 98.5), ("2021-03-02T03:00", 97)), kind=ScaleKind.PERCENT, begin="2021-03-01", end="2021-03-03")),
        "nothing": chart_document(chart()),
        "hostile": chart_document(chart(line(HOSTILE, ("2015-01-01", 1)), bands(HOSTILE, ("2015-01-01", HOSTILE)), unit=HOSTILE), source=HOSTILE),
        "sparkline": sparkline(home),
    }  # fmt: skip


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, document in examples().items():
        (FOLDER / f"{name}.svg").write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
