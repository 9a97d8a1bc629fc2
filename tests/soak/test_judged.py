"""The soak's judges themselves: that they would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.hook import Hook
from tests.soak.judged import flat
from tests.soak.script import WRONG, Mode, spells, story
from tests.soak.watched import Sample, Watched
from tests.support.receivers import Mailbox

CHECKS_A_SECOND = 20


def service(folder: Path, *, bytes_a_check: float = 0.0, **grown: int) -> Watched:
    """One that was watched for ten minutes, with what it took growing evenly."""
    watched = Watched("sample", "sqlite:///p.db", folder, folder, Mailbox(), Hook())
    for second in range(0, 600, 2):
        checks = second * CHECKS_A_SECOND
        # Warming up is quick, and left out.
        warm = min(second, 60) * 200_000
        watched.samples.append(
            Sample(
                float(second),
                None,
                None,
                {"checks": float(checks)},
                rss=round(120e6 + warm + bytes_a_check * checks),
                threads=20 + grown.get("threads", 0) * second // 600,
                fds=30 + grown.get("fds", 0) * second // 600,
            )
        )
    return watched


def test_memory_that_grows_by_a_kilobyte_per_check_is_noticed(tmp_path: Path):
    flat(service(tmp_path))
    flat(service(tmp_path, bytes_a_check=300))
    with pytest.raises(AssertionError, match="KiB more after"):
        flat(service(tmp_path, bytes_a_check=1024))


@pytest.mark.parametrize("what", ["threads", "fds"])
def test_threads_and_files_that_are_left_open_are_noticed(tmp_path: Path, what: str):
    flat(service(tmp_path, **{what: 3}))
    with pytest.raises(AssertionError):
        flat(service(tmp_path, **{what: 60}))


def test_a_story_states_no_number_twice_and_never_the_wrong_one():
    history = story("a page", 1800)
    assert len(set(history.values)) == len(history.values) > 30
    assert WRONG not in history.values
    assert history == story("a page", 1800)
    for index, begin, end in history.spans():
        assert history.index_at(begin) == history.index_at((begin + end) / 2) == index
    assert history.index_at(1e6) == len(history.values) - 1


@pytest.mark.parametrize("tls", [False, True])
def test_a_host_goes_through_every_kind_of_trouble(tls: bool):
    script = spells("a host", tls=tls)
    met = {next(script).mode for _ in range(60)}
    assert met == ({*Mode} if tls else {mode for mode in Mode if "certificate" not in mode and "handshake" not in mode})
