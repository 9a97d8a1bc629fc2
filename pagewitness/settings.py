"""The settings of an installation, read from the environment. The only module that knows the names of environment variables."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from monitor.errors import ConfigurationError
from monitor.limits import cut
from monitor.urls import usable
from pagewitness.files import Unreadable, check_regular, read_regular
from pagewitness.validation_messages import escaped_line, explain, near, render_value

PREFIX = "PAGEWITNESS_"
FILE_SUFFIX = "_FILE"
FROM_FILE = ("database_url", "heartbeat_url")
"""Settings that may be given as PAGEWITNESS_NAME_FILE, the path of a file that contains the value."""

FREE_SUFFIXES = ("_SECRET", "_PASSWORD", "_TOKEN", "_KEY", "_COMMAND")
"""Variables with these suffixes are not settings; the watchlist refers to them ("env:PAGEWITNESS_HOOK_SECRET")."""

# Kubernetes sets variables with this prefix in every container to describe a service named "pagewitness".
# See tests/pagewitness/test_settings.py::test_an_unknown_name_is_refused_but_secrets_of_the_watchlist_and_kubernetes_names_are_not.
_FROM_KUBERNETES = re.compile(r"PAGEWITNESS_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")
_FIELD_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_LONGEST_PROBLEM = 500
_LONGEST_FILE = 64 * 1024  # bytes of a file that contains one setting
_LONGEST_BUNDLE = 64 * 1024 * 1024
_DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")


def _check_database(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme in _DATABASES and rest:
        return url
    hint = '; write "postgresql://" for "postgres://"' if scheme == "postgres" else ""
    # The message omits the URL, which may contain a password.
    raise ValueError(
        f"it takes sqlite:///FILE (four slashes for an absolute path) or postgresql://USER:PASSWORD@HOST/NAME{hint}"
    )


def _check_base(url: str) -> str:
    try:
        address = urlsplit(url)
    except ValueError as error:
        raise ValueError(f"found {render_value(url)}, which is no URL: {error}") from None
    if (
        address.scheme not in {"http", "https"}
        or not address.hostname
        or address.query
        or address.fragment
        or "@" in address.netloc
    ):
        raise ValueError(
            f'found {render_value(url)}; it takes the start of http or https addresses, such as "https://watch.example.org"'
        )
    return url.rstrip("/")


def _check_origin(url: str) -> str:
    base = _check_base(url)
    if urlsplit(base).path:
        raise ValueError(
            f'found {render_value(url)}; it takes an origin without a path, such as "https://replay.example.org"'
        )
    return base


def _check_heartbeat(url: str) -> str:
    try:
        return usable(url)
    except ValueError:  # its message would quote the URL, which is a secret
        raise ValueError("it takes an http or https URL without user name and password") from None


def _check_header(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ValueError("it goes into a header field: it takes one line of plain ASCII characters")
    return text


def _check_networks(text: str) -> str:
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ipaddress.ip_network(part)
        except ValueError:
            raise ValueError(
                f"{render_value(part)} is no address or network, such as 10.0.0.7 or 10.0.0.0/24"
            ) from None
    return text


def _check_field_name(text: str) -> str:
    if not _FIELD_NAME.fullmatch(text):
        raise ValueError(f"found {render_value(text)}; it takes the name of a header field, such as X-Forwarded-User")
    return text.lower()


def _check_file(path: Path) -> Path:
    try:
        check_regular(path, _LONGEST_BUNDLE)
    except Unreadable as error:
        raise ValueError(f"{path}: {error}") from None
    return path


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _default_user_agent(so_far: Mapping[str, Any]) -> str:
    """Return a User-Agent with the program, its version and, if set, the contact."""
    contact = so_far["contact"]
    return f"Pagewitness/{version('pagewitness')}" + (f" (+{contact})" if contact else " (web page archive)")


def _default_extractors() -> int:
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _default_anonymous(so_far: dict[str, Any]) -> Literal["none", "read"]:
    return "read" if is_loopback(so_far["web_host"]) else "none"


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _default_base_url(so_far: Mapping[str, Any]) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(so_far["web_host"], so_far["web_host"])  # noqa: S104 (not bound to, replaced)
    return f"http://[{host}]:{so_far['web_port']}" if ":" in host else f"http://{host}:{so_far['web_port']}"


Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Header = Annotated[str, AfterValidator(_check_header)]


class Settings(BaseModel):
    """All settings, validated. Each is read from PAGEWITNESS_ followed by its name in capitals; an empty value counts as not set."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    database_url: Annotated[str, AfterValidator(_check_database)] = Field(
        default="sqlite:///pagewitness.db", repr=False
    )
    """The database: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. A missing or empty database is created."""
    watchlist: Path | None = None
    """The watchlist that `pagewitness run` applies at startup. Not set: the pages in the database are monitored unchanged."""
    web_host: str = Field(default="127.0.0.1", min_length=1)
    """The address on which the web interface listens. Beyond loopback, reading needs a login too, unless `PAGEWITNESS_ANONYMOUS` allows it."""
    web_port: int = Field(default=8080, ge=0, le=65_535)
    """The port on which the web interface listens; 0 chooses a free port."""
    replay_origin: Annotated[str, AfterValidator(_check_origin)] | None = None
    """The origin that serves archived pages and nothing else, such as `https://replay.example.org`. Not set: that of the web interface."""
    base_url: Annotated[str, AfterValidator(_check_base)] = Field(
        default_factory=_default_base_url, json_schema_extra={"default": "http://WEB_HOST:WEB_PORT"}
    )
    """The public URL of the web interface; links in mails and webhooks start with it."""
    anonymous: Annotated[Literal["none", "read"], BeforeValidator(_lower)] = Field(
        default_factory=_default_anonymous,
        json_schema_extra={"default": "read where WEB_HOST is loopback, otherwise none"},
    )
    """What may be done without a login: read everything (`read`), or nothing (`none`). Changes always need a login."""
    trusted_proxies: Annotated[str, AfterValidator(_check_networks)] = ""
    """Addresses or networks of reverse proxies, separated by commas. Only their X-Forwarded-For and `PAGEWITNESS_USER_HEADER` are believed."""
    user_header: Annotated[str, AfterValidator(_check_field_name)] | None = None
    """The header field in which a trusted proxy names the user who is logged in there, such as `X-Forwarded-User`."""
    user_header_role: Annotated[Literal["none", "viewer", "editor", "admin"], BeforeValidator(_lower)] = "none"
    """The role of a user whom a trusted proxy names for the first time, and who is then added; `none` refuses unknown users."""
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = "console"
    """The format of log lines on stderr: readable text (`console`), or one JSON object per line (`json`)."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    """The lowest level of log lines that are written."""
    contact: Header = ""
    """A mail address or web page where operators of monitored sites can ask about the requests; it becomes part of the User-Agent."""
    user_agent: Header = Field(
        default_factory=_default_user_agent,
        min_length=1,
        json_schema_extra={"default": "Pagewitness/VERSION (+CONTACT)"},
    )
    """The complete User-Agent header sent with every request."""
    visits: int = Field(default=64, ge=1, le=1024)
    """Maximum number of hosts visited concurrently. Hosts that were slow at their last visit take at most half of these places."""
    extractors: int = Field(
        default_factory=_default_extractors, ge=1, le=64, json_schema_extra={"default": "CPUs, at most 4"}
    )
    """Number of processes that extract text and facts from archived snapshots. With two or more, the last one never takes slow pages."""
    tick_seconds: Seconds = 1.0
    """Interval, in seconds, at which the service polls for due pages, new events and waiting deliveries."""
    lease_seconds: Seconds = 30.0
    """Time, in seconds, after which another process takes over the work of a process that died."""
    send_seconds: Seconds = 20.0
    """Maximum time to hand one message to a channel, in seconds; after that it is retried later. Must be less than `lease_seconds`."""
    host_interval_seconds: float = Field(default=1.0, ge=0, le=86_400, allow_inf_nan=False)
    """Minimum time between two requests to one host, in seconds. Pages with `allow_private = true` do not wait."""
    connect_seconds: Seconds = 10.0
    """Maximum time to connect to a server, in seconds."""
    read_seconds: Seconds = 30.0
    """Maximum time without data while a response is received, in seconds."""
    total_seconds: Seconds = 90.0
    """Maximum time to fetch one page, redirects included, in seconds."""
    max_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, le=1024**3)
    """Maximum size of a stored body, in bytes after decompression. A longer body is stored up to this size and marked as truncated."""
    max_redirects: int = Field(default=10, ge=0, le=50)
    """Maximum number of consecutive redirects to follow."""
    visit_bytes: int = Field(default=50_000_000, ge=1024, le=10**12)
    """Maximum number of bytes received in one visit to a host; the host's remaining pages wait for the next visit."""
    visit_seconds: Seconds = 300.0
    """Maximum duration of one visit to a host, in seconds; the host's remaining pages wait for the next visit."""
    requisites_per_page: int = Field(default=500, ge=0, le=10_000)
    """Maximum number of resources (style sheets, images, fonts …) that are archived with one version of a page; 0 archives none."""
    requisite_bytes: int = Field(default=100_000_000, ge=0, le=10**12)
    """Maximum total size of the resources that are archived with one page, in bytes after decompression."""
    proxy: Annotated[str, AfterValidator(_check_base)] | None = None
    """A proxy, `http://HOST:PORT`, for fetching pages. Private addresses are then not refused by Pagewitness; the proxy must refuse them."""
    ca_bundle: Annotated[Path, AfterValidator(_check_file)] | None = None
    """A file of certificate authorities (PEM) to trust in place of the default ones. TLS certificates are always verified."""
    allow_apprise: bool = False
    """Whether channels of type `apprise` may be used; see [alerts by Apprise](../how-to/alerts-by-apprise.md)."""
    heartbeat_url: Annotated[str, AfterValidator(_check_heartbeat)] | None = Field(default=None, repr=False)
    """A URL that is requested while checks and deliveries succeed, so that a monitoring service notices when they do not; see
    [the dead man's switch](../how-to/monitor-the-service.md#dead-mans-switch). It may be on a private address."""
    heartbeat_seconds: Seconds = 60.0
    """Interval, in seconds, of the requests to `PAGEWITNESS_HEARTBEAT_URL`."""
    absences_before_lost: int = Field(default=3, ge=1, le=1000)
    """Number of consecutive checks with verdict `ok` in which a fact must be absent before it is reported as lost."""
    unconditional_after_checks: int = Field(default=50, ge=1, le=1_000_000)
    """One check of a page in this many is made without ETag and Last-Modified, because a server may answer 304 (Not Modified) to everything. 1: all checks."""
    unconditional_after_days: float = Field(default=7.0, gt=0, le=3650, allow_inf_nan=False)
    """A check is also made without ETag and Last-Modified when this many days have passed since the last one, whatever the number of checks."""
    shutdown_seconds: Seconds = 15.0
    """Maximum time, in seconds, that a shutdown waits for running fetches and deliveries; then it ends without them, and nothing is lost."""
    runtime_dir: Path | None = None
    """A folder for the socket over which `status` and the web interface query the service.

    Not set: XDG_RUNTIME_DIR, or the system's temporary folder. Services that share one PostgreSQL database on one machine need separate folders.
    """
    parse_seconds: Seconds = 20.0
    """Maximum processor time to extract one body, in seconds. The first attempt in the service gets at most 5."""
    parse_memory_bytes: int = Field(default=1024**3, ge=64 * 1024**2, le=64 * 1024**3)
    """Maximum memory for extracting a page, or for rewriting one for replay, in bytes of address space."""
    replays: int = Field(default=2, ge=1, le=64)
    """Maximum number of archived pages rewritten for replay concurrently, each in a worker process. Further requests wait, then get 503."""
    replay_seconds: Seconds = 10.0
    """Maximum time to rewrite an archived page, in seconds."""
    replay_wait_seconds: Seconds = 10.0
    """Maximum time that a replay request waits for a worker process or for buffer space, in seconds, before it gets 503."""
    replay_buffer_bytes: int = Field(default=64 * 1024**2, ge=1024**2, le=64 * 1024**3)
    """Maximum size of archived bodies that the web interface holds in memory at once, in bytes. A longer body is replayed alone."""
    web_connections: int = Field(default=256, ge=8, le=65_536)
    """Maximum number of open connections to the web interface. Beyond it, the connection that has waited longest for its request is closed."""

    @property
    def published_url(self) -> str | None:
        """The public URL of the web interface; None where it is not set."""
        return self.base_url if "base_url" in self.model_fields_set else None


def variable(field: str) -> str:
    """Return the environment variable of a setting: "web_port" → "PAGEWITNESS_WEB_PORT"."""
    return PREFIX + field.upper()


def from_env(environ: Mapping[str, str]) -> Settings:
    """Read the settings from the environment.

    Args:
        environ: As `os.environ`; only PAGEWITNESS_ names and XDG_RUNTIME_DIR are read.

    Raises:
        ConfigurationError: A setting is wrong; the message has one line for each error.
    """
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value.strip()}
    problems = [_unknown(name) for name in sorted(given) if not _is_known(name, given[name])]
    values: dict[str, str] = {}
    for field in Settings.model_fields:
        try:
            value = _value(field, given)
        except ValueError as error:
            problems.append(str(error))
        else:
            if value is not None:
                values[field] = value
    if "runtime_dir" not in values and environ.get("XDG_RUNTIME_DIR"):
        values["runtime_dir"] = environ["XDG_RUNTIME_DIR"]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors() if detail["type"] != "default_factory_not_called"]
    else:
        problems += _conflicts(settings)
        if not problems:
            return settings
    raise ConfigurationError(
        "\n".join(
            [
                "The settings can not be used:",
                *(f"  {cut(escaped_line(problem), _LONGEST_PROBLEM)}" for problem in problems),
            ]
        )
    )


def _value(field: str, given: Mapping[str, str]) -> str | None:
    """Return a setting's text from its variable or from the file that its _FILE variable names; None if it is not set.

    Raises:
        ValueError: Both variables are set, or the file cannot be read.
    """
    name = variable(field)
    path = given.get(name + FILE_SUFFIX) if field in FROM_FILE else None
    if path is None:
        value = given.get(name)
        if value is not None and not _is_text(value):
            raise ValueError(f"{name}: its bytes are not UTF-8 text")
        return None if value is None else value.strip()
    if name in given:
        raise ValueError(f"{name} and {name}{FILE_SUFFIX} are both given; remove one")
    try:
        return read_regular(path.strip(), _LONGEST_FILE).decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"{name}{FILE_SUFFIX}: {path}: it is not UTF-8 text") from None
    except Unreadable as error:
        raise ValueError(f"{name}{FILE_SUFFIX}: {path}: {error}") from None


def _is_text(value: str) -> bool:
    """Return whether the bytes of a variable were UTF-8; Python decodes other bytes as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names() -> list[str]:
    return [variable(field) for field in Settings.model_fields] + [variable(field) + FILE_SUFFIX for field in FROM_FILE]


def _is_known(name: str, value: str) -> bool:
    if name in _names() or name.endswith(FREE_SUFFIXES):
        return True
    by_kubernetes = _FROM_KUBERNETES.fullmatch(name) is not None
    return by_kubernetes and (name != "PAGEWITNESS_PORT" or "://" in value)


def _unknown(name: str) -> str:
    return f"{name} is no setting{near(name, _names()) or '; docs/reference/settings.md lists them all'}"


def _problem(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    return f"{variable(field)}: {explain(error, secret=field in FROM_FILE)}"


def _conflicts(settings: Settings) -> list[str]:
    problems = []
    if settings.lease_seconds <= settings.tick_seconds:
        problems.append(
            f"{variable('lease_seconds')} must be longer than {variable('tick_seconds')} ({settings.tick_seconds:g})"
        )
    if settings.lease_seconds <= settings.send_seconds:
        problems.append(
            f"{variable('lease_seconds')} ({settings.lease_seconds:g}) must be longer than {variable('send_seconds')} ({settings.send_seconds:g}):"
            " another process would send a message that is still being sent; raise the one or lower the other"
        )
    if settings.connect_seconds > settings.total_seconds:
        problems.append(
            f"{variable('connect_seconds')} may not be longer than {variable('total_seconds')} ({settings.total_seconds:g})"
        )
    if settings.user_header is not None and not settings.trusted_proxies:
        problems.append(
            f"{variable('user_header')} needs {variable('trusted_proxies')}: anyone else could name themselves a user in it"
        )
    return problems
