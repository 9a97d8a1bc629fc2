"""The dead man's switch, against a real HTTP server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from alerts.channels.unreachable import ChannelUnreachable
from alerts.model import ChannelTrouble
from monitor.errors import ConfigurationError
from pagewitness.service.heartbeat import Heartbeat, HeartbeatRefused
from pagewitness.settings import Settings, from_env
from tests.alerts.examples import DESK, planned
from tests.storage.snapshots import add_page, archive, fact_changed, failed, full, ok
from tests.support.receivers import Answer

HOUR = timedelta(hours=1)


@pytest.fixture
def heartbeat(database, clock, receiver):
    """A heartbeat, and the problems that its supervisor reports."""
    problems: list[str] = []
    settings = Settings(heartbeat_url=receiver.url, user_agent="Pagewitness/1", send_seconds=5)
    return Heartbeat(settings, database, lambda what: {"problems": problems}, clock), problems


def page_with_delivery(store, outbox, clock):
    """Add a page whose next check is in an hour, with a delivery for the channel "desk"."""
    store.apply_declared([], [], [DESK], [], now=clock())
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), b"body"), clock())
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=clock())
    [event] = outbox.unplanned(1)
    outbox.plan([event.id], [planned(event.id, "rule", "desk", "msg_1", {"text": "x"})], now=clock())
    return page


def test_it_is_requested_while_checks_and_deliveries_succeed(heartbeat, receiver, store, outbox, clock):
    page_with_delivery(store, outbox, clock)
    beat, _ = heartbeat
    assert beat.reasons() == []
    assert beat.beat()
    [call] = receiver.calls
    assert (call.method, call.path, call.body) == ("GET", "/hook?key=of-the-path", b"")
    assert call.headers["user-agent"] == "Pagewitness/1"


def test_it_is_withheld_while_a_process_does_not_work_and_resumes(heartbeat, receiver):
    beat, problems = heartbeat
    problems.append("fetcher: no tick has succeeded for 40 s")
    assert not beat.beat()
    assert receiver.calls == []
    problems.clear()
    assert beat.beat()
    assert len(receiver.calls) == 1


def test_it_is_withheld_without_a_supervisor(database, clock, receiver):
    settings = Settings(heartbeat_url=receiver.url)
    assert Heartbeat(settings, database, lambda what: None, clock).reasons() == [
        "the service's supervisor does not answer"
    ]


def test_it_is_withheld_while_a_page_waits_for_its_check(heartbeat, store, outbox, clock):
    page_with_delivery(store, outbox, clock)
    clock.advance(minutes=60 + 14)
    assert heartbeat[0].reasons() == []
    clock.advance(minutes=2)
    assert heartbeat[0].reasons() == ["a page has been due for more than 15 minutes"]


def test_it_is_withheld_while_a_snapshot_is_not_processed(heartbeat, store, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), b"body"), clock())
    clock.advance(minutes=16)
    assert heartbeat[0].reasons() == ["a snapshot has been unprocessed for more than 15 minutes"]


def test_it_is_withheld_while_all_checks_fail(heartbeat, store, clock):
    page = add_page(store, clock())
    for _ in range(4):
        archive(store, page, failed(clock.advance(minutes=1)), clock())
    assert heartbeat[0].reasons() == [], "a few failures are the page's own"
    archive(store, page, failed(clock.advance(minutes=1)), clock())
    assert heartbeat[0].reasons() == ["all 5 checks of the last hour failed"]
    archive(store, page, full(clock.advance(minutes=1), b"body"), clock())
    assert heartbeat[0].reasons() == []


def test_it_is_withheld_while_a_channel_accepts_nothing(heartbeat, store, outbox, database, clock):
    page_with_delivery(store, outbox, clock)
    for tries in range(1, 6):
        [delivery] = outbox.claim("me", "desk", lease=HOUR, limit=1)
        outbox.failed(delivery.id, "me", "refused", retry_in=timedelta(0), trouble=ChannelTrouble(timedelta(0)))
        assert heartbeat[0].reasons() == ([] if tries < 5 else ["1 channel accepts nothing"])
    [delivery] = outbox.claim("me", "desk", lease=HOUR, limit=1)
    outbox.sent(delivery.id, "me", "250 OK")
    assert heartbeat[0].reasons() == []


def test_it_is_withheld_while_nothing_is_sent(heartbeat, store, outbox, database, clock):
    page_with_delivery(store, outbox, clock)
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET next_try_at = '2001-01-01 00:00:00.000000'"))
    assert heartbeat[0].reasons() == ["a delivery has been due for more than 15 minutes"]


@pytest.mark.parametrize("status", [404, 500, 301])
def test_a_refusal_is_an_error_without_the_url(heartbeat, receiver, status):
    receiver.will_answer(Answer(status, {"Location": "/elsewhere"}, b"no check at /hook?key=of-the-path"))
    with pytest.raises(HeartbeatRefused, match=f"HTTP {status}") as caught:
        heartbeat[0].beat()
    assert "of-the-path" not in str(caught.value)
    assert len(receiver.calls) == 1, "a redirect is not followed"


def test_a_server_that_is_down_is_an_error_without_the_url(heartbeat, receiver):
    receiver.stop()
    with pytest.raises(ChannelUnreachable, match="refused") as caught:
        heartbeat[0].beat()
    assert "of-the-path" not in str(caught.value)


def test_the_url_is_a_secret_of_the_settings(tmp_path, receiver):
    (tmp_path / "url").write_text(receiver.url + "\n")
    settings = from_env({"PAGEWITNESS_HEARTBEAT_URL_FILE": str(tmp_path / "url")})
    assert settings.heartbeat_url == receiver.url
    assert "of-the-path" not in repr(settings)
    with pytest.raises(ConfigurationError, match=r"PAGEWITNESS_HEARTBEAT_URL: .*http or https URL") as caught:
        from_env({"PAGEWITNESS_HEARTBEAT_URL": "ftp://ping.example/secret"})
    assert "secret" not in str(caught.value)
