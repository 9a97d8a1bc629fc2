"""The inbox: messages and held alerts with filters, one message with all about it, and sending a dead one again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.model import DeliveryState
from monitor.limits import cut
from monitor.model import JsonValue
from monitor.urls import normalise
from pagewitness.alert_reasons import AlertReason, reason_of
from pagewitness.display import page_name, state_text
from pagewitness.web.access.context import known_context
from pagewitness.web.links import cursor_of
from pagewitness.web.screens import Screens
from storage.account_store import AccountStore
from storage.archive.snapshot_text import snapshot_text
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries import alert_list
from storage.queries.alert_history import AlertHistory, AlertOfDelivery
from storage.queries.alert_list import AlertFilter
from storage.queries.history import History

PATH, ONE, RETRY = "/alerts", "/alert", "/alerts/retry"
MESSAGES = 50
"""Number of messages on one screen."""
SHOWN_ALERTS = 20
"""Alerts of a message that its screen shows."""

STATES = {"": "all messages", "sent": "sent", "waiting": "waiting", "held": "held", "dead": "dead"}
_STATE_OF = {"sent": DeliveryState.SENT, "waiting": DeliveryState.PENDING, "dead": DeliveryState.DEAD}
_BADGES = {DeliveryState.SENT: "good", DeliveryState.PENDING: "waiting", DeliveryState.DEAD: "bad"}
_FIELDS = ("state", "channel", "rule", "page", "fact", "since")
_PREVIEW_CHARS = 20_000
_KEY_CHARS = 100


@dataclass(frozen=True, slots=True)
class ExplainedAlert:
    """An alert with why it was planned.

    Attributes:
        alert: The alert.
        page: What its page is called; "" if it has none.
        reason: Why it was planned.
        headings: The headings above its place; empty where they are not known.
        mute: The line that mutes this place in a watchlist; "" where its place has no heading.
    """

    alert: AlertOfDelivery
    page: str
    reason: AlertReason
    headings: tuple[str, ...]
    mute: str


class InboxScreen:
    """Answers requests for messages and held alerts."""

    def __init__(self, history: History, screens: Screens, accounts: AccountStore | None) -> None:
        self._history = history
        self._screens = screens
        self._accounts = accounts

    def answer(self, request: Request) -> Response:
        """List messages, or held alerts, that the filters of the address select."""
        form = {name: request.query_params.get(name, "").strip() for name in _FIELDS}
        try:
            after = cursor_of(request.query_params, MESSAGES).after
        except ValueError:
            raise HTTPException(404) from None
        if form["state"] not in STATES:
            raise HTTPException(404)
        database = self._history.database
        values: dict[str, object] = {"messages": (), "held": (), "next": None, "problem": ""}
        try:
            wanted = _filter(form)
        except ValueError as error:
            return self._list(request, form, {**values, "problem": str(error)}, status=400)
        if form["state"] == "held":
            held = alert_list.held_slice(database, wanted, MESSAGES, after)
            values |= {"held": held.rows, "next": _next(form, held.next)}
        else:
            found = alert_list.message_slice(database, wanted, MESSAGES, after)
            values |= {"messages": found.rows, "next": _next(form, found.next)}
        return self._list(request, form, {**values, "newest": None if after is None else _address(form)})

    def _list(
        self, request: Request, form: Mapping[str, str], values: Mapping[str, object], *, status: int = 200
    ) -> Response:
        return self._screens.page(
            request,
            "alerts.html.j2",
            status=status,
            form=form,
            states=STATES.items(),
            badges=_BADGES,
            held_count=alert_list.held_count(self._history.database),
            most_counted=alert_list.MOST_COUNTED,
            is_filtered=any(form.values()),
            state_text=state_text,
            **{"newest": None, **values},
        )

    def one(self, request: Request) -> Response:
        """Show a message, by its id or the number of one of its alerts: its alerts with why each was planned, attempts, receipt, and its text; or a held alert."""
        key = request.query_params.get("id", "")[:_KEY_CHARS]
        database = self._history.database
        alerts = AlertHistory(database)
        delivery = alerts.delivery(key)
        held = alerts.held(key) if delivery is None else None
        if delivery is None and held is None:
            raise HTTPException(404, "There is no such message or held alert.")
        found = alert_list.first_alerts(database, delivery.id, SHOWN_ALERTS) if delivery is not None else []
        if held is not None:
            found = [held.alert]
        return self._screens.page(
            request,
            "alert.html.j2",
            delivery=delivery,
            held=held,
            badges=_BADGES,
            state_text=state_text,
            alerts=self._explained(alerts, found),
            payload=None if delivery is None else payload_text(alert_list.payload_of(database, delivery.id)),
        )

    def retry(self, request: Request) -> Response:
        """Send a dead message again; answer with its screen."""
        context = known_context(request)
        uid = context.form.text("id")[:_KEY_CHARS]
        assert self._accounts is not None, "only who is logged in may send again"
        count = SqlOutbox(self._accounts.database).retry([uid], entry=context.entry("alert.retried", uid))
        if not count:
            raise HTTPException(409, "This message is not dead any more, or does not exist.")
        return RedirectResponse(f"{ONE}?{urlencode({'id': uid})}", 303)

    def _explained(self, alerts: AlertHistory, found: list[AlertOfDelivery]) -> list[ExplainedAlert]:
        rules = {stored.name: stored for stored in alerts.rules()}
        recorded = [alert.recorded for alert in found]
        titles = self._history.titles({one.page_id for one in recorded if one.page_id is not None})
        explained = []
        for alert in found:
            event = alert.recorded
            headings = _headings(event.event.change.detail.get("anchor"))
            explained.append(
                ExplainedAlert(
                    alert,
                    page_name(event.page_label, titles.get(event.page_id or 0, ""), event.page_url),
                    reason_of(rules.get(alert.rule), alert, self._text_of),
                    headings,
                    f"mute = [{json.dumps(headings[-1], ensure_ascii=False)}]" if headings else "",
                )
            )
        return explained

    def _text_of(self, snapshot_id: int) -> str | None:
        with self._history.database.read() as connection:
            return snapshot_text(connection, snapshot_id)


def payload_text(payload: Mapping[str, JsonValue]) -> str:
    """Return the content of a message as text: subject and text of a mail, otherwise the bodies of its requests; "" if it was erased.

    Secrets are not in it: they are added when it is sent.
    """
    if "subject" in payload:
        return cut(f"{payload['subject']}\n\n{payload.get('text', '')}", _PREVIEW_CHARS)
    bodies = [body for value in payload.values() for body in (value if isinstance(value, list) else [value])]
    return cut("\n\n".join(map(_indented, bodies)), _PREVIEW_CHARS)


def _indented(body: JsonValue) -> str:
    try:
        value = json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):  # a template may make any text
        return str(body)
    return json.dumps(value, ensure_ascii=False, indent=2)


def _headings(anchor: JsonValue) -> tuple[str, ...]:
    return tuple(str(heading) for heading in anchor) if isinstance(anchor, list) else ()


def _filter(form: Mapping[str, str]) -> AlertFilter:
    """Return the filter of a form.

    Raises:
        ValueError: The date or URL is none; a sentence.
    """
    since, page = None, ""
    if form["since"]:
        try:
            since = datetime.fromisoformat(form["since"])
        except ValueError:
            raise ValueError(f"“{cut(form['since'], 40)}” is not a date; write it as 2024-05-12.") from None
        since = since.replace(tzinfo=UTC) if since.tzinfo is None else since
    if form["page"]:
        try:
            page = normalise(form["page"])
        except ValueError:
            raise ValueError("The page is not a URL; write it with https://.") from None
    return AlertFilter(_STATE_OF.get(form["state"]), form["channel"], form["rule"], page, form["fact"], since)


def _address(form: Mapping[str, str], **more: str) -> str:
    query = {**{name: value for name, value in form.items() if value}, **more}
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _next(form: Mapping[str, str], key: int | None) -> str | None:
    return None if key is None else _address(form, after=str(key))
