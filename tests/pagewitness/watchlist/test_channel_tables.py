"""The channel types: each has a configuration, a renderer, a sender, a table, a stored form and its documentation."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from alerts.channel_types import CHANNEL_TYPES, destination, inline_secrets, type_of
from alerts.channels.factory import HTTP_SENDERS
from alerts.messages.renderers import RENDERERS
from pagewitness.watchlist.channel_tables import CHANNEL_TABLES, POLICY_KEYS
from pagewitness.watchlist.loader import WatchlistError, parse
from storage.watched.declarations import channel_to_json
from storage.watched.stored_definitions import channel_of

PAGE = '[[page]]\nurl = "https://example.org/"\n'
HOOK = 'url = "https://hooks.example/services/T0/secret-path"\n'
TABLES = {
    "email": 'host = "smtp.example.org"\nfrom = "a@example.org"\nto = ["b@example.org"]\n',
    "slack": HOOK,
    "teams": HOOK,
    "discord": HOOK,
    "mattermost": HOOK,
    "webhook": HOOK,
    "telegram": 'chat = "@news"\ntoken = "123:secret"\n',
    "matrix": 'server = "https://matrix.example"\nroom = "!a:matrix.example"\ntoken = "secret"\n',
    "ntfy": 'topic = "secret-topic"\n',
    "gotify": 'server = "https://push.example/gotify"\ntoken = "secret"\n',
    "apprise": 'urls = ["jsons://user:secret@hooks.example/secret-path"]\n',
}
DOCS = Path(__file__).parents[3] / "docs"


def channel(kind: str, more: str = ""):
    text = f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\n{TABLES[kind]}{more}'
    [config] = parse(text, "list.toml").channels
    return config


def test_the_lists_of_channel_types_agree():
    assert list(CHANNEL_TYPES) == list(CHANNEL_TABLES)
    assert set(CHANNEL_TYPES) == set(RENDERERS) | {"webhook"} == set(TABLES)
    assert set(HTTP_SENDERS) | {"email", "apprise"} == set(TABLES)


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_a_table_becomes_its_configuration_and_comes_back_from_the_database(kind):
    config = channel(kind)
    assert (type(config), type_of(config)) == (CHANNEL_TYPES[kind], kind)
    stored = json.dumps(channel_to_json(config))
    assert channel_of("team", stored) == config
    assert json.loads(stored)["type"] == kind


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_a_table_has_the_fields_of_its_configuration(kind):
    table = CHANNEL_TABLES[kind]
    keys = set(table.model_fields) - {"type"} - POLICY_KEYS | {"policy"}
    assert keys == {field.name for field in fields(CHANNEL_TYPES[kind])}


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_neither_a_list_nor_a_log_shows_a_secret(kind):
    config = channel(kind)
    assert "secret" not in repr(config)
    assert "secret" not in destination(config)
    assert "." in destination(config)


@pytest.mark.parametrize("kind", sorted(set(CHANNEL_TYPES) - {"email", "apprise"}))
def test_a_private_address_needs_to_be_allowed(kind):
    key = "url" if "url" in CHANNEL_TABLES[kind].model_fields else "server"
    lines = [line for line in TABLES[kind].splitlines(keepends=True) if not line.startswith(key)]
    written = f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\n{"".join(lines)}{key} = "http://10.0.0.7/x"\n'
    with pytest.raises(WatchlistError, match=r"allow_private: http://10\.0\.0\.7/ is on a private or loopback address"):
        parse(written, "list.toml")
    [config] = parse(written + "allow_private = true\n", "list.toml").channels
    assert config.allow_private


@pytest.mark.parametrize("kind", ["slack", "teams", "discord", "mattermost", "webhook"])
def test_the_url_of_a_webhook_may_be_a_reference(kind):
    written = f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\nurl = "env:HOOK"\n'
    [config] = parse(written, "list.toml").channels
    assert (config.url, destination(config)) == ("env:HOOK", "env:HOOK")
    assert channel_of("team", json.dumps(channel_to_json(config))) == config


@pytest.mark.parametrize("kind", CHANNEL_TYPES)
def test_every_type_has_a_guide_whose_watchlist_is_valid(kind):
    guides = {
        **{name: f"alerts-in-{name}.md" for name in ("slack", "teams", "discord", "telegram", "matrix", "mattermost")},
        **{name: f"alerts-by-{name}.md" for name in ("ntfy", "gotify", "apprise")},
        "email": "send-alerts.md",
        "webhook": "send-alerts.md",
    }
    text = (DOCS / "how-to" / guides[kind]).read_text()
    block = next(
        block for block in re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) if kind in block
    )
    [config] = parse(PAGE + block.partition("[[rule]]")[0], "list.toml").channels
    assert type_of(config) == kind
    assert f'type = "{kind}"' in (DOCS / "reference" / "watchlist.md").read_text()


@pytest.mark.parametrize(
    ("kind", "line", "problem"),
    [
        (
            "telegram",
            'chat = "news"\ntoken = "env:T"\n',
            'it takes an identifier, such as "-1001234567890", or "@name"',
        ),
        ("telegram", 'chat = "@news"\ntoken = "env:"\n', '"env:" names nothing'),
        ("matrix", 'server = "https://m.example"\nroom = "#a:m.example"\ntoken = "t"\n', "the internal id of a room"),
        ("ntfy", 'topic = "two words"\n', 'letters, digits, "-" and "_"'),
        ("slack", 'url = "hooks.slack.com/x"\n', "url: "),
        ("slack", 'url = "file:"\n', '"file:" names nothing'),
        ("gotify", 'server = "env:SERVER"\ntoken = "t"\n', "server: "),
        ("slack", HOOK + 'secret = "x"\n', "secret: there is no such key"),
        ("apprise", "urls = []\n", "urls: "),
        ("apprise", 'urls = ["env:"]\n', 'urls[1]: "env:" names nothing'),
        ("apprise", 'urls = ["env:A", "syslog://"]\n', "urls[2]: it takes"),
        ("apprise", 'urls = ["syslog://x"]\n', "urls[1]: syslog:// is not one of the Apprise services"),
        ("apprise", 'urls = ["tgram://123/456"]\n', 'tgram:// has a channel type of its own; use type = "telegram"'),
    ],
)
def test_mistakes_are_named(kind, line, problem):
    with pytest.raises(WatchlistError) as caught:
        parse(f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\n{line}', "list.toml")
    assert problem in str(caught.value)


TEMPLATE = 'template = \'{"text": "{{ subject }}"}\'\n'


def test_the_options_of_a_webhook_come_back_from_the_database():
    more = (
        TEMPLATE
        + 'secret = ["env:NEW_SECRET", "env:OLD_SECRET"]\nheaders = { Authorization = "env:T", "X-Team" = "desk" }\n'
        + 'fields = { routing_key = "file:/run/secrets/key" }\n'
    )
    config = channel("webhook", more)
    assert config.secret == ("env:NEW_SECRET", "env:OLD_SECRET")
    assert config.headers == (("Authorization", "env:T"), ("X-Team", "desk"))
    assert config.fields == (("routing_key", "file:/run/secrets/key"),)
    assert channel_of("team", json.dumps(channel_to_json(config))) == config


@pytest.mark.parametrize("more", ["", TEMPLATE, TEMPLATE + 'content_type = "application/cloudevents+json"\n'])
def test_webhooks_as_earlier_versions_stored_them_are_unchanged(more):
    stored = channel_to_json(channel("webhook", more))
    assert list(stored)[:4] == ["type", "url", "secret", "allow_private"]
    assert set(stored) - {"type", "url", "secret", "allow_private"} == set(re.findall(r"^\w+", more, re.MULTILINE))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('headers = { Host = "x" }', "Host is set by Pagewitness"),
        ('headers = { "Webhook-Id" = "x" }', "Webhook-Id is set by Pagewitness"),
        ('headers = { "a b" = "x" }', "the name of a header field"),
        ('headers = { A = "ü" }', "one line of ASCII characters"),
        ('headers = { A = "env:" }', '"env:" names nothing'),
        ("secret = []", "secret"),
        ('secret = ["env:A", "env:B", "env:C"]', "secret"),
        ('content_type = "text/plain"', "content_type is given without template"),
        ('template = "{{ subject }}"', "template: what it makes is no JSON"),
        ('template = "{{ subject"', "template: line 1: "),
        ('template = "{{ subject * 2 }}"', "template: line 1: mul is not available"),
        ('template = "x"\ncontent_type = "plain"', "a media type"),
        ('template = "x"\ncontent_type = "text/plain"\nfields = { a = "b" }', "fields are added to JSON"),
    ],
)
def test_mistakes_in_webhooks_are_named(line, problem):
    with pytest.raises(WatchlistError) as caught:
        channel("webhook", line + "\n")
    assert problem in str(caught.value)


OAUTH = 'username = "a@example.org"\noauth2_token_command = "env:PAGEWITNESS_TOKEN_COMMAND"\n'


def test_the_options_of_mail_come_back_from_the_database():
    config = channel("email", OAUTH + 'reply_to = "desk@example.org"\n')
    assert (config.reply_to, config.oauth2_token_command) == ("desk@example.org", "env:PAGEWITNESS_TOKEN_COMMAND")
    assert channel_of("team", json.dumps(channel_to_json(config))) == config
    assert {"reply_to", "oauth2_token_command"}.isdisjoint(channel_to_json(channel("email")))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (OAUTH + 'password = "env:P"\n', "password and oauth2_token_command are both given"),
        ('oauth2_token_command = "env:A_COMMAND"\n', "without username"),
        ('username = "a"\noauth2_token_command = "/usr/bin/token"\n', "the name of an environment variable"),
        ('username = "a"\noauth2_token_command = "env:PATH"\n', "ends in _COMMAND"),
        ('reply_to = "desk"\n', "a plain mail address"),
    ],
)
def test_mistakes_in_mail_channels_are_named(line, problem):
    with pytest.raises(WatchlistError) as caught:
        channel("email", line)
    assert problem in str(caught.value)


@pytest.mark.parametrize("kind", sorted(set(CHANNEL_TYPES) - {"email", "apprise"}))
def test_a_channel_over_plain_http_is_warned_of(kind):
    key = "url" if "url" in CHANNEL_TABLES[kind].model_fields else "server"
    lines = [line for line in TABLES[kind].splitlines(keepends=True) if not line.startswith(key)]

    def warnings(url: str, more: str = "") -> list[str]:
        text = f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\n{"".join(lines)}{key} = "{url}"\n{more}'
        return [warning for warning in parse(text, "list.toml").warnings if "unencrypted" in warning]

    assert warnings("http://chat.example/x") == ['channel "team" sends its messages and secrets unencrypted (http)']
    assert warnings("https://chat.example/x") == warnings("http://10.0.0.7/x", "allow_private = true\n") == []


@pytest.mark.parametrize("windows", ['["mon-sun"]', '["22:00-08:00", "08:00-22:00"]'])
def test_quiet_hours_of_the_whole_week_are_refused(windows):
    with pytest.raises(WatchlistError) as refused:
        channel("slack", f"quiet_hours = {windows}\n")
    (problem,) = refused.value.problems
    assert problem.startswith("list.toml:7: channel[1] (team) quiet_hours: found [")
    assert 'add hours, as in "mon-sun 22:00-07:00"' in problem
    assert channel("slack", 'quiet_hours = ["mon-sun 22:00-08:00"]\n').policy.quiet_hours == ("mon-sun 22:00-08:00",)


@pytest.mark.parametrize(
    ("kind", "more", "keys"),
    [
        ("email", "", ()),
        ("email", 'username = "u"\npassword = "open sesame"\n', ("password",)),
        ("email", 'username = "u"\npassword = "env:SMTP_PASSWORD"\n', ()),
        ("slack", "", ("url",)),
        ("discord", "", ("url",)),
        ("webhook", "", ()),
        ("webhook", f'secret = ["env:NEW", "whsec_{"A" * 32}"]\n', ("secret",)),
        ("webhook", 'headers = { "X-Api-Key" = "open", Accept = "x/y" }\n', ("headers",)),
        ("webhook", 'headers = { "X-Api-Key" = "env:KEY", Accept = "x/y" }\n', ()),
        ("telegram", "", ("token",)),
        ("matrix", "", ("token",)),
        ("gotify", "", ("token",)),
        ("ntfy", "", ("topic",)),
        ("ntfy", 'token = "file:/run/token"\n', ()),
    ],
)
def test_a_secret_written_into_the_watchlist_is_one_warning_without_the_secret(kind, more, keys):
    text = f'{PAGE}[[channel]]\nname = "team"\ntype = "{kind}"\n{TABLES[kind]}{more}'
    found = parse(text, "list.toml")
    assert inline_secrets(found.channels[0]) == keys
    lines = [line for line in found.warnings if "has its secret in" in line]
    assert len(lines) == bool(keys)
    for line in lines:
        number = max(number for number, row in enumerate(text.splitlines(), start=1) if row.startswith(keys[0]))
        assert line.startswith(f'list.toml:{number}: channel "team" has its secret in {keys[0]}; write "env:NAME" or')
        assert not any(secret in line for secret in ("secret-", "123:secret", "open", "whsec_"))


@pytest.mark.parametrize("host", ["10.0.0.7", "127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_a_private_address_of_an_apprise_url_needs_to_be_allowed(host):
    written = (
        f'{PAGE}[[channel]]\nname = "team"\ntype = "apprise"\nurls = ["pover://u@t", "json://{host}/secret-path"]\n'
    )
    with pytest.raises(WatchlistError, match=r"allow_private: json://.* is on a private or loopback address") as caught:
        parse(written, "list.toml")
    assert "secret" not in str(caught.value)
    [config] = parse(written + "allow_private = true\n", "list.toml").channels
    assert config.allow_private


def test_an_apprise_channel_over_plain_http_is_warned_of():
    def warnings(scheme: str, more: str = "") -> list[str]:
        text = (
            f'{PAGE}[[channel]]\nname = "team"\ntype = "apprise"\nurls = ["env:A", "{scheme}://chat.example/x"]\n{more}'
        )
        return [warning for warning in parse(text, "list.toml").warnings if "unencrypted" in warning]

    assert warnings("json") == ['channel "team" sends its messages and secrets unencrypted (http)']
    assert warnings("jsons") == warnings("pover") == warnings("json", "allow_private = true\n") == []


def test_the_urls_of_an_apprise_channel_may_be_references():
    written = f'{PAGE}[[channel]]\nname = "team"\ntype = "apprise"\nurls = ["env:HOOK", "file:/run/hook"]\n'
    [config] = parse(written, "list.toml").channels
    assert (config.urls, destination(config)) == (("env:HOOK", "file:/run/hook"), "env:HOOK, file:/run/hook")
    assert channel_of("team", json.dumps(channel_to_json(config))) == config
