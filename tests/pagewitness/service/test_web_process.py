"""What the web process logs when it starts."""

from __future__ import annotations

from structlog.testing import capture_logs

from pagewitness.service.web_process import log_first_admin


class Web:
    def __init__(self, link: str | None) -> None:
        self.link = link

    def first_admin_link(self) -> str | None:
        return self.link


def test_the_link_for_the_first_administrator_is_logged_only_while_there_is_no_user():
    with capture_logs() as lines:
        log_first_admin(Web("http://127.0.0.1:8080/welcome/token"))
        log_first_admin(Web(None))
    assert [(line["event"], line["add_the_first_administrator_at"]) for line in lines] == [
        ("no_user_yet", "http://127.0.0.1:8080/welcome/token")
    ]
