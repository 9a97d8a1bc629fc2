"""What a user's pattern or selector may cost, on a page made to make it cost all it can: tried in a process that is held to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.facts import patterns
from tests.support.pace import slowness

ROOT = Path(__file__).parents[3]
SECONDS = 2
MEGABYTES = 500

CHILD = """
import sys, time
from pathlib import Path
from monitor.model import FactDefinition, FactKind, Lookup
from monitor.pipeline.analyze import analyze
from pagewitness.inspection.json_output import loose_snapshot

fact, body = {fact}, {body}
looked = loose_snapshot("https://pact.example/", "text/html; charset=utf-8", 200)
begin = time.process_time()
says = analyze(body, looked, (fact,))
spent = time.process_time() - begin
# Not ru_maxrss, which Linux hands down from the process that started this one.
peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
assert peak < {megabytes} * 1024, f"{{peak}} KiB"
assert spent < {seconds}, f"{{spent:.2f}} s"
print(says.version.readings[0].why)
"""
SENTENCE = 'b"<p>" + b"a" * 1_000_000 + b"!</p>"'
LONG_PAGE = '(b"<p>" + b"The pact goes on as it ever did, in town and out. " * 30 + b"<b>Open</b></p>") * 6_500'


def text(pattern: str) -> str:
    return f'FactDefinition("t", FactKind.TEXT, pattern={pattern!r})'


def at(selector: str) -> str:
    return f'FactDefinition("t", FactKind.TEXT, source=Lookup({selector!r}))'


LIST = 'FactDefinition("l", FactKind.LIST, source=Lookup(None, "Our partners"))'
HEADS = 'b"<p>our partners</p>" * 20_000'


@pytest.mark.parametrize(
    ("fact", "body", "why"),
    [
        (text(r"(?P<v>(a+)+$)"), SENTENCE, "nothing matches"),
        (text(r"(?P<v>(a+)+$)"), SENTENCE.replace("!", "a"), "stated in 1 of 1 places"),
        (text(r"(?P<v>.*?a{900}!)"), SENTENCE, "nothing matches"),
        (text(r"(?P<v>a)(?:.*b)?"), SENTENCE, "stated in"),
        (text(r"(?P<v>(?:a?){300}a{300}b)"), SENTENCE, "nothing matches"),
        (at("p b"), LONG_PAGE, "stated in 6500 of 6500 places"),
        (at("p:nth-child(odd) b"), LONG_PAGE, "stated in 3250 of 3250 places"),
        (at("i ~ b"), 'b"<b>x</b>" * 100_000', "would take too long"),
        (at("p div div div b"), 'b"<div>" * 2_900 + b"<b>x"', "would take too long"),
        (LIST, HEADS, "no list under"),
        (LIST, 'b"<h2>Our partners</h2>" + b"<ul><li>x" * 1_400', '1 names under "Our partners"'),
    ],
)
def test_hostile_patterns_and_lists_stay_within_two_seconds_and_half_a_gigabyte(fact, body, why):
    # What else the machine does can only make it slower, processor time too: the best of three tells.
    for _ in range(3):
        code = CHILD.format(fact=fact, body=body, seconds=SECONDS * slowness(), megabytes=MEGABYTES)
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    assert why in done.stdout


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?P<v>a", "it is no pattern that RE2 reads: missing )"),
        ("a(?=b)(?P<v>c)", "it is no pattern that RE2 reads: invalid perl operator"),
        ("abc", "it has no named groups"),
        ("(?P<a>b)(?P<c>d)", "it has 2 named groups"),
        (r"(?P<v>\pL{1,50})", "it is too large"),
        (r"(?P<v>\pL{1,900})", "pattern too large"),
        ("(?P<v>" + "a" * 1_000 + ")", "it has 1007 characters"),
    ],
)
def test_a_bad_pattern_is_refused_with_what_to_do(pattern, said):
    with pytest.raises(ValueError) as refused:
        patterns.check(pattern)
    assert said in str(refused.value)


def test_a_pattern_stops_where_its_budget_ends_and_takes_what_it_found():
    budget = patterns.Budget()
    found = list(patterns.matches("(?P<v>a)(?:.*b)?", "a" * 100_000, budget))
    assert 1 < len(found) < 1_000
    assert budget.left <= 0
    assert list(patterns.matches("(?P<v>a)", "a", budget)) == []


def test_a_lone_surrogate_does_not_stop_a_pattern():
    assert list(patterns.matches("(?P<v>é+)", "x\ud800éé", patterns.Budget())) == [(2, 4)]
