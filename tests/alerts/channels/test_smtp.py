from __future__ import annotations

import re
import socket
import ssl
from dataclasses import replace

import pytest

from alerts.channels.smtp import SmtpChannel
from alerts.channels.unreachable import ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.messages.payloads import render_email
from alerts.model import Security
from rendering.links import Links
from tests.alerts.examples import DESK, RULE, delivery, event
from tests.support.patience import PATIENCE_SECONDS

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
