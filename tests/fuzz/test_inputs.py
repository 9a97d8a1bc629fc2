"""Fuzzers of everything that reads external input: no input hangs, exceeds the memory limit or ends in a traceback. Duration: see `tests.fuzz.harness`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis.strategies import SearchStrategy

from tests.fuzz import grammar
from tests.fuzz.archive_grammar import archives
from tests.fuzz.backup_grammar import edited_backups
from tests.fuzz.harness import SECONDS, fuzz
from tests.fuzz.response_grammar import responses

FUZZERS: dict[str, tuple[str, Callable[[], SearchStrategy[bytes]]]] = {
    "watchlists": ("tests.fuzz.targets:watchlists", grammar.watchlists),
    "manifest": ("tests.fuzz.targets:manifest", grammar.manifests),
    "extraction": ("tests.fuzz.targets:extraction", grammar.documents),
    "comparison": ("tests.fuzz.targets:comparison", grammar.documents),
    "replay": ("tests.fuzz.targets:replay", grammar.documents),
    "replay_headers": ("tests.fuzz.targets:replay_headers", grammar.headers),
    "web_archives": ("tests.fuzz.targets:web_archives", archives),
    "fetch": ("tests.fuzz.fetch_target:fetch", responses),
    "restore": ("tests.fuzz.restore_target:restoration", edited_backups),
}


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("name", FUZZERS)
def test_no_input_hangs_exceeds_the_memory_limit_or_raises(name: str):
    target, inputs = FUZZERS[name]
    report = fuzz(target, inputs())
    print(report)
    assert report.inputs > 0
    assert not report.faults, str(report)
