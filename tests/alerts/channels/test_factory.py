from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from alerts.channels.factory import open_channel
from alerts.messages.webhook_body import story_json
from alerts.model import Security
from alerts.sample_message import sample_delivery
from tests.alerts.examples import DESK, HOOK, SECRET
from tests.alerts.message_examples import EVENTS, LINKS, MESSAGE


def now():
    """The real time: receivers refuse signatures of minutes ago."""
    return datetime.now(UTC)


UID = "msg_" + "a" * 32


def test_a_test_message_through_a_mail_channel_is_plainly_a_test(mailbox):
    config = replace(DESK, port=mailbox.port)
    channel = open_channel(config, {}, now=now, user_agent="Pagewitness/1")
    assert channel.send(sample_delivery(config, now(), UID)) == "250 taken as number 1"
    [mail] = mailbox.messages
    assert mail["Subject"] == "Test from Pagewitness · This is a test: member_count 83 → 85 (+2)"
    assert "a test was sent through the channel “desk”. Nothing has changed." in mail.get_body(("plain",)).get_content()


def test_a_test_message_through_a_webhook_has_a_type_of_its_own_and_is_signed(receiver):
    config = replace(HOOK, url=receiver.url)
    channel = open_channel(config, {}, now=now, user_agent="Pagewitness/1")
    assert channel.send(sample_delivery(config, now(), UID)) == "HTTP 200 thanks"
    [call] = receiver.calls
    message = Webhook(SECRET).verify(call.body, call.headers)
    assert (message["type"], message["id"], message["rule"]) == ("pagewitness.test", UID, "channels test")
    assert "test" in message["event"]["summary"]


@pytest.mark.parametrize("config", [DESK, HOOK])
def test_a_test_message_has_the_keys_of_the_real_thing(config):
    payload = sample_delivery(config, now(), UID).payload
    if config is DESK:
        assert set(payload) == {"subject", "text", "html"}
    else:
        assert set(json.loads(payload["body"])) == set(story_json(MESSAGE, EVENTS, LINKS))


def test_mail_and_webhooks_trust_the_authorities_they_are_given(
    new_mailbox, new_receiver, receivers_authority, tmp_path
):
    bundle = tmp_path / "authority.pem"
    receivers_authority.cert_pem.write_to_path(bundle)
    mailbox, receiver = new_mailbox(Security.TLS), new_receiver(tls=True)
    for config in (replace(DESK, port=mailbox.port, security=Security.TLS), replace(HOOK, url=receiver.url)):
        channel = open_channel(config, {}, now=now, user_agent="Pagewitness/1", ca_bundle=str(bundle))
        channel.send(sample_delivery(config, now(), UID))
    assert (len(mailbox.messages), len(receiver.calls)) == (1, 1)
