"""The settings: what a machine, not a watchlist, decides. The only module that knows the names of environment variables."""

from __future__ import annotations

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
from pagewitness.files import Unreadable, check_regular, read_regular
from pagewitness.validation_messages import explain, near, one_line, render_value, shorten

PREFIX = "PAGEWITNESS_"
FILE_SUFFIX = "_FILE"
FROM_FILE = ("database_url",)
"""Settings that may be given as PAGEWITNESS_NAME_FILE, the path of a file that holds the value."""

FREE_SUFFIXES = ("_SECRET", "_PASSWORD", "_TOKEN", "_KEY")
"""Names with these endings are left to the watchlist ("env:PAGEWITNESS_HOOK_SECRET")."""

# Kubernetes tells every container of a service called "pagewitness" where that is, in names that look like ours.
_FROM_KUBERNETES = re.compile(r"PAGEWITNESS_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")
_LONGEST_PROBLEM = 500
_LONGEST_FILE = 64 * 1024  # bytes of a file that holds one setting
_LONGEST_BUNDLE = 64 * 1024 * 1024
_DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")


def _check_database(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme in _DATABASES and rest:
        return url
    hint = '; write "postgresql://" for "postgres://"' if scheme == "postgres" else ""
    # The URL itself is not shown: it may hold a password.
    raise ValueError(
        f"it takes sqlite:///FILE (four slashes for an absolute path) or postgresql://USER:PASSWORD@HOST/NAME{hint}"
    )


def _check_base(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(f"found {render_value(url)}, which is no URL: {error}") from None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
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


def _check_header(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ValueError("it goes into a header field: it takes one line of plain ASCII characters")
    return text


def _check_file(path: Path) -> Path:
    try:
        check_regular(path, _LONGEST_BUNDLE)
    except Unreadable as error:
        raise ValueError(f"{path}: {error}") from None
    return path


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _default_user_agent(so_far: Mapping[str, Any]) -> str:
    """Says what is calling and, where a contact is given, whom to ask about it."""
    contact = so_far["contact"]
    return f"Pagewitness/{version('pagewitness')}" + (f" (+{contact})" if contact else " (web page archive)")


def _default_extractors() -> int:
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _default_base_url(so_far: Mapping[str, Any]) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(so_far["web_host"], so_far["web_host"])  # noqa: S104 (not bound to, replaced)
    return f"http://[{host}]:{so_far['web_port']}" if ":" in host else f"http://{host}:{so_far['web_port']}"


Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Header = Annotated[str, AfterValidator(_check_header)]


class Settings(BaseModel):
    """All settings, checked. Each is read from PAGEWITNESS_ and its name in capitals; an empty value counts as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    database_url: Annotated[str, AfterValidator(_check_database)] = Field(
        default="sqlite:///pagewitness.db", repr=False
    )
    """Where everything is kept: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`. A missing or empty database is created."""
    watchlist: Path | None = None
    """The watchlist that `pagewitness run` applies when it starts. Not given: the pages in the database are watched as they are."""
    web_host: str = Field(default="127.0.0.1", min_length=1)
    """The address on which the web listens. There is no login: keep it on loopback, or behind something that asks who is there."""
    web_port: int = Field(default=8080, ge=0, le=65_535)
    """The port on which the web listens; 0 takes any free one."""
    replay_origin: Annotated[str, AfterValidator(_check_origin)] | None = None
    """The origin from which archived pages are shown, such as `https://replay.example.org`. Not given: the web's own."""
    base_url: Annotated[str, AfterValidator(_check_base)] = Field(
        default_factory=_default_base_url, json_schema_extra={"default": "http://WEB_HOST:WEB_PORT"}
    )
    """How people reach the web: the start of the links in mails and webhooks."""
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = "console"
    """How log lines are written to stderr: for people, or one JSON object a line."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    """The least important log lines that are written."""
    contact: Header = ""
    """A mail address or web page where the people who run a watched site can ask about the visits; it becomes part of the User-Agent."""
    user_agent: Header = Field(
        default_factory=_default_user_agent,
        min_length=1,
        json_schema_extra={"default": "Pagewitness/VERSION (+CONTACT)"},
    )
    """The User-Agent sent with every request, in full."""
    visits: int = Field(default=64, ge=1, le=1024)
    """How many hosts are visited at the same time. Hosts that were slow at their last visit get at most half of these places."""
    extractors: int = Field(
        default_factory=_default_extractors, ge=1, le=64, json_schema_extra={"default": "CPUs, at most 4"}
    )
    """How many processes extract text and facts from archived snapshots. Of two or more, the last one never takes pages that take long."""
    tick_seconds: Seconds = 1.0
    """Seconds between two looks for due pages, new events and waiting deliveries."""
    lease_seconds: Seconds = 30.0
    """Seconds after which the work of a process that died is taken over by another."""
    send_seconds: Seconds = 20.0
    """Longest time that handing one message to a channel may take, in seconds; then it is tried again later. Less than `lease_seconds`."""
    host_interval_seconds: float = Field(default=1.0, ge=0, le=86_400, allow_inf_nan=False)
    """Least number of seconds between two requests to one host. Pages with `allow_private = true` do not wait."""
    connect_seconds: Seconds = 10.0
    """Longest wait for a connection to a server, in seconds."""
    read_seconds: Seconds = 30.0
    """Longest silence of a server in the middle of its answer, in seconds."""
    total_seconds: Seconds = 90.0
    """Longest time that a look at one page may take, redirects included, in seconds."""
    max_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, le=1024**3)
    """Longest body that is kept, in bytes after decompression. A longer one is kept up to here and marked as cut off."""
    max_redirects: int = Field(default=10, ge=0, le=50)
    """How many redirects are followed, one after the other."""
    visit_bytes: int = Field(default=50_000_000, ge=1024, le=10**12)
    """How many bytes one visit to a host may bring; then its other pages wait for the next visit."""
    visit_seconds: Seconds = 300.0
    """How long one visit to a host may last, in seconds; then its other pages wait for the next visit."""
    proxy: Annotated[str, AfterValidator(_check_base)] | None = None
    """A proxy, `http://HOST:PORT`, through which pages are looked at. It connects where it likes, so private addresses are no longer refused here: it must do that."""
    ca_bundle: Annotated[Path, AfterValidator(_check_file)] | None = None
    """A file of certificate authorities (PEM) to trust in place of the usual ones. TLS is always verified."""
    absences_before_lost: int = Field(default=3, ge=1, le=1000)
    """How many good looks in a row must miss a fact before it is reported as lost."""
    unconditional_after_checks: int = Field(default=50, ge=1, le=1_000_000)
    """Every so many checks of a page one is made without ETag and Last-Modified: a server may answer 304 (Not Modified) to everything. 1 makes all so."""
    unconditional_after_days: float = Field(default=7.0, gt=0, le=3650, allow_inf_nan=False)
    """So is the first check that is made this many days after the last such one, whatever their number."""
    shutdown_seconds: Seconds = 15.0
    """Longest wait, when the service is told to end, for looks and messages that are under way; then it ends without them, which loses nothing."""
    runtime_dir: Path | None = None
    """A folder for the socket over which `status` and the web ask how the service's processes are. Not given: XDG_RUNTIME_DIR, or the system's temporary folder. Several services of one PostgreSQL database on one machine need one each."""
    parse_seconds: Seconds = 20.0
    """Longest time that extraction from one body may take, in seconds of processor time; a first attempt in the service has 5 at most."""
    parse_memory_bytes: int = Field(default=1024**3, ge=64 * 1024**2, le=64 * 1024**3)
    """Most memory that an extraction, or rewriting an archived page for replay, may take, in bytes of address space."""
    replays: int = Field(default=2, ge=1, le=64)
    """How many archived pages are rewritten for replay at the same time, each in a worker process. Further ones wait, then get 503."""
    replay_seconds: Seconds = 10.0
    """Longest time that rewriting an archived page may take, in seconds."""
    replay_wait_seconds: Seconds = 10.0
    """Longest time that a replay waits for its turn, in seconds, before it gets 503."""
    replay_buffer_bytes: int = Field(default=64 * 1024**2, ge=1024**2, le=64 * 1024**3)
    """Most bytes of archived bodies that the web holds in memory at the same time. A longer body is replayed alone."""
    web_connections: int = Field(default=256, ge=8, le=65_536)
    """How many connections the web holds open. At one more, the one that has waited longest for its request is closed."""


def variable(field: str) -> str:
    """The environment variable of a setting: "web_port" → "PAGEWITNESS_WEB_PORT"."""
    return PREFIX + field.upper()


def from_env(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        environ: As `os.environ`; only PAGEWITNESS_ names are looked at, and XDG_RUNTIME_DIR.

    Raises:
        ConfigurationError: Something is wrong; the message has a line for everything that is.
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
                *(f"  {shorten(one_line(problem), _LONGEST_PROBLEM)}" for problem in problems),
            ]
        )
    )


def _value(field: str, given: Mapping[str, str]) -> str | None:
    """A setting's text, from its variable or from the file that its _FILE variable names; None where it is not given.

    Raises:
        ValueError: Both are given, or the file can not be read.
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
    """Whether the bytes of a variable were UTF-8; others reach us as lone surrogates."""
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
    told = _FROM_KUBERNETES.fullmatch(name) is not None
    return told and (name != "PAGEWITNESS_PORT" or "://" in value)


def _unknown(name: str) -> str:
    return f"{name} is no setting{near(name, _names()) or '; docs/reference/settings.md lists them all'}"


def _problem(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    return f"{variable(field)}: {explain(error, secret=field == 'database_url')}"


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
    return problems
