"""Alive, ready, and quiet about what keeps failing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from alerts.model import DeliveryState
from monitor.errors import DatabaseFull
from monitor.model import Outcome, PageState, Verdict
from pagewitness.cli.status import needs_of
from pagewitness.service.liveness import GuardedJob, HealthReporter, Liveness, ThrottledLogger
from pagewitness.service.metrics import Metrics
from storage.database.engine import Database, open_database
from storage.queries.gauges import Gauges, Waiting
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full
from tests.support.clocks import Clock


class Seconds:
    """A clock of seconds that moves only when it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path):
    path = tmp_path / "pagewitness.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def metrics(file: Database, clock: Clock, seconds: Seconds) -> Metrics:
    return Metrics(file, clock=clock, version="9.8.7", monotonic=seconds)


def samples(metrics: Metrics) -> dict[tuple[str, frozenset], float]:
    text = metrics.exposition("text/plain")[0].decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((f"pagewitness_{name}", frozenset(labels.items())))


def test_a_service_that_never_ticked_is_not_ready_and_one_that_ticks_is(seconds: Seconds):
    liveness = Liveness(1.0, seconds)
    assert liveness.idle() == ["the scheduler is not running"]
    liveness.begin()
    assert (liveness.stopped(), liveness.idle()) == ([], [])


def test_without_a_tick_for_thirty_seconds_it_is_neither_alive_nor_ready(seconds: Seconds):
    liveness = Liveness(1.0, seconds)
    liveness.begin()
    seconds.now += 30
    assert (liveness.stopped(), liveness.idle()) == ([], [])
    seconds.now += 1
    assert liveness.stopped() == ["the clock has not ticked for 31 s"]
    liveness.tick(worked=True)
    assert (liveness.stopped(), liveness.idle()) == ([], [])


def test_ticks_that_fail_leave_it_alive_but_not_ready(seconds: Seconds):
    liveness = Liveness(1.0, seconds)
    liveness.begin()
    for _ in range(40):
        seconds.now += 1
        liveness.tick(worked=False)
    assert liveness.stopped() == []
    assert liveness.idle() == ["no tick has succeeded for 40 s"]


def test_visits_that_cannot_be_recorded_again_and_again_make_it_unready_though_ticks_go_well(seconds: Seconds):
    liveness = Liveness(1.0, seconds)
    liveness.begin()

    def visit_after(wait: int, *, kept: bool) -> list[str]:
        seconds.now += wait
        liveness.tick(worked=True)
        liveness.visited(kept=kept)
        return liveness.idle()

    assert visit_after(10, kept=False) == []
    assert visit_after(30, kept=False) == [], "a hiccup"
    assert visit_after(5, kept=False) == ["checks could not be recorded for 35 s"]
    assert liveness.stopped() == []
    assert visit_after(5, kept=True) == []
    assert visit_after(5, kept=False) == []
    for _ in range(200):  # nothing is due for hours: the fault is of long ago
        seconds.now += 30
        liveness.tick(worked=True)
        assert liveness.idle() == []


def test_a_slow_clock_is_given_its_time(seconds: Seconds):
    liveness = Liveness(60.0, seconds)
    liveness.begin()
    seconds.now += 170
    assert liveness.stopped() == []
    seconds.now += 20
    assert liveness.stopped() != []


def test_a_service_that_is_ending_is_not_ready_but_is_left_to_end(seconds: Seconds):
    liveness = Liveness(1.0, seconds)
    liveness.begin()
    liveness.end()
    seconds.now += 90
    assert (liveness.stopped(), liveness.idle()) == ([], ["the scheduler is not running"])


def test_readiness_queries_the_database_and_does_not_reveal_its_location(
    file: Database, metrics: Metrics, tmp_path: Path
):
    operation = HealthReporter(file, metrics, None)
    assert operation.unready() == []
    (tmp_path / "pagewitness.db").rename(tmp_path / "away.db")
    assert operation.unready() == ["the database cannot be used (the file is gone)"]
    assert operation.stopped() == []


def test_a_step_that_keeps_failing_is_logged_once_a_minute_and_when_it_works_again(metrics: Metrics, seconds: Seconds):
    broken = True

    def plan() -> None:
        if broken:
            raise DatabaseFull("sqlite:///x.db: the disk is full")

    step = GuardedJob("plan", plan, metrics, monotonic=seconds)
    with capture_logs() as lines:
        for _ in range(150):
            assert step() is False
            seconds.now += 1
        broken = False
        assert step() is True
        assert step() is True
    assert [line["log_level"] for line in lines] == ["error", "error", "error", "info"]
    assert lines[0]["error"] == "sqlite:///x.db: the disk is full"
    assert lines[-1] == {"event": "step works again", "step": "plan", "failures": 150, "log_level": "info"}
    assert value(metrics, "failures_total", step="plan") == 150


def test_errors_of_different_kinds_are_throttled_separately(seconds: Seconds):
    throttled = ThrottledLogger(seconds)
    with capture_logs() as lines:
        for error in (DatabaseFull("full"), ValueError("a page's words"), DatabaseFull("full")):
            throttled.log("visit ended early", error)
    assert len(lines) == 2
    assert lines[1]["error"] == "ValueError"


def test_checks_and_sends_are_counted_and_steps_measured(metrics: Metrics):
    metrics.checked(Outcome.FULL, Verdict.OK, 0.3)
    metrics.checked(Outcome.FULL, Verdict.OK, 0.2)
    metrics.checked(Outcome.FAILED, None, 10)
    metrics.sent("desk", "refused")
    assert metrics.timed("analyze", lambda number: number + 1)(2) == 3
    assert value(metrics, "checks_total", outcome="full", verdict="ok") == 2
    assert value(metrics, "checks_total", outcome="failed", verdict="none") == 1
    assert value(metrics, "sends_total", channel="desk", result="refused") == 1
    assert value(metrics, "duration_seconds_count", step="check") == 3
    assert value(metrics, "duration_seconds_sum", step="check") == 10.5
    assert value(metrics, "duration_seconds_count", step="analyze") == 1


def test_the_database_is_counted_every_fifteen_seconds_at_most(
    file: Database, metrics: Metrics, clock: Clock, seconds: Seconds
):
    page = add_page(SqlStore(file), clock())
    assert value(metrics, "pages", state="active") == 1
    archive(SqlStore(file), page, full(clock(), b"body"), clock())
    seconds.now += 14
    assert value(metrics, "snapshots_unprocessed") == 0
    seconds.now += 1
    clock.advance(minutes=2)
    assert value(metrics, "snapshots_unprocessed") == 1
    assert value(metrics, "unprocessed_oldest_seconds") == 120
    assert value(metrics, "bodies_bytes") > 0
    assert value(metrics, "database_bytes") > 100_000
    assert value(metrics, "database_up") == 1


def test_removed_bodies_are_subtracted_at_the_next_recount(
    file: Database, metrics: Metrics, clock: Clock, seconds: Seconds
):
    page = add_page(SqlStore(file), clock())
    archive(SqlStore(file), page, full(clock(), b"body"), clock())
    assert value(metrics, "bodies_bytes") > 0
    with file.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in ("exchanges", "snapshots", "body_links", "bodies"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    seconds.now += 6 * 3600
    assert value(metrics, "bodies_bytes") == 0


def test_without_a_database_the_other_metrics_are_still_served(file: Database, metrics: Metrics):
    metrics.checked(Outcome.FULL, Verdict.OK, 0.1)
    with file.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE pages RENAME TO elsewhere")
    assert value(metrics, "database_up") == 0
    assert value(metrics, "lag_seconds") is None
    assert value(metrics, "checks_total", outcome="full", verdict="ok") == 1


def test_two_metrics_share_nothing(file: Database, clock: Clock):
    first, second = (Metrics(file, clock=clock, version="1") for _ in range(2))
    first.sent("desk", "sent")
    assert value(second, "sends_total", channel="desk", result="sent") is None


def test_no_label_contains_a_url(file: Database, metrics: Metrics, clock: Clock):
    page = add_page(SqlStore(file), clock(), "https://secret-name.example/path")
    archive(SqlStore(file), page, full(clock(), b"body"), clock())
    assert b"secret-name" not in metrics.exposition("")[0]


CALM = Gauges(0, 0, 0, 0, {PageState.ACTIVE: 1}, {None: 1}, 0, 0, 0, ())


@pytest.mark.parametrize(
    ("change", "need"),
    [
        ({"lag_seconds": 3700.0}, "due for 1 h 1 min"),
        ({"unprocessed": 1, "unprocessed_seconds": 90_000.0}, "waited for 1 d 1 h"),
        ({"stale": 2}, "2 pages had no ok check"),
        ({"waiting": (Waiting("desk", DeliveryState.DEAD, 1, 5.0),)}, "1 delivery was refused"),
    ],
)
def test_status_lists_what_needs_attention(change: dict[str, object], need: str):
    assert needs_of(CALM) == []
    (message,) = needs_of(replace(CALM, **change))
    assert need in message


def test_status_omits_what_recovers_by_itself():
    pending = Waiting("desk", DeliveryState.PENDING, 3, 900.0)
    assert (
        needs_of(replace(CALM, due=5, lag_seconds=60.0, unprocessed=2, unprocessed_seconds=30.0, waiting=(pending,)))
        == []
    )
