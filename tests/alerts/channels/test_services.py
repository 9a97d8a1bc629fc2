"""Every chat and push service: renderer and sender against a strict fake over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given

from alerts.channel_configs import (
    DiscordChannel,
    GotifyChannel,
    MatrixChannel,
    MattermostChannel,
    NtfyChannel,
    SlackChannel,
    TeamsChannel,
    TelegramChannel,
)
from alerts.channels.factory import open_channel
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.messages import discord, mattermost
from alerts.messages.markup import POST_LIMIT
from alerts.messages.message import Message, MessageKind
from alerts.messages.renderers import RENDERERS, render
from alerts.sample_message import sample_delivery
from rendering.text_safety import one_line
from tests.alerts.channels.fakes import services
from tests.alerts.examples import URL, delivery
from tests.alerts.message_examples import EVENTS, HOSTILE, ITEM, LINKS, MESSAGE, PAGE, UID, hostile_message, messages
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Answer, Call
from tests.support.talkers import silent

NOW = datetime(2022, 5, 2, 6, tzinfo=UTC)
ENVIRON = {"TOKEN": services.TOKEN, "HOOK_PATH": "hook-secret-path"}


@dataclass(frozen=True)
class Service:
    """A service: its channel at an address, its fake, and what it shows."""

    config: Callable[[str], Any]
    fake: Callable[[], Callable[[Call], Answer]]
    shown: Callable[[Call], Iterator[str]]
    too_many: Answer
    wait: float


def by_url(config: type[Any]) -> Callable[[str], Any]:
    return lambda base: config("team", f"{base}/services/T0000/hook-secret-path", allow_private=True)


SERVICES = {
    "slack": Service(
        by_url(SlackChannel), lambda: services.slack, services.slack_shown, Answer(429, {"Retry-After": "30"}), 30
    ),
    "teams": Service(
        by_url(TeamsChannel), lambda: services.teams, services.teams_shown, Answer(429, {"Retry-After": "30"}), 30
    ),
    "discord": Service(
        by_url(DiscordChannel),
        lambda: services.discord,
        services.discord_shown,
        Answer(429, {"Retry-After": "1"}, b'{"message": "You are being rate limited.", "retry_after": 1.57}'),
        1.57,
    ),
    "telegram": Service(
        lambda base: TelegramChannel("team", services.CHAT, "env:TOKEN", base, allow_private=True),
        lambda: services.telegram,
        services.telegram_shown,
        Answer(429, {}, b'{"ok":false,"error_code":429,"parameters":{"retry_after":35}}'),
        35,
    ),
    "matrix": Service(
        lambda base: MatrixChannel("team", base, services.ROOM, "env:TOKEN", allow_private=True),
        services.Matrix,
        services.matrix_shown,
        Answer(429, {}, b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}'),
        2.5,
    ),
    "mattermost": Service(
        by_url(MattermostChannel),
        lambda: services.mattermost,
        services.mattermost_shown,
        Answer(429, {"Retry-After": "30"}),
        30,
    ),
    "ntfy": Service(
        lambda base: NtfyChannel("team", services.TOPIC, base, "env:TOKEN", allow_private=True),
        lambda: services.ntfy,
        services.message_shown,
        Answer(429, {"Retry-After": "30"}, b'{"code":42901}'),
        30,
    ),
    "gotify": Service(
        lambda base: GotifyChannel("team", base, "env:TOKEN", allow_private=True),
        lambda: services.gotify,
        services.message_shown,
        Answer(429, {"Retry-After": "30"}),
        30,
    ),
}
NAMES = list(SERVICES)


def sender(name: str, base: str, seconds: float = PATIENCE_SECONDS):
    return open_channel(
        SERVICES[name].config(base), ENVIRON, now=lambda: NOW, user_agent="Pagewitness/1", timeout_seconds=seconds
    )


def base_of(receiver) -> str:
    return receiver.url.partition("/hook")[0]


def stored(name: str, message=MESSAGE):
    return replace(delivery(render(SERVICES[name].config("https://x.example"), message, EVENTS, LINKS)), uid=UID)


@pytest.fixture
def fake(request, receiver):
    receiver.judge = services.judged(SERVICES[request.param].fake())
    return request.param, receiver


def visible(name: str, calls: list[Call]) -> str:
    text = "\n".join(text for call in calls for text in SERVICES[name].shown(call))
    return text.replace("\u200b", "").replace("\u2060", "")


def test_every_renderer_has_a_service_here():
    assert set(SERVICES) | {"email", "apprise"} == set(RENDERERS)


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_message_arrives_with_its_content(fake):
    name, receiver = fake
    assert sender(name, base_of(receiver)).send(stored(name)).startswith("HTTP 20")
    shown = visible(name, receiver.calls)
    for text in (
        ITEM.summary,
        "We are ",
        "83",
        " members.",
        "A key fact changed",
        "2022-05-01 18:00:00 UTC",
        MESSAGE.why[0],
    ):
        assert text in shown.replace("»", "").replace("«", "")
    everything = b"".join(call.body for call in receiver.calls).decode()
    assert name in {"ntfy", "gotify"} or "https://watch.example/replay/2022/" in everything


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_test_message_arrives(fake):
    name, receiver = fake
    config = SERVICES[name].config(base_of(receiver))
    sender(name, base_of(receiver)).send(sample_delivery(config, NOW, UID))
    assert "This is a test: the coalition counts " in visible(name, receiver.calls)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_hostile_texts_stay_texts(fake, text):
    name, receiver = fake
    sender(name, base_of(receiver)).send(stored(name, hostile_message(text)))
    shown = visible(name, receiver.calls)
    wanted = one_line(text, 300)[:100].replace("\u2060", "")
    assert wanted in shown


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_long_digest_is_split_in_order_and_counts_what_does_not_fit(fake):
    name, receiver = fake
    items = tuple(
        replace(
            ITEM, summary=f"fact number {index:04} changed {'word ' * 40}", page=replace(PAGE, name=f"Page {index}")
        )
        for index in range(1500)
    )
    digest = replace(MESSAGE, kind=MessageKind.DIGEST, subject="Digest of desk", items=items, more=7)
    body = stored(name, digest)
    sender(name, base_of(receiver)).send(body)
    assert 1 < len(receiver.calls) == len(body.payload[name]) <= POST_LIMIT + 2
    shown = visible(name, receiver.calls)
    numbers = [index for index in range(1500) if f"fact number {index:04} changed" in shown]
    assert numbers == list(range(len(numbers))), "no change is left out in between"
    assert f"And {1500 - len(numbers) + 7:,} more changes: pagewitness alerts show" in shown


@pytest.mark.parametrize("name", NAMES)
@given(message=messages())
def test_any_message_is_accepted(name, message):
    judge = services.judged(SERVICES[name].fake())
    config = SERVICES[name].config("https://service.test")
    channel = open_channel(config, ENVIRON, now=lambda: NOW, user_agent="Pagewitness/1")
    for index, body in enumerate(RENDERERS[name](message)[name]):
        request = channel._request(replace(delivery({}), uid=UID), index, body)
        path = request.url.removeprefix("https://service.test")
        headers = {key.lower(): value for key, value in request.headers.items()}
        call = Call(path, headers, request.body, request.method)
        answer = judge(call)
        assert 200 <= answer.status < 300, (answer, body[:500])
        assert "".join(SERVICES[name].shown(call)).strip()


# --- failures


@pytest.mark.parametrize("fake", NAMES, indirect=True)
@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_a_service_in_trouble_is_tried_again(fake, status):
    name, receiver = fake
    receiver.will_answer(Answer(status))
    channel = sender(name, base_of(receiver))
    with pytest.raises(DeliveryError, match=f"HTTP {status}") as caught:
        channel.send(stored(name))
    assert not caught.value.permanent
    assert channel.send(stored(name)).startswith("HTTP 20")


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_rate_limit_states_its_wait_in_the_service_s_own_way(fake):
    name, receiver = fake
    receiver.will_answer(SERVICES[name].too_many)
    with pytest.raises(DeliveryError, match="HTTP 429") as caught:
        sender(name, base_of(receiver)).send(stored(name))
    assert (caught.value.permanent, caught.value.retry_after) == (False, SERVICES[name].wait)


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_rate_limit_may_state_a_date(fake):
    name, receiver = fake
    until = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    receiver.will_answer(Answer(429, {"Retry-After": until, "Date": format_datetime(NOW, usegmt=True)}, b""))
    with pytest.raises(DeliveryError) as caught:
        sender(name, base_of(receiver)).send(stored(name))
    assert caught.value.retry_after == 90


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_refused_message_is_dead(fake):
    name, receiver = fake
    damaged = replace(stored(name), payload={name: ['{"no": "content"}']})
    with pytest.raises(DeliveryError, match="HTTP 400") as caught:
        sender(name, base_of(receiver)).send(damaged)
    assert caught.value.permanent


@pytest.mark.parametrize("fake", NAMES, indirect=True)
@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_address_or_token_that_is_not_known_concerns_the_channel(fake, status):
    name, receiver = fake

    def repeat(call: Call) -> Answer:
        topic = json.loads(call.body).get("topic", "")
        fields = (call.headers.get(field, "") for field in ("authorization", "x-gotify-key"))
        return Answer(status, body=" ".join(("unknown", topic, *fields, call.path)).encode())

    receiver.judge = repeat
    with pytest.raises(ChannelUnreachable, match="check the address and credentials of channel team") as caught:
        sender(name, base_of(receiver)).send(stored(name))
    assert not caught.value.permanent
    assert "unknown" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_redirect_is_not_followed(fake, new_receiver):
    name, receiver = fake
    elsewhere = new_receiver()
    receiver.will_answer(Answer(302, {"Location": elsewhere.url}))
    with pytest.raises(DeliveryError, match=r"HTTP 302 redirects to 127\.0\.0\.1; redirects are not followed"):
        sender(name, base_of(receiver)).send(stored(name))
    assert elsewhere.calls == []


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_private_address_is_refused_unless_the_channel_allows_it(fake):
    name, receiver = fake
    config = replace(SERVICES[name].config(base_of(receiver)), allow_private=False)
    channel = open_channel(config, ENVIRON, now=lambda: NOW, user_agent="Pagewitness/1")
    with pytest.raises(ChannelUnreachable, match="private or reserved address"):
        channel.send(stored(name))
    assert receiver.calls == []


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_a_service_that_is_down_is_unreachable_and_its_secrets_are_not_shown(fake):
    name, receiver = fake
    receiver.stop()
    with pytest.raises(ChannelUnreachable, match="refused") as caught:
        sender(name, base_of(receiver)).send(stored(name))
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(SERVICES[name].config("https://x.example")).replace("topic-secret", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_hangs_is_given_up_in_time(name, talking):
    talker = talking(silent)
    with pytest.raises(ChannelTimedOut, match=r"no answer within 0\.3 s"):
        sender(name, f"http://127.0.0.1:{talker.port}", 0.3).send(stored(name))


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_after_a_failure_in_between_the_next_attempt_goes_on_with_the_post_that_failed(fake):
    name, receiver = fake
    items = tuple(replace(ITEM, summary=f"fact number {index:04} {'word ' * 40}") for index in range(120))
    message = stored(name, replace(MESSAGE, kind=MessageKind.DIGEST, items=items))
    count = len(message.payload[name])
    assert count > 2
    receiver.will_answer(Answer(), SERVICES[name].too_many)
    channel = sender(name, base_of(receiver))
    with pytest.raises(DeliveryError):
        channel.send(message)
    assert channel.send(message).endswith(f"({count} messages)")
    bodies = [json.loads(call.body) for call in receiver.calls]
    wanted = [json.loads(body) for body in message.payload[name]]
    assert len(bodies) == count + 1
    assert bodies[1] == bodies[2]
    assert [
        set(body) >= set(plan) and body.items() >= plan.items()
        for body, plan in zip(bodies[2:], wanted[1:], strict=True)
    ]


@pytest.mark.parametrize("fake", NAMES, indirect=True)
def test_after_a_kill_in_between_another_process_sends_all_posts_with_the_same_content(fake):
    name, receiver = fake
    items = tuple(replace(ITEM, summary=f"fact number {index:04} {'word ' * 40}") for index in range(120))
    message = stored(name, replace(MESSAGE, kind=MessageKind.DIGEST, items=items))
    count = len(message.payload[name])
    receiver.will_answer(Answer(), SERVICES[name].too_many)
    with pytest.raises(DeliveryError):
        sender(name, base_of(receiver)).send(message)
    assert sender(name, base_of(receiver)).send(message).endswith(f"({count} messages)")
    bodies = [call.body for call in receiver.calls]
    assert len(bodies) == count + 2
    assert bodies[:2] == bodies[2:4]


@pytest.mark.parametrize("name", ["mattermost", "discord"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("06:00:01 UTC, 12:30", "06:00:01 UTC, 12:30"),
        ("1.5 % (+2) - well. A = B", "1.5 % (+2) - well. A = B"),
        ("- item", r"\- item"),
        ("12) item", r"12\) item"),
        ("a_b*c`d[e]<f>", r"a\_b\*c\`d\[e\]\<f\>"),
    ],
)
def test_only_what_markdown_would_interpret_is_escaped(name, text, shown):
    module = {"mattermost": mattermost, "discord": discord}[name]
    assert module.MARKUP.escape(text) == shown


def test_no_name_becomes_an_emoji_and_no_word_a_mention():
    assert mattermost.MARKUP.escape(":tada: @here :+1: :100:") == ":\u200btada: @\u200bhere :\u200b+1: :\u200b100:"
    assert discord.MARKUP.escape(":tada: @here") == r"\:tada: \@here"


def test_links_of_push_messages_are_in_a_line_of_their_own():
    message = replace(MESSAGE, link="https://watch.example/m/1", subject="Digest of desk", kind=MessageKind.DIGEST)
    for name in ("ntfy", "gotify"):
        body = json.loads(RENDERERS[name](message)[name][0])
        assert "All changes: https://watch.example/m/1" in body["message"].splitlines()
        assert body["title"] == "Digest of desk"
        assert "Digest of desk" not in body["message"], "it is the title already"


def slack_elements(message: Message = MESSAGE) -> list[dict[str, object]]:
    """The texts and links of the rich text blocks of a message, in order."""
    posts = [json.loads(body)["blocks"] for body in RENDERERS["slack"](message)["slack"]]
    blocks = [block for post in posts for block in post if block["type"] == "rich_text"]
    return [element for block in blocks for part in block["elements"] for element in part["elements"]]


def test_links_in_slack_say_where_they_lead():
    links = [(element["text"], element["url"]) for element in slack_elements() if element["type"] == "link"]
    assert links == [
        ("Partners", "https://coalition.example/en/partners/"),
        ("2022-05-02 06:00:01 UTC", PAGE.link_now),
        ("2022-05-01 18:00:00 UTC", PAGE.link_before),
    ]


def test_slack_quotes_what_the_page_states_with_the_change_in_bold():
    (block,) = (
        item
        for item in json.loads(RENDERERS["slack"](MESSAGE)["slack"][0])["blocks"]
        if "elements" in item and item["type"] == "rich_text"
    )
    quotes = [part["elements"] for part in block["elements"] if part["type"] == "rich_text_quote"]
    assert [[(element["text"], "style" in element) for element in quote] for quote in quotes] == [
        [("We are ", False), ("85", True), (" members now.", False)],
        [("We are ", False), ("83", True), (" members.", False)],
    ]


def test_a_summary_too_long_for_a_header_is_in_bold_type_and_whole():
    summary = "“" + "word " * 50 + "”"
    elements = slack_elements(replace(MESSAGE, items=(replace(ITEM, summary=summary),)))
    assert elements[0] == {"type": "text", "text": summary, "style": {"bold": True}}


def test_many_long_addresses_in_slack_leave_room_for_the_texts():
    pages = tuple(replace(PAGE, name=f"Page {number}", url=f"{URL}{number}/{'p' * 1400}") for number in range(10))
    message = replace(MESSAGE, items=(replace(ITEM, also_on=pages),))
    (body,) = RENDERERS["slack"](message)["slack"]
    assert len(body) < 13_000
    assert all(f"Page {number}" in body for number in range(10))


def test_a_repeated_message_is_one_event_in_a_matrix_room(receiver):
    server = services.Matrix()
    receiver.judge = services.judged(server)
    for _ in range(2):  # the second time after a restart
        sender("matrix", base_of(receiver)).send(stored("matrix"))
    assert len(receiver.calls) == 2
    assert list(server.events) == [f"{UID}-0"]
    assert server.events[f"{UID}-0"]["body"].startswith(ITEM.summary)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("telegram", b'{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}'),
        ("teams", b'{"error":{"code":"WorkflowTriggerIsNotEnabled"}}'),
        ("mattermost", b'{"id":"web.incoming_webhook.invalid.app_error"}'),
    ],
)
def test_some_services_answer_400_where_the_channel_is_at_fault(receiver, name, answer):
    receiver.will_answer(Answer(400, body=answer))
    with pytest.raises(ChannelUnreachable):
        sender(name, base_of(receiver)).send(stored(name))


def test_a_payload_of_another_type_is_refused_with_a_clear_message(receiver):
    with pytest.raises(DeliveryError, match="channel team is of type slack now"):
        sender("slack", base_of(receiver)).send(stored("ntfy"))
