"""One changed fact through a channel of every type, from the watchlist to the services' fakes, with the commands that people use."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from alerts.channel_types import CHANNEL_TYPES
from pagewitness.cli import app
from pagewitness.watchlist.errors import WatchlistError
from tests.alerts.channels.fakes import services
from tests.support.receivers import Answer, Call

PAGE = "<title>Coalition</title><h1>Partners @everyone <!channel></h1><p>We are a coalition of {} members.</p>"
URL_TYPES = {
    "slack": services.slack,
    "teams": services.teams,
    "discord": services.discord,
    "mattermost": services.mattermost,
}
OPTIONS = {
    "telegram": f'chat = "{services.CHAT}"\ntoken = "env:PAGEWITNESS_SERVICES_TOKEN"\n',
    "matrix": f'room = "{services.ROOM}"\ntoken = "env:PAGEWITNESS_SERVICES_TOKEN"\n',
    "ntfy": f'topic = "{services.TOPIC}"\ntoken = "env:PAGEWITNESS_SERVICES_TOKEN"\n',
    "gotify": 'token = "env:PAGEWITNESS_SERVICES_TOKEN"\n',
}


def judge():
    """Answer each call as the service does whose path it has."""
    by_path = {f"/{name}": fake for name, fake in URL_TYPES.items()}
    by_path |= {"/": services.ntfy, "/message": services.gotify, "/webhook": lambda call: Answer()}
    matrix = services.Matrix()

    def answer(call: Call) -> Answer:
        fake = by_path.get(call.path) or (matrix if "_matrix" in call.path else services.telegram)
        return services.judged(fake)(call)

    return answer


@pytest.fixture
def watchlist(site, receiver, mailbox, tmp_path):
    base = receiver.url.partition("/hook")[0]
    text = f'[[page]]\nurl = "{site.serve("/", PAGE.format(83))}"\nfacts = ["member_count"]\nallow_private = true\n'
    text += '[[fact]]\nname = "member_count"\ncount_of = ["members"]\n'
    for name in CHANNEL_TYPES:
        text += f'[[channel]]\nname = "a {name}"\ntype = "{name}"\n'
        if name == "email":
            text += f'host = "{mailbox.host}"\nport = {mailbox.port}\nsecurity = "none"\nfrom = "a@example.org"\nto = ["b@example.org"]\n'
        else:
            text += OPTIONS.get(name, "") + "allow_private = true\n"
            if name == "apprise":
                text += f'urls = ["{base.replace("http", "json")}/webhook"]\n'
                continue
            text += f'server = "{base}"\n' if name in OPTIONS else f'url = "{base}/{name}"\n'
    path = tmp_path / "watchlist.toml"
    path.write_text(text)
    return path


def test_a_changed_fact_arrives_through_each_type_of_channel(watchlist, site, receiver, mailbox, tmp_path, monkeypatch):
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/types.db")
    monkeypatch.setenv("PAGEWITNESS_SERVICES_TOKEN", services.TOKEN)
    monkeypatch.setenv("PAGEWITNESS_ALLOW_APPRISE", "true")
    receiver.judge = judge()

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        return done.stdout

    run("apply", str(watchlist))
    run("check")
    site.serve("/", PAGE.format(85))
    run("check")

    rows = [json.loads(line) for line in run("channels", "list", "--json").splitlines()]
    assert [row["type"] for row in rows] == list(CHANNEL_TYPES)
    assert {(row["state"], row["waiting"], row["dead"], row["last_error"]) for row in rows} == {("ok", 0, 0, "")}
    assert len(mailbox.messages) == 1
    assert len(receiver.calls) == len(CHANNEL_TYPES) - 1
    assert all(b"member" in call.body and b"85" in call.body for call in receiver.calls)
    assert services.TOKEN not in run("channels", "list") + run("alerts", "--json")
    for name in CHANNEL_TYPES:
        run("channels", "test", f"a {name}")


@pytest.fixture
def apprise_watchlist(tmp_path, monkeypatch):
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/types.db")
    path = tmp_path / "list.toml"
    path.write_text(
        '[[page]]\nurl = "https://example.org/"\n[[channel]]\nname = "phone"\ntype = "apprise"\nurls = ["env:PAGEWITNESS_URL_SECRET"]\n'
    )
    return path


@pytest.mark.parametrize("allowed", ["", "false"])
def test_apprise_is_refused_when_it_is_not_allowed_and_the_message_says_what_to_set(
    apprise_watchlist, monkeypatch, allowed
):
    monkeypatch.setenv("PAGEWITNESS_ALLOW_APPRISE", allowed)
    done = CliRunner().invoke(app, ["apply", str(apprise_watchlist)])
    assert isinstance(done.exception, WatchlistError)
    assert "channel (phone) type: apprise is not allowed here; set PAGEWITNESS_ALLOW_APPRISE=true" in str(
        done.exception
    )


def test_apprise_is_refused_when_it_is_not_installed_and_the_message_says_how(apprise_watchlist, monkeypatch):
    monkeypatch.setenv("PAGEWITNESS_ALLOW_APPRISE", "1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["apply", str(apprise_watchlist)])
    assert isinstance(done.exception, WatchlistError)
    assert "Apprise is not installed; pip install 'pagewitness[apprise]'" in str(done.exception)


def test_a_declared_channel_says_what_to_set_when_the_permission_is_taken_back(apprise_watchlist, monkeypatch):
    monkeypatch.setenv("PAGEWITNESS_ALLOW_APPRISE", "yes")
    assert CliRunner().invoke(app, ["apply", str(apprise_watchlist)]).exit_code == 0
    monkeypatch.delenv("PAGEWITNESS_ALLOW_APPRISE")
    done = CliRunner().invoke(app, ["channels", "test", "phone"])
    assert "set PAGEWITNESS_ALLOW_APPRISE=true" in str(done.exception)
