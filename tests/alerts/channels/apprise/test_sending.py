"""Apprise channels with the real Apprise in its process, against real servers on loopback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from alerts.apprise_urls import SCHEMES
from alerts.channel_configs import AppriseChannel
from alerts.channels.apprise import sender as sender_module
from alerts.channels.factory import open_channel
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.messages.apprise import BODY_CHARS, plain, render_apprise
from alerts.messages.message import MessageKind
from alerts.messages.renderers import render
from alerts.sample_message import sample_delivery
from rendering.text_safety import one_line
from tests.alerts.examples import delivery
from tests.alerts.message_examples import EVENTS, HOSTILE, ITEM, LINKS, MESSAGE, PAGE, UID, hostile_message
from tests.support.patience import PATIENCE_SECONDS, given_time
from tests.support.receivers import Answer
from tests.support.talkers import dripping, pouring, silent

NOW = datetime(2022, 5, 2, 6, tzinfo=UTC)


def channel(*urls: str, environ=None, seconds: float = PATIENCE_SECONDS, private: bool = True, **options):
    config = AppriseChannel("team", urls=urls, allow_private=private)
    settings = {"timeout_seconds": seconds, "apprise_refusal": None, **options}
    return open_channel(config, environ or {}, now=lambda: NOW, user_agent="Pagewitness/1", **settings)


def stored(message=MESSAGE):
    return replace(delivery(render_apprise(message)), uid=UID)


def json_url(port: int, path: str = "secret-path", more: str = "") -> str:
    return f"json://user:passw0rd@127.0.0.1:{port}/{path}{more}"


def messages(receiver) -> list[str]:
    return [json.loads(call.body)["message"] for call in receiver.calls]


def processes() -> list[str]:
    """The command lines of this process's children that send by Apprise."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}\n" in status and "alerts.channels.apprise.child" in command:
            found.append(command)
    return found


# --- what arrives


def test_a_message_arrives_with_its_content(receiver):
    assert channel(json_url(receiver.port)).send(stored()) == "accepted by json://127.0.0.1"
    [call] = receiver.calls
    content = json.loads(call.body)
    assert content["title"] == MESSAGE.subject
    for text in (ITEM.summary, "We are »83« members.", "2022-05-01 18:00:00 UTC", MESSAGE.why[0]):
        assert text in content["message"]
    assert call.path == "/secret-path"
    assert call.headers["user-agent"] == "Pagewitness"
    assert call.headers["authorization"].startswith("Basic ")
    assert f"Archived page: {PAGE.link_now}" in content["message"].splitlines()
    assert processes() == []


def test_a_test_message_arrives(receiver):
    config = AppriseChannel("team", urls=(json_url(receiver.port),))
    channel(json_url(receiver.port)).send(sample_delivery(config, NOW, UID))
    assert "This is a test: the coalition counts " in messages(receiver)[0].replace("»", "").replace("«", "")


def test_it_is_sent_over_tls_to_a_server_of_a_trusted_authority_only(new_receiver, receivers_authority, tmp_path):
    receiver = new_receiver(tls=True)
    bundle = tmp_path / "authority.pem"
    receivers_authority.cert_pem.write_to_path(bundle)
    url = f"jsons://127.0.0.1:{receiver.port}/"
    with pytest.raises(DeliveryError, match=r"jsons://127\.0\.0\.1: "):
        channel(url).send(stored())
    assert receiver.calls == []
    channel(url, ca_bundle=str(bundle)).send(stored())
    assert ITEM.summary in messages(receiver)[0]


@pytest.mark.parametrize(
    "url",
    [
        "form://127.0.0.1:{}/x",
        "xml://127.0.0.1:{}/x",
        "bark://127.0.0.1:{}/device-key",
        "apprise://127.0.0.1:{}/config-key",
        "rocket://HookToken/WithMore@127.0.0.1:{}/%23room",
        "hassio://127.0.0.1:{}/access-token-of-home-assistant",
        "pushdeer://127.0.0.1:{}/PushKey0123456789012345678901234",
        "signal://127.0.0.1:{}/+15550001111/+15550002222",
        "misskey://access-token@127.0.0.1:{}",
    ],
)
def test_services_of_several_kinds_are_reached(receiver, url):
    receiver.judge = lambda call: Answer(200, {"Content-Type": "application/json"}, b'{"code": 0, "success": true}')
    channel(url.format(receiver.port)).send(stored())
    assert receiver.calls
    assert any(b"member" in call.body and b"85" in call.body for call in receiver.calls)


def test_urls_come_from_the_environment_and_from_files(receiver, tmp_path):
    file = tmp_path / "url"
    file.write_text(json_url(receiver.port, "from-file") + "\n")
    channel("env:FIRST", f"file:{file}", environ={"FIRST": json_url(receiver.port, "from-env")}).send(stored())
    assert sorted(call.path for call in receiver.calls) == ["/from-env", "/from-file"]


def test_a_long_digest_is_one_message_that_counts_what_does_not_fit(receiver):
    items = tuple(replace(ITEM, summary=f"fact number {index:04} {'word ' * 40}") for index in range(300))
    digest = replace(MESSAGE, kind=MessageKind.DIGEST, subject="Digest of desk", items=items, more=7)
    channel(json_url(receiver.port)).send(stored(digest))
    [text] = messages(receiver)
    assert len(text) <= BODY_CHARS
    count = len(re.findall(r"fact number \d{4}", text))
    assert f"And {300 - count + 7:,} more changes: pagewitness alerts show" in text
    assert MESSAGE.why[0] in text


def test_one_url_that_fails_is_tried_again_and_the_others_are_not(receiver, new_receiver):
    other = new_receiver()
    other.will_answer(Answer(500))
    sender = channel(json_url(receiver.port), json_url(other.port, "hook"))
    with pytest.raises(DeliveryError, match="error=500"):
        sender.send(stored())
    sender.send(stored())
    assert (len(receiver.calls), len(other.calls)) == (1, 2)


# --- texts of pages


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(receiver, text):
    forms = ("text", "html", "markdown")
    channel(*(json_url(receiver.port, form, f"?format={form}") for form in forms)).send(stored(hostile_message(text)))
    bodies = {call.path[1:]: json.loads(call.body)["message"] for call in receiver.calls}
    assert set(bodies) == set(forms)
    for body in bodies.values():
        assert not re.search(r"(?i)javascript:|\]\(|<a\b|<script|@everyone|@here|<!|<@", body)
    tree = LexborHTMLParser(bodies["html"])
    assert {node.tag for node in tree.body.traverse(include_text=True)} <= {"body", "-text", "br"}
    for body in (bodies["text"], tree.body.text()):
        assert visible(plain(one_line(text, 300)))[:100] in visible(body)


def visible(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "").replace("\u2060", "").replace("&nbsp;", "").replace("\xa0", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("83 → 85 (+2), 5 * 3 < 20, a_b [1]", "83 → 85 (+2), 5 * 3 < 20, a_b [1]"),
        ("[x](javascript:alert(1))", "[x]\u200b(javascript\u200b:alert(1))"),
        ("<javascript:alert(1)>", "<\u200bjavascript\u200b:alert(1)>"),
        ("[x](https://evil.example/(a)) ![y][z]", "[x]\u200b(https://evil.example/%28a)) ![y]\u200b[z]"),
        ("@everyone <!here> a@b.example", "@\u200beveryone <\u200b!here> a@\u200bb.example"),
        ("https://h.example/@user?q=<b>", "https://h.example/%40user?q=%3Cb%3E"),
    ],
)
def test_links_tags_and_mentions_are_separated_and_addresses_remain(text, shown):
    assert plain(text) == shown


# --- where nothing may go


@pytest.mark.parametrize("more", ["", "?redirect=yes"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, new_receiver, status, more):
    elsewhere = new_receiver()
    receiver.will_answer(Answer(status, {"Location": elsewhere.url}))
    sender = channel(json_url(receiver.port, more=more), json_url(elsewhere.port, "own"))
    with pytest.raises(DeliveryError, match=f"error={status}"):
        sender.send(stored())
    assert len(receiver.calls) == 1
    assert [call.path for call in elsewhere.calls] == ["/own"], "it may be connected to, but not by a redirect"


def test_a_private_address_is_refused_unless_the_channel_allows_it(receiver):
    with pytest.raises(
        ChannelUnreachable, match=r"json://127\.0\.0\.1: 127\.0\.0\.1 leads to .* a private or reserved"
    ):
        channel(json_url(receiver.port), private=False).send(stored())
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "mailto://a:b@127.0.0.1",
        "syslog://",
        "rsyslog://127.0.0.1",
        "dbus://",
        "mqtt://127.0.0.1",
        "xmpp://a:b@127.0.0.1",
        "exec://x",
        "file:///x",
    ],
)
def test_services_that_do_not_send_over_http_are_refused(url):
    with pytest.raises(ChannelUnreachable, match=r"urls\[1\] of channel team: "):
        channel("env:URL", environ={"URL": url + "x"}).send(stored())


def test_a_service_with_a_socket_of_its_own_gets_nowhere(mailbox, monkeypatch):
    """Even if the list of schemes had such a service on it: syslog over UDP, and mail."""
    monkeypatch.setattr(sender_module, "problem_of", lambda url: None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.setblocking(False)
        urls = (
            f"rsyslog://127.0.0.1:{syslog.getsockname()[1]}/user",
            f"mailto://me:pass@127.0.0.1:{mailbox.port}/?from=a@example.org&to=b@example.org&mode=insecure",
        )
        for url in urls:
            with pytest.raises(ChannelUnreachable):
                channel(url).send(stored())
        with pytest.raises(BlockingIOError):
            syslog.recv(1)
    assert (mailbox.sessions, mailbox.messages) == (0, [])


BREAKOUTS = {
    "connect": "socket.create_connection(('127.0.0.1', PORT), 5)",
    "connect without the class of the library": "__import__('_socket').socket().connect(('127.0.0.1', PORT))",
    "connect_ex": "socket.socket().connect_ex(('127.0.0.1', PORT))",
    "send a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "connect to a Unix socket": "socket.socket(socket.AF_UNIX).connect('/run/x')",
    "resolve a name": "socket.getaddrinfo('example.org', 80)",
    "resolve a name in the old way": "socket.gethostbyname('localhost')",
    "listen": "socket.create_server(('127.0.0.1', 0))",
    "run a program": "__import__('subprocess').run(['true'])",
    "run a shell": "os.system('true')",
    "fork": "os.fork()",
}


@pytest.mark.parametrize("attempt", BREAKOUTS.values(), ids=BREAKOUTS)
def test_the_process_cannot_connect_or_run_anything_by_itself(receiver, attempt, fake_apprise):
    fake_apprise(
        f"""
import os, socket, sys
PORT = {receiver.port}
try:
    {attempt}
except PermissionError as error:
    sys.exit(40)
sys.exit(41)
"""
    )
    with pytest.raises(ChannelUnreachable, match="its process ended with exit code 40"):
        channel(json_url(receiver.port)).send(stored())
    assert receiver.connections == 0


@pytest.fixture
def fake_apprise(tmp_path, monkeypatch):
    """Puts code in the place of Apprise."""

    def write(code: str) -> None:
        (tmp_path / "apprise").mkdir()
        (tmp_path / "apprise" / "__init__.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)

    return write


# --- the process


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("x = bytearray(2 * 1024**3)", "exit code 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("raise ValueError", "exit code 1"),
        ('import sys; print(\'{"index": 0, "ok": true}\'); sys.exit(3)', "exit code 3"),
    ],
)
def test_a_process_that_fails_is_an_error_of_the_channel(receiver, code, end, fake_apprise):
    fake_apprise(code)
    with pytest.raises(ChannelUnreachable, match=f"its process ended with {end}"):
        channel(json_url(receiver.port)).send(stored())


def test_it_sees_neither_secrets_of_the_environment_nor_its_proxies(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    channel(json_url(receiver.port)).send(stored())
    assert len(receiver.calls) == 1


def test_its_environment_is_empty(receiver, monkeypatch, fake_apprise):
    monkeypatch.setenv("PAGEWITNESS_SMTP_PASSWORD", "hunter2")
    fake_apprise("import os, sys; sys.exit(40 + ('hunter2' in ' '.join([*os.environ.values(), *sys.argv])))")
    with pytest.raises(ChannelUnreachable, match="exit code 40"):
        channel("env:URL", environ={"URL": json_url(receiver.port, "hunter2")}).send(stored())


@pytest.mark.parametrize("talk", [silent, dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")], ids=["silent", "dripping"])
def test_a_service_that_hangs_is_given_up_and_its_process_is_killed(talking, talk):
    talker = talking(talk)

    def attempt(seconds: float) -> Exception:
        with pytest.raises(DeliveryError, match="no answer within") as caught:
            channel(json_url(talker.port), seconds=seconds).send(stored())
        return caught.value

    error = given_time(2, attempt, lambda error: isinstance(error, ChannelTimedOut))
    assert isinstance(error, ChannelTimedOut)
    assert not error.permanent
    assert processes() == []


def test_a_process_that_does_not_connect_in_time_has_sent_nothing(receiver, fake_apprise):
    fake_apprise("while True: pass")
    with pytest.raises(ChannelUnreachable, match=r"no answer within 1 s"):
        channel(json_url(receiver.port), seconds=1).send(stored())
    assert processes() == []


def test_a_url_that_hangs_does_not_keep_the_others_from_being_sent(talking, receiver):
    talker = talking(silent)
    kept = []

    def attempt(seconds: float) -> int:
        kept[:] = [channel(json_url(talker.port, "hangs"), json_url(receiver.port), seconds=seconds)]
        with pytest.raises(DeliveryError):
            kept[0].send(stored())
        return len(receiver.calls)

    count = given_time(3, attempt, bool)
    with pytest.raises(DeliveryError):
        kept[0].send(stored())
    assert len(receiver.calls) == count, "it accepted the message"


def test_an_endless_response_is_cut(talking):
    talker = talking(pouring(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536))
    assert channel(json_url(talker.port)).send(stored()).startswith("accepted")


# --- failures


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_message_that_is_not_accepted_is_tried_again_with_what_apprise_logged(receiver, status):
    receiver.will_answer(Answer(status, body=b"passw0rd secret-path"))
    with pytest.raises(DeliveryError, match=rf"json://127\.0\.0\.1: .*error={status}") as caught:
        channel(json_url(receiver.port)).send(stored())
    assert not caught.value.permanent
    assert not isinstance(caught.value, ChannelUnreachable)
    assert "passw0rd" not in str(caught.value)


def test_secrets_that_apprise_logs_are_not_repeated():
    """A host may be a token, and Apprise logs hosts."""
    url = "jsons://S3cretHostToken/secret-path"
    with pytest.raises(ChannelUnreachable) as caught:
        channel(url).send(stored())
    assert "secret" not in str(caught.value).lower()
    assert str(caught.value).startswith("jsons://…: …: the host name cannot be resolved")


def test_a_server_that_is_down_is_unreachable(receiver):
    receiver.stop()
    with pytest.raises(ChannelUnreachable, match="Connection refused"):
        channel(json_url(receiver.port)).send(stored())


def test_a_connection_that_breaks_off_is_not_taken_for_an_answer(receiver):
    receiver.judge = lambda call: None
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1: the connection broke off before an answer came") as caught:
        channel(json_url(receiver.port)).send(stored())
    assert not isinstance(caught.value, ChannelUnreachable)


def test_a_url_that_apprise_cannot_load_is_an_error_of_the_channel():
    with pytest.raises(ChannelUnreachable, match="pover://…: "):
        channel("pover://secret-user").send(stored())


def test_without_permission_nothing_is_sent_and_it_says_what_to_set(receiver):
    with pytest.raises(ChannelUnreachable, match="set it"):
        channel(json_url(receiver.port), apprise_refusal="set it").send(stored())
    config = AppriseChannel("team", urls=(json_url(receiver.port),), allow_private=True)
    with pytest.raises(ChannelUnreachable, match="apprise is not allowed"):
        open_channel(config, {}, now=lambda: NOW, user_agent="x").send(stored())
    assert receiver.connections == 0


def test_without_apprise_it_says_what_to_install(receiver, fake_apprise):
    fake_apprise("raise ModuleNotFoundError(\"No module named 'apprise'\", name='apprise')")
    with pytest.raises(ChannelUnreachable, match=r"not installed: pip install 'pagewitness\[apprise\]'"):
        channel(json_url(receiver.port)).send(stored())


@pytest.mark.parametrize(
    "payload", [{}, {"body": "{}"}, {"apprise": []}, {"apprise": ["no JSON"]}, {"apprise": ["{}", "{}"]}]
)
def test_a_payload_of_another_type_is_refused_with_a_clear_message(payload):
    with pytest.raises(DeliveryError, match=r"damaged|another type of channel"):
        channel("json://127.0.0.1").send(replace(stored(), payload=payload))


def test_the_payload_is_the_same_for_every_url_and_contains_no_secret():
    config = AppriseChannel("team", urls=("json://user:hunter2@127.0.0.1/",))
    payload = render(config, MESSAGE, EVENTS, LINKS)
    assert payload == render_apprise(MESSAGE)
    assert "hunter2" not in json.dumps(payload) + repr(config)


def test_only_the_child_imports_apprise():
    code = "import sys, alerts.channels.factory, pagewitness.cli, pagewitness.composition, pagewitness.service.run; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ}).returncode == 0
    assert SCHEMES
