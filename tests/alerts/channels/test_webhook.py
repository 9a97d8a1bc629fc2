from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.backoff import LONGEST_ASKED, retry_in
from alerts.channels.http_post import HttpOptions
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.channels.webhook import WebhookSender
from alerts.errors import DeliveryError
from rendering.links import Links
from tests.alerts.examples import HOOK, RULE, SECRET, changed, delivery, render_webhook
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Answer

UID = delivery({}).uid
PAYLOAD = render_webhook(changed(sentence_after="We are 85 «members»\ud800"), RULE, UID, Links(None))
NOW = datetime(2022, 5, 2, 6, tzinfo=UTC)


def real_time():
    """What a signature must have been made at for its receiver to take it."""
    return datetime.now(UTC)


def sender_to(receiver, *, environ=None, now=real_time, ca_bundle=None, **parts):
    config = replace(HOOK, **{"url": receiver.url, **parts})
    return WebhookSender(
        config, HttpOptions(environ or {}, now, "Pagewitness/1", PATIENCE_SECONDS, ca_bundle=ca_bundle)
    )


def test_the_body_arrives_byte_for_byte_and_its_signature_verifies(receiver):
    assert sender_to(receiver).send(delivery(PAYLOAD)) == "HTTP 200 thanks"
    [call] = receiver.calls
    assert call.body == PAYLOAD["body"].encode()
    assert Webhook(SECRET).verify(call.body, call.headers) == json.loads(PAYLOAD["body"])
    assert call.path == "/hook?key=of-the-path"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["user-agent"] == "Pagewitness/1"
    assert call.headers["webhook-id"] == UID


def test_a_body_that_was_tampered_with_does_not_verify(receiver):
    sender_to(receiver).send(delivery(PAYLOAD))
    [call] = receiver.calls
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(call.body.replace(b"85", b"86"), call.headers)


def test_without_a_secret_the_message_still_has_its_id_but_no_signature(receiver):
    sender_to(receiver, secret=None).send(delivery(PAYLOAD))
    [call] = receiver.calls
    assert call.headers["webhook-id"] == UID
    assert "webhook-signature" not in call.headers


def test_the_secret_may_come_from_the_environment(receiver):
    sender_to(receiver, secret="env:HOOK_SECRET", environ={"HOOK_SECRET": SECRET}).send(delivery(PAYLOAD))
    [call] = receiver.calls
    Webhook(SECRET).verify(call.body, call.headers)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "whsec_ü"])
def test_a_secret_that_cannot_sign_sends_nothing_and_is_not_shown(receiver, secret):
    with pytest.raises(ChannelUnreachable, match="the secret of channel hook") as caught:
        sender_to(receiver, secret="env:S", environ={"S": secret}).send(delivery(PAYLOAD))
    assert "base64!" not in str(caught.value)
    assert receiver.calls == []


def test_with_two_secrets_a_receiver_with_either_accepts_the_message(receiver):
    other = "whsec_" + "QUJD" * 8
    sender_to(receiver, secret=(other, "env:OLD"), environ={"OLD": SECRET}).send(delivery(PAYLOAD))
    [call] = receiver.calls
    assert len(call.headers["webhook-signature"].split()) == 2
    for secret in (SECRET, other):
        Webhook(secret).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUJE" * 8).verify(call.body, call.headers)


def test_further_headers_and_fields_are_resolved_when_sending(receiver):
    environ = {"AUTH": "GenieKey secret-of-headers", "KEY": "secret-of-fields"}
    headers, fields = (("Authorization", "env:AUTH"), ("X-Team", "desk")), (("routing_key", "env:KEY"),)
    sender = sender_to(receiver, headers=headers, fields=fields, environ=environ, content_type="application/json")
    sender.send(delivery(PAYLOAD))
    [call] = receiver.calls
    assert (call.headers["authorization"], call.headers["x-team"]) == ("GenieKey secret-of-headers", "desk")
    body = Webhook(SECRET).verify(call.body, call.headers)
    assert body == {"routing_key": "secret-of-fields", **json.loads(PAYLOAD["body"])}
    receiver.will_answer(Answer(500, body=b"no secret-of-fields, GenieKey secret-of-headers"))
    with pytest.raises(DeliveryError, match="HTTP 500 no …, …") as caught:
        sender.send(delivery(PAYLOAD))
    assert "secret" not in str(caught.value)


def test_a_header_of_several_lines_sends_nothing(receiver):
    sender = sender_to(receiver, headers=(("X-Token", "env:T"),), environ={"T": "a\r\nHost: evil.example"})
    with pytest.raises(ChannelUnreachable, match="the header field X-Token of channel hook must be one line") as caught:
        sender.send(delivery(PAYLOAD))
    assert "evil" not in str(caught.value)
    assert receiver.calls == []


def test_a_receiver_over_tls_is_verified(new_receiver, receivers_authority, tmp_path):
    receiver = new_receiver(tls=True)
    bundle = tmp_path / "authority.pem"
    receivers_authority.cert_pem.write_to_path(bundle)
    sender_to(receiver, ca_bundle=str(bundle)).send(delivery(PAYLOAD))
    with pytest.raises(ChannelUnreachable, match="certificate does not verify"):
        sender_to(receiver).send(delivery(PAYLOAD))
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [400, 404, 500, 502, 503])
def test_other_statuses_may_pass(receiver, status):
    receiver.will_answer(Answer(status, body=b"not\r\nnow"))
    with pytest.raises(DeliveryError, match=rf"^127.0.0.1:{receiver.port}: HTTP {status} not now$") as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    assert (caught.value.permanent, caught.value.retry_after) == (False, None)


def test_gone_is_for_good(receiver):
    receiver.will_answer(Answer(410))
    with pytest.raises(DeliveryError, match="HTTP 410") as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("120", 120.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("999999999", 86_400.0),
        ("1e400", None),
        ("Fri, " * 2000, None),
        ("\xa0120\x85", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("9" * 400, 86_400.0),
        ("9" * 5_000, 86_400.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_a_pause_in_seconds_or_by_date(receiver, status, field, seconds):
    receiver.will_answer(Answer(status, {"Retry-After": field, "Date": format_datetime(NOW, usegmt=True)}))
    with pytest.raises(DeliveryError) as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    asked = caught.value.retry_after
    assert retry_in(1, asked) <= LONGEST_ASKED
    if seconds is not None:
        assert asked == pytest.approx(seconds, abs=1)


def test_the_url_may_come_from_the_environment(receiver):
    sender_to(receiver, url="env:HOOK", environ={"HOOK": receiver.url}).send(delivery(PAYLOAD))
    assert len(receiver.calls) == 1
    with pytest.raises(ChannelUnreachable, match="the URL of channel hook must be") as caught:
        sender_to(receiver, url="env:HOOK", environ={"HOOK": "hooks.example/T0/secret"}).send(delivery(PAYLOAD))
    assert "secret" not in str(caught.value)


def test_a_response_that_repeats_the_url_does_not_reveal_it(receiver):
    receiver.will_answer(Answer(404, body=b"no such path /hook?key=of-the-path"))
    with pytest.raises(DeliveryError, match="HTTP 404 no such path") as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    assert "of-the-path" not in str(caught.value)


def test_a_redirect_is_not_followed_and_named(receiver, new_receiver):
    elsewhere = new_receiver()
    receiver.will_answer(Answer(307, {"Location": elsewhere.url}))
    with pytest.raises(DeliveryError, match=r"HTTP 307 redirects to 127\.0\.0\.1;") as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    assert "key=of-the-path" not in str(caught.value)
    assert not caught.value.permanent
    assert elsewhere.calls == []


def test_a_private_address_is_refused_unless_the_channel_allows_it(receiver):
    with pytest.raises(ChannelUnreachable, match="private or reserved address") as caught:
        sender_to(receiver, allow_private=False).send(delivery(PAYLOAD))
    assert not caught.value.permanent
    assert receiver.calls == []


def test_a_receiver_that_is_down_is_unreachable_and_its_secret_path_is_not_shown(receiver):
    receiver.stop()
    with pytest.raises(ChannelUnreachable, match="refused") as caught:
        sender_to(receiver).send(delivery(PAYLOAD))
    assert "key=of-the-path" not in str(caught.value)


def test_a_receiver_that_never_answers_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        sender = WebhookSender(replace(HOOK, url=url), HttpOptions({}, real_time, "Pagewitness/1", 0.2))
        with pytest.raises(DeliveryError, match=r"no answer within 0\.2 s") as caught:
            sender.send(delivery(PAYLOAD))
    assert isinstance(caught.value, ChannelTimedOut)


def test_a_long_answer_is_cut_in_the_receipt(receiver):
    receiver.will_answer(Answer(202, body=b"x" * 100_000))
    receipt = sender_to(receiver).send(delivery(PAYLOAD))
    assert receipt == "HTTP 202 " + "x" * 99 + "…"


def test_a_payload_for_another_type_of_channel_is_refused_with_a_clear_word(receiver):
    with pytest.raises(DeliveryError, match="hook is a webhook now"):
        sender_to(receiver).send(delivery({"subject": "", "text": "", "html": ""}))


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "017700000001", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "localhost", "0"],
)
def test_a_private_address_is_refused_however_it_is_written(receiver, host):
    url = receiver.url.replace("127.0.0.1", host)
    sender = sender_to(receiver, url=url, allow_private=False)
    with pytest.raises(ChannelUnreachable):
        sender.send(delivery(PAYLOAD))
    assert receiver.calls == []


# --- several deliveries over one connection


@pytest.fixture
def keeping(new_receiver, receivers_authority, tmp_path):
    """A receiver over TLS that keeps connections open, and a channel to it."""
    receiver = new_receiver(tls=True, keep_alive=True)
    bundle = tmp_path / "authority.pem"
    receivers_authority.cert_pem.write_to_path(bundle)
    return receiver, sender_to(receiver, ca_bundle=str(bundle))


def test_the_deliveries_of_a_batch_share_a_connection(keeping):
    receiver, sender = keeping
    with sender.batch():
        for number in (1, 2, 3):
            sender.send(delivery(PAYLOAD, number=number))
    assert receiver.connections == 1
    for number in (4, 5):
        sender.send(delivery(PAYLOAD, number=number))
    assert receiver.connections == 3, "outside of a batch each delivery has its own"
    assert [call.headers["webhook-id"][-1] for call in receiver.calls] == list("12345")


def test_a_connection_that_is_closed_in_between_is_replaced_and_the_request_sent_again(keeping):
    receiver, sender = keeping
    with sender.batch():
        sender.send(delivery(PAYLOAD))
        answers = iter([None, Answer()])
        receiver.judge = lambda call: next(answers)
        assert sender.send(delivery(PAYLOAD, number=2)) == "HTTP 200 thanks"
    assert receiver.connections == 2
    assert receiver.calls[1].body == receiver.calls[2].body


def test_a_new_connection_that_is_closed_without_an_answer_is_an_error(keeping):
    receiver, sender = keeping
    receiver.judge = lambda call: None
    with sender.batch(), pytest.raises(DeliveryError, match="the connection broke off before an answer came"):
        sender.send(delivery(PAYLOAD))
    assert len(receiver.calls) == 1


def test_a_long_answer_ends_its_connection_and_nothing_of_it_is_taken_for_the_next(keeping):
    receiver, sender = keeping
    receiver.will_answer(Answer(200, body=b"x" * 10_000), Answer(500, body=b"y" * 100_000))
    with sender.batch():
        sender.send(delivery(PAYLOAD))
        with pytest.raises(DeliveryError, match="HTTP 500 yyy"):
            sender.send(delivery(PAYLOAD, number=2))
        assert sender.send(delivery(PAYLOAD, number=3)) == "HTTP 200 thanks"
    assert receiver.connections == 3
