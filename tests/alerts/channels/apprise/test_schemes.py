"""The list of schemes against the code of the installed Apprise, and what may be shown of a URL."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.apprise_urls import OWN_TYPES, SCHEMES, endpoints, is_unencrypted, problem_of, redact, secrets_of, shown
from alerts.channel_types import CHANNEL_TYPES

# Reads a key file that its URL names, so it is left out although it uses requests.
READ_FILES = {"fcm"}
# What opens connections, runs programs, or leaves requests for another client.
OTHER_TRANSPORTS = set(
    """
    asyncio concurrent ctypes dbus ftplib gi gntp hid http httpx imaplib nacl paho pika platform poplib proton slixmpp smpplib smtplib socket ssl
    subprocess syslog telnetlib tempfile threading urllib3 websocket websockets win32api win32con win32gui utils.socket
    """.split()
)

SOURCES = """
import inspect, json, sys
from apprise.manager_plugins import NotificationManager
services = NotificationManager()
modules = {scheme: services[scheme].__module__ for scheme in services.schemas()}
code = {}
for module in set(modules.values()):
    package = module.removesuffix(".base")
    parts = [name for name in sys.modules if name == module or (module.endswith(".base") and name.startswith(package + "."))]
    if hasattr(sys.modules[module], "__path__"):
        parts += [name for name in sys.modules if name.startswith(module + ".")]
    code[module] = [inspect.getsource(sys.modules[name]) for name in set(parts)]
print(json.dumps([modules, code]))
"""


@pytest.fixture(scope="module")
def installed() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The module of each scheme, and the code of each module with its parts. In a process of its own: Apprise is imported nowhere else."""
    done = subprocess.run([sys.executable, "-c", SOURCES], capture_output=True, check=True, text=True)
    modules, code = json.loads(done.stdout)
    return modules, code


def imports(code: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names.add(module if node.level else module.partition(".")[0])
    return names


def over_http_alone(parts: list[str]) -> bool:
    names = set().union(*map(imports, parts))
    return "requests" in names and names.isdisjoint(OTHER_TRANSPORTS)


def test_each_scheme_is_of_a_service_that_sends_by_requests_alone(installed):
    modules, code = installed
    assert set(modules) >= SCHEMES
    assert {scheme for scheme in SCHEMES if not over_http_alone(code[modules[scheme]])} == set()


def test_no_other_service_of_that_kind_is_missing(installed):
    modules, code = installed
    possible = {scheme for scheme, module in modules.items() if over_http_alone(code[module])}
    assert possible - SCHEMES - set(OWN_TYPES) == READ_FILES


def test_services_with_a_type_of_their_own_are_not_in_the_list(installed):
    modules, _ = installed
    assert SCHEMES.isdisjoint(OWN_TYPES)
    assert set(OWN_TYPES.values()) <= set(CHANNEL_TYPES)
    assert set(OWN_TYPES) - set(modules) == {"msteams"}, "which older versions had"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mailto://me:secret-word@example.org", 'mailto:// has a channel type of its own; use type = "email"'),
        ("SLACK://secret-word/b/c", 'slack:// has a channel type of its own; use type = "slack"'),
        ("https://hooks.example/secret-word", 'for a webhook use type = "webhook"'),
        ("syslog://secret-word", "syslog:// is not one of the Apprise services that send over HTTP alone"),
        ("dbus://secret-word", "dbus:// is not one"),
        ("mqtt://secret-word@example.org", "mqtt:// is not one"),
        ("file:///secret-word", "file:// is not one"),
        ("secret-word", 'it takes "env:NAME", "file:PATH", or an Apprise URL'),
        ("json:secret-word", "it takes"),
        ("json://", "it takes"),
        ("json://example.org/\nsecret-word", "it takes"),
        ("json://example.org/" + "x" * 4000, "it takes"),
        ("jsons://example.org/secret-word?verify=no", "its verify turns certificate checks off"),
        ("jsons://example.org/secret-word?Verify=False", "its verify turns certificate checks off"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained_without_being_repeated(url, problem):
    found = problem_of(url)
    assert found is not None
    assert problem in found
    assert "secret-word" not in found


@pytest.mark.parametrize(
    "url", ["json://localhost", "pover://user@token", "JSONS://h.example/?verify=yes", "zulip://b/c"]
)
def test_a_url_of_the_list_can_be_used(url):
    assert problem_of(url) is None


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("jsons://user:pass@hooks.example:8443/path", "jsons://hooks.example"),
        ("json://127.0.0.1:80/", "json://127.0.0.1"),
        ("json://[::1]/", "json://::1"),
        ("json://localhost/a", "json://localhost"),
        ("pover://user@aToken", "pover://…"),
        ("pover://user@a.Token", "pover://…"),
        ("ifttt://token0123456789", "ifttt://…"),
        ("json://[half", "json://…"),
    ],
)
def test_a_host_is_shown_and_a_token_in_its_place_is_not(url, text):
    assert shown(url) == text


def test_the_secret_parts_of_a_url_are_left_out_of_a_log():
    url = "jsons://user%40x:pass%20word@hooks.example/services/tok-en/?to=channel-one&key=k1234&+X-Key=abcd9"
    log = (
        "hooks.example refused user@x, user%40x, pass word, tok-en, k1234, abcd9 and channel-one at services: error=401"
    )
    assert redact(log, [url]) == "hooks.example refused …, …, …, …, …, … and … at …: error=401"


@given(st.text("aZ9.-_~/?#&=@:;,+%[] ", min_size=1, max_size=60), st.sampled_from(sorted(SCHEMES)))
def test_no_secret_part_of_any_url_is_shown(rest, scheme):
    url = f"{scheme}://{rest}"
    host = shown(url).removeprefix(f"{scheme}://")
    assert host == "…" or host in rest.lower()
    assert all(part.lower() not in redact(url, [url]).lower() for part in secrets_of(url))
    assert all(0 < port < 65_536 for _, port in endpoints(url))


def test_a_scheme_with_a_twin_for_https_is_unencrypted():
    assert [is_unencrypted(url) for url in ("json://h", "jsons://h", "pover://u@t", "rocket://h")] == [
        True,
        False,
        False,
        True,
    ]


def test_the_endpoints_of_a_url_are_its_host_at_its_port_or_at_those_of_http():
    assert endpoints("json://u:p@H.example:8080/x") == {("h.example", 8080)}
    assert endpoints("jsons://h.example/x") == {("h.example", 80), ("h.example", 443)}
    assert endpoints("rocket://T0/T1@h.example:8080/x") == {("t0", 80), ("t0", 443), ("h.example", 8080)}
    assert endpoints("json://h.example:port/") == endpoints("json:///x") == frozenset()
