"""The screen of one change: what the page stated before and after, what was sent to whom, and why. Reads only."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from alerts.model import RecordedEvent
from pagewitness.display import page_name, state_text
from pagewitness.event_reasons import reasons_line, with_reasons
from pagewitness.web.links import key_of
from pagewitness.web.screens import Screens
from rendering import event_text
from rendering.selection import selection_sentence
from storage.queries.alert_history import AlertHistory

PATH = "/change"
OTHERS = 20
"""Further changes of the same check on the screen."""


class ChangeScreen:
    """Answers requests for one change.

    Attributes:
        screens: Renders the screens.
    """

    def __init__(self, screens: Screens) -> None:
        self.screens = screens

    def answer(self, request: Request) -> Response:
        """Answer with the change whose key the parameter `id` is."""
        history = self.screens.history
        try:
            recorded = history.event(key_of(request.query_params.get("id", "")))
        except ValueError:
            recorded = None
        if recorded is None:
            sentence = "There is no such change; reprocessing may have found that it was none."
            return self.screens.error(request, 404, "No such change", sentence, None)
        (reasons,) = with_reasons(AlertHistory(history.database), [recorded], history.text_of)
        event = recorded.event
        title = history.titles([recorded.page_id]).get(recorded.page_id, "") if recorded.page_id is not None else ""
        return self.screens.page(
            request,
            "change.html.j2",
            recorded=recorded,
            event=event,
            headline=event_text.headline(event.change),
            heading=event_text.heading(event.change.kind),
            happened=event_text.interval_sentence(event.change),
            name=page_name(recorded.page_label, title, recorded.page_url) if recorded.page_url else "",
            outcome=reasons_line(reasons),
            alerts=[
                (alert.rule, alert.channel, state_text(alert.state, alert.hold, alert.held_until), alert.sent_at)
                for alert in reasons.planning.alerts
            ],
            rules=[
                (stored.name, selection.selected, selection_sentence(selection.reason, selection.values))
                for stored, selection in reasons.selections
            ],
            others=self._others(recorded),
        )

    def _others(self, recorded: RecordedEvent) -> list[RecordedEvent]:
        """Return further changes that the same check found."""
        snapshot = recorded.event.snapshot
        if recorded.page_id is None or not snapshot.id:
            return []
        found = self.screens.history.changes_at(recorded.page_id, snapshot.id, OTHERS + 1)
        return [other for other in found if other.id != recorded.id][:OTHERS]
