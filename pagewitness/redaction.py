"""Removes secrets from URLs in log lines: user names and passwords, and the values of parameters whose names are those of secrets. Pure."""

from __future__ import annotations

import re
from typing import Any

from alerts.secret_references import is_secret_name
from monitor.fetching.origin_headers import REDACTED

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\s\"'<>]+")
_USER_INFO = re.compile(r"(?<=://)[^/?#]*@")
_PARAMETER = re.compile(r"(?<=[?&;#])(?P<name>[^=&;#?]{1,100})=(?P<value>[^&;#]*)")


def redact_urls(text: str) -> str:
    """Return a text with the secrets of the URLs in it replaced by "[redacted]"."""
    return _URL.sub(lambda match: _redacted(match[0]), text) if "://" in text else text


def redact_values(value: Any) -> Any:
    """Return a value of a log line with the URLs in its texts redacted, those in lists and dictionaries included."""
    if isinstance(value, str):
        return redact_urls(value)
    if isinstance(value, dict):
        return {key: redact_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_values(item) for item in value]
    return value


def _redacted(url: str) -> str:
    url = _USER_INFO.sub(f"{REDACTED}@", url, count=1)
    return _PARAMETER.sub(
        lambda match: f"{match['name']}={REDACTED}" if is_secret_name(match["name"]) else match[0], url
    )
