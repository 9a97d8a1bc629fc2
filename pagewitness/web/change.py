"""The screen of one change: what the page stated before and after, what was sent to whom, why, and what users noted about it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.model import RecordedEvent
from monitor.errors import ConfigurationError, UnknownName
from pagewitness.display import page_name, state_text
from pagewitness.event_reasons import reasons_line, with_reasons
from pagewitness.web.access.context import known_context
from pagewitness.web.links import change_link, key_of
from pagewitness.web.screens import Screens
from rendering import event_text
from rendering.selection import selection_sentence
from storage.account_store import AccountStore
from storage.event_note_store import LONGEST_COMMENT, EventNoteStore, event_notes
from storage.queries.alert_history import AlertHistory

PATH = "/change"
ACKNOWLEDGE, COMMENT = "/change/acknowledge", "/change/comment"
OTHERS = 20
"""Further changes of the same check on the screen."""


class ChangeScreen:
    """Answers requests for one change.

    Attributes:
        screens: Renders the screens.
    """

    def __init__(self, screens: Screens, accounts: AccountStore | None) -> None:
        self.screens = screens
        self._accounts = accounts

    def answer(self, request: Request) -> Response:
        """Answer with the change whose key the parameter `id` is."""
        recorded = self._recorded(request.query_params.get("id", ""))
        return self._unknown(request) if recorded is None else self._page(request, recorded)

    def acknowledge(self, request: Request) -> Response:
        """Acknowledge a change, or withdraw that with the field `withdraw`, and lead back to its screen."""
        context = known_context(request)
        recorded = self._recorded(context.form.text("id"))
        if recorded is None:
            return self._unknown(request)
        notes = self._notes()
        detail = {"change": str(recorded.id)}
        if context.form.has("withdraw"):
            entry = context.entry("change.acknowledgement_withdrawn", recorded.page_url or "", **detail)
            notes.withdraw_acknowledgement(recorded.id, entry=entry)
        else:
            try:
                entry = context.entry("change.acknowledged", recorded.page_url or "", **detail)
                notes.acknowledge(recorded.id, entry=entry)
            except UnknownName:  # removed meanwhile
                return self._unknown(request)
        return RedirectResponse(change_link(recorded.id), 303)

    def comment(self, request: Request) -> Response:
        """Add a comment and lead back to the change; show the form again if the comment is refused."""
        context = known_context(request)
        recorded = self._recorded(context.form.text("id"))
        if recorded is None:
            return self._unknown(request)
        written = context.form.text("comment").replace("\r\n", "\n")
        entry = context.entry("change.commented", recorded.page_url or "", change=str(recorded.id))
        try:
            self._notes().comment(recorded.id, written, entry=entry)
        except UnknownName:
            return self._unknown(request)
        except ConfigurationError as error:
            return self._page(request, recorded, status=400, problem=f"{error}.".capitalize(), written=written)
        return RedirectResponse(f"{change_link(recorded.id)}#notes", 303)

    def _notes(self) -> EventNoteStore:
        assert self._accounts is not None  # without accounts, no sender may edit
        return EventNoteStore(self._accounts.database)

    def _recorded(self, key: str) -> RecordedEvent | None:
        try:
            return self.screens.history.event(key_of(key))
        except ValueError:
            return None

    def _unknown(self, request: Request) -> Response:
        sentence = "There is no such change; reprocessing may have found that it was none."
        return self.screens.error(request, 404, "No such change", sentence, None)

    def _page(
        self, request: Request, recorded: RecordedEvent, *, status: int = 200, problem: str = "", written: str = ""
    ) -> Response:
        history = self.screens.history
        (reasons,) = with_reasons(AlertHistory(history.database), [recorded], history.text_of)
        event = recorded.event
        title = history.titles([recorded.page_id]).get(recorded.page_id, "") if recorded.page_id is not None else ""
        return self.screens.page(
            request,
            "change.html.j2",
            status=status,
            problem=problem,
            written=written,
            longest=LONGEST_COMMENT,
            notes=event_notes(history.database, recorded.id),
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
