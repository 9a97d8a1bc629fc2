"""Settings are read whole or refused whole, and every one of them is documented."""

from __future__ import annotations

import pytest

from monitor.errors import ConfigurationError
from pagewitness import reference
from pagewitness.settings import Settings, from_env, variable


def refusal(environ):
    with pytest.raises(ConfigurationError) as caught:
        from_env(environ)
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults():
    settings = from_env({})
    assert settings.database_url == "sqlite:///pagewitness.db"
    assert settings.watchlist is None
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.replay_origin is None
    assert (settings.tick_seconds, settings.lease_seconds, settings.host_interval_seconds) == (1, 30, 1)
    assert (settings.connect_seconds, settings.read_seconds, settings.total_seconds) == (10, 30, 90)
    assert (settings.max_body_bytes, settings.max_redirects) == (16 * 1024 * 1024, 10)
    assert settings.user_agent.startswith("Pagewitness/")


def test_names_without_the_prefix_and_empty_values_are_ignored():
    assert from_env(
        {"WEB_PORT": "1", "HOME": "/", "PAGEWITNESS_WEB_PORT": " ", "PAGEWITNESS_CA_BUNDLE": ""}
    ) == from_env({})


def test_values_are_converted_to_their_type():
    settings = from_env(
        {
            "PAGEWITNESS_WEB_PORT": " 9000 ",
            "PAGEWITNESS_TICK_SECONDS": "0.25",
            "PAGEWITNESS_LOG_FORMAT": "JSON",
            "PAGEWITNESS_LOG_LEVEL": "Debug",
            "PAGEWITNESS_WATCHLIST": "lists/mine.toml",
            "PAGEWITNESS_REPLAY_ORIGIN": "https://replay.example.org/",
        }
    )
    assert (settings.web_port, settings.tick_seconds, settings.log_format, settings.log_level) == (
        9000,
        0.25,
        "json",
        "debug",
    )
    assert str(settings.watchlist) == "lists/mine.toml"
    assert settings.replay_origin == "https://replay.example.org"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("0.0.0.0", "http://127.0.0.1:81"),
        ("::1", "http://[::1]:81"),
        ("::", "http://[::1]:81"),
        ("web", "http://web:81"),
    ],
)
def test_links_start_with_the_web_s_address_by_default(host, base):
    environ = {"PAGEWITNESS_WEB_HOST": host, "PAGEWITNESS_WEB_PORT": "81"}
    assert from_env(environ).base_url == base
    assert (
        from_env({**environ, "PAGEWITNESS_BASE_URL": "https://w.example.org/pw/"}).base_url
        == "https://w.example.org/pw"
    )


def test_a_contact_becomes_part_of_the_user_agent():
    assert "(+https://example.org/bot)" in from_env({"PAGEWITNESS_CONTACT": "https://example.org/bot"}).user_agent
    assert from_env({"PAGEWITNESS_USER_AGENT": "Ours/1", "PAGEWITNESS_CONTACT": "a@example.org"}).user_agent == "Ours/1"


def test_all_problems_are_reported_at_once():
    message = refusal(
        {
            "PAGEWITNESS_WEB_PORT": "http",
            "PAGEWITNESS_VISITS": "0",
            "PAGEWITNESS_LOG_LEVEL": "debig",
            "PAGEWITNESS_TICK_SECONDS": "nan",
            "PAGEWITNESS_BASE_URL": "example.org",
            "PAGEWITNESS_REPLAY_ORIGIN": "https://example.org/path",
            "PAGEWITNESS_CONTACT": "a\nX-Injected: b",
            "PAGEWITNESS_CA_BUNDLE": "/no/such/file.pem",
            "PAGEWITNESS_DATABSE_URL": "sqlite:///x",
            "PAGEWITNESS_DATABASE_URL": "mysql://u:hunter2@host/db",
        }
    )
    assert len(message.splitlines()) == 11
    assert 'PAGEWITNESS_DATABSE_URL is no setting (did you mean "PAGEWITNESS_DATABASE_URL"?)' in message
    assert 'PAGEWITNESS_WEB_PORT: found "http"; it takes a whole number' in message
    assert '(did you mean "debug"?)' in message
    assert "hunter2" not in message


def test_a_value_with_line_breaks_stays_on_its_line():
    assert len(refusal({"PAGEWITNESS_BASE_URL": "x\ny\x1b[2J"}).splitlines()) == 2


def test_settings_that_do_not_fit_together_are_refused():
    message = refusal({"PAGEWITNESS_LEASE_SECONDS": "1", "PAGEWITNESS_TOTAL_SECONDS": "5"})
    assert "PAGEWITNESS_LEASE_SECONDS must be longer" in message
    assert "PAGEWITNESS_CONNECT_SECONDS may not be longer" in message


@pytest.mark.parametrize(("lease", "send"), [("20", "20"), ("19.9", None), ("30", "40"), ("5", None)])
def test_a_lease_that_a_send_may_outlast_is_refused(lease: str, send: str | None):
    given = {"PAGEWITNESS_LEASE_SECONDS": lease} | ({"PAGEWITNESS_SEND_SECONDS": send} if send else {})
    message = refusal(given)
    assert f"PAGEWITNESS_LEASE_SECONDS ({lease}) must be longer than PAGEWITNESS_SEND_SECONDS ({send or 20})" in message


def test_a_short_lease_goes_with_a_shorter_send():
    settings = from_env({"PAGEWITNESS_LEASE_SECONDS": "5", "PAGEWITNESS_SEND_SECONDS": "4"})
    assert (settings.lease_seconds, settings.send_seconds) == (5, 4)


def test_an_unknown_name_is_refused_but_secrets_of_the_watchlist_and_kubernetes_names_are_not():
    assert "PAGEWITNESS_FROBNICATE is no setting" in refusal({"PAGEWITNESS_FROBNICATE": "1"})
    assert "PAGEWITNESS_WEB_PORT" in refusal({"PAGEWITNESS_PORT": "8080"})
    from_env(
        {
            "PAGEWITNESS_HOOK_SECRET": "x",
            "PAGEWITNESS_SMTP_PASSWORD": "x",
            "PAGEWITNESS_PORT": "tcp://10.0.0.1:80",
            "PAGEWITNESS_PORT_80_TCP_ADDR": "10.0.0.1",
            "PAGEWITNESS_SERVICE_HOST": "10.0.0.1",
        }
    )


def test_the_database_url_stays_out_of_what_is_printed():
    settings = from_env({"PAGEWITNESS_DATABASE_URL": "postgresql://u:hunter2@host/db"})
    assert settings.database_url.endswith("hunter2@host/db")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_the_database_url_can_come_from_a_file(tmp_path):
    path = tmp_path / "url"
    path.write_text("postgresql://u:p@host/db\n")
    assert from_env({"PAGEWITNESS_DATABASE_URL_FILE": str(path)}).database_url == "postgresql://u:p@host/db"
    both = {"PAGEWITNESS_DATABASE_URL_FILE": str(path), "PAGEWITNESS_DATABASE_URL": "sqlite:///x"}
    assert "are both given" in refusal(both)
    assert "there is no such file" in refusal({"PAGEWITNESS_DATABASE_URL_FILE": str(tmp_path / "none")})
    assert "this is a device" in refusal({"PAGEWITNESS_DATABASE_URL_FILE": "/dev/zero"})


def test_settings_can_not_be_changed_after_reading():
    with pytest.raises(ValueError, match="frozen"):
        from_env({}).web_port = 1


def test_every_setting_is_described_and_the_reference_is_up_to_date():
    assert all(field.description for field in Settings.model_fields.values())
    on_disk = (reference.FOLDER / "settings.md").read_text(encoding="utf-8")
    assert on_disk == reference.settings_page(), "run python -m pagewitness.reference"
    assert all(f"| `{variable(name)}` |" in on_disk for name in Settings.model_fields)


def test_a_visit_has_limits_and_a_proxy_is_named_in_full():
    settings = from_env({"PAGEWITNESS_VISIT_SECONDS": "20", "PAGEWITNESS_PROXY": "http://proxy.example:3128/"})
    assert (settings.visit_bytes, settings.visit_seconds, settings.proxy) == (
        50_000_000,
        20,
        "http://proxy.example:3128",
    )
    assert from_env({}).proxy is None
    assert "PAGEWITNESS_PROXY" in refusal({"PAGEWITNESS_PROXY": "proxy:3128"})


def test_the_web_interface_is_published_only_where_its_url_is_set():
    assert from_env({}).published_url is None
    assert from_env({"PAGEWITNESS_BASE_URL": "https://watch.example.org/"}).published_url == "https://watch.example.org"
