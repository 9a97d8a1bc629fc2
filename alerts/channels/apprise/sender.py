"""Apprise channel: hands the message to Apprise, which says only whether a service accepted it, and logs why not."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.apprise_urls import endpoints, problem_of, redact, shown
from alerts.channel_configs import AppriseChannel
from alerts.channels.apprise.child import NOT_INSTALLED
from alerts.channels.apprise.process import Order, Outcome, deliver
from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions
from alerts.channels.http_sender import json_object
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.errors import DeliveryError
from alerts.model import Delivery
from monitor.transport.connection import Guard
from rendering.text_safety import one_line

_REMEMBERED = 100
_LONGEST_REASON = 400


class AppriseSender:
    """Sends each delivery to every URL of its channel. Used by one thread at a time."""

    def __init__(self, config: AppriseChannel, options: HttpOptions, refusal: str | None) -> None:
        """Create a channel; nothing runs before it sends.

        Args:
            config: The channel.
            options: What it has in common with channels over HTTP.
            refusal: Why channels of this type are not allowed; None where they are.
        """
        self._config = config
        self._options = options
        self._refusal = refusal
        # Which URLs accepted a delivery that others did not, so that a retry does not repeat it while this process runs.
        self._accepted: dict[str, frozenset[str]] = {}

    def send(self, delivery: Delivery) -> str:
        """Send the message to each URL that has not yet accepted it.

        Returns:
            The services that accepted it.

        Raises:
            ChannelUnreachable: The channel is not allowed, Apprise is not installed, a URL is unusable, or nothing could be connected to.
            ChannelTimedOut: There was no answer in time.
            DeliveryError: A service did not accept it. Never permanent: Apprise does not say why.
        """
        if self._refusal is not None:
            raise ChannelUnreachable(self._refusal)
        title, body = self._content(delivery)
        accepted = self._accepted.get(delivery.uid, frozenset())
        urls = [url for url in self._urls() if url not in accepted]
        outcome = deliver(self._order(urls, title, body))
        done = {url for index, url in enumerate(urls) if outcome.logs.get(index, ()) is None}
        self._remember(delivery.uid, accepted | done)
        if len(done) < len(urls):
            raise self._failure(outcome, urls, [url for url in urls if url not in done])
        self._accepted.pop(delivery.uid, None)
        return one_line(f"accepted by {', '.join(map(shown, urls))}", _LONGEST_REASON)

    def _content(self, delivery: Delivery) -> tuple[str, str]:
        if not delivery.payload:
            raise DeliveryError(f"the stored message for channel {self._config.name} is damaged; it cannot be sent")
        match delivery.payload.get("apprise"):
            case [str(text)] if content := json_object(text):
                return str(content.get("title", "")), str(content.get("body", ""))
        raise DeliveryError(
            f"channel {self._config.name} is of type apprise now; this message was written for another type of channel"
        )

    def _urls(self) -> list[str]:
        """Return the resolved URLs, each once.

        Raises:
            ChannelUnreachable: One cannot be resolved, or cannot be used.
        """
        urls = []
        for number, reference in enumerate(self._config.urls, start=1):
            url = resolve(reference, self._options.environ).strip()
            problem = problem_of(url)
            if problem is not None:
                raise ChannelUnreachable(f"urls[{number}] of channel {self._config.name}: {problem}")
            urls.append(url)
        return list(dict.fromkeys(urls))

    def _order(self, urls: Sequence[str], title: str, body: str) -> Order:
        allowed = frozenset[tuple[str, int]]()
        if self._config.allow_private:
            allowed = allowed.union(*map(endpoints, urls))
        options = self._options
        return Order(
            urls, title, body, Guard(allowed), options.timeout_seconds, options.connect_seconds, options.ca_bundle
        )

    def _failure(self, outcome: Outcome, urls: Sequence[str], failed: Sequence[str]) -> DeliveryError:
        name = self._config.name
        if outcome.error == NOT_INSTALLED:
            return ChannelUnreachable(
                f"channel {name} needs Apprise, which is not installed: pip install 'pagewitness[apprise]'"
            )
        logs = [line for _, lines in sorted(outcome.logs.items()) for line in lines or ()]
        late = f"no answer within {self._options.timeout_seconds:g} s" if outcome.expired else ""
        reasons = [*outcome.problems, outcome.error, late, *logs]
        reason = "; ".join(dict.fromkeys(filter(None, reasons))) or "it was not accepted"
        problem = f"{', '.join(map(shown, failed))}: {redact(reason, urls)}"
        if not outcome.connected:
            return ChannelUnreachable(one_line(problem, _LONGEST_REASON))
        kind = ChannelTimedOut if outcome.expired else DeliveryError
        return kind(one_line(problem, _LONGEST_REASON))

    def _remember(self, uid: str, accepted: frozenset[str]) -> None:
        self._accepted.pop(uid, None)
        self._accepted[uid] = accepted
        if len(self._accepted) > _REMEMBERED:
            del self._accepted[next(iter(self._accepted))]
