"""Jobs of another tool as pages of a watchlist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import TypeAdapter, ValidationError

from alerts.secret_references import is_secret_name
from monitor.extraction import json_path, selector_locator
from monitor.limits import cut
from pagewitness.page_lists.bookmarks import as_tag
from pagewitness.validation_messages import render_value
from pagewitness.watchlist.fields import LONGEST, SHORTEST, HeaderName, Value

_LONGEST_LABEL = 200
# What a job sends may be a login.
_SECRET = frozenset(
    {"notification_urls", "proxy", "http_proxy", "https_proxy", "data", "body", "json", "params", "http_credentials"}
)


class ExportError(ValueError):
    """A file is no export of that tool. The message names the file and, where possible, the line."""


@dataclass
class Job:
    """One job of another tool, while it is read.

    Attributes:
        place: Where it is, such as "urls.yaml:12".
        url: Its URL as written; "" if it has none.
        settings: Settings of the page by watchlist key.
        notes: One line for each part that does not carry over.
        refused: Why the job cannot become a page; "" if it can.
        is_private: Whether it is refused only because the page is on a private address.
    """

    place: str
    url: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused: str = ""
    is_private: bool = False

    def note(self, key: str, value: object, reason: str = "") -> None:
        """Note that a key does not carry over. What a job sends, and values that hold passwords and tokens, are not repeated."""
        is_secret = bool(value) and (key in _SECRET or is_secret_name(key))
        shown = "…" if is_secret else render_value(value)
        self.notes.append(f"{key}: {shown}" + (f" ({reason})" if reason else ""))

    def set_label(self, text: object) -> None:
        """Set the label from a title."""
        label = " ".join(str(text or "").split())
        if label:
            self.settings["label"] = cut(label, _LONGEST_LABEL)

    def set_tags(self, names: Iterable[object]) -> None:
        """Set the tags, those that can be one."""
        tags = [tag for name in names if (tag := as_tag(str(name)))]
        if tags:
            self.settings["tags"] = list(dict.fromkeys(tags))

    def set_every(self, seconds: object) -> None:
        """Set the interval, if it is a possible one."""
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            self.note("interval", seconds, "no number of seconds")
            return
        if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
            self.note("interval", seconds, "seconds; possible are 1 second to 366 days")
            return
        self.settings["every"] = duration_text(timedelta(seconds=round(seconds)))

    def set_headers(self, headers: object) -> None:
        """Set the header fields, those that can be set; `Cookie` becomes `cookies`."""
        if isinstance(headers, Mapping):
            for name, value in headers.items():
                if str(name).lower() == "cookie":
                    pairs = (part.strip().partition("=") for part in str(value).split(";"))
                    self.set_cookies({cookie: text for cookie, _, text in pairs if cookie})
            headers = {name: value for name, value in headers.items() if str(name).lower() != "cookie"}
        self._set_fields("headers", headers, _is_header)

    def set_cookies(self, cookies: object) -> None:
        """Set the cookies."""
        self._set_fields("cookies", cookies, lambda name, value: True)  # noqa: ARG005 (validated with the page)

    def select(self, key: str, selector: object) -> bool:
        """Add a CSS selector or a JSON path to `only` or `without`; return whether it is one."""
        text = str(selector or "").strip()
        try:
            if text.startswith("$"):
                json_path.parse(text)
            else:
                selector_locator.check(text)
        except ValueError:
            return False
        if text:
            self.settings.setdefault(key, []).append(text)
        return bool(text)

    def set_url(self, url: object) -> None:
        """Set the URL; a user name and password in it become `basic_auth`."""
        text = str(url or "").strip()
        try:
            split = urlsplit(text)
            user, password = split.username, split.password
        except ValueError:
            user, password = None, None
        if user and password:
            self.settings["basic_auth"] = {"user": unquote(user), "password": unquote(password)}
            text = urlunsplit(split._replace(netloc=split.netloc.rpartition("@")[2]))
        self.url = text

    def _set_fields(self, key: str, fields: object, accepts: Callable[[str, str], bool]) -> None:
        if not isinstance(fields, Mapping):
            if fields:
                self.note(key, "…", "no table of names and values")
            return
        kept = {}
        for name, value in fields.items():
            if accepts(str(name), str(value)):
                kept[str(name)] = str(value)
            else:
                self.notes.append(f"{key}: {render_value(str(name))} (it cannot be set here)")
        if kept:
            self.settings[key] = self.settings.get(key, {}) | kept


def duration_text(length: timedelta) -> str:
    """Return a duration of whole seconds as the watchlist writes it, such as "1h30m"."""
    seconds = int(length.total_seconds())
    text = ""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text


_HEADER = TypeAdapter(dict[HeaderName, Value])


def _is_header(name: str, value: str) -> bool:
    try:
        _HEADER.validate_python({name: value})
    except ValidationError:
        return False
    return True
