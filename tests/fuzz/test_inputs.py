"""What comes from outside hangs nothing, fills no memory and ends in no traceback: fuzzers of the ways in. How long each goes on: see `harness`."""

from __future__ import annotations

import pytest

from tests.fuzz import grammar
from tests.fuzz.harness import SECONDS, fuzz

FUZZERS = {
    "watchlists": grammar.watchlists,
    "manifest": grammar.manifests,
    "extraction": grammar.documents,
    "comparison": grammar.documents,
    "replay": grammar.documents,
    "replay_headers": grammar.headers,
}


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("target", FUZZERS)
def test_no_input_hangs_fills_the_memory_or_raises(target: str):
    report = fuzz(f"tests.fuzz.targets:{target}", FUZZERS[target]())
    print(report)
    assert report.inputs > 0
    assert not report.faults, str(report)
