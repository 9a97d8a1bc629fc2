"""Log lines: one object each, tied to their subject by keys, without secrets or what pages say."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from alerts.errors import DeliveryError
from alerts.model import Delivery
from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.fetching.robots import Rules
from monitor.model import FetchRequest, RobotsFile
from pagewitness import logs
from pagewitness.composition import open_app
from pagewitness.service.metrics import Metrics
from pagewitness.service.visit_logger import ObservedChannel, VisitLogger, delivery_of
from pagewitness.settings import Settings
from storage.database.engine import Database
from tests.storage.snapshots import HOURLY
from tests.support.clocks import Clock
from tests.support.services import stepped
from tests.support.sites import Site

Configured = Callable[..., Callable[[], list[str]]]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configured]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def configure(form: str, **more: str) -> Callable[[], list[str]]:
        stream = io.StringIO()
        monkeypatch.setattr("sys.stderr", stream)
        logs.configure(Settings(log_format=form, **more))
        return lambda: stream.getvalue().splitlines()

    yield configure
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail_with_a_secret() -> None:
    password = "open sesame " * 2
    page_text = "The Coalition has 87 members"
    raise ValueError(len(password + page_text))


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_local_variables(configured: Configured, form: str):
    lines = configured(form)
    try:
        fail_with_a_secret()
    except ValueError:
        logs.get("test").exception("it broke")
    text = "\n".join(lines())
    assert "fail_with_a_secret" in text
    assert "sesame" not in text.replace('password = "open sesame " * 2', "")
    assert "87 members" not in text


def fail_with(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_of_urls_are_not_logged(configured: Configured, form: str):
    lines = configured(form)
    url = "https://visitor:hunter2@example.org/list?page=7&access_token=hunter3"
    logs.get("ours").info(f"checked {url}", page=url, pages=[url])
    logging.getLogger("theirs").warning("slow: %s", url)
    try:
        fail_with(url)
    except ValueError:
        logs.get("ours").exception("it broke")
    text = "\n".join(lines())
    assert "page=7&access_token=[redacted]" in text
    assert "hunter" not in text.replace('url = "https://visitor', "")


def test_libraries_log_in_the_same_form_with_what_is_bound(configured: Configured):
    lines = configured("json")
    with structlog.contextvars.bound_contextvars(visit="abc"):
        logs.get("ours").info("checked", page=7)
        logging.getLogger("theirs").warning("slow %s", "server")
    ours, theirs = (json.loads(line) for line in lines())
    assert (ours["event"], ours["page"], ours["visit"], ours["level"]) == ("checked", 7, "abc", "info")
    assert (theirs["event"], theirs["logger"], theirs["visit"]) == ("slow server", "theirs", "abc")


def test_no_line_quotes_what_a_server_sent(configured: Configured, site: Site):
    lines = configured("console", log_level="debug")
    url = site.garbage(
        "/", b"HTTP/1.1 200 OK\r\nsecret\x9b: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    with Fetcher(FetchLimits(), "test") as fetch:
        fetch(FetchRequest(url, allow_private=True), datetime(2021, 3, 1, tzinfo=UTC))
    logging.getLogger("urllib3.connection").warning("Failed to parse headers: %r", "secret")
    Rules(
        RobotsFile("http://a", *2 * [datetime(2021, 3, 1, tzinfo=UTC)], 200, "User-agent: *\nCrawl-delay: secret"),
        datetime(2021, 3, 1, tzinfo=UTC),
    )
    assert lines() == []


@pytest.fixture
def lines_of_a_visit(site: Site, tmp_path: Any, clock: Clock) -> list[dict[str, Any]]:
    site.serve("/", "<main><p>The Coalition has 87 members.</p></main>")
    with (
        open_app(Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}")) as app,
        capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines,
    ):
        app.store.add_page(site.url("/"), schedule=HOURLY, allow_private=True, source="added", now=clock())
        with stepped(app, clock) as service:
            service.tick()
            service.settle()
    return lines


def test_a_check_is_one_line_with_page_snapshot_and_visit(lines_of_a_visit: list[dict[str, Any]], site: Site):
    (checked,) = [line for line in lines_of_a_visit if line["event"] == "checked"]
    assert checked["url"] == site.url("/")
    assert (checked["page"], checked["snapshot"], checked["outcome"], checked["verdict"]) == (1, 1, "full", None)
    (processed,) = [line for line in lines_of_a_visit if line["event"] == "processed"]
    assert (processed["page"], processed["snapshot"], processed["verdict"]) == (1, 1, "ok")
    assert len(checked["visit"]) == 12
    assert "87 members" not in json.dumps(lines_of_a_visit)


def test_a_page_that_cannot_be_processed_is_logged_in_one_short_line(database: Database, clock: Clock):
    class Page:
        id, url = 7, "https://pact.example/"

    metrics = Metrics(database, clock=clock, version="1")
    with capture_logs() as lines:
        VisitLogger(metrics).on_error(Page(), ValueError("cannot read: " + "87 members\n" * 100))
    (line,) = lines
    assert line["page"] == 7
    assert len(line["error"]) <= 200
    assert "\n" not in line["error"]


class Channel:
    """Answers as configured."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def send(self, delivery: Delivery) -> str:
        logging.getLogger("smtplib").warning("from inside")
        logs.get("channel").info("inside")
        if self.error:
            raise self.error
        return "250 OK"


UID = "msg_" + "0123456789abcdef" * 2
DELIVERY = Delivery(
    **{name: None for name in Delivery.__slots__ if name not in {"uid", "attempts"}}, uid=UID, attempts=1
)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (None, "sent"),
        (DeliveryError("later"), "failed"),
        (DeliveryError("never", permanent=True), "refused"),
        (OSError("broken"), "failed"),
    ],
)
def test_what_a_channel_does_carries_the_deliverys_id_and_is_counted(
    database: Database, clock: Clock, error: Exception | None, result: str
):
    metrics = Metrics(database, clock=clock, version="1")
    channel = ObservedChannel(Channel(error), "desk", metrics)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        if error is None:
            assert channel.send(DELIVERY) == "250 OK"
        else:
            with pytest.raises(type(error)):
                channel.send(DELIVERY)
    assert {line["delivery"] for line in lines} == {UID}
    assert f'pagewitness_sends_total{{channel="desk",result="{result}"}} 1.0' in metrics.exposition("")[0].decode()


def test_a_dispatchers_line_names_its_delivery():
    assert delivery_of(f"desk: {UID}: 451 later") == UID
    assert delivery_of("no delivery here") is None
