from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import DeliveryError
from alerts.messages.mime_message import compose
from rendering.links import Links
from rendering.text_safety import one_line
from tests.alerts.examples import DESK, RULE, SEEN, changed, delivery, event, render_email

PAYLOAD = render_email(event(), RULE, Links(None))


def over_the_wire(payload):
    return message_from_bytes(compose(delivery(payload), DESK).as_bytes(), policy=default)


def test_a_mail_carries_both_forms_and_says_that_a_machine_sent_it():
    mail = over_the_wire(PAYLOAD)
    assert mail["Subject"] == "Partners · member_count 83 → 85 (+2)"
    assert mail["From"] == "Pagewitness <monitor@example.org>"
    assert mail["To"] == "desk@example.org"
    assert mail["Date"].datetime == SEEN.replace(microsecond=0)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Pagewitness-Delivery"] == "msg_00000000000000000000000000000001"
    assert mail["Message-ID"] == "<msg_00000000000000000000000000000001@pagewitness>"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == PAYLOAD["text"]
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == PAYLOAD["html"]


def test_every_try_composes_the_same_headers():
    first, second = compose(delivery(PAYLOAD), DESK), compose(delivery(PAYLOAD, attempts=2), DESK)
    content_type = {"content-type"}  # the boundary between the parts is drawn anew
    assert [pair for pair in first.items() if pair[0].lower() not in content_type] == [
        pair for pair in second.items() if pair[0].lower() not in content_type
    ]


def test_the_wire_sees_seven_bits_and_short_lines():
    raw = compose(delivery(render_email(changed(sentence_after="ü" * 3000), RULE, Links(None))), DESK).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(st.text(st.characters(exclude_categories=()), max_size=250))
def test_whatever_the_summary_the_mail_has_our_headers_and_no_others(summary):
    payload = render_email(changed(stored_text=summary), RULE, Links(None))
    mail = over_the_wire(payload)
    assert set(mail.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Pagewitness-Delivery", "MIME-Version", "Content-Type",
        "List-Id", "In-Reply-To", "References",
    }  # fmt: skip
    assert mail["Subject"] == one_line(payload["subject"])


@pytest.mark.parametrize(
    "subject",
    [
        "partners: access blocked since 30 November 2026, 12:48 UTC (2 checks): 83 → ü",
        "https://example.org/" + "a" * 70 + ": page gone",
        "a =?utf-8?q?b=0ABcc:_x@example.org?= c",
        "=?utf-8?b?4oCu?=",
        "members 83 → 85 · " * 30,
        "ü",
    ],
)
def test_a_subject_arrives_as_it_was_written_in_short_lines_of_which_none_is_empty(subject: str):
    raw = compose(delivery({**PAYLOAD, "subject": subject}), DESK).as_bytes()
    assert message_from_bytes(raw, policy=default)["Subject"] == one_line(subject)
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert all(line.strip() for line in lines)
    assert not [line for line in lines if line.startswith((b"Subject: \r", b"Bcc"))]
    assert b"Subject: =?" in raw or b"Subject: " + one_line(subject)[:20].encode() in raw


def test_a_payload_for_another_type_of_channel_is_refused_with_a_clear_word():
    with pytest.raises(DeliveryError, match="desk sends mail now"):
        compose(delivery({"body": "{}"}), DESK)


def test_the_mails_about_a_page_are_one_conversation_with_the_id_of_no_message():
    first, second = over_the_wire(PAYLOAD), over_the_wire(render_email(changed(after=87), RULE, Links(None)))
    assert re.fullmatch(r"<thread-[0-9a-f]{32}@pagewitness>", first["References"])
    assert first["In-Reply-To"] == first["References"] == second["References"]
    assert first["Message-ID"] != first["References"]


def test_a_payload_from_before_conversations_and_lists_is_sent_as_it_was_planned():
    old = {key: PAYLOAD[key] for key in ("subject", "text", "html")}
    mail = over_the_wire(old)
    assert not {"References", "In-Reply-To", "List-Unsubscribe"} & set(mail.keys())
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == PAYLOAD["html"]


@pytest.mark.parametrize("base", ["https://watch.example", f"https://{'long.' * 30}example/{'way/' * 20}"])
def test_a_published_web_interface_says_how_to_unsubscribe_and_its_address_arrives_unchanged(base: str):
    payload = render_email(event(), RULE, Links(base))
    raw = compose(delivery(payload), DESK).as_bytes()
    assert f"\r\nList-Unsubscribe: <{base}/notifications?channel=desk>\r\n".replace("//n", "/n").encode() in raw
    for name in ("Büro & Co", "\N{PARTY POPPER}" * 200, "\ud800"):
        lines = compose(delivery(payload), replace(DESK, name=name)).as_bytes().split(b"\r\n")
        (line,) = [line for line in lines if line.startswith(b"List-Unsubscribe: <https://")]
        assert len(line) <= 998
        assert (b"?channel=" in line) is (len(name) < 200)
    assert "List-Unsubscribe" not in over_the_wire(render_email(event(), RULE, Links("http://127.0.0.1:8080")))


@pytest.mark.parametrize(
    ("channel", "list_id"),
    [
        ("desk", "<desk.pagewitness>"),
        ("night-desk", "<night-desk.pagewitness>"),
        ("Night desk", "<night-desk-d8ba6b92.pagewitness>"),
        ("редакция", "<2141adc5.pagewitness>"),
    ],
)
def test_each_channel_is_a_list_of_its_own(channel: str, list_id: str):
    mail = compose(delivery(PAYLOAD), replace(DESK, name=channel))
    assert mail["List-Id"] == list_id


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_the_list_ids_of_two_channels_differ_as_their_names_do(one: str, other: str):
    ids = [compose(delivery(PAYLOAD), replace(DESK, name=name))["List-Id"] for name in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)
    assert all(re.fullmatch(r"<[a-z0-9-]{1,60}\.pagewitness>", found) for found in ids)


def test_a_text_in_another_script_is_in_the_shorter_encoding():
    arabic = render_email(changed(sentence_before=None, sentence_after="ميناء " * 90), RULE, Links(None))
    raw = compose(delivery(arabic), DESK).as_bytes()
    assert b"Content-Transfer-Encoding: base64" in raw
    assert raw.isascii()
    assert over_the_wire(arabic).get_body(("plain",)).get_content().replace("\r\n", "\n") == arabic["text"]
    assert b"base64" not in compose(delivery(PAYLOAD), DESK).as_bytes()
