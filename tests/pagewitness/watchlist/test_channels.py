"""Channels and addresses of a watchlist: what is refused, what is taken, and that secrets are not repeated."""

from __future__ import annotations

import pytest

from pagewitness.watchlist.loader import parse
from tests.pagewitness.watchlist.written import EMAIL, HOOK, PAGE, problems, the_problem


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:81",
        "a.localhost",
        "127.0.0.1",
        "10.1.2.3",
        "[::1]",
        "[fd00::1]",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "168.63.129.16",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::1]",
    ],
)
def test_plainly_private_addresses_need_allow_private(host):
    page = f'[[page]]\nurl = "http://{host}/"\n'
    assert "set allow_private = true" in the_problem(page)
    assert parse(page + "allow_private = true\n", "x").pages[0].allow_private
    hook = HOOK.replace("https://example.org", f"http://{host}")
    assert "set allow_private = true" in the_problem(PAGE + hook)
    assert parse(PAGE + hook + "allow_private = true\n", "x").channels


@pytest.mark.parametrize("host", ["example.org", "93.184.215.14", "localhost.example.org", "[2606:4700::1111]"])
def test_public_addresses_and_names_do_not(host):
    assert parse(f'[[page]]\nurl = "http://{host}/"\n', "x").pages


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('secret = "not base64!"', 'it takes "env:NAME"'),
        ('secret = "whsec_"', 'it takes "env:NAME"'),
        ('secret = ""', 'it takes "env:NAME"'),
        ('secret = "env:"', '"env:" names nothing'),
        ("secret = 12345", "it takes a text in quotes"),
    ],
)
def test_wrong_secrets_are_refused_and_not_repeated(line, message):
    problem = the_problem(PAGE + HOOK + line + "\n")
    assert message in problem
    assert "list.toml:7: channel[1] (hook) secret: " in problem
    assert "12345" not in problem
    assert "not base64!" not in problem


@pytest.mark.parametrize(
    "secret", ["env:HOOK", "file:/run/secrets/hook", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "MDEyMw==", "MDEyMw"]
)
def test_secrets_that_can_sign_are_accepted(secret):
    assert parse(PAGE + HOOK + f'secret = "{secret}"\n', "x").channels[0].secret == secret


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"b@example.org"', '"b@example.org", "nobody"', 'to[2]: found "nobody"; it takes a plain mail address'),
        ('"b@example.org"', '"b@example.org\\nBcc: c@example.org"', "it takes a plain mail address"),
        ("host =", "port = 70000\nhost =", "it must be 65535 or less"),
        ("host =", 'security = "ssl"\nhost =', "'starttls', 'tls' or 'none'"),
        ("host =", 'username = "me"\nhost =', "username and password belong together"),
        ("host =", 'password = "x"\nhost =', "username and password belong together"),
        (
            'type = "email"',
            'type = "e-mail"',
            (
                'type: found "e-mail"; it takes "email", "slack", "teams", "discord", "telegram", "matrix", "mattermost", "ntfy", '
                '"gotify", "apprise" or "webhook" (did you mean "email"?)'
            ),
        ),
        ('from = "a@example.org"\n', "", "from: missing; it must be given"),
        ("host =", "hots =", 'hots: there is no such key (did you mean "host"?)'),
    ],
)
def test_wrong_mail_channels_are_explained(old, new, message):
    assert any(message in problem for problem in problems(PAGE + EMAIL.replace(old, new)))
