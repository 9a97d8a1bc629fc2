"""ntfy channel: a topic of ntfy.sh or of another server, published to as JSON: https://docs.ntfy.sh/publish/#publish-as-json."""

from __future__ import annotations

from alerts.channel_configs import NtfyChannel
from alerts.channels.credentials import resolve
from alerts.channels.http_post import HttpOptions, HttpRequest, resolved_url
from alerts.channels.http_sender import JSON, HttpSender, with_fields
from alerts.model import Delivery


class NtfySender(HttpSender):
    """Publishes each body to the topic."""

    def __init__(self, config: NtfyChannel, options: HttpOptions) -> None:
        """Create a channel to the topic that `config` names."""
        super().__init__(config, options)
        self._config = config

    def _request(self, delivery: Delivery, index: int, body: str) -> HttpRequest:  # noqa: ARG002
        environ = self._options.environ
        server = resolved_url(self._config.server, environ, self._config.name)
        topic = resolve(self._config.topic, environ)
        headers, secrets = dict(JSON), [topic]
        if self._config.token is not None:
            secrets.append(resolve(self._config.token, environ))
            headers["Authorization"] = f"Bearer {secrets[-1]}"
        return HttpRequest(
            server, with_fields(body, topic=topic), headers, self._config.allow_private, secrets=tuple(secrets)
        )
