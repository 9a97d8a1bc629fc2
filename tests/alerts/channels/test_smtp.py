from __future__ import annotations

import base64
import re
import shlex
import socket
import ssl
import sys
from dataclasses import replace

import pytest
from aiosmtpd.smtp import AuthResult

from alerts.channels.smtp import SmtpChannel
from alerts.channels.unreachable import ChannelUnreachable
from alerts.dispatch import dispatch_once
from alerts.errors import DeliveryError
from alerts.model import Security
from rendering.links import Links
from tests.alerts.examples import DESK, RULE, MemoryOutbox, delivery, event, render_email
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Mailbox
from tests.support.talkers import silent

PAYLOAD = render_email(event(), RULE, Links(None))
TWO = ("desk@example.org", "chief@example.org")


@pytest.fixture
def trusting(receivers_authority):
    context = ssl.create_default_context()
    receivers_authority.configure_trust(context)
    return context


def channel_to(mailbox, *, environ=None, tls_context=None, **parts):
    config = replace(DESK, port=mailbox.port, **parts)
    return SmtpChannel(config, environ or {}, tls_context=tls_context, timeout_seconds=PATIENCE_SECONDS)


def test_a_mail_arrives_and_the_servers_answer_is_the_receipt(mailbox):
    assert channel_to(mailbox).send(delivery(PAYLOAD)) == "250 taken as number 1"
    [mail] = mailbox.messages
    assert mail["Subject"] == PAYLOAD["subject"]
    assert mailbox.recipients == [["desk@example.org"]]
    assert PAYLOAD["text"].splitlines()[0] in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_mail_goes_over_tls_to_a_server_whose_certificate_verifies(new_mailbox, trusting, security):
    mailbox = new_mailbox(security)
    channel_to(mailbox, security=security, tls_context=trusting).send(delivery(PAYLOAD))
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_nothing_is_sent_to_a_server_whose_certificate_does_not_verify(new_mailbox, security):
    mailbox = new_mailbox(security)
    with pytest.raises(ChannelUnreachable, match="certificate does not verify"):
        channel_to(mailbox, security=security).send(delivery(PAYLOAD))
    assert mailbox.messages == []


def test_a_server_without_starttls_gets_no_mail_in_clear_text(mailbox):
    with pytest.raises(ChannelUnreachable, match="STARTTLS"):
        channel_to(mailbox, security=Security.STARTTLS).send(delivery(PAYLOAD))
    assert mailbox.messages == []


def test_a_login_takes_its_password_from_the_environment(new_mailbox, trusting):
    mailbox = new_mailbox(Security.STARTTLS, login=("monitor", "s3cret"))
    channel = channel_to(
        mailbox,
        security=Security.STARTTLS,
        tls_context=trusting,
        username="monitor",
        password="env:SMTP_PASSWORD",
        environ={"SMTP_PASSWORD": "s3cret"},
    )
    channel.send(delivery(PAYLOAD))
    assert len(mailbox.messages) == 1


def test_a_refused_login_can_be_corrected_and_does_not_show_the_password(new_mailbox, trusting):
    mailbox = new_mailbox(Security.STARTTLS, login=("monitor", "s3cret"))
    channel = channel_to(
        mailbox, security=Security.STARTTLS, tls_context=trusting, username="monitor", password="wr0ng"
    )
    with pytest.raises(ChannelUnreachable, match="login refused: 535") as caught:
        channel.send(delivery(PAYLOAD))
    assert not caught.value.permanent
    assert "wr0ng" not in str(caught.value)


def test_a_password_that_is_not_set_is_noticed_before_anybody_is_called(mailbox):
    with pytest.raises(ChannelUnreachable, match="NO_SUCH"):
        channel_to(mailbox, username="monitor", password="env:NO_SUCH").send(delivery(PAYLOAD))
    assert mailbox.sessions == 0


def test_a_server_that_is_down_is_out_of_reach_for_now(mailbox):
    mailbox.stop()
    with pytest.raises(ChannelUnreachable, match=rf"mail server 127.0.0.1:{mailbox.port}: .*refused") as caught:
        channel_to(mailbox).send(delivery(PAYLOAD))
    assert not caught.value.permanent


def test_a_server_that_never_speaks_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = replace(DESK, port=silent.getsockname()[1])
        with pytest.raises(ChannelUnreachable, match=r"took longer than 0\.2 s"):
            SmtpChannel(config, {}, timeout_seconds=0.2).send(delivery(PAYLOAD))


@pytest.mark.parametrize(
    ("command", "answer", "permanent"),
    [
        ("MAIL", "550 not you", False),  # the sender's address can be mended in the watchlist
        ("RCPT", "451 greylisted", False),
        ("RCPT", "530 log in first", False),
        ("RCPT", "550 nobody here", True),
        ("DATA", "451 disk full", False),
        ("DATA", "552 too big", True),
    ],
)
def test_a_refusal_is_for_good_only_where_the_same_again_cannot_help(mailbox, command, answer, permanent):
    mailbox.will_answer(command, answer)
    with pytest.raises(DeliveryError, match=re.escape(answer)) as caught:
        channel_to(mailbox).send(delivery(PAYLOAD))
    assert caught.value.permanent is permanent
    assert not isinstance(caught.value, ChannelUnreachable)
    assert mailbox.messages == []


def test_a_mail_that_some_recipients_get_counts_as_sent_and_the_receipt_names_the_others(mailbox):
    mailbox.will_answer("RCPT", None, "550 nobody here")
    receipt = channel_to(mailbox, to=TWO).send(delivery(PAYLOAD))
    assert receipt == "250 taken as number 1; refused: chief@example.org (550 nobody here)"
    assert mailbox.recipients == [["desk@example.org"]]


def test_of_two_refusals_one_that_may_pass_keeps_the_mail_alive(mailbox):
    mailbox.will_answer("RCPT", "550 nobody here", "451 later")
    with pytest.raises(DeliveryError, match=r"all recipients refused: desk@example\.org") as caught:
        channel_to(mailbox, to=TWO).send(delivery(PAYLOAD))
    assert not caught.value.permanent


def test_an_address_that_is_none_is_named(mailbox):
    with pytest.raises(DeliveryError, match="from 'nobody' names no mail address"):
        channel_to(mailbox, sender="nobody").send(delivery(PAYLOAD))


def test_a_later_try_sends_the_same_message_id(mailbox):
    mailbox.will_answer("DATA", "451 later")
    channel = channel_to(mailbox)
    with pytest.raises(DeliveryError):
        channel.send(delivery(PAYLOAD))
    channel.send(delivery(PAYLOAD, attempts=2))
    [mail] = mailbox.messages
    assert mail["Message-ID"] == "<msg_00000000000000000000000000000001@pagewitness>"


# --- several mails over one connection


def mails(count: int):
    return [delivery(PAYLOAD, number=number) for number in range(1, count + 1)]


def test_the_mails_of_a_batch_share_a_connection(mailbox):
    channel = channel_to(mailbox)
    with channel.batch():
        assert [channel.send(mail) for mail in mails(3)] == [f"250 taken as number {number}" for number in (1, 2, 3)]
    assert mailbox.sessions == 1
    for mail in mails(2):
        channel.send(mail)
    assert mailbox.sessions == 3, "outside of a batch each mail has its own"


def test_the_dispatcher_sends_a_channels_due_mails_over_one_connection(mailbox):
    config = replace(DESK, port=mailbox.port)
    outbox = MemoryOutbox(mails(30), [config])
    channel = channel_to(mailbox)
    assert dispatch_once(outbox, lambda config: channel, "me").sent == 30
    assert (len(mailbox.messages), mailbox.sessions) == (30, 1)


def test_a_long_batch_begins_a_new_session_now_and_then(mailbox):
    channel = channel_to(mailbox)
    with channel.batch():
        for mail in mails(51):
            channel.send(mail)
    assert (len(mailbox.messages), mailbox.sessions) == (51, 2)


@pytest.mark.parametrize(
    ("command", "answer"),
    [("MAIL", "450 4.2.1 busy"), ("RCPT", "450 4.2.0 greylisted, try again later"), ("DATA", "451 disk full")],
)
def test_after_a_mail_that_was_refused_the_next_one_is_sent_and_nothing_of_it_remains(mailbox, command, answer):
    channel = channel_to(mailbox, to=TWO)
    mailbox.will_answer(command, *([answer] * (2 if command == "RCPT" else 1)))
    first, second = mails(2)
    with channel.batch():
        with pytest.raises(DeliveryError, match=re.escape(answer)) as caught:
            channel.send(first)
        assert not caught.value.permanent
        channel.send(second)
        channel.send(first)
    assert mailbox.recipients == [list(TWO), list(TWO)]
    assert [mail["X-Pagewitness-Delivery"] for mail in mailbox.messages] == [second.uid, first.uid]
    assert mailbox.sessions == 1


def test_a_connection_that_the_server_closed_in_between_is_replaced(mailbox):
    channel = channel_to(mailbox)
    first, second = mails(2)
    with channel.batch():
        channel.send(first)
        mailbox.stop()
        mailbox.start()
        channel.send(second)
    assert (len(mailbox.messages), mailbox.sessions) == (2, 2)


def test_a_server_that_goes_away_in_between_is_unreachable(mailbox):
    channel = channel_to(mailbox)
    first, second = mails(2)
    with channel.batch():
        channel.send(first)
        mailbox.stop()
        with pytest.raises(ChannelUnreachable, match="refused"):
            channel.send(second)
    assert len(mailbox.messages) == 1


def scripted(*answers: bytes, then=lambda talker, connection: None):
    """Greets, answers each command with the next of `answers`, the data with the one after 354, and then does as `then` does."""

    def talk(talker, connection):
        talker.say(connection, b"220 mail.test\r\n")
        lines = connection.makefile("rb")
        response = b""
        for answer in answers:
            line = lines.readline()
            while response.startswith(b"354") and line.strip() != b".":
                line = lines.readline()
            talker.say(connection, answer)
            response = answer
        then(talker, connection)

    return talk


ONE_MAIL = (b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n", b"250 taken\r\n")


def test_a_connection_that_hangs_in_between_costs_the_time_of_one_send(talking):
    talker = talking(scripted(b"250 mail.test\r\n", *ONE_MAIL, then=silent))
    channel = SmtpChannel(replace(DESK, port=talker.port), {}, timeout_seconds=0.5)
    first, second = mails(2)
    with channel.batch():
        assert channel.send(first) == "250 taken"
        with pytest.raises(ChannelUnreachable, match=r"took longer than 0\.5 s"):
            channel.send(second)


def test_a_connection_that_drops_in_the_middle_of_a_mail_is_an_error_and_replaced(talking):
    talker = talking(scripted(b"250 mail.test\r\n", *ONE_MAIL, b"250 reset\r\n", *ONE_MAIL[:3]))
    channel = SmtpChannel(replace(DESK, port=talker.port), {}, timeout_seconds=PATIENCE_SECONDS)
    first, second = mails(2)
    with channel.batch():
        channel.send(first)
        with pytest.raises(DeliveryError) as caught:
            channel.send(second)
        assert not isinstance(caught.value, ChannelUnreachable)
        assert not caught.value.permanent
        assert channel.send(first) == "250 taken"
    assert talker.connections == 2


def test_a_tls_session_with_a_login_is_kept_too(new_mailbox, trusting):
    mailbox = new_mailbox(Security.STARTTLS, login=("monitor", "s3cret"))
    channel = channel_to(
        mailbox, security=Security.STARTTLS, tls_context=trusting, username="monitor", password="s3cret"
    )
    with channel.batch():
        for mail in mails(3):
            channel.send(mail)
    assert (len(mailbox.messages), mailbox.sessions) == (3, 2), "EHLO before and after STARTTLS"


# --- Reply-To and OAuth 2.0


def test_answers_go_to_the_reply_to_address(mailbox):
    channel_to(mailbox, reply_to="editors@example.org").send(delivery(PAYLOAD))
    channel_to(mailbox).send(delivery(PAYLOAD))
    assert [mail["Reply-To"] for mail in mailbox.messages] == ["editors@example.org", None]


class OAuthMailbox(Mailbox):
    """A mail server that takes XOAUTH2 with one token."""

    token = "ya29.good"

    async def auth_XOAUTH2(self, server, args):
        given = base64.b64decode(args[1])
        if given == f"user=monitor@example.org\x01auth=Bearer {self.token}\x01\x01".encode():
            return AuthResult(success=True)
        # The error is a challenge, which the client answers with an empty line.
        assert await server.challenge_auth('{"status":"400"}') == b""
        return AuthResult(success=False, handled=False)


@pytest.fixture
def oauth(receivers_authority):
    mailbox = OAuthMailbox(Security.STARTTLS, ("unused", "unused"), receivers_authority)
    mailbox.start()
    yield mailbox
    mailbox.close()


def oauth_channel(mailbox, trusting, token: str):
    command = shlex.join([sys.executable, "-c", f"print({token!r})"])
    return channel_to(
        mailbox,
        security=Security.STARTTLS,
        tls_context=trusting,
        username="monitor@example.org",
        oauth2_token_command="env:TOKEN_COMMAND",
        environ={"TOKEN_COMMAND": command},
    )


def test_a_login_with_an_access_token_of_a_command(oauth, trusting):
    oauth_channel(oauth, trusting, OAuthMailbox.token).send(delivery(PAYLOAD))
    assert len(oauth.messages) == 1


def test_a_refused_access_token_is_not_shown(oauth, trusting):
    with pytest.raises(ChannelUnreachable, match="login refused: 535") as caught:
        oauth_channel(oauth, trusting, "ya29.wrong").send(delivery(PAYLOAD))
    assert "ya29" not in str(caught.value)
    assert oauth.messages == []


def test_a_command_that_fails_sends_nothing(oauth, trusting):
    channel = channel_to(
        oauth,
        security=Security.STARTTLS,
        tls_context=trusting,
        username="monitor@example.org",
        oauth2_token_command="env:TOKEN_COMMAND",
        environ={"TOKEN_COMMAND": "/bin/false"},
    )
    with pytest.raises(ChannelUnreachable, match="the token command in TOKEN_COMMAND"):
        channel.send(delivery(PAYLOAD))
    assert oauth.sessions == 0
