"""The `alerts` commands: list them, show everything about one, list dead deliveries and send them again."""

from __future__ import annotations

from itertools import islice

from alerts.rules import TextOf
from monitor.errors import ConfigurationError
from monitor.model import Event, JsonValue, SnapshotRef
from monitor.times import iso_utc
from pagewitness.alert_reasons import reason_of
from pagewitness.cli.common import app_on
from pagewitness.cli.lists import change_row
from pagewitness.cli.output import err, out, print_json, print_table, render_cell
from pagewitness.composition import AppContext
from pagewitness.display import alert_state, hold_json, state_text
from rendering.noise_reasons import noise_reason
from rendering.sentences import summary
from rendering.text_safety import one_line
from rendering.times import counted
from storage.queries.alert_history import AlertHistory, AlertOfDelivery, DeliveryRow, HeldAlert, StoredRule
from storage.queries.summaries import AlertRow

_MOST_SHOWN = 20
"""Alerts of a delivery that are shown as text; --json prints all."""
_LABEL_WIDTH = 10
_READING = ("why", "unit", "place_before", "place_after", "quotes")
"""Entries of a change's detail that say how a value was read, and where."""


def list_alerts(*, limit: int | None, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.alerts.list_alerts`."""
    with app_on(db) as parts:
        rows = parts.history.alerts(limit)
        if json:
            print_json(
                {
                    "id": row.uid,
                    "rule": row.rule,
                    "channel": row.channel,
                    "state": alert_state(row.state),
                    **_sending_json(row),
                    "summary": summary(row.change),
                    "url": row.page_url,
                    "alert": row.id,
                    **hold_json(row),
                }
                for row in rows
            )
            return
        print_table(
            ["alert", "planned (UTC)", "what", "rule", "channel", "state", "tries", "sent (UTC)", "last error"],
            [
                (
                    str(row.id),
                    row.created_at,
                    summary(row.change),
                    row.rule,
                    row.channel,
                    state_text(row.state, row.hold, row.held_until),
                    row.attempts,
                    row.sent_at,
                    row.last_error,
                )
                for row in rows
            ],
            empty="no alert has been sent yet",
        )


def refuse_options_before(command: str) -> None:
    """Refuse options of the list in front of a command, which would not apply to it.

    Raises:
        ConfigurationError: Always.
    """
    raise ConfigurationError(f"write the options after the command's name: pagewitness alerts {command} …")


def show(*, key: str, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.alerts.show`."""
    with app_on(db) as parts:
        alerts = AlertHistory(parts.database)
        rules = {stored.name: stored for stored in alerts.rules()}
        held = alerts.held(key)
        if held is not None:
            row = _alert_json(parts, None, held.alert, rules.get(held.alert.rule))
            _show_held(held, row, json=json)
            return
        delivery = _known_delivery(alerts, key)
        rows = (_alert_json(parts, delivery, alert, rules.get(alert.rule)) for alert in alerts.alerts_of(delivery.id))
        if json:
            print_json(rows)
            return
        _print_lines(_delivery_lines(delivery))
        for row in islice(rows, _MOST_SHOWN):
            out.print("")
            _print_lines(_alert_lines(row))
        if delivery.alerts > _MOST_SHOWN:
            out.print(f"\nand {counted(delivery.alerts - _MOST_SHOWN, 'more alert')}; --json prints all")


def _show_held(held: HeldAlert, row: dict[str, JsonValue], *, json: bool) -> None:
    if json:
        waits = {"channel": held.channel, "hold": held.hold.value if held.hold else None, "until": iso_utc(held.until)}
        print_json([{**row, "held": waits}])
        return
    _print_lines([("channel", held.channel), ("state", state_text(None, held.hold, held.until))])
    out.print("")
    _print_lines(_alert_lines(row))


def dead(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.alerts.dead`."""
    with app_on(db) as parts:
        rows = AlertHistory(parts.database).dead()
        if json:
            print_json(_delivery_json(row) for row in rows)
            return
        print_table(
            ["id", "channel", "planned (UTC)", "tries", "alerts", "what", "last error"],
            (
                (
                    row.uid,
                    row.channel,
                    row.created_at,
                    row.attempts,
                    row.alerts,
                    summary(row.change) if row.change else "",
                    row.last_error,
                )
                for row in rows
            ),
            empty="no delivery is dead",
        )


def retry(*, keys: list[str], everything: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.alerts.retry`."""
    if bool(keys) is everything:
        raise ConfigurationError("name the deliveries to retry, or --all, not both")
    with app_on(db) as parts:
        alerts = AlertHistory(parts.database)
        found = [_known_delivery(alerts, key) for key in keys]
        for delivery in found:
            if delivery.next_try_at is not None or delivery.sent_at is not None:
                err.print(f"{delivery.uid} is {delivery.state.value}, not dead")
        count = parts.outbox.retry(None if everything else [delivery.uid for delivery in found])
        err.print(f"{counted(count, 'delivery') if count == 1 else f'{count:,} deliveries'} will be sent again")


def _known_delivery(alerts: AlertHistory, key: str) -> DeliveryRow:
    """Return a delivery by its uid, or by the number of one of its alerts.

    Raises:
        ConfigurationError: There is none.
    """
    delivery = alerts.delivery(key)
    held = alerts.held(key) if delivery is None else None
    if held is not None:
        state = state_text(None, held.hold, held.until)
        raise ConfigurationError(
            f"alert {key} of the rule {held.alert.rule!r} has no delivery yet: it is {state}, for the channel {held.channel!r}"
        )
    if delivery is None:
        raise ConfigurationError(f"no alert or delivery has the id {key!r}; `pagewitness alerts --json` lists both ids")
    return delivery


def _sending_json(row: AlertRow | DeliveryRow) -> dict[str, JsonValue]:
    return {
        "attempts": row.attempts,
        "planned_at": iso_utc(row.created_at),
        "sent_at": iso_utc(row.sent_at) if row.sent_at else None,
        "next_try_at": iso_utc(row.next_try_at) if row.next_try_at else None,
        "last_error": row.last_error,
        "receipt": row.receipt,
    }


def _delivery_json(row: DeliveryRow) -> dict[str, JsonValue]:
    return {
        "id": row.uid,
        "channel": row.channel,
        "state": row.state.value,
        **_sending_json(row),
        "alerts": row.alerts,
        "summary": summary(row.change) if row.change else None,
    }


def _alert_json(
    parts: AppContext, delivery: DeliveryRow | None, alert: AlertOfDelivery, stored: StoredRule | None
) -> dict[str, JsonValue]:
    event = alert.recorded.event
    detail = event.change.detail
    return {
        "alert": alert.id,
        "rule": alert.rule,
        "selection": _selection_json(stored, alert, parts.outbox.text_of),
        "event": change_row(alert.recorded),
        "page_label": alert.recorded.page_label,
        "snapshot": _snapshot_json(parts, event.snapshot),
        "snapshot_before": _snapshot_json(parts, event.before),
        "between": detail.get("between"),
        "headings": detail.get("anchor"),
        "reading": {name: detail[name] for name in _READING if name in detail},
        "noise": noise_reason(event.change),
        "replay": _replay_json(parts, event, alert.recorded.page_url),
        "delivery": None
        if delivery is None
        else {key: value for key, value in _delivery_json(delivery).items() if key != "summary"},
        "held": None,
    }


def _replay_json(parts: AppContext, event: Event, url: str | None) -> dict[str, JsonValue]:
    links = parts.links()
    return {"after": links.after(event, url), "before": links.before(event, url)}


def _selection_json(stored: StoredRule | None, alert: AlertOfDelivery, text_of: TextOf) -> dict[str, JsonValue]:
    """Return why the rule selects the event, by its present definition; `rule_is` says whether that is the one by which the alert was planned."""
    found = reason_of(stored, alert, text_of)
    selection = found.selection
    return {
        "rule_is": found.rule_is,
        "selected": None if selection is None else selection.selected,
        "reason": None if selection is None else selection.reason.value,
        "values": None if selection is None else dict(selection.values),
        "sentence": found.sentence,
    }


def _snapshot_json(parts: AppContext, ref: SnapshotRef | None) -> dict[str, JsonValue] | None:
    if ref is None or not ref.id:
        return None
    snapshot = parts.history.snapshot(ref.id)
    return {
        "id": snapshot.id,
        "at": iso_utc(snapshot.taken_at),
        "outcome": snapshot.outcome.value,
        "status": snapshot.status,
        "verdict": snapshot.verdict.value if snapshot.verdict else None,
        "reason": snapshot.verdict_reason,
        "final_url": snapshot.final_url,
        "sha256": snapshot.body_sha256,
    }


def _print_lines(lines: list[tuple[str, object]]) -> None:
    for label, value in lines:
        text = one_line(render_cell(value))
        if text:
            out.print(f"{label:<{_LABEL_WIDTH}} {text}")


def _delivery_lines(row: DeliveryRow) -> list[tuple[str, object]]:
    return [
        ("delivery", f"{row.uid}, {counted(row.alerts, 'alert')}"),
        ("channel", row.channel),
        ("state", f"{row.state.value}, {counted(row.attempts, 'attempt')}"),
        ("planned", row.created_at),
        ("sent", row.sent_at),
        ("next try", row.next_try_at),
        ("receipt", row.receipt),
        ("last error", row.last_error),
    ]


def _alert_lines(row: dict[str, JsonValue]) -> list[tuple[str, object]]:
    event, selection, headings = row["event"], row["selection"], row["headings"]
    because = "" if selection["sentence"] is None else f": {selection['sentence']}"
    note = "" if selection["rule_is"] == "as planned" else f" ({selection['rule_is']})"
    return [
        (f"alert {row['alert']}", event["summary"]),
        ("event", f"{event['kind']}, level {event['level']}, reason {event['reason']}"),
        ("page", f"{row['page_label']} {event['url'] or ''}".strip()),
        ("rule", f"“{row['rule']}”{note}{because}"),
        ("now", _snapshot_line(row["snapshot"])),
        ("", event["sentence_after"]),
        ("before", _snapshot_line(row["snapshot_before"])),
        ("", event["sentence_before"]),
        ("section", " › ".join(headings) if headings else ""),
        ("reading", row["reading"].get("why")),
        ("noise", row["noise"]),
        ("replay", row["replay"]["after"]),
    ]


def _snapshot_line(snapshot: dict[str, JsonValue] | None) -> str:
    if snapshot is None:
        return ""
    verdict = snapshot["verdict"] or "without a verdict"
    reason = f" ({snapshot['reason']})" if snapshot["reason"] else ""
    return f"snapshot {snapshot['id']} of {snapshot['at']}: {snapshot['outcome']}, {verdict}{reason}"
